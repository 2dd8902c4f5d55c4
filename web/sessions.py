"""
Sessions on the server: a random token in the browser, its hash, its person and its end in the database.

A session is read with person and roles in one statement. Who the person is was found out by the log-in, not here.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import Flask, Response, g, request
from sqlalchemy import Connection, delete, insert, select, update

from engine.operations import Actor
from engine.settings import Settings
from engine.tables import Membership, Person
from web import people, texts
from web.services import services
from web.tables import WebSession

#: a pause that ends a citizen's session
CITIZEN_IDLE = timedelta(minutes=30)
#: the longest session of anybody
ABSOLUTE = timedelta(hours=8)
#: the last request is written down at most this often
TOUCH = timedelta(minutes=1)
#: ended sessions are kept so long, because what was typed into them may still be sent
KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Session:
    """
    A session as read from the database, running or over.
    """

    id: str
    person_id: int
    csrf: str
    seen_at: datetime
    ends_at: datetime
    idle_minutes: int | None
    ended_at: datetime | None
    #: None when the person is no longer active
    actor: Actor | None

    def runs(self, now: datetime) -> bool:
        """
        Tell whether the session is still open at `now`.
        """
        idle = None if self.idle_minutes is None else self.seen_at + timedelta(minutes=self.idle_minutes)
        return self.actor is not None and self.ended_at is None and now < self.ends_at and (idle is None or now < idle)


def digest(token: str) -> str:
    """
    Return what the database knows of a token.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(connection: Connection, actor: Actor, now: datetime) -> str:
    """
    Begin a session and return its token, 256 random bits; clear away what is long over.
    """
    token = secrets.token_urlsafe(32)
    connection.execute(delete(WebSession).where(WebSession.ends_at < now - KEPT))
    connection.execute(
        insert(WebSession).values(
            id=digest(token),
            person_id=actor.person_id,
            csrf=secrets.token_urlsafe(32),
            opened_at=now,
            seen_at=now,
            ends_at=now + ABSOLUTE,
            idle_minutes=None if actor.is_staff else int(CITIZEN_IDLE.total_seconds() // 60),
        )
    )
    return token


def find_session(connection: Connection, token: str) -> Session | None:
    """
    Read the session with its person and roles in one statement, or None.
    """
    rows = connection.execute(
        select(
            WebSession.id,
            WebSession.person_id,
            WebSession.csrf,
            WebSession.seen_at,
            WebSession.ends_at,
            WebSession.idle_minutes,
            WebSession.ended_at,
            Person.active,
            Person.given_name,
            Person.surname,
            Person.language,
            Membership.role,
            Membership.unit,
        )
        .join(Person, Person.id == WebSession.person_id)
        .outerjoin(Membership, Membership.person_id == Person.id)
        .where(WebSession.id == digest(token))
    ).all()
    if not rows:
        return None
    first = rows[0]
    actor = people.actor_from(first.person_id, [tuple(row[8:]) for row in rows]) if first.active else None
    return Session(*first[:7], actor=actor)


def end_session(connection: Connection, session_id: str, now: datetime) -> None:
    """
    End one session for good.
    """
    connection.execute(update(WebSession).where(WebSession.id == session_id).values(ended_at=now))


def end_sessions_of(connection: Connection, person_id: int, now: datetime) -> None:
    """
    End all sessions of a person.
    """
    running = (WebSession.person_id == person_id) & WebSession.ended_at.is_(None)
    connection.execute(update(WebSession).where(running).values(ended_at=now))


def cookie_name(name: str) -> str:
    """
    Return the cookie's full name: bound to this host where pages travel over TLS.
    """
    return f"__Host-{name}" if services().settings.secure_cookies else name


def set_cookie(response: Response, name: str, value: str) -> None:
    """
    Give the browser a secret of its own, for as long as the browser runs.
    """
    secure = services().settings.secure_cookies
    response.set_cookie(cookie_name(name), value, secure=secure, httponly=True, samesite="Lax", path="/")


def forget_cookie(response: Response, name: str) -> None:
    """
    Take the secret away from the browser.
    """
    secure = services().settings.secure_cookies
    response.delete_cookie(cookie_name(name), secure=secure, httponly=True, samesite="Lax", path="/")


COOKIE = "saygac"


def load() -> None:
    """
    Set `g.actor` and `g.session` (running), or `g.late_session` (over) for this request.
    """
    g.actor = g.session = g.late_session = None
    token = request.cookies.get(cookie_name(COOKIE))
    if not token or request.endpoint == "statics.file":
        return
    here = services()
    now = here.ports.clock.now()
    with here.database.read() as connection:
        found = find_session(connection, token)
    if found is None:
        return
    if not found.runs(now):
        g.late_session = found
        return
    if now - found.seen_at >= TOUCH:
        with here.database.step() as connection:
            connection.execute(update(WebSession).where(WebSession.id == found.id).values(seen_at=now))
    g.session, g.actor = found, found.actor
    g.actor = replace(found.actor, language=texts.language())


def init_app(app: Flask, _settings: Settings) -> None:
    """
    Load the session before every request.
    """
    app.before_request(load)
