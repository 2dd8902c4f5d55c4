"""
What happens between a password and its session, and while a factor is enrolled: rows bound to one browser, used once.

The password was right; nobody is logged in yet.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import redirect, request, url_for
from sqlalchemy import Connection, delete, insert, select, update

from web import people, second_factor, sessions
from web.login.port import Identity
from web.services import services
from web.sessions import digest
from web.tables import SecondStep

COOKIE = "ikinci"
LIFETIME = timedelta(minutes=10)
LOG_IN, ENROL = "log_in", "enrol"


@dataclass(frozen=True)
class Step:
    """
    A running step.
    """

    id: str
    person_id: int
    onward: str
    #: sealed
    seed: bytes | None
    challenge: str | None


def seal() -> second_factor.Seal:
    """
    Return what seals the seeds of this installation.
    """
    return second_factor.Seal(services().settings.folder)


def before_session(connection: Connection, identity: Identity, onward: str, now: datetime) -> str | None:
    """
    Return the token of a step if a second factor is asked for before a session is opened; None: it is not.
    """
    if identity.person_id is None:
        return None
    actor = people.actor_of(connection, identity.person_id)
    if actor is None:
        return None
    enrolled = second_factor.factors(connection, actor.person_id)
    if not second_factor.is_asked(actor, identity.means, enrolled, demo=services().settings.demo):
        return None
    seed = None if enrolled else seal().close(second_factor.new_seed())
    return begin(connection, actor.person_id, LOG_IN, now, onward=onward, seed=seed)


def begin(
    connection: Connection,
    person_id: int,
    purpose: str,
    now: datetime,
    *,
    onward: str = "",
    seed: bytes | None = None,
) -> str:
    """
    Begin a step and return the browser's token, 256 random bits; clear away what is over.
    """
    token = secrets.token_urlsafe(32)
    connection.execute(delete(SecondStep).where(SecondStep.expires_at <= now))
    row = {"id": digest(token), "person_id": person_id, "purpose": purpose, "onward": onward, "seed": seed}
    connection.execute(insert(SecondStep).values(**row, expires_at=now + LIFETIME))
    return token


def current(connection: Connection, purpose: str, now: datetime) -> Step | None:
    """
    Return the running step of the browser that asks, or None.
    """
    token = request.cookies.get(sessions.cookie_name(COOKIE))
    if not token:
        return None
    mine = (SecondStep.id == digest(token)) & (SecondStep.purpose == purpose) & (SecondStep.expires_at > now)
    columns = (SecondStep.id, SecondStep.person_id, SecondStep.onward, SecondStep.seed, SecondStep.challenge)
    row = connection.execute(select(*columns).where(mine)).first()
    return Step(*row) if row else None


def challenge(connection: Connection, step: Step, asked: str) -> None:
    """
    Keep what a security key is asked to sign.
    """
    connection.execute(update(SecondStep).where(SecondStep.id == step.id).values(challenge=asked))


def answered(connection: Connection, step: Step) -> bool:
    """
    Use the challenge up; False if it was used already.
    """
    asked = (SecondStep.id == step.id) & (SecondStep.challenge == step.challenge)
    return connection.execute(update(SecondStep).where(asked).values(challenge=None)).rowcount == 1


def finish(connection: Connection, step: Step) -> bool:
    """
    Use the step up; False if somebody was first.
    """
    return connection.execute(delete(SecondStep).where(SecondStep.id == step.id)).rowcount == 1


def lead_to(endpoint: str, token: str) -> Any:
    """
    Send the browser to the step's page with its token.
    """
    response = redirect(url_for(endpoint), 303)
    sessions.set_cookie(response, COOKIE, token)
    return response
