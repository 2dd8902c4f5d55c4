"""
What the scenarios stand on: installations that are built anew in every process, forks that are killed, figures.

The process that forks has no threads of its own: what a fork inherits is as it was.
"""

from __future__ import annotations

import ctypes
import os
import random
import signal
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from engine.cases import Cases
from engine.clock import Clock, SystemClock
from engine.jobs import Worker
from engine.mail import Mailer
from engine.operations import Operations
from engine.storage.database import Database
from engine.storage.database_clock import DatabaseClock
from tests.support.installation import Installation, installed

#: Linux: die when the process that forked dies (prctl(2))
_PR_SET_PDEATHSIG = 1
#: seconds after which another worker takes over on PostgreSQL
LEASE = timedelta(seconds=2)


@dataclass(frozen=True)
class Figure:
    """
    What a scenario came to.
    """

    scenario: str
    database: str
    #: name -> count, as printed
    counts: dict[str, object]
    #: name -> count, of what must not be; all zero when the promise was kept
    broken: dict[str, int]

    @property
    def kept(self) -> bool:
        """
        Tell whether the promise was kept.
        """
        return not any(self.broken.values())

    def __str__(self) -> str:
        bad = {name: int(count) for name, count in self.broken.items()}
        told = ", ".join(f"{count} {name}" for name, count in (*self.counts.items(), *bad.items()))
        return f"{'kept  ' if self.kept else 'BROKEN'} {self.scenario:<18} {self.database:<11} {told}"


@dataclass(frozen=True)
class Ground:
    """
    A migrated database, a folder, and the operations of a scenario: whatever a process needs to begin.
    """

    kind: str
    url: str
    folder: Path
    operations: Callable[[Path], Operations]
    mailer: Callable[[Clock], Mailer] | None = None

    @contextmanager
    def open(self, clock: Clock | None = None) -> Iterator[Installation]:
        """
        Put an installation together in this process, on the real clock unless another is given.
        """
        with installed(self.url, self.folder, self.operations(self.folder)) as site:
            clock = clock or real_clock(site.database)
            mailer = self.mailer(clock) if self.mailer else site.ports.mailer
            ports = replace(site.ports, clock=clock, mailer=mailer)
            cases = Cases(site.database, site.releases, site.operations, ports)
            yield replace(site, clock=clock, ports=ports, cases=cases)  # type: ignore[arg-type]

    def work(self, *, until: Callable[[Installation], bool] | None = None, lease: timedelta = LEASE) -> None:
        """
        Run a worker's threads in this process, until the work is done or for ever.
        """
        with self.open() as site:
            worker = worker_of(site, lease)
            worker.start()
            while until is None or not until(site):
                time.sleep(0.1)
            worker.stop()


def real_clock(database: Database) -> Clock:
    """
    Return the clock that an installation has.
    """
    return SystemClock() if database.is_sqlite else DatabaseClock(database)


def worker_of(site: Installation, lease: timedelta = LEASE) -> Worker:
    """
    Return a worker, with a short lease unless another is given.
    """
    return Worker(site.database, site.operations, site.cases, site.ports, lease=lease)


def fork(run: Callable[[], None]) -> int:
    """
    Run something in a process of its own; return its id.
    """
    child = os.fork()
    if child == 0:
        code = 0
        try:
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            warnings.simplefilter("ignore")  # of Celery against the user root
            run()
        except BaseException:  # noqa: BLE001 - whatever it is must not go on in the copy of the test run
            traceback.print_exc()
            code = 1
        os._exit(code)
    return child


def kill(child: int) -> None:
    """
    End a process at once.
    """
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def ended(child: int, seconds: float = 120.0) -> bool:
    """
    Wait until a process ends; tell whether it ended well and in time, and end it if not.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0
        time.sleep(0.02)
    kill(child)
    return False


def herd(runs: list[Callable[[], None]], kills: int, chance: random.Random, waits: tuple[float, float]) -> list[int]:
    """
    Keep processes running and kill them at random; return how often each was killed.
    """
    alive = [fork(run) for run in runs]
    killed = [0] * len(runs)
    for _ in range(kills):
        time.sleep(chance.uniform(*waits))
        at = chance.randrange(len(runs))
        kill(alive[at])
        killed[at] += 1
        alive[at] = fork(runs[at])
    for child in alive:
        kill(child)
    return killed
