"""
The commands of the registry: `saygac import subscribers FILE.csv` and `saygac import stock FILE.csv`.

Shows how far it is, and every refused line; what is taken is said in `importing`.
"""

from __future__ import annotations

from pathlib import Path

import click

from engine.clock import SystemClock
from engine.settings import Settings
from engine.storage.database import Database
from processes.registry.importing import FileRefused, Report, import_file

#: refused lines that are printed
SHOWN = 100

_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group("import")
def import_group() -> None:
    """
    Read the utility's books from CSV files, all or nothing.
    """


@import_group.command()
@_FILE
def subscribers(file: Path) -> None:
    """
    Read subscribers, and their meters if the file names them.

    Columns: code, kind (household or non_household), name, address, district; optional: fin, telephone, email,
    meter_number, meter_make, meter_type, meter_diameter, meter_installed_on.
    """
    _run("subscribers", file)


@import_group.command()
@_FILE
def stock(file: Path) -> None:
    """
    Read what an inventory of the stores found.

    Columns: office, diameter, make, type (mechanical, smart_card or smart), quantity.
    """
    _run("stock", file)


def _run(kind: str, file: Path) -> None:
    database = Database(Settings.from_env().database_url)
    try:
        with click.progressbar(length=file.stat().st_size, label=f"{kind}: {file.name}") as bar:
            report = import_file(
                database, kind, file, clock=SystemClock(), progress=lambda read: bar.update(read - bar.pos)
            )
    except FileRefused as refusal:
        raise click.ClickException(f"{file.name}: {refusal}") from refusal
    finally:
        database.close()
    _tell(report)


def _tell(report: Report) -> None:
    for refused in report.refused[:SHOWN]:
        click.echo(f"line {refused.line}: {refused.reason}", err=True)
    if len(report.refused) > SHOWN:
        click.echo(f"… and {len(report.refused) - SHOWN} more", err=True)
    if not report.taken:
        raise click.ClickException(f"{len(report.refused)} of {report.lines} lines are refused; nothing was taken.")
    click.echo(f"{report.lines} lines, {report.written} rows written.")
