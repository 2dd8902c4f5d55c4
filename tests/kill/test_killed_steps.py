"""
A step whose process is killed at any instant is wholly done or not at all, and goes on after the restart.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from engine.audit import broken
from engine.doctor import Doctor
from engine.interventions import Interventions, Skip
from engine.jobs import Worker
from engine.operations import Actor, Operations, Settle, Work
from engine.tables import Audit, Case, FinishedJob, Job, Task
from tests.support.databases import migrated
from tests.support.installation import Installation, installed, posts
from tests.support.killing import killed_at
from tests.support.small import bundle, operations

pytestmark = pytest.mark.kill


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with migrated(request.param, tmp_path) as found:
        yield found


def with_notes(folder: Path) -> Operations:
    """The small process, whose letters become lines of a file: the world outside."""
    made = operations()

    @made.job("note")
    def note(work: Work) -> Settle | None:
        with (folder / "sent").open("a") as sent:
            sent.write(f"{work.payload['letter']} {work.id}\n")
        return None

    return made


def submit_apply(site: Installation) -> None:
    citizen = _person(site, "Aysel")
    tasks = site.open_tasks(1)
    key = "the page's key"
    if "apply" in tasks:
        site.cases.submit(tasks["apply"], citizen, key=key, posted=posts(reason="new"))


def _person(site: Installation, name: str) -> Actor:
    return Actor(1, name) if name == "Aysel" else Actor(2, name, frozenset({("dispatcher", "north")}))


def prepared(url: str, folder: Path) -> None:
    """Deploy and open a case, in a process of its own so that no connection is shared."""

    def act(site: Installation) -> None:
        site.releases.deploy(bundle(), now=site.clock.now())
        citizen = site.person("Aysel")
        site.person("Rəşid", ("dispatcher", "north"))
        site.cases.start("small", citizen, key="s", language="az")

    assert not killed_at(url, folder, with_notes(folder), act, 10_000)


def test_a_submit_killed_at_every_point_is_done_once(url: str, tmp_path: Path) -> None:
    prepared(url, tmp_path)
    point, kills = 1, 0
    while killed_at(url, tmp_path, with_notes(tmp_path), submit_apply, point):
        kills += 1
        with installed(url, tmp_path, with_notes(tmp_path)) as site:
            (case,) = site.rows(Case)
            audit = [row for row in site.rows(Audit) if row.event == "submitted"]
            done = [row for row in site.rows(Task) if row.element == "apply" and row.state == "done"]
            assert (case.revision, len(audit), len(done), case.number is not None) in {
                (1, 0, 0, False),
                (2, 1, 1, True),
            }
            assert broken(site.rows(Audit)) == []
        point += 1

    with installed(url, tmp_path, with_notes(tmp_path)) as site:
        assert kills >= 10
        assert len([row for row in site.rows(Audit) if row.event == "submitted"]) == 1
        assert list(site.open_tasks(1)) == ["assign"]
        assert [row.kind for row in site.rows(Job)] == ["timer"]


def test_a_job_killed_at_every_point_is_settled_once(url: str, tmp_path: Path) -> None:
    prepared(url, tmp_path)

    def go_on(site: Installation) -> None:
        submit_apply(site)
        dispatcher = _person(site, "Rəşid")
        for element, answers in (("assign", {"decision": "go"}), ("record", {"reading": "1"})):
            task = site.open_tasks(1)[element]
            site.cases.submit(task, dispatcher, key=element, posted=posts(**answers))

    assert not killed_at(url, tmp_path, with_notes(tmp_path), go_on, 10_000)

    point = 1

    def work(site: Installation) -> None:
        site.clock.advance(timedelta(minutes=2) * point)  # beyond the dead worker's lease
        Worker(site.database, site.operations, site.cases, site.ports).run_once()

    while killed_at(url, tmp_path, with_notes(tmp_path), work, point):
        point += 1
        with installed(url, tmp_path, with_notes(tmp_path)) as site, site.database.step() as connection:
            connection.execute(update(Job).values(attempt=0))  # else the fifth death makes it an incident

    with installed(url, tmp_path, with_notes(tmp_path)) as site:
        assert [row.kind for row in site.rows(FinishedJob)] == ["note"]
        assert site.rows(Job) == []
    sent = (tmp_path / "sent").read_text().splitlines()
    assert len(set(sent)) == 1
    assert 1 <= len(sent) <= point  # at most one repeat for each worker that died after handing it over


def skip_assign(site: Installation) -> None:
    operator = Actor(3, "Operator", frozenset({("operator", "*")}))
    door = Interventions(site.database, site.releases, site.operations, site.ports)
    tasks = site.open_tasks(1)
    if "assign" in tasks:
        wish = Skip(tasks["assign"], posts(decision="go"))
        effect = door.preview(1, operator, wish)
        door.do(1, operator, wish, reason="Sınaq üçün edilir", key="the preview's key", revision=effect.revision)


def test_an_intervention_killed_in_its_preview_or_its_step_is_done_once(url: str, tmp_path: Path) -> None:
    prepared(url, tmp_path)

    def begin(site: Installation) -> None:
        site.person("Operator", ("operator", "*"))
        submit_apply(site)

    assert not killed_at(url, tmp_path, with_notes(tmp_path), begin, 10_000)
    point = 1
    while killed_at(url, tmp_path, with_notes(tmp_path), skip_assign, point):
        point += 3  # the writing itself is that of every step, killed at every point above
        with installed(url, tmp_path, with_notes(tmp_path)) as site:
            (case,) = site.rows(Case)
            skipped = [row for row in site.rows(Audit) if row.event == "skipped"]
            assert (case.revision, len(skipped), *site.open_tasks(1)) in {(2, 0, "assign"), (3, 1, "record")}
            assert broken(site.rows(Audit)) == []

    with installed(url, tmp_path, with_notes(tmp_path)) as site:
        assert point > 15
        assert [row.event for row in site.rows(Audit)].count("skipped") == 1
        assert list(Doctor(site.database, site.releases, site.operations, site.ports).examine()) == []
