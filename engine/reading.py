"""
What the pages read of a case: a citizen's list, the status page, the dossier of the staff, letters and files.

Every statement carries the rule of `engine.sight`: what is not for a person is NotFound, like what does not
exist. Nothing here writes, and nothing knows a process: words come from the case's release.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Row, false, func, literal_column, or_, select
from sqlalchemy.orm import aliased

from engine import data, masking, numbers, store, watching
from engine.diagram import Diagram
from engine.errors import NotFound
from engine.lines import (
    Answer,
    AnsweredForm,
    CaseLine,
    CaseStatus,
    Changed,
    DocumentLine,
    Dossier,
    HistoryLine,
    MailLine,
    StatusLine,
    TaskLine,
)
from engine.operations import Actor, CaseFacts, Look, Operations
from engine.rights import MASKED_FOR_STAFF
from engine.rounds import Given, Standing
from engine.sight import LAST_ID, disclosed_to, full_name, may_do, may_read, may_see, seen_facets
from engine.tables import APPLICANT, FAR, Audit, Case, Document, MailLog, Person, Submission, Subscription, Task
from engine.telling import told_by_hand
from forms import Form, SummaryRow
from forms.display import PLACE, say_date

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
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

    @property
    def forms(self) -> Mapping[str, Form]:
        """
        The forms by the element that shows them.
        """
        ...

    def translate(self, text: str, language: str) -> str:
        """
        Return a source text in `language`.
        """
        ...

    def standing(self, given: Given) -> Standing:
        """
        Return, of the latest answers of each user task, those that count now, by name.
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


def applications(connection: Connection, actor: Actor, before: int | None = None, limit: int = 20) -> list[CaseLine]:
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
            Case.suspended_at,
            Case.facets,
            task.label("task"),
        )
        .where(Case.applicant_id == actor.applicant_id)
        .order_by(Case.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(Case.id < min(before, LAST_ID))
    return [CaseLine(**row._mapping) for row in connection.execute(statement)]


def status(connection: Connection, releases: ReleaseShelf, number: str, actor: Actor) -> CaseStatus:
    """
    Return the public side of a case. Four statements; five where the sentence of what happens next names an answer.

    Args:
        number: as typed or shown; an unregistered case is `c-<id>`.

    Raises:
        NotFound: there is no such case, or it is not for this person.
    """
    case = _case(connection, number, actor)
    words = _Words(releases.get(case.release_id), actor.language, case)
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
        own=case.applicant_id == actor.applicant_id,
        readable=bool(case.readable),
        public_status=words(case.public_status),
        tone=case.status_tone,
        status_at=case.status_at,
        what_next=_with_answers(connection, case, words, words.filled(case.what_next)),
        due_at=case.due_at,
        term_stopped_at=case.term_stopped_at,
        suspended_at=case.suspended_at,
        opened_at=case.opened_at,
        registered_at=case.registered_at,
        closed_at=case.closed_at,
        outcome=case.outcome,
        facets=seen_facets(case.facets, masked=not case.readable),
        timeline=timeline,
        documents=documents,
        task=next((task.id for task in tasks if _is_for(task, case, actor)), None),
        confirmation=words.confirmation(),
    )


