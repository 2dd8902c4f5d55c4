"""
Everything that staff may read of one case.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, literal_column, select
from sqlalchemy.orm import aliased

from engine.errors import NotFound
from engine.operations import Actor, Operations
from engine.reading import masking, watching
from engine.reading.answers import Sources, answers_of
from engine.reading.history import history_line, receivers_of, steps_of
from engine.reading.lines import (
    Dossier,
    MailLine,
    TaskLine,
)
from engine.reading.lookup import case_called, documents_of
from engine.reading.telling import told_by_hand
from engine.reading.words import ReleaseShelf, Words
from engine.rights import MASKED_FOR_STAFF
from engine.sight import full_name, may_do, seen_facets
from engine.tables import FAR, MailLog, Person, Task


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
    case = case_called(connection, number, actor, now)
    words = Words(releases.get(case.release_id), actor.language, case)
    steps = steps_of(connection, case.id)
    receivers = receivers_of(connection, steps)
    sources = Sources(connection, operations, now, case, actor)
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
        answers=answers_of(connection, case, words, sources),
        history=tuple(
            history_line(step, words, receivers, case, *by_hand.get(step.revision, (None, ()))) for step in steps
        ),
        tasks=tasks,
        documents=documents_of(connection, case.id),
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


def _tasks(connection: Connection, case_id: int, actor: Actor, words: Words) -> tuple[TaskLine, ...]:
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
