"""
The worker: threads that take jobs lane by lane, woken by their lookout.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from datetime import timedelta

from engine.cases import Cases
from engine.jobs.doing import Hands
from engine.jobs.kinds import known
from engine.jobs.ledger import LEASE, Ledger
from engine.jobs.lookout import POLL_SECONDS, Lookout
from engine.jobs.presence import Presence
from engine.jobs.pulse import Pulse
from engine.jobs.standing import Standing
from engine.jobs.waking import Bell
from engine.lanes import LANES, Lane
from engine.operations import Operations, Ports
from engine.storage.database import Database

logger = logging.getLogger(__name__)

#: longest rest of a lane that rests, in seconds
_LONGEST_REST = 0.5
#: seconds after which it is tried again to take something
_AWAY = 1.0


class Worker:
    """
    Does what is due. `run_once` is the whole of it in the caller's thread; `start` has it done by threads until `stop`.
    """

    def __init__(
        self,
        database: Database,
        operations: Operations,
        cases: Cases,
        ports: Ports,
        *,
        lanes: Iterable[Lane] = LANES.values(),
        lease: timedelta = LEASE,
        with_pages: bool = False,
    ) -> None:
        """
        Args:
            with_pages: the process serves pages too.
        """
        self.ledger = Ledger(database, ports, known(operations), lease=lease)
        standing = Standing(database, operations, cases, ports)
        self.hands = Hands(self.ledger, operations, cases, standing.kinds)
        self._database = database
        self._ports = ports
        self._lanes = tuple(lanes)
        self._due = {lane.name: Bell() for lane in self._lanes}
        pulse = Pulse(database, self.ledger, ports, self._lanes, with_pages=with_pages)
        self._lookout = Lookout(database, self.ledger, self.hands, self._ring, standing.ensure, pulse)
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._presence: Presence | None = None

    def run_once(self) -> int:
        """
        Do everything that is due now, what it asks for in turn included; return how many jobs were taken.
        """
        count = 0
        self.ledger.free_lost()
        while (job := self.ledger.claim()) is not None:
            self.hands.do(job)
            count += 1
        return count

    def start(self) -> None:
        """
        Work in threads until `stop`. Where no other worker of a SQLite file lives, what is running is freed at once.
        """
        if self._database.is_sqlite:
            self._presence = Presence(self._database)
            if self._presence.enter():
                self.ledger.free_lost(orphans=True)
                self._presence.stay()
        for lane in self._lanes:
            for number in range(lane.hands):
                name = f"{lane.name}-{number}"
                self._threads.append(threading.Thread(target=self._hand, args=(lane,), name=name, daemon=True))
        for thread in self._threads:
            thread.start()
        self._lookout.start()

    def stop(self, seconds: float = 30.0) -> None:
        """
        Take nothing more, finish the jobs in hand within `seconds`, and leave the rest to their leases.
        """
        self._stopping.set()
        for bell in self._due.values():
            bell.ring()
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        self.hands.leaving.set()
        self._lookout.stop()
        if self._presence is not None:
            self._presence.leave()

    def _hand(self, lane: Lane) -> None:
        bell, heard = self._due[lane.name], -1
        while not self._stopping.is_set():
            try:
                self._empty(lane)
            except Exception as error:  # noqa: BLE001 - a thread that ends would be missed by nobody
                logger.error("a hand can take nothing", extra={"code": type(error).__name__})
                self._stopping.wait(_AWAY)
            heard = bell.wait(heard)

    def _empty(self, lane: Lane) -> None:
        """Do the lane's jobs, one after the other, until none is due."""
        job = self.ledger.claim(lane.name)
        while job is not None:
            if self._stopping.is_set():
                self.ledger.again(job, timedelta(0))
                return
            began = time.monotonic()
            job = self.hands.do(job, then=lane.name)
            if lane.rest and self._database.is_sqlite:
                self._stopping.wait(min((time.monotonic() - began) * lane.rest, _LONGEST_REST))
            if job is None and not self._stopping.is_set():
                job = self.ledger.claim(lane.name)

    def _ring(self) -> float:
        """Ring where work is due; return the seconds until the next work."""
        now, wait = self._ports.clock.now(), POLL_SECONDS
        for lane, at in self.ledger.next_due(self._due).items():
            if at <= now:
                self._due[lane].ring()
            else:
                wait = min(wait, (at - now).total_seconds())
        return wait
