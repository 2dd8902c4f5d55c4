"""
The analyst's commands for releases: compare, propose, approve, list, move cases, export.

Each ends with 0, 1 if something was refused, 2 if it was called wrongly. Sentences come in the language asked for.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from engine.bundles import find
from engine.comparison import Comparison, compare
from engine.errors import NoteMissing, NotFound, ReleaseRefused, SecondPersonNeeded
from engine.findings import say
from engine.moving import Effect, Moves, Tally
from engine.operations import Actor
from engine.releases import Bundle
from web import people
from web.commands.analyst import LANGUAGES
from web.commands.running import read_settings
from web.services import Services, build

#: characters of a release's id that people see
SHORT = 12
#: whoever may propose and approve releases
ROLES = ("analyst", "head")
MOST_CASES_NAMED = 20

_language = click.option("--language", type=click.Choice(LANGUAGES), default="az", help="of the sentences")
_by = click.option("--by", "username", required=True, help="user name of who does it, an analyst or a head of office")
_map = click.option("--map", "renamed", multiple=True, metavar="OLD=NEW", help="an element that has another id now")


@click.command()
@click.argument("old")
@click.argument("new")
@_language
def diff(old: str, new: str, language: str) -> None:
    """
    Say what differs between two releases, each a folder or the beginning of a release's id. Ends with 1 if they differ.
    """
    with _installation() as here:
        found = compare(_bundle(here, old), _bundle(here, new))
    _say_changes(found, language)
    sys.exit(0 if found.same else 1)


@click.command()
@click.argument("process", required=False)
def releases(process: str | None) -> None:
    """
    List the releases, newest first: id, process, since when cases start on it, running cases, note.
    """
    with _installation() as here:
        for row in here.releases.listed(process):
            state = f"active since {_moment(row.active_since)}" if row.active_since else "waits for approval"
            click.echo(f"{row.id[:SHORT]}  {row.process}  {state}  {row.running} running  {row.note}")


@click.command()
@click.argument("place", metavar="DIR", type=click.Path(exists=True, path_type=Path))
@click.option("--note", required=True, help="what the release is for")
@_by
@_map
@_language
def release(place: Path, note: str, username: str, renamed: Sequence[str], language: str) -> None:
    """
    Propose the process of DIR as a release: through the gate, with what changes and what it would do to running cases.
    """
    with _installation() as here:
        actor, bundle = _actor(here, username), _folder(place)
        try:
            made = here.releases.propose(bundle, actor, now=here.ports.clock.now(), note=note)
        except ReleaseRefused as refused:
            for finding in refused.findings:
                click.echo(f"{finding.place}: {finding.say(language)} [{finding.code}]", err=True)
            sys.exit(1)
        except NoteMissing:
            raise click.UsageError("Say by --note what the release is for.") from None
        with _known(made.process):
            _say_changes(compare(here.releases.bundle(here.releases.active(made.process).id), bundle), language)
        _say_effect(_moves(here).effect(made, bundle, _names(renamed)), language)
    click.echo(f"Release {made.id[:SHORT]} waits for approval: saygac approve {made.id[:SHORT]} --by USER")


@click.command()
@click.argument("name", metavar="RELEASE")
@_by
def approve(name: str, username: str) -> None:
    """
    Let new cases start on a release; a second person must do it.
    """
    with _installation() as here:
        actor, key = _actor(here, username), _release(here, name)
        try:
            made = here.releases.approve(key, actor, now=here.ports.clock.now())
        except SecondPersonNeeded:
            raise click.ClickException("Who proposed a release can't approve it: ask a second person.") from None
    click.echo(f"New cases of {made.process} start on {made.id[:SHORT]}.")


@click.command()
@click.argument("name", metavar="[RELEASE|MOVE]")
@_by
@_map
@click.option("--case", "numbers", multiple=True, type=int, metavar="ID", help="only these cases; default: all")
@click.option("--note", default="", help="why; stays in the history of each case")
@click.option("--dry-run", is_flag=True, help="only say what would happen")
@click.option("--resume", is_flag=True, help="go on with the bulk MOVE that was stopped")
@click.option("--undo", is_flag=True, help="bring back the cases of the bulk MOVE that have not gone on")
@_language
def move(
    name: str,
    username: str,
    renamed: Sequence[str],
    numbers: Sequence[int],
    note: str,
    dry_run: bool,
    resume: bool,
    undo: bool,
    language: str,
) -> None:
    """
    Move running cases to RELEASE, each in a transaction of its own; a bulk that was stopped goes on with --resume.
    """
    with _installation() as here:
        actor, moves = _actor(here, username), _moves(here)
        if resume or undo:
            bulk = _number(name)
        else:
            key = _release(here, name)
            target = here.releases.get(key)
            if dry_run:
                _say_effect(moves.effect(target, here.releases.bundle(key), _names(renamed)), language)
                return
            bulk = moves.plan(target, actor, note=note, names=_names(renamed), cases=numbers or None)
            click.echo(f"Bulk {bulk}")
        total = sum(vars(_tally(moves, bulk)).values())
        with click.progressbar(length=total, label="cases", file=sys.stderr) as bar:
            tally = (moves.undo if undo else moves.run)(bulk, lambda _: bar.update(1))
        click.echo(f"{tally.moved} moved, {tally.refused} refused, {tally.undone} brought back")
        refusals = moves.refusals(bulk)
        for case_id, reason in refusals:
            click.echo(f"  {case_id}: {say(reason, language)}", err=True)
    sys.exit(1 if refusals else 0)


@click.command()
@click.argument("name", metavar="RELEASE")
@click.argument("place", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
def export(name: str, place: Path) -> None:
    """
    Write the files of a release into DIR, byte for byte as they came.
    """
    with _installation() as here:
        files = here.releases.bundle(_release(here, name))
    for path, content in files.items():
        target = place / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    click.echo(f"{len(files)} files in {place}")


COMMANDS = (diff, releases, release, approve, move, export)


@contextmanager
def _installation() -> Iterator[Services]:
    here = build(read_settings())
    try:
        yield here
    finally:
        here.database.close()


@contextmanager
def _known(process: str) -> Iterator[None]:
    """A first release of a process has nothing to be compared with."""
    try:
        yield
    except NotFound:
        click.echo(f"{process} is a new process.")


def _moves(here: Services) -> Moves:
    return Moves(here.database, here.releases, here.operations, here.ports)


def _actor(here: Services, username: str) -> Actor:
    with here.database.read() as connection:
        found = people.account(connection, username)
        actor = people.actor_of(connection, found.person_id) if found is not None else None
    if actor is None or not any(actor.holds(role) for role in ROLES):
        raise click.UsageError(f"{username} is no analyst and no head of office here.")
    return actor


def _bundle(here: Services, name: str) -> Bundle:
    place = Path(name)
    return _folder(place) if place.exists() else here.releases.bundle(_release(here, name))


def _folder(place: Path) -> Bundle:
    found = find(place)
    if len(found) != 1:
        raise click.UsageError(f"{place} holds {len(found)} diagrams: name the one that is meant.")
    return found[0].read()


def _release(here: Services, name: str) -> str:
    try:
        return here.releases.find(name)
    except NotFound:
        raise click.UsageError(f"{name} is neither a folder nor the beginning of one release's id.") from None


def _number(name: str) -> int:
    if not name.isascii() or not name.isdigit():
        raise click.UsageError("Give the number of the bulk, as `saygac move` printed it.")
    return int(name)


def _tally(moves: Moves, bulk: int) -> Tally:
    tally = moves.tally(bulk)
    if tally == Tally():
        raise click.ClickException(f"Bulk {bulk} has no cases.")
    return tally


def _names(renamed: Sequence[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in renamed]
    if not all(old and new for old, _, new in pairs):
        raise click.UsageError("--map takes OLD=NEW.")
    return {old: new for old, _, new in pairs}


def _say_changes(found: Comparison, language: str) -> None:
    for change in found.changes:
        click.echo(f"{'! ' if change.rights else '  '}{change.file}: {change.say(language)}")


def _say_effect(effect: Effect, language: str) -> None:
    click.echo(f"{effect.running} running: {effect.can} can move, {effect.stay} stay, {effect.cannot} cannot")
    for group in effect.groups:
        standing = ", ".join(group.labels)
        click.echo(f"  {standing}: {len(group.can)} can move, {len(group.stay)} stay")
        for reason, cases in group.cannot.items():
            named = ", ".join(map(str, cases[:MOST_CASES_NAMED])) + (" …" if len(cases) > MOST_CASES_NAMED else "")
            click.echo(f"    {len(cases)} cannot: {say(reason, language)} ({named})")


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