def dossier(
    connection: Connection,
    releases: ReleaseShelf,
    number: str,
    actor: Actor,
    *,
    operations: Operations | None = None,
    now: datetime | None = None,
) -> Dossier:
    """
    Return everything that staff may read of a case. Eight statements, one more where a task was given to somebody or
    done for them, one where answers were put right, and those of the choices' sources.

    Args:
        number: as typed or shown; an unregistered case is `c-<id>`.
        operations: whose sources put chosen codes into words; without them codes stay as they are.
        now: the present moment, which sources may want.

    Raises:
        NotFound: there is no such case, it is not for this person, or they are not staff.
    """
    if not actor.is_staff:
        raise NotFound
    case = _case(connection, number, actor, now)
    words = _Words(releases.get(case.release_id), actor.language, case)
    steps = _steps(connection, case.id)
    receivers = _receivers(connection, steps)
    sources = _Sources(connection, operations, now, case, actor)
    by_hand = told_by_hand(connection, steps, words.release, words, sources, masked=not case.readable)
    tasks = _tasks(connection, case.id, actor, words)
    jobs = watching.jobs_of(connection, case.id)
    return Dossier(
        id=case.id,
        number=case.number,
        process=case.process,
        release_id=case.release_id,
        title=words.title,
        unit=case.unit,
        applicant=full_name(case.given_name, case.surname, case.patronymic) if case.readable else "",
        channel=case.channel,
        language=case.language,
        opened_at=case.opened_at,
        registered_at=case.registered_at,
        due_at=case.due_at,
        term_stopped_at=case.term_stopped_at,
        suspended_at=case.suspended_at,
        closed_at=case.closed_at,
        outcome=case.outcome,
        public_status=words(case.public_status),
        tone=case.status_tone,
        status_at=case.status_at,
        what_next=words.filled(case.what_next),
        facets=seen_facets(case.facets, masked=not case.readable),
        revision=case.revision,
        masked=not case.readable,
        papers_open=bool(case.entitled),
        fin=_fin(case),
        disclosed=bool(case.disclosed),
        answers=_answers(connection, case, words, sources),
        history=tuple(
            _history_line(step, words, receivers, case, *by_hand.get(step.revision, (None, ()))) for step in steps
        ),
        tasks=tasks,
        documents=_documents(connection, case.id),
        mails=_mails(connection, case),
        jobs=jobs,
        incidents=watching.incidents_of(connection, case.id),
        path=tuple(dict.fromkeys(words.shown_at(at) for step in steps for at in step.detail.get("path", ()))),
        tokens=tuple(
            dict.fromkeys(
                words.shown_at(element)
                for element in [
                    *(task.element for task in tasks),
                    *(job.element for job in jobs if job.kind == "timer" and job.element),
                    *(case.told_at or "").split(),
                ]
            )
        ),
    )


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

    def shown_at(self, element: str) -> str:
        """
        Return what the picture has for an element: of what a called process does, the call.
        """
        return self.release.diagram.shown_at(element)

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


def _with_answers(connection: Connection, case: Row[Any], words: _Words, text: str) -> str:
    """Put answers that count now into a sentence where it names them, e.g. {visit_date}; days as people write them."""
    if not case.readable or not _PLACEHOLDER.search(text):
        return text
    answers = words.release.standing(store.answers_of(connection, case.id)).everywhere
    return _PLACEHOLDER.sub(lambda found: _said(answers.get(found[1])), text)


def _said(value: Any) -> str:
    try:
        return say_date(date.fromisoformat(value))
    except (TypeError, ValueError):
        return "" if value is None else str(value)


#: the events of a case that wait for messages and signals, blanks between
_TOLD_AT = (
    select(func.aggregate_strings(Subscription.element, " "))
    .where(Subscription.case_id == Case.id)
    .correlate(Case)
    .scalar_subquery()
)


def _case(connection: Connection, number: str, actor: Actor, now: datetime | None = None) -> Row[Any]:
    shown = false() if now is None else disclosed_to(actor, now)
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
            Case.term_stopped_at,
            Case.suspended_at,
            Case.closed_at,
            Case.outcome,
            Case.public_status,
            Case.status_tone,
            Case.status_at,
            Case.what_next,
            Case.confirmation,
            Case.facets,
            may_read(actor).label("entitled"),
            or_(may_read(actor), shown).label("readable"),
            shown.label("disclosed"),
            Person.given_name,
            Person.surname,
            Person.patronymic,
            Person.fin,
            _TOLD_AT.label("told_at"),
        )
        .join(Person, Person.id == Case.applicant_id)
        .where(called(number), may_see(actor))
    )
    row = connection.execute(statement).first()
    if row is None:
        raise NotFound
    return row


