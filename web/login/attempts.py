"""
Attempts as rows: begun with a secret that only one browser has, held by one poll at a time, consumed exactly once.

Every function takes part in the caller's transaction.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from web.login.port import Account, Attempt, Entity, Identity, Telephone
from web.sessions import digest
from web.tables import LogInAttempt

#: long enough for a PIN that must be looked for, and for the state's portal
LIFETIME = timedelta(minutes=10)
#: what is over is kept so long, so that a repeated callback is told from an unknown one
KEPT = timedelta(hours=1)


@dataclass(frozen=True)
class Kept:
    """
    An attempt as read from the database, running or over.
    """

    attempt: Attempt
    #: page of ours to go to afterwards, or empty
    onward: str
    consumed: bool
    #: proved, and waiting for the choice of whom the person acts for
    identity: Identity | None
    #: what it was counted against, to be forgotten after a success
    limited: Account | Telephone | None

    def why_over(self, now: datetime) -> str | None:
        """
        Return the code of a refusal if the attempt can't go on, else None.
        """
        if self.consumed:
            return "used_twice"
        return "timed_out" if now >= self.attempt.expires_at else None


def begin(
    connection: Connection, means: str, onward: str, now: datetime, limited: Account | Telephone | None = None
) -> tuple[Attempt, str]:
    """
    Make a row and return it with the browser's secret, 256 random bits; clear away what is long over.
    """
    connection.execute(delete(LogInAttempt).where(LogInAttempt.expires_at < now - KEPT))
    secret = secrets.token_urlsafe(32)
    attempt = Attempt(secrets.token_urlsafe(32), means, now + LIFETIME)
    row = {"state": attempt.state, "secret_hash": digest(secret), "means": means, "onward": onward}
    counted = {type(limited).__name__: asdict(limited)} if limited else None
    values = {**row, "data": _stored(attempt), "expires_at": attempt.expires_at, "limited": counted}
    connection.execute(insert(LogInAttempt).values(values))
    return attempt, secret


def of_browser(connection: Connection, secret: str) -> Kept | None:
    """
    Return the attempt of the browser that has `secret`, or None.
    """
    return _found(connection, LogInAttempt.secret_hash == digest(secret))


def of_state(connection: Connection, state: str) -> Kept | None:
    """
    Return the attempt with `state`, or None. For a host of ours that has no cookie of the main one.
    """
    return _found(connection, LogInAttempt.state == state)


def save(connection: Connection, attempt: Attempt) -> None:
    """
    Store what a means keeps of a running attempt.
    """
    running = (LogInAttempt.state == attempt.state) & LogInAttempt.consumed_at.is_(None)
    connection.execute(update(LogInAttempt).where(running).values(data=_stored(attempt)))


def consume(connection: Connection, state: str, now: datetime, identity: Identity | None = None) -> bool:
    """
    Use the attempt up, keeping an identity that was proved; False if it is over, or somebody was first.
    """
    running = (LogInAttempt.state == state) & LogInAttempt.consumed_at.is_(None) & (LogInAttempt.expires_at > now)
    values = {"consumed_at": now, "identity": asdict(identity) if identity else None}
    return connection.execute(update(LogInAttempt).where(running).values(values)).rowcount == 1


def keep_identity(connection: Connection, state: str, identity: Identity | None) -> bool:
    """
    Keep what was proved until the person says for whom they act; None: take it away. False if it was away already.
    """
    mine = LogInAttempt.state == state
    if identity is None:
        mine &= LogInAttempt.identity.is_not(None)
    kept = update(LogInAttempt).where(mine).values(identity=asdict(identity) if identity else None)
    return connection.execute(kept).rowcount == 1


def hold(connection: Connection, state: str, now: datetime, lease: timedelta) -> Attempt | None:
    """
    Take the attempt for one poll and return it as it is now; None while another poll has it, or when it is used up.

    A poll that dies loses it when `lease` is over.
    """
    free = LogInAttempt.held_until.is_(None) | (LogInAttempt.held_until <= now)
    mine = (LogInAttempt.state == state) & LogInAttempt.consumed_at.is_(None) & free
    if connection.execute(update(LogInAttempt).where(mine).values(held_until=now + lease)).rowcount != 1:
        return None
    found = of_state(connection, state)
    return found.attempt if found else None


def release(connection: Connection, attempt: Attempt) -> None:
    """
    Store what a poll left, and let the next one have the attempt.
    """
    mine = update(LogInAttempt).where(LogInAttempt.state == attempt.state)
    connection.execute(mine.values(held_until=None, data=_stored(attempt)))


def _stored(attempt: Attempt) -> dict[str, Any]:
    return {"means": attempt.data, "code": attempt.code}


def _found(connection: Connection, condition: ColumnElement[bool]) -> Kept | None:
    row = connection.execute(select(LogInAttempt.__table__).where(condition)).first()
    if row is None:
        return None
    attempt = Attempt(row.state, row.means, row.expires_at, row.data["means"], row.data["code"])
    return Kept(attempt, row.onward, row.consumed_at is not None, _identity(row.identity), _limited(row.limited))


def _identity(kept: dict[str, Any] | None) -> Identity | None:
    if kept is None:
        return None
    return Identity(**{**kept, "entities": tuple(Entity(**entity) for entity in kept["entities"])})


def _limited(kept: dict[str, Any] | None) -> Account | Telephone | None:
    if kept is None:
        return None
    return Account(**kept["Account"]) if "Account" in kept else Telephone(**kept["Telephone"])
