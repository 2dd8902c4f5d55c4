"""
Two versions of the program over one database: an older one reads what it can and leaves the rest to the newer; states
that earlier versions stored can be read for ever.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from engine.errors import NotFound, StateNewer
from engine.jobs import Worker
from engine.operations import Actor, CaseFacts
from engine.spiff import STATE_VERSION
from engine.steps.writing import Waiting
from engine.storage.data import dump, load
from engine.tables import Audit, Case, FinishedJob, Incident, Job
from engine.world import StepWorld
from tests.support.installation import Install, Installation, posts
from tests.support.small import bundle, operations

#: what earlier versions stored (tests/stored_states.py)
STORED = Path(__file__).parents[1] / "fixtures" / "states"
NEWER = STATE_VERSION + 1


@pytest.fixture
def site(install: Install) -> Installation:
    made = install(operations())
    made.releases.deploy(bundle(), now=made.clock.now())
    return made


def waiting(site: Installation) -> tuple[Actor, str]:
    """A case with a timer and a task that wait; the dispatcher, and the task."""
    citizen, dispatcher = site.person("Aysel"), site.person("Rəşid", ("dispatcher", "north"))
    step = site.cases.start("small", citizen, key="s", language="az")
    site.cases.submit(step.next_task or "", citizen, key="a", posted=posts(reason="new"))
    return dispatcher, site.open_tasks(step.case_id)["assign"]


def made_newer(site: Installation) -> None:
    """Let a newer program have written the case."""
    with site.database.step() as connection:
        state = {**load(site.rows(Case)[0].state), "v": NEWER}
        connection.execute(update(Case).values(state=dump(state), audit_hash="of the newer step"))


def test_the_task_of_a_case_that_a_newer_program_wrote_is_left_alone(site: Installation) -> None:
    dispatcher, task = waiting(site)
    made_newer(site)
    before = site.rows(Case), site.rows(Audit), site.rows(Job)
    with pytest.raises(StateNewer):
        site.cases.submit(task, dispatcher, key="x", posted=posts(decision="go"))
    with pytest.raises(StateNewer):
        site.cases.open_task(task, dispatcher)
    assert (site.rows(Case), site.rows(Audit), site.rows(Job)) == before
    assert site.rows(Incident) == []


def test_a_job_that_a_newer_program_alone_understands_is_not_taken(site: Installation) -> None:
    now = site.clock.now()
    row = {"lane": "mail", "kind": "note", "payload": {}, "state": "ready", "created_at": now, "run_at": now}
    with site.database.step() as connection:
        connection.execute(insert(Job), [{**row, "key": "theirs", "version": NEWER}])
    worker = Worker(site.database, site.operations, site.cases, site.ports)
    assert worker.run_once() == 0 and worker.ledger.claim("mail") is None
    assert worker.ledger.claim_one(site.rows(Job)[0].id) is None
    assert worker.ledger.next_due(["mail"]) == {}
    assert worker.ledger.unsent(again_after=timedelta(0), limit=9) == []
    (job,) = site.rows(Job)
    assert (job.state, job.attempt, job.token) == ("ready", 0, None)


def test_a_timer_of_such_a_case_is_given_back_once_and_then_not_taken(site: Installation) -> None:
    waiting(site)
    made_newer(site)
    with site.database.step() as connection:
        connection.execute(update(Job).values(run_at=site.clock.now()))
    worker = Worker(site.database, site.operations, site.cases, site.ports)
    assert worker.run_once() == 1 and worker.run_once() == 0
    (job,) = site.rows(Job)
    assert (job.state, job.attempt, job.failed, job.version) == ("ready", 0, 0, NEWER)
    assert site.rows(Incident) == site.rows(FinishedJob) == []


def test_a_timer_names_the_state_that_must_be_read_to_fire_it(site: Installation) -> None:
    waiting(site)
    assert {row.kind: row.version for row in site.rows(Job)} == {"timer": STATE_VERSION}


@pytest.mark.parametrize("name", sorted(path.stem for path in STORED.glob("*.json")))
def test_a_state_that_an_earlier_version_stored_goes_on(install_sqlite: Install, name: str) -> None:
    kept = json.loads((STORED / f"{name}.json").read_text())
    site = install_sqlite(operations())
    now = site.clock.now()
    release = site.releases.deploy({path: text.encode() for path, text in kept["files"].items()}, now=now)
    facts = CaseFacts(1, None, release.process, "north", 1, "az", now, None, {})
    with site.database.read() as connection:
        world = StepWorld(connection, now, facts, None, release, site.operations, site.ports, {})
        run = release.program.resume(kept["state"].encode(), world)
        assert sorted(task.element for task in run.tasks) == kept["tasks"]
        assert sorted(timer.element for timer in run.timers) == kept["timers"]
        assert run.ended is (not kept["tasks"])
        assert Waiting.of(release.program.resume(run.dump(), world)) == Waiting.of(run)
        for task in run.tasks:
            run.complete(task.id, {"decision": "go"}, set())
            assert not run.is_open(task.id)


def test_states_of_every_version_before_are_kept() -> None:
    versions = {path.name.split("-")[0] for path in STORED.glob("*.json")}
    assert versions >= {"1"} and len(versions) >= STATE_VERSION


def test_what_is_shipped_becomes_active_though_somebody_had_only_proposed_it(install: Install) -> None:
    site = install(operations())
    now = site.clock.now()
    made = site.releases.propose(bundle(), site.person("Aysel"), now=now, note="Sınaq")
    with pytest.raises(NotFound):
        site.releases.active(made.process)
    site.releases.deploy(bundle(), now=now, note="shipped")
    assert site.releases.active(made.process).id == made.id


def test_what_comes_last_is_active_though_the_clock_went_back(site: Installation) -> None:
    now, author = site.clock.now(), site.person("Aysel")
    shipped = site.releases.deploy(bundle(late='duration("P5D")'), now=now - timedelta(hours=1))
    assert site.releases.active("small").id == shipped.id
    own = site.releases.propose(bundle(late='duration("P6D")'), author, now=now, note="Sınaq")
    site.releases.approve(own.id, site.person("Rəşid"), now=now - timedelta(hours=2))
    assert site.releases.active("small").id == own.id
