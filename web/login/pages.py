"""
Logging in and out: the three means that the service offers, and the sessions that they open.

User name and password work here; the signatures say that this installation does not offer them yet.
"""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, g, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import Connection
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from engine.errors import EngineError
from engine.operations import Actor
from web import errors, limits, pending, people, security, sessions
from web.access import public, signed_in
from web.services import services

blueprint = Blueprint("login", __name__)

#: tries of one account, then a wait that doubles up to two hours
ACCOUNT_TRIES = 6
#: tries from one address: several people may share it
ADDRESS_TRIES = 40
WINDOW = timedelta(minutes=15)
LONGEST_NAME = 150
LONGEST_PASSWORD = 1000

#: means that follow later, as the manual lists them
SIGNATURES = ("elektron-imza", "asan-imza")


@blueprint.get("/giris")
@public
def page() -> Any:
    """
    Offer the three means. Source: manual, step 2.
    """
    if g.actor is not None:
        return redirect(_onward(request.args.get("next"), g.actor), 303)
    return _form(request.args.get("next", ""))


@blueprint.get("/giris/<means>")
@public
def signature(means: str) -> Any:
    """
    Say honestly that a means is not offered yet.
    """
    if means not in SIGNATURES:
        abort(404)
    return render_template("login/signature.html", means=means, next=own_route(request.args.get("next")) or "")


@blueprint.post("/giris")
@public
def enter() -> Any:
    """
    Check user name and password.
    """
    username = _folded(request.form.get("username", ""))
    password = request.form.get("password", "")
    onward = request.form.get("next", "")
    missing = _missing(username, password)
    if missing:
        return _form(onward, username, missing), 422
    here, now = services(), services().ports.clock.now()
    with here.database.step() as connection:
        again_at = _count(connection, username, now)
    if again_at is not None:
        return _too_many(again_at, now)
    with here.database.read() as connection:
        found = people.account(connection, username)
    if not people.authenticate(found, password, demo=here.settings.demo):
        return _form(onward, username, {"username": gettext("İstifadəçi adı və/yaxud şifrə düzgün deyil")}), 422
    assert found is not None
    return _open(found, onward, now)


@blueprint.post("/cixis")
@signed_in
def leave() -> Any:
    """
    Log out.
    """
    here = services()
    with here.database.step() as connection:
        sessions.end_session(connection, g.session.id, here.ports.clock.now())
    response = redirect(url_for("citizen.services_page"), 303)
    sessions.forget_cookie(response, sessions.COOKIE)
    return response


def own_route(target: str | None) -> str | None:
    """
    Return `target` if it is the path of one of our own pages, else None.
    """
    if not target or not target.startswith("/") or target.startswith("//") or "\\" in target:
        return None
    if any(ord(letter) < 33 or ord(letter) == 127 for letter in target):
        return None
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return None
    adapter = current_app.url_map.bind("localhost")
    try:
        endpoint, _ = adapter.match(parts.path, method="GET")
    except (HTTPException, RequestRedirect):
        return None
    return None if endpoint in {"login.page", "login.signature", "statics.file"} else target


def _open(found: people.Account, onward: str, now: datetime) -> Any:
    here = services()
    token = request.cookies.get(sessions.cookie_name(pending.COOKIE))
    with here.database.step() as connection:
        actor = people.actor_of(connection, found.person_id)
        if actor is None:
            abort(403)
        old = g.session or g.late_session
        if old is not None:
            sessions.end_session(connection, old.id, now)
        limits.forget(connection, _account_key(found.username))
        limits.give_back(connection, _address_key())
        limits.clear(connection, now=now)
        opened = sessions.open_session(connection, actor, now)
        kept = pending.take(connection, token, actor.person_id, now) if token else None
    target = _restore(kept, actor) if kept else _onward(onward, actor)
    response = redirect(target, 303)
    sessions.set_cookie(response, sessions.COOKIE, opened)
    sessions.forget_cookie(response, security.VISITOR_COOKIE)
    if token:
        sessions.forget_cookie(response, pending.COOKIE)
    return response


def _restore(kept: pending.Pending, actor: Actor) -> str:
    try:
        services().cases.save_draft(kept.task_id, actor, kept.typed)
    except EngineError:
        # Somebody did the task meanwhile, or it went away: its page says so.
        return url_for("tasks.show", task_id=kept.task_id)
    return url_for("tasks.show", task_id=kept.task_id, bildiris="sessiya")


def _onward(onward: str | None, actor: Actor) -> str:
    target = own_route(onward)
    if target is not None:
        return target
    if actor.is_staff and "inbox.page" in current_app.view_functions:
        return url_for("inbox.page")
    return url_for("citizen.home")


def _count(connection: Connection, username: str, now: datetime) -> datetime | None:
    of_address = limits.wait_until(connection, _address_key(), ADDRESS_TRIES, WINDOW, now=now)
    if of_address is not None:
        return of_address
    return limits.wait_until(connection, _account_key(username), ACCOUNT_TRIES, WINDOW, now=now, slower=True)


def _account_key(username: str) -> str:
    return f"log-in account {username}"


def _address_key() -> str:
    """Name the visitor's address; of IPv6 the network, since one visitor has many addresses."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "log-in address unknown"
    network = ipaddress.ip_network((address, 64 if address.version == 6 else 32), strict=False)
    return f"log-in address {network}"


def _too_many(again_at: datetime, now: datetime) -> Any:
    text, status = errors.error_page(errors.TOO_MANY_LOG_INS, again_at=again_at)
    seconds = max(1, int((again_at - now).total_seconds()))
    return text, status, {"Retry-After": str(seconds)}


def _folded(username: str) -> str:
    username = username.strip()[:LONGEST_NAME]
    return username.lower() if username.isascii() else username


def _missing(username: str, password: str) -> dict[str, str]:
    missing = {}
    if not username:
        missing["username"] = gettext("İstifadəçi adını daxil edin")
    if not password:
        missing["password"] = gettext("Şifrəni daxil edin")
    elif len(password) > LONGEST_PASSWORD:
        missing["password"] = gettext("Şifrə çox uzundur. Şifrəni yenidən daxil edin")
    return missing


def _form(onward: str, username: str = "", wrong: dict[str, str] | None = None) -> str:
    expired = g.late_session is not None
    kept = sessions.cookie_name(pending.COOKIE) in request.cookies
    return render_template(
        "login/page.html",
        next=own_route(onward) or "",
        username=username,
        wrong=wrong or {},
        expired=expired,
        kept=kept,
        demo=services().settings.demo,
    )
