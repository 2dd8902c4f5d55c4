"""
Which mails about their work a member of the staff gets: a page where each kind is switched on or off.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, insert, select

from engine.digest import LEADING, MENDING
from engine.steps.assigning import ASSIGNED, DIGEST, DUE
from engine.tables import UnwantedMail
from web import texts
from web.access import staff
from web.services import services

blueprint = Blueprint("own_mail", __name__)

#: kind -> what people call it, and when it comes
KINDS = {
    ASSIGNED: (_l("Mənə tapşırıq veriləndə"), _l("Başqası sizi icraçı təyin edəndə dərhal, gecə isə səhər.")),
    DUE: (_l("Tapşırığımın müddəti bitməzdən əvvəl"), _l("Səhər, müddət həmin gün və ya növbəti iş günü bitirsə.")),
    DIGEST: (_l("Günün işləri"), _l("İş günlərinin səhəri: gecikən, bu gün bitən, verilməmiş işlər və nasazlıqlar.")),
}


@blueprint.get("/tehlukesizlik/mektublar")
@staff()
def page() -> Any:
    """
    Show which mails the person gets.
    """
    with services().database.read() as connection:
        unwanted = set(connection.scalars(select(UnwantedMail.kind).where(UnwantedMail.person_id == g.actor.person_id)))
    return _page(set(_kinds()) - unwanted)


@blueprint.post("/tehlukesizlik/mektublar")
@staff()
def save() -> Any:
    """
    Keep which mails the person wants.
    """
    wanted = set(request.form.getlist("kind"))
    if texts.choose_language():
        return _page(wanted)
    with services().database.step() as connection:
        connection.execute(delete(UnwantedMail).where(UnwantedMail.person_id == g.actor.person_id))
        rows = [{"person_id": g.actor.person_id, "kind": kind} for kind in _kinds() if kind not in wanted]
        if rows:
            connection.execute(insert(UnwantedMail), rows)
    return redirect(url_for("account.page", bildiris="mektublar"), 303)


def _page(wanted: set[str]) -> str:
    return render_template("account/own_mail.html", kinds=[(kind, *KINDS[kind], kind in wanted) for kind in _kinds()])


def _kinds() -> tuple[str, ...]:
    """The kinds of mail that this person could get."""
    morning = any(g.actor.holds(role) for role in LEADING | MENDING)
    return (ASSIGNED, DUE, DIGEST) if morning else (ASSIGNED, DUE)
