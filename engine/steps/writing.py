"""
The writing of a step: what a run came to, as rows of case, tasks, answers, audit and jobs, in the caller's transaction.

It decides nothing about who may ask, and it never commits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from engine import store
from engine.audit import sealed
from engine.diagram import Element
from engine.errors import StateUnreadable
from engine.operations import Actor
from engine.search import words
from engine.spiff import STATE_VERSION, OpenTask, Run, WaitingEvent, WaitingTimer
from engine.steps import messages
from engine.steps.assigning import telling
from engine.steps.terms import stop_or_go_on
from engine.storage.data import dump
from engine.storage.database import together
from engine.tables import APPLICANT, FAR, Job, Subscription, Task
from engine.world import StepWorld


@dataclass(frozen=True)
class Step:
    """
    What a step came to.
    """

    case_id: int
    number: str | None
    #: open task for the same person
    next_task: str | None
    #: True: this step gave the case its number
    registered: bool
    finished: bool
    #: True: the same submit had come before; this is its first result
    repeated: bool = False


@dataclass(frozen=True)
class Change:
    """
    Why a case changes, and how it was found.
    """

    key: str
    event: str
    element: str | None
    revision: int
    audit_hash: str
    public_status: str
    #: what else the audit says, and columns of the case that only this change writes
    detail: Mapping[str, Any] = field(default_factory=dict)
    columns: Mapping[str, Any] = field(default_factory=dict)
    #: who did it, if that is not whom the diagram sees acting
    by: int | None = None
    #: public words that are the case's from now on, whatever the diagram came to
    shows: Element | None = None

    @classmethod
    def of(cls, row: Row[Any], key: str, event: str, element: str | None) -> Change:
        """
        Change the case that `row` read.
        """
        return cls(key, event, element, row.revision, row.audit_hash, row.public_status)

    def also(self, detail: Mapping[str, Any], columns: Mapping[str, Any]) -> Change:
        """
        Return the change with more to say and to write.
        """
        return replace(self, detail=detail, columns=columns)

    def made_by(self, person_id: int, shows: Element | None) -> Change:
        """
        Return the change as one that a person made by hand, with the public words that it gives the case, if any.
        """
        return replace(self, by=person_id, shows=shows)


@dataclass(frozen=True)
class Closing:
    """
    The task that a step completes, with its answers.
    """

    task_id: str
    values: Mapping[str, Any]
    #: True: its element was answered before
    again: bool
    #: ids of uploaded files among the answers
    files: Sequence[str]
    #: True: it was given to the actor in place of its candidates
    in_place: bool = False


@dataclass(frozen=True)
class Waiting:
    """
    What a run waits for: ids of tasks and of timers, and events to be told.
    """

    tasks: frozenset[str] = frozenset()
    timers: frozenset[str] = frozenset()
    events: frozenset[WaitingEvent] = frozenset()

    @classmethod
    def of(cls, run: Run) -> Waiting:
        """
        Return what `run` waits for now.
        """
        return cls(
            frozenset(task.id for task in run.tasks),
            frozenset(timer.id for timer in run.timers),
            frozenset(run.events),
        )

    def also(self, other: Waiting) -> Waiting:
        """
        Return what either of two waits for.
        """
        return Waiting(self.tasks | other.tasks, self.timers | other.timers, self.events | other.events)


def stored(connection: Connection, case_ids: Collection[int]) -> dict[int, Waiting]:
    """
    Return what cases wait for by their rows, whatever their states say; a case that waits for nothing is left out.
    Three statements.
    """
    tasks = select(Task.case_id, Task.id).where(Task.case_id.in_(case_ids), Task.state == "open")
    # also timers whose firing failed: they wait for a person
    timers = select(Job.case_id, Job.task_id).where(Job.case_id.in_(case_ids), Job.kind == "timer")
    columns = (Subscription.task_id, Subscription.element, Subscription.kind, Subscription.name, Subscription.key)
    events = select(Subscription.case_id, *columns).where(Subscription.case_id.in_(case_ids))
    found: dict[int, tuple[set[str], set[str], set[WaitingEvent]]] = {}
    for at, rows in enumerate((tasks, timers, events)):
        for case_id, *facts in connection.execute(rows):
            one: Any = WaitingEvent(*facts) if len(facts) > 1 else facts[0]
            found.setdefault(case_id, (set(), set(), set()))[at].add(one)
    return {case_id: Waiting(*map(frozenset, kinds)) for case_id, kinds in found.items()}


@dataclass(frozen=True)
class Saved:
    """
    A step as written, and the run as it would be read back.
    """

    step: Step
    run: Run
    audit_hash: str


def save(world: StepWorld, run: Run, change: Change, before: Waiting, closing: Closing | None = None) -> Saved:
    """
    Write what `run` came to.

    Args:
        before: what it waited for when the step began.

    Raises:
        StateUnreadable: if the state does not come back as it was stored; the caller must roll back.
        CaseChangedMeanwhile: if another step was faster.
    """
    state = run.dump()
    kept = world.release.program.resume(state, world)  # a state that can't be loaded is never saved
    after = Waiting.of(kept)
    if after != Waiting.of(run):
        raise StateUnreadable("The state does not come back as it was stored.")
    stop_or_go_on(world, kept)
    opened = [task for task in kept.tasks if task.id not in before.tasks]
    done = world.release.diagram.elements.get(change.element or "")
    stand_in = done.role if done is not None and closing is not None and closing.in_place else None
    rows, candidates = _task_rows(world, opened, stand_in)
    mine = next((row["id"] for row in rows if _continues(row, candidates, world)), None)
    values, audit = _case_and_audit(world, change, run, kept, before, mine)
    case = world.case
    store.update_case(world.connection, case.id, change.revision, {"state": state, **values})
    with together(world.connection):
        store.close_tasks(world.connection, _closed(world, before.tasks - after.tasks, closing))
        store.insert_tasks(world.connection, rows, candidates)
        if closing is not None:
            _write_answers(world, change, closing)
        store.insert_audit(world.connection, audit)
        store.insert_jobs(
            world.connection, [*_job_rows(world, kept, before.timers), *_tellings(world, rows, candidates)]
        )
        store.drop_timers(world.connection, sorted(before.timers - after.timers))
        if world.facets:
            store.describe(world.connection, case.id, world.known_facets, world.facets)
        store.add_words(world.connection, case.id, (word for text in world.terms for word in words(text)))
    # it reads which messages came before: of what is sent together no answer can be read
    messages.wait(world.connection, case.id, before.events, after.events, world.now)
    return Saved(Step(case.id, case.number, mine, world.numbered, kept.ended), kept, audit["hash"])


def audit_row(
    change: Change,
    case_id: int,
    now: datetime,
    actor: Actor | None,
    detail: Mapping[str, Any],
    status: str | None = None,
    tone: str | None = None,
) -> dict[str, Any]:
    """
    Return the sealed audit row of a change.

    Args:
        status: the public status if the change set a new one, with its `tone`.
    """
    return sealed(
        {
            "key": change.key,
            "case_id": case_id,
            "revision": change.revision + 1,
            "at": now,
            "actor_id": change.by or (actor.person_id if actor else None),
            "event": change.event,
            "element": change.element,
            "detail": detail,
            "public_status": status,
            "status_tone": tone if status is not None else None,
            "previous_hash": change.audit_hash,
        }
    )


def repeated(done: Row[Any]) -> Step:
    """
    Return the first result of a submit that came again, from its audit row.
    """
    detail = done.detail
    return Step(
        done.case_id,
        detail.get("number"),
        detail.get("next"),
        bool(detail.get("registered")),
        bool(detail.get("finished")),
        repeated=True,
    )


def _case_and_audit(
    world: StepWorld, change: Change, run: Run, kept: Run, before: Waiting, mine: str | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The case's columns after the step, and its audit row."""
    case, now, elements = world.case, world.now, world.release.diagram.elements
    passed = [elements[name] for name in run.path if name in elements]
    reached = [*passed, *(elements[task.element] for task in kept.tasks if task.id not in before.tasks)]
    reached += [elements[timer.element] for timer in kept.timers if timer.id not in before.timers]
    reached += [elements[event.element] for event in kept.events if event not in before.events]
    values: dict[str, Any] = {"unit": case.unit, "due_at": case.due_at}
    new_status = tone = None
    shown = change.shows or _last(reached, "publicStatus")
    if shown is not None:
        tone = shown.properties.get("statusTone", "grey")
        values |= {"what_next": shown.properties.get("whatNext", ""), "status_tone": tone}
        if shown.properties["publicStatus"] != change.public_status:
            new_status = shown.properties["publicStatus"]
            values |= {"public_status": new_status, "status_at": now}
    if world.numbered:
        confirming = _last(passed, "confirmation")
        values |= {"number": case.number, "registered_at": now}
        values |= {"confirmation": confirming.id if confirming else None}
    if world.facets:
        values["facets"] = dict(case.facets)
    if kept.ended:
        ends = world.release.diagram.ends
        end = change.shows or next((element for element in reversed(passed) if element in ends), None)
        values |= {"closed_at": now, "outcome": end.properties.get("outcome") if end else None}
    detail = {
        "path": list(run.path),
        "next": mine,
        "number": case.number,
        "registered": world.numbered,
        "finished": kept.ended,
        **change.detail,
    }
    if world.rules:
        detail["rules"] = world.rules
    if asked := [job.key for job in world.jobs if job.task_id is None]:
        detail["asked"] = asked
    audit = audit_row(change, case.id, now, world.actor, detail, new_status, tone)
    return {**values, **change.columns, "audit_hash": audit["hash"]}, audit


