"""
The command line: serve, web, worker, migrate, check, import. Each command does one thing and says what came of it.
"""

from __future__ import annotations

import click

from engine.schema import alone, upgrade
from processes.registry.commands import import_group
from web import running
from web.analyst import check, simulate
from web.running import read_settings


@click.group()
def main() -> None:
    """
    Applications for water meters, from the first form to the signed act.
    """


main.add_command(import_group)
for command in (check, simulate, running.serve, running.web, running.worker):
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


if __name__ == "__main__":
    main()
