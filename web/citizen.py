"""
What citizens see: the list of services, their home, their cases and where each stands.

The words of a case come from its release; a person's cases are read by `engine.reading`, which knows whose they are.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask_babel import gettext

from engine import numbers, reading
from engine.errors import NotFound
from engine.reading.lines import CaseLine
from engine.reading.readings import STATUS
from web import errors, limits, readings, texts
from web.access import public, signed_in
from web.facets import for_applicant
from web.services import services

blueprint = Blueprint("citizen", __name__)

PAGE = 20
#: unknown numbers that a person may ask for in an hour
MISSES = 20
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Service:
    """
    One electronic service in the reader's language.
    """

    process: str
    title: str
    #: what to have at hand, empty if nothing is said
    needed: str


@blueprint.get("/")
@public
def services_page() -> Any:
    """
    List the electronic services. Source: manual, step 1.
    """
    return render_template("citizen/services.html", offered=_services(), notice=request.args.get("bildiris"))


@blueprint.get("/xidmet/<process>")
@public
def service(process: str) -> Any:
    """
    Say what one service does and how it goes.
    """
    return render_template("citizen/service.html", service=_service(process))


@blueprint.get("/kabinet")
@signed_in
def home() -> Any:
    """
    Offer «Yeni müraciət yarat» and «Müraciətin statusunu yoxla». Source: manual, step 3.
    """
    return _home()


@blueprint.post("/muraciet/yeni/<process>")
@signed_in
def begin(process: str) -> Any:
    """
    Open a case and lead to its first task.
    """
    given = request.form.get("key", "")
    made = given if re.fullmatch(r"[0-9a-f]{32}", given) else secrets.token_hex(16)
    step = services().cases.start(process, g.actor, key=f"{g.actor.person_id}-{made}", language=texts.language())
    if step.next_task is None:
        return redirect(url_for("citizen.applications"), 303)
    return redirect(url_for("tasks.show", task_id=step.next_task), 303)


@blueprint.get("/muracietler")
@signed_in
def applications() -> Any:
    """
    List the person's own cases, newest first.
    """
    before = request.args.get("evvel", "")
    last = int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None
    with services().database.read() as connection:
        found = reading.applications(connection, g.actor, last, PAGE + 1)
    older = found[PAGE - 1].id if len(found) > PAGE else None
    return render_template("citizen/applications.html", cases=_worded(found[:PAGE]), older=older, first=last is None)


@blueprint.get("/muraciet")
@signed_in
def find() -> Any:
    """
    Find one's own case by its number, however it was typed.
    """
    typed = request.args.get("nomre", "").strip()
    if not typed:
        return _home(gettext("Müraciət nömrəsini daxil edin")), 422
    digits = numbers.read(typed)
    if digits is None:
        return _home(gettext("Müraciət nömrəsi 12 rəqəmdən ibarətdir. Nömrəni yoxlayın"), typed), 422
    here = services()
    try:
        with here.database.read() as connection:
            reading.status(connection, here.releases, digits, g.actor)
    except NotFound:
        return _miss(typed)
    return redirect(url_for("citizen.status", number=numbers.shown(digits)), 303)


@blueprint.get("/muraciet/<number>")
@signed_in
def status(number: str) -> Any:
    """
    Say where a case stands and what comes next. Source: manual, «Müraciətin statusunu yoxla».
    """
    case = _status(number)
    facts = for_applicant(case.facets)
    return render_template("citizen/status.html", case=case, facts=facts, service_name=case.title)


@blueprint.get("/muraciet/<number>/qebul")
@signed_in
def confirmation(number: str) -> Any:
    """
    Confirm the registration; may be opened again at any time. Source: manual, figure 7.
    """
    case = _status(number)
    if not case.confirmation:
        return redirect(url_for("citizen.status", number=number), 303)
    receipt = next((document for document in case.documents if document.kind == "receipt"), None)
    return render_template("citizen/confirmation.html", case=case, receipt=receipt, service_name=case.title)


def _status(number: str) -> Any:
    here = services()
    if not number.startswith(reading.UNNUMBERED) and numbers.read(number) is None:
        raise NotFound
    with here.database.read() as connection:
        found = reading.status(connection, here.releases, number, g.actor)
    if found.readable and not found.own:
        readings.note(STATUS, found.id)
    return found


def _home(wrong: str = "", typed: str = "") -> str:
    with services().database.read() as connection:
        found = reading.applications(connection, g.actor, None, 5)
    unfinished = [case for case in found if case.task is not None and case.number is None]
    return render_template(
        "citizen/home.html",
        offered=_services(),
        unfinished=_worded(unfinished),
        any_case=bool(found),
        wrong=wrong,
        typed=typed,
        key=secrets.token_hex(16),
        notice=request.args.get("bildiris"),
    )


def _miss(typed: str) -> Any:
    here = services()
    now = here.ports.clock.now()
    with here.database.step() as connection:
        again_at = limits.wait_until(connection, f"number {g.actor.person_id}", MISSES, _HOUR, now=now)
    if again_at is not None:
        return errors.error_page(errors.HTTP_PAGES[429], again_at=again_at)
    return _home(gettext("Bu nömrə ilə müraciətiniz tapılmadı. Nömrəni yoxlayın"), typed), 404


def _services() -> list[Service]:
    return [_service(process) for process, _ in services().releases.processes()]


def _service(process: str) -> Service:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,99}", process):
        abort(404)
    release = services().releases.active(process)
    language = texts.language()
    needed = next((event.properties.get("whatNeeded", "") for event in release.diagram.of_kind("startEvent")), "")
    return Service(process, release.translate(release.title, language), release.translate(needed, language))


def _worded(cases: list[CaseLine]) -> list[dict[str, Any]]:
    """Return the lines with title and status in the reader's language."""
    language = texts.language()
    worded = []
    for case in cases:
        release = services().releases.get(case.release_id)
        worded.append(
            {
                "line": case,
                "name": texts.number(case.number) or f"{reading.UNNUMBERED}{case.id}",
                "title": release.translate(release.title, language),
                "status": release.translate(case.public_status, language),
            }
        )
    return worded
