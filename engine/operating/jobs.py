"""
Lists of background work: what waits, runs, has stopped, rests, and was done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, literal, literal_column, null, select

from engine.operating.pages import Order, Page
from engine.operating.sieve import PAGE, Sieve, in_cases
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


def page(
    connection: Connection,
    actor: Actor,
    sieve: Sieve,
    cursor_text: str | None = None,
    *,
    now: datetime,
    limit: int = PAGE,
) -> Page[JobRow]:
    """
    Return a page of jobs: waiting ones next due first, finished ones latest first, others newest first. One statement.
    """
    state = sieve.state if sieve.state in STATES else READY
    order = _ORDERS.get(state, Order(Job.id, newest_first=True))
    if state == FINISHED:
        lines, conditions = _finished_lines(), _finished(connection, actor, sieve, now)
    else:
        lines, conditions = _lines(), _unfinished(connection, actor, sieve, state, now)
    statement = lines.where(*conditions, *order.behind(cursor_text)).order_by(*order.clauses).limit(limit + 1)
    found = order.cut(connection.execute(statement).all(), limit, "at")
    return Page(tuple(_row(row) for row in found.rows), found.next_cursor)


def chosen(connection: Connection, actor: Actor, ids: list[int]) -> tuple[JobRow, ...]:
    """
    Return those of the jobs that are there and for this person, oldest first. One statement.
    """
    found = _lines().where(Job.id.in_(ids), may_mend(actor)).order_by(Job.id)
    return tuple(_row(row) for row in connection.execute(found))


_ORDERS = {
    READY: Order(Job.id, Job.run_at),
    FINISHED: Order(FinishedJob.id, FinishedJob.finished_at, newest_first=True),
}


def _unfinished(
    connection: Connection, actor: Actor, sieve: Sieve, state: str, now: datetime
) -> list[ColumnElement[bool]]:
    # in the SQL as text: with a bound value SQLite can't know that the index of such rows is enough
    which = "job.state IN ('suspended', 'held')" if state == SUSPENDED else f"job.state = '{state}'"
    own = {
        "lane": Job.lane,
        "kind": Job.kind,
        "element": Job.payload["element"].as_string(),
        "code": Incident.code,
    }
    conditions = [literal_column(which), may_mend(actor), *sieve.kept(Job.created_at, now, **own)]
    return [*conditions, *in_cases(connection, actor, sieve, Job.case_id)]


def _finished(connection: Connection, actor: Actor, sieve: Sieve, now: datetime) -> list[ColumnElement[bool]]:
    own = {"lane": FinishedJob.lane, "kind": FinishedJob.kind}
    conditions = [may_mend(actor), *sieve.kept(FinishedJob.finished_at, now, **own)]
    return [*conditions, *in_cases(connection, actor, sieve, FinishedJob.case_id)]


def _finished_lines() -> Select[Any]:
    return select(
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
    ).outerjoin(Case, Case.id == FinishedJob.case_id)


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
