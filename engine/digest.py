"""
What a head of office and an operator should know in the morning: tasks that are due, late or nobody's, and what has
stopped. Counts with some case numbers; no personal data.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, func, literal_column, select, true

from engine.rights import INCIDENTS, TABLE
from engine.tables import APPLICANT, Case, Incident, Membership, Person, Task, TaskCandidate

#: cases that are named
MOST = 5
_OPEN = literal_column("task.state = 'open'")
#: roles that get the morning's digest
LEADING = frozenset(role for role, row in TABLE.items() if row.heads)
MENDING = frozenset(role for role, row in TABLE.items() if INCIDENTS in row.work)


@dataclass(frozen=True)
class Found:
    """
    How many there are, with the numbers of the first cases.
    """

    count: int = 0
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Digest:
    """
    One person's morning.
    """

    due_today: Found
    overdue: Found
    unassigned: Found
    incidents: Found

    @property
    def numbers(self) -> tuple[str, ...]:
        """
        The cases that it names.
        """
        return tuple(number for found in self._all for number in found.numbers)

    @property
    def _all(self) -> tuple[Found, ...]:
        return self.due_today, self.overdue, self.unassigned, self.incidents

    @property
    def empty(self) -> bool:
        """
        Tell whether there is nothing to say.
        """
        return not any(found.count for found in self._all)


def readers(connection: Connection) -> list[int]:
    """
    Return the persons for whom a digest is made. One statement.
    """
    roles = sorted(LEADING | MENDING)
    rows = select(Person.id).join(Membership, Membership.person_id == Person.id)
    wanted = rows.where(Membership.role.in_(roles), Person.active, Person.email.is_not(None)).distinct()
    return list(connection.scalars(wanted.order_by(Person.id)))


def digest(connection: Connection, person_id: int, now: datetime, until: datetime) -> Digest:
    """
    Return what a person should know. Five statements at most.

    Args:
        until: end of the day.
    """
    held = select(Membership.role, Membership.unit).where(Membership.person_id == person_id)
    roles = connection.execute(held).all()
    leads = {unit for role, unit in roles if role in LEADING}
    mends = {unit for role, unit in roles if role in MENDING}
    late, today = Task.due_at < now, Task.due_at.between(now, until)
    nobodys = Task.claimed_by.is_(None) & ~exists().where(TaskCandidate.task_id == Task.id)
    return Digest(
        _tasks(connection, leads, today),
        _tasks(connection, leads, late),
        _tasks(connection, leads, nobodys),
        _incidents(connection, leads | mends),
    )


def _tasks(connection: Connection, units: Collection[str], which: ColumnElement[bool]) -> Found:
    if not units:
        return Found()
    rows = (
        select(Case.number, func.count().over())
        .join(Task, Task.case_id == Case.id)
        .where(_OPEN, Task.role != APPLICANT, _in(Task.unit, units), which)
        .order_by(Task.due_at, Task.id)
        .limit(MOST)
    )
    return _found(connection, rows)


def _incidents(connection: Connection, units: Collection[str]) -> Found:
    if not units:
        return Found()
    # what belongs to no case is everybody's who mends everywhere
    here = true() if "*" in units else _in(Case.unit, units)
    rows = (
        select(Case.number, func.count().over())
        .select_from(Incident)
        .outerjoin(Case, Case.id == Incident.case_id)
        .where(Incident.resolved_at.is_(None), here)
        .order_by(Incident.id)
        .limit(MOST)
    )
    return _found(connection, rows)


def _in(column: Any, units: Collection[str]) -> ColumnElement[bool]:
    return column.is_not(None) if "*" in units else column.in_(sorted(units))


def _found(connection: Connection, rows: Any) -> Found:
    found = connection.execute(rows).all()
    return Found(found[0][1], tuple(number for number, _ in found if number)) if found else Found()
