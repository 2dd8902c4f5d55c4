"""
A bulk of moves whose process is killed at any instant goes on with the rest: each case is moved once, wholly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from engine.audit import broken
from engine.doctor import Doctor
from engine.linking import pinned
from engine.moving import Moves
from engine.operations import Actor
from engine.tables import Audit, Case, CaseMove, Job, Task
from tests.gate import building
from tests.gate.living import on
from tests.gate.test_boxes import INSIDE
from tests.gate.test_calls import call, inspection
from tests.gate.test_loops import repeated
from tests.support.databases import migrated
from tests.support.drawing import many, node, task
from tests.support.installation import Installation, installed, posts
from tests.support.killing import killed_at
from tests.support.small import bundle, operations

pytestmark = pytest.mark.kill

CASES = 2
ANSWERS = {"visit": posts(found="z"), "inspect__look_at": posts(answer="fine")}


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with migrated(request.param, tmp_path) as found:
        yield found


def prepare(site: Installation) -> None:
    """Let cases wait with a running timer, and plan their move to a release that waits longer."""
    site.releases.deploy(bundle(), now=site.clock.now())
    citizen = site.person("Aysel")
    for n in range(CASES):
        case_id = site.cases.start("small", citizen, key=f"s{n}", language="az").case_id
        task = site.open_tasks(case_id)["apply"]
        site.cases.submit(task, citizen, key=f"a{n}", posted=posts(reason="new"))
    release = site.releases.deploy(bundle(late='duration("P9D")'), now=site.clock.now())
    moves(site).plan(site.releases.get(release.id), Actor(1, "Aysel"), note="Sınaq")


def boxes(span: str) -> dict[str, bytes]:
    """Three things beside each other: a box with an event on its border, a task of two instances, a called process."""
    nodes = [
        task("ask"),
        node("parallelGateway", "part"),
        INSIDE,
        on("inside", "late", span),
        task("sorry"),
        node("exclusiveGateway", "over"),
    ]
    nodes += [repeated(many("2", each="found", to="all_found")), call(), node("parallelGateway", "meet"), task("rest")]
    ways = [
        ("begun", "ask"),
        ("ask", "part"),
        ("inside", "over"),
        ("over", "meet"),
        ("visit", "meet"),
        ("inspect", "meet"),
    ]
    ways += [("part", key) for key in ("inside", "visit", "inspect")]
    ways += [("late", "sorry"), ("sorry", "over"), ("meet", "rest"), ("rest", "done")]
    forms = {"ask": [{"key": "asked"}], "visit": [{"key": "found"}]}
    return pinned(building.bundle(nodes, ways, forms=forms), {"inspection": inspection()}.get)


def prepare_boxes(site: Installation) -> None:
    """Let cases stand in the middle of all of it, and plan their move."""
    site.releases.deploy(boxes('duration("P1D")'), now=site.clock.now())
    citizen = site.person("Aysel", ("dispatcher", "*"))
    for n in range(CASES):
        case_id = site.cases.start("t", citizen, key=f"s{n}", language="az").case_id
        site.cases.submit(site.open_tasks(case_id)["ask"], citizen, key=f"a{n}", posted=posts(asked="x"))
        for key in ("one", "visit"):
            site.cases.submit(site.open_tasks(case_id)[key], citizen, key=f"{key}{n}", posted=posts(found="y"))
    release = site.releases.deploy(boxes('duration("P9D")'), now=site.clock.now())
    moves(site).plan(site.releases.get(release.id), citizen, note="Sınaq")


def moves(site: Installation) -> Moves:
    return Moves(site.database, site.releases, site.operations, site.ports)


def run(site: Installation) -> None:
    moves(site).run(1)


def undo(site: Installation) -> None:
    moves(site).undo(1)


def whole(site: Installation, event: str) -> list[int]:
    """Hold the database to its promises, and return the cases that have been moved or brought back."""
    assert list(Doctor(site.database, site.releases, site.operations, site.ports).examine()) == []
    rows = sorted(site.rows(Audit), key=lambda row: row.revision)
    done = sorted(row.case_id for row in rows if row.event == event)
    assert len(done) == len(set(done))
    state = {"moved": "moved", "move_undone": "undone"}[event]
    assert sorted(row.case_id for row in site.rows(CaseMove) if row.state == state) == done
    for case in site.rows(Case):
        assert broken([row for row in rows if row.case_id == case.id]) == []
    return done


def test_moves_killed_at_every_point_are_made_once_and_undone_once(url: str, tmp_path: Path) -> None:
    assert not killed_at(url, tmp_path, operations(), prepare, 10_000)
    with installed(url, tmp_path, operations()) as site:
        tasks = site.rows(Task)
        (old,) = {case.release_id for case in site.rows(Case)}

    for act, event in ((run, "moved"), (undo, "move_undone")):
        point = kills = 0
        done: list[int] = []
        while not done:
            point += 1
            kills += killed_at(url, tmp_path, operations(), act, point)
            with installed(url, tmp_path, operations()) as site:
                done = whole(site, event)
        assert kills >= 8
        with installed(url, tmp_path, operations()) as site:
            act(site)
            assert len(whole(site, event)) == CASES
            assert sorted(site.rows(Task), key=lambda row: row.id) == sorted(tasks, key=lambda row: row.id)
            assert {case.release_id == old for case in site.rows(Case)} == {act is undo}


@pytest.mark.parametrize("acts", [{run: "moved"}, {run: "moved", undo: "move_undone"}], ids=["moved", "brought back"])
def test_cases_in_boxes_killed_in_the_middle_of_a_move_go_on_to_their_end(
    tmp_path: Path, acts: Mapping[Callable[[Installation], None], str]
) -> None:
    with migrated("sqlite", tmp_path) as url:
        made = building.booking()
        assert not killed_at(url, tmp_path, made, prepare_boxes, 10_000)
        with installed(url, tmp_path, made) as site:
            before = waiting(site)
        for act, event in acts.items():
            assert sum(killed_at(url, tmp_path, made, act, point) for point in range(1, 40, 4)) >= 4
            with installed(url, tmp_path, made) as site:
                act(site)
                assert len(whole(site, event)) == CASES
                assert waiting(site) == before
        with installed(url, tmp_path, made) as site:
            citizen = Actor(1, "Aysel", frozenset({("dispatcher", "*")}))
            for case in site.rows(Case):
                while found := site.open_tasks(case.id):
                    key, task_id = next(iter(found.items()))
                    site.cases.submit(task_id, citizen, key=task_id, posted=ANSWERS.get(key, {}))
            assert all(case.closed_at for case in site.rows(Case))


def waiting(site: Installation) -> tuple[object, object]:
    """The tasks, and when the timers end."""
    tasks = sorted(site.rows(Task), key=lambda row: row.id)
    return tasks, sorted(job.run_at for job in site.rows(Job) if job.kind == "timer")
