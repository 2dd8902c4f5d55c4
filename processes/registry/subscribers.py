"""
The register of subscribers: who is known under a code, and how often a person may ask.

A code is not a secret: what a person may learn by one is little, and the same for an unknown and a wrong one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, insert, select

from engine.tables import Person
from processes.registry.tables import Meter, SubscriberLookUp
from processes.registry.tables import Subscriber as Table


@dataclass(frozen=True)
class Subscriber:
    """
    A subscriber as the register has it.
    """

    code: str
    #: household or non_household
    kind: str
    name: str
    address: str
    district: str
    telephone: str | None
    email: str | None
    #: the register knows whose it is (FIN)
    has_owner: bool
    has_active_meter: bool

    @property
    def told_address(self) -> str:
        """
        What of the address is told to whoever applied: whoever merely knows a code does not learn who lives where.
        """
        return self.address if self.has_owner else self.district


def find(connection: Connection, code: str) -> Subscriber | None:
    """
    Return the subscriber with this code, whoever asks; for staff and letters.
    """
    return _one(connection, code)


def find_for(connection: Connection, code: str, person_id: int) -> Subscriber | None:
    """
    Return the subscriber if that person may apply: the register's FIN is theirs, or it knows none.

    Unknown codes and somebody else's are alike: None. One statement.
    """
    fin = select(Person.fin).where(Person.id == person_id).scalar_subquery()
    return _one(connection, code, Table.fin.is_(None) | (Table.fin == fin))


def note_look_up(connection: Connection, person_id: int, day: date, code: str, *, limit: int) -> bool:
    """
    Note that the person asked for `code` on `day`; return False beyond `limit` different codes.
    """
    asked, before = connection.execute(
        select(
            func.count(),
            func.count().filter(SubscriberLookUp.code == code),
        ).where(SubscriberLookUp.person_id == person_id, SubscriberLookUp.day == day)
    ).one()
    if before:
        return True
    if asked >= limit:
        return False
    connection.execute(insert(SubscriberLookUp).values(person_id=person_id, day=day, code=code))
    return True


def _one(connection: Connection, code: str, *more: object) -> Subscriber | None:
    active = select(Meter.id).where(Meter.subscriber_code == Table.code, Meter.state == "active").exists()
    row = connection.execute(
        select(
            Table.code,
            Table.kind,
            Table.name,
            Table.address,
            Table.district,
            Table.telephone,
            Table.email,
            Table.fin.is_not(None),
            active,
        ).where(Table.code == code, *more)
    ).one_or_none()
    return Subscriber(*row) if row else None
