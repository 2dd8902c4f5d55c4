"""
Operations: what a process may ask of the world, registered by name.

A diagram, a form or a job only ever *names* an operation; what it does is ordinary Python in `processes/`. What it
wants and what it answers is declared beside it, so that a release can be checked without running it. Nothing here
touches a database or knows a process.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection

from engine.clock import Clock
from engine.diagram import Diagram
from engine.diagram.rounds import Given, Standing
from engine.lanes import LANES, PATIENT, Patience
from engine.mail import Mailer
from engine.numbers import new_number
from engine.quiet import QuietHours
from engine.shapes import ANY, BOOLEAN, NULL, NUMBER, TEXT, Shape
from engine.storage.files import Files
from engine.words.letters import LetterRules, Letters

#: functions that every expression may call, beside those that the installation registers
CLOCK_FUNCTIONS = ("now", "today", "case number")
#: sources that the engine itself supplies: the answers given to earlier forms
ANSWERS_OF = "answers_of:"


@dataclass(frozen=True)
class Actor:
    """
    Who asks: a person with the roles that hold at this moment.
    """

    person_id: int
    name: str
    #: (role, unit); unit "*" is every unit
    roles: frozenset[tuple[str, str]] = frozenset()
    language: str = "az"
    #: row of the legal entity that the person acts for; None: for themselves
    entity_id: int | None = None
    #: name of that entity
    acts_for: str = ""

    @property
    def applicant_id(self) -> int:
        """
        The person or entity whose cases are this actor's own.
        """
        return self.person_id if self.entity_id is None else self.entity_id

    def has(self, role: str, unit: str | None) -> bool:
        """
        Tell whether the person holds `role` in `unit`.
        """
        return (role, "*") in self.roles or (unit is not None and (role, unit) in self.roles)

    def holds(self, role: str) -> bool:
        """
        Tell whether the person holds `role` anywhere.
        """
        return any(held == role for held, _ in self.roles)

    @property
    def is_staff(self) -> bool:
        """
        Tell whether the person works for the utility.
        """
        return bool(self.roles)

    @property
    def units(self) -> frozenset[str]:
        """
        The units in which the person holds any role.
        """
        return frozenset(unit for _, unit in self.roles)


@dataclass(frozen=True)
class CaseFacts:
    """
    What an operation may know of its case.
    """

    id: int
    number: str | None
    process: str
    unit: str | None
    applicant_id: int
    language: str
    opened_at: datetime
    due_at: datetime | None
    facets: Mapping[str, str]
    #: since when the term stands still; None: it runs
    term_stopped_at: datetime | None = None
    #: key that its messages carry unless the diagram says another: that of the message that opened it; None: its own
    conversation: str | None = None

    @property
    def key(self) -> str:
        """
        The key of the case's messages, where the diagram gives none.
        """
        return self.conversation or own_key(self.id)


def own_key(case_id: int) -> str:
    """
    Return the key of a case's messages that no other case has.
    """
    return f"#{case_id}"


@dataclass(frozen=True)
class Ports:
    """
    The world outside the database.
    """

    clock: Clock
    mailer: Mailer
    files: Files
    #: address under which people reach the pages, without a slash at the end
    base_url: str
    #: files of certificates that must not end unnoticed: (name of the setting, file)
    papers: tuple[tuple[str, Path], ...] = ()
    #: when nobody is written to about what can wait; None: there are no such hours
    quiet: QuietHours | None = None
    #: time of day, in Baku, of mails that go out once a day
    morning: time = time(8, 30)


@dataclass(frozen=True)
class JobRequest:
    """
    Background work that a step asks for.
    """

    lane: str
    kind: str
    payload: Mapping[str, Any]
    key: str
    run_at: datetime
    task_id: str | None = None


@dataclass(frozen=True)
class Look:
    """
    What a source reads from when a form is shown or checked.
    """

    connection: Connection
    now: datetime
    case: CaseFacts
    actor: Actor | None
    #: latest answers of every form of the case, personal ones included
    answers: Mapping[str, Any]
    #: process data
    data: Mapping[str, Any]
    #: language in which labels are wanted
    language: str = "az"
    #: documents and mails are named by their case
    ports: Ports | None = None


@dataclass
class Call:
    """
    One call of an operation inside a step: what it may read, and what it asks for.

    Everything asked for is written by the engine in the step's own transaction, or not at all.
    """

    connection: Connection
    now: datetime
    case: CaseFacts
    actor: Actor | None
    answers: Mapping[str, Any]
    data: Mapping[str, Any]
    #: element whose operation runs
    element: str
    #: the engine's task, the same on every repetition of the step's work
    task_id: str
    facets: dict[str, str] = field(default_factory=dict)
    terms: list[str] = field(default_factory=list)
    unit: str | None = None
    number: str | None = None
    due_at: datetime | None = None
    jobs: list[JobRequest] = field(default_factory=list)

    def describe(self, **facets: str) -> None:
        """
        Set what lists show of the case and filter by, e.g. `describe(district="Nəsimi")`.
        """
        self.facets.update(facets)

    def find_by(self, *texts: str) -> None:
        """
        Make the case findable by the words of these texts (code, name, telephone, address).
        """
        self.terms.extend(texts)

    def route(self, unit: str) -> None:
        """
        Hand the case to the office `unit`.
        """
        self.unit = unit

    def give_number(self) -> str:
        """
        Give the case its number and return it; a case that has one keeps it.
        """
        self.number = self.case.number or self.number or new_number()
        return self.number

    def set_term(self, due_at: datetime) -> None:
        """
        Set the moment by which the case must be answered.
        """
        self.due_at = due_at

    def enqueue(
        self,
        kind: str,
        payload: Mapping[str, Any] | None = None,
        *,
        lane: str = "mail",
        key: str = "",
        run_at: datetime | None = None,
    ) -> None:
        """
        Ask for background work after the commit; `key` tells apart two jobs of one kind from one task.

        Raises:
            ValueError: if there is no such lane.
        """
        if lane not in LANES:
            raise ValueError(lane)
        self.jobs.append(
            JobRequest(lane, kind, dict(payload or {}), f"{self.task_id}:{kind}:{key}", run_at or self.now)
        )


class Settlement(Protocol):
    """
    The transaction in which a job's effect is written and the job ends.
    """

    connection: Connection
    now: datetime

    def enqueue(
        self, kind: str, payload: Mapping[str, Any], *, key: str, lane: str = "mail", case_id: int | None = None
    ) -> None:
        """
        Ask for further background work in the same transaction; about the job's own case unless another is named.
        """
        ...


Settle = Callable[[Settlement], None]


class ReleaseAtWork(Protocol):
    """
    What background work reads of a case's release.
    """

    @property
    def diagram(self) -> Diagram:
        """
        The diagram as drawn.
        """
        ...

    @property
    def letters(self) -> Letters:
        """
        The words of its letters.
        """
        ...

    def standing(self, given: Given) -> Standing:
        """
        Return, of the latest answers of each user task, those that count now, by name.
        """
        ...

    def translate(self, text: str, language: str) -> str:
        """
        Return a text of the diagram or a form in `language`.
        """
        ...


class Shelf(Protocol):
    """
    Where releases are found by their id.
    """

    def get(self, release_id: str) -> ReleaseAtWork:
        """
        Return the release.
        """
        ...


class Work(Protocol):
    """
    One job in a worker's hands, outside any transaction.
    """

    id: int
    kind: str
    payload: Mapping[str, Any]
    case_id: int | None
    attempt: int
    now: datetime
    ports: Ports
    releases: Shelf

    def read(self) -> AbstractContextManager[Connection]:
        """
        Open a short reading transaction.
        """
        ...


@dataclass(frozen=True)
class Parameter:
    """
    What an operation wants under a name.
    """

    shape: Shape
    required: bool


@dataclass(frozen=True)
class Signature:
    """
    What is known of an operation without running it.
    """

    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    #: what it answers
    result: Shape = NULL
    #: codes of the errors that it may throw for an error event to catch
    errors: tuple[str, ...] = ()
    #: letters that it asks for; `{name}` stands for the value of that parameter
    letters: tuple[str, ...] = ()


#: annotation of a parameter -> the shape of what it takes
_TAKES = {"bool": BOOLEAN, "int": NUMBER, "Decimal": NUMBER, "int | Decimal": NUMBER, "str": TEXT}

StepOperation = Callable[..., Any]
Source = Callable[[Look], Any]
JobOperation = Callable[[Work], Settle | None]
#: (connection, now, ports) -> the next moment
Upcoming = Callable[[Connection, datetime, Ports], datetime]
#: (connection, case id, payload, now): done inside the engine's transaction
BulkOperation = Callable[[Connection, int, Mapping[str, Any], datetime], None]
HostFunction = Callable[..., Any]
#: what an installation does when a case was ended or put right by hand: `f(call)`
Following = Callable[[Call], None]
#: (look, end of the term, stopped at, now) -> new end of the term
Prolonging = Callable[[Look, datetime, datetime, datetime], datetime]


@dataclass(frozen=True)
class Fact:
    """
    A fact by which a process describes its cases, as `Call.describe` tells it.
    """

    #: language -> how people call it
    labels: Mapping[str, str]
    #: gives the words that it may hold, each as language -> words; None: it is not translated
    words: Callable[[Connection], Iterable[Mapping[str, str]]] | None = None
    #: it says who applies: lists that show the applicant need not repeat it
    names_applicant: bool = False
    #: False: staff see it only; the applicant may have named something of which others' data is known
    to_applicant: bool = True


def by_the_clock(_look: Look, due_at: datetime, stopped_at: datetime, now: datetime) -> datetime:
    """
    Prolong a term by calendar time.
    """
    return due_at + (now - stopped_at)


class Operations:
    """
    The registry of one installation: step operations, sources for forms, jobs and functions for expressions.
    """

    def __init__(self) -> None:
        self.steps: dict[str, StepOperation] = {}
        self.sources: dict[str, Source] = {}
        self.jobs: dict[str, JobOperation] = {}
        self.patience: dict[str, Patience] = {}
        self.bulks: dict[str, BulkOperation] = {}
        #: process -> what follows when one of its cases is ended by hand, or answers are put right
        self.endings: dict[str, Following] = {}
        self.corrections: dict[str, Following] = {}
        #: how a term that stood still is prolonged
        self.prolong: Prolonging = by_the_clock
        self.functions: dict[str, HostFunction] = {}
        #: kind of the job that tells somebody of a task that others made theirs; None: nobody is told
        self.tells: str | None = None
        #: kind of a job that is done again and again -> when it is due next
        self.daily: dict[str, Upcoming] = {}
        #: what letters may name, and the words that came with the installation
        self.letters = LetterRules()
        self.facts: dict[str, Fact] = {}
        #: what is declared of the steps, the sources and the functions
        self.signatures: dict[str, Signature] = {}
        self.source_shapes: dict[str, Shape] = {}
        self.function_shapes: dict[str, Shape] = {}

    @property
    def function_names(self) -> tuple[str, ...]:
        """
        The host functions that expressions of this installation may call.
        """
        return (*CLOCK_FUNCTIONS, *sorted(self.functions))

    def step(
        self,
        name: str,
        *,
        result: Shape = NULL,
        errors: Sequence[str] = (),
        letters: Sequence[str] = (),
        **parameters: Shape,
    ) -> Callable[[StepOperation], StepOperation]:
        """
        Register what a service task runs: `f(call, **parameters) -> JSON`.

        Args:
            result: what it answers; nothing by default.
            errors: codes of the `BpmnError`s that it may raise.
            letters: letters that it asks for; `{name}` stands for the value of that parameter.
            parameters: shapes of parameters of which more is known than their annotation says.
        """

        def register(operation: StepOperation) -> StepOperation:
            self.signatures[name] = Signature(_wanted(operation, parameters), result, tuple(errors), tuple(letters))
            return self._register(self.steps, name)(operation)

        return register

    def source(self, name: str, *, gives: Shape = ANY) -> Callable[[Source], Source]:
        """
        Register data that forms want: `f(look) -> JSON`.
        """
        self.source_shapes[name] = gives
        return self._register(self.sources, name)

    def job(self, kind: str, patience: Patience = PATIENT) -> Callable[[JobOperation], JobOperation]:
        """
        Register background work: `f(work) -> settle(settlement) | None`.
        """
        self._register(self.patience, kind)(patience)
        return self._register(self.jobs, kind)

    def every_day(self, kind: str, upcoming: Upcoming) -> Callable[[JobOperation], JobOperation]:
        """
        Register background work that every installation does again and again; `upcoming(connection, now, ports)` tells
        when it is due next.
        """
        self.daily[kind] = upcoming
        return self.job(kind)

    def telling(self, kind: str) -> Callable[[JobOperation], JobOperation]:
        """
        Register the background work that tells somebody of a task; its payload has `task_id` and `person_id`.
        """
        self.tells = kind
        return self.job(kind)

    def prolonging(self, count: Prolonging) -> Prolonging:
        """
        Register how the time is counted for which a term stood still.
        """
        self.prolong = count
        return count

    def ending(self, process: str) -> Callable[[Following], Following]:
        """
        Register what follows when a case of `process` is ended by hand, in the same transaction: `f(call)`.
        """
        return self._register(self.endings, process)

    def correction(self, process: str) -> Callable[[Following], Following]:
        """
        Register what follows when answers of a case of `process` were put right, in the same transaction: `f(call)`.
        """
        return self._register(self.corrections, process)

    def bulk(self, kind: str) -> Callable[[BulkOperation], BulkOperation]:
        """
        Register what can be done to many cases: `f(connection, case_id, payload, now)`.
        """
        return self._register(self.bulks, kind)

    def function(self, name: str, *, gives: Shape = ANY) -> Callable[[HostFunction], HostFunction]:
        """
        Register a function for expressions: `f(look, *arguments)`; the name may hold blanks.
        """
        self.function_shapes[name] = gives
        return self._register(self.functions, name)

    def fact(self, name: str, fact: Fact) -> None:
        """
        Say how people call a fact that steps tell of their cases.
        """
        self._register(self.facts, name)(fact)

    def include(self, others: Sequence[Operations]) -> None:
        """
        Take over everything that `others` registered.
        """
        for other in others:
            for mine, theirs in zip(self._tables(), other._tables(), strict=True):
                for name, operation in theirs.items():
                    self._register(mine, name)(operation)
            if other.prolong is not by_the_clock:
                self.prolong = other.prolong
            self.tells = other.tells or self.tells
            self.daily |= other.daily
            if other.letters != LetterRules():
                self.letters = other.letters
            self.signatures |= other.signatures
            self.source_shapes |= other.source_shapes
            self.function_shapes |= other.function_shapes

    def _tables(self) -> tuple[dict[str, Any], ...]:
        by_hand = (self.endings, self.corrections)
        return self.steps, self.sources, self.jobs, self.patience, self.bulks, self.functions, self.facts, *by_hand

    @staticmethod
    def _register(table: dict[str, Any], name: str) -> Callable[[Any], Any]:
        def keep(operation: Any) -> Any:
            if name in table:
                raise ValueError(f"{name} is registered twice")
            table[name] = operation
            return operation

        return keep


def _wanted(operation: StepOperation, declared: Mapping[str, Shape]) -> dict[str, Parameter]:
    found = inspect.signature(operation).parameters
    unknown = declared.keys() - found.keys()
    if unknown:
        raise ValueError(f"{operation.__name__} has no parameters {sorted(unknown)}")
    return {
        name: Parameter(declared.get(name) or _TAKES.get(str(one.annotation), ANY), one.default is one.empty)
        for name, one in found.items()
        if one.kind is one.KEYWORD_ONLY
    }
