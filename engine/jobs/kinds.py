"""
The kinds of background work that this version of the program knows. Whatever else waits is left to workers that know
it, for during an upgrade two versions work side by side; what nobody takes for long becomes an incident, and still
waits.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    String,
    and_,
    exists,
    literal,
    literal_column,
    or_,
    select,
    text,
    update,
)

from engine import incidents, retelling
from engine.errors import LeftToOthers
from engine.jobs.delivering import DELIVERIES
from engine.operations import Operations
from engine.spiff import STATE_VERSION
from engine.tables import Incident, Job

TIMER = "timer"
#: standing work of every installation
START, WATCH, CERTIFICATES, PURGE = "start", "watch", "certificates", "purge"
#: a chunk of bulk work
BULK = "bulk"

#: code of an incident
UNKNOWN = "unknown_work"
#: an upgrade of all workers takes no longer
PATIENCE = timedelta(minutes=15)
_READY = text("job.state = 'ready'")


def known(operations: Operations) -> frozenset[str]:
    """
    Return every kind that this program can do with these operations.
    """
    return frozenset({TIMER, START, WATCH, CERTIFICATES, PURGE, BULK, *DELIVERIES, *operations.jobs})


def understood(kinds: Collection[str]) -> ColumnElement[bool]:
    """
    Return the condition on jobs that a program which knows these kinds can do them.
    """
    # not the bare column: an index of kinds would find them in another order than that in which they are due
    kind = literal_column("job.kind || ''", String)
    mine = kind.in_([literal(one, literal_execute=True) for one in sorted(kinds)])
    return and_(mine, literal_column(f"job.version <= {STATE_VERSION}", Boolean))


def unknown(connection: Connection, kinds: Collection[str], now: datetime) -> list[int]:
    """
    Return the jobs that have waited long past their time and that a program which knows these kinds can't do.
    """
    since = now - PATIENCE
    left = and_(Job.error == str(LeftToOthers()), Job.created_at < since)
    late = and_(Job.run_at < since, ~understood(kinds))
    return list(connection.scalars(select(Job.id).where(_READY, or_(late, left)).order_by(Job.run_at, Job.id)))


def report_unknown(connection: Connection, kinds: Collection[str], now: datetime) -> None:
    """
    Open an incident for each job that nobody knows, and settle those of jobs that somebody has done since. The jobs
    wait on: whoever comes and knows them does them.
    """
    told = exists().where(Incident.job_id == Job.id, Incident.resolved_at.is_(None))
    new = select(Job.id, Job.case_id, Job.lane, Job.kind).where(Job.id.in_(unknown(connection, kinds, now)), ~told)
    for job in connection.execute(new).all():
        message, kind = retelling.told("nobody_knows"), incidents.kind_of(job)
        incidents.open_for_job(connection, job.id, job.case_id, UNKNOWN, message, now, kind=kind)
    waits = exists().where(Job.id == Incident.job_id)
    done = update(Incident).where(Incident.code == UNKNOWN, Incident.resolved_at.is_(None), ~waits)
    connection.execute(done.values(resolved_at=now))
