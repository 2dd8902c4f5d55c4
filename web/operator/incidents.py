"""
Incidents: the list, one of them with its history, and the deeds that mend them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from engine import expiry, findings, rights
from engine import incidents as engine_incidents
from engine.jobs.by_word import taken_by_word
from engine.operating import batches, incidents
from engine.operating.incidents import IncidentRow
from engine.operating.mending import Mending
from engine.retelling import retold
from processes.registry import offices
from web import names, texts
from web.access import may
from web.exporting import Cell, export
from web.inbox import case_name
from web.operator import sifting
from web.operator.acting import Guide, Subject, guided, ids
from web.operator.sifting import blueprint
from web.services import services

#: word in the address -> state
STATES = {"acilan": incidents.OPEN, "hell": incidents.SETTLED}
#: more than these are mended in the background
AT_ONCE = 200
#: things that the guide lists one by one
LISTED = 20


@blueprint.get("/nasazliqlar")
@may(rights.INCIDENTS)
def page() -> Any:
    """
    List what cannot go on by itself, open incidents first.
    """
    here = services()
    now = here.ports.clock.now()
    sieve = sifting.sieve(STATES)
    with here.database.read() as connection:
        found = incidents.page(connection, g.actor, sieve, request.args.get(sifting.CURSOR), now=now)
        tally = incidents.tally(connection, g.actor, sieve, now=now)
    return render_template(
        "operator/incidents.html",
        sieve=sieve,
        choices=(
            sifting.code_choice(sieve, tally),
            sifting.failing_choice(sieve),
            sifting.element_choice(sieve),
            sifting.process_choice(sieve),
            sifting.office_choice(sieve),
            sifting.age_choice(sieve),
        ),
        tally=[(code, names.code_name(code), count) for code, count in tally.items()],
        total=sum(tally.values()),
        rows=[(row, *_about(row)) for row in found.rows],
        first=sifting.first(),
        following=sifting.following(found),
        now=now,
        outcome=request.args.get("netice"),
    )


@blueprint.get("/nasazliqlar/siyahi.<ending>")
@may(rights.INCIDENTS)
def incidents_file(ending: str) -> Any:
    """
    Hand the list out as a file, with the same filters.
    """
    now = services().ports.clock.now()
    sieve = sifting.sieve(STATES)
    language = texts.language()
    with services().database.read() as connection:
        called = offices.names(connection, language)

    def rows() -> Iterator[list[Cell]]:
        for row in sifting.whole(
            lambda connection, cursor, limit: incidents.page(connection, g.actor, sieve, cursor, now=now, limit=limit)
        ):
            number = texts.number(row.case_number) if row.case_number else ""
            element = sifting.element_name(row.release_id, row.element)
            yield [
                row.id,
                names.failing_name(row.kind),
                names.code_name(row.code),
                sentence(row, language),
                element,
                number,
                called.get(row.unit or "", row.unit),
                row.opened_at,
                row.resolved_at,
                row.resolved_by,
                row.note,
                retold(row.message, language) or row.message,
            ]

    heads = (
        gettext("№"),
        gettext("Nə dayanıb"),
        gettext("Səhv"),
        gettext("Nə etməli"),
        gettext("Diaqramın elementi"),
        gettext("Müraciət"),
        gettext("İdarə"),
        gettext("Nə vaxt"),
        gettext("Həll edilib"),
        gettext("Kim"),
        gettext("Qeyd"),
        gettext("Texniki məlumat"),
    )
    return export(ending, "nasazliqlar", heads, rows())


@blueprint.get("/nasazliqlar/<int:incident_id>")
@may(rights.INCIDENTS)
def incident(incident_id: int) -> Any:
    """
    Show one incident: what stopped where, what to do, how often it was tried, and what was done about it.
    """
    return _incident(incident_id)


def _incident(incident_id: int) -> str:
    here = services()
    with here.database.read() as connection:
        found = incidents.whole(connection, g.actor, incident_id)
    row = found.row
    title, case = _about(row)
    return render_template(
        "operator/incident.html",
        row=row,
        title=title,
        case=case,
        element=sifting.element_name(row.release_id, row.element),
        sentence=sentence(row, texts.language()),
        failures=[(each, names.code_name(each.code)) for each in found.failures],
        deeds=[(each, names.deed_name(each.deed)) for each in found.deeds],
        uncertain=row.code in engine_incidents.UNCERTAIN and row.job_id is not None,
        outcome=request.args.get("netice"),
        longest=engine_incidents.LONGEST_NOTE,
    )


@blueprint.post("/nasazliqlar/<int:incident_id>/qeyd")
@may(rights.INCIDENTS)
def annotate(incident_id: int) -> Any:
    """
    Keep what operators tell one another about an incident.
    """
    here = services()
    note = request.form.get("note", "")
    engine_incidents.annotate(here.database, incident_id, g.actor, note, now=here.ports.clock.now())
    return redirect(url_for("operator.incident", incident_id=incident_id, netice="qeyd"), 303)


@blueprint.route("/nasazliqlar/tekrar", methods=["GET", "POST"])
@may(rights.INCIDENTS)
def retry() -> Any:
    """
    Try again one incident, those that were chosen, or all of a filter: first what it means, then with a reason.
    """
    here = services()
    now = here.ports.clock.now()
    sieve = sifting.sieve(STATES)
    everything = request.values.get("hamisi") == "1"
    with here.database.read() as connection:
        wanted = ids()
        count = 0
        if everything:
            count = sum(incidents.tally(connection, g.actor, sieve, now=now).values())
            wanted = incidents.ids(connection, g.actor, sieve, now=now, most=AT_ONCE)
        rows = incidents.chosen(connection, g.actor, wanted)
    in_background = everything and count > AT_ONCE and bool(sieve.code)
    count = count if in_background else len(rows)
    guide = Guide(
        title=gettext("Yenidən başlatmaq"),
        button=gettext("Yenidən başlat"),
        effects=_effects(rows, in_background=in_background, count=count),
        subjects=[_subject(row) for row in rows[:LISTED]],
        count=count,
        back=url_for("operator.page", **sifting.arguments()),
    )

    def do(reason: str) -> str:
        if in_background:
            batches.retry_all(here.database, sieve, g.actor, reason=reason, now=now)
            return url_for("operator.batches_page", netice="baslandi")
        outcome = mending().retry([row.id for row in rows], g.actor, reason=reason, now=now)
        said = "tekrar" if not outcome.still else "qalir" if not outcome.retried else "qismen"
        if len(rows) == 1:
            return url_for("operator.incident", incident_id=rows[0].id, netice=said)
        return url_for("operator.page", **sifting.arguments(), netice=said)

    return guided(guide, do)


@blueprint.route("/nasazliqlar/<int:incident_id>/catdirilib", methods=["GET", "POST"])
@may(rights.INCIDENTS)
def delivered(incident_id: int) -> Any:
    """
    Take uncertain work as done.
    """
    here = services()
    with here.database.read() as connection:
        row = incidents.whole(connection, g.actor, incident_id).row
    guide = Guide(
        title=gettext("Çatdırılıb"),
        button=gettext("Çatdırılmış say"),
        effects=(
            gettext("Məktub yenidən göndərilməyəcək və nasazlıq bağlanacaq."),
            gettext("Bunu yalnız məktubun çatdığını yoxlayandan sonra edin."),
        ),
        subjects=[_subject(row)],
        count=1,
        back=url_for("operator.incident", incident_id=incident_id),
        grave=True,
    )

    def do(reason: str) -> str:
        now = here.ports.clock.now()
        log = partial(taken_by_word, here.database, here.operations, here.cases, here.ports)
        engine_incidents.say_delivered(here.database, incident_id, g.actor, reason=reason, now=now, log=log)
        return url_for("operator.incident", incident_id=incident_id, netice="catdirilib")

    return guided(guide, do)


def mending() -> Mending:
    """
    Return what tries again in this installation.
    """
    here = services()
    clock, papers = here.ports.clock, here.ports.papers
    return Mending(here.database, here.cases, lambda params: expiry.still_ends(papers, params, clock.now()))


def sentence(row: IncidentRow, language: str) -> str:
    """
    Return what happened and what a person can do about it.
    """
    code = f"incident.{row.code}"
    known = code if code in findings.sentences() else "incident.other"
    params = {**row.params, "date": texts.day(row.params["date"])} if row.params.get("date") else row.params
    return findings.say(findings.Reason(known, params), language)


def _about(row: IncidentRow) -> tuple[str, str]:
    """Return by what an incident is called, and its case's name."""
    element = sifting.element_name(row.release_id, row.element)
    letter = row.job_payload.get("letter")
    work = names.letter_name(letter) if letter else names.job_name(row.job_kind) if row.job_kind else ""
    title = str(row.params.get("file") or "") or element or work or names.failing_name(row.kind)
    return title, case_name(row.case_number, row.case_id) if row.case_id is not None else ""


