"""
Mail to the staff about their work: a task became theirs, a task of theirs is due soon, what the day brings.

Each person may switch each kind off. Letters name the task and the case's number, never anybody's data.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, literal_column, or_, select

from engine.digest import Digest, Found, digest, readers
from engine.mail import Message
from engine.numbers import shown
from engine.operations import Operations, Ports, Settle, Settlement, Work
from engine.steps.assigning import ASSIGNED, DIGEST, DUE
from engine.tables import APPLICANT, FAR, Case, Person, Release, Task, TaskCandidate, UnwantedMail
from engine.words.letters import Letters
from processes import addresses, papers, posting
from processes.letters import mail, texts
from processes.letters.words import local_day
from processes.registry import calendar, offices

operations = Operations()

TELL_ASSIGNED, TELL_DUE, SEND_DIGEST, MORNING = "tell_assigned", "tell_due", "send_digest", "morning_mail"
#: kind of job -> kind of mail that a person may switch off, and its letter
_LETTERS = {
    TELL_ASSIGNED: (ASSIGNED, "task_assigned"),
    TELL_DUE: (DUE, "task_due"),
    SEND_DIGEST: (DIGEST, texts.DIGEST),
}
_OPEN = literal_column("task.state = 'open'")
#: nobody can do a task of a case that is suspended, and no term ends while its clock stands still
_RUNS = Case.suspended_at.is_(None) & Case.term_stopped_at.is_(None)


@operations.telling(TELL_ASSIGNED)
def tell_assigned(work: Work) -> Settle | None:
    """
    Tell somebody of a task that was given to them, if it still is theirs and they want to know.

    Payload: task_id, person_id; occasion: when it is theirs for the second time.
    """
    return _tell_of_task(work, work.payload.get("occasion", ""))


@operations.job(TELL_DUE)
def tell_due(work: Work) -> Settle | None:
    """
    Tell somebody that a task of theirs is due soon, if it still is.

    Payload: task_id, person_id, due.
    """
    return _tell_of_task(work, work.payload["due"], due=work.payload["due"])


@operations.job(SEND_DIGEST)
def send_digest(work: Work) -> Settle | None:
    """
    Tell a head of office or an operator what the day brings; nothing, if it brings nothing.

    Payload: person_id; day: ISO.
    """
    person_id, name = work.payload["person_id"], f"digest.{work.payload['day']}.{work.payload['person_id']}"
    name = posting.message_id(work, name)
    with work.read() as connection:
        reader = _reader(connection, person_id, DIGEST)
        if reader is None or posting.is_sent(connection, name):
            return None
        now = work.ports.clock.now()
        found = digest(connection, person_id, now, calendar.end_of(calendar.local_day(now)))
        release_id = _release_of(connection, found)
    if found.empty or release_id is None:
        return None
    values = {
        "today": local_day(now),
        "overdue": _said(found.overdue),
        "due_today": _said(found.due_today),
        "unassigned": _said(found.unassigned),
        "incidents": _said(found.incidents),
        "inbox_url": addresses.inbox(work.ports.base_url),
    }
    letters = work.releases.get(release_id).letters
    return posting.hand_over(work, _message(name, reader, texts.DIGEST, values, letters), texts.DIGEST, letters)


def upcoming(connection: Connection, now: datetime, ports: Ports) -> datetime:
    """
    Return the next morning of a working day.
    """
    today, exceptions = calendar.local_day(now), calendar.exceptions(connection)
    this = datetime.combine(today, ports.morning, calendar.BAKU)
    if this > now and calendar.is_working(today, exceptions):
        return this
    return datetime.combine(calendar.nth_working_day(today, 1, exceptions), ports.morning, calendar.BAKU)


@operations.every_day(MORNING, upcoming)
def morning_mail(work: Work) -> Settle:
    """
    Ask for the mails of a working day's morning: digests, and reminders of what is due today or on the next one.
    """
    now = work.now
    with work.read() as connection:
        today, exceptions = calendar.local_day(now), calendar.exceptions(connection)
        until = calendar.end_of(calendar.nth_working_day(today, 1, exceptions))
        due = _due(connection, now, until)
        people = readers(connection)

    def settle(settlement: Settlement) -> None:
        for person in people:
            payload = {"person_id": person, "day": today.isoformat()}
            settlement.enqueue(SEND_DIGEST, payload, key=f"{SEND_DIGEST}:{today}:{person}")
        for task_id, case_id, at, person in due:
            payload = {"task_id": task_id, "person_id": person, "due": local_day(at)}
            key = f"{task_id}:{TELL_DUE}:{person}:{local_day(at)}"
            settlement.enqueue(TELL_DUE, payload, key=key, case_id=case_id)

    return settle


def _due(connection: Connection, now: datetime, until: datetime) -> list[tuple[str, int, datetime, int]]:
    """Return (task, case, due, person) of tasks that are somebody's and due between two moments. One statement."""
    whose = or_(
        Task.claimed_by == Person.id,
        Task.claimed_by.is_(None)
        & exists()
        .where(TaskCandidate.task_id == Task.id, TaskCandidate.person_id == Person.id)
        .correlate(Task, Person),
    )
    rows = (
        select(Task.id, Task.case_id, Task.due_at, Person.id)
        .join(Person, whose)
        .join(Case, Case.id == Task.case_id)
        .where(_OPEN, _RUNS, Task.role != APPLICANT, Task.due_at > now, Task.due_at <= until)
        .where(Person.email.is_not(None))
        .order_by(Task.due_at, Task.id)
    )
    return [tuple(row) for row in connection.execute(rows)]