def called(number: str) -> ColumnElement[bool]:
    """
    Return the condition of the case that people call so: by its number as typed, or by `c-` and its id.

    Raises:
        NotFound: if nothing is called so.
    """
    unnumbered = number.removeprefix(UNNUMBERED)
    if unnumbered != number:
        if not re.fullmatch("[1-9][0-9]{0,9}", unnumbered) or int(unnumbered) > LAST_ID:
            raise NotFound
        return Case.id == int(unnumbered)
    digits = numbers.read(number)
    if digits is None:
        raise NotFound
    return Case.number == digits


def _is_for(task: Row[Any], case: Row[Any], actor: Actor) -> bool:
    if task.role == APPLICANT:
        return bool(case.applicant_id == actor.applicant_id)
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
            Audit.key,
            Audit.case_id,
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


def _by_applicant(person_id: int | None, event: str, element: str | None, case: Row[Any], words: _Words) -> bool:
    """
    Tell whether the applicant acted, or somebody who applies for an entity: they do the tasks of the applicant's lane.
    """
    if person_id is None or person_id == case.applicant_id:
        return person_id is not None
    found = words.release.diagram.elements.get(element or "")
    return event in _APPLICANTS_STEPS and (found is None or found.role == APPLICANT)


def _known_name(row: Row[Any], case: Row[Any], *, by_applicant: bool) -> str | None:
    """
    Return the person's name, unless it is the applicant's and this reader may not know it.
    """
    if by_applicant and not case.readable:
        return None
    return full_name(row.given_name, row.surname) or None


#: what an applicant can do; everything else is done by the staff or the diagram
_APPLICANTS_STEPS = frozenset({"started", "submitted", "claimed", "put_back"})
#: event -> what its detail calls the person whom it concerns
_RECEIVERS = {"given": "holder", "on_behalf": "for"}
#: kinds of elements whose names tell what the diagram did by itself
_TELLING = frozenset({"serviceTask", "businessRuleTask", "endEvent"})


def _receivers(connection: Connection, steps: Sequence[Row[Any]]) -> Mapping[int, str]:
    given = {step.detail.get(_RECEIVERS[step.event]) for step in steps if step.event in _RECEIVERS} - {None}
    if not given:
        return {}
    people = connection.execute(select(Person.id, Person.given_name, Person.surname).where(Person.id.in_(given)))
    return {key: full_name(given_name, surname) for key, given_name, surname in people}


def _history_line(
    step: Row[Any],
    words: _Words,
    receivers: Mapping[int, str],
    case: Row[Any],
    reason: str | None,
    changes: tuple[Changed, ...],
) -> HistoryLine:
    elements = words.release.diagram.elements
    by_applicant = _by_applicant(step.actor_id, step.event, step.element, case, words)
    passed = (elements[place] for place in step.detail.get("path", ()) if place in elements)
    concerned = step.detail.get(_RECEIVERS.get(step.event, "")) or 0
    return HistoryLine(
        at=step.at,
        actor=_known_name(step, case, by_applicant=by_applicant),
        by_applicant=by_applicant,
        event=step.event,
        element=step.element,
        name=words.name(step.element),
        passed=tuple(words(element.name) for element in passed if element.kind in _TELLING and element.name),
        status=words(step.public_status) if step.public_status else None,
        tone=step.status_tone,
        revision=step.revision,
        receiver=None if concerned == case.applicant_id and not case.readable else receivers.get(concerned),
        reason=reason,
        changes=changes,
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
            due_at=None if row.due_at == FAR else row.due_at,
            claimed_by=row.claimed_by,
            holder=full_name(row.given_name, row.surname) or None,
            may_do=bool(row.may_do),
        )
        for row in rows
    )


