"""
Letters and uploads on their way out, and the public page that says whether a letter is genuine.

Who may have what is decided in `engine.reading.handouts`; everything leaves as an attachment that no browser opens by
itself.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, g, make_response, render_template, request, send_file, url_for
from flask_babel import gettext

from engine.reading import handouts
from engine.reading.lines import GenuineLetter, StoredFile
from engine.reading.readings import FILE, LETTER
from processes import genuine
from processes.registry import offices
from web import errors, limits, readings, texts
from web.access import public, signed_in
from web.inbox import case_name
from web.services import services

blueprint = Blueprint("documents", __name__)

#: letters that one address may have confirmed in an hour
CONFIRMED_AN_HOUR = 60
_HOUR = timedelta(hours=1)
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@blueprint.get("/sened/<document_id>/yukle")
@signed_in
def download(document_id: str) -> Any:
    """
    Hand out a letter, or say that it is being prepared.
    """
    here = services()
    with here.database.read() as connection:
        letter = handouts.document(connection, document_id, g.actor)
    if not letter.own:
        readings.note(LETTER, letter.case_id, letter.id)
    if letter.file is None:
        name = case_name(letter.case_number, letter.case_id)
        back = url_for("dossier.page" if g.actor.is_staff else "citizen.status", number=name)
        return render_template("documents/preparing.html", letter=letter, back=back), 202
    name = " ".join(filter(None, (_kind(letter.kind), (letter.number or "").replace("/", "-"))))
    return _handed_out(letter.file, f"{name}.pdf")


@blueprint.get("/fayl/<file_id>")
@signed_in
def file(file_id: str) -> Any:
    """
    Hand out an uploaded file under the name that its owner gave it.
    """
    with services().database.read() as connection:
        found = handouts.stored_file(connection, file_id, g.actor)
    if not found.own and found.case_id is not None:
        readings.note(FILE, found.case_id, found.id)
    return _handed_out(found, found.name)


@blueprint.get("/sened/<document_id>")
@blueprint.get("/yoxla/<document_id>")
@public
def verify(document_id: str) -> Any:
    """
    Say whether a letter is genuine, to whoever holds it. Source: the QR code on the act.
    """
    here = services()
    now = here.ports.clock.now()
    with here.database.step() as connection:
        key = f"genuine {request.remote_addr}"
        again_at = limits.wait_until(connection, key, CONFIRMED_AN_HOUR, _HOUR, now=now)
    if again_at is not None:
        return errors.error_page(errors.HTTP_PAGES[429], again_at=again_at)
    found = None
    with here.database.read() as connection:
        if _NAME.fullmatch(document_id):
            found = handouts.genuine(connection, document_id)
        names = offices.names(connection, texts.language()) if found else {}
    told = _told(found, names) if found else []
    return render_template("documents/genuine.html", letter=found, told=told), 200 if found else 404


def _told(letter: GenuineLetter, names: dict[str, str]) -> list[tuple[str, str]]:
    facts = genuine.told(letter.facts)
    rows = [
        (gettext("Sənəd"), _kind(letter.kind)),
        (gettext("Nömrəsi"), letter.number or ""),
        (gettext("Tarixi"), texts.day(facts.get("drawn_up_at") or letter.created_at)),
        (gettext("İdarə"), names.get(letter.unit or "") or facts.get("office", "")),
        (gettext("Sayğacın nömrəsinin sonu"), facts.get("meter_number", "")),
    ]
    return [(label, text) for label, text in rows if text]


def _kind(kind: str) -> str:
    names = {
        "act": gettext("Akt"),
        "registration": gettext("Qeydiyyat aktı"),
        "refusal": gettext("İmtina məktubu"),
        "receipt": gettext("Müraciətin qəbulu barədə təsdiq"),
    }
    return names.get(kind, gettext("Sənəd"))


def _handed_out(found: StoredFile, name: str) -> Response:
    path = services().ports.files.path(found.id)
    sent = send_file(path, mimetype=found.type, as_attachment=True, download_name=name, conditional=False, etag=False)
    response: Response = make_response(sent)
    response.cache_control.clear()
    response.headers["Cache-Control"] = "no-store"
    # Whatever it is, it never runs as a page of ours.
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
