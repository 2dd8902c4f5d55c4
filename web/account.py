"""
A person's own sessions: which ones run, ending one or all of them, how long this one lasts and making it last longer.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask_babel import gettext

from web import sessions
from web.access import public, signed_in
from web.services import services

blueprint = Blueprint("account", __name__)


@blueprint.get("/tehlukesizlik")
@signed_in
def page() -> Any:
    """
    List the person's running sessions.
    """
    here = services()
    with here.database.read() as connection:
        found = sessions.sessions_of(connection, g.actor.person_id, here.ports.clock.now())
    return render_template(
        "account/page.html",
        sessions=sorted(found, key=lambda one: one.id != g.session.id),
        here=g.session.id,
        means_name=means_name,
        local=g.session.means == "password",
        password=g.actor.is_staff and g.session.means == "password",
        notice=request.args.get("bildiris"),
    )


@blueprint.post("/tehlukesizlik/bitir")
@signed_in
def end() -> Any:
    """
    End one of the person's sessions.
    """
    here = services()
    with here.database.step() as connection:
        chosen = request.form.get("session", "")[:64]
        sessions.end_session_of(connection, g.actor.person_id, chosen, here.ports.clock.now())
    if chosen == g.session.id:
        return _out()
    return redirect(url_for("account.page", bildiris="bitdi"), 303)


@blueprint.post("/tehlukesizlik/hamisi")
@signed_in
def end_all() -> Any:
    """
    Log the person out everywhere, here too.
    """
    here = services()
    with here.database.step() as connection:
        sessions.end_sessions_of(connection, g.actor.person_id, here.ports.clock.now())
    return _out()


@blueprint.get("/sessiya")
@public
def session() -> Any:
    """
    Say how many seconds this session lasts if nothing more is asked for; asking does not make it last longer.
    """
    return sessions.seconds_left()


@blueprint.post("/sessiya")
@public
def stay() -> Any:
    """
    Let the session last as long again as a pause may be, though never past its absolute end.
    """
    if g.session is not None:
        sessions.touch(g.session)
    return sessions.seconds_left()


def means_name(means: str) -> str:
    """
    Return how people call a means of logging in.
    """
    names = {
        "e-imza": gettext("Elektron imza"),
        "asan-imza": gettext("Asan İmza"),
        "e-gov": gettext("Elektron hökumət"),
        "password": gettext("İstifadəçi adı və şifrə"),
    }
    return names.get(means, means)


def _out() -> Any:
    response = redirect(url_for("citizen.services_page"), 303)
    sessions.forget_cookie(response, sessions.COOKIE)
    return response
