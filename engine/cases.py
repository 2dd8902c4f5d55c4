"""
The use cases of a case, and the only door to change one: start, submit, claim, put back, give, fire a timer or tell an
event.

A step happens exactly once: in one transaction the case is read, the asker and the answers are checked, the diagram
advances, and state, tasks, answers, audit and jobs are written. Pages and workers call; they never commit.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from engine import incidents, rights, store, trail
from engine.errors import (
    CannotGoOn,
    CaseSuspended,
    EngineError,
    FormOutdated,
    NotFound,
    NotYourTask,
    StateUnreadable,
    TaskAlreadyDone,
    TryAgain,
)
from engine.operations import Actor, CaseFacts, Operations, Ports
from engine.releases import Release, Releases, active_id
from engine.steps.assigning import telling
from engine.steps.completing import Answered, complete
from engine.steps.runs import Given, Runs
from engine.steps.writing import Change, Saved, Step, Waiting, audit_row, repeated, save
from engine.storage.database import Database
from engine.tables import APPLICANT, FAR, Draft, Membership, Person, Task
from engine.tally import STEPS, STEPS_REFUSED
from engine.world import StepWorld, facts_of
from forms import Form, Upload

logger = logging.getLogger(__name__)

_ATTEMPTS = 3


@dataclass(frozen=True)
class OpenTask:
    """
    A task with everything that its page shows.
    """

    id: str
    element: str
    #: Azerbaijani
    name: str
    documentation: str
    role: str
    unit: str | None
    opened_at: datetime
    due_at: datetime | None
    claimed_by: int | None
    claimed_name: str | None
    case: CaseFacts
    release: Release
    form: Form
    context: Mapping[str, Any]
    #: the person's draft
    typed: Mapping[str, list[str]] | None
    #: False: a colleague holds it
    may_complete: bool
    #: its case is: nobody can complete it now
    suspended: bool


class Cases:
    """
    All cases of one installation.
    """

    def __init__(self, database: Database, releases: Releases, operations: Operations, ports: Ports) -> None:
        self.releases = releases
        self._database = database
        self._releases = releases
        self._operations = operations
        self._ports = ports
        self._runs = Runs()

    def start(self, process: str, actor: Actor, *, key: str, language: str, channel: str = "web") -> Step:
        """
        Open a case for `actor` and run to the first task.

        Args:
            key: of the submit; the same key again returns the first result.

        Raises:
            NotFound: if there is no such process.
            CannotGoOn: if the diagram can't begin.
        """

        def begin(connection: Connection, again: bool) -> Step:
            release = self._releases.get(active_id(connection, process))
            if release.begins_itself:
                raise NotFound
            done = store.finished_step(connection, key) if again else None
            if done is not None:
                return repeated(done)
            return self._keep(self.begin(connection, release, actor, key=key, language=language, channel=channel), {})

        return self._once("started", begin)

    def begin(
        self,
        connection: Connection,
        release: Release,
        actor: Actor,
        *,
        key: str,
        language: str,
        channel: str,
        payload: Any = None,
        conversation: str | None = None,
        unit: str | None = None,
    ) -> Saved:
        """
        Open a case on a release inside the caller's transaction and run to the first wait.

        Args:
            payload: what the message or signal carries that opens it.
            conversation: key that its messages carry.
            unit: office that it begins in.

        Raises:
            CannotGoOn: if the diagram can't begin; the caller must roll back.
        """
        now = self._ports.clock.now()
        opened = {
            "process": release.process,
            "release_id": release.id,
            "revision": 0,
            "applicant_id": actor.applicant_id,
            "channel": channel,
            "language": language,
            "opened_at": now,
            "status_at": now,
            "facets": {},
            "conversation": conversation,
            "unit": unit,
            "state": b"",
        }
        case_id = store.insert_case(connection, opened)
        facts = CaseFacts(
            case_id,
            None,
            release.process,
            unit,
            actor.applicant_id,
            language,
            now,
            None,
            {},
            conversation=conversation,
        )
        world = StepWorld(connection, now, facts, actor, release, self._operations, self._ports, {})
        event = next(release.diagram.of_kind("startEvent"))
        run = release.program.begin(world, world.carried(event.id, payload) if event.catches else None)
        run.advance()
        return save(world, run, Change(key, "started", None, 0, "", ""), Waiting())

    def open_task(self, task_id: str, actor: Actor, *, language: str = "az") -> OpenTask:
        """
        Return a task that waits for this person.

        Raises:
            NotFound: if there is none, or not for this person.
            TaskAlreadyDone: if it is closed.
            CannotGoOn: if the state of the case can't be read; an incident is open.
        """
        try:
            return self._open_task(task_id, actor, language)
        except CannotGoOn as failure:
            with self._database.step() as connection:
                self._open_incident(connection, task_id, actor, failure)
            raise

    def _open_task(self, task_id: str, actor: Actor, language: str) -> OpenTask:
        with self._database.read() as connection:
            row = store.show_task(connection, task_id, actor.person_id)
            row, release = self._judge(row, actor)
            trail.found(case=row.case_id, number=row.number, element=row.element)
            world = self._world(connection, row, actor, release)
            world.answers = release.standing(store.answers_of(connection, row.case_id))
            data = release.program.resume(row.case_state, world).data(task_id)
            element = release.diagram.elements[row.element]
            return OpenTask(
                id=task_id,
                element=row.element,
                name=element.name,
                documentation=element.documentation,
                role=row.role,
                unit=row.unit,
                opened_at=row.opened_at,
                due_at=None if row.due_at == FAR else row.due_at,
                claimed_by=row.claimed_by,
                claimed_name=f"{row.given_name} {row.surname}" if row.claimed_by is not None else None,
                case=world.case,
                release=release,
                form=release.forms[element.properties["formKey"]],
                context=world.context(row.element, data, language),
                typed=row.typed,
                may_complete=row.claimed_by in (None, actor.person_id),
                suspended=row.case_suspended_at is not None,
            )

    def submit(
        self,
        task_id: str,
        actor: Actor,
        *,
        key: str,
        posted: Mapping[str, Sequence[str]],
        uploads: Mapping[str, Sequence[Upload]] | None = None,
        release_id: str | None = None,
    ) -> Step:
        """
        Complete a task with what was posted.

        Args:
            key: made with the page; the same key again returns the first result.
            release_id: release under which the page was made.

        Raises:
            AnswersRefused: with the errors of all fields; nothing was changed.
            NotFound, NotYourTask, TaskAlreadyDone, CaseChangedMeanwhile, FormOutdated, CaseSuspended: nothing was
                changed.
            CannotGoOn: nothing was changed, an incident is open and what was posted is kept as a draft.
            TryAgain: the database is not available.
        """

        def take(connection: Connection, _again: bool) -> Step:
            row = store.lock_task(connection, task_id, actor.person_id)
            trail.found(case=row and row.case_id, number=row and row.number, element=row and row.element)
            if row is not None and row.state != "open":
                done = store.finished_step(connection, key)
                if done is not None and done.case_id == row.case_id:
                    return repeated(done)
            row, release = self._judge(row, actor)
            if row.claimed_by not in (None, actor.person_id):
                raise NotYourTask
            if release_id is not None and release_id != row.release_id:
                raise FormOutdated
            if row.case_suspended_at is not None:
                raise CaseSuspended
            world = self._world(connection, row, actor, release)
            run, given = self._runs.take(row.case_id, row.audit_hash) or (
                release.program.resume(row.case_state, world),
                store.answers_of(connection, row.case_id),
            )
            run.hand_to(world)
            if not run.is_open(task_id):
                raise StateUnreadable("The task is open in the table, but not in the state.", element=row.element)
            before = Waiting.of(run)
            answered = Answered(task_id, row.element, posted, uploads or {})
            closing = complete(world, run, given, answered, in_place=row.has_candidates and not row.is_candidate)
            change = Change.of(row, key, "submitted", row.element)
            return self._keep(save(world, run, change, before, closing), given)

        try:
            return self._once("submitted", take)
        except CannotGoOn as failure:
            self._keep_failure(task_id, actor, posted, failure)
            raise

    def fire(
        self,
        connection: Connection,
        *,
        task_id: str,
        case_id: int,
        key: str,
        event: str = "timer",
        payload: Any = None,
    ) -> bool:
        """
        Let a timer of a case fire, or tell an event of it what it waits for, inside the caller's transaction; return
        False and change nothing if it no longer waits.

        Args:
            event: what the audit calls it.
            payload: what the message carried.

        Raises:
            CaseSuspended: the timer must be held until the case is resumed.
            CannotGoOn: if the diagram can't go on; the caller must roll back.
        """
        row = store.lock_case(connection, case_id)
        if row is None or row.case_closed_at is not None:
            return False
        if row.case_suspended_at is not None:
            raise CaseSuspended
        release = self._releases.get(row.release_id)
        world = self._world(connection, row, None, release)
        world.answers = release.standing(store.answers_of(connection, case_id))
        run = release.program.resume(row.case_state, world)
        before = Waiting.of(run)
        element = next((one.element for one in before.events if one.id == task_id), None)
        if run.fire(task_id, payload):
            save(world, run, Change.of(row, key, event, element), before)
            return True
        return False

    def timers(self, case_id: int) -> dict[str, str]:
        """
        Return the timers of a case that wait: task id -> element.

        Raises:
            NotFound: if there is no such case.
        """
        with self._database.read() as connection:
            row = store.lock_case(connection, case_id)
            if row is None:
                raise NotFound
            release = self._releases.get(row.release_id)
            run = release.program.resume(row.case_state, self._world(connection, row, None, release))
            return {timer.id: timer.element for timer in run.timers}

    def claim(self, task_id: str, actor: Actor) -> None:
        """
        Take a task; nobody else can complete it until it is put back.

        Raises:
            NotFound, TaskAlreadyDone: as `open_task`.
            NotYourTask: if a colleague holds it.
        """
        self._hold(task_id, actor, actor.person_id, "claimed")

    def put_back(self, task_id: str, actor: Actor) -> None:
        """
        Put a held task back into the office's queue.

        Raises:
            NotYourTask: if somebody else holds it.
        """
        self._hold(task_id, actor, None, "put_back")

    def give(self, task_id: str, actor: Actor, person_id: int) -> None:
        """
        Give a task to somebody who has its role in its office: one's own, one that waits for somebody with one's own
        role, or, as who leads the office, one that another person holds or alone was to do.

        Raises:
            NotYourTask: if somebody else holds it, or the colleague may not do it.
        """
        if person_id not in {found for found, _ in self.colleagues(task_id, actor)}:
            raise NotYourTask
        self._hold(task_id, actor, person_id, "given")

    def colleagues(self, task_id: str, actor: Actor) -> list[tuple[int, str]]:
        """
        Return (person, name) of everybody who has the task's role in its office, by surname.
        """
        with self._database.read() as connection:
            row = store.show_task(connection, task_id, actor.person_id)
            row, _ = self._judge(row, actor, giving=True)
            found = (
                select(Person.id, Person.given_name, Person.surname)
                .join(Membership, Membership.person_id == Person.id)
                .where(Membership.role == row.role, Membership.unit.in_((row.unit, "*")), Person.active)
                .order_by(Person.surname, Person.given_name)
                .distinct()
            )
            return [(key, f"{given} {surname}") for key, given, surname in connection.execute(found)]

    def save_draft(self, task_id: str, actor: Actor, typed: Mapping[str, Sequence[str]]) -> None:
        """
        Keep what a person typed into a task and has not sent.
        """
        with self._database.step() as connection:
            self._judge(store.lock_task(connection, task_id, actor.person_id), actor)
            self._write_draft(connection, task_id, actor, typed)

    def _write_draft(
        self, connection: Connection, task_id: str, actor: Actor, typed: Mapping[str, Sequence[str]]
    ) -> None:
        mine = (Draft.task_id == task_id) & (Draft.person_id == actor.person_id)
        connection.execute(delete(Draft).where(mine))
        row = {"task_id": task_id, "person_id": actor.person_id, "saved_at": self._ports.clock.now()}
        connection.execute(insert(Draft).values(**row, typed={name: list(texts) for name, texts in typed.items()}))

    def _hold(self, task_id: str, actor: Actor, holder: int | None, event: str) -> None:
        def hold(connection: Connection, _again: bool) -> None:
            row = store.lock_task(connection, task_id, actor.person_id)
            giving = event == "given"
            row, _ = self._judge(row, actor, giving=giving)
            others = row.claimed_by not in (None, actor.person_id)
            if others and not (giving and rights.may_give(actor, row.role, row.unit)):
                raise NotYourTask
            connection.execute(update(Task).where(Task.id == task_id).values(claimed_by=holder))
            change = Change.of(row, secrets.token_hex(16), event, row.element)
            detail = {"task": task_id, "holder": holder, "from": row.claimed_by}
            audit = audit_row(change, row.case_id, self._ports.clock.now(), actor, detail)
            store.insert_audit(connection, audit)
            store.update_case(connection, row.case_id, row.revision, {"audit_hash": audit["hash"]})
            if giving and holder is not None:
                told = telling(
                    self._operations, task_id, row.case_id, (holder,), actor, now=audit["at"], occasion=change.key[:12]
                )
                store.insert_jobs(connection, told)

        self._once(event, hold)

    def _judge(self, row: Row[Any] | None, actor: Actor, *, giving: bool = False) -> tuple[Row[Any], Release]:
        """Raise unless the person may do the task, or give it to others, and it is open; return it with its release."""
        if row is None or not (_is_for(row, actor) or (giving and rights.may_give(actor, row.role, row.unit))):
            raise NotFound
        if row.state != "open":
            raise TaskAlreadyDone(row.case_id, row.closed_by, row.closed_at, cancelled=row.state == "cancelled")
        return row, self._releases.get(row.release_id)

    def _world(self, connection: Connection, row: Row[Any], actor: Actor | None, release: Release) -> StepWorld:
        facts = facts_of(row)
        now = self._ports.clock.now()
        return StepWorld(connection, now, facts, actor, release, self._operations, self._ports, {})

    def _once(self, event: str, step: Any) -> Any:
        """Run a step in its transaction and tell that it was taken, or why not."""
        began = time.perf_counter()
        with trail.span("step", event=event):
            try:
                taken = self._commit(step)
            except EngineError as refusal:
                STEPS_REFUSED.labels(refusal.code).inc()
                raise
            if isinstance(taken, Step):
                trail.found(case=taken.case_id, number=taken.number)
            spent = time.perf_counter() - began
            STEPS.labels(event).observe(spent)
            logger.info("step taken", extra={"milliseconds": round(spent * 1000, 1)})
            return taken

    def _commit(self, step: Any) -> Any:
        """Commit a step; after a collision of keys or numbers make it anew, told so."""
        for attempt in range(_ATTEMPTS):
            try:
                with self._database.step() as connection:
                    return step(connection, attempt > 0)
            except IntegrityError as collision:
                last: Exception = collision
            except OperationalError as away:
                raise TryAgain from away
        raise TryAgain from last

    def _keep(self, saved: Saved, given: Given) -> Step:
        self._runs.keep(saved.step.case_id, saved.audit_hash, saved.run, given)
        return saved.step

    def _keep_failure(
        self, task_id: str, actor: Actor, posted: Mapping[str, Sequence[str]], failure: CannotGoOn
    ) -> None:
        with self._database.step() as connection:
            self._open_incident(connection, task_id, actor, failure)
            self._write_draft(connection, task_id, actor, posted)

    def _open_incident(self, connection: Connection, task_id: str, actor: Actor, failure: CannotGoOn) -> None:
        row = connection.execute(select(Task.case_id, Task.element).where(Task.id == task_id)).one()
        element, now = failure.element or row.element, self._ports.clock.now()
        incidents.open_for_step(
            connection,
            case_id=row.case_id,
            task_id=task_id,
            element=element,
            code=failure.code,
            message=str(failure),
            by=actor.person_id,
            now=now,
        )
        logger.error("step failed", extra={"case": row.case_id, "element": element, "code": failure.code})


def _is_for(row: Row[Any], actor: Actor) -> bool:
    if row.role == APPLICANT:
        return bool(row.applicant_id == actor.applicant_id)
    if row.claimed_by == actor.person_id:
        return True
    leads = rights.leads(actor, row.unit)
    return actor.has(row.role, row.unit) and (not row.has_candidates or row.is_candidate or leads)
