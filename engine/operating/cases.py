"""
The operators' list of cases: where each stands, since when, and what has stopped in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, literal, select, union_all

from engine.operating.pages import Order, Page
from engine.operating.sieve import OPEN_CASE, OPEN_INCIDENT, OPEN_TASK, PAGE, Sieve, at_element, in_cases
from engine.operations import Actor
from engine.rights import casework_units
from engine.sight import full_name, may_mend, seen_facets
from engine.tables import Case, Incident, Job, Person, Release, Task

OPEN, FINISHED, STOPPED, OVERDUE = STATES = ("open", "finished", "stopped", "overdue")


@dataclass(frozen=True)
class Standing:
    """
    Where a case waits, or has stopped.
    """

    #: of the diagram; of work outside it None
    element: str | None
    #: task, job or incident
    by: str
    #: state of the job, code of the incident
    detail: str
    #: of a task; FAR: none
    due_at: datetime | None


@dataclass(frozen=True)
class CaseRow:
    """
    One case of the list.
    """

    id: int
    number: str | None
    process: str
    release_id: str
    unit: str | None
    #: empty when the reader sees no personal data
    applicant: str
    facets: Mapping[str, str]
    public_status: str
    tone: str
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    #: since when nobody can complete its tasks; None: it goes its way
    suspended_at: datetime | None
    standing: tuple[Standing, ...]

    @property
    def stopped(self) -> bool:
        """
        Tell whether an incident is open.
        """
        return any(one.by == "incident" for one in self.standing)


def page(
    connection: Connection,
    actor: Actor,
    sieve: Sieve,
    cursor_text: str | None = None,
    *,
    now: datetime,
    limit: int = PAGE,
) -> Page[CaseRow]:
    """
    Return a page of cases: open ones oldest first, finished ones newest first. Two statements.
    """
    finished = sieve.state == FINISHED
    order = Order(Case.id, newest_first=True) if finished else Order(Case.id, Case.opened_at)
    conditions = [*_matching(connection, actor, sieve, now), *order.behind(cursor_text)]
    keys = select(Case.id).where(*conditions).order_by(*order.clauses).limit(limit + 1).subquery("keys")
    statement = (
        select(*_COLUMNS, Person.given_name, Person.surname)
        .select_from(keys)
        .join(Case, Case.id == keys.c.id)
        .join(Person, Person.id == Case.applicant_id)
        .order_by(*order.clauses)
    )
    found = order.cut(connection.execute(statement).all(), limit, "opened_at")
    ids = [row.id for row in found.rows]
    standing = _standing(connection, ids) if ids and not finished else {}
    return Page(tuple(_row(row, actor, tuple(standing.get(row.id, ()))) for row in found.rows), found.next_cursor)


def processes(connection: Connection) -> tuple[str, ...]:
    """
    Return the names of the processes on which cases start, or started. One statement.
    """
    found = select(Release.process).where(Release.active_since.is_not(None)).distinct()
    return tuple(sorted(connection.scalars(found)))


def _matching(connection: Connection, actor: Actor, sieve: Sieve, now: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [may_mend(actor)]
    conditions.append(Case.closed_at.is_not(None) if sieve.state == FINISHED else OPEN_CASE)
    stopped = [Incident.code == sieve.code] if sieve.code else []
    if sieve.kind:
        stopped.append(Incident.kind == sieve.kind)
    if sieve.state == STOPPED or stopped:
        having = select(Incident.case_id).where(OPEN_INCIDENT, Incident.case_id.is_not(None), *stopped)
        conditions.append(Case.id.in_(having))
    if sieve.state == OVERDUE:
        conditions.append(Case.id.in_(select(Task.case_id).where(OPEN_TASK, Task.due_at < now)))
    if sieve.lane:
        conditions.append(Case.id.in_(select(Job.case_id).where(Job.lane == sieve.lane, Job.case_id.is_not(None))))
    if sieve.element:
        conditions.append(at_element(sieve.element, Case.id))
    return [*conditions, *sieve.kept(Case.opened_at, now), *in_cases(connection, actor, sieve, Case.id)]


_COLUMNS = (
    Case.id,
    Case.number,
    Case.process,
    Case.release_id,
    Case.unit,
    Case.facets,
    Case.public_status,
    Case.status_tone,
    Case.opened_at,
    Case.due_at,
    Case.closed_at,
    Case.outcome,
    Case.suspended_at,
)


def _standing(connection: Connection, ids: list[int]) -> dict[int, list[Standing]]:
    """Where cases stand: open tasks, work that waits, open incidents. One statement."""
    element = Job.payload["element"].as_string()
    none = literal(None, Task.due_at.type)
    parts = (
        select(Task.case_id, Task.element, literal("task"), Task.role, Task.due_at).where(
            Task.case_id.in_(ids), OPEN_TASK
        ),
        select(Job.case_id, func.coalesce(element, Job.kind), literal("job"), Job.state, Job.run_at).where(
            Job.case_id.in_(ids)
        ),
        select(Incident.case_id, Incident.element, literal("incident"), Incident.code, none).where(
            Incident.case_id.in_(ids), OPEN_INCIDENT
        ),
    )
    found: dict[int, list[Standing]] = {}
    for case_id, *facts in connection.execute(union_all(*parts)):
        found.setdefault(case_id, []).append(Standing(*facts))
    return found


def _row(row: Any, actor: Actor, standing: tuple[Standing, ...]) -> CaseRow:
    units = casework_units(actor)
    readable = "*" in units or row.unit in units
    return CaseRow(
        id=row.id,
        number=row.number,
        process=row.process,
        release_id=row.release_id,
        unit=row.unit,
        applicant=full_name(row.given_name, row.surname) if readable else "",
        facets=seen_facets(row.facets, masked=not readable),
        public_status=row.public_status,
        tone=row.status_tone,
        opened_at=row.opened_at,
        due_at=row.due_at,
        closed_at=row.closed_at,
        outcome=row.outcome,
        suspended_at=row.suspended_at,
        standing=standing,
    )
