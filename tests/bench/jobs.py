"""
How many jobs a worker settles in a second, how soon it wakes, and what web writes wait behind bulk work.

    python -m tests.bench.jobs
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import func, insert, select

from engine.jobs import Worker
from engine.operations import Operations, Work
from engine.tables import FinishedJob, Job
from tests.support.databases import migrated
from tests.support.installation import MONDAY, Installation, installed

JOBS = 3000
WAKES = 30


def ask(site: Installation, keys: list[str], kind: str = "nothing", lane: str = "mail") -> None:
    """
    Ask for one job a key, all in one transaction.
    """
    common = {"lane": lane, "kind": kind, "payload": {}, "state": "ready", "created_at": MONDAY, "run_at": MONDAY}
    with site.database.step() as connection:
        connection.execute(insert(Job), [{**common, "key": key} for key in keys])


def bench_operations(folder: Path) -> Operations:
    """
    Return jobs that do nothing, or only tell when they ran.
    """
    made = Operations()

    @made.job("nothing")
    def nothing(_work: Work) -> None:
        return None

    @made.job("tell")
    def tell(work: Work) -> None:
        with (folder / "woken").open("a") as file:
            file.write(f"{work.key} {time.monotonic()}\n")

    @made.job("heavy")
    def heavy(work: Work):  # twenty milliseconds inside the transaction
        return lambda _settlement: time.sleep(0.02)

    return made


@contextmanager
def working(site: Installation) -> Iterator[Worker]:
    """
    Run a worker's threads.
    """
    worker = Worker(site.database, site.operations, site.cases, site.ports)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


def throughput(site: Installation, *lanes: str) -> float:
    """
    Return how many no-op jobs a second one worker settles, spread over its lanes or in one.
    """
    for lane in lanes:
        ask(site, [f"{lanes}{lane}{number}" for number in range(JOBS // len(lanes))], lane=lane)
    before = _finished(site)
    began = time.perf_counter()
    with working(site):
        while _finished(site) - before < JOBS:
            time.sleep(0.05)
        return JOBS / (time.perf_counter() - began)


def _finished(site: Installation) -> int:
    """How many jobs are done; to read them all would take the worker's time."""
    with site.database.read() as connection:
        return connection.scalar(select(func.max(FinishedJob.id))) or 0


def wake_up(site: Installation, name: str) -> list[float]:
    """
    Return the milliseconds from asking to running, for jobs that come one by one.
    """
    spent = []
    woken = site.folder / "woken"
    woken.unlink(missing_ok=True)
    for number in range(WAKES):
        time.sleep(0.12)
        key = f"{name}{number}"
        began = time.monotonic()
        ask(site, [key], "tell")
        deadline = began + 10
        while time.monotonic() < deadline:
            told = dict(line.split() for line in woken.read_text().splitlines()) if woken.exists() else {}
            if key in told:
                spent.append((float(told[key]) - began) * 1000)
                break
            time.sleep(0.002)
        else:
            raise RuntimeError("nobody woke")
    return spent


@contextmanager
def other_process(url: str, folder: Path) -> Iterator[None]:
    """
    Run a worker in a process of its own.
    """
    child = os.fork()
    if child == 0:
        with installed(url, folder, bench_operations(folder)) as site, working(site):
            while os.getppid() != 1 and not (folder / "stop").exists():
                time.sleep(0.05)
        os._exit(0)
    try:
        time.sleep(1)
        yield
    finally:
        (folder / "stop").touch()
        os.waitpid(child, 0)


def web_writes(site: Installation, seconds: float) -> list[float]:
    """
    Return the milliseconds of small writes, one every 20 ms, as pages make them.
    """
    spent = []
    until = time.monotonic() + seconds
    number = 0
    while time.monotonic() < until:
        number += 1
        began = time.perf_counter()
        ask(site, [f"write{number}-{seconds}-{began}"], "nothing", "document")
        spent.append((time.perf_counter() - began) * 1000)
        time.sleep(0.02)
    return spent


def _line(what: str, spent: list[float]) -> None:
    ordered = sorted(spent)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    print(f"  {what:<44}p50 {statistics.median(spent):6.1f} ms   p99 {p99:6.1f} ms   max {ordered[-1]:6.1f} ms")


def main() -> None:
    """
    Print the figures of each database.
    """
    for kind in ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory() as name, migrated(kind, Path(name)) as url:
            folder = Path(name)
            print(kind)
            with other_process(url, folder), installed(url, folder, bench_operations(folder)) as site:
                _line("wake-up, another process", wake_up(site, "other"))
            with installed(url, folder, bench_operations(folder)) as site:
                for lanes in (("mail",), ("timer",), ("mail", "timer", "document")):
                    what = f"no-op jobs, one worker: {', '.join(lanes)}"
                    print(f"  {what:<44}{throughput(site, *lanes):6.0f} / s")
                with working(site):
                    _line("wake-up, this process", wake_up(site, "same"))
                _line("web write, idle", web_writes(site, 3))
                ask(site, [f"bulk{number}" for number in range(600)], "heavy", "bulk")
                with working(site):
                    _line("web write, bulk lane full", web_writes(site, 6))


if __name__ == "__main__":
    main()