def _last(elements: Sequence[Element], name: str) -> Element | None:
    return next((element for element in reversed(elements) if element.properties.get(name)), None)


def _closed(world: StepWorld, gone: Iterable[str], closing: Closing | None) -> list[dict[str, Any]]:
    done = closing.task_id if closing is not None else None
    rows: list[dict[str, Any]] = [
        {"task": task, "became": "cancelled", "at": world.now, "by": None} for task in sorted(gone) if task != done
    ]
    if closing is not None:
        by = world.actor.person_id if world.actor else None
        rows.append({"task": closing.task_id, "became": "done", "at": world.now, "by": by})
    return rows


def _write_answers(world: StepWorld, change: Change, closing: Closing) -> None:
    by = world.actor.person_id if world.actor else None
    row = {
        "task_id": closing.task_id,
        "case_id": world.case.id,
        "element": change.element,
        "release_id": world.release.id,
        "answers": dump(closing.values),
        "given_by": by,
        "given_at": world.now,
        "superseded": False,
    }
    store.insert_submission(world.connection, row, again=closing.again)
    if by is not None:  # files are theirs who uploaded them, whoever's answers they belong to
        store.bind_files(world.connection, world.case.id, change.by or by, closing.files)


def _task_rows(
    world: StepWorld, opened: Sequence[OpenTask], stand_in: str | None
) -> tuple[list[dict[str, Any]], dict[str, tuple[int, ...]]]:
    """Rows of the tasks that opened, and who alone may do them; the actor stands in for others of role `stand_in`."""
    candidates = {task.id: named for task in opened if (named := _candidates(world, task, stand_in))}
    rows = [_task_row(world, task) for task in opened]
    for row in rows:
        if world.actor is not None and row["role"] != APPLICANT and _continues(row, candidates, world):
            row["claimed_by"] = world.actor.person_id  # who goes on with a case need not look for it
    return rows, candidates


