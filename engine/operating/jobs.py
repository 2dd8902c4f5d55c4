"""
Lists of background work: what waits, runs, has stopped, rests, and was done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, literal, literal_column, null, select, tuple_

from engine.operating.sieve import PAGE, Sieve, after, cursor, in_cases
from engine.operations import Actor
from engine.sight import may_mend
from engine.tables import Case, FinishedJob, Incident, Job

READY, RUNNING, DEAD, SUSPENDED, FINISHED = STATES = ("ready", "running", "dead", "suspended", "finished")


@dataclass(frozen=True)
class JobRow:
    """
    One job of a list.
    """

    id: int
    lane: str
    kind: str
    key: str
    state: str
    case_id: int | None
    case_number: str | None
    release_id: str | None
    created_at: datetime
    #: when it is due; of a finished one when it ended
    at: datetime
    attempt: int
    failed: int
    error: str | None
    owner: str | None
    #: of the diagram
    element: str | None
    #: what letter it prints or sends
    letter: str | None
    #: a timer's
    task_id: str | None
    incident_id: int | None
    code: str | None


@dataclass(frozen=True)
class JobPage:
    """
    A page of jobs.
    """

    rows: tuple[JobRow, ...]
    #: None on the last page
    next_cursor: str | None


def page(
    connection: Connection,
    actor: Actor,
    sieve: Sieve,
    cursor_text: str | None = None,
    *,
    now: datetime,
    limit: int = PAGE,
) -> JobPage:
    """
    Return a page of jobs: waiting ones next due first, finished ones latest first, others newest first. One statement.
    """
    timed = sieve.state in (READY, FINISHED)
    place = after(cursor_text, timed=timed)
    if sieve.state == FINISHED:
        statement = _finished(connection, actor, sieve, place, now)
    else:
        statement = _unfinished(connection, actor, sieve, place, now)
    found = connection.execute(statement.limit(limit + 1)).all()
    rows = tuple(_row(row) for row in found[:limit])
    if len(found) <= limit:
        return JobPage(rows, None)
    last = rows[-1]
    return JobPage(rows, cursor([last.at, last.id] if timed else [last.id]))


def chosen(connection: Connection, actor: Actor, ids: list[int]) -> tuple[JobRow, ...]:
    """
    Return those of the jobs that are there and for this person, oldest first. One statement.
    """
    found = _lines().where(Job.id.in_(ids), may_mend(actor)).order_by(Job.id)
    return tuple(_row(row) for row in connection.execute(found))


def _unfinished(
    connection: Connection, actor: Actor, sieve: Sieve, place: tuple[Any, ...] | None, now: datetime
) -> Select[Any]:
    state = sieve.state if sieve.state in STATES else READY
    # in the SQL as text: with a bound value SQLite can't know that the index of such rows is enough
    which = "job.state IN ('suspended', 'held')" if state == SUSPENDED else f"job.state = '{state}'"
    conditions: list[ColumnElement[bool]] = [literal_column(which), may_mend(actor)]
    if sieve.lane:
        conditions.append(Job.lane == sieve.lane)
    if sieve.kind:
        conditions.append(Job.kind == sieve.kind)
    if sieve.element:
        conditions.append(Job.payload["element"].as_string() == sieve.element)
    if sieve.code:
        conditions.append(Incident.code == sieve.code)
    if (before := sieve.before(now)) is not None:
        conditions.append(Job.created_at <= before)
    conditions += in_cases(connection, actor, sieve, Job.case_id)
    if state == READY:
        if place is not None:
            bound = (literal(place[0], Job.run_at.type), literal(place[1], Job.id.type))
            conditions.append(tuple_(Job.run_at, Job.id) > tuple_(*bound))
        return _lines().where(*conditions).order_by(Job.run_at, Job.id)
    if place is not None:
        conditions.append(Job.id < place[0])
    return _lines().where(*conditions).order_by(Job.id.desc())


def _finished(
    connection: Connection, actor: Actor, sieve: Sieve, place: tuple[Any, ...] | None, now: datetime
) -> Select[Any]:
    conditions: list[ColumnElement[bool]] = [may_mend(actor)]
    if sieve.lane:
        conditions.append(FinishedJob.lane == sieve.lane)
    if sieve.kind:
        conditions.append(FinishedJob.kind == sieve.kind)
    if (before := sieve.before(now)) is not None:
        conditions.append(FinishedJob.finished_at <= before)
    conditions += in_cases(connection, actor, sieve, FinishedJob.case_id)
    if place is not None:
        bound = (literal(place[0], FinishedJob.finished_at.type), literal(place[1], FinishedJob.id.type))
        conditions.append(tuple_(FinishedJob.finished_at, FinishedJob.id) < tuple_(*bound))
    return (
        select(
            FinishedJob.id,
            FinishedJob.lane,
            FinishedJob.kind,
            FinishedJob.key,
            literal(FINISHED).label("state"),
            FinishedJob.case_id,
            Case.number.label("case_number"),
            Case.release_id,
            FinishedJob.created_at,
            FinishedJob.finished_at.label("at"),
            FinishedJob.attempt,
            literal(0).label("failed"),
            *(null().label(name) for name in ("error", "owner", "payload", "task_id", "incident_id", "code")),
        )
        .outerjoin(Case, Case.id == FinishedJob.case_id)
        .where(*conditions)
        .order_by(FinishedJob.finished_at.desc(), FinishedJob.id.desc())
    )


def _lines() -> Select[Any]:
    return (
        select(
            Job.id,
            Job.lane,
            Job.kind,
            Job.key,
            Job.state,
            Job.case_id,
            Case.number.label("case_number"),
            Case.release_id,
            Job.created_at,
            Job.run_at.label("at"),
            Job.attempt,
            Job.failed,
            Job.error,
            Job.owner,
            Job.payload,
            Job.task_id,
            Incident.id.label("incident_id"),
            Incident.code,
        )
        .outerjoin(Case, Case.id == Job.case_id)
        .outerjoin(Incident, (Incident.job_id == Job.id) & Incident.resolved_at.is_(None))
    )


def _row(row: Any) -> JobRow:
    facts = dict(row._mapping)
    payload: Mapping[str, Any] = facts.pop("payload") or {}
    return JobRow(**facts, element=payload.get("element"), letter=payload.get("letter"))
