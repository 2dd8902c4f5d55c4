"""
Settles incidents: tries again what failed, or takes it as done, and writes down what operators tell one another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from engine import deeds, failures, rights
from engine.deeds import worded
from engine.errors import NotFound, NotYourTask, Refused
from engine.incidents.opening import BULK
from engine.operations import Actor
from engine.sight import may_mend
from engine.storage.database import Database
from engine.tables import Case, FinishedJob, Incident, Job

#: codes of work of which nobody knows whether it was done
UNCERTAIN = frozenset({"mail_uncertain", "restored"})
RETRIED, DELIVERED, NOTED = "retried", "delivered", "noted"
#: characters of a note
LONGEST_NOTE = 2000

#: tells whether what an incident without work is about still holds
Still = Callable[[Row[Any]], bool]


#: writes that something was done: (connection, now)
Keep = Callable[[Connection, datetime], None]


class NotUncertain(Refused):
    """
    It is known that this work was not done: it can be tried again, or cancelled.
    """

    code = "not_uncertain"


@dataclass(frozen=True)
class Outcome:
    """
    What came of trying again.
    """

    #: tried again, or mended
    retried: int = 0
    #: looked at, and as they were
    still: int = 0


def retry(
    database: Database,
    ids: Collection[int],
    actor: Actor,
    *,
    reason: str,
    now: datetime,
    still: Mapping[str, Still] | None = None,
    back: Callable[[Connection, Row[Any], datetime], None] | None = None,
) -> Outcome:
    """
    Try again what failed, and settle the incidents.

    A job becomes ready at once. A step was undone and its answers are kept as a draft: who made it can send them
    again. A case of bulk work goes back into its bulk. For the rest there is nothing to run: it is looked at, and what
    is as it was stays open with one attempt more.

    Args:
        ids: those that are no longer open are passed over.
        still: kind -> look whether it still holds.
        back: puts a case back into the bulk that its incident names.

    Raises:
        NotYourTask: if the person is no operator.
        ReasonMissing: without a reason.
        NotFound: if none of the incidents is open, or for this person.
    """
    why = _allowed(actor, reason)
    with database.read() as connection:
        rows = _open(connection, _columns(actor).where(Incident.id.in_(sorted(ids))))
    wrong = {row.id for row in rows if still and row.kind in still and still[row.kind](row)}
    with database.step() as connection:
        return _retry(connection, rows, wrong, actor, why, now, back)


def retry_in_case(connection: Connection, case_id: int, payload: Mapping[str, Any], now: datetime) -> None:
    """
    Try again every open incident of a case with this code, inside the caller's transaction: one case of a bulk.

    Args:
        payload: code, person, reason.
    """
    found = select(Incident.id, *_FACTS).where(Incident.case_id == case_id, Incident.code == payload["code"])
    rows = _open(connection, found)
    if rows:
        _retry(connection, rows, set(), Actor(payload["person"], "", frozenset()), payload["reason"], now, None)


def say_delivered(
    database: Database,
    incident_id: int,
    actor: Actor,
    *,
    reason: str,
    now: datetime,
    log: Callable[[Row[Any]], Keep | None] | None = None,
) -> None:
    """
    Take uncertain work as done: it is not done again.

    Args:
        log: given the row of the job, returns what keeps that it was done.

    Raises:
        NotYourTask, ReasonMissing, NotFound: as `retry`.
        NotUncertain: it is certain that it was not done.
    """
    why = _allowed(actor, reason)
    with database.read() as connection:
        row = _uncertain(connection, incident_id, actor)
        job = connection.execute(select(*Job.__table__.c).where(Job.id == row.job_id)).one_or_none()
    keep = log(job) if log is not None and job is not None else None
    with database.step() as connection:
        row = _uncertain(connection, incident_id, actor)
        _lock(connection, row.case_id)
        kept = (Job.id, Job.lane, Job.kind, Job.case_id, Job.key, Job.attempt, Job.created_at)
        gone = delete(Job).where(Job.id == row.job_id, Job.state == "dead").returning(*kept)
        job = connection.execute(gone).one_or_none()
        if job is not None:
            connection.execute(insert(FinishedJob).values(**job._mapping, finished_at=now))
            if keep is not None:
                keep(connection, now)
        if _settle(connection, [row.id], actor, now) != [row.id]:
            raise NotFound
        _note(connection, DELIVERED, row, actor, why, now)


def annotate(database: Database, incident_id: int, actor: Actor, note: str, *, now: datetime) -> None:
    """
    Write down what operators should know of an incident; an empty note takes it away. Earlier ones stay in the list of
    deeds.

    Raises:
        NotYourTask: if the person is no operator.
        NotFound: if there is no such incident.
    """
    if not rights.may(actor, rights.INCIDENTS):
        raise NotYourTask
    text = note.strip()[:LONGEST_NOTE]
    with database.step() as connection:
        found = connection.execute(_columns(actor).where(Incident.id == incident_id)).one_or_none()
        if found is None:
            raise NotFound
        connection.execute(update(Incident).where(Incident.id == incident_id).values(note=text or None))
        deeds.note(connection, actor, NOTED, text or "–", now=now, case_id=found.case_id, incident_id=incident_id)


def settle_of_job(connection: Connection, job_id: int, actor: Actor, now: datetime) -> None:
    """
    Settle the open incident of a job that a person ended, inside the caller's transaction.
    """
    ids = list(connection.scalars(select(Incident.id).where(Incident.job_id == job_id)))
    _settle(connection, ids, actor, now)


def settle_gone(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    """
    Settle incidents that mended themselves, inside the caller's transaction.
    """
    if ids:
        gone = update(Incident).where(Incident.id.in_(ids), Incident.resolved_at.is_(None))
        connection.execute(gone.values(resolved_at=now))


_FACTS = (
    Incident.case_id,
    Incident.job_id,
    Incident.task_id,
    Incident.kind,
    Incident.element,
    Incident.code,
    Incident.params,
    Incident.message,
)


def _uncertain(connection: Connection, incident_id: int, actor: Actor) -> Row[Any]:
    rows = _open(connection, _columns(actor).where(Incident.id == incident_id))
    if not rows:
        raise NotFound
    if rows[0].code not in UNCERTAIN or rows[0].job_id is None:
        raise NotUncertain
    return rows[0]


def _columns(actor: Actor) -> Select[Any]:
    return select(Incident.id, *_FACTS).outerjoin(Case, Case.id == Incident.case_id).where(may_mend(actor))


def _open(connection: Connection, found: Select[Any]) -> Sequence[Row[Any]]:
    """Open incidents in the order of their cases: whoever locks several cases locks them in this order."""
    still_open = found.where(Incident.resolved_at.is_(None))
    return connection.execute(still_open.order_by(Incident.case_id, Incident.id)).all()


def _retry(
    connection: Connection,
    rows: Sequence[Row[Any]],
    wrong: Collection[int],
    actor: Actor,
    reason: str,
    now: datetime,
    back: Callable[[Connection, Row[Any], datetime], None] | None,
) -> Outcome:
    retried = looked = 0
    for row in rows:
        _lock(connection, row.case_id)
        if row.id in wrong:
            failure = {"incident_id": row.id, "at": now, "code": row.code, "message": row.message}
            failures.note(connection, [failure])
            looked += 1
        elif _settle(connection, [row.id], actor, now):
            _again(connection, row, now, back)
            retried += 1
        else:
            continue  # somebody was faster
        _note(connection, RETRIED, row, actor, reason, now)
    if not retried + looked:
        raise NotFound
    return Outcome(retried, looked)


def _again(
    connection: Connection, row: Row[Any], now: datetime, back: Callable[[Connection, Row[Any], datetime], None] | None
) -> None:
    if row.job_id is not None:
        again = update(Job).where(Job.id == row.job_id, Job.state == "dead")
        fresh = {"state": "ready", "attempt": 0, "failed": 0, "run_at": now, "token": None, "lease_until": None}
        connection.execute(again.values(**fresh, error=None))
    elif back is not None and row.kind == BULK:
        back(connection, row, now)


def _settle(connection: Connection, ids: Sequence[int], actor: Actor, now: datetime) -> list[int]:
    """Settle those that are still open and return them."""
    settled = update(Incident).where(Incident.id.in_(ids), Incident.resolved_at.is_(None))
    done = settled.values(resolved_at=now, resolved_by=actor.person_id).returning(Incident.id)
    return list(connection.scalars(done))


def _note(connection: Connection, deed: str, row: Row[Any], actor: Actor, reason: str, now: datetime) -> None:
    about = {"job_id": row.job_id, "incident_id": row.id, "detail": {"code": row.code}}
    if row.case_id is None:
        deeds.note(connection, actor, deed, reason, now=now, **about)
        return
    deeds.note_in_case(connection, actor, deed, reason, now=now, case_id=row.case_id, element=row.element, **about)


def _lock(connection: Connection, case_id: int | None) -> None:
    """Lock the case first, as steps and settling jobs do."""
    if case_id is not None:
        connection.execute(select(Case.id).where(Case.id == case_id).with_for_update())


def _allowed(actor: Actor, reason: str) -> str:
    if not rights.may(actor, rights.INCIDENTS):
        raise NotYourTask
    return worded(reason)