def _task_row(world: StepWorld, task: OpenTask) -> dict[str, Any]:
    element = world.release.diagram.elements[task.element]
    role = element.role or ""
    due = world.due(task.element, task.data)
    return {
        "id": task.id,
        "case_id": world.case.id,
        "element": task.element,
        "role": role,
        "unit": None if role == APPLICANT else world.case.unit,
        "state": "open",
        "opened_at": world.now,
        "due_at": due or (world.case.due_at if role != APPLICANT else None) or FAR,
        "priority": world.priority(task.element, task.data),
        "claimed_by": None,
    }


def _candidates(world: StepWorld, task: OpenTask, stand_in: str | None) -> tuple[int, ...]:
    named = world.candidates(task.element, task.data)
    if named and world.actor is not None and world.release.diagram.elements[task.element].role == stand_in:
        return tuple(dict.fromkeys((*named, world.actor.person_id)))
    return named


def _job_rows(world: StepWorld, kept: Run, before: frozenset[str]) -> list[dict[str, Any]]:
    common = {"case_id": world.case.id, "state": "ready", "created_at": world.now, "version": 1}
    rows: list[dict[str, Any]] = [
        {
            **common,
            "lane": job.lane,
            "kind": job.kind,
            "payload": dict(job.payload),
            "key": job.key,
            "run_at": job.run_at,
            "task_id": job.task_id,
        }
        for job in world.jobs
    ]
    rows += [{**common, **messages.job_of(sent, world)} for sent in world.sent]
    rows += [{**common, **_timer_row(timer, world.case.id)} for timer in kept.timers if timer.id not in before]
    return rows


def _tellings(
    world: StepWorld, opened: Sequence[Mapping[str, Any]], candidates: Mapping[str, Sequence[int]]
) -> list[dict[str, Any]]:
    """Jobs that tell people of the tasks that are theirs alone, unless somebody has begun them already."""
    return [
        job
        for row in opened
        if row["claimed_by"] is None and row["role"] != APPLICANT
        for job in telling(
            world.operations, row["id"], world.case.id, candidates.get(row["id"], ()), world.actor, now=world.now
        )
    ]


def _timer_row(timer: WaitingTimer, case_id: int) -> dict[str, Any]:
    payload = {"task": timer.id, "case": case_id, "element": timer.element}
    row = {"lane": "timer", "kind": "timer", "payload": payload, "key": f"{timer.id}:timer"}
    # to fire it is to read the state: an older program must not take it
    return {**row, "run_at": timer.due_at, "task_id": timer.id, "version": STATE_VERSION}


def _continues(row: Mapping[str, Any], candidates: Mapping[str, Sequence[int]], world: StepWorld) -> bool:
    actor = world.actor
    if actor is None:
        return False
    if row["role"] == APPLICANT:
        return actor.applicant_id == world.case.applicant_id
    named = candidates.get(row["id"], (actor.person_id,))
    return actor.has(row["role"], row["unit"]) and actor.person_id in named
