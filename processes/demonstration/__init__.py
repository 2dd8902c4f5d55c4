"""
The demonstration: invented people, books and two hundred cases, so that every list looks like life.

The cases are not written into tables: they are walked on the real engine, at their times over the last weeks, and what
they ask for in the background is really done. Mails of the past are written to the mail folder, whatever server is
configured. Nothing here is for production.
"""

from __future__ import annotations

import heapq
import logging
import os
import random
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Protocol

from sqlalchemy import Row, func, select

from engine.cases import Cases
from engine.clock import SettableClock
from engine.jobs import Worker
from engine.mail import FolderMailer, Sender
from engine.operations import Actor, Operations, Ports
from engine.releases import Releases
from engine.settings import Settings
from engine.storage.database import Database
from engine.storage.files import Files
from engine.tables import Audit, Job, Task, TaskCandidate
from processes.demonstration import people, stories
from processes.demonstration.stories import Scene, Turn
from processes.demonstration.troubles import UNBLOCKED, FussyPost, Troubles
from processes.registry import calendar

PROCESS = "meter_installation"
#: what has not happened yet is left to the people who look at the demonstration
MARGIN = timedelta(minutes=3)

Progress = Callable[[int, int], None]


class Doors(Protocol):
    """
    The installation to fill; its release is deployed and its shipped books are there.
    """

    settings: Settings
    database: Database
    releases: Releases
    operations: Operations
    ports: Ports


def load(doors: Doors, progress: Progress = lambda _done, _all: None) -> bool:
    """
    Load the demonstration; return False, changing nothing, if it is there.

    Loading that was cut off goes on where it was: every step has a key of its own and happens once.

    Args:
        progress: told how many of how many cases' turns are taken.
    """
    now = doors.ports.clock.now()
    with doors.database.read() as connection:
        if people.is_open(connection):
            return False
    with doors.database.hurrying():
        with doors.database.step() as connection:
            if not people.is_filled(connection):
                people.Casting(connection, now).fill()
            cast = people.cast_of(connection)
        with _unlogged():
            Theatre(doors, stories.scenes(cast, now, people.SEED), cast.operator, now).play(progress)
        os.sync()  # letters and mails were written without waiting for the disk, too
    with doors.database.step() as connection:
        people.open_doors(connection)
    return True


@contextmanager
def _unlogged() -> Iterator[None]:
    """Failures of the stories are meant: whoever starts the program is not to take them for its own."""
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


