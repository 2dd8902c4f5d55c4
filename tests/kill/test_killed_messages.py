"""
A message whose worker is killed at any instant comes once: its receiver took it wholly, or it is still on its way.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.doctor import Doctor
from engine.jobs import Worker
from engine.operations import Actor
from engine.tables import Audit, Case
from tests.support.databases import migrated
from tests.support.installation import Installation, installed, posts
from tests.support.killing import killed_at
from tests.support.mail_order import operations, order, store

pytestmark = pytest.mark.kill

CITIZEN = Actor(1, "Aysel")
STAFF = Actor(2, "Rəşid", frozenset({("dispatcher", "*")}))


#: every so many statements a worker dies
STRIDE = 8


def work(site: Installation) -> None:
    Worker(site.database, site.operations, site.cases, site.ports).run_once()


def ordered(site: Installation) -> None:
    """An order whose message is on its way."""
    for bundle in (order, store):
        site.releases.deploy(bundle(), now=site.clock.now())
    site.person("Aysel")
    site.person("Rəşid", ("dispatcher", "*"))
    case_id = site.cases.start("order", CITIZEN, key="s", language="az").case_id
    site.cases.submit(site.open_tasks(case_id)["apply"], CITIZEN, key="a", posted=posts(what="pipe"))


def answered(site: Installation) -> None:
    """The order, and the store's answer to it on its way."""
    ordered(site)
    work(site)
    theirs = next(row.id for row in site.rows(Case) if row.process == "store")
    site.cases.submit(site.open_tasks(theirs)["pack"], STAFF, key="p", posted=posts(packed="3"))


@pytest.mark.parametrize("prepare", [ordered, answered])
def test_a_message_comes_once_wherever_its_worker_dies(prepare: Callable[[Installation], None], tmp_path: Path) -> None:
    with migrated("sqlite", tmp_path) as url:
        assert not killed_at(url, tmp_path, operations(), prepare, 10_000)
        point = 1
        while True:
            folder = tmp_path / str(point)
            shutil.copytree(tmp_path, folder, ignore=shutil.ignore_patterns("[0-9]*"))
            copied = url.replace(str(tmp_path), str(folder))
            if not killed_at(copied, folder, operations(), work, point):
                break
            _is_done_once(copied, folder, prepare is answered)
            point += STRIDE
        assert point > 20


def _is_done_once(url: str, folder: Path, is_answered: bool) -> None:
    with installed(url, folder, operations()) as site:
        worker = Worker(site.database, site.operations, site.cases, site.ports)
        worker.ledger.free_lost(orphans=True)  # what the dead one held
        worker.run_once()
        mine, theirs = site.rows(Case)
        assert theirs.conversation == f"#{mine.id}"
        assert (set(site.open_tasks(mine.id)) == {"check"}) is is_answered
        events = [row.event for row in site.rows(Audit) if row.case_id == mine.id]
        assert events.count("message") == int(is_answered)
        doctor = Doctor(site.database, site.releases, site.operations, site.ports)
        assert [ailment.code for ailment in doctor.examine()] == []
