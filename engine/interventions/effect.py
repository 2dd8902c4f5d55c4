"""
What an intervention does, read from the rows before and after it: the same for the preview, which is rolled back, and
for the real thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from engine.interventions.act import AnswerChange
from engine.sight import full_name
from engine.tables import FAR, Case, Job, Person, Task


@dataclass(frozen=True)
class Spot:
    """
    A task or timer where the case waits.
    """

    id: str
    element: str
    #: due date of a task, moment of a timer
    due_at: datetime | None = None
    #: who holds the task
    holder: str = ""


@dataclass(frozen=True)
class Work:
    """
    Background work that waits.
    """

    kind: str
    #: code of the letter, if it is one
    letter: str | None


@dataclass(frozen=True)
class Shown:
    """
    What the applicant sees of the case, in the words of the diagram.
    """

    status: str
    tone: str
    what_next: str
    due_at: datetime | None
    suspended: bool
    closed: bool


@dataclass(frozen=True)
class Snapshot:
    """
    The case at one moment.
    """

    tasks: Mapping[str, Spot]
    timers: Mapping[str, Spot]
    #: key -> what is asked for
    work: Mapping[str, Work]
    shown: Shown


@dataclass(frozen=True)
class Effect:
    """
    What becomes different.
    """

    #: of the case as it was read: another one means that this no longer holds
    revision: int
    #: tasks, by the order in which they opened
    closes: tuple[Spot, ...] = ()
    opens: tuple[Spot, ...] = ()
    #: tasks whose due date is another: (before, after)
    moved_dates: tuple[tuple[Spot, Spot], ...] = ()
    timers_go: tuple[Spot, ...] = ()
    timers_come: tuple[Spot, ...] = ()
    #: timers that fire at another moment: (before, after)
    timers_follow: tuple[tuple[Spot, Spot], ...] = ()
    #: timers that keep theirs although the due date that they belong to is another
    timers_stay: tuple[Spot, ...] = ()
    work: tuple[Work, ...] = ()
    before: Shown | None = None
    after: Shown | None = None
    #: elements and flows that were passed
    path: tuple[str, ...] = ()
    #: elements where the case waits then
    tokens: tuple[str, ...] = ()
    answers: tuple[AnswerChange, ...] = ()
    #: elements that were decided by the answers as they were, and stay so
    decided: tuple[str, ...] = ()
    #: incidents that it settles
    settled: int = 0
    #: True: it is made without the stored state, which can't be read
    unreadable: bool = False
    #: True: what the applicant reads may not fit the place where the case waits then
    doubtful: bool = False


def snapshot(connection: Connection, case_id: int) -> Snapshot:
    """
    Read a case as it is now. Three statements.
    """
    rows = connection.execute(
        select(Task.id, Task.element, Task.due_at, Person.given_name, Person.surname)
        .outerjoin(Person, Person.id == Task.claimed_by)
        .where(Task.case_id == case_id, Task.state == "open")
        .order_by(Task.opened_at, Task.id)
    )
    tasks = {
        row.id: Spot(
            row.id,
            row.element,
            None if row.due_at == FAR else row.due_at,
            full_name(row.given_name, row.surname),
        )
        for row in rows
    }
    timers, work = {}, {}
    jobs = select(Job.key, Job.kind, Job.task_id, Job.payload, Job.run_at).where(Job.case_id == case_id)
    for row in connection.execute(jobs.order_by(Job.run_at, Job.id)):
        if row.task_id is not None:
            timers[row.task_id] = Spot(row.task_id, row.payload.get("element", ""), row.run_at)
        else:
            work[row.key] = Work(row.kind, row.payload.get("letter"))
    columns = (Case.public_status, Case.status_tone, Case.what_next, Case.due_at, Case.suspended_at, Case.closed_at)
    case = connection.execute(select(*columns).where(Case.id == case_id)).one()
    stands = case.suspended_at is not None, case.closed_at is not None
    return Snapshot(
        tasks, timers, work, Shown(case.public_status, case.status_tone, case.what_next, case.due_at, *stands)
    )


def between(before: Snapshot, after: Snapshot, revision: int, **more: Any) -> Effect:
    """
    Return what is different from one moment to another.
    """
    return Effect(
        revision=revision,
        closes=_only(before.tasks, after.tasks),
        opens=_only(after.tasks, before.tasks),
        moved_dates=_moved(before.tasks, after.tasks),
        timers_go=_only(before.timers, after.timers),
        timers_come=_only(after.timers, before.timers),
        timers_follow=_moved(before.timers, after.timers),
        work=tuple(work for key, work in after.work.items() if key not in before.work),
        before=before.shown,
        after=after.shown,
        **more,
    )


def _moved(before: Mapping[str, Spot], after: Mapping[str, Spot]) -> tuple[tuple[Spot, Spot], ...]:
    both = ((spot, after[key]) for key, spot in before.items() if key in after)
    return tuple((was, now) for was, now in both if was.due_at != now.due_at)


def _only(these: Mapping[str, Spot], those: Mapping[str, Spot]) -> tuple[Spot, ...]:
    return tuple(spot for key, spot in these.items() if key not in those)
