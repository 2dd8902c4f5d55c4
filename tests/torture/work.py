"""
Jobs whose workers are killed, frozen and poisoned; timers that are due together; bulk work over many cases.
"""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from engine import incidents
from engine.jobs import MOST_LOST
from engine.jobs.bulk import begin
from engine.jobs.standing import PURGE, WATCH
from engine.operations import Operations, Settle, Work
from engine.tables import Audit, Batch, Case, FinishedJob, Incident, Job, Release
from tests.support.databases import migrated
from tests.support.installation import Installation, posts
from tests.support.small import bundle, operations
from tests.torture.ground import LEASE, Figure, Ground, ended, fork, herd, kill


def made(folder: Path) -> Operations:
    """
    Return jobs that do what their kind says, and the small process.
    """
    found = operations()

    @found.job("count")
    def count(work: Work) -> Settle:
        _note(folder, "ran", work)
        return lambda settlement: settlement.enqueue("nothing", {}, key=f"after:{work.payload['n']}", lane="bulk")

    @found.job("nothing")
    def nothing(work: Work) -> None:
        return None

    @found.job("note")
    def note(work: Work) -> None:
        _note(folder, "noted", work)

    @found.job("freeze")
    def freeze(work: Work) -> Settle:
        _note(folder, "ran", work)
        if work.attempt == 1:
            time.sleep(0.35)  # not while another thread holds the write lock of SQLite
            os.kill(os.getpid(), signal.SIGSTOP)
            time.sleep(0.3)  # it takes a moment until every thread stands still
        return lambda settlement: settlement.enqueue("nothing", {}, key=f"attempt:{work.attempt}", lane="bulk")

    @found.job("poison")
    def poison(work: Work) -> None:
        _note(folder, "ran", work)
        os.kill(os.getpid(), signal.SIGKILL)

    @found.bulk("mark")
    def mark(connection: Connection, case_id: int, _payload: Mapping[str, Any], _now: datetime) -> None:
        more = update(Case).where(Case.id == case_id).values(revision=Case.revision + 1)
        connection.execute(more)

    return found


def _note(folder: Path, name: str, work: Work) -> None:
    with (folder / name).open("a") as file:
        file.write(f"{os.getpid()} {work.id}\n")


def noted(folder: Path, name: str) -> list[tuple[int, int]]:
    """
    Return (process, job) of what jobs noted.
    """
    path = folder / name
    lines = path.read_text().splitlines() if path.exists() else []
    return [(int(process), int(job)) for process, job in map(str.split, lines)]


@contextmanager
def ground_of(kind: str) -> Iterator[Ground]:
    """
    Yield an empty installation of the small process.
    """
    with tempfile.TemporaryDirectory() as name, migrated(kind, Path(name)) as url:
        yield Ground(kind, url, Path(name), made)


def ask_for(site: Installation, kind: str, numbers: range, lane: str = "mail") -> None:
    """
    Ask for a job of each number.
    """
    now = site.clock.now()
    common = {"lane": lane, "kind": kind, "state": "ready", "created_at": now, "run_at": now}
    with site.database.step() as connection:
        connection.execute(insert(Job), [{**common, "payload": {"n": n}, "key": f"{kind}{n}"} for n in numbers])


def quiet(site: Installation) -> bool:
    """
    Tell whether nothing but standing work is left.
    """
    with site.database.read() as connection:
        waits = Job.kind.not_in([WATCH, PURGE]), Job.state != "dead"
        return connection.scalar(select(Job.id).where(*waits).limit(1)) is None


def finish(ground: Ground, seconds: float) -> bool:
    """
    Let one worker do what is left; tell whether it could.
    """
    return ended(fork(lambda: ground.work(until=quiet)), seconds)


def retry(ground: Ground) -> int:
    """
    Do what an operator does with a job that five workers died of by chance; return how many there were.
    """
    with ground.open() as site:
        operator = site.person("Operator", ("operator", "*"))
        found = [row.id for row in site.rows(Incident)]
        for incident in found:
            incidents.retry(site.database, [incident], operator, reason="torture goes on", now=site.clock.now())
        return len(found)


