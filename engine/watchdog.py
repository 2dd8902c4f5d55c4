"""
The watchdog: finds cases that wait for nobody and nothing, and makes an incident of each.

No such case should be: it would be forgotten without anybody's noticing.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, exists, insert, literal_column, select

from engine.tables import Case, Incident, Job, Task

CODE = "waits_for_nothing"
_MESSAGE = "The case is open, but nobody has a task in it, and no timer, work or incident waits."
_PAGE = 2000


def forgotten(connection: Connection) -> list[int]:
    """
    Return the open cases that wait for nothing, by id; one statement for every 2,000 cases.
    """
    found: list[int] = []
    after = 0
    while True:
        page = select(Case.id).where(literal_column("case_file.closed_at IS NULL"), Case.id > after)
        ids = list(connection.scalars(page.order_by(Case.id).limit(_PAGE)))
        if not ids:
            return found
        found += connection.scalars(select(Case.id).where(Case.id.in_(ids), _waits_for_nothing()).order_by(Case.id))
        after = ids[-1]


def report(connection: Connection, case_ids: Collection[int], now: datetime) -> int:
    """
    Open an incident for those of the cases that still wait for nothing; return how many that were.
    """
    if not case_ids:
        return 0
    still = select(Case.id).where(Case.id.in_(case_ids), Case.closed_at.is_(None), _waits_for_nothing())
    rows = [{"case_id": key, "code": CODE, "message": _MESSAGE, "opened_at": now} for key in connection.scalars(still)]
    if rows:
        connection.execute(insert(Incident), rows)
    return len(rows)


def _waits_for_nothing() -> ColumnElement[bool]:
    task = exists().where(Task.case_id == Case.id, literal_column("task.state = 'open'"))
    job = exists().where(Job.case_id == Case.id)
    incident = exists().where(Incident.case_id == Case.id, Incident.resolved_at.is_(None))
    return ~task & ~job & ~incident
