"""
The operator's page for telephones that changed hands: forget whose Asan İmza a number was, with a reason.

Numbers are kept as hashes only, so the page lists none: whoever asks for it tells number and user ID.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask_babel import gettext

from engine import deeds, rights
from web.access import may
from web.login import bindings
from web.login.mobile_id_fields import Fields
from web.login.port import Question
from web.services import services

blueprint = Blueprint("telephones", __name__)

#: the deed that keeps who did it and why
FORGOTTEN = "telephone_forgotten"


@blueprint.get("/telefonlar")
@may(rights.INCIDENTS)
def page() -> Any:
    """
    Ask for the telephone.
    """
    return _page(_questions(None), outcome=request.args.get("netice"))


@blueprint.post("/telefonlar")
@may(rights.INCIDENTS)
def forget() -> Any:
    """
    Forget whose telephone it was; the next who logs in with it proves it anew.
    """
    here = services()
    reason = request.form.get("reason", "")[: deeds.LONGEST_REASON]
    typed = {name: request.form.get(name, "") for name in ("telephone", "user_id")}
    questions = _questions(typed)
    try:
        why, wrong = deeds.worded(reason), ""
    except deeds.ReasonMissing:
        why, wrong = "", gettext("Səbəbi yazın: ən azı %(count)s işarə", count=deeds.SHORTEST_REASON)
    if wrong or any(question.error for question in questions):
        return _page(questions, reason=reason, wrong=wrong), 422
    asked = _fields().asked(typed)
    with here.database.step() as connection:
        found = bindings.forget(connection, asked.number, asked.identifier)
        if found:
            deeds.note(connection, g.actor, FORGOTTEN, why, now=here.ports.clock.now())
    if not found:
        unknown = gettext("Bu nömrə və istifadəçi İD ilə hələ heç kim daxil olmayıb. Hər ikisini yoxlayın")
        return _page((replace(questions[0], error=unknown), *questions[1:]), reason=reason), 422
    return redirect(url_for("telephones.page", netice="unuduldu"), 303)


def _fields() -> Fields:
    return Fields(by_fin=services().settings.asan.identifier == "national_id")


def _questions(typed: dict[str, str] | None) -> tuple[Question, ...]:
    return tuple(replace(question, autocomplete="off") for question in _fields().questions(typed))


def _page(questions: tuple[Question, ...], *, reason: str = "", wrong: str = "", outcome: str | None = None) -> str:
    return render_template("operator/telephones.html", questions=questions, reason=reason, wrong=wrong, outcome=outcome)
