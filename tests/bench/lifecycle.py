"""
One life of a case through the engine against a bare SQLAlchemy state machine, in turns, on the same database.

    start → apply → assign → gateway → record act → notify → end: four units of work, each with its own transaction.
    bare: 1 SELECT, 1 UPDATE, 1 INSERT and a commit for each unit.
"""

from __future__ import annotations

import secrets
import statistics
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, insert, select, update

from engine.operations import Actor
from engine.storage.database import Database
from engine.tables import Case
from tests.support.databases import migrated
from tests.support.installation import Installation, installed, posts
from tests.support.small import bundle, operations

ROUNDS = 14
LIVES = 20
_bare = MetaData()
MACHINE = Table(
    "bare_case",
    _bare,
    Column("id", Integer, primary_key=True),
    Column("state", Text),
    Column("data", Text),
)
EVENTS = Table(
    "bare_event",
    _bare,
    Column("id", Integer, primary_key=True),
    Column("case_id", Integer),
    Column("what", Text),
)
PAYLOAD = '{"reason":"new_meter","notes":"' + "x" * 180 + '"}'


@dataclass
class Bench:
    """
    The two competitors on one database.
    """

    site: Installation
    citizen: Actor
    dispatcher: Actor

    def engine(self) -> list[float]:
        """
        Live one case; return the seconds of each unit.
        """
        cases, spent = self.site.cases, []
        began = perf_counter()
        step = cases.start("small", self.citizen, key=secrets.token_hex(8), language="az")
        spent.append(perf_counter() - began)
        units = (
            (self.citizen, posts(reason="new_meter" + "x" * 150, telephone="0501234567")),
            (self.dispatcher, posts(decision="go")),
            (self.dispatcher, posts(reading="12")),
        )
        for actor, posted in units:
            task = step.next_task or self.site.open_tasks(step.case_id)["assign"]
            began = perf_counter()
            step = cases.submit(task, actor, key=secrets.token_hex(8), posted=posted)
            spent.append(perf_counter() - began)
        return spent

    def bare(self) -> list[float]:
        """
        Live one case of the bare machine; return the seconds of each unit.
        """
        return bare(self.site.database)


def make_bare(database: Database) -> None:
    """
    Create the bare machine's tables.
    """
    with database.step() as connection:
        _bare.create_all(connection)


def bare(database: Database) -> list[float]:
    """
    Live one case of the bare machine; return the seconds of each unit.
    """
    spent, case_id = [], 0
    for state in ("apply", "assign", "record", "end"):
        began = perf_counter()
        with database.step() as connection:
            case_id = _bare_unit(connection, case_id, state)
        spent.append(perf_counter() - began)
    return spent


def _bare_unit(connection: Connection, case_id: int, state: str) -> int:
    if not case_id:
        made = insert(MACHINE).values(state=state, data=PAYLOAD).returning(MACHINE.c.id)
        case_id = connection.execute(made).scalar_one()
    else:
        connection.execute(select(MACHINE).where(MACHINE.c.id == case_id)).one()
        connection.execute(update(MACHINE).where(MACHINE.c.id == case_id).values(state=state, data=PAYLOAD))
    connection.execute(insert(EVENTS).values(case_id=case_id, what=state))
    return case_id


@contextmanager
def on(kind: str):
    """
    Yield a bench on a fresh database of `kind`.
    """
    with (
        tempfile.TemporaryDirectory() as name,
        migrated(kind, Path(name)) as url,
        installed(url, Path(name), operations()) as site,
    ):
        site.releases.deploy(bundle(), now=site.clock.now())
        make_bare(site.database)
        yield Bench(site, site.person("Aysel"), site.person("Rəşid", ("dispatcher", "north")))


def median_ms(live: Callable[[], list[float]]) -> float:
    """
    Return the median of a unit in milliseconds over some lives.
    """
    return statistics.median(second for _ in range(LIVES) for second in live()) * 1000


def main() -> None:
    """
    Print one table.
    """
    print(f"{'database':<12}{'step ms':>10}{'bare ms':>10}{'ratio':>8}{'state bytes':>13}{'step 200 / step 2':>20}")
    for kind in ("sqlite", "postgresql"):
        with on(kind) as bench:
            median_ms(bench.engine), median_ms(bench.bare)
            rounds = [(median_ms(bench.engine), median_ms(bench.bare)) for _ in range(ROUNDS)]
            ours = statistics.median(first for first, _ in rounds)
            bare = statistics.median(second for _, second in rounds)
            ratio = statistics.median(first / second for first, second in rounds)
            largest = max(len(row.state) for row in bench.site.rows(Case))
            print(f"{kind:<12}{ours:>10.2f}{bare:>10.2f}{ratio:>8.2f}{largest:>13}{growth(bench):>20.2f}")


def growth(bench: Bench) -> float:
    """
    Return the time of steps around the 200th of one case against those around the 2nd.
    """
    step = bench.site.cases.start("small", bench.citizen, key=secrets.token_hex(8), language="az")
    bench.site.cases.submit(step.next_task or "", bench.citizen, key=secrets.token_hex(8), posted=posts(reason="new"))
    spent = []
    for _ in range(215):
        task = bench.site.open_tasks(step.case_id)["assign"]
        began = perf_counter()
        bench.site.cases.submit(task, bench.dispatcher, key=secrets.token_hex(8), posted=posts(decision="again"))
        spent.append(perf_counter() - began)
    return statistics.median(spent[190:215]) / statistics.median(spent[1:26])


if __name__ == "__main__":
    main()
