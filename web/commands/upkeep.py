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
from engine.schema import alone
from engine.schema import upgrade as bring_up_to_date
from web.commands.releasing import say_shipped_changes
from web.commands.running import read_settings
from web.commands.wording import in_language
from web.services import build, deploy_shipped

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@in_language
def doctor(language: str) -> None:
    """
    Check over the whole database that what must always hold does hold; ends with 1 if something does not.
    """
    here = build(read_settings())
    ailments = list(Doctor(here.database, here.releases, here.operations, here.ports).examine())
    here.database.close()
    for ailment in ailments:
        click.echo(f"{ailment.say(language)} [{ailment.code}]")
    click.echo(f"{len(ailments)} found." if ailments else "Everything holds.")
    sys.exit(1 if ailments else 0)


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
@click.argument("place", metavar="DIR", type=_FOLDER)
@in_language
def upgrade(place: Path, language: str) -> None:
    """
    Bring a newer version in: copy to the new folder DIR, change the schema, take the shipped processes in, examine.

    Where cases start on an analyst's release they go on to; how to compare it with what is shipped now is said.

    Servers of the version before may run on: changes of the schema only add.
    """
    settings = read_settings()
    try:
        copies.make(settings.database_url, settings.files, place, now=SystemClock().now())
    except BackupFailed as failed:
        raise click.ClickException(str(failed)) from None
    with alone(settings.database_url):
        bring_up_to_date(settings.database_url)
        here = build(settings)
        deploy_shipped(here)
    say_shipped_changes(here, language)
    ailments = list(Doctor(here.database, here.releases, here.operations, here.ports).examine())
    here.database.close()
    for ailment in ailments:
        click.echo(f"{ailment.say(language)} [{ailment.code}]", err=True)
    click.echo(f"Up to date; the copy of before is in {place}.")
    sys.exit(1 if ailments else 0)


COMMANDS = (doctor, backup, restore, upgrade)
