"""
Sessions on the server: a random token in the browser, its hash, its person and its end in the database.

A session is read with person and roles in one statement, at every request: what was revoked is over at the next one.
Who the person is was found out by the log-in, not here.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import Flask, Response, g, request
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.orm import aliased

from engine.operations import Actor
from engine.settings import Settings
from engine.tables import Membership, Person
from web import people, texts
from web.devices import device
from web.services import services
from web.tables import WebSession

log = logging.getLogger("web.sessions")

#: the last request is written down at most this often
TOUCH = timedelta(minutes=1)
#: ended sessions are kept so long, because what was typed into them may still be sent
KEPT = timedelta(days=1)
#: sessions of one person at the same time; one more ends the oldest
MOST = 10
#: asks how long the session lasts, and must not make it last longer
WATCHING_ENDPOINT = "account.session"


@dataclass(frozen=True)
class Session:
    """
    A session as read from the database, running or over.
    """

    id: str
    person_id: int
    csrf: str
    opened_at: datetime
    seen_at: datetime
    ends_at: datetime
    idle_minutes: int | None
    ended_at: datetime | None
    means: str
    #: None when the person is no longer active
    actor: Actor | None

    @property
    def over_at(self) -> datetime:
        """
        When it ends if nothing more is asked for.
        """
        return _over_at(self.seen_at, self.ends_at, self.idle_minutes)

    def runs(self, now: datetime) -> bool:
        """
        Tell whether the session is still open at `now`.
        """
        return self.actor is not None and self.ended_at is None and now < self.over_at


@dataclass(frozen=True)
class OpenSession:
    """
    A running session as its owner sees it in a list.
    """

    id: str
    opened_at: datetime
    seen_at: datetime
    means: str
    #: empty: not known
    device: str
    #: legal entity that it acts for, or empty
    acts_for: str


def digest(token: str) -> str:
    """
    Return what the database knows of a token.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(connection: Connection, actor: Actor, now: datetime, *, means: str = "password") -> str:
    """
    Begin a session and return its token, 256 random bits; clear away what is long over.

    Args:
        actor: with the entity that the session acts for, if any (`people.acting_for`).
        means: by which the person proved who they are.
    """
    token = secrets.token_urlsafe(32)
    limits = services().settings.sessions
    idle = limits.staff_idle if actor.is_staff else limits.citizen_idle
    connection.execute(delete(WebSession).where(WebSession.ends_at < now - KEPT))
    mine = (WebSession.person_id == actor.person_id) & WebSession.ended_at.is_(None)
    newest = select(WebSession.id).where(mine).order_by(WebSession.opened_at.desc()).limit(MOST - 1)
    connection.execute(update(WebSession).where(mine, WebSession.id.not_in(newest)).values(ended_at=now))
    connection.execute(
        insert(WebSession).values(
            id=digest(token),
            person_id=actor.person_id,
            csrf=secrets.token_urlsafe(32),
            opened_at=now,
            seen_at=now,
            ends_at=now + (limits.staff_absolute if actor.is_staff else limits.citizen_absolute),
            idle_minutes=None if idle is None else int(idle.total_seconds() // 60),
            means=means,
            device=device(request.headers.get("User-Agent", "")),
            entity_id=actor.entity_id,
        )
    )
    log.info("session opened", extra={"person": actor.person_id, "means": means})
    return token


def find_session(connection: Connection, token: str) -> Session | None:
    """
    Read the session with its person and roles in one statement, or None.
    """
    entity = aliased(Person)
    rows = connection.execute(
        select(
            WebSession.id,
            WebSession.person_id,
            WebSession.csrf,
            WebSession.opened_at,
            WebSession.seen_at,
            WebSession.ends_at,
            WebSession.idle_minutes,
            WebSession.ended_at,
            WebSession.means,
            WebSession.entity_id,
            entity.surname.label("entity"),
            Person.active,
            Person.given_name,
            Person.surname,
            Person.language,
            Membership.role,
            Membership.unit,
        )
        .join(Person, Person.id == WebSession.person_id)
        .outerjoin(Membership, Membership.person_id == Person.id)
        .outerjoin(entity, entity.id == WebSession.entity_id)
        .where(WebSession.id == digest(token))
    ).all()
    if not rows:
        return None
    first = rows[0]
    actor = people.actor_from(first.person_id, [tuple(row[12:]) for row in rows]) if first.active else None
    if actor is not None and first.entity_id is not None:
        actor = people.acting_for(actor, first.entity_id, first.entity)
    return Session(*first[:9], actor=actor)


def sessions_of(connection: Connection, person_id: int, now: datetime) -> list[OpenSession]:
    """
    Return the running sessions of a person, the one used last first.
    """
    entity = aliased(Person)
    rows = connection.execute(
        select(
            WebSession.id,
            WebSession.opened_at,
            WebSession.seen_at,
            WebSession.means,
            WebSession.device,
            entity.surname.label("entity"),
            WebSession.ends_at,
            WebSession.idle_minutes,
        )
        .outerjoin(entity, entity.id == WebSession.entity_id)
        .where(WebSession.person_id == person_id, WebSession.ended_at.is_(None), WebSession.ends_at > now)
        .order_by(WebSession.seen_at.desc(), WebSession.id)
    )
    return [
        OpenSession(*row[:5], acts_for=row.entity or "")
        for row in rows
        if now < _over_at(row.seen_at, row.ends_at, row.idle_minutes)
    ]


def end_session(connection: Connection, session_id: str, now: datetime) -> None:
    """
    End one session for good.
    """
    connection.execute(update(WebSession).where(WebSession.id == session_id).values(ended_at=now))


def end_session_of(connection: Connection, person_id: int, session_id: str, now: datetime) -> None:
    """
    End one session of a person; somebody else's stays.
    """
    mine = (WebSession.id == session_id) & (WebSession.person_id == person_id) & WebSession.ended_at.is_(None)
    connection.execute(update(WebSession).where(mine).values(ended_at=now))


def end_sessions_of(connection: Connection, person_id: int, now: datetime, *, but: str = "") -> int:
    """
    End all sessions of a person and return how many ran.

    Args:
        but: id of one that goes on.
    """
    running = (WebSession.person_id == person_id) & WebSession.ended_at.is_(None) & (WebSession.id != but)
    return connection.execute(update(WebSession).where(running).values(ended_at=now)).rowcount


def _over_at(seen_at: datetime, ends_at: datetime, idle_minutes: int | None) -> datetime:
    return ends_at if idle_minutes is None else min(ends_at, seen_at + timedelta(minutes=idle_minutes))


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
    g.session, g.actor = found, found.actor
    g.actor = replace(found.actor, language=texts.language())
    if now - found.seen_at >= TOUCH and request.endpoint != WATCHING_ENDPOINT:
        touch(found)


def keep_language(response: Response) -> Response:
    """
    Keep the language that the person has switched to with the person, for letters and for other browsers.
    """
    chosen = g.get("switched_to")
    # A link of another site may show a page in a language, and changes nothing that stays.
    ours = request.headers.get("Sec-Fetch-Site", "none") in {"none", "same-origin"}
    if chosen is not None and ours and g.get("actor") is not None:
        with services().database.step() as connection:
            mine = (Person.id == g.actor.person_id) & (Person.language != chosen)
            connection.execute(update(Person).where(mine).values(language=chosen))
    return response


def touch(session: Session) -> None:
    """
    Write down that the session of this request is in use.
    """
    here = services()
    now = here.ports.clock.now()
    with here.database.step() as connection:
        connection.execute(update(WebSession).where(WebSession.id == session.id).values(seen_at=now))
    g.session = replace(session, seen_at=now)


def seconds_left() -> dict[str, int]:
    """
    Return how many seconds this session lasts without another request, and how many at the longest.
    """
    if g.session is None:
        return {"seconds": 0, "longest": 0}
    now = services().ports.clock.now()
    left = {"seconds": g.session.over_at - now, "longest": g.session.ends_at - now}
    return {name: int(span.total_seconds()) for name, span in left.items()}


def init_app(app: Flask, _settings: Settings) -> None:
    """
    Load the session before every request.
    """
    app.before_request(load)
    app.before_request(texts.switch_language)
    app.after_request(keep_language)
    app.jinja_env.globals.update(session_seconds=seconds_left)
