"""
Background work: the list, and letting work rest, go on, be done at once or be cancelled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import abort, g, render_template, request, url_for
from flask_babel import gettext, lazy_gettext, ngettext

from engine import rights
from engine.jobs import steering
from engine.jobs.steering import Effect, Kind
from engine.operating import jobs as engine_jobs
from engine.operating.jobs import JobRow
from engine.retelling import retold
from web import names, texts
from web.access import may
from web.exporting import Cell, export
from web.inbox import case_name
from web.operator import sifting
from web.operator.acting import Guide, Subject, guided, ids
from web.operator.sifting import blueprint
from web.services import services

#: word in the address -> state
STATES = {
    "gozleyen": engine_jobs.READY,
    "isleyen": engine_jobs.RUNNING,
    "dayanmis": engine_jobs.DEAD,
    "saxlanmis": engine_jobs.SUSPENDED,
    "bitmis": engine_jobs.FINISHED,
}
#: word in the address -> deed
DEEDS = {"saxla": Kind.SUSPEND, "davam": Kind.RESUME, "legv": Kind.CANCEL, "indi": Kind.HURRY}
#: state -> deeds that are offered
OFFERED: Mapping[str, tuple[str, ...]] = {
    engine_jobs.READY: ("indi", "saxla", "legv"),
    engine_jobs.DEAD: ("indi", "legv"),
    engine_jobs.SUSPENDED: ("davam", "legv"),
}
WORDS: Mapping[Kind, object] = {
    Kind.SUSPEND: lazy_gettext("Saxla"),
    Kind.RESUME: lazy_gettext("Davam etdir"),
    Kind.CANCEL: lazy_gettext("Ləğv et"),
    Kind.HURRY: lazy_gettext("İndi yerinə yetir"),
}


@blueprint.get("/isler")
@may(rights.INCIDENTS)
def jobs() -> Any:
    """
    List background work that waits, runs, has stopped, rests, or was done.
    """
    here = services()
    if request.args.get(sifting.STATE, "gozleyen") not in STATES:
        abort(404)
    now = here.ports.clock.now()
    sieve = sifting.sieve(STATES)
    with here.database.read() as connection:
        found = engine_jobs.page(connection, g.actor, sieve, request.args.get(sifting.CURSOR), now=now)
    choices = [
        sifting.lane_choice(sieve),
        sifting.kind_choice(sieve),
        sifting.process_choice(sieve),
        sifting.office_choice(sieve),
        sifting.age_choice(sieve),
    ]
    if sieve.state != engine_jobs.FINISHED:
        choices.insert(2, sifting.element_choice(sieve))
    return render_template(
        "operator/jobs.html",
        sieve=sieve,
        states=[(word, state, names.JOB_STATES[state]) for word, state in STATES.items()],
        choices=choices,
        deeds=[(word, WORDS[DEEDS[word]]) for word in OFFERED.get(sieve.state, ())],
        rows=[(row, *_about(row)) for row in found.rows],
        first=sifting.first(),
        following=sifting.following(found),
        now=now,
        outcome=request.args.get("netice"),
    )


@blueprint.get("/isler/siyahi.<ending>")
@may(rights.INCIDENTS)
def jobs_file(ending: str) -> Any:
    """
    Hand the list out as a file, with the same filters.
    """
    now = services().ports.clock.now()
    sieve = sifting.sieve(STATES)
    language = texts.language()

    def rows() -> Iterator[list[Cell]]:
        for row in sifting.whole(
            lambda connection, cursor, limit: engine_jobs.page(connection, g.actor, sieve, cursor, now=now, limit=limit)
        ):
            yield [
                row.id,
                names.lane_name(row.lane),
                names.job_name(row.kind),
                names.letter_name(row.letter) if row.letter else "",
                sifting.element_name(row.release_id, row.element),
                texts.number(row.case_number) if row.case_number else "",
                str(names.JOB_STATES[row.state]),
                row.created_at,
                row.at,
                row.attempt,
                row.failed,
                retold(row.error or "", language) or row.error,
            ]

    heads = (
        gettext("№"),
        gettext("Zolaq"),
        gettext("İş"),
        gettext("Məktub"),
        gettext("Diaqramın elementi"),
        gettext("Müraciət"),
        gettext("Vəziyyət"),
        gettext("İstənilib"),
        gettext("Vaxtı"),
        gettext("Cəhd"),
        gettext("Uğursuz cəhd"),
        gettext("Texniki məlumat"),
    )
    return export(ending, "isler", heads, rows())


@blueprint.route("/isler/<word>", methods=["GET", "POST"])
@may(rights.INCIDENTS)
def steer(word: str) -> Any:
    """
    Do something to the jobs that were chosen: first what it means for each, then with a reason.
    """
    if word not in DEEDS:
        abort(404)
    here, deed = services(), DEEDS[word]
    wanted = ids()
    with here.database.read() as connection:
        effects = steering.preview(connection, wanted, deed, g.actor)
    back = url_for("operator.jobs", **sifting.arguments())
    done = [each for each in effects if each.done]
    guide = Guide(
        title=str(WORDS[deed]),
        button=str(WORDS[deed]),
        effects=_effects(deed, done),
        subjects=[_subject(each) for each in effects],
        count=len(done),
        back=back,
        grave=deed is Kind.CANCEL,
    )

    def do(reason: str) -> str:
        steering.do(here.database, wanted, deed, g.actor, reason=reason, now=here.ports.clock.now())
        return url_for("operator.jobs", **sifting.arguments(), netice=word)

    return guided(guide, do)


def _about(row: JobRow) -> tuple[str, str, str]:
    """Return what a job does, what it is about, and its case's name."""
    about = names.letter_name(row.letter) if row.letter else sifting.element_name(row.release_id, row.element)
    case = case_name(row.case_number, row.case_id) if row.case_id is not None else ""
    return names.job_name(row.kind), about, case


