"""
Which FIN a telephone and its user ID belong to, remembered from the first log-in on.

Where the certificate does not carry the user ID, only this tells that the person who was asked for is who answered.
Numbers themselves are not kept, only their hash.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from web.tables import TelephoneBinding

#: operators give a number that nobody uses to somebody else after months
FORGOTTEN = timedelta(days=365)


def bind(connection: Connection, number: str, identifier: str, fin: str, now: datetime) -> bool:
    """
    Bind a telephone and user ID to a FIN, or tell whether they are bound to it already.

    Args:
        number: E.164.
        identifier: user ID of the mobile signature.

    Returns:
        False if they are bound to another FIN.
    """
    connection.execute(delete(TelephoneBinding).where(TelephoneBinding.seen_at < now - FORGOTTEN))
    key = _key(number, identifier)
    try:
        with connection.begin_nested():
            connection.execute(insert(TelephoneBinding).values(key=key, fin=fin, seen_at=now))
    except IntegrityError:
        bound = connection.execute(select(TelephoneBinding.fin).where(TelephoneBinding.key == key)).scalar_one()
        if bound != fin:
            return False
        connection.execute(update(TelephoneBinding).where(TelephoneBinding.key == key).values(seen_at=now))
    return True


def forget(connection: Connection, number: str, identifier: str) -> bool:
    """
    Forget whose telephone and user ID these were, because the number went to somebody else; False if nobody's.
    """
    return bool(
        connection.execute(delete(TelephoneBinding).where(TelephoneBinding.key == _key(number, identifier))).rowcount
    )


def _key(number: str, identifier: str) -> str:
    return hashlib.sha256(f"{number} {identifier}".encode()).hexdigest()
