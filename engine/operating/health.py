"""
The health of an installation at a glance: background work lane by lane, throughput, what has stopped, what is late.

Numbers only, in a dozen short statements over indexes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, literal_column, select

from engine.lanes import LANES
from engine.tables import FinishedJob, Heartbeat, Incident, Job
from engine.vitals import LaneVitals, Vitals, vitals

#: hours whose throughput is shown
HOURS = 24
#: a due job that has waited longer than this is a reason to look
LATE = timedelta(minutes=2)


@dataclass(frozen=True)
class WorkerSeen:
    """
    A process that does background work.
    """

    #: machine and process
    name: str
    #: True: it serves pages too
    with_pages: bool
    #: lane -> hands; empty: an older version, of which only its jobs are known
    lanes: Mapping[str, int]
    #: the newest schema that it knows
    version: str
    started_at: datetime | None
    heard_at: datetime | None
    #: False: it was to be heard of by now
    lives: bool
    #: kind -> jobs that it has in hand
    jobs: Mapping[str, int]


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

    @property
    def silent(self) -> tuple[WorkerSeen, ...]:
        """
        Workers that are dead or frozen.
        """
        return tuple(worker for worker in self.workers if not worker.lives)

    @property
    def unserved(self) -> tuple[str, ...]:
        """
        Lanes in which no worker that lives works.
        """
        served = {lane for worker in self.workers if worker.lives for lane in worker.lanes}
        return tuple(name for name in LANES if name not in served)


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
    return Health(
        vitals=signs,
        lanes={name: signs.lanes.get(name, LaneVitals(0, 0.0, 0, 0)) for name in {**LANES, **signs.lanes}},
        later={lane: count for lane, state, count in waiting if state == "ready"},
        suspended={lane: count for lane, state, count in waiting if state == "rests"},
        finished=_finished(connection, now),
        kinds={kind or "job": count for kind, count in connection.execute(kinds.group_by(Incident.kind))},
        opened_today=opened,
        workers=tuple(_workers(connection, now)),
    )


def _workers(connection: Connection, now: datetime) -> Iterator[WorkerSeen]:
    """Who works, oldest first. Two statements."""
    rows = connection.execute(select(*Heartbeat.__table__.c).order_by(Heartbeat.started_at)).all()
    held = select(Job.owner, Job.kind, func.count(), func.max(Job.lease_until)).where(
        literal_column("job.state = 'running'")
    )
    jobs: dict[str, dict[str, int]] = {}
    leases: dict[str, datetime] = {}
    for owner, kind, count, lease in connection.execute(held.group_by(Job.owner, Job.kind).order_by(Job.owner)):
        jobs.setdefault(owner or "", {})[kind] = count
        leases[owner or ""] = lease
    for row in rows:
        about = (row.with_pages, row.lanes, row.version, row.started_at, row.heard_at)
        yield WorkerSeen(row.owner, *about, row.until > now, jobs.pop(row.owner, {}))
    for owner, kinds in jobs.items():  # of a version that tells nothing of itself
        yield WorkerSeen(owner, False, {}, "", None, None, leases[owner] > now, kinds)


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