class Theatre:
    """
    Takes the turns of all stories in the order of their times, and lets timers and jobs run between them.
    """

    def __init__(self, doors: Doors, scenes: tuple[Scene, ...], operator: Actor, now: datetime) -> None:
        self._database = doors.database
        self._clock = SettableClock(now)
        sender = Sender(doors.settings.sender, doors.settings.sender_name)
        folder = FolderMailer(doors.settings.mail, sender=sender, clock=self._clock, durable=False)
        mailer = FussyPost(folder, self._clock, now - UNBLOCKED)
        files = Files(doors.settings.files, durable=False)
        ports = replace(doors.ports, clock=self._clock, mailer=mailer, files=files)
        self._cases = Cases(doors.database, doors.releases, doors.operations, ports)
        self._worker = Worker(doors.database, doors.operations, self._cases, ports)
        self._end = now - MARGIN
        by_number = {scene.number: scene for scene in scenes}
        troubles = Troubles(doors.database, doors.releases, doors.operations, ports, by_number)
        self._interludes = deque(troubles.interludes(operator, now))
        self._agenda = [(scene.begins, scene.number, scene) for scene in scenes]
        self._total = sum(len(scene.turns) + 1 for scene in scenes)
        with doors.database.read() as connection:
            self._free = {
                day.day: day.kind for year in (now.year - 1, now.year) for day in calendar.days_of(connection, year)
            }
            prefix = Audit.key.like("demonstration:%")
            self._taken = frozenset(connection.execute(select(Audit.key).where(prefix)).scalars())

    def play(self, progress: Progress) -> None:
        """
        Take every turn that lies in the past, then do what is due until now.
        """
        heapq.heapify(self._agenda)
        count = 0
        while self._agenda:
            at, number, scene = heapq.heappop(self._agenda)
            self._play_until(at)
            self._clock.set(at)
            scene.now = at
            taken = self._take(scene)
            after = self._next(scene) if taken else self._at_work(at + timedelta(days=1), scene.random)
            count += taken
            progress(count, self._total)
            if after is not None and after < self._end:
                heapq.heappush(self._agenda, (after, number, scene))
        self._play_until(self._end)

    def _play_until(self, moment: datetime) -> None:
        """
        Let everything happen until then that is no turn: interludes, timers and jobs.
        """
        while self._interludes and self._interludes[0].at <= moment:
            interlude = self._interludes.popleft()
            self._work_until(interlude.at)
            self._clock.set(interlude.at)
            interlude.play()
        self._work_until(moment)

    def _take(self, scene: Scene) -> bool:
        """
        Take the scene's next turn; return False if its task is not there yet.
        """
        key = f"demonstration:{scene.number}:{scene.done}"
        if scene.case_id is None:
            actor = scene.applicant.actor
            scene.case_id = self._cases.start(PROCESS, actor, key=f"{key}:begin", language=scene.language).case_id
            return True
        turn = scene.turns[scene.done]
        key = f"{key}:{turn.element}"
        task = self._task(scene.case_id, turn.element)
        if task is None:
            return False
        scene.unit = task.unit or ""
        posted, actor = stories.posted(turn, scene), self._actor(scene, turn, task.id)
        if key not in self._taken:
            if task.state != "open":
                return False
            self._cases.submit(task.id, actor, key=key, posted=posted)
        scene.done += 1
        return True

    def _task(self, case_id: int, element: str) -> Row[tuple[str, str | None, str]] | None:
        """
        Return id, office and state of the newest task of this element in the case.
        """
        query = select(Task.id, Task.unit, Task.state).where(Task.case_id == case_id, Task.element == element)
        with self._database.read() as connection:
            return connection.execute(query.order_by(Task.opened_at.desc()).limit(1)).one_or_none()

    def _actor(self, scene: Scene, turn: Turn, task_id: str) -> Actor:
        if turn.role != "fitter":
            return scene.actor(turn.role)
        query = select(TaskCandidate.person_id).where(TaskCandidate.task_id == task_id)
        with self._database.read() as connection:
            candidates = set(connection.scalars(query))
        return next(each for each in scene.cast.staff[scene.unit, "fitter"] if each.person_id in candidates)

    def _next(self, scene: Scene) -> datetime | None:
        if scene.done == len(scene.turns):
            return None
        turn, now = scene.turns[scene.done], scene.now
        assert now is not None
        if turn.wait is None and scene.visit is not None:
            hour = time(scene.random.randint(9, 17), scene.random.randint(0, 59))
            at = datetime.combine(scene.visit, hour, calendar.BAKU)
        else:
            at = now + timedelta(days=(turn.wait or 0) * scene.random.uniform(0.8, 1.2))
        if turn.role != "citizen":
            at = self._at_work(at, scene.random)
        return max(at, now + timedelta(seconds=20))

    def _at_work(self, at: datetime, chance: random.Random) -> datetime:
        """
        Return `at`, or the next morning of a working day if the office is closed then.
        """
        local = at.astimezone(calendar.BAKU)
        if calendar.is_working(local.date(), self._free) and 9 <= local.hour < 18:
            return at
        day = local.date() + timedelta(days=local.hour >= 9)
        while not calendar.is_working(day, self._free):
            day += timedelta(days=1)
        return _morning(day, chance)

    def _work_until(self, moment: datetime) -> None:
        """
        Let every timer and job that is due by then run at its own time.
        """
        while True:
            with self._database.read() as connection:
                due = connection.scalar(select(func.min(Job.run_at)).where(Job.state == "ready", Job.run_at <= moment))
            if due is None:
                return
            self._clock.set(max(due, self._clock.now()))
            self._worker.run_once()


def _morning(day: date, chance: random.Random) -> datetime:
    return datetime.combine(day, time(9, chance.randint(0, 59), chance.randint(0, 59)), calendar.BAKU)
