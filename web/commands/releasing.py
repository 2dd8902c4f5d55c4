"""
The analyst's commands for releases: compare, propose, approve, list, move cases, export.

Each ends with 0, 1 if something was refused, 2 if it was called wrongly. Sentences come in the language asked for.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from engine.comparison import Comparison, compare
from engine.errors import NoteMissing, NotFound, ReleaseRefused, SecondPersonNeeded
from engine.findings import say
from engine.moving import Effect, Moves, NotToMove, Tally
from engine.naming import case_id, case_names
from engine.operations import Actor
from engine.releases import Bundle, Release, ShippedChange
from engine.releases.bundles import find, others, places
from web import people
from web.commands.running import read_settings
from web.commands.wording import Told, in_language, told
from web.services import Services, build

#: characters of a release's id that people see
SHORT = 12
#: whoever may propose and approve releases
ROLES = ("analyst", "head")
MOST_CASES_NAMED = 20

_by = click.option("--by", "username", required=True, help="user name of who does it, an analyst or a head of office")
_map = click.option("--map", "renamed", multiple=True, metavar="OLD=NEW", help="an element that has another id now")


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--json", "as_values", is_flag=True, help="as JSON, with what a picture of the diagram marks")
@in_language
def diff(old: str, new: str, as_values: bool, language: str) -> None:
    """
    Say what differs between two releases, each a folder or the beginning of a release's id. Ends with 1 if they differ.
    """
    with _installation() as here:
        found = compare(_bundle(here, old, told(language)), _bundle(here, new, told(language)))
    if as_values:
        click.echo(json.dumps(found.as_values(language), ensure_ascii=False, indent=2))
    else:
        _say_changes(found, language)
    sys.exit(0 if found.same else 1)


@click.command()
@click.argument("process", required=False)
@in_language
def releases(process: str | None, language: str) -> None:
    """
    List the releases, newest first: id, process, since when cases start on it, running cases, note.
    """
    _ = told(language)
    with _installation() as here:
        waiting = {one.release: one for one in here.releases.shipped_changes()}
        for row in here.releases.listed(process):
            state = _("təsdiqi gözləyir")
            if row.active_since:
                state = _("%(moment)s tarixindən qüvvədədir", moment=_moment(row.active_since))
            elif row.proposed_by is None:
                state = _("proqramla gəlib, gözləyir")
            running = _("açıq müraciətlər: %(count)s", count=row.running)
            click.echo(f"{row.id[:SHORT]}  {row.process}  {state}  {running}  {row.note}".rstrip())
            if row.id in waiting:
                click.echo(_shipped(waiting[row.id], _))


@click.command()
@click.argument("place", metavar="DIR", type=click.Path(exists=True, path_type=Path))
@click.option("--note", required=True, help="what the release is for")
@_by
@_map
@in_language
def release(place: Path, note: str, username: str, renamed: Sequence[str], language: str) -> None:
    """
    Propose the process of DIR as a release: through the gate, with what changes and what it would do to running cases.
    """
    _ = told(language)
    with _installation() as here:
        actor, bundle = _actor(here, username, _), _folder(place, _)
        try:
            made = here.releases.propose(bundle, actor, now=here.ports.clock.now(), note=note)
        except ReleaseRefused as refused:
            for finding in refused.findings:
                click.echo(f"{finding.place}: {finding.say(language)} [{finding.code}]", err=True)
            sys.exit(1)
        except NoteMissing:
            raise click.UsageError(_("--note ilə buraxılışın nə üçün olduğunu yazın.")) from None
        try:
            active = here.releases.bundle(here.releases.active(made.process).id)
        except NotFound:
            click.echo(_("%(process)s yeni prosesdir.", process=made.process))
        else:
            _say_changes(compare(active, bundle), language)
        _say_effect(here, _moves(here).effect(made, bundle, _names(renamed, made, _)), made, language)
    key = made.id[:SHORT]
    click.echo(_("%(release)s buraxılışı təsdiqi gözləyir: saygac approve %(release)s --by USER", release=key))


@click.command()
@click.argument("name", metavar="RELEASE")
@_by
@in_language
def approve(name: str, username: str, language: str) -> None:
    """
    Let new cases start on a release; a second person must do it.
    """
    _ = told(language)
    with _installation() as here:
        actor, key = _actor(here, username, _), _release(here, name, _)
        try:
            made = here.releases.approve(key, actor, now=here.ports.clock.now())
        except SecondPersonNeeded:
            raise click.ClickException(
                _("Buraxılışı təklif edən şəxs onu təsdiq edə bilməz: ikinci şəxsdən xahiş edin.")
            ) from None
    words = {"process": made.process, "release": made.id[:SHORT]}
    click.echo(_("%(process)s: yeni müraciətlər %(release)s buraxılışında başlayır.", **words))


@click.command()
@click.argument("name", metavar="[RELEASE|MOVE]")
@_by
@_map
@click.option("--case", "numbers", multiple=True, metavar="NUMBER", help="only these cases; default: all")
@click.option("--note", default="", help="why; stays in the history of each case")
@click.option("--dry-run", is_flag=True, help="only say what would happen")
@click.option("--resume", is_flag=True, help="go on with the bulk MOVE that was stopped")
@click.option("--undo", is_flag=True, help="bring back the cases of the bulk MOVE that have not gone on")
@in_language
def move(
    name: str,
    username: str,
    renamed: Sequence[str],
    numbers: Sequence[str],
    note: str,
    dry_run: bool,
    resume: bool,
    undo: bool,
    language: str,
) -> None:
    """
    Move running cases to RELEASE, each in a transaction of its own; a bulk that was stopped goes on with --resume.
    """
    _ = told(language)
    with _installation() as here:
        actor, moves = _actor(here, username, _), _moves(here)
        if dry_run:
            target = here.releases.get(_release(here, name, _))
            effect = moves.effect(target, here.releases.bundle(target.id), _names(renamed, target, _))
            _say_effect(here, effect, target, language)
            return
        if resume or undo:
            bulk = _bulk(moves, name, _)
        else:
            cases = _cases(here, numbers, _) if numbers else None
            target = here.releases.get(_release(here, name, _))
            bulk = _planned(here, target, actor, _, note=note, names=_names(renamed, target, _), cases=cases)
            click.echo(_("Köçürmə %(bulk)s", bulk=bulk))
        total = sum(vars(moves.tally(bulk)).values())
        with click.progressbar(length=total, label=_("müraciətlər"), file=sys.stderr) as bar:
            tally = (moves.undo if undo else moves.run)(bulk, lambda: bar.update(1))
        _say_tally(tally, _)
        refusals = moves.refusals(bulk)
        known = _known(here, [key for key, _reason in refusals])
        for key, reason in refusals:
            click.echo(f"  {known[key]}: {say(reason, language)}", err=True)
    sys.exit(1 if refusals else 0)


@click.command()
@click.argument("name", metavar="RELEASE")
@click.argument("place", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@in_language
def export(name: str, place: Path, language: str) -> None:
    """
    Write the files of a release into DIR, byte for byte as they came, each where a repository has it already.

    Nothing is removed: what DIR has of the process and the release does not is named.
    """
    _ = told(language)
    with _installation() as here:
        files = here.releases.bundle(_release(here, name, _))
    for path, target in places(place, files).items():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(files[path])
    for other in others(place, files):
        click.echo(_("Buraxılışda yoxdur: %(file)s", file=other), err=True)
    click.echo(_("Yazılan fayllar: %(count)s (%(place)s)", count=len(files), place=place))


COMMANDS = (diff, releases, release, approve, move, export)


def say_shipped_changes(here: Services, language: str) -> None:
    """
    Say which releases came with this version of the software and wait, because analysts' own are active.
    """
    _ = told(language)
    for one in here.releases.shipped_changes():
        click.echo(_("%(process)s: proqramla yeni buraxılış gəlib.", process=one.process))
        click.echo(_shipped(one, _))


def _shipped(change: ShippedChange, _: Told) -> str:
    """How to compare what came with the software, and what to do then; three lines."""
    new, active = change.release[:SHORT], change.active[:SHORT]
    lines = [_("    sizin buraxılışla fərqi: saygac diff %(active)s %(release)s", active=active, release=new)]
    if change.before:
        before = change.before[:SHORT]
        lines.insert(0, _("    proqramda dəyişən: saygac diff %(before)s %(release)s", before=before, release=new))
    lines.append(
        _(
            "    olduğu kimi qəbul etmək: saygac approve %(release)s --by USER; öz dəyişikliklərinizi saxlamaq üçün "
            "proqramda dəyişəni öz fayllarınıza köçürün (saygac export %(active)s DIR) və onları buraxın",
            release=new,
            active=active,
        )
    )
    return "\n".join(lines)


@contextmanager
def _installation() -> Iterator[Services]:
    here = build(read_settings())
    try:
        yield here
    finally:
        here.database.close()


def _moves(here: Services) -> Moves:
    return Moves(here.database, here.releases, here.operations, here.ports)


def _actor(here: Services, username: str, _: Told) -> Actor:
    with here.database.read() as connection:
        found = people.account(connection, username)
        actor = people.actor_of(connection, found.person_id) if found is not None else None
    if actor is None or not any(actor.holds(role) for role in ROLES):
        raise click.UsageError(_("%(user)s burada nə analitikdir, nə də idarə rəisi.", user=username))
    return actor


def _bundle(here: Services, name: str, _: Told) -> Bundle:
    place = Path(name)
    return _folder(place, _) if place.exists() else here.releases.bundle(_release(here, name, _))


def _folder(place: Path, _: Told) -> Bundle:
    found = find(place)
    if len(found) != 1:
        words = {"place": place, "count": len(found)}
        raise click.UsageError(_("%(place)s: diaqramların sayı %(count)s; bir diaqramın faylını göstərin.", **words))
    return found[0].read()


def _release(here: Services, name: str, _: Told) -> str:
    try:
        return here.releases.find(name)
    except NotFound:
        raise click.UsageError(
            _("%(name)s nə qovluqdur, nə də yeganə bir buraxılışın kodunun əvvəlidir.", name=name)
        ) from None


def _bulk(moves: Moves, name: str, _: Told) -> int:
    number = int(name) if name.isascii() and name.isdigit() and len(name) < SHORT else 0
    if moves.tally(number) == Tally():
        raise click.UsageError(_("Köçürmənin nömrəsini yazın: `saygac move` onu göstərir."))
    return number


def _cases(here: Services, names: Sequence[str], _: Told) -> list[int]:
    found = []
    with here.database.read() as connection:
        for name in names:
            try:
                found.append(case_id(connection, name))
            except NotFound:
                raise click.UsageError(_("%(case)s nömrəli müraciət yoxdur.", case=name)) from None
    return found


def _known(here: Services, cases: Sequence[int]) -> dict[int, str]:
    with here.database.read() as connection:
        return case_names(connection, cases)


def _planned(here: Services, target: Release, actor: Actor, _: Told, **planned: Any) -> int:
    try:
        return _moves(here).plan(target, actor, **planned)
    except NotToMove as nothing:
        if nothing.cases:
            named = ", ".join(_known(here, nothing.cases).values())
            raise click.ClickException(
                _("Bu prosesin başqa buraxılışında açıq deyil: %(cases)s. Heç nə köçürülmədi.", cases=named)
            ) from None
        raise click.ClickException(_("Başqa buraxılışda açıq müraciət yoxdur: köçürməyə bir şey yoxdur.")) from None


def _names(renamed: Sequence[str], target: Release, _: Told) -> dict[str, str]:
    pairs = [text.partition("=") for text in renamed]
    if not all(old and new for old, _equals, new in pairs):
        raise click.UsageError(_("--map belə yazılır: --map KÖHNƏ=YENİ."))
    for _old, _equals, new in pairs:
        if new not in target.diagram.elements:
            raise click.UsageError(_("Yeni buraxılışda %(element)s elementi yoxdur.", element=new))
    return {old: new for old, _equals, new in pairs}


def _say_changes(found: Comparison, language: str) -> None:
    for change in found.changes:
        click.echo(f"{'! ' if change.rights else '  '}{change.file}: {change.say(language)}")


def _say_effect(here: Services, effect: Effect, target: Release, language: str) -> None:
    _ = told(language)
    counts = {"running": effect.running, "can": effect.can, "stay": effect.stay, "cannot": effect.cannot}
    click.echo(
        _("Açıq müraciətlər: %(running)s; köçə bilər: %(can)s, qalır: %(stay)s, köçə bilməz: %(cannot)s", **counts)
    )
    known = _known(here, [key for group in effect.groups for cases in group.cannot.values() for key in cases])
    for group in effect.groups:
        place = ", ".join(target.translate(label, language) for label in group.labels)
        counts = {"place": place, "can": len(group.can), "stay": len(group.stay)}
        click.echo(_("  %(place)s: köçə bilər: %(can)s, qalır: %(stay)s", **counts))
        for reason, cases in group.cannot.items():
            named = ", ".join(known[key] for key in cases[:MOST_CASES_NAMED])
            more = " …" if len(cases) > MOST_CASES_NAMED else ""
            words = {"count": len(cases), "reason": say(reason, language), "cases": named + more}
            click.echo(_("    köçə bilməz: %(count)s. %(reason)s (%(cases)s)", **words))


def _say_tally(tally: Tally, _: Told) -> None:
    counts = {"moved": tally.moved, "refused": tally.refused, "undone": tally.undone, "waiting": tally.waiting}
    said = _("köçürüldü: %(moved)s, köçürülmədi: %(refused)s, geri qaytarıldı: %(undone)s", **counts)
    click.echo(said + (_("; hələ gözləyir: %(waiting)s", **counts) if tally.waiting else ""))


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
