"""
Ten kinds of change with running cases in every state: `python -m tests.moving [NUMBER] [--database KIND] [--kills N]`.

For each kind of change NUMBER cases wait in every state of our process. The change is compared, its effect is told, and
the cases are moved by processes that are killed with SIGKILL at a random statement until one comes to the end; then the
doctor looks at the database and every case goes on to its end. Prints a line for each; ends with 1 if a promise is
broken.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import psycopg
from sqlalchemy import select
from sqlalchemy.engine import make_url

import processes
from engine.audit import broken
from engine.comparison import compare
from engine.doctor import Doctor
from engine.moving import Effect
from engine.operations import Actor
from engine.tables import Audit, Case, CaseMove, Draft, Incident, Job, Membership, Person, Task
from tests.support.changes import CHANGES
from tests.support.databases import migrated
from tests.support.installation import Installation, installed
from tests.support.killing import arm
from tests.support.meters import Utility, open_utility
from tests.support.office import STATES, Office
from tests.torture.ground import Figure, fork

BOTH = ("sqlite", "postgresql")
#: statements that a process may send before it is killed, at most: about as many as moving twenty cases takes
FURTHEST = 200


@dataclass(frozen=True)
class Ground:
    """
    A database with running cases.
    """

    kind: str
    url: str
    folder: Path
    #: at which its cases stand still
    now: datetime

    @contextmanager
    def open(self) -> Iterator[Office]:
        """
        Put the office together over the database, in this process.
        """
        with installed(self.url, self.folder, processes.installed()) as site:
            site.clock.set(self.now)
            yield Office(Utility(site, *(_actor(site, name) for name in ("Aysel", "Rəşid", "Tural", "Nigar"))))


def _actor(site: Installation, name: str) -> Actor:
    with site.database.read() as connection:
        key = connection.execute(select(Person.id).where(Person.given_name == name)).scalar_one()
        held = connection.execute(select(Membership.role, Membership.unit).where(Membership.person_id == key))
        return Actor(key, f"{name} Sınaqlı", frozenset((role, unit) for role, unit in held))


@contextmanager
def populated(kind: str, number: int) -> Iterator[Ground]:
    """
    Make a database in which `number` cases wait in every state; some of their tasks are held and half filled in.
    """
    with tempfile.TemporaryDirectory() as name, migrated(kind, Path(name)) as url:
        with installed(url, Path(name), processes.installed()) as site:
            office = Office(open_utility(lambda _: site, meters_in_stock=10 * number))
            _populate(office, number)
            now = site.clock.now()
        yield Ground(kind, url, Path(name), now)


def _populate(office: Office, number: int) -> None:
    cases: dict[str, list[int]] = {}
    for n in range(number):
        state = list(STATES)[n % len(STATES)]
        steps = [step for step in STATES[state] if not step.startswith("!")]
        cases.setdefault(state, []).append(office.walk(*steps))
    for state, steps in STATES.items():
        for timer in (step[1:] for step in steps if step.startswith("!")):
            for case_id in cases.get(state, ()):
                office.fire(case_id, timer)
    for case_id in sorted(key for keys in cases.values() for key in keys)[::3]:
        for task in office.open(case_id).values():
            actor = office.utility.actor_of(task.role)
            if task.role != "citizen":
                office.site.cases.claim(task.id, actor)
            office.site.cases.save_draft(task.id, actor, {"note": ["yarımçıq"]})


@contextmanager
def copied(ground: Ground) -> Iterator[Ground]:
    """
    Make a copy of a database that nobody has open.
    """
    with ExitStack() as stack:
        if ground.kind == "sqlite":
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            shutil.copy(make_url(ground.url).database or "", folder / "copy.db")
            yield Ground(ground.kind, f"sqlite:///{folder / 'copy.db'}", folder, ground.now)
            return
        url = make_url(ground.url)
        name = f"{url.database}_copy"
        server = url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{url.database}"')
        try:
            yield Ground(
                ground.kind, url.set(database=name).render_as_string(hide_password=False), ground.folder, ground.now
            )
        finally:
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def moved(ground: Ground, what: str, kills: int, chance: random.Random) -> Figure:
    """
    Make one kind of change, move every case with processes that are killed, and let every case end.
    """
    make, names = CHANGES[what]
    with ground.open() as office:
        bundle = make(office.shipped)
        changes = compare(office.shipped, bundle).changes
        unsaid = sum(not change.say(language) for change in changes for language in ("az", "ru", "en"))
        target = office.released(bundle)
        effect = office.moves.effect(target, bundle, names)
        before = _kept(office)
        move = office.moves.plan(target, office.utility.head, note="Sınaq", names=names)
    killed = _killed(ground, move, kills, chance)
    with ground.open() as office:
        tally = office.moves.tally(move)
        bad = _wrong_after_the_move(office, effect, tally.moved, before)
        ended = _finished(office, target.id)
    counts = {"cases": effect.running, "sentences": len(changes), "kills": killed, "moved": tally.moved}
    return Figure(what, ground.kind, {**counts}, {"unsaid": unsaid, "no change": not changes, **bad, **ended})


def _killed(ground: Ground, move: int, kills: int, chance: random.Random) -> int:
    """Run the bulk in one process after the other, each killed; return how many were."""
    killed = 0
    while True:
        point = chance.randrange(1, FURTHEST) if killed < kills else 0
        child = fork(partial(_run, ground, move, point))
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            assert os.WEXITSTATUS(status) == 0
            return killed
        assert os.WTERMSIG(status) == signal.SIGKILL
        killed += 1


def _run(ground: Ground, move: int, point: int) -> None:
    with ground.open() as office:
        if point:
            arm(office.site.database, point)
        office.moves.run(move)


def _kept(office: Office) -> Mapping[str, object]:
    """What moving must not touch, by what it belongs to. Another role's task is nobody's: that is told apart."""
    found: dict[str, object] = {}
    for task in office.site.rows(Task):
        if task.state == "open":
            found[f"task {task.id}"] = (task.case_id, task.due_at, task.priority, task.opened_at)
            found[f"holder {task.id} as {task.role}"] = task.claimed_by
    found |= {f"draft {row.task_id} {row.person_id}": row.typed for row in office.site.rows(Draft)}
    return found | {f"timer {job.task_id}": job.run_at for job in office.site.rows(Job) if job.kind == "timer"}


def _wrong_after_the_move(office: Office, effect: Effect, moved_: int, before: Mapping[str, object]) -> dict[str, int]:
    site, after = office.site, _kept(office)
    moves = Counter(row.case_id for row in site.rows(Audit) if row.event == "moved")
    lost = sum(key not in after for key in before if key.startswith(("task", "draft")))
    altered = sum(before[key] != after[key] for key in before.keys() & after.keys())
    doctor = Doctor(site.database, site.releases, site.operations, site.ports)
    return {
        "cannot": effect.cannot,
        "not moved": effect.running - moved_,
        "not told": sum(row.state != "moved" for row in site.rows(CaseMove)),
        "moved twice": sum(times > 1 for times in moves.values()),
        "lost": lost,
        "altered": altered,
        "ailments": sum(1 for _ in doctor.examine()),
    }


def _finished(office: Office, release: str) -> dict[str, int]:
    """Let every case end, each in days of its own; return what of it went wrong."""
    stuck, now = 0, office.site.clock.now()
    for case in office.site.rows(Case):
        if case.closed_at is None:
            office.site.clock.set(now)
            try:
                office.finish(case.id)
            except Exception as error:  # noqa: BLE001 - counted, whatever it is, and the others go on
                stuck += 1
                print(f"case {case.id}: {type(error).__name__}: {error}", flush=True)
    chains: dict[int, list[Audit]] = {}
    for row in sorted(office.site.rows(Audit), key=lambda row: row.revision):
        chains.setdefault(row.case_id, []).append(row)
    ended = office.site.rows(Case)
    return {
        "stuck": stuck,
        "open": sum(case.closed_at is None for case in ended),
        "elsewhere": sum(case.release_id != release for case in ended),
        "incidents": len(office.site.rows(Incident)),
        "broken chains": sum(bool(broken(chain)) for chain in chains.values()),
    }


def main() -> None:
    """
    Move cases over all kinds of change and print what became of them.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.moving", description=main.__doc__)
    parser.add_argument("number", nargs="?", type=int, default=500, help="cases for each kind of change")
    parser.add_argument("--database", action="append", choices=BOTH)
    parser.add_argument("--change", action="append", choices=list(CHANGES))
    parser.add_argument("--kills", type=int, default=10, help="processes killed for each kind of change")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    kept = True
    for kind in given.database or BOTH:
        began = time.monotonic()
        with populated(kind, given.number) as ground:
            print(f"{given.number} cases wait on {kind}   ({time.monotonic() - began:.0f} s)", flush=True)
            for what in given.change or CHANGES:
                began = time.monotonic()
                with copied(ground) as copy:
                    figure = moved(copy, what, given.kills, random.Random(f"{given.seed} {kind} {what}"))
                kept &= figure.kept
                print(f"{figure}   ({time.monotonic() - began:.0f} s)", flush=True)
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