def _subject(effect: Effect) -> Subject:
    refusals = {
        "running": gettext("İndi yerinə yetirilir: bitməsini gözləyin."),
        "held": gettext("Müraciət dayandırılıb: taymer müraciətlə birlikdə, onun səhifəsində davam etdirilir."),
        "timer": gettext(
            "Taymeri yalnız diaqram götürür: müraciətin səhifəsində tokeni köçürün və ya taymeri saxlayın."
        ),
        "timer_waits": gettext("Taymerin vaxtı çatmayıb: tarixi müraciətin səhifəsində dəyişdirilir."),
        "standing": gettext("Quraşdırmanın daimi işidir: ləğv edilsə, yenidən yaranar. Onu saxlamaq olar."),
        "bulk": gettext("Toplu işin hissəsidir: «Toplu işlər» səhifəsindən idarə edin."),
        "state": gettext("Vəziyyəti buna uyğun deyil."),
    }
    about = (
        names.letter_name(effect.letter) if effect.letter else sifting.element_name(effect.release_id, effect.element)
    )
    words = names.job_name(effect.kind) + (f": {about}" if about else "")
    case = case_name(effect.case_number, effect.case_id) if effect.case_id is not None else ""
    href = url_for("dossier.page", number=case) if case else ""
    said = refusals.get(effect.refused, "")
    if effect.done and effect.last:
        said = gettext(
            "Bu, müraciətdə gözlənilən sonuncu işdir: ləğvdən sonra «müraciət heç nə gözləmir» nasazlığı açılır."
        )
    return Subject(words, case, href, said, refused=not effect.done)


def _effects(deed: Kind, done: list[Effect]) -> list[str]:
    if deed is Kind.SUSPEND:
        said = [gettext("İşlər siz davam etdirənədək yerinə yetirilmir. Müraciətin özü davam edir.")]
        if any(each.kind == "timer" for each in done):
            said.append(gettext("Saxlanılan taymer vaxtı çatsa da işləmir: onu gözləyən müraciət yerində qalır."))
        return said
    if deed is Kind.RESUME:
        return [gettext("Vaxtı çatmış işlər dərhal yerinə yetirilir.")]
    if deed is Kind.HURRY:
        return [gettext("İşlər dərhal yerinə yetirilir, cəhdlər yenidən sayılır.")]
    letters = sum(1 for each in done if each.letter)
    said = [gettext("İşlər görülməyəcək və geri qaytarılmır; açıq nasazlıqları bağlanır.")]
    if letters:
        said.append(
            ngettext(
                "%(num)d məktub göndərilməyəcək: abonentə başqa yolla xəbər verin.",
                "%(num)d məktub göndərilməyəcək: abonentə başqa yolla xəbər verin.",
                letters,
            )
        )
    return said
