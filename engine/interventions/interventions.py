"""
The doors of interventions: what may be done to a case, what it would do, and doing it.

The preview is the intervention itself in a transaction that is rolled back; nothing of it is ever seen. An
intervention is a step like all others: one transaction, exactly once, with every guard of `engine.steps.writing`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, exists, update
from sqlalchemy.exc import IntegrityError, OperationalError

from engine import deeds, incidents, rights, store, watchdog
from engine.errors import CannotGoOn, CaseChangedMeanwhile, InterventionRefused, NotFound, StateUnreadable, TryAgain
from engine.findings import Reason
from engine.interventions import correcting, onward, whole
from engine.interventions.act import Act
from engine.interventions.effect import Effect, Shown, Snapshot, between, snapshot
from engine.interventions.kinds import (
    KINDS,
    ChangeDue,
    Correct,
    End,
    Intervention,
    Move,
    OnBehalf,
    Resume,
    SendBack,
    Skip,
    Suspend,
)
from engine.interventions.standing import Questions, Standing, questions_of, standing_of
from engine.interventions.status import Wording, wording
from engine.operations import Actor, Operations, Ports
from engine.releases import Releases
from engine.spiff import Run
from engine.steps.writing import Change, Step, Waiting, repeated, save, stored
from engine.storage.database import Database
from engine.tables import Case, Incident, Job, Task
from engine.world import StepWorld, facts_of

_DO: Mapping[type, Callable[[Act, Any], None]] = {
    Suspend: whole.suspend,
    Resume: whole.resume,
    End: whole.end,
    Correct: correcting.correct,
    Skip: onward.skip,
    OnBehalf: onward.on_behalf,
    SendBack: onward.send_back,
    Move: onward.move,
    ChangeDue: whole.change_due,
}


class _RolledBack(Exception):
    """
    Ends the transaction of a preview.
    """

    def __init__(self, effect: Effect) -> None:
        super().__init__()
        self.effect = effect


class Interventions:
    """
    Interventions in the cases of one installation.
    """

    def __init__(self, database: Database, releases: Releases, operations: Operations, ports: Ports) -> None:
        self._database = database
        self._releases = releases
        self._operations = operations
        self._ports = ports

    def standing(self, case_id: int, actor: Actor) -> Standing:
        """
        Return what this person can do to a case now. If its state can't be read, that is ending it, and an incident is
        open.

        Raises:
            NotFound: there is no such case, or nothing that they may do to it.
        """
        with self._database.read() as connection:
            row = _read(connection, case_id)
            kinds = rights.interventions(actor, row.case_unit) if row is not None else ()
            if row is None or not kinds:
                raise NotFound
            if row.case_closed_at is not None or _own(row, actor):
                return Standing(row.revision, (), (), (), row.case_due_at, None)
            try:
                return standing_of(self._act(connection, row, actor, "", "az"), kinds)
            except StateUnreadable as failure:
                message = str(failure)
        left = tuple(kind for kind in kinds if kind == rights.END)
        incident = self._report(case_id, message)
        return Standing(row.revision, left, (), (), row.case_due_at, row.case_suspended_at, unreadable=incident)

    def people(self, case_id: int, actor: Actor, task_id: str) -> list[tuple[int, str]]:
        """
        Return (person, name) of those for whom a task may be completed.

        Raises:
            NotFound, InterventionRefused: as `questions`.
        """
        with self._database.read() as connection:
            act = self._judged(_read(connection, case_id), connection, actor, OnBehalf(task_id, 0), "", "az")
            return [(one.person_id, one.name) for one in onward.people(act, act.waiting(task_id))]

    def questions(self, case_id: int, actor: Actor, wish: Intervention, language: str = "az") -> tuple[Questions, ...]:
        """
        Return the forms, or parts of them, that must be filled in for an intervention.

        Raises:
            NotFound: there is no such case, or it is not for this person.
            InterventionRefused: it can't be done.
        """
        with self._database.read() as connection:
            act = self._judged(_read(connection, case_id), connection, actor, wish, "", language)
            return questions_of(act, wish)

    def preview(self, case_id: int, actor: Actor, wish: Intervention, *, language: str = "az") -> Effect:
        """
        Return what an intervention would do; nothing is changed.

        Raises:
            NotFound, InterventionRefused, AnswersRefused: as `do`.
        """

        def try_it(connection: Connection) -> Effect:
            _, effect = self._make(connection, case_id, actor, wish, "", secrets.token_hex(16), language)
            raise _RolledBack(effect)

        try:
            return self._in_step(try_it)
        except _RolledBack as done:
            return done.effect

    def do(self, case_id: int, actor: Actor, wish: Intervention, *, reason: str, key: str, revision: int) -> Step:
        """
        Make an intervention.

        Args:
            reason: why; it stands in the case's history.
            key: of the page that confirms; the same key again returns the first result.
            revision: of the preview.

        Raises:
            NotFound: there is no such case, or it is not for this person.
            InterventionRefused: it can't be done; nothing was changed.
            AnswersRefused: with the errors of all fields; nothing was changed.
            CaseChangedMeanwhile: the case is no longer as it was when the preview was made.
            TryAgain: the database is not available.
        """

        def make(connection: Connection) -> Step:
            row = store.lock_case(connection, case_id)
            done = store.finished_step(connection, key)
            if done is not None and row is not None and done.case_id == case_id:
                return repeated(done)
            if row is not None and row.revision != revision:
                raise CaseChangedMeanwhile
            step, _ = self._make(connection, case_id, actor, wish, reason, key, "az")
            return step

        return self._in_step(make)

    def is_done(self, case_id: int, key: str) -> bool:
        """
        Tell whether the page with this key has made its intervention already.
        """
        with self._database.read() as connection:
            done = store.finished_step(connection, key)
        return done is not None and done.case_id == case_id

    def _report(self, case_id: int, message: str) -> int:
        """Return the incident that the state can't be read."""
        with self._database.step() as connection:
            store.lock_case(connection, case_id)
            return incidents.open_for_state(connection, case_id, message, self._ports.clock.now())

    def _in_step(self, work: Callable[[Connection], Any]) -> Any:
        try:
            with self._database.step() as connection:
                return work(connection)
        except (IntegrityError, OperationalError) as away:
            raise TryAgain from away

    def _make(
        self,
        connection: Connection,
        case_id: int,
        actor: Actor,
        wish: Intervention,
        reason: str,
        key: str,
        language: str,
    ) -> tuple[Step, Effect]:
        act = self._judged(store.lock_case(connection, case_id), connection, actor, wish, key, language)
        was = snapshot(connection, case_id)
        act.before |= _stood(act, was)
        act.run.path = []
        try:
            _DO[type(wish)](act, wish)
            act.after |= _stands(act.run)
            said = _said(act, wish, was.shown)
            act.shows = act.shows or said.shows
            change = Change.of(act.row, key, KINDS[type(wish)][1], act.element)
            detail = {**act.detail, "reason": reason, "before": act.before, "after": act.after}
            change = change.also(detail, act.columns).made_by(actor.person_id, act.shows)
            saved = save(act.world, act.run, change, act.waited, act.closing)
            about = {"case_id": case_id, "detail": {"element": act.element} if act.element else {}}
            deeds.note(connection, actor, change.event, reason, now=act.now, **about)
            for write in act.then:
                write()
        except CannotGoOn as failure:
            place = act.label(failure.element or act.element or "")
            raise InterventionRefused(Reason("intervention.stops", {"place": place, "code": failure.code})) from failure
        self._follow(act, ended=saved.step.finished)
        settled = self._settle(act, ended=saved.step.finished)
        now = snapshot(connection, case_id)
        stands = (one.element for one in (*act.run.tasks, *act.run.timers, *act.run.events))
        more: dict[str, Any] = {"tokens": tuple(dict.fromkeys(stands))}
        more |= {"path": tuple(act.run.path), "answers": tuple(act.answers), "decided": tuple(act.decided)}
        more |= {"settled": settled, "unreadable": act.unreadable, "doubtful": said.doubtful}
        more["timers_stay"] = tuple(now.timers[key] for key in act.keep_their_time)
        return saved.step, between(was, now, act.row.revision, **more)

    def _follow(self, act: Act, *, ended: bool) -> None:
        """Keep the timers of a suspended case held, those that have just begun too."""
        suspended = act.columns.get("suspended_at", act.row.case_suspended_at)
        if suspended is not None and not ended:
            whole.hold_timers(act.connection, act.row.case_id)

    def _settle(self, act: Act, *, ended: bool) -> int:
        """Settle the incidents whose task or work is gone; return how many those are."""
        task = exists().where(Task.id == Incident.task_id, Task.state == "open")
        job = exists().where(Job.id == Incident.job_id)
        gone = (Incident.task_id.is_not(None) & ~task) | (Incident.job_id.is_not(None) & ~job)
        over = Incident.job_id.is_(None) if ended else Incident.code == watchdog.CODE
        mine = (Incident.case_id == act.row.case_id) & Incident.resolved_at.is_(None)
        settled = update(Incident).where(mine, gone | over)
        return act.connection.execute(settled.values(resolved_at=act.now, resolved_by=act.actor.person_id)).rowcount

    def _judged(
        self, row: Row[Any] | None, connection: Connection, actor: Actor, wish: Intervention, key: str, language: str
    ) -> Act:
        kind, _ = KINDS[type(wish)]
        if row is None or kind not in rights.interventions(actor, row.case_unit):
            raise NotFound
        if row.case_closed_at is not None:
            raise InterventionRefused(Reason("intervention.over"))
        if _own(row, actor):
            raise InterventionRefused(Reason("intervention.own"))
        try:
            return self._act(connection, row, actor, key, language, ending=isinstance(wish, End))
        except StateUnreadable as failure:
            raise InterventionRefused(Reason("intervention.unreadable")) from failure

    def _act(
        self, connection: Connection, row: Row[Any], actor: Actor, key: str, language: str, *, ending: bool = False
    ) -> Act:
        """Take up a case; to end it neither its state is needed nor that this says the same as the rows."""
        release = self._releases.get(row.release_id)
        now = self._ports.clock.now()
        world = StepWorld(connection, now, facts_of(row), actor, release, self._operations, self._ports, {})
        unreadable = False
        try:
            run = release.program.resume(row.case_state, world)
            waited = Waiting.of(run)
        except StateUnreadable:
            if not ending:
                raise
            run, waited, unreadable = release.program.begin(world), Waiting(), True
        if ending:
            waited = waited.also(stored(connection, (row.case_id,)).get(row.case_id, Waiting()))
        given = store.answers_of(connection, row.case_id)
        return Act(connection, row, actor, world, run, waited, given, key, unreadable, language)


