"""
The book of meters: which are active, at whom, and under which seals.

A number is unique among active meters, a seal for ever; the tables' own indexes hold that. The questions here
let a person read which number is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, insert, select, update

from processes.registry.tables import Meter, Seal


@dataclass(frozen=True)
class NewMeter:
    """
    A meter that becomes active at a subscriber's.
    """

    number: str
    make: str
    #: mechanical, smart_card or smart
    type: str
    #: DN in millimetres
    diameter: int
    subscriber_code: str
    installed_on: date
    verified_on: date | None
    next_verification_on: date | None
    seals: tuple[str, ...]


def holder(connection: Connection, number: str) -> str | None:
    """
    Return the code of the subscriber at whom a meter with this number is active, or None.
    """
    return connection.execute(
        select(Meter.subscriber_code).where(Meter.number == number, Meter.state == "active")
    ).scalar_one_or_none()


def used_seals(connection: Connection, numbers: Sequence[str]) -> tuple[str, ...]:
    """
    Return those of `numbers` that are on a meter already, in the order given.
    """
    used = set(connection.execute(select(Seal.number).where(Seal.number.in_(numbers))).scalars())
    return tuple(number for number in numbers if number in used)


def activate(connection: Connection, meter: NewMeter) -> int:
    """
    Enter an active meter with its seals; return its id.
    """
    meter_id = connection.execute(
        insert(Meter)
        .values(
            number=meter.number,
            make=meter.make,
            type=meter.type,
            diameter=meter.diameter,
            state="active",
            subscriber_code=meter.subscriber_code,
            installed_on=meter.installed_on,
            verified_on=meter.verified_on,
            next_verification_on=meter.next_verification_on,
        )
        .returning(Meter.id)
    ).scalar_one()
    connection.execute(insert(Seal), [{"number": number, "meter_id": meter_id} for number in meter.seals])
    return meter_id


def remove(connection: Connection, number: str, subscriber_code: str, day: date) -> bool:
    """
    Take the subscriber's active meter with this number out of use; return whether there was one.
    """
    return (
        connection.execute(
            update(Meter)
            .where(Meter.number == number, Meter.subscriber_code == subscriber_code, Meter.state == "active")
            .values(state="removed", removed_on=day)
        ).rowcount
        > 0
    )
