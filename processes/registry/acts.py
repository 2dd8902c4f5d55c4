"""
Acts and numbered letters: numbers in the office's series, and the facts as they were when they were signed.

An act is never changed; what it looks like on paper belongs to the letters.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, text, update

from engine.tables import Document
from processes.registry.tables import Act, Office

_NEXT = text(
    "INSERT INTO act_counter (office, series, year, last) VALUES (:office, :series, :year, 1) "
    "ON CONFLICT (office, series, year) DO UPDATE SET last = act_counter.last + 1 RETURNING last"
)


@dataclass(frozen=True)
class NewAct:
    """
    An act about to be booked.
    """

    number: str
    #: installation or registration
    kind: str
    office: str
    case_id: int
    document_id: str
    subscriber_code: str
    meter_id: int
    facts: Mapping[str, Any]
    made_at: datetime
    made_by: int | None


def next_number(connection: Connection, office: str, series: str, year: int) -> str:
    """
    Return the next number of the office's series: `MRK-2026-000123`, refusals `MRK-R-2026-000045`.

    Numbers have no gaps: one that is given in a step that is undone is given again.

    Args:
        series: act or refusal.
    """
    last = connection.execute(_NEXT, {"office": office, "series": series, "year": year}).scalar_one()
    prefix = connection.execute(select(Office.series).where(Office.code == office)).scalar_one()
    return f"{prefix}-{'R-' if series == 'refusal' else ''}{year}-{last:06d}"


def new_document(
    connection: Connection,
    *,
    case_id: int,
    kind: str,
    number: str | None,
    language: str,
    facts: Mapping[str, Any],
    now: datetime,
) -> str:
    """
    Enter a document that is yet to be rendered; return its random id, which the QR code shows.

    Args:
        kind: act, registration, refusal or receipt.
        facts: JSON; everything that the document states, frozen.
    """
    document_id = secrets.token_hex(16)
    connection.execute(
        insert(Document).values(
            id=document_id,
            case_id=case_id,
            kind=kind,
            number=number,
            language=language,
            facts=dict(facts),
            created_at=now,
        )
    )
    return document_id


def book(connection: Connection, act: NewAct) -> int:
    """
    Enter an act; return its id.
    """
    return connection.execute(
        insert(Act)
        .values(
            number=act.number,
            kind=act.kind,
            office=act.office,
            case_id=act.case_id,
            document_id=act.document_id,
            subscriber_code=act.subscriber_code,
            meter_id=act.meter_id,
            facts=dict(act.facts),
            made_at=act.made_at,
            made_by=act.made_by,
        )
        .returning(Act.id)
    ).scalar_one()


def document(connection: Connection, document_id: str) -> Document | None:
    """
    Return the document's row (id, case_id, kind, number, language, facts, created_at, file_id), or None.
    """
    return connection.execute(select(Document.__table__).where(Document.id == document_id)).one_or_none()


def attach_file(connection: Connection, document_id: str, file_id: str) -> bool:
    """
    Note the rendered file of a document that has none yet; return False if it has one.
    """
    return (
        connection.execute(
            update(Document).where(Document.id == document_id, Document.file_id.is_(None)).values(file_id=file_id)
        ).rowcount
        > 0
    )
