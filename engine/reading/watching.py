"""
What has stopped and what waits in one case: its incidents and its background work, without personal data.

Lists over all cases are `engine.operating`'s; nothing is mended here.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select

from engine.reading.lines import IncidentLine, JobLine
from engine.sight import full_name
from engine.tables import Case, Incident, Job, Person


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
