"""
Opens incidents: what failed, with its kind and code, inside the transaction that found it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, insert, select

from engine import failures
from engine.errors import StateUnreadable
from engine.tables import Incident

#: what failed: a step that a person made, a case's state, a case that waits for nothing, a timer, mail, a document,
#: other work, a case of bulk work, a certificate
STEP, STATE, CASE, TIMER, MAIL, DOCUMENT, JOB, BULK, CERTIFICATE = KINDS = (
    "step",
    "state",
    "case",
    "timer",
    "mail",
    "document",
    "job",
    "bulk",
    "certificate",
)
UNREADABLE = StateUnreadable.code
_LANES = {"mail": MAIL, "document": DOCUMENT, "bulk": BULK}


class Work(Protocol):
    """
    A job, as far as its kind matters here.
    """

    @property
    def lane(self) -> str:
        """
        One of `engine.lanes`.
        """
        ...

    @property
    def kind(self) -> str:
        """
        What it does.
        """
        ...


def kind_of(job: Work) -> str:
    """
    Return what failed when this job did.
    """
    return TIMER if job.kind == "timer" else _LANES.get(job.lane, JOB)


def open_for_job(
    connection: Connection,
    job_id: int,
    case_id: int | None,
    code: str,
    message: str,
    now: datetime,
    element: str | None = None,
    *,
    kind: str = JOB,
) -> None:
    """
    Open an incident for a job that is dead.
    """
    row = {"job_id": job_id, "case_id": case_id, "code": code, "message": message, "opened_at": now}
    connection.execute(insert(Incident).values(**row, element=element, kind=kind))


def open_for_step(
    connection: Connection, *, case_id: int, task_id: str, element: str, code: str, message: str, by: int, now: datetime
) -> None:
    """
    Open an incident for a step that was undone; the same failure of the same task again is one attempt more.
    """
    same = (Incident.task_id == task_id) & (Incident.code == code) & Incident.resolved_at.is_(None)
    found = connection.scalar(select(Incident.id).where(Incident.case_id == case_id, same).limit(1))
    if found is None:
        row = {"case_id": case_id, "task_id": task_id, "element": element, "code": code, "message": message}
        row |= {"kind": STATE if code == UNREADABLE else STEP, "actor_id": by, "opened_at": now}
        found = connection.execute(insert(Incident).values(**row).returning(Incident.id)).scalar_one()
    failures.note(connection, [{"incident_id": found, "at": now, "code": code, "message": message}])


def open_for_state(connection: Connection, case_id: int, message: str, now: datetime) -> int:
    """
    Return the open incident that a case's state can't be read, whoever found it first; open it if there is none. The
    caller holds the case's lock.
    """
    known = select(Incident.id).where(
        Incident.case_id == case_id, Incident.code == UNREADABLE, Incident.resolved_at.is_(None)
    )
    found = connection.scalar(known.order_by(Incident.kind != STATE, Incident.id).limit(1))
    if found is None:
        row = {"case_id": case_id, "kind": STATE, "code": UNREADABLE, "message": message, "opened_at": now}
        found = connection.execute(insert(Incident).values(**row).returning(Incident.id)).scalar_one()
    return int(found)


def open_for(
    connection: Connection,
    kind: str,
    code: str,
    message: str,
    now: datetime,
    *,
    case_id: int | None = None,
    element: str | None = None,
    params: Mapping[str, Any] | None = None,
) -> None:
    """
    Open an incident that neither a job nor a step stands behind.
    """
    row = {"kind": kind, "code": code, "message": message, "opened_at": now}
    row |= {"case_id": case_id, "element": element, "params": dict(params) if params else None}
    connection.execute(insert(Incident).values(**row))
