"""
Background work: the ledger of jobs, and the worker that takes them by lease and settles them by token.

A job's effect and its end are one transaction. A worker that dies loses its lease; one that comes back late is refused.
What fails is tried again after a while; what can't succeed becomes an incident. Nothing outside the database is ever
done inside a transaction.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, or_, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from engine.cases import Cases
from engine.database import Database
from engine.errors import CannotGoOn, CaseChangedMeanwhile, EngineError, TryAgain
from engine.incidents import open_for_job
from engine.operations import Operations, Ports, Settle
from engine.tables import FinishedJob, Job

logger = logging.getLogger(__name__)

TIMER = "timer"
LEASE = timedelta(seconds=60)
#: longest sleep between two looks; a commit in this process wakes at once
POLL_SECONDS = 5.0
#: waits after each failed attempt; the last one repeats
WAITS = (timedelta(0), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
#: failures after which a person must look: 48 hours of hourly attempts after the short waits.
#: Counted, not measured from `created_at`: a timer was written days before it is due
MOST_ATTEMPTS = len(WAITS) - 1 + 48
#: a job that was taken this often without ever being settled kills its workers
MOST_LOST = 5
#: in the SQL as text: with a bound value SQLite can't know that the index of such rows is enough
_READY = text("job.state = 'ready'")
_RUNNING = text("job.state = 'running'")


class LeaseLost(EngineError):
    """
    Another worker took the job over: what this one did is not kept.
    """

    code = "lease_lost"


@dataclass(frozen=True)
class Claimed:
    """
    A job in a worker's hands.
    """

    id: int
    lane: str
    kind: str
    payload: Mapping[str, Any]
    case_id: int | None
    key: str
    attempt: int
    token: str
    created_at: datetime
    now: datetime
    ports: Ports
    database: Database

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """
        Open a short reading transaction.
        """
        with self.database.read() as connection:
            yield connection


@dataclass
class Settling:
    """
    The transaction in which a job ends.
    """

    connection: Connection
    now: datetime
    case_id: int | None

    def enqueue(self, kind: str, payload: Mapping[str, Any], *, key: str, lane: str = "mail") -> None:
        """
        Ask for further work in the same transaction.
        """
        row = {"lane": lane, "kind": kind, "payload": dict(payload), "key": key, "case_id": self.case_id}
        self.connection.execute(insert(Job).values(**row, state="ready", created_at=self.now, run_at=self.now))


def claim(database: Database, ports: Ports, *, limit: int = 1) -> list[Claimed]:
    """
    Take up to `limit` jobs that are due, or whose worker's lease has ended, oldest first.

    All are leased from now on: take no more than can be done within `LEASE`.
    """
    now = ports.clock.now()
    due = or_(and_(_READY, Job.run_at <= now), and_(_RUNNING, Job.lease_until < now))
    wanted = select(Job.id).where(due).order_by(Job.run_at, Job.id).limit(limit).with_for_update(skip_locked=True)
    with database.read() as connection:
        if connection.scalar(select(Job.id).where(due).limit(1)) is None:
            return []
    token = secrets.token_hex(16)
    with database.step() as connection:
        ids = list(connection.scalars(wanted))
        taken = (
            update(Job)
            .where(Job.id.in_(ids))
            .values(state="running", token=token, lease_until=now + LEASE, attempt=Job.attempt + 1)
            .returning(*Job.__table__.c)
        )
        rows = connection.execute(taken).all() if ids else []
    return [
        Claimed(r.id, r.lane, r.kind, r.payload, r.case_id, r.key, r.attempt, token, r.created_at, now, ports, database)
        for r in sorted(rows, key=lambda row: (row.run_at, row.id))
    ]


class Worker:
    """
    Does what is due. `run_once` is the whole of it; `start` repeats it in a thread of this process.
    """

    def __init__(self, database: Database, operations: Operations, cases: Cases, ports: Ports) -> None:
        self._database = database
        self._operations = operations
        self._cases = cases
        self._ports = ports
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def run_once(self) -> int:
        """
        Do everything that is due now, what it asks for in turn included; return how many jobs were taken.
        """
        count = 0
        while not self._stopping.is_set():
            batch = claim(self._database, self._ports)
            if not batch:
                break
            self._do(batch[0])
            count += 1
        return count

    def start(self) -> None:
        """
        Work in a thread until `stop`. On SQLite this process owns the file: whatever is running is an orphan and freed.
        """
        if self._database.is_sqlite:
            with self._database.step() as connection:
                orphans = update(Job).where(Job.state == "running")
                connection.execute(orphans.values(state="ready", token=None, lease_until=None))
        self._database.after_commit(self._wake.set)
        self._thread = threading.Thread(target=self._loop, name="worker", daemon=True)
        self._thread.start()

    def stop(self, seconds: float = 30.0) -> None:
        """
        Finish the job in hand and stop.
        """
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(seconds)

    def _loop(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                self.run_once()
            except SQLAlchemyError as error:  # the database is away: look again after a while
                logger.error("worker waits for the database", extra={"code": type(error).__name__})
            self._wake.wait(POLL_SECONDS)

    def _do(self, job: Claimed) -> None:
        try:
            if job.attempt > MOST_ATTEMPTS or (job.attempt > MOST_LOST and not self._was_tried(job)):
                raise CannotGoOn("The job was taken too often without coming to an end.")
            if job.kind == TIMER:
                self._settle(job, lambda settling: self._fire(job, settling))
            else:
                operation = self._operations.jobs.get(job.kind)
                if operation is None:
                    raise CannotGoOn(f"Nothing does jobs of kind {job.kind}.")
                self._settle(job, operation(job))
        except LeaseLost:
            logger.warning("lease lost", extra={"job": job.id, "kind": job.kind})
        except CaseChangedMeanwhile:
            self._again(job, timedelta(0), "The case changed meanwhile.")
        except CannotGoOn as failure:
            self._give_up(job, failure.code, str(failure))
        except TryAgain as failure:
            self._later(job, failure.code, str(failure))
        except Exception as error:  # noqa: BLE001 - a job may raise anything; the ledger must learn of it
            logger.error("job failed", extra={"job": job.id, "kind": job.kind, "code": type(error).__name__})
            self._later(job, "job_failed", f"{type(error).__name__} was raised by the job.")

    def _was_tried(self, job: Claimed) -> bool:
        with self._database.read() as connection:
            return connection.scalar(select(Job.error).where(Job.id == job.id)) is not None

    def _fire(self, job: Claimed, settling: Settling) -> None:
        self._cases.fire(
            settling.connection, task_id=job.payload["task"], case_id=job.payload["case"], key=f"{job.key}:{job.token}"
        )

    def _settle(self, job: Claimed, effect: Settle | None) -> None:
        now = self._ports.clock.now()
        with self._database.step() as connection:
            mine = update(Job).where(Job.id == job.id, Job.token == job.token)
            if connection.execute(mine.values(lease_until=now + LEASE)).rowcount != 1:
                raise LeaseLost
            if effect is not None:
                effect(Settling(connection, now, job.case_id))
            connection.execute(delete(Job).where(Job.id == job.id))
            row = {"id": job.id, "lane": job.lane, "kind": job.kind, "case_id": job.case_id, "key": job.key}
            row |= {"attempt": job.attempt, "created_at": job.created_at, "finished_at": now}
            connection.execute(insert(FinishedJob).values(**row))

    def _later(self, job: Claimed, code: str, message: str) -> None:
        if job.attempt >= MOST_ATTEMPTS:
            self._give_up(job, code, message)
        else:
            self._again(job, WAITS[min(job.attempt, len(WAITS)) - 1], message)

    def _again(self, job: Claimed, wait: timedelta, error: str) -> None:
        with self._database.step() as connection:
            mine = update(Job).where(Job.id == job.id, Job.token == job.token)
            at = self._ports.clock.now() + wait
            connection.execute(mine.values(state="ready", token=None, lease_until=None, run_at=at, error=error))

    def _give_up(self, job: Claimed, code: str, message: str) -> None:
        now = self._ports.clock.now()
        with self._database.step() as connection:
            mine = update(Job).where(Job.id == job.id, Job.token == job.token)
            dead = mine.values(state="dead", token=None, lease_until=None, error=message)
            if connection.execute(dead).rowcount == 1:
                open_for_job(connection, job.id, job.case_id, code, message, now)