def _subject(row: IncidentRow) -> Subject:
    title, case = _about(row)
    href = url_for("operator.incident", incident_id=row.id)
    return Subject(f"{names.code_name(row.code)}: {title}", case, href)


def _effects(rows: tuple[IncidentRow, ...], *, in_background: bool, count: int) -> list[str]:
    if in_background:
        return [
            ngettext(
                "%(num)d nasazlıq arxa planda yenidən başladılacaq; gedişi «Toplu işlər» səhifəsində görünür.",
                "%(num)d nasazlıq arxa planda yenidən başladılacaq; gedişi «Toplu işlər» səhifəsində görünür.",
                count,
            )
        ]
    said = []
    kinds = [row.kind for row in rows]
    looked = {engine_incidents.STATE, engine_incidents.CASE, engine_incidents.CERTIFICATE}
    if any(row.job_id is not None for row in rows):
        said.append(gettext("Dayanmış iş dərhal yenidən yerinə yetirilir; alınmasa, yeni nasazlıq açılır."))
    if engine_incidents.STEP in kinds:
        said.append(gettext("Geri qaytarılmış addımın cavabları qaralamadadır: onları göndərən yenidən göndərə bilər."))
    if looked.intersection(kinds):
        said.append(gettext("Vəziyyət yenidən yoxlanılır: düzəlibsə, nasazlıq bağlanır, yoxsa açıq qalır."))
    if engine_incidents.BULK in kinds:
        said.append(gettext("Müraciət öz toplu işinə qaytarılır."))
    return said
