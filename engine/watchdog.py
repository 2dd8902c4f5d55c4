"""
The watchdog: finds cases that wait for nobody and nothing, and makes an incident of each.

No such case should be: it would be forgotten without anybody's noticing.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, exists, insert, literal_column, select, update

from engine import retelling
from engine.tables import Case, Incident, Job, Subscription, Task

CODE = "waits_for_nothing"


def forgotten(connection: Connection) -> list[int]:
    """
    Return the open cases that wait for nothing, by id. One statement, which reads no closed case.
    """
    # not in the order of ids: that would lead it through all cases there ever were
    forgotten = select(Case.id).where(literal_column("case_file.closed_at IS NULL"), _waits_for_nothing())
    return sorted(connection.scalars(forgotten))


def report(connection: Connection, case_ids: Collection[int], now: datetime) -> int:
    """
    Open an incident for those of the cases that still wait for nothing; return how many that were.
    """
    if not case_ids:
        return 0
    still = select(Case.id).where(Case.id.in_(case_ids), Case.closed_at.is_(None), _waits_for_nothing())
    told = {"kind": "case", "code": CODE, "message": retelling.told("forgotten"), "opened_at": now}
    rows = [{**told, "case_id": key} for key in connection.scalars(still)]
    if rows:
        connection.execute(insert(Incident), rows)
    return len(rows)


def stands_still(connection: Connection, case_id: int) -> bool:
    """
    Tell whether a case is open and, but for incidents, waits for nothing.
    """
    still = select(Case.id).where(Case.id == case_id, Case.closed_at.is_(None), _waits_for_nobody())
    return connection.scalar(still) is not None


def has_task() -> ColumnElement[bool]:
    """
    Return the condition on `Case` that somebody has a task in it.
    """
    return exists().where(Task.case_id == Case.id, literal_column("task.state = 'open'")).correlate(Case)


def settle_gone(connection: Connection, now: datetime) -> None:
    """
    Settle incidents of steps whose task is over: it was sent again and went through, or the case went on without it.
    """
    waits = exists().where(Task.id == Incident.task_id, literal_column("task.state = 'open'"))
    gone = update(Incident).where(literal_column("incident.resolved_at IS NULL"), Incident.task_id.is_not(None), ~waits)
    connection.execute(gone.values(resolved_at=now))


def _waits_for_nothing() -> ColumnElement[bool]:
    incident = exists().where(Incident.case_id == Case.id, Incident.resolved_at.is_(None))
    return _waits_for_nobody() & ~incident


def _waits_for_nobody() -> ColumnElement[bool]:
    """Neither task nor job nor event to be told."""
    told = exists().where(Subscription.case_id == Case.id)
    return ~has_task() & ~exists().where(Job.case_id == Case.id) & ~told