class _Sources:
    """
    What the sources offer for choices, each asked once.
    """

    def __init__(
        self,
        connection: Connection,
        operations: Operations | None,
        now: datetime | None,
        case: Row[Any],
        actor: Actor,
    ) -> None:
        self._connection = connection
        self._sources = operations.sources if operations is not None and now is not None else {}
        self._now = now or case.opened_at
        self._case = case
        self._actor = actor
        self._found: dict[str, Sequence[object]] = {}

    def of(self, form: Form, answers: Mapping[str, Any]) -> Mapping[str, Sequence[object]]:
        """
        Return what the form's answered choices were chosen from, by source.
        """
        wanted = {field.choices.source for field in form.fields if field.is_choice and answers.get(field.key)}
        for name in sorted(wanted & self._sources.keys() - self._found.keys()):
            self._found[name] = self._sources[name](self._look(answers))
        return self._found

    def _look(self, answers: Mapping[str, Any]) -> Look:
        case = self._case
        facts = CaseFacts(
            case.id,
            case.number,
            case.process,
            case.unit,
            case.applicant_id,
            case.language,
            case.opened_at,
            case.due_at,
            case.facets,
        )
        return Look(self._connection, self._now, facts, self._actor, answers, answers, language=self._actor.language)


def _answers(connection: Connection, case: Row[Any], words: _Words, sources: _Sources) -> tuple[AnsweredForm, ...]:
    rows = connection.execute(
        select(
            Submission.element,
            Submission.answers,
            Submission.given_at,
            Submission.given_by,
            Person.given_name,
            Person.surname,
        )
        .outerjoin(Person, Person.id == Submission.given_by)
        .where(Submission.case_id == case.id, literal_column("submission.superseded = false"))
        .order_by(Submission.given_at, Submission.task_id)
    ).all()
    forms = words.release.forms
    return tuple(_answered(row, forms[row.element], case, words, sources) for row in rows if row.element in forms)


def _answered(row: Row[Any], form: Form, case: Row[Any], words: _Words, sources: _Sources) -> AnsweredForm:
    by_applicant = _by_applicant(row.given_by, "submitted", row.element, case, words)
    return AnsweredForm(
        element=row.element,
        title=words.name(row.element),
        given_at=row.given_at,
        given_by=_known_name(row, case, by_applicant=by_applicant),
        by_applicant=by_applicant,
        rows=_rows(form, data.load(row.answers), words, sources, masked=not case.readable),
    )


def _rows(
    form: Form, answers: Mapping[str, Any], words: _Words, sources: _Sources, *, masked: bool
) -> tuple[Answer, ...]:
    said = form.summary(answers, sources.of(form, answers), words)
    if masked:
        kinds = {field.key: field.kind for field in form.fields}
        return tuple(_masked_row(row, answers[row.key], kinds.get(row.key) or "") for row in said)
    uploads = {field.key for field in form.fields if field.control == "filepicker"}
    return tuple(_row(row, answers[row.key], row.key in uploads) for row in said)


def _masked_row(said: SummaryRow, value: Any, kind: str) -> Answer:
    mask = masking.KINDS.get(kind)
    if mask is None or not isinstance(value, str) or not value:
        return Answer(said.key, said.label, "", hidden=True)
    return Answer(said.key, said.label, mask(value))


def _row(said: SummaryRow, value: Any, is_upload: bool) -> Answer:
    return Answer(said.key, said.label, said.value_text, tuple(value or ()) if is_upload else ())


def _mails(connection: Connection, case: Row[Any]) -> tuple[MailLine, ...]:
    rows = connection.execute(
        select(
            MailLog.letter,
            MailLog.recipient,
            MailLog.state,
            MailLog.at,
            MailLog.attempts,
            MailLog.accepted_by,
            MailLog.reason,
        )
        .where(MailLog.case_id == case.id)
        .order_by(MailLog.at, MailLog.id)
    )
    return tuple(
        MailLine(letter, recipient if case.readable else masking.email(recipient), *rest)
        for letter, recipient, *rest in rows
    )


def _fin(case: Row[Any]) -> str:
    if not case.fin:
        return ""
    return masking.fin(case.fin) if "fin" in MASKED_FOR_STAFF and not case.disclosed else str(case.fin)
