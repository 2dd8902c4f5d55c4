"""
The version before and this one side by side on one database, as during an upgrade: the older one goes on after the
schema has changed, both take steps of the same cases, and both work.

Pages of both are asked by the same browsers in `test_two_versions_of_pages`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from engine.audit import broken
from engine.doctor import Doctor
from engine.storage.schema import upgrade
from engine.tables import Audit, Case, FinishedJob, Incident, Job
from tests.support.databases import postgresql
from tests.support.installation import Installation, installed
from tests.support.previous import unpacked
from tests.support.programs import TOP, eventually
from tests.support.small import operations

pytestmark = pytest.mark.kill


class Program:
    """
    A version of the program that is told what to do.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.place = self._read()

    def tell(self, do: str, **what: object) -> object:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do, **{name: str(one) for name, one in what.items()}}) + "\n")
        self.process.stdin.flush()
        found = self._read()
        assert found != "failed", (do, what, self.place)
        return found

    def _read(self) -> object:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())


@contextmanager
def running(url: str, folder: Path, place: Path) -> Iterator[Program]:
    """Run the version that lies there."""
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.running.beside", url, str(folder)],
        env={"PYTHONPATH": str(place), "PATH": "/usr/bin:/bin"},
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Program(process)
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(30) == 0
        finally:
            process.kill()


def migrate_as_before(url: str, previous: Path) -> None:
    code = f"from engine.schema import upgrade; upgrade({url!r})"
    subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(previous)}, cwd=previous, check=True)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_version_before_and_this_one_work_side_by_side(kind: str, tmp_path: Path) -> None:
    previous = unpacked(tmp_path / "previous")
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path}/shared.db" if kind == "sqlite" else stack.enter_context(postgresql())
        migrate_as_before(url, previous)
        older = stack.enter_context(running(url, tmp_path, previous))
        assert older.place == str(previous / "engine")
        older.tell("prepare")
        begun = older.tell("start", key="before")
        older.tell("submit", key="before:apply", case=begun, element="apply")

        upgrade(url)  # the older one runs on

        newer = stack.enter_context(running(url, tmp_path, TOP))
        assert newer.place == str(TOP / "engine")
        cases = [begun, older.tell("start", key="by the older"), newer.tell("start", key="by the newer")]
        turns = [older, newer]
        for at, case in enumerate(cases):
            for number, (element, decision) in enumerate(_steps(case == begun)):
                who = turns[(at + number) % 2]
                who.tell("submit", key=f"{case}:{number}", case=case, element=element, decision=decision)
        with installed(url, tmp_path, operations()) as site:
            assert eventually(lambda: {row.kind for row in site.rows(Job)} <= {"watch", "purge"})
            _look(site, len(cases))


def _steps(applied: bool) -> list[tuple[str, str]]:
    steps = [("apply", "-"), ("assign", "again"), ("assign", "again"), ("assign", "go"), ("record", "-")]
    return steps[1:] if applied else steps


def _look(site: Installation, cases: int) -> None:
    files, audit = site.rows(Case), site.rows(Audit)
    assert len(files) == cases and all(case.closed_at is not None for case in files)
    assert site.rows(Incident) == []
    submitted = Counter((row.case_id, row.element) for row in audit if row.event == "submitted")
    assert set(submitted.values()) == {1, 3}
    for case in files:
        assert broken([row for row in sorted(audit, key=lambda row: row.revision) if row.case_id == case.id]) == []
    # every case was told its end once, whichever version's worker sent it
    assert sum(row.kind == "note" for row in site.rows(FinishedJob)) >= cases
    assert list(Doctor(site.database, site.releases, site.operations, site.ports).examine()) == []
