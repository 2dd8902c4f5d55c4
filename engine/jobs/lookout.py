"""
The lookout: threads of every process that has to do with jobs. One looks when something is due; one keeps: it prolongs
the leases of what is in hand, frees what dead workers held, and says that its worker lives.

What is told and to whom is handed in: a worker rings its hands, a courier sends ids to a broker. To tell may take long,
as when a broker hangs; what is kept must not wait for it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from engine.errors import EngineError
from engine.jobs.doing import Hands
from engine.jobs.ledger import Ledger
from engine.jobs.pulse import Pulse
from engine.jobs.waking import Bell, watch
from engine.storage.database import Database

logger = logging.getLogger(__name__)

#: longest time between two looks; new work is announced sooner
POLL_SECONDS = 5.0
#: shortest time between two looks: one look serves everything that came meanwhile
_BREATH = 0.02
#: seconds after which a database that is away is looked for again
_AWAY = 1.0
#: seconds
_CHORE_EVERY = 60.0


class Lookout:
    """
    Calls `tell` whenever something may be due.
    """

    def __init__(
        self,
        database: Database,
        ledger: Ledger,
        hands: Hands | None,
        tell: Callable[[], float],
        chore: Callable[[], None] | None = None,
        pulse: Pulse | None = None,
    ) -> None:
        """
        Args:
            hands: whose jobs' leases are prolonged.
            tell: returns the seconds after which it wants to be called at the latest.
            chore: done at the start and then every minute.
        """
        self._database = database
        self._ledger = ledger
        self._hands = hands
        self._tell = tell
        self._chore = chore
        self._pulse = pulse
        self._asked = Bell()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """
        Look in a thread until `stop`.
        """
        self._database.after_commit(self._asked.ring)
        watching = threading.Thread(
            target=watch, args=(self._database, self._asked.ring, self._stopping), name="watch", daemon=True
        )
        looking = threading.Thread(target=self._look, name="look", daemon=True)
        keeping = threading.Thread(target=self._keep, name="keep", daemon=True)
        self._threads = [looking, keeping, watching]
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = 2.0) -> None:
        """
        Look no more. Call it when nothing is in hand any longer: leases end without it.
        """
        self._stopping.set()
        self._asked.ring()
        for thread in self._threads:
            thread.join(seconds)

    def _look(self) -> None:
        heard, chore_at = -1, time.monotonic()
        while not self._stopping.is_set():
            wait = POLL_SECONDS
            try:
                if self._chore is not None and time.monotonic() >= chore_at:
                    chore_at = time.monotonic() + _CHORE_EVERY
                    self._chore()
                wait = min(POLL_SECONDS, self._tell())
            except EngineError as error:
                logger.error("standing work can't be planned", extra={"code": error.code})
            except Exception as error:  # noqa: BLE001 - a thread that ends would be missed by nobody
                logger.error("nobody looks for work", extra={"code": type(error).__name__})
                wait = _AWAY
            heard = self._asked.wait(heard, max(wait, timedelta.resolution.total_seconds()))
            self._stopping.wait(_BREATH)

    def _keep(self) -> None:
        often, beat_at = min(POLL_SECONDS, self._ledger.lease.total_seconds() / 3), time.monotonic()
        while not self._stopping.is_set():
            try:
                if self._pulse is not None and time.monotonic() >= beat_at:
                    beat_at = time.monotonic() + self._pulse.every
                    self._pulse.beat()
                if self._hands is not None:
                    self._ledger.beat(self._hands.held)
                self._ledger.free_lost()
            except Exception as error:  # noqa: BLE001 - as above
                logger.error("leases are not prolonged", extra={"code": type(error).__name__})
                self._stopping.wait(_AWAY)
                continue
            self._stopping.wait(often)
        self._go()

    def _go(self) -> None:
        if self._pulse is not None:
            try:
                self._pulse.end()
            except SQLAlchemyError as error:
                logger.error("nobody is told that this worker goes", extra={"code": type(error).__name__})
