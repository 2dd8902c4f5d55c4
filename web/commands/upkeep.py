"""
The operator's commands: examine the database, copy the installation, bring it back, bring a newer version in.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from engine import backup as copies
from engine.backup import BackupFailed
from engine.clock import SystemClock
from engine.doctor import Doctor
from engine.settings import Settings
from engine.storage.schema import alone
from engine.storage.schema import upgrade as bring_up_to_date
from web.commands.releasing import say_shipped_changes
from web.commands.running import read_settings
from web.commands.wording import in_language
from web.services import Services, build, deploy_shipped

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@in_language
@click.option("--after", type=int, default=0, metavar="ID", help="Go on behind this case.")
def doctor(language: str, after: int) -> None:
    """
    Check over the whole database that what must always hold does hold; ends with 1 if something does not.

    The service may run meanwhile. Ctrl-C stops it and says how to go on.
    """
    here = build(read_settings())
    found = _examine(here, language, after)
    here.database.close()
    click.echo(f"{found} found." if found else "Everything holds.")
    sys.exit(1 if found else 0)


def _examine(here: Services, language: str, after: int = 0, *, err: bool = False) -> int:
    """Say everything that does not hold as soon as it is found; return how much that is."""
    found, last = 0, after
    shown = sys.stderr.isatty()

    def progress(done: int, of: int, case_id: int) -> None:
        nonlocal last
        last = case_id
        if shown:
            click.echo(f"\rCases examined: {done} of {of}", err=True, nl=done >= of)

    try:
        doctor = Doctor(here.database, here.releases, here.operations, here.ports)
        for ailment in doctor.examine(after=after, progress=progress):
            found += 1
            click.echo(f"{ailment.say(language)} [{ailment.code}]", err=err)
    except KeyboardInterrupt:
        here.database.close()
        click.echo(f"Stopped, {found} found so far. To go on: saygac doctor --after {last}", err=True)
        sys.exit(130)
    return found


@click.command()
@click.argument("place", metavar="DIR", type=_FOLDER)
def backup(place: Path) -> None:
    """
    Copy database and files into the new folder DIR; the service may run meanwhile.
    """
    settings = read_settings()
    try:
        copies.make(settings.database_url, settings.files, place, now=SystemClock().now())
    except BackupFailed as failed:
        raise click.ClickException(str(failed)) from None
    click.echo(f"Copied to {place}.")


@click.command()
@click.argument("place", metavar="DIR", type=_FOLDER)
def restore(place: Path) -> None:
    """
    Bring the installation back from the copy in DIR, into an empty database.

    Mails that waited when the copy was made may have been sent since: each becomes an incident for a person.
    """
    settings = read_settings()
    try:
        with alone(settings.database_url):
            made_at = copies.bring_back(place, settings.database_url, settings.files)
            bring_up_to_date(settings.database_url)
    except BackupFailed as failed:
        raise click.ClickException(str(failed)) from None
    here = build(settings)
    held = copies.hold_outgoing(here.database, now=here.ports.clock.now())
    here.database.close()
    click.echo(f"Restored as of {made_at:%Y-%m-%d %H:%M} UTC; {held} mails wait for a person.")


@click.command()
@click.argument("place", metavar="DIR", type=_FOLDER, required=False)
@click.option("--processes", is_flag=True, help="Last: take the shipped processes in.")
@in_language
def upgrade(place: Path | None, processes: bool, language: str) -> None:
    """
    Bring a newer version in. First: copy to the new folder DIR, change the schema, examine. Processes of the version
    before may run on, for changes of the schema only add.

    Last, once none of them runs any more: --processes. An older version can't read what a newer diagram wants. Where
    cases start on an analyst's release they go on to; how to compare it with what is shipped now is said.
    """
    if processes == (place is not None):
        raise click.UsageError("Name DIR first, and --processes once no process of the version before runs any more.")
    settings = read_settings()
    if place is None:
        _take_in(settings, language)
        return
    try:
        copies.make(settings.database_url, settings.files, place, now=SystemClock().now())
    except BackupFailed as failed:
        raise click.ClickException(str(failed)) from None
    with alone(settings.database_url):
        bring_up_to_date(settings.database_url)
    here = build(settings)
    click.echo(f"The schema is up to date; the copy of before is in {place}.")
    click.echo("Start workers and pages of this version in place of the older ones, then: saygac upgrade --processes")
    found = _examine(here, language, err=True)
    here.database.close()
    sys.exit(1 if found else 0)


def _take_in(settings: Settings, language: str) -> None:
    with alone(settings.database_url):
        here = build(settings)
        deploy_shipped(here)
    say_shipped_changes(here, language)
    here.database.close()
    click.echo("Cases start on the shipped processes, but where an analyst's release is active.")


COMMANDS = (doctor, backup, restore, upgrade)
