"""
The command line: serve, web, worker, migrate, check, import. Each command does one thing and says what came of it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

import processes
from engine.gate.checking import check_bundle
from engine.releases import bundle_of
from engine.schema import alone, upgrade
from processes.registry.commands import import_group
from simulator.command import simulate
from web import running
from web.running import read_settings
from web.services import FORMS, process_names


@click.group()
def main() -> None:
    """
    Applications for water meters, from the first form to the signed act.
    """


main.add_command(import_group)
for command in (simulate, running.serve, running.web, running.worker):
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


@main.command()
@click.argument("diagrams", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(diagrams: Sequence[Path]) -> None:
    """
    Check processes as a release would be checked: those given, else all of this installation.

    The forms of processes/NAME.bpmn are looked for in forms/NAME/ beside the folder of the diagram.
    """
    found = diagrams or [processes.FOLDER / f"{name}.bpmn" for name in process_names()]
    failed = False
    for diagram in found:
        forms = FORMS / diagram.stem if not diagrams else diagram.parent.parent / "forms" / diagram.stem
        verdict = check_bundle(bundle_of(diagram, forms), processes.installed(), processes.ROLES)
        for finding in verdict.findings:
            click.echo(str(finding), err=True)
        failed |= not verdict.passed
        if not verdict.findings:
            click.echo(f"{diagram.name}: no problems.")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