def _tell_of_task(work: Work, occasion: str, *, due: str = "") -> Settle | None:
    """
    Args:
        due: day on which it must still be due for the letter to be sent; empty: any.
    """
    task_id, person_id = work.payload["task_id"], work.payload["person_id"]
    kind, letter = _LETTERS[work.kind]
    left = ".".join(filter(None, (letter, task_id, str(person_id), occasion)))
    name = posting.message_id(work, left)
    with work.read() as connection:
        task = _task(connection, task_id, person_id)
        reader = _reader(connection, person_id, kind)
        if task is None or reader is None or posting.is_sent(connection, name):
            return None
        if due and (not task.runs or local_day(task.due_at) != due):
            return None  # there is another day, and another letter for it
        office = offices.office(connection, task.unit, reader.language) if task.unit else None
    release = work.releases.get(task.release_id)
    values = {
        "case_number": task.number or "",
        "task": release.translate(release.diagram.elements[task.element].name, reader.language),
        "task_due_on": "" if task.due_at == FAR else local_day(task.due_at),
        "office": office.name if office else "",
        "registered_on": local_day(task.registered_at) if task.registered_at else "",
        "due_on": local_day(task.case_due_at) if task.case_due_at else "",
        "task_url": addresses.task(work.ports.base_url, task_id),
    }
    message = _message(name, reader, letter, values, release.letters)
    return posting.hand_over(work, message, letter, release.letters)


def _task(connection: Connection, task_id: str, person_id: int) -> Row[Any] | None:
    """Return a task that waits and is this person's, or may be: nobody else has taken it."""
    mine = or_(Task.claimed_by == person_id, Task.claimed_by.is_(None))
    rows = (
        select(
            Task.element,
            Task.due_at,
            Task.unit,
            Case.number,
            Case.release_id,
            Case.registered_at,
            Case.due_at.label("case_due_at"),
            _RUNS.label("runs"),
        )
        .join(Case, Case.id == Task.case_id)
        .where(Task.id == task_id, _OPEN, mine)
    )
    return connection.execute(rows).one_or_none()


def _reader(connection: Connection, person_id: int, kind: str) -> Row[Any] | None:
    """Return a person who works here, has an address and wants this kind of mail."""
    unwanted = exists().where(UnwantedMail.person_id == Person.id, UnwantedMail.kind == kind)
    columns = (Person.given_name, Person.surname, Person.email, Person.language)
    rows = select(*columns).where(Person.id == person_id, Person.active, Person.email.is_not(None), ~unwanted)
    return connection.execute(rows).one_or_none()


def _message(name: str, reader: Row[Any], letter: str, values: Mapping[str, str], letters: Letters) -> Message:
    organisation = papers.organisation(reader.language)
    everywhere = {
        "name": f"{reader.given_name} {reader.surname}",
        "organisation": organisation.name,
        "telephone": organisation.telephone,
    }
    made = mail.compose(letter, reader.language, {**everywhere, **values}, letters)
    return Message(name, reader.email, made.subject, made.text, made.html, reader.language)


def _release_of(connection: Connection, found: Digest) -> str | None:
    """
    Return whose words a digest has: of the releases of the cases that it names, the one that is newest; if it names
    none, the one that took effect last.
    """
    theirs = select(Release.id).where(Release.id.in_(select(Case.release_id).where(Case.number.in_(found.numbers))))
    release_id = connection.scalar(theirs.order_by(Release.created_at.desc(), Release.id).limit(1))
    if release_id is not None:
        return release_id
    active = select(Release.id).where(Release.active_since.is_not(None)).order_by(Release.active_since.desc())
    return connection.scalar(active.limit(1))


def _said(found: Found) -> str:
    if not found.count:
        return ""
    numbers = ", ".join(shown(number) for number in found.numbers)
    more = ", …" if found.numbers and found.count > len(found.numbers) else ""
    return f"{found.count} ({numbers}{more})" if numbers else str(found.count)
