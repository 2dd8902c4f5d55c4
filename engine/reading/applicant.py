"""
What an applicant reads: the list of their cases, and where one of them stands.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, literal_column, select

from engine.operations import Actor
from engine.reading.lines import (
    CaseLine,
    CaseStatus,
    StatusLine,
)
from engine.reading.lookup import case_called, documents_of
from engine.reading.words import ReleaseShelf, Words, with_answers
from engine.sight import LAST_ID, may_do, seen_facets
from engine.tables import APPLICANT, Audit, Case, Task


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
    case = case_called(connection, number, actor)
    words = Words(releases.get(case.release_id), actor.language, case)
    changes = connection.execute(
        select(Audit.at, Audit.public_status, Audit.status_tone)
        .where(Audit.case_id == case.id, Audit.public_status.is_not(None))
        .order_by(Audit.revision)
    )
    timeline = tuple(StatusLine(at, words(text), tone or "grey") for at, text, tone in changes)
    documents = documents_of(connection, case.id) if case.readable else ()
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
        what_next=with_answers(connection, case, words, words.filled(case.what_next)),
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


def _is_for(task: Row[Any], case: Row[Any], actor: Actor) -> bool:
    if task.role == APPLICANT:
        return bool(case.applicant_id == actor.applicant_id)
    return bool(task.may_do) and task.claimed_by in (None, actor.person_id)
