"""
Counters of attempts in the database, so that they hold over processes and restarts.

Each attempt is counted before it is made: many at once can't slip through together.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from web.tables import RateLimit

#: longest wait after repeated failures
LONGEST = timedelta(hours=2)
#: windows that ended are forgotten then
_FORGOTTEN = timedelta(days=1)


def allow(connection: Connection, key: str, limit: int, window: timedelta, *, now: datetime) -> bool:
    """
    Count one attempt and tell whether it may be made: at most `limit` in each `window`.

    Args:
        connection: of a writing transaction, which must be committed even when the answer is no.
        key: what is counted, e.g. `code:17`; only its hash is stored.
    """
    return wait_until(connection, key, limit, window, now=now) is None


def wait_until(
    connection: Connection, key: str, limit: int, window: timedelta, *, now: datetime, slower: bool = False
) -> datetime | None:
    """
    Count one attempt; return None if it may be made, else the moment when the next one may.

    Args:
        slower: every window that was used up doubles the next, up to two hours.
    """
    hashed = _hashed(key)
    row = connection.execute(
        select(RateLimit.count, RateLimit.ends_at, RateLimit.doubled).where(RateLimit.key == hashed).with_for_update()
    ).first()
    if row is None:
        return _first(connection, hashed, now + window)
    if now < row.ends_at:
        if row.count >= limit:
            return row.ends_at
        connection.execute(update(RateLimit).where(RateLimit.key == hashed).values(count=RateLimit.count + 1))
        return None
    doubled = row.doubled + 1 if slower and row.count >= limit and now < row.ends_at + LONGEST else 0
    ends_at = now + min(window * 2 ** min(doubled, 20), max(LONGEST, window))
    connection.execute(
        update(RateLimit).where(RateLimit.key == hashed).values(count=1, ends_at=ends_at, doubled=doubled)
    )
    return None


def give_back(connection: Connection, key: str) -> None:
    """
    Take back one counted attempt, because it was none of those that the limit is for.
    """
    counted = (RateLimit.key == _hashed(key)) & (RateLimit.count > 0)
    connection.execute(update(RateLimit).where(counted).values(count=RateLimit.count - 1))


def forget(connection: Connection, key: str) -> None:
    """
    Begin anew, e.g. after a success.
    """
    connection.execute(delete(RateLimit).where(RateLimit.key == _hashed(key)))


def clear(connection: Connection, *, now: datetime) -> None:
    """
    Remove counters that ended long ago.
    """
    connection.execute(delete(RateLimit).where(RateLimit.ends_at < now - _FORGOTTEN))


def _first(connection: Connection, hashed: str, ends_at: datetime) -> None:
    try:
        with connection.begin_nested():
            connection.execute(insert(RateLimit).values(key=hashed, count=1, ends_at=ends_at, doubled=0))
    except IntegrityError:
        # Another process was first in the same moment: count on its row.
        connection.execute(update(RateLimit).where(RateLimit.key == hashed).values(count=RateLimit.count + 1))


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
