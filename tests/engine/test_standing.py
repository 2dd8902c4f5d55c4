"""
What an installation does without being asked: processes that begin by themselves, and the watchdog.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from engine.errors import NotFound
from engine.jobs import Worker
from engine.jobs.standing import Standing
from engine.operations import Call, Operations
from engine.tables import Audit, Case, FinishedJob, Incident, Job, Person, Task
from engine.watchdog import CODE
from tests.support.drawing import draw, form, node, service, task, timer
from tests.support.installation import Install, Installation
from tests.support.small import bundle, operations

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def nightly(**when: str) -> dict[str, bytes]:
    nodes = [
        timer("startEvent", "begun", **when),
        service("count", "count"),
        task("look", publicStatus="İcradadır"),
        node("endEvent", "done"),
    ]
    flows = [("begun", "count"), ("count", "look"), ("look", "done")]
    lanes = {"Dispetçer": ("dispatcher", ["begun", "count", "look", "done"])}
    return {"nightly.bpmn": draw("nightly", nodes, flows, lanes), "forms/look.form": form("look", {"key": "note"})}


class Nightly:
    """A process that begins by itself."""

    def __init__(self, install: Install, **when: str) -> None:
        made = Operations()

        @made.step("count")
        def count(call: Call) -> None:
            call.route("north")

        self.site: Installation = install(made)
        self.release(**when)

    def release(self, **when: str) -> None:
        self.site.releases.deploy(nightly(**when), now=self.site.clock.now())

    def work(self, after: timedelta) -> None:
        site = self.site
        Standing(site.database, site.operations, site.cases, site.ports).ensure()
        site.clock.advance(after)
        worker = Worker(site.database, site.operations, site.cases, site.ports)
        worker.run_once()

    def begun(self) -> int:
        return len(self.site.rows(Case))


def test_a_process_begins_again_and_again_and_opens_a_task_for_its_office(install: Install) -> None:
    process = Nightly(install, cycle='duration("P1D")')
    for days in (1, 2, 3):
        process.work(DAY)
        assert process.begun() == days
    site = process.site
    assert {(row.role, row.unit, row.state) for row in site.rows(Task)} == {("dispatcher", "north", "open")}
    assert {(row.channel, row.process) for row in site.rows(Case)} == {("timer", "nightly")}
    assert len({row.key for row in site.rows(Audit)}) == 3


def test_beginnings_that_were_missed_come_once(install: Install) -> None:
    process = Nightly(install, cycle='"R/PT1H"')
    process.work(DAY)
    assert process.begun() == 1
    process.work(timedelta(hours=1))
    assert process.begun() == 2


def test_a_process_that_begins_at_a_moment_begins_once(install: Install) -> None:
    process = Nightly(install, date='date and time("2026-11-24T09:00:00+04:00")')
    for _ in range(3):
        process.work(DAY)
    assert process.begun() == 1


def test_a_new_release_moves_the_next_beginning(install: Install) -> None:
    process = Nightly(install, cycle='duration("P1D")')
    process.work(MINUTE)
    process.release(cycle='duration("PT2H")')
    process.work(timedelta(hours=2))
    assert process.begun() == 1


def test_a_process_that_no_longer_begins_by_itself_stops(install: Install) -> None:
    process = Nightly(install, cycle='duration("P1D")')
    process.work(MINUTE)
    site = process.site
    monkey = [release for release in site.releases.timed()]
    assert [release.process for release in monkey] == ["nightly"]
    site.releases.timed = list  # type: ignore[method-assign]
    process.work(2 * DAY)
    assert process.begun() == 0
    assert not [row for row in site.rows(Job) if row.kind == "start"]


def test_nobody_can_apply_for_what_begins_by_itself(install_sqlite: Install) -> None:
    process = Nightly(install_sqlite, cycle='duration("P1D")')
    assert process.site.releases.processes() == []
    with pytest.raises(NotFound):
        process.site.cases.start("nightly", process.site.person("Aysel"), key="s", language="az")


@pytest.fixture
def forgotten(install: Install) -> Installation:
    site = install(operations())
    site.releases.deploy(bundle(), now=site.clock.now())
    for name in ("Aysel", "Leyla"):
        site.cases.start("small", site.person(name), key=name, language="az")
    with site.database.step() as connection:
        connection.execute(update(Task).where(Task.case_id == 1).values(state="cancelled"))
    return site


def round_of(site: Installation) -> None:
    Standing(site.database, site.operations, site.cases, site.ports).ensure()
    site.clock.advance(5 * MINUTE)
    Worker(site.database, site.operations, site.cases, site.ports).run_once()


def test_the_watchdog_finds_what_waits_for_nothing_once(forgotten: Installation) -> None:
    for _ in range(3):
        round_of(forgotten)
    assert [(row.case_id, row.code) for row in forgotten.rows(Incident)] == [(1, CODE)]
    assert [row.kind for row in forgotten.rows(FinishedJob)] == ["watch"] * 3


@pytest.mark.parametrize("kept", ["task", "job", "incident", "end"])
def test_the_watchdog_leaves_alone_what_waits_for_something(forgotten: Installation, kept: str) -> None:
    now = forgotten.clock.now()
    common = {"case_id": 1, "key": "k", "lane": "timer", "kind": "timer", "payload": {}, "state": "ready"}
    with forgotten.database.step() as connection:
        if kept == "task":
            connection.execute(update(Task).values(state="open"))
        elif kept == "job":
            connection.execute(insert(Job).values(**common, created_at=now, run_at=now + DAY))
        elif kept == "incident":
            connection.execute(insert(Incident).values(case_id=1, code="x", message="x", opened_at=now))
        else:
            connection.execute(update(Case).where(Case.id == 1).values(closed_at=now))
    round_of(forgotten)
    assert [row.code for row in forgotten.rows(Incident) if row.code == CODE] == []


def test_the_installation_s_own_person_is_one_and_cannot_log_in(install_sqlite: Install) -> None:
    process = Nightly(install_sqlite, cycle='duration("P1D")')
    process.work(DAY)
    process.work(DAY)
    with process.site.database.read() as connection:
        (own,) = connection.execute(select(Person.__table__)).all()
    assert (own.active, own.password_hash, own.fin) == (False, None, None)
