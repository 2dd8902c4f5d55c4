"""
The same thing done to many cases: to each once, a few at a time, and one that fails stops no other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from engine.errors import CannotGoOn
from engine.jobs import Worker
from engine.jobs.bulk import BULK, MOST_CASES, begin
from engine.tables import Batch, BatchCase, Case, FinishedJob, Incident, Job
from tests.support.installation import Install, Installation
from tests.support.small import bundle, operations

CASES = 2 * MOST_CASES + 7


class Many:
    """An installation with many cases."""

    def __init__(self, install: Install) -> None:
        made = operations()
        self.seen: Counter[int] = Counter()
        self.fails: dict[int, Exception] = {}

        @made.bulk("tell")
        def tell(connection: Connection, case_id: int, payload: Mapping[str, Any], _now: datetime) -> None:
            self.seen[case_id] += 1
            connection.execute(update(Case).where(Case.id == case_id).values(outcome=payload["outcome"]))
            if case_id in self.fails:
                raise self.fails[case_id]

        self.site: Installation = install(made)
        self.site.releases.deploy(bundle(), now=self.site.clock.now())
        citizen = self.site.person("Aysel")
        for number in range(CASES):
            self.site.cases.start("small", citizen, key=str(number), language="az")

    def begin(self, kind: str = "tell") -> int:
        with self.site.database.step() as connection:
            chosen = select(Case.id).where(Case.id > 3)
            return begin(connection, kind, chosen, {"outcome": "told"}, now=self.site.clock.now())

    def work(self) -> int:
        return Worker(self.site.database, self.site.operations, self.site.cases, self.site.ports).run_once()

    def batch(self) -> tuple[int, int, int, bool]:
        (row,) = self.site.rows(Batch)
        return row.total, row.done, row.failed, row.finished_at is not None

    def told(self) -> set[int]:
        return {row.id for row in self.site.rows(Case) if row.outcome == "told"}


@pytest.fixture
def many(install: Install) -> Many:
    return Many(install)


def test_each_chosen_case_is_done_once_and_no_other(many: Many) -> None:
    many.begin()
    assert many.batch() == (CASES - 3, 0, 0, False)
    assert many.work() >= 3
    assert many.batch() == (CASES - 3, CASES - 3, 0, True)
    assert many.told() == set(range(4, CASES + 1))
    assert set(many.seen.values()) == {1}
    assert (many.site.rows(BatchCase), many.site.rows(Job)) == ([], [])


def test_a_case_for_which_it_cannot_be_done_is_an_incident_and_the_others_go_on(many: Many) -> None:
    many.fails = {10: CannotGoOn("The meter is gone.", element="assign"), 20: KeyError("Aysel")}
    many.begin()
    many.work()
    assert many.batch() == (CASES - 3, CASES - 5, 2, True)
    assert many.told() == set(range(4, CASES + 1)) - {10, 20}
    found = [(row.case_id, row.code, row.element) for row in many.site.rows(Incident)]
    assert found == [(10, "cannot_go_on", "assign"), (20, "job_failed", None)]
    assert "Aysel" not in " ".join(row.message for row in many.site.rows(Incident))


def test_a_chunk_whose_worker_died_is_done_by_the_next(many: Many) -> None:
    many.begin()
    site = many.site
    assert Worker(site.database, site.operations, site.cases, site.ports).ledger.claim() is not None
    site.clock.advance(timedelta(minutes=2))
    many.work()
    assert many.told() == set(range(4, CASES + 1))
    assert many.batch() == (CASES - 3, CASES - 3, 0, True)


def test_nothing_to_do_ends_at_once(many: Many) -> None:
    with many.site.database.step() as connection:
        begin(connection, "tell", select(Case.id).where(Case.id < 0), {"outcome": ""}, now=many.site.clock.now())
    many.work()
    assert many.batch() == (0, 0, 0, True)
    assert [row.kind for row in many.site.rows(FinishedJob)] == [BULK]
