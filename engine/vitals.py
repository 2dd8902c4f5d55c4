"""
Vital signs of an installation in numbers, for machines that watch it: no names, no cases, six short statements.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, literal_column, select

from engine.tables import Case, Heartbeat, Incident, Job, Task


@dataclass(frozen=True)
class LaneVitals:
    """
    One lane of background work.
    """

    #: work whose time has come
    due: int
    #: seconds for which the oldest of it has waited
    oldest: float
    running: int
    dead: int


@dataclass(frozen=True)
class Vitals:
    """
    An installation at one moment.
    """

    lanes: Mapping[str, LaneVitals]
    #: code -> open incidents
    incidents: Mapping[str, int]
    #: processes that do background work, by whether they were heard of in time
    workers: int
    silent_workers: int
    open_cases: int
    open_tasks: int
    overdue_tasks: int


def vitals(connection: Connection, now: datetime) -> Vitals:
    """
    Read the numbers.
    """
    due = (
        select(Job.lane, func.count(), func.min(Job.run_at))
        .where(literal_column("job.state = 'ready'"), Job.run_at <= now)
        .group_by(Job.lane)
    )
    waiting = {lane: (count, (now - oldest).total_seconds()) for lane, count, oldest in connection.execute(due)}
    taken = select(Job.lane, Job.state, func.count()).where(Job.state != "ready").group_by(Job.lane, Job.state)
    others = {(lane, state): count for lane, state, count in connection.execute(taken)}
    lanes = {
        lane: LaneVitals(*waiting.get(lane, (0, 0.0)), others.get((lane, "running"), 0), others.get((lane, "dead"), 0))
        for lane in {*waiting, *(lane for lane, _ in others)}
    }
    codes = select(Incident.code, func.count()).where(Incident.resolved_at.is_(None)).group_by(Incident.code)
    cases = select(func.count()).where(literal_column("case_file.closed_at IS NULL")).select_from(Case)
    tasks = select(func.count(), func.count().filter(Task.due_at < now)).where(literal_column("task.state = 'open'"))
    lives = func.count().filter(Heartbeat.until > now)
    living, known = connection.execute(select(lives, func.count()).select_from(Heartbeat)).one()
    open_tasks, overdue = connection.execute(tasks.select_from(Task)).one()
    return Vitals(
        lanes=lanes,
        incidents={code: count for code, count in connection.execute(codes)},
        workers=living,
        silent_workers=known - living,
        open_cases=int(connection.scalar(cases) or 0),
        open_tasks=open_tasks,
        overdue_tasks=overdue,
    )
