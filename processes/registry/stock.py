"""
The stores of the offices: what lies there, and the ledger of what came and went.

Every change of a quantity is a movement in the same transaction; nothing here decides who may take a meter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from processes.registry.tables import Stock, StockMovement


@dataclass(frozen=True)
class Lot:
    """
    Meters of one make, type and diameter.
    """

    #: DN in millimetres
    diameter: int
    make: str
    #: mechanical, smart_card or smart
    type: str


@dataclass(frozen=True)
class StockLine:
    """
    A lot and how many of it lie in the store.
    """

    lot: Lot
    quantity: int


def lines(connection: Connection, office: str) -> tuple[StockLine, ...]:
    """
    Return what lies in the office's store, empty lots left out, by diameter, make and type.
    """
    rows = connection.execute(
        select(Stock.diameter, Stock.make, Stock.type, Stock.quantity)
        .where(Stock.office == office, Stock.quantity > 0)
        .order_by(Stock.diameter, Stock.make, Stock.type)
    )
    return tuple(StockLine(Lot(diameter, make, type_), quantity) for diameter, make, type_, quantity in rows)


def by_diameter(connection: Connection, office: str) -> dict[int, int]:
    """
    Return how many meters of each diameter lie in the office's store, zeros included, smallest first.
    """
    rows = connection.execute(
        select(Stock.diameter, func.sum(Stock.quantity))
        .where(Stock.office == office)
        .group_by(Stock.diameter)
        .order_by(Stock.diameter)
    )
    return {diameter: int(quantity) for diameter, quantity in rows}


def take(connection: Connection, office: str, lot: Lot, *, act_id: int, now: datetime) -> bool:
    """
    Take one meter of the lot for an act; return False, changing nothing, if there is none.
    """
    taken = connection.execute(
        update(Stock).where(*_of(office, lot), Stock.quantity > 0).values(quantity=Stock.quantity - 1)
    )
    if not taken.rowcount:
        return False
    _move(connection, office, lot, -1, "installation", now, act_id)
    return True


def count(connection: Connection, office: str, lot: Lot, quantity: int, *, now: datetime) -> int:
    """
    Set what an inventory found; the difference, which is returned, goes to the ledger.
    """
    before = connection.execute(select(Stock.quantity).where(*_of(office, lot))).scalar_one_or_none()
    if before is None:
        connection.execute(
            insert(Stock).values(office=office, diameter=lot.diameter, make=lot.make, type=lot.type, quantity=quantity)
        )
    elif before != quantity:
        connection.execute(update(Stock).where(*_of(office, lot)).values(quantity=quantity))
    difference = quantity - (before or 0)
    if difference:
        _move(connection, office, lot, difference, "count", now, None)
    return difference


def _of(office: str, lot: Lot) -> tuple:
    return (
        Stock.office == office,
        Stock.diameter == lot.diameter,
        Stock.make == lot.make,
        Stock.type == lot.type,
    )


def _move(
    connection: Connection,
    office: str,
    lot: Lot,
    quantity: int,
    kind: str,
    at: datetime,
    act_id: int | None,
) -> None:
    connection.execute(
        insert(StockMovement).values(
            office=office,
            diameter=lot.diameter,
            make=lot.make,
            type=lot.type,
            quantity=quantity,
            kind=kind,
            act_id=act_id,
            at=at,
        )
    )
