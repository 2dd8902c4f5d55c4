"""
Counters of attempts in the database, so that they hold over processes and restarts.

Each attempt is counted before it is made: many at once can't slip through together. What is tried is counted by
person, by address and, where a telephone rings, by its number: whoever knows somebody's number can't make it ring
all day.
"""

from __future__ import annotations

import hashlib
import ipaddress
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from web.tables import RateLimit

#: tries of one account (or of its second factor), then a wait that doubles up to two hours
ACCOUNT_TRIES = 6
#: tries from one address: several people may share it
ADDRESS_TRIES = 40
WINDOW = timedelta(minutes=15)
#: rings of one telephone, and of one person's telephones, in a window; then a wait that doubles
RINGS = 3
#: and in a day, whatever the waits
RINGS_A_DAY = 12
#: longest wait after repeated failures
LONGEST = timedelta(hours=2)
#: windows that ended are forgotten then
_FORGOTTEN = timedelta(days=1)
#: digits of a telephone number inside the country, without the leading 0
NATIONAL_DIGITS = 9


def may_try(connection: Connection, account: str, address: str | None, now: datetime) -> datetime | None:
    """
    Count one try of a secret and return None if it may be checked, else the moment when the next one may.

    Args:
        account: whose secret it is, known or not, e.g. a user name.
        address: of the network that the try comes from, as the request has it.
    """
    again_at = wait_until(connection, of_address(address), ADDRESS_TRIES, WINDOW, now=now)
    if again_at is not None:
        return again_at
    return wait_until(connection, _of_account(account), ACCOUNT_TRIES, WINDOW, now=now, slower=True)


def succeeded(connection: Connection, account: str, address: str | None) -> None:
    """
    Forget the account's failures and take the success back from the address: only failures are limited there.
    """
    forget(connection, _of_account(account))
    give_back(connection, of_address(address))


def may_ring(connection: Connection, telephone: str, fin: str, now: datetime) -> datetime | None:
    """
    Count one request to a telephone and return None if it may be sent, else the moment when the next one may.

    Args:
        telephone: however it is written; the country's code makes no difference.
        fin: the person whose telephone it is said to be.
    """
    number = _of_telephone(telephone)
    for key, limit, window in (
        (f"{number} day", RINGS_A_DAY, timedelta(days=1)),
        (number, RINGS, WINDOW),
        (_of_rung(fin), RINGS, WINDOW),
    ):
        again_at = wait_until(connection, key, limit, window, now=now, slower=window == WINDOW)
        if again_at is not None:
            return again_at
    return None


def answered(connection: Connection, telephone: str, fin: str) -> None:
    """
    Begin anew after a request that its person confirmed; the day's count stays.
    """
    forget(connection, _of_telephone(telephone))
    forget(connection, _of_rung(fin))


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


def _of_account(account: str) -> str:
    return f"log-in account {account}"


def of_address(address: str | None) -> str:
    """
    Name the visitor's address for counting; of IPv6 the network, since one visitor has many addresses.
    """
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return "log-in address unknown"
    network = ipaddress.ip_network((found, 64 if found.version == 6 else 32), strict=False)
    return f"log-in address {network}"


def _of_telephone(telephone: str) -> str:
    digits = "".join(letter for letter in telephone if letter in "0123456789")
    return f"telephone {digits[-NATIONAL_DIGITS:]}"


def _of_rung(fin: str) -> str:
    return f"telephone of {fin.upper() if fin.isascii() else fin}"


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
