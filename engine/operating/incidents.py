"""
Lists of incidents, and everything that is known of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select
from sqlalchemy.orm import aliased

from engine import deeds, failures
from engine.deeds import Deed, DeedLine
from engine.errors import NotFound
from engine.failures import FailureLine
from engine.operating.pages import Order, Page
from engine.operating.sieve import OPEN_INCIDENT, PAGE, Sieve, in_cases
from engine.operations import Actor
from engine.sight import full_name, may_mend
from engine.tables import Case, Incident, Job, Person

OPEN, SETTLED = STATES = ("open", "settled")


@dataclass(frozen=True)
class IncidentRow:
    """
    One incident of a list, without personal data.
    """

    id: int
    #: one of `engine.incidents.KINDS`
    kind: str
    code: str
    params: Mapping[str, Any]
    message: str
    element: str | None
    case_id: int | None
    case_number: str | None
    process: str | None
    release_id: str | None
    unit: str | None
    #: its case goes on
    case_open: bool
    opened_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    note: str | None
    job_id: int | None
    #: of the job behind it, while it is there
    job_kind: str | None
    job_payload: Mapping[str, Any]
    attempts: int | None


@dataclass(frozen=True)
class WholeIncident:
    """
    An incident with its history.
    """

    row: IncidentRow
    #: newest first
    failures: tuple[FailureLine, ...]
    #: newest first
    deeds: tuple[DeedLine, ...]


def page(
    connection: Connection,
    actor: Actor,
    sieve: Sieve,
    cursor_text: str | None = None,
    *,
    now: datetime,
    limit: int = PAGE,
) -> Page[IncidentRow]:
    """
    Return a page of incidents, newest first. One statement.
    """
    order = Order(Incident.id, newest_first=True)
    conditions = [*matching(connection, actor, sieve, now), *order.behind(cursor_text)]
    statement = _lines().where(*conditions).order_by(*order.clauses).limit(limit + 1)
    found = order.cut(connection.execute(statement).all(), limit)
    return Page(tuple(_row(row) for row in found.rows), found.next_cursor)


def tally(connection: Connection, actor: Actor, sieve: Sieve, *, now: datetime) -> dict[str, int]:
    """
    Return how many incidents of a sieve there are: code -> count, most first. One statement.
    """
    counted = func.count().label("counted")
    groups = select(Incident.code, counted).outerjoin(Case, Case.id == Incident.case_id)
    groups = groups.where(*matching(connection, actor, sieve, now)).group_by(Incident.code)
    return {code: count for code, count in connection.execute(groups.order_by(counted.desc(), Incident.code))}


def ids(connection: Connection, actor: Actor, sieve: Sieve, *, now: datetime, most: int) -> list[int]:
    """
    Return the ids of at most `most` incidents of a sieve, oldest first. One statement.
    """
    found = select(Incident.id).outerjoin(Case, Case.id == Incident.case_id)
    found = found.where(*matching(connection, actor, sieve, now)).order_by(Incident.id).limit(most)
    return list(connection.scalars(found))


def whole(connection: Connection, actor: Actor, incident_id: int) -> WholeIncident:
    """
    Return an incident with its failed attempts and what was done about it. Three statements.

    Raises:
        NotFound: there is none, or it is not for this person.
    """
    row = connection.execute(_lines().where(Incident.id == incident_id, may_mend(actor))).one_or_none()
    if row is None:
        raise NotFound
    line = _row(row)
    return WholeIncident(
        line,
        failures.of_incident(connection, incident_id, line.job_id),
        deeds.listed(connection, may_mend(actor), Deed.incident_id == incident_id),
    )


def chosen(connection: Connection, actor: Actor, wanted: list[int]) -> tuple[IncidentRow, ...]:
    """
    Return those of the incidents that are open and for this person, oldest first. One statement.
    """
    found = _lines().where(Incident.id.in_(wanted), OPEN_INCIDENT, may_mend(actor)).order_by(Incident.id)
    return tuple(_row(row) for row in connection.execute(found))


def matching(connection: Connection, actor: Actor, sieve: Sieve, now: datetime) -> list[ColumnElement[bool]]:
    """
    Return the conditions on `Incident` and, outer joined, on `Case`.
    """
    conditions = [OPEN_INCIDENT if sieve.state != SETTLED else Incident.resolved_at.is_not(None), may_mend(actor)]
    own = {"code": Incident.code, "kind": Incident.kind, "element": Incident.element}
    conditions += sieve.kept(Incident.opened_at, now, **own)
    if sieve.lane:
        conditions.append(Incident.job_id.in_(select(Job.id).where(Job.lane == sieve.lane, Job.state == "dead")))
    return [*conditions, *in_cases(connection, actor, sieve, Incident.case_id)]


def _lines() -> Select[Any]:
    resolver = aliased(Person)
    return (
        select(
            Incident.id,
            Incident.kind,
            Incident.code,
            Incident.params,
            Incident.message,
            Incident.element,
            Incident.case_id,
            Case.number.label("case_number"),
            Case.process,
            Case.release_id,
            Case.unit,
            Case.closed_at.label("case_closed_at"),
            Incident.opened_at,
            Incident.resolved_at,
            resolver.given_name,
            resolver.surname,
            Incident.note,
            Incident.job_id,
            Incident.task_id,
            Job.kind.label("job_kind"),
            Job.payload.label("job_payload"),
            Job.attempt,
        )
        .outerjoin(Case, Case.id == Incident.case_id)
        .outerjoin(resolver, resolver.id == Incident.resolved_by)
        .outerjoin(Job, Job.id == Incident.job_id)
    )


def _row(row: Any) -> IncidentRow:
    return IncidentRow(
        id=row.id,
        kind=row.kind or ("step" if row.task_id else "job" if row.job_id else "case"),
        code=row.code,
        params=row.params or {},
        message=row.message,
        element=row.element,
        case_id=row.case_id,
        case_number=row.case_number,
        process=row.process,
        release_id=row.release_id,
        unit=row.unit,
        case_open=row.case_id is not None and row.case_closed_at is None,
        opened_at=row.opened_at,
        resolved_at=row.resolved_at,
        resolved_by=full_name(row.given_name, row.surname) or None,
        note=row.note,
        job_id=row.job_id,
        job_kind=row.job_kind,
        job_payload=row.job_payload or {},
        attempts=row.attempt,
    )
