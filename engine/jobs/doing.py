"""
Doing one job: run its operation outside any transaction, then write what came of it.

How often something is tried again is the kind's patience; who wakes these hands is the worker's business.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from engine import retelling, trail
from engine.cases import Cases
from engine.errors import CannotGoOn, CaseChangedMeanwhile, CaseSuspended, LeftToOthers, StateNewer, TryAgain
from engine.jobs.delivering import delivery
from engine.jobs.in_hand import Claimed
from engine.jobs.kinds import TIMER
from engine.jobs.ledger import LeaseLost, Ledger, Note
from engine.jobs.standing import Kinds
from engine.lanes import PATIENT, STEADY, Patience
from engine.operations import Operations, Settle, Settlement
from engine.quiet import NotNow
from engine.storage.database import unavailable
from engine.tables import HELD
from engine.tally import JOBS, WAITED

logger = logging.getLogger(__name__)

#: a job that was taken this often without ever being heard of again kills its workers
MOST_LOST = 5
#: seconds between two tries to write what came of a job while the database is away
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 2.0
#: work that another version knows is offered again after so long
_UNTIL_OTHERS = timedelta(seconds=5)

#: what becomes of a job
DONE, AGAIN, GIVEN_UP, LOST = "done", "again", "given_up", "lost"

_Result = TypeVar("_Result")


class WorkersLost(CannotGoOn):
    """
    The job ends the processes that do it.
    """

    code = "workers_lost"


class Hands:
    """
    Does jobs that were claimed. Several threads may use the same hands.
    """

    def __init__(self, ledger: Ledger, operations: Operations, cases: Cases, own: Kinds | None = None) -> None:
        """
        Args:
            own: kinds of the installation's own standing work.
        """
        self._ledger = ledger
        self._operations = operations
        self._cases = cases
        self._own = own or {}
        self._held: set[str] = set()
        self._guard = threading.Lock()
        #: set: what can't be written now is left to the lease
        self.leaving = threading.Event()

    @property
    def held(self) -> tuple[str, ...]:
        """
        The tokens of the jobs in hand.
        """
        with self._guard:
            return tuple(self._held)

    def do(self, job: Claimed, *, then: str | None = None) -> Claimed | None:
        """
        Do a job and write what came of it; return the next job of the lane `then`, taken in the same transaction.
        """
        with self._guard:
            self._held.add(job.token)
        WAITED.labels(job.lane).observe(max(0.0, (job.now - job.run_at).total_seconds()))
        began, outcome, following = time.perf_counter(), LOST, None
        about = {"request": job.request_id, "job": job.id, "case": job.case_id, "lane": job.lane, "kind": job.kind}
        with trail.span("job", parent=job.trace, **about, attempt=job.attempt):
            try:
                outcome, following = self._do(job, then)
            except LeaseLost:
                logger.warning("lease lost")
            finally:
                with self._guard:
                    self._held.discard(job.token)
                spent = time.perf_counter() - began
                JOBS.labels(job.lane, job.kind, outcome).observe(spent)
                logger.info("job", extra={"outcome": outcome, "milliseconds": round(spent * 1000, 1)})
        return following

    def _do(self, job: Claimed, then: str | None) -> tuple[str, Claimed | None]:
        """Return what became of the job, and the next one."""
        try:
            if job.lost >= MOST_LOST:
                raise WorkersLost(retelling.told("workers_lost", count=job.lost))
            effect = self._work(job)
            return DONE, self._insist(partial(self._ledger.settle, job, effect, then=then))
        except LeaseLost:
            raise
        except Exception as failure:  # noqa: BLE001 - a job may raise anything; the ledger must learn of it
            return self._insist(partial(self._write_failure, job, failure)), None

    def _work(self, job: Claimed) -> Settle | None:
        if job.kind == TIMER:
            return lambda settlement: self._fire(job, settlement)
        if job.kind in self._own:
            return self._own[job.kind](job)
        settle = delivery(self._cases, job)
        if settle is not None:
            return settle
        operation = self._operations.jobs.get(job.kind)
        if operation is None:
            raise LeftToOthers
        return operation(replace(job, releases=self._cases.releases))

    def _fire(self, job: Claimed, settlement: Settlement) -> None:
        self._cases.fire(
            settlement.connection,
            task_id=job.payload["task"],
            case_id=job.payload["case"],
            key=f"{job.key}:{job.token}",
        )

    def _write_failure(self, job: Claimed, failure: Exception) -> str:
        """Write what went wrong; return what became of the job."""
        if isinstance(failure, CaseChangedMeanwhile):
            self._ledger.again(job, timedelta(0))
            return AGAIN
        if isinstance(failure, CaseSuspended):
            self._ledger.hold(job)
            return HELD
        if isinstance(failure, DBAPIError) and unavailable(failure):
            self._ledger.again(job, timedelta(seconds=1))
            return AGAIN
        if isinstance(failure, CannotGoOn):
            element = failure.element or job.payload.get("element")
            self._give_up(job, failure.code, str(failure), element, note=failure.note)
            return GIVEN_UP
        if isinstance(failure, StateNewer):
            self._ledger.again(job, timedelta(0), version=failure.version)
            return AGAIN
        if isinstance(failure, LeftToOthers):
            self._ledger.again(job, _UNTIL_OTHERS, error=str(failure))
            return AGAIN
        if isinstance(failure, NotNow):
            self._ledger.again(job, failure.until - job.now, error=str(failure))
            return AGAIN
        if isinstance(failure, TryAgain):
            return self._later(job, failure.code, str(failure), self._patience(job).attempts, failure.note)
        # the message of a foreign error may quote personal data
        name = type(failure).__name__
        logger.error("job failed", extra={"code": name})
        return self._later(job, "job_failed", retelling.told("raised", name=name), self._patience(job).unforeseen)

    def _later(self, job: Claimed, code: str, message: str, attempts: int, note: Note | None = None) -> str:
        failures = job.failed + 1
        if failures >= attempts:
            self._give_up(job, code, message, job.payload.get("element"), note=note)
            return GIVEN_UP
        self._ledger.later(job, self._patience(job).wait(failures, random.random()), code, message, note=note)
        return AGAIN

    def _give_up(self, job: Claimed, code: str, message: str, element: str | None, *, note: Note | None = None) -> None:
        logger.error("a job waits for a person", extra={"code": code, "element": element})
        self._ledger.give_up(job, code, message, element, note=note)

    def _patience(self, job: Claimed) -> Patience:
        return (
            self._operations.patience.get(job.kind, PATIENT)
            if job.kind in self._operations.jobs and job.kind not in self._own
            else STEADY
        )

    def _insist(self, write: Callable[[], _Result]) -> _Result:
        """
        Write, and while the database is away try again: what is done outside must not be done twice for that.

        A write that had gone through although its answer was lost finds its token gone: LeaseLost.
        """
        wait = _FIRST_WAIT
        while True:
            try:
                return write()
            except DBAPIError as error:
                if not unavailable(error) or self.leaving.wait(wait):
                    raise
                logger.error("a job waits for the database", extra={"code": type(error.orig).__name__})
                wait = min(2 * wait, _LONGEST_WAIT)
