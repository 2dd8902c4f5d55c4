"""
What operators do to background work: let it rest, let it go on, cancel it, do it at once; and what each would mean.

Nothing is done to work that is in a worker's hands, nor to a timer that would leave its token without an end: a timer
can rest, but only the diagram takes it away. A case for which nothing is left to wait becomes an incident at once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, exists, select, update

from engine import deeds, incidents, rights, watchdog
from engine.deeds import worded
from engine.errors import NotYourTask, Refused
from engine.jobs.kinds import BULK
from engine.jobs.standing import STANDING
from engine.operations import Actor
from engine.sight import may_mend
from engine.storage.database import Database
from engine.tables import HELD, Case, Incident, Job


class Kind(StrEnum):
    """
    What is done.
    """

    SUSPEND = "suspend"
    RESUME = "resume"
    CANCEL = "cancel"
    #: do it now: try a stopped one again, or do not wait for the next attempt
    HURRY = "hurry"


#: deed -> how the audit calls it
EVENTS = {
    Kind.SUSPEND: "job_suspended",
    Kind.RESUME: "job_resumed",
    Kind.CANCEL: "job_cancelled",
    Kind.HURRY: incidents.RETRIED,
}
#: deed -> states of jobs to which it can be done
_FROM = {
    Kind.SUSPEND: ("ready",),
    Kind.RESUME: ("suspended",),
    Kind.CANCEL: ("ready", "dead", "suspended"),
    Kind.HURRY: ("ready", "dead"),
}


class NothingToDo(Refused):
    """
    To none of these jobs can this be done.
    """

    code = "nothing_to_do"


@dataclass(frozen=True)
class Effect:
    """
    What a deed would mean for one job.
    """

    job_id: int
    lane: str
    kind: str
    element: str | None
    letter: str | None
    case_id: int | None
    case_number: str | None
    release_id: str | None
    run_at: datetime
    #: why it can't be done: running, held, timer, timer_waits, standing, bulk, state; empty: it can
    refused: str
    #: nothing else waits in its case: an incident would open
    last: bool

    @property
    def done(self) -> bool:
        """
        Tell whether it would be done.
        """
        return not self.refused


def preview(connection: Connection, ids: Collection[int], deed: Kind, actor: Actor) -> tuple[Effect, ...]:
    """
    Return what a deed would mean, job by job; what is no longer there is left out. One statement.
    """
    return tuple(_effect(row, deed) for row in connection.execute(_jobs(ids, actor)))


def do(
    database: Database, ids: Collection[int], deed: Kind, actor: Actor, *, reason: str, now: datetime
) -> tuple[Effect, ...]:
    """
    Do it to those of the jobs to which it can be done, and return what became of each.

    Raises:
        NotYourTask: if the person is no operator.
        ReasonMissing: without a reason.
        NothingToDo: it can be done to none of them.
    """
    if not rights.may(actor, rights.INCIDENTS):
        raise NotYourTask
    why = worded(reason)
    with database.step() as connection:
        cases = select(Job.case_id).where(Job.id.in_(sorted(ids)), Job.case_id.is_not(None))
        # cases first, in one order, as steps and settling jobs lock them
        connection.execute(select(Case.id).where(Case.id.in_(cases)).order_by(Case.id).with_for_update())
        effects = preview(connection, ids, deed, actor)
        done = tuple(each for each in effects if each.done and _do(connection, each, deed, actor, now))
        if not done:
            raise NothingToDo
        for each in done:
            _note(connection, each, deed, actor, why, now)
        if deed is Kind.CANCEL:
            # an incident of these cases says what is left of them, and nothing is forgotten
            left = {each.case_id for each in done if each.case_id is not None}
            watchdog.report(connection, left, now)
        return done


def _do(connection: Connection, effect: Effect, deed: Kind, actor: Actor, now: datetime) -> bool:
    this = (Job.id == effect.job_id) & Job.state.in_(_FROM[deed])
    if deed is Kind.CANCEL:
        gone = connection.execute(delete(Job).where(this)).rowcount == 1
        if gone:
            incidents.settle_of_job(connection, effect.job_id, actor, now)
        return gone
    values: dict[str, Any] = {"state": "suspended" if deed is Kind.SUSPEND else "ready"}
    if deed is Kind.HURRY:
        values |= {"run_at": now, "attempt": 0, "failed": 0, "error": None}
    changed = connection.execute(update(Job).where(this).values(**values)).rowcount == 1
    if changed and deed is Kind.HURRY:
        incidents.settle_of_job(connection, effect.job_id, actor, now)
    return changed


def _note(connection: Connection, effect: Effect, deed: Kind, actor: Actor, reason: str, now: datetime) -> None:
    detail = {"kind": effect.kind, **({"letter": effect.letter} if effect.letter else {})}
    about = {"now": now, "job_id": effect.job_id, "detail": detail}
    if effect.case_id is None:
        deeds.note(connection, actor, EVENTS[deed], reason, **about)
        return
    deeds.note_in_case(connection, actor, EVENTS[deed], reason, case_id=effect.case_id, element=effect.element, **about)


def _jobs(ids: Collection[int], actor: Actor) -> Select[Any]:
    others = exists().where(Job.case_id == Case.id, Job.id.not_in(sorted(ids))).correlate(Case)
    incident = exists().where(Incident.case_id == Case.id, Incident.job_id.is_(None), Incident.resolved_at.is_(None))
    return (
        select(
            Job.id,
            Job.lane,
            Job.kind,
            Job.key,
            Job.state,
            Job.task_id,
            Job.payload,
            Job.case_id,
            Job.run_at,
            Case.number,
            Case.release_id,
            (Case.closed_at.is_(None) & ~others & ~watchdog.has_task() & ~incident.correlate(Case)).label("last"),
        )
        .outerjoin(Case, Case.id == Job.case_id)
        .where(Job.id.in_(sorted(ids)), may_mend(actor))
        .order_by(Job.id)
    )


def _effect(row: Row[Any], deed: Kind) -> Effect:
    payload = row.payload or {}
    return Effect(
        job_id=row.id,
        lane=row.lane,
        kind=row.kind,
        element=payload.get("element"),
        letter=payload.get("letter"),
        case_id=row.case_id,
        case_number=row.number,
        release_id=row.release_id,
        run_at=row.run_at,
        refused=_refused(row, deed),
        last=bool(row.last) and row.case_id is not None and deed is Kind.CANCEL,
    )


def _refused(row: Row[Any], deed: Kind) -> str:
    if row.state in ("running", HELD):
        return row.state
    if deed is Kind.CANCEL and (row.task_id is not None or row.kind == "timer"):
        return "timer"
    if deed is Kind.CANCEL and row.key.startswith(STANDING):
        return "standing"
    if row.kind == BULK and deed is not Kind.HURRY:
        return "bulk"
    # a timer that has not failed is early, not late: moving its date is another deed, on the page of its case
    if deed is Kind.HURRY and row.kind == "timer" and row.state == "ready":
        return "timer_waits"
    return "" if row.state in _FROM[deed] else "state"
