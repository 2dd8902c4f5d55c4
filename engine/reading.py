"""
What the pages read of a case: the applicant's list, the status page, the dossier of the staff, letters and files.

This is the one place that says what a person may see (`may_see`, `may_read`); what is not for them is NotFound, like
what does not exist. Nothing here writes, and nothing knows a process: words come from the case's release.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, false, literal_column, or_, select
from sqlalchemy.orm import aliased

from engine import data, numbers
from engine.diagram import Diagram
from engine.errors import NotFound
from engine.operations import Actor
from engine.tables import (
    Audit,
    Case,
    Document,
    File,
    Incident,
    Job,
    MailLog,
    Person,
    Submission,
    Task,
    TaskCandidate,
)
from forms.display import PLACE, say, say_date

#: sees every case, and no personal data
OPERATOR = "operator"
#: sees figures, never a case
ANALYST = "analyst"
#: the lane of the applicant's own tasks
APPLICANT = "citizen"

#: an unregistered case is named by its id behind this
UNNUMBERED = "c-"


class ReleaseWords(Protocol):
    """
    What is read of a release: its diagram, its forms and its words.
    """

    @property
    def title(self) -> str:
        """
        The service's name, in the source language.
        """
        ...

    @property
    def diagram(self) -> Diagram:
        """
        The diagram as drawn.
        """
        ...

    def translate(self, text: str, language: str) -> str:
        """
        Return a source text in `language`.
        """
        ...


class ReleaseShelf(Protocol):
    """
    Where releases are found by their id.
    """

    def get(self, release_id: str) -> ReleaseWords:
        """
        Return the release.
        """
        ...


@dataclass(frozen=True)
class CaseLine:
    """
    One of a citizen's own cases, in words of the source language.
    """

    id: int
    #: None until it is registered
    number: str | None
    process: str
    release_id: str
    public_status: str
    tone: str
    status_at: datetime
    opened_at: datetime
    registered_at: datetime | None
    due_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    facets: Mapping[str, str]
    #: open task that waits for the applicant
    task: str | None


@dataclass(frozen=True)
class StatusLine:
    """
    A public status and when it began.
    """

    at: datetime
    status: str
    tone: str


@dataclass(frozen=True)
class DocumentLine:
    """
    A letter of the case.
    """

    id: str
    #: act, registration, refusal, receipt
    kind: str
    number: str | None
    #: False while it is being rendered
    ready: bool
    created_at: datetime


@dataclass(frozen=True)
class CaseStatus:
    """
    What the status page says, in the language of the person who asks.
    """

    id: int
    number: str | None
    process: str
    #: name of the service
    title: str
    unit: str | None
    public_status: str
    tone: str
    status_at: datetime
    what_next: str
    due_at: datetime | None
    opened_at: datetime
    registered_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    facets: Mapping[str, str]
    #: oldest first
    timeline: tuple[StatusLine, ...]
    #: newest first
    documents: tuple[DocumentLine, ...]
    #: open task of this person, None when they have nothing to do
    task: str | None
    #: sentence with the number that confirms the registration; empty before it
    confirmation: str


@dataclass(frozen=True)
class Answer:
    """
    One answered question, as a person reads it.
    """

    key: str
    label: str
    value: str
    #: stored files, when the answer is a list of them
    files: tuple[Mapping[str, Any], ...] = ()
    #: the value is personal and this person may not read it
    hidden: bool = False


@dataclass(frozen=True)
class AnsweredForm:
    """
    The latest answers to one form.
    """

    element: str
    title: str
    given_at: datetime
    given_by: str | None
    rows: tuple[Answer, ...]


@dataclass(frozen=True)
class HistoryLine:
    """
    One step of the case: when, who, what.
    """

    at: datetime
    #: None: the diagram itself, e.g. a timer
    actor: str | None
    #: started, submitted, timer, claimed, released, given, retried …
    event: str
    element: str | None
    #: name of the element in the diagram
    name: str
    #: names of what the diagram then did by itself
    passed: tuple[str, ...]
    #: public status from here on; None when it did not change
    status: str | None
    tone: str | None
    revision: int


@dataclass(frozen=True)
class TaskLine:
    """
    An open task of the case.
    """

    id: str
    element: str
    name: str
    role: str
    unit: str | None
    opened_at: datetime
    due_at: datetime
    claimed_by: int | None
    holder: str | None
    #: this person may do it, if nobody else holds it
    may_do: bool


@dataclass(frozen=True)
class MailLine:
    """
    A message that was handed over, or refused.
    """

    letter: str
    recipient: str
    state: str
    at: datetime


@dataclass(frozen=True)
class JobLine:
    """
    Background work that is due, running or dead.
    """

    id: int
    lane: str
    kind: str
    case_id: int | None
    case_number: str | None
    state: str
    created_at: datetime
    run_at: datetime
    attempt: int
    error: str | None
    element: str | None = None


@dataclass(frozen=True)
class IncidentLine:
    """
    Something that cannot go on by itself.
    """

    id: int
    case_id: int | None
    case_number: str | None
    element: str | None
    code: str
    message: str
    opened_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    #: attempts of the job that failed; None when no job is meant
    attempts: int | None


@dataclass(frozen=True)
class Dossier:
    """
    Everything that staff read of a case, in the language of the person who asks.
    """

    id: int
    number: str | None
    process: str
    release_id: str
    title: str
    unit: str | None
    applicant: str
    channel: str
    language: str
    opened_at: datetime
    registered_at: datetime | None
    due_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    public_status: str
    tone: str
    status_at: datetime
    what_next: str
    facets: Mapping[str, str]
    revision: int
    #: personal data is hidden from this person
    masked: bool
    answers: tuple[AnsweredForm, ...]
    #: oldest first
    history: tuple[HistoryLine, ...]
    tasks: tuple[TaskLine, ...]
    documents: tuple[DocumentLine, ...]
    mails: tuple[MailLine, ...]
    jobs: tuple[JobLine, ...]
    incidents: tuple[IncidentLine, ...]
    #: elements and flows that were passed
    path: tuple[str, ...]
    #: elements where the case stands
    tokens: tuple[str, ...]


@dataclass(frozen=True)
class StoredFile:
    """
    A file that may be handed out.
    """

    id: str
    name: str
    type: str
    size: int


@dataclass(frozen=True)
class Letter:
    """
    A letter and its file, once it is rendered.
    """

    id: str
    kind: str
    number: str | None
    language: str
    created_at: datetime
    case_id: int
    case_number: str | None
    file: StoredFile | None


@dataclass(frozen=True)
class GenuineLetter:
    """
    What anybody who holds a letter may have confirmed; no personal data.
    """

    id: str
    kind: str
    number: str | None
    created_at: datetime
    unit: str | None
    facts: Mapping[str, Any]


def casework_units(actor: Actor) -> frozenset[str]:
    """
    Return the units whose cases the person works on; "*" is every unit.
    """
    return frozenset(unit for role, unit in actor.roles if role not in {OPERATOR, ANALYST, APPLICANT})


def may_read(actor: Actor) -> ColumnElement[bool]:
    """
    Return the condition on `Case` under which the person may read the case with its personal data: their own, and those
    of the offices that they work in.
    """
    own = Case.applicant_id == actor.person_id
    units = casework_units(actor)
    if "*" in units:
        return or_(own, Case.unit.is_not(None))
    return or_(own, Case.unit.in_(sorted(units))) if units else own


def may_see(actor: Actor) -> ColumnElement[bool]:
    """
    Return the condition on `Case` under which the person may see that the case exists; operators see all, masked.
    """
    watched = frozenset(unit for role, unit in actor.roles if role == OPERATOR)
    if "*" in watched:
        return literal_column("1 = 1")
    return or_(may_read(actor), Case.unit.in_(sorted(watched))) if watched else may_read(actor)


def may_do(actor: Actor) -> ColumnElement[bool]:
    """
    Return the condition on `Task` under which the person may do it: the role in its unit, and a candidate if it has any.

    Tasks of the applicant are not meant.
    """
    candidate = exists().where(TaskCandidate.task_id == Task.id)
    mine = candidate.where(TaskCandidate.person_id == actor.person_id)
    return and_(_in_role(actor), or_(mine, ~candidate))


def _in_role(actor: Actor) -> ColumnElement[bool]:
    everywhere = sorted(role for role, unit in actor.roles if unit == "*")
    pairs = [and_(Task.role == role, Task.unit == unit) for role, unit in sorted(actor.roles) if unit != "*"]
    if everywhere:
        pairs.append(Task.role.in_(everywhere))
    return or_(*pairs) if pairs else false()


def applications(
    connection: Connection, actor: Actor, before: int | None = None, limit: int = 20
) -> list[CaseLine]:
    """
    Return the person's own cases, newest first, unregistered ones included. One statement.

    Args:
        before: id of the last case of the page before; None for the first page.
    """
    task = (
        select(Task.id)
        .where(Task.case_id == Case.id, Task.role == APPLICANT, literal_column("task.state = 'open'"))
        .order_by(Task.opened_at, Task.id)
        .limit(1)
        .scalar_subquery()
    )
    statement = (
        select(
            Case.id,
            Case.number,
            Case.process,
            Case.release_id,
            Case.public_status,
            Case.status_tone.label("tone"),
            Case.status_at,
            Case.opened_at,
            Case.registered_at,
            Case.due_at,
            Case.closed_at,
            Case.outcome,
            Case.facets,
            task.label("task"),
        )
        .where(Case.applicant_id == actor.person_id)
        .order_by(Case.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(Case.id < before)
    return [CaseLine(**row._mapping) for row in connection.execute(statement)]


def status(
    connection: Connection, releases: ReleaseShelf, number: str, actor: Actor, *, language: str | None = None
) -> CaseStatus:
    """
    Return the public side of a case. Four statements.

    Args:
        number: as typed or shown; an unregistered case is `c-<id>`.
        language: of the words; the person's own unless given.

    Raises:
        NotFound: there is no such case, or it is not for this person.
    """
    case = _case(connection, number, actor)
    words = _Words(releases.get(case.release_id), language or actor.language, case)
    changes = connection.execute(
        select(Audit.at, Audit.public_status, Audit.status_tone)
        .where(Audit.case_id == case.id, Audit.public_status.is_not(None))
        .order_by(Audit.revision)
    )
    timeline = tuple(StatusLine(at, words(text), tone or "grey") for at, text, tone in changes)
    documents = _documents(connection, case.id) if case.readable else ()
    tasks = connection.execute(
        select(Task.id, Task.role, Task.claimed_by, may_do(actor).label("may_do"))
        .where(Task.case_id == case.id, literal_column("task.state = 'open'"))
        .order_by(Task.opened_at, Task.id)
    ).all()
    return CaseStatus(
        id=case.id,
        number=case.number,
        process=case.process,
        title=words.title,
        unit=case.unit,
        public_status=words(case.public_status),
        tone=case.status_tone,
        status_at=case.status_at,
        what_next=words.filled(case.what_next),
        due_at=case.due_at,
        opened_at=case.opened_at,
        registered_at=case.registered_at,
        closed_at=case.closed_at,
        outcome=case.outcome,
        facets=case.facets,
        timeline=timeline,
        documents=documents,
        task=next((task.id for task in tasks if _is_for(task, case, actor)), None),
        confirmation=words.confirmation(),
    )


def dossier(
    connection: Connection, releases: ReleaseShelf, number: str, actor: Actor, *, language: str | None = None
) -> Dossier:
    """
    Return everything that staff may read of a case. Eight statements.

    Args:
        number: as typed or shown; an unregistered case is `c-<id>`.
        language: of the words; the person's own unless given.

    Raises:
        NotFound: there is no such case, it is not for this person, or they are not staff.
    """
    if not actor.is_staff:
        raise NotFound
    case = _case(connection, number, actor)
    words = _Words(releases.get(case.release_id), language or actor.language, case)
    steps = _steps(connection, case.id)
    tasks = _tasks(connection, case.id, actor, words)
    jobs = _jobs(connection, case)
    return Dossier(
        id=case.id,
        number=case.number,
        process=case.process,
        release_id=case.release_id,
        title=words.title,
        unit=case.unit,
        applicant=_name(case.given_name, case.surname, case.patronymic) if case.readable else "",
        channel=case.channel,
        language=case.language,
        opened_at=case.opened_at,
        registered_at=case.registered_at,
        due_at=case.due_at,
        closed_at=case.closed_at,
        outcome=case.outcome,
        public_status=words(case.public_status),
        tone=case.status_tone,
        status_at=case.status_at,
        what_next=words.filled(case.what_next),
        facets=case.facets,
        revision=case.revision,
        masked=not case.readable,
        answers=_answers(connection, case, words),
        history=tuple(_history_line(step, words) for step in steps),
        tasks=tasks,
        documents=_documents(connection, case.id),
        mails=_mails(connection, case),
        jobs=jobs,
        incidents=_incidents(connection, Incident.case_id == case.id),
        path=tuple(dict.fromkeys(place for step in steps for place in step.detail.get("path", ()))),
        tokens=tuple(
            dict.fromkeys(
                [task.element for task in tasks]
                + [job.element for job in jobs if job.lane == "timer" and job.element]
            )
        ),
    )


def document(connection: Connection, document_id: str, actor: Actor) -> Letter:
    """
    Return a letter that this person may read. One statement.

    Raises:
        NotFound: there is none, or it is not for this person.
    """
    row = connection.execute(
        select(
            Document.id,
            Document.kind,
            Document.number,
            Document.language,
            Document.created_at,
            Case.id.label("case_id"),
            Case.number.label("case_number"),
            File.id.label("file_id"),
            File.name,
            File.type,
            File.size,
        )
        .join(Case, Case.id == Document.case_id)
        .outerjoin(File, File.id == Document.file_id)
        .where(Document.id == document_id, may_read(actor))
    ).first()
    if row is None:
        raise NotFound
    stored = StoredFile(row.file_id, row.name, row.type, row.size) if row.file_id else None
    return Letter(
        row.id, row.kind, row.number, row.language, row.created_at, row.case_id, row.case_number, stored
    )


def stored_file(connection: Connection, file_id: str, actor: Actor) -> StoredFile:
    """
    Return an uploaded file that this person may read: their own, or one of a case that they work on. One statement.

    Raises:
        NotFound: there is none, or it is not for this person.
    """
    units = casework_units(actor)
    works_on = Case.unit.is_not(None) if "*" in units else Case.unit.in_(sorted(units))
    row = connection.execute(
        select(File.id, File.name, File.type, File.size)
        .outerjoin(Case, Case.id == File.case_id)
        .where(File.id == file_id, or_(File.owner_id == actor.person_id, works_on))
    ).first()
    if row is None:
        raise NotFound
    return StoredFile(row.id, row.name, row.type, row.size)


def genuine(connection: Connection, document_id: str) -> GenuineLetter | None:
    """
    Return what anybody who holds a letter may have confirmed, or None if no such letter was issued. One statement.
    """
    row = connection.execute(
        select(Document.id, Document.kind, Document.number, Document.created_at, Document.facts, Case.unit)
        .join(Case, Case.id == Document.case_id)
        .where(Document.id == document_id)
    ).first()
    if row is None:
        return None
    return GenuineLetter(row.id, row.kind, row.number, row.created_at, row.unit, row.facts)


def incidents(
    connection: Connection,
    actor: Actor,
    *,
    resolved: bool = False,
    before: int | None = None,
    limit: int = 50,
) -> tuple[IncidentLine, ...]:
    """
    Return incidents, newest first, for operators. One statement.

    Raises:
        NotFound: the person is no operator.
    """
    if not actor.holds(OPERATOR):
        raise NotFound
    done = Incident.resolved_at.is_not(None) if resolved else Incident.resolved_at.is_(None)
    page = and_(done, Incident.id < before) if before is not None else done
    return _incidents(connection, page, limit)


def waiting_jobs(connection: Connection, actor: Actor, state: str, limit: int = 50) -> tuple[JobLine, ...]:
    """
    Return background work for operators: `ready` (next first), `running` or `dead` (newest first). One statement.

    Raises:
        NotFound: the person is no operator.
        ValueError: there is no such state.
    """
    if not actor.holds(OPERATOR):
        raise NotFound
    if state not in {"ready", "running", "dead"}:
        raise ValueError(state)
    order = (Job.run_at, Job.id) if state == "ready" else (Job.id.desc(),)
    rows = connection.execute(
        _job_columns().where(literal_column(f"job.state = '{state}'")).order_by(*order).limit(limit)
    )
    return tuple(_job_line(row) for row in rows)


class _Words:
    """
    The words of a case's release in one language.
    """

    def __init__(self, release: ReleaseWords, language: str, case: Row[Any]) -> None:
        self.release = release
        self._language = language
        self._case = case

    def __call__(self, text: str) -> str:
        return self.release.translate(text, self._language) if text else ""

    @property
    def title(self) -> str:
        return self(self.release.title)

    def name(self, element: str | None) -> str:
        found = self.release.diagram.elements.get(element or "")
        return self(found.name) if found else ""

    def filled(self, text: str) -> str:
        """
        Translate a sentence and put the term and the number into it.
        """
        text = self(text)
        if self._case.due_at is not None:
            text = text.replace("{term}", say_date(self._case.due_at.astimezone(PLACE).date()))
        if self._case.number is not None:
            text = text.replace("{case_number}", numbers.shown(self._case.number))
        return text

    def confirmation(self) -> str:
        found = self.release.diagram.elements.get(self._case.confirmation or "")
        return self.filled(found.properties.get("confirmation", "")) if found else ""


def _case(connection: Connection, number: str, actor: Actor) -> Row[Any]:
    statement = (
        select(
            Case.id,
            Case.number,
            Case.process,
            Case.release_id,
            Case.revision,
            Case.unit,
            Case.applicant_id,
            Case.channel,
            Case.language,
            Case.opened_at,
            Case.registered_at,
            Case.due_at,
            Case.closed_at,
            Case.outcome,
            Case.public_status,
            Case.status_tone,
            Case.status_at,
            Case.what_next,
            Case.confirmation,
            Case.facets,
            may_read(actor).label("readable"),
            Person.given_name,
            Person.surname,
            Person.patronymic,
        )
        .join(Person, Person.id == Case.applicant_id)
        .where(_named(number), may_see(actor))
    )
    row = connection.execute(statement).first()
    if row is None:
        raise NotFound
    return row


def _named(number: str) -> ColumnElement[bool]:
    unnumbered = number.removeprefix(UNNUMBERED)
    if unnumbered != number and unnumbered.isascii() and unnumbered.isdigit() and len(unnumbered) < 16:
        return Case.id == int(unnumbered)
    digits = numbers.read(number)
    if digits is None:
        raise NotFound
    return Case.number == digits


def _name(given_name: str | None, surname: str | None, patronymic: str = "") -> str:
    return " ".join(part for part in (surname, given_name, patronymic) if part)


def _is_for(task: Row[Any], case: Row[Any], actor: Actor) -> bool:
    if task.role == APPLICANT:
        return case.applicant_id == actor.person_id
    return bool(task.may_do) and task.claimed_by in (None, actor.person_id)


def _documents(connection: Connection, case_id: int) -> tuple[DocumentLine, ...]:
    rows = connection.execute(
        select(Document.id, Document.kind, Document.number, Document.file_id, Document.created_at)
        .where(Document.case_id == case_id)
        .order_by(Document.created_at.desc(), Document.id)
    )
    return tuple(DocumentLine(key, kind, number, bool(file), at) for key, kind, number, file, at in rows)


def _steps(connection: Connection, case_id: int) -> Sequence[Row[Any]]:
    return connection.execute(
        select(
            Audit.at,
            Audit.revision,
            Audit.event,
            Audit.element,
            Audit.detail,
            Audit.public_status,
            Audit.status_tone,
            Audit.actor_id,
            Person.given_name,
            Person.surname,
        )
        .outerjoin(Person, Person.id == Audit.actor_id)
        .where(Audit.case_id == case_id)
        .order_by(Audit.revision, Audit.at)
    ).all()


#: kinds of elements whose names tell what the diagram did by itself
_TELLING = frozenset({"serviceTask", "businessRuleTask", "endEvent"})


def _history_line(step: Row[Any], words: _Words) -> HistoryLine:
    elements = words.release.diagram.elements
    passed = (elements[place] for place in step.detail.get("path", ()) if place in elements)
    return HistoryLine(
        at=step.at,
        actor=_name(step.given_name, step.surname) or None,
        event=step.event,
        element=step.element,
        name=words.name(step.element),
        passed=tuple(words(element.name) for element in passed if element.kind in _TELLING and element.name),
        status=words(step.public_status) if step.public_status else None,
        tone=step.status_tone,
        revision=step.revision,
    )


def _tasks(connection: Connection, case_id: int, actor: Actor, words: _Words) -> tuple[TaskLine, ...]:
    holder = aliased(Person)
    rows = connection.execute(
        select(
            Task.id,
            Task.element,
            Task.role,
            Task.unit,
            Task.opened_at,
            Task.due_at,
            Task.claimed_by,
            may_do(actor).label("may_do"),
            holder.given_name,
            holder.surname,
        )
        .outerjoin(holder, holder.id == Task.claimed_by)
        .where(Task.case_id == case_id, literal_column("task.state = 'open'"))
        .order_by(Task.due_at, Task.id)
    )
    return tuple(
        TaskLine(
            id=row.id,
            element=row.element,
            name=words.name(row.element),
            role=row.role,
            unit=row.unit,
            opened_at=row.opened_at,
            due_at=row.due_at,
            claimed_by=row.claimed_by,
            holder=_name(row.given_name, row.surname) or None,
            may_do=bool(row.may_do),
        )
        for row in rows
    )


def _answers(connection: Connection, case: Row[Any], words: _Words) -> tuple[AnsweredForm, ...]:
    rows = connection.execute(
        select(Submission.element, Submission.answers, Submission.given_at, Person.given_name, Person.surname)
        .outerjoin(Person, Person.id == Submission.given_by)
        .where(Submission.case_id == case.id, literal_column("submission.superseded = false"))
        .order_by(Submission.given_at, Submission.task_id)
    )
    return tuple(
        AnsweredForm(
            element=row.element,
            title=words.name(row.element),
            given_at=row.given_at,
            given_by=_name(row.given_name, row.surname) or None,
            rows=_answer_rows(row.element, data.load(row.answers), words, masked=not case.readable),
        )
        for row in rows
    )


def _answer_rows(
    element: str, values: Mapping[str, Any], words: _Words, *, masked: bool
) -> tuple[Answer, ...]:
    return tuple(
        Answer(key, key, "" if masked else say(value, words), hidden=masked) for key, value in values.items()
    )


def _mails(connection: Connection, case: Row[Any]) -> tuple[MailLine, ...]:
    rows = connection.execute(
        select(MailLog.letter, MailLog.recipient, MailLog.state, MailLog.at)
        .where(MailLog.case_id == case.id)
        .order_by(MailLog.at, MailLog.id)
    )
    return tuple(
        MailLine(letter, recipient if case.readable else _masked_address(recipient), state, at)
        for letter, recipient, state, at in rows
    )


def _masked_address(address: str) -> str:
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}***{at}{domain}" if at else "***"


def _job_columns() -> Any:
    return select(
        Job.id,
        Job.lane,
        Job.kind,
        Job.case_id,
        Case.number.label("case_number"),
        Job.state,
        Job.created_at,
        Job.run_at,
        Job.attempt,
        Job.error,
        Job.payload,
    ).outerjoin(Case, Case.id == Job.case_id)


def _job_line(row: Row[Any]) -> JobLine:
    facts = dict(row._mapping)
    payload = facts.pop("payload") or {}
    return JobLine(**facts, element=payload.get("element"))


def _jobs(connection: Connection, case: Row[Any]) -> tuple[JobLine, ...]:
    rows = connection.execute(_job_columns().where(Job.case_id == case.id).order_by(Job.run_at, Job.id))
    return tuple(_job_line(row) for row in rows)


def _incidents(
    connection: Connection, condition: ColumnElement[bool], limit: int = 50
) -> tuple[IncidentLine, ...]:
    rows = connection.execute(
        select(
            Incident.id,
            Incident.case_id,
            Case.number.label("case_number"),
            Incident.element,
            Incident.code,
            Incident.message,
            Incident.opened_at,
            Incident.resolved_at,
            Person.given_name,
            Person.surname,
            Job.attempt,
        )
        .outerjoin(Case, Case.id == Incident.case_id)
        .outerjoin(Person, Person.id == Incident.resolved_by)
        .outerjoin(Job, Job.id == Incident.job_id)
        .where(condition)
        .order_by(Incident.id.desc())
        .limit(limit)
    )
    return tuple(
        IncidentLine(
            id=row.id,
            case_id=row.case_id,
            case_number=row.case_number,
            element=row.element,
            code=row.code,
            message=row.message,
            opened_at=row.opened_at,
            resolved_at=row.resolved_at,
            resolved_by=_name(row.given_name, row.surname) or None,
            attempts=row.attempt,
        )
        for row in rows
    )
