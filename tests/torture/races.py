"""
Many who want to complete the same task, and what happens when the program does not look.
"""

from __future__ import annotations

import os
import time
from collections import Counter

from sqlalchemy import Column, Integer, MetaData, Table, insert, select, update

from engine.errors import EngineError
from engine.operations import Actor
from engine.tables import Audit, Task
from tests.support.installation import posts
from tests.support.small import bundle
from tests.torture.ground import Figure, Ground, ended, fork
from tests.torture.work import ground_of

#: the naive control's own table: a task, and how often it was completed
_NAIVE = Table("naive_task", MetaData(), Column("id", Integer, primary_key=True), Column("done", Integer))
_LOG = Table("naive_log", _NAIVE.metadata, Column("id", Integer, primary_key=True), Column("task", Integer))


def race(kind: str, tasks: int, completers: int) -> Figure:
    """
    Let `completers` complete each of `tasks` at the same moment, with our steps and with naive ones.
    """
    with ground_of(kind) as ground:
        assert ended(fork(lambda: _open_tasks(ground, tasks)), 60 + tasks)
        begin = time.time() + 2.5
        runs = [fork(lambda at=at: _complete(ground, tasks, at, begin)) for at in range(completers)]
        done = [ended(child, 120 + tasks) for child in runs]
        with ground.open() as site, site.database.read() as connection:
            submitted = select(Audit.case_id).where(Audit.event == "submitted", Audit.element == "assign")
            times = Counter(connection.scalars(submitted))
            naive = Counter(connection.scalars(select(_LOG.c.task)))
        doubled = sum(count > 1 for count in naive.values())
        return Figure(
            "race",
            kind,
            {"tasks": tasks, "completers": completers, "naive control doubled": doubled},
            {
                "lost": tasks - len(times),
                "doubled": sum(count - 1 for count in times.values()),
                "the control shows nothing": doubled == 0,
                "unfinished": sum(not one for one in done),
            },
        )


def _open_tasks(ground: Ground, tasks: int) -> None:
    with ground.open() as site:
        site.releases.deploy(bundle(), now=site.clock.now())
        citizen = site.person("Aysel")
        site.person("Rəşid", ("dispatcher", "north"))
        for number in range(tasks):
            step = site.cases.start("small", citizen, key=f"s{number}", language="az")
            site.cases.submit(step.next_task or "", citizen, key=f"a{number}", posted=posts(reason="new"))
        with site.database.step() as connection:
            _NAIVE.metadata.create_all(connection)
            connection.execute(insert(_NAIVE), [{"id": number, "done": 0} for number in range(tasks)])


def _complete(ground: Ground, tasks: int, at: int, begin: float) -> None:
    dispatcher = Actor(2, "Rəşid", frozenset({("dispatcher", "north")}))
    with ground.open() as site:
        with site.database.read() as connection:
            waiting = select(Task.id).where(Task.element == "assign").order_by(Task.case_id)
            ids = list(connection.scalars(waiting))
        site.releases.active("small")
        time.sleep(max(0.0, begin - time.time()))
        for number, task in enumerate(ids[:tasks]):
            _naive(ground, site, number)
            try:
                site.cases.submit(task, dispatcher, key=f"{at}:{os.getpid()}:{task}", posted=posts(decision="go"))
            except EngineError:
                continue  # somebody was faster, and this one is told so


def _naive(ground: Ground, site: object, number: int) -> None:
    """What a program does that reads, thinks, and writes."""
    database = site.database  # type: ignore[attr-defined]
    with database.read() as connection:
        done = connection.scalar(select(_NAIVE.c.done).where(_NAIVE.c.id == number))
    if done:
        return
    time.sleep(0.001)
    with database.step() as connection:
        connection.execute(update(_NAIVE).where(_NAIVE.c.id == number).values(done=1))
        connection.execute(insert(_LOG).values(task=number))