def _own(row: Row[Any], actor: Actor) -> bool:
    return row.applicant_id in (actor.person_id, actor.applicant_id)


def _stood(act: Act, was: Snapshot) -> dict[str, Any]:
    """Where the case waited: by its rows, if its state can't be read."""
    if not act.unreadable:
        return _stands(act.run)
    return {
        "tasks": sorted(spot.element for spot in was.tasks.values()),
        "timers": sorted(spot.element for spot in was.timers.values()),
        "events": sorted(event.element for event in act.waited.events),
    }


def _said(act: Act, wish: Intervention, shown: Shown) -> Wording:
    """What the case says of itself now, if its token was put elsewhere."""
    if not isinstance(wish, SendBack | Move) or act.run.ended:
        return Wording()
    was = act.waited.tasks | act.waited.timers | {event.id for event in act.waited.events}
    spots = [(one.id, one.element) for one in (*act.run.tasks, *act.run.timers, *act.run.events)]
    come = [element for key, element in spots if key not in was]
    stayed = [element for key, element in spots if key in was]
    return wording(act.world.release.diagram, shown, wish.target, [*act.run.path, *come], stayed)


def _stands(run: Run) -> dict[str, Any]:
    return {
        "tasks": sorted(task.element for task in run.tasks),
        "timers": sorted(timer.element for timer in run.timers),
        "events": sorted(event.element for event in run.events),
    }


def _read(connection: Connection, case_id: int) -> Row[Any] | None:
    return connection.execute(store.SELECT_CASE.where(Case.id == case_id)).one_or_none()
