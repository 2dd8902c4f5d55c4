"""
A case by what people call it, for those who may see it; and its papers. What is not for a person is NotFound,
like what does not exist.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, false, func, or_, select

from engine.errors import NotFound
from engine.naming import called
from engine.operations import Actor
from engine.reading.lines import (
    DocumentLine,
)
from engine.sight import disclosed_to, may_read, may_see
from engine.tables import Case, Document, Person, Subscription

#: the events of a case that wait for messages and signals, blanks between
_TOLD_AT = (
    select(func.aggregate_strings(Subscription.element, " "))
    .where(Subscription.case_id == Case.id)
    .correlate(Case)
    .scalar_subquery()
)


def case_called(connection: Connection, number: str, actor: Actor, now: datetime | None = None) -> Row[Any]:
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


def documents_of(connection: Connection, case_id: int) -> tuple[DocumentLine, ...]:
    rows = connection.execute(
        select(Document.id, Document.kind, Document.number, Document.file_id, Document.created_at)
        .where(Document.case_id == case_id)
        .order_by(Document.created_at.desc(), Document.id)
    )
    return tuple(DocumentLine(key, kind, number, bool(file), at) for key, kind, number, file, at in rows)
