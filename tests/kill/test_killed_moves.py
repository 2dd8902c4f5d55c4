"""
A bulk of moves whose process is killed at any instant goes on with the rest: each case is moved once, wholly.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.audit import broken
from engine.doctor import Doctor
from engine.moving import Moves
from engine.operations import Actor
from engine.tables import Audit, Case, CaseMove, Task
from tests.support.databases import migrated
from tests.support.installation import Installation, installed, posts
from tests.support.killing import killed_at
from tests.support.small import bundle, operations

pytestmark = pytest.mark.kill

CASES = 2


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
