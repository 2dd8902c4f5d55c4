"""
The list of what operators and heads did by hand, and who they are.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from engine import deeds
from engine.deeds import Deed, DeedLine
from engine.operating.pages import Order, Page
from engine.operating.sieve import PAGE, Sieve, in_cases
from engine.operations import Actor
from engine.rights import INCIDENTS, TABLE
from engine.sight import full_name, may_mend
from engine.tables import Membership, Person

_ORDER = Order(Deed.id, newest_first=True)


def page(
    connection: Connection,
    actor: Actor,
    sieve: Sieve,
    cursor_text: str | None = None,
    *,
    now: datetime,
    limit: int = PAGE,
) -> Page[DeedLine]:
    """
    Return a page of deeds, newest first. One statement.

    Args:
        sieve: its kind is that of the deed.
    """
    conditions = [may_mend(actor), *sieve.kept(Deed.at, now, kind=Deed.deed)]
    if sieve.person:
        conditions.append(Deed.person_id == sieve.person)
    conditions += in_cases(connection, actor, sieve, Deed.case_id)
    return _ORDER.cut(deeds.listed(connection, *conditions, *_ORDER.behind(cursor_text), limit=limit + 1), limit)


def people(connection: Connection) -> list[tuple[int, str]]:
    """
    Return (person, name) of those whose roles do such deeds, by surname. One statement.
    """
    roles = [role for role, row in TABLE.items() if row.intervenes or INCIDENTS in row.work]
    wanted = select(Person.id, Person.given_name, Person.surname).where(
        Person.id.in_(select(Membership.person_id).where(Membership.role.in_(roles)))
    )
    rows = connection.execute(wanted.order_by(Person.surname, Person.given_name, Person.id))
    return [(key, full_name(given, surname)) for key, given, surname in rows]
