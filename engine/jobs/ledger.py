"""
The ledger of jobs: every statement that takes, keeps, settles, postpones or gives up a job.

Whoever takes a job gets a token and a lease; whoever writes what came of it must still hold the token. What a job does
is not known here.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Connection, Table, bindparam, delete, func, insert, or_, select, text, update

from engine import failures, retelling
from engine.errors import EngineError
from engine.incidents import kind_of, open_for_job
from engine.jobs.in_hand import Claimed, Settling
from engine.jobs.kinds import understood
from engine.operations import Ports, Settle
from engine.storage.database import Database
from engine.tables import HELD, Case, FinishedJob, Job
from engine.tally import TAKEN_OVER

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)

_JOB = cast(Table, Job.__table__)
#: in the SQL as text: with a bound value SQLite can't know that the index of such rows is enough
_READY = text("job.state = 'ready'")
_RUNNING = text("job.state = 'running'")


def _claiming(*also: Any) -> Any:
    """The statement that takes the oldest due job, passing by those that others are taking."""
    due = select(_JOB.c.id).where(_READY, *also, _JOB.c.run_at <= bindparam("now"))
    oldest = due.order_by(_JOB.c.run_at, _JOB.c.id).limit(1).with_for_update(skip_locked=True)
    return _take(_JOB.c.id == oldest.scalar_subquery())


def _take(which: Any) -> Any:
    leased = {"token": bindparam("new_token"), "lease_until": bindparam("until"), "owner": bindparam("by")}
    return update(_JOB).where(which).values(state="running", attempt=_JOB.c.attempt + 1, **leased).returning(*_JOB.c)


_MINE = (_JOB.c.id == bindparam("mine")) & (_JOB.c.token == bindparam("held"))
_END = delete(_JOB).where(_MINE)
_LOG = insert(cast(Table, FinishedJob.__table__))
_LOCK_CASE = select(Case.id).where(Case.id == bindparam("case")).with_for_update()


#: writes what else is known of an attempt: (connection, now)
Note = Callable[[Connection, datetime], None]


class LeaseLost(EngineError):
    """
    Another worker took the job over: what this one did is not kept.
    """

    code = "lease_lost"


class Ledger:
    """
    The jobs of one installation, as one process sees them.
    """

    def __init__(self, database: Database, ports: Ports, kinds: Collection[str], *, lease: timedelta = LEASE) -> None:
        """
        Args:
            kinds: what may be taken; everything else is left to workers that know it.
        """
        self.lease = lease
        #: machine and process
        self.owner = f"{socket.gethostname()}:{os.getpid()}"
        self._understood = understood(kinds)
        self._claim = _claiming(self._understood)
        self._claim_in_lane = _claiming(self._understood, _JOB.c.lane == bindparam("of_lane"))
        wanted = (_JOB.c.id == bindparam("wanted")) & _READY & (_JOB.c.run_at <= bindparam("now"))
        self._claim_one = _take(wanted & self._understood)
        self._database = database
        self._ports = ports

    def claim(self, lane: str | None = None) -> Claimed | None:
        """
        Take the job that is due longest, of one lane or of all.
        """
        with self._database.step() as connection:
            return self._take(connection, lane)

    def claim_one(self, job_id: int) -> Claimed | None:
        """
        Take this job if it is due and nobody has it.
        """
        with self._database.step() as connection:
            return self._run(connection, self._claim_one, wanted=job_id)

    def settle(self, job: Claimed, effect: Settle | None, *, then: str | None = None) -> Claimed | None:
        """
        Write a job's effect and its end, and take the next job of the lane `then`, in one transaction.

        Raises:
            LeaseLost: the job is no longer in these hands; nothing was written.
        """
        now = self._ports.clock.now()
        with self._database.step() as connection:
            if job.case_id is not None and not self._database.is_sqlite:
                # a person's step locks the case and then its timers: whoever locks in another order waits for ever
                connection.execute(_LOCK_CASE, {"case": job.case_id})
            if connection.execute(_END, {"mine": job.id, "held": job.token}).rowcount != 1:
                raise LeaseLost
            if effect is not None:
                effect(Settling(connection, now, job.case_id))
            row = {"id": job.id, "lane": job.lane, "kind": job.kind, "case_id": job.case_id, "key": job.key}
            row |= {"attempt": job.attempt, "created_at": job.created_at, "finished_at": now}
            connection.execute(_LOG, row)
            return self._take(connection, then) if then is not None else None

    def again(self, job: Claimed, wait: timedelta, *, version: int | None = None, error: str | None = None) -> None:
        """
        Let a job wait for another attempt: this one does not count, nothing failed.

        Args:
            version: only a program that understands it may take the job from now on.
            error: what it waits for.
        """
        at = self._ports.clock.now() + wait
        told = {name: value for name, value in (("version", version), ("error", error)) if value is not None}
        with self._database.step() as connection:
            self._let_go(connection, job, run_at=at, attempt=Job.attempt - 1, **told)

    def later(self, job: Claimed, wait: timedelta, code: str, message: str, *, note: Note | None = None) -> None:
        """
        Let a job that failed wait for another attempt; the failure is kept, and `note` writes what else is known.
        """
        now = self._ports.clock.now()
        with self._database.step() as connection:
            if self._let_go(connection, job, run_at=now + wait, failed=Job.failed + 1, error=message):
                failures.note(connection, [_failure(job, code, message, now)])
                if note is not None:
                    note(connection, now)

    def hold(self, job: Claimed) -> None:
        """
        Keep a job that came while its case is suspended until the case is resumed; at once, if it has been meanwhile.
        """
        with self._database.step() as connection:
            suspended = select(Case.suspended_at).where(Case.id == job.case_id).with_for_update()
            state = "ready" if connection.scalar(suspended) is None else HELD
            mine = update(Job).where(Job.id == job.id, Job.token == job.token)
            kept = {"state": state, "attempt": Job.attempt - 1, "token": None, "lease_until": None}
            connection.execute(mine.values(**kept))

    def give_up(
        self,
        job: Claimed,
        code: str,
        message: str,
        element: str | None = None,
        *,
        note: Note | None = None,
    ) -> None:
        """
        Let a job rest until a person has looked: it is dead and an incident is open; `note` writes what else is known.
        """
        now = self._ports.clock.now()
        with self._database.step() as connection:
            mine = update(Job).where(Job.id == job.id, Job.token == job.token)
            dead = mine.values(state="dead", token=None, lease_until=None, error=message, failed=Job.failed + 1)
            if connection.execute(dead).rowcount == 1:
                failures.note(connection, [_failure(job, code, message, now)])
                open_for_job(connection, job.id, job.case_id, code, message, now, element, kind=kind_of(job))
                if note is not None:
                    note(connection, now)

    def beat(self, tokens: Collection[str]) -> None:
        """
        Prolong the leases of jobs in hand.
        """
        if tokens:
            until = self._ports.clock.now() + self.lease
            with self._database.step() as connection:
                connection.execute(update(Job).where(_RUNNING, Job.token.in_(tokens)).values(lease_until=until))

    def free_lost(self, *, orphans: bool = False) -> int:
        """
        Make ready what was taken by workers whose lease is over; return how many jobs that were.

        Args:
            orphans: no other worker lives: whatever is running is free.
        """
        now = self._ports.clock.now()
        lost = _RUNNING if orphans else _RUNNING & (Job.lease_until < now)
        with self._database.read() as connection:
            if connection.scalar(select(Job.id).where(lost).limit(1)) is None:
                return 0
        with self._database.step() as connection:
            # behind what waits already: a job that ends its workers must not be the first that each new one takes
            free = update(Job).where(lost).values(state="ready", token=None, lease_until=None, run_at=now)
            freed = connection.execute(free.returning(Job.id, Job.attempt, Job.owner)).all()
            told = {"at": now, "code": failures.WORKER_LOST, "message": retelling.told("worker_lost")}
            if freed:
                rows = [{**told, "job_id": row.id, "attempt": row.attempt, "owner": row.owner} for row in freed]
                failures.note(connection, rows)
        if freed:
            TAKEN_OVER.inc(len(freed))
            logger.warning("jobs of workers that are not heard of are free again", extra={"detail": len(freed)})
        return len(freed)

    def next_due(self, lanes: Iterable[str]) -> dict[str, datetime]:
        """
        Return when the next job of each lane is due; lanes without one are left out. One statement.
        """
        names = list(lanes)
        firsts = [
            select(func.min(Job.run_at))
            .where(_READY, self._understood, Job.lane == name)
            .scalar_subquery()
            .label(f"lane_{at}")
            for at, name in enumerate(names)
        ]
        with self._database.read() as connection:
            row = connection.execute(select(*firsts)).one()
        return {name: at for name, at in zip(names, row, strict=True) if at is not None}

    def unsent(self, *, again_after: timedelta, limit: int) -> list[tuple[int, str]]:
        """
        Return (id, lane) of due jobs that no carrier was told of, or long ago, and note that one is told now.
        """
        now = self._ports.clock.now()
        new = or_(Job.sent_at.is_(None), Job.sent_at < Job.run_at, Job.sent_at < now - again_after)
        due = (
            select(Job.id)
            .where(_READY, self._understood, Job.run_at <= now, new)
            .order_by(Job.run_at, Job.id)
            .limit(limit)
        )
        with self._database.read() as connection:
            if connection.scalar(due.limit(1)) is None:
                return []
        with self._database.step() as connection:
            ids = list(connection.scalars(due.with_for_update(skip_locked=True)))
            told = update(Job).where(Job.id.in_(ids)).values(sent_at=now).returning(Job.id, Job.lane)
            return [(row.id, row.lane) for row in connection.execute(told)] if ids else []

    def _let_go(self, connection: Connection, job: Claimed, **values: Any) -> bool:
        """Make a job ready again, unless it is no longer in these hands; tell whether it was."""
        mine = update(Job).where(Job.id == job.id, Job.token == job.token)
        return connection.execute(mine.values(state="ready", token=None, lease_until=None, **values)).rowcount == 1

    def _take(self, connection: Connection, lane: str | None) -> Claimed | None:
        if lane is None:
            return self._run(connection, self._claim)
        return self._run(connection, self._claim_in_lane, of_lane=lane)

    def _run(self, connection: Connection, claiming: Any, **which: Any) -> Claimed | None:
        now, token = self._ports.clock.now(), secrets.token_hex(16)
        lease = {"now": now, "new_token": token, "until": now + self.lease, "by": self.owner}
        row = connection.execute(claiming, {**lease, **which}).one_or_none()
        if row is None:
            return None
        return Claimed(
            id=row.id,
            lane=row.lane,
            kind=row.kind,
            payload=row.payload,
            case_id=row.case_id,
            key=row.key,
            attempt=row.attempt,
            failed=row.failed,
            token=token,
            owner=self.owner,
            created_at=row.created_at,
            run_at=row.run_at,
            request_id=row.request_id,
            trace=row.trace,
            now=now,
            ports=self._ports,
            database=self._database,
        )


def _failure(job: Claimed, code: str, message: str, now: datetime) -> dict[str, Any]:
    row = {"job_id": job.id, "attempt": job.attempt, "owner": job.owner}
    return {**row, "at": now, "code": code, "message": message}
