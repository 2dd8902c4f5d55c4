"""
What operators watch: incidents and background work, without personal data.

Nothing is mended here; a retry is `engine.incidents`'.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, literal_column, select

from engine import rights
from engine.errors import NotFound
from engine.lines import IncidentLine, JobLine
from engine.operations import Actor
from engine.sight import LAST_ID, full_name
from engine.tables import Case, Incident, Job, Person


def incidents(
    connection: Connection,
    actor: Actor,
    *,
    resolved: bool = False,
    before: int | None = None,
    limit: int = 50,
) -> tuple[IncidentLine, ...]:
    """
    Return incidents, newest first, for operators. One statement.

    Raises:
        NotFound: the person is no operator.
    """
    if not rights.may(actor, rights.INCIDENTS):
        raise NotFound
    done = Incident.resolved_at.is_not(None) if resolved else Incident.resolved_at.is_(None)
    page = and_(done, Incident.id < min(before, LAST_ID)) if before is not None else done
    return _incidents(connection, page, limit)


def waiting_jobs(connection: Connection, actor: Actor, state: str, limit: int = 50) -> tuple[JobLine, ...]:
    """
    Return background work: `ready` (next first), `running` or `dead` (newest first). One statement.

    Raises:
        NotFound: the person is no operator.
        ValueError: there is no such state.
    """
    if not rights.may(actor, rights.INCIDENTS):
        raise NotFound
    if state not in {"ready", "running", "dead"}:
        raise ValueError(state)
    order = (Job.run_at, Job.id) if state == "ready" else (Job.id.desc(),)
    rows = connection.execute(
        _job_columns().where(literal_column(f"job.state = '{state}'")).order_by(*order).limit(limit)
    )
    return tuple(_job_line(row) for row in rows)


def jobs_of(connection: Connection, case_id: int) -> tuple[JobLine, ...]:
    """
    Return a case's background work that is not done, in the order in which it is due. One statement.
    """
    rows = connection.execute(_job_columns().where(Job.case_id == case_id).order_by(Job.run_at, Job.id))
    return tuple(_job_line(row) for row in rows)


def incidents_of(connection: Connection, case_id: int) -> tuple[IncidentLine, ...]:
    """
    Return a case's incidents, newest first. One statement.
    """
    return _incidents(connection, Incident.case_id == case_id)


def _job_columns() -> Select[Any]:
    return select(
        Job.id,
        Job.lane,
        Job.kind,
        Job.case_id,
        Case.number.label("case_number"),
        Job.state,
        Job.created_at,
        Job.run_at,
        Job.attempt,
        Job.error,
        Job.payload,
    ).outerjoin(Case, Case.id == Job.case_id)


def _job_line(row: Row[Any]) -> JobLine:
    facts = dict(row._mapping)
    payload = facts.pop("payload") or {}
    return JobLine(**facts, element=payload.get("element"), letter=payload.get("letter"))


def _incidents(connection: Connection, condition: ColumnElement[bool], limit: int = 50) -> tuple[IncidentLine, ...]:
    rows = connection.execute(
        select(
            Incident.id,
            Incident.case_id,
            Case.number.label("case_number"),
            Case.release_id,
            Incident.element,
            Incident.code,
            Incident.message,
            Incident.opened_at,
            Incident.resolved_at,
            Person.given_name,
            Person.surname,
            Job.attempt,
        )
        .outerjoin(Case, Case.id == Incident.case_id)
        .outerjoin(Person, Person.id == Incident.resolved_by)
        .outerjoin(Job, Job.id == Incident.job_id)
        .where(condition)
        .order_by(Incident.id.desc())
        .limit(limit)
    )
    return tuple(
        IncidentLine(
            id=row.id,
            case_id=row.case_id,
            case_number=row.case_number,
            release_id=row.release_id,
            element=row.element,
            code=row.code,
            message=row.message,
            opened_at=row.opened_at,
            resolved_at=row.resolved_at,
            resolved_by=full_name(row.given_name, row.surname) or None,
            attempts=row.attempt,
        )
        for row in rows
    )
