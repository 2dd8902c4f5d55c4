"""
Attempts as rows: begun with a secret that only one browser has, held by one poll at a time, consumed exactly once.

Every function takes part in the caller's transaction.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from web.login.port import Attempt
from web.sessions import digest
from web.tables import LogInAttempt

#: long enough for a PIN that must be looked for, and for the state's portal
LIFETIME = timedelta(minutes=10)
#: what is over is kept so long, so that a repeated callback is told from an unknown one
KEPT = timedelta(hours=1)


def begin(connection: Connection, means: str, onward: str, now: datetime) -> tuple[Attempt, str]:
    """
    Make a row and return it with the browser's secret, 256 random bits; clear away what is long over.

    Args:
        onward: page of ours to go to afterwards, empty for the person's own.
    """
    connection.execute(delete(LogInAttempt).where(LogInAttempt.expires_at < now - KEPT))
    secret = secrets.token_urlsafe(32)
    attempt = Attempt(secrets.token_urlsafe(32), means, now + LIFETIME)
    row = {"state": attempt.state, "secret_hash": digest(secret), "means": means, "data": {}, "onward": onward}
    connection.execute(insert(LogInAttempt).values(**row, expires_at=attempt.expires_at))
    return attempt, secret


def of_browser(connection: Connection, secret: str, now: datetime) -> Attempt | None:
    """
    Return the running attempt of the browser that has `secret`, or None.
    """
    return _found(connection, LogInAttempt.secret_hash == digest(secret), now)


def of_state(connection: Connection, state: str, now: datetime) -> Attempt | None:
    """
    Return the running attempt with `state`, or None. For a host of ours that has no cookie of the main one.
    """
    return _found(connection, LogInAttempt.state == state, now)


def save(connection: Connection, attempt: Attempt) -> None:
    """
    Store what a means keeps of a running attempt.
    """
    running = (LogInAttempt.state == attempt.state) & LogInAttempt.consumed_at.is_(None)
    connection.execute(update(LogInAttempt).where(running).values(data=attempt.data))


def consume(connection: Connection, state: str, now: datetime) -> bool:
    """
    Use the attempt up; False if it is over, or somebody was first.
    """
    mine = (LogInAttempt.state == state) & LogInAttempt.consumed_at.is_(None) & (LogInAttempt.expires_at > now)
    return connection.execute(update(LogInAttempt).where(mine).values(consumed_at=now)).rowcount == 1


def hold(connection: Connection, state: str, now: datetime, lease: timedelta) -> bool:
    """
    Take the attempt for one poll; False while another poll has it. A poll that dies loses it when `lease` is over.
    """
    free = LogInAttempt.held_until.is_(None) | (LogInAttempt.held_until <= now)
    mine = (LogInAttempt.state == state) & LogInAttempt.consumed_at.is_(None) & free
    return connection.execute(update(LogInAttempt).where(mine).values(held_until=now + lease)).rowcount == 1


def release(connection: Connection, state: str) -> None:
    """
    Let the next poll have the attempt.
    """
    connection.execute(update(LogInAttempt).where(LogInAttempt.state == state).values(held_until=None))


def _found(connection: Connection, condition: Any, now: datetime) -> Attempt | None:
    running = condition & LogInAttempt.consumed_at.is_(None) & (LogInAttempt.expires_at > now)
    row = connection.execute(
        select(LogInAttempt.state, LogInAttempt.means, LogInAttempt.expires_at, LogInAttempt.data).where(running)
    ).first()
    return Attempt(row.state, row.means, row.expires_at, row.data) if row else None
