"""
The health of an installation at a glance: background work lane by lane, throughput, what has stopped, what is late.

Numbers only, in six short statements over indexes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, literal_column, select

from engine.lanes import LANES
from engine.tables import FinishedJob, Incident, Job
from engine.vitals import LaneVitals, Vitals, vitals

#: hours whose throughput is shown
HOURS = 24
#: a due job that has waited longer than this is a reason to look
LATE = timedelta(minutes=2)


@dataclass(frozen=True)
class WorkerSeen:
    """
    A worker's process that holds work now.
    """

    #: machine and process
    name: str
    jobs: int
    #: when its lease ends unless it is heard of
    lease_until: datetime


@dataclass(frozen=True)
class Health:
    """
    An installation at one moment.
    """

    vitals: Vitals
    #: every lane, also those without work
    lanes: Mapping[str, LaneVitals]
    #: lane -> jobs that wait for their time
    later: Mapping[str, int]
    #: lane -> jobs that rest because a person said so
    suspended: Mapping[str, int]
    #: jobs finished in each of the last hours, oldest first: (beginning of the hour, lane -> count)
    finished: tuple[tuple[datetime, Mapping[str, int]], ...]
    #: kind -> open incidents
    kinds: Mapping[str, int]
    #: incidents that were opened in the last 24 hours
    opened_today: int
    workers: tuple[WorkerSeen, ...]

    @property
    def late(self) -> tuple[str, ...]:
        """
        Lanes whose oldest due job waits for too long.
        """
        return tuple(name for name, lane in self.lanes.items() if lane.oldest > LATE.total_seconds())


def health(connection: Connection, now: datetime) -> Health:
    """
    Read the numbers.
    """
    signs = vitals(connection, now)
    counted = (
        select(Job.lane, Job.state, func.count())
        .where(literal_column("job.state = 'ready'"), Job.run_at > now)
        .group_by(Job.lane, Job.state)
    )
    rests = literal_column("'rests'")
    resting = select(Job.lane, rests, func.count()).where(literal_column("job.state IN ('suspended', 'held')"))
    waiting = connection.execute(counted.union_all(resting.group_by(Job.lane))).all()
    today = Incident.opened_at > now - timedelta(hours=24)
    opened = connection.scalar(select(func.count()).select_from(Incident).where(today)) or 0
    kinds = select(Incident.kind, func.count()).where(literal_column("incident.resolved_at IS NULL"))
    holders = (
        select(Job.owner, func.count(), func.max(Job.lease_until))
        .where(literal_column("job.state = 'running'"))
        .group_by(Job.owner)
        .order_by(Job.owner)
    )
    return Health(
        vitals=signs,
        lanes={name: signs.lanes.get(name, LaneVitals(0, 0.0, 0, 0)) for name in {**LANES, **signs.lanes}},
        later={lane: count for lane, state, count in waiting if state == "ready"},
        suspended={lane: count for lane, state, count in waiting if state == "rests"},
        finished=_finished(connection, now),
        kinds={kind or "job": count for kind, count in connection.execute(kinds.group_by(Incident.kind))},
        opened_today=opened,
        workers=tuple(WorkerSeen(*row) for row in connection.execute(holders)),
    )


def _finished(connection: Connection, now: datetime) -> tuple[tuple[datetime, Mapping[str, int]], ...]:
    """What was finished, hour by hour; an hour begins with the clock's. One statement."""
    first = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    if connection.dialect.name == "sqlite":
        hour = func.strftime("%Y-%m-%d %H", FinishedJob.finished_at)
    else:
        hour = func.to_char(func.timezone("UTC", FinishedJob.finished_at), "YYYY-MM-DD HH24")
    counted = (
        select(hour.label("hour"), FinishedJob.lane, func.count())
        .where(FinishedJob.finished_at >= first)
        .group_by(hour, FinishedJob.lane)
    )
    found: dict[str, dict[str, int]] = {}
    for at, lane, count in connection.execute(counted):
        found.setdefault(at, {})[lane] = count
    hours = [first + timedelta(hours=number) for number in range(HOURS)]
    return tuple((at, found.get(f"{at:%Y-%m-%d %H}", {})) for at in hours)
