"""
Incidents: what cannot go on by itself, as rows that a person sees, understands and retries.

Steps and jobs open them; lists of them are read in `engine.watching`.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from engine import rights, store
from engine.audit import sealed
from engine.database import Database
from engine.errors import NotFound, NotYourTask
from engine.operations import Actor
from engine.tables import Incident, Job


def open_for_job(
    connection: Connection,
    job_id: int,
    case_id: int | None,
    code: str,
    message: str,
    now: datetime,
    element: str | None = None,
) -> None:
    """
    Open an incident for a job that is dead.
    """
    row = {"job_id": job_id, "case_id": case_id, "code": code, "message": message, "opened_at": now}
    row |= {"element": element}
    connection.execute(insert(Incident).values(**row))


def retry(database: Database, incident_id: int, actor: Actor, *, now: datetime) -> None:
    """
    Try again what failed, and settle the incident; the audit says by whom.

    A job becomes ready at once. A step was undone and its answers are kept as a draft: who made it can send them again.

    Raises:
        NotYourTask: if the person is no operator.
        NotFound: if there is no such open incident.
    """
    if not rights.may(actor, rights.INCIDENTS):
        raise NotYourTask
    with database.step() as connection:
        found = select(Incident.job_id, Incident.case_id, Incident.element, Incident.code).where(
            Incident.id == incident_id, Incident.resolved_at.is_(None)
        )
        incident = connection.execute(found).one_or_none()
        if incident is None:
            raise NotFound
        if incident.job_id is not None:
            again = update(Job).where(Job.id == incident.job_id, Job.state == "dead")
            connection.execute(
                again.values(state="ready", attempt=0, failed=0, run_at=now, token=None, lease_until=None, error=None)
            )
        settled = update(Incident).where(Incident.id == incident_id)
        connection.execute(settled.values(resolved_at=now, resolved_by=actor.person_id))
        if incident.case_id is not None:
            _note(connection, incident.case_id, incident.element, incident.code, actor, now)


def _note(connection: Connection, case_id: int, element: str | None, code: str, actor: Actor, now: datetime) -> None:
    case = store.lock_case(connection, case_id)
    if case is None:
        return
    row = {
        "key": secrets.token_hex(16),
        "case_id": case_id,
        "revision": case.revision + 1,
        "at": now,
        "actor_id": actor.person_id,
        "event": "retried",
        "element": element,
        "detail": {"code": code},
        "public_status": None,
        "status_tone": None,
        "previous_hash": case.audit_hash,
    }
    audit = sealed(row)
    store.insert_audit(connection, audit)
    store.update_case(connection, case_id, case.revision, {"audit_hash": audit["hash"]})
