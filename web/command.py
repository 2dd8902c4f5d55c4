"""
The command line: serve, web, worker, migrate, check, import. Each command does one thing and says what came of it.
"""

from __future__ import annotations

from pathlib import Path

import click

from engine.storage.schema import alone, upgrade
from processes.registry.commands import import_group
from simulator import command as means
from web.commands import accounts, analyst, lettering, messaging, releasing, running, upkeep
from web.commands.checking import check_config
from web.commands.running import read_settings
from web.texts import LANGUAGES


@click.group()
def main() -> None:
    """
    Applications for water meters, from the first form to the signed act.
    """


main.add_command(import_group)
for command in (
    analyst.check,
    analyst.scenario,
    analyst.convert,
    check_config,
    *releasing.COMMANDS,
    *lettering.COMMANDS,
    *upkeep.COMMANDS,
    *messaging.COMMANDS,
    running.serve,
    running.web,
    running.worker,
    accounts.log_out,
    accounts.set_password,
    accounts.forget_second_factor,
    accounts.forget_telephone,
):
    main.add_command(command)


@main.command()
def migrate() -> None:
    """
    Bring the database to the newest schema.
    """
    url = read_settings().database_url
    with alone(url):
        upgrade(url)
    click.echo("The database is up to date.")


@main.command(
    params=[
        click.Argument(["place"], required=False, metavar="[DIR]", type=click.Path(exists=True, path_type=Path)),
        click.Option(["--seed"], default=analyst.SEED, help="with DIR: the same seed takes the same walks"),
        click.Option(["--json", "as_values"], is_flag=True, help="with DIR: as JSON"),
        click.Option(
            ["--language"], type=click.Choice(list(LANGUAGES)), default="az", help="with DIR: of the sentences"
        ),
        *means.simulate.params,
    ]
)
@click.pass_context
def simulate(
    context: click.Context, place: Path | None, seed: int, as_values: bool, language: str, **others: object
) -> None:
    """
    Walk through the processes of DIR; without DIR, simulate the other side of the three means of logging in.

    With DIR: how often each element and flow was passed, and everything that the gate finds.
    """
    if place is None:
        context.invoke(means.simulate, **others)
    else:
        analyst.walk_through(place, seed, as_values, language)


if __name__ == "__main__":
    main()
