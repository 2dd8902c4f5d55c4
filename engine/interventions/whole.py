"""
What is done to a case as a whole: suspended, resumed, ended, given another due date.

A suspended case: its timers and what others tell it are held, and come once when it is resumed; background work
that was asked for before goes on, for it follows from steps that were taken; its term runs on, for the law knows no
pause of the office's own.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, update

from engine.diagram import Element
from engine.errors import InterventionRefused
from engine.findings import Reason
from engine.interventions.act import Act
from engine.interventions.kinds import ChangeDue, End, Resume, Suspend
from engine.tables import APPLICANT, FAR, HELD, Job, Task

#: outcome of a case that was ended by hand
CANCELLED = "cancelled"


def suspend(act: Act, _: Suspend) -> None:
    """
    Let the case stand still.
    """
    if act.row.case_suspended_at is not None:
        raise InterventionRefused(Reason("intervention.suspended"))
    act.columns["suspended_at"] = act.now


def resume(act: Act, _: Resume) -> None:
    """
    Let the case go on.
    """
    since = act.row.case_suspended_at
    if since is None:
        raise InterventionRefused(Reason("intervention.not_suspended"))
    act.columns["suspended_at"] = None
    act.before["suspended_at"] = since.isoformat()
    act.then.append(lambda: _release(act))


def hold_timers(connection: Connection, case_id: int) -> None:
    """
    Keep the timers of a case from firing.
    """
    timers = update(Job).where(Job.case_id == case_id, Job.kind == "timer", Job.state == "ready")
    connection.execute(timers.values(state=HELD))


def _release(act: Act) -> None:
    """Let timers and messages that were held come."""
    held = update(Job).where(Job.case_id == act.row.case_id, Job.state == HELD)
    act.connection.execute(held.values(state="ready", sent_at=None))


def end(act: Act, wish: End) -> None:
    """
    End the case: what was opened for it closes, and the applicant reads why.
    """
    release = act.world.release
    act.run.end()
    act.columns["suspended_at"] = None
    act.then.append(lambda: _release(act))  # a message that came meanwhile goes to somebody else
    words = {"publicStatus": release.ended_status, "statusTone": "grey", "whatNext": wish.explanation}
    act.shows = Element("", "endEvent", "", properties={**words, "outcome": CANCELLED})
    act.detail["explanation"] = wish.explanation
    if act.unreadable:
        act.detail["unreadable"] = True
    act.world.answers = release.standing(act.given)
    act.world.tell(act.world.operations.endings.get(release.process), f"{act.row.case_id}:ended")


def change_due(act: Act, wish: ChangeDue) -> None:
    """
    Change the due date of a task, or of the case and with it of the tasks that have none of their own. A timer that
    waits for the same moment follows; others keep theirs, and the preview says so.
    """
    if wish.at <= act.now:
        raise InterventionRefused(Reason("intervention.past"))
    act.after["due_at"] = wish.at.isoformat()
    if wish.task is None:
        _change_term(act, wish.at)
        return
    act.element = act.waiting(wish.task)
    of_task = Task.id == wish.task
    was = act.connection.scalar(Task.__table__.select().with_only_columns(Task.due_at).where(of_task))
    act.before["due_at"] = None if was in (None, FAR) else was.isoformat()
    act.detail["task"] = wish.task
    act.then.append(lambda: _set_due(act.connection, of_task, wish.at))
    _lead_timers(act, act.run.beside(wish.task), was, wish.at)


def _change_term(act: Act, at: datetime) -> None:
    case = act.world.case
    if case.due_at is None:
        raise InterventionRefused(Reason("intervention.no_term"))
    act.before["due_at"] = case.due_at.isoformat()
    act.world.case = replace(case, due_at=at)
    follow = (
        (Task.case_id == case.id) & (Task.state == "open") & (Task.role != APPLICANT) & (Task.due_at == case.due_at)
    )
    act.then.append(lambda: _set_due(act.connection, follow, at))
    _lead_timers(act, frozenset(timer.id for timer in act.run.timers), case.due_at, at)


def _lead_timers(act: Act, timers: Collection[str], was: datetime | None, at: datetime) -> None:
    """Let those of the timers that wait for a due date as it was wait for the new one."""
    for timer in act.run.timers:
        if timer.id in timers and timer.due_at == was:
            act.run.let_fire(timer.id, at)
            mine = update(Job).where(Job.task_id == timer.id)
            act.then.append(lambda mine=mine: act.connection.execute(mine.values(run_at=at, sent_at=None)))
        elif timer.id in timers:
            act.keep_their_time.append(timer.id)


def _set_due(connection: Connection, which: ColumnElement[bool], at: datetime) -> None:
    connection.execute(update(Task).where(which).values(due_at=at))