def timers(kind: str, cases: int) -> Figure:
    """
    Let the timers of `cases` be due in the same moment, and kill a worker one second later and again and again.
    """
    with ground_of(kind) as ground:
        assert ended(fork(lambda: _waiting_cases(ground, cases)), 60 + cases)
        killed = herd([ground.work, ground.work], max(2, cases // 300), random.Random(2), (0.5, 1.2))
        done = finish(ground, 60 + cases / 5)
        with ground.open() as site, site.database.read() as connection:
            fired = Counter(connection.scalars(select(Audit.case_id).where(Audit.event == "timer")))
            reminders = connection.scalar(
                select(func.count()).select_from(FinishedJob).where(FinishedJob.kind == "note")
            )
            left = connection.scalar(select(func.count()).select_from(Job).where(Job.kind.not_in([WATCH, PURGE])))
        return Figure(
            "timers together",
            kind,
            {"timers": cases, "kills": sum(killed), "fired": sum(fired.values())},
            {
                "lost": cases - len(fired),
                "doubled": sum(count - 1 for count in fired.values()),
                "reminders off": abs(cases - (reminders or 0)),
                "left": left or 0,
                "unfinished": not done,
            },
        )


def _waiting_cases(ground: Ground, cases: int) -> None:
    with ground.open() as site:
        site.releases.deploy(bundle(), now=site.clock.now())
        citizen = site.person("Aysel")
        for number in range(cases):
            step = site.cases.start("small", citizen, key=f"s{number}", language="az")
            answers = posts(reason="new", telephone="0501234567")
            site.cases.submit(step.next_task or "", citizen, key=f"a{number}", posted=answers)
        with site.database.step() as connection:
            connection.execute(update(Job).values(run_at=site.clock.now() + timedelta(seconds=1)))


def bulk(kind: str, cases: int, kills: int) -> Figure:
    """
    Do bulk work to `cases` while its workers are killed.
    """
    with ground_of(kind) as ground:
        assert ended(fork(lambda: _many_cases(ground, cases)), 120)
        killed = herd([ground.work], kills, random.Random(3), (0.3, 0.9))
        done = finish(ground, 60 + cases / 50)
        retried = retry(ground)
        if retried:
            done = finish(ground, 60 + cases / 50)
        with ground.open() as site, site.database.read() as connection:
            revisions = select(Case.revision, func.count()).group_by(Case.revision)
            times = {revision: count for revision, count in connection.execute(revisions)}
            batch = connection.execute(select(Batch.__table__)).one()
        return Figure(
            "bulk",
            kind,
            {
                "cases": cases,
                "kills": sum(killed),
                "incidents, retried by a person": retried,
                "done exactly once": times.get(1, 0),
            },
            {
                "left out": times.get(0, 0),
                "doubled": sum(count for revision, count in times.items() if revision > 1),
                "counted wrong": abs(batch.done - cases) + batch.failed,
                "unfinished": not done or batch.finished_at is None,
            },
        )


def _many_cases(ground: Ground, cases: int) -> None:
    with ground.open() as site:
        now, citizen = site.clock.now(), site.person("Aysel")
        row = {"process": "small", "release_id": "r", "revision": 0, "applicant_id": citizen.person_id}
        row |= {"language": "az", "opened_at": now, "status_at": now, "closed_at": now, "facets": {}, "state": b""}
        with site.database.step() as connection:
            connection.execute(insert(Release).values(id="r", process="small", created_at=now))
            connection.execute(insert(Case), [row] * cases)
            begin(connection, "mark", select(Case.id), {}, now=now)


def frozen(kind: str) -> Figure:
    """
    Freeze a worker in the middle of a job for longer than its lease, and let it go on when another has done the job.
    """
    with ground_of(kind) as ground:
        with ground.open() as site:
            ask_for(site, "freeze", range(1))
        first = fork(ground.work)
        while not noted(ground.folder, "ran"):
            time.sleep(0.02)
        time.sleep(LEASE.total_seconds() + 1)
        done = finish(ground, 60)
        os.kill(first, signal.SIGCONT)
        time.sleep(1.5)
        kill(first)
        finish(ground, 60)
        with ground.open() as site:
            finished, incidents = site.rows(FinishedJob), site.rows(Incident)
        effects = [row.key for row in finished if row.key.startswith("attempt:")]
        attempts = [row.attempt for row in finished if row.kind == "freeze"]
        return Figure(
            "frozen worker",
            kind,
            {"runs": len(noted(ground.folder, "ran")), "effects": len(effects)},
            {
                "effects of the late one": effects.count("attempt:1"),
                "effects missing": 1 - effects.count("attempt:2"),
                "wrong attempts": attempts != [2],
                "incidents": len(incidents),
                "unfinished": not done,
            },
        )


def poisoned(kind: str) -> Figure:
    """
    Let a job kill every worker that takes it, among jobs that do no harm.
    """
    with ground_of(kind) as ground:
        with ground.open() as site:
            ask_for(site, "poison", range(1), "document")
            ask_for(site, "count", range(20))
        deaths = 0
        until = time.monotonic() + 120
        while time.monotonic() < until:
            child = fork(lambda: ground.work(until=quiet))
            if ended(child, 60):
                break
            deaths += 1
        with ground.open() as site:
            incidents, dead = site.rows(Incident), [row.kind for row in site.rows(Job) if row.state == "dead"]
            others = [row for row in site.rows(FinishedJob) if row.kind == "count"]
        return Figure(
            "poison job",
            kind,
            {"deaths": deaths, "incidents": len(incidents)},
            {
                "deaths beyond five": max(0, deaths - MOST_LOST),
                "incidents missing": len(incidents) != 1 or dead != ["poison"],
                "others not done": 20 - len(others),
            },
        )


def pair(kind: str, jobs: int) -> Figure:
    """
    Let two workers share `jobs`.
    """
    with ground_of(kind) as ground:
        with ground.open() as site:
            ask_for(site, "count", range(jobs), "timer")
        # nobody dies here: with a short lease a busy machine would take a slow one for dead
        alive = timedelta(seconds=60)
        workers = [fork(lambda: ground.work(until=quiet, lease=alive)) for _ in range(2)]
        done = [ended(child, 60 + jobs / 20) for child in workers]
        runs = Counter(job for _, job in noted(ground.folder, "ran"))
        shares = Counter(process for process, _ in noted(ground.folder, "ran"))
        with ground.open() as site:
            finished = Counter(row.kind for row in site.rows(FinishedJob))
        return Figure(
            "two workers",
            kind,
            {"jobs": jobs, "shares": " and ".join(str(count) for _, count in sorted(shares.items()))},
            {
                "lost": jobs - len(runs),
                "doubled": sum(count - 1 for count in runs.values()),
                "not settled": 2 * jobs - finished["count"] - finished["nothing"],
                "unfinished": sum(not one for one in done),
            },
        )
