"""
From a proved identity to a session: whose it is among our persons, what was typed before, and where to go.

A person is the verified FIN, whatever was typed and whichever means was used.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, g, redirect, request, url_for
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from engine.errors import EngineError
from engine.operations import Actor
from engine.search import fold
from engine.tables import Membership, Person
from web import limits, pending, people, security, sessions, texts
from web.login.port import Entity, Identity, LogInRefused
from web.services import home_of, services

#: name of the cookie with the secret of the browser's attempt
COOKIE = "giris"


@dataclass(frozen=True)
class Opened:
    """
    A session that was opened and not yet given to the browser.
    """

    actor: Actor
    token: str
    #: what was typed before an earlier session ended
    kept: pending.Pending | None


def person_of(connection: Connection, identity: Identity, language: str) -> int:
    """
    Return the person's row; made on the first log-in, with newer names of a citizen taken over.

    Raises:
        LogInRefused: without a FIN, or for somebody who was shut out.
    """
    if identity.person_id is not None:
        return identity.person_id
    if not identity.fin or not identity.given_name or not identity.surname:
        raise LogInRefused("identity_incomplete")
    row = connection.execute(
        select(Person.id, Person.active, Person.given_name, Person.surname, Person.patronymic).where(
            Person.fin == identity.fin
        )
    ).first()
    if row is None:
        return _made(connection, identity, language)
    if not row.active:
        raise LogInRefused("inactive_account")
    proved = (identity.given_name, identity.surname, identity.patronymic or row.patronymic)
    if [fold(name) for name in proved] != [fold(name) for name in row[2:]] and not _is_staff(connection, row.id):
        names = dict(zip(("given_name", "surname", "patronymic"), proved, strict=True))
        connection.execute(update(Person).where(Person.id == row.id).values(**names))
    return int(row.id)


def open_session(connection: Connection, identity: Identity, entity: Entity | None, now: datetime) -> Opened:
    """
    Open a session with a new id for a proved identity; the browser's old one ends.

    Args:
        entity: for whom the person acts; None: for themselves.
    """
    actor = people.actor_of(connection, person_of(connection, identity, texts.language()))
    if actor is None:
        raise LogInRefused("inactive_account")
    if entity is not None:
        actor = people.acting_for(actor, people.entity(connection, entity.voen, entity.name), entity.name)
    old = g.session or g.late_session
    if old is not None:
        sessions.end_session(connection, old.id, now)
    limits.clear(connection, now=now)
    token = request.cookies.get(sessions.cookie_name(pending.COOKIE))
    kept = pending.take(connection, token, actor.person_id, now) if token else None
    return Opened(actor, sessions.open_session(connection, actor, now, means=identity.means), kept)


def lead_in(opened: Opened, onward: str) -> Any:
    """
    Give the browser its session and lead it on: to what was typed before, to `onward`, or to the person's own page.
    """
    target = _restore(opened.kept, opened.actor) if opened.kept else onward_of(onward, opened.actor)
    response = redirect(target, 303)
    sessions.set_cookie(response, sessions.COOKIE, opened.token)
    for name in (security.VISITOR_COOKIE, COOKIE, pending.COOKIE):
        if sessions.cookie_name(name) in request.cookies:
            sessions.forget_cookie(response, name)
    return response


def onward_of(onward: str | None, actor: Actor) -> str:
    """
    Return where a person goes after the log-in.
    """
    return own_route(onward) or home_of(actor)


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
    return None if endpoint.startswith(("login.", "second.")) or endpoint == "statics.file" else target


def _made(connection: Connection, identity: Identity, language: str) -> int:
    names = {"given_name": identity.given_name, "surname": identity.surname, "patronymic": identity.patronymic}
    row = insert(Person).values(fin=identity.fin, language=language, **names).returning(Person.id)
    try:
        with connection.begin_nested():
            return int(connection.execute(row).scalar_one())
    except IntegrityError:
        # The same person logged in for the first time in another process in the same moment.
        return int(connection.execute(select(Person.id).where(Person.fin == identity.fin)).scalar_one())


def _is_staff(connection: Connection, person_id: int) -> bool:
    return (
        connection.execute(select(Membership.role).where(Membership.person_id == person_id).limit(1)).first()
        is not None
    )


def _restore(kept: pending.Pending, actor: Actor) -> str:
    try:
        services().cases.save_draft(kept.task_id, actor, kept.typed)
    except EngineError:
        # Somebody did the task meanwhile, or it went away: its page says so.
        return url_for("tasks.show", task_id=kept.task_id)
    return url_for("tasks.show", task_id=kept.task_id, bildiris="sessiya")
