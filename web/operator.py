"""
The operator's pages: what has stopped, what waits, and in the demonstration the mailbox. No personal data but there.

A retry is the engine's; here it is only asked for.
"""

from __future__ import annotations

import io
from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, send_file, url_for

from engine import incidents, rights, watching
from engine.lines import IncidentLine
from web import mailbox, names, texts
from web.access import may, public
from web.inbox import case_name
from web.services import services

blueprint = Blueprint("operator", __name__)

PAGE = 50
#: name in the address -> state of the job
JOBS = {"gozleyen": "ready", "isleyen": "running", "dayanmis": "dead"}


@blueprint.get("/nasazliqlar")
@may(rights.INCIDENTS)
def page() -> Any:
    """
    List what cannot go on by itself, open incidents first.
    """
    resolved = request.args.get("veziyyet") == "hell"
    with services().database.read() as connection:
        found = watching.incidents(connection, g.actor, resolved=resolved, before=_before(), limit=PAGE + 1)
    return render_template(
        "operator/page.html",
        resolved=resolved,
        incidents=[(line, _case_name(line), _element_name(line)) for line in found[:PAGE]],
        older=found[PAGE - 1].id if len(found) > PAGE else None,
        outcome=request.args.get("netice"),
    )


@blueprint.post("/nasazliqlar/<int:incident_id>/tekrar")
@may(rights.INCIDENTS)
def retry(incident_id: int) -> Any:
    """
    Try again what had stopped.
    """
    here = services()
    incidents.retry(here.database, incident_id, g.actor, now=here.ports.clock.now())
    return redirect(url_for("operator.page", netice="tekrar"), 303)


@blueprint.get("/isler")
@may(rights.INCIDENTS)
def jobs() -> Any:
    """
    List background work that waits, runs or has stopped.
    """
    asked = request.args.get("veziyyet", "gozleyen")
    if asked not in JOBS:
        abort(404)
    with services().database.read() as connection:
        found = watching.waiting_jobs(connection, g.actor, JOBS[asked], limit=PAGE)
    return render_template(
        "operator/jobs.html",
        state=asked,
        states=tuple(JOBS),
        jobs=[(line, case_name(line.case_number, line.case_id) if line.case_id else "") for line in found],
        job_name=names.job_name,
        now=services().ports.clock.now(),
    )


@blueprint.get("/numayis/poct")
@public
def mails() -> Any:
    """
    Show the demonstration's mailbox.
    """
    return render_template("operator/mails.html", mails=mailbox.messages(_mail_folder()))


@blueprint.get("/numayis/poct/<name>/<int:at>")
@public
def enclosure(name: str, at: int) -> Any:
    """
    Hand out a file that came with a message of the demonstration's mailbox.
    """
    found = mailbox.message(_mail_folder(), name)
    if found is None or at >= len(found.enclosures):
        abort(404)
    part = found.enclosures[at]
    return send_file(io.BytesIO(part.content), part.type, as_attachment=True, download_name=part.name or "file")


def _mail_folder() -> Any:
    settings = services().settings
    if not settings.demo or settings.smtp_url is not None:
        abort(404)
    return settings.mail


def _before() -> int | None:
    text = request.args.get("evvel", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _case_name(line: IncidentLine) -> str:
    return case_name(line.case_number, line.case_id) if line.case_id is not None else ""


def _element_name(line: IncidentLine) -> str:
    """Return the element's name in the diagram of the case, its id where there is none."""
    if line.element is None or line.release_id is None:
        return line.element or ""
    release = services().releases.get(line.release_id)
    element = release.diagram.elements.get(line.element)
    return release.translate(element.name, texts.language()) if element and element.name else line.element
