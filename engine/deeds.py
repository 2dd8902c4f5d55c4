"""
What operators did and why: rows that are only ever added, the database itself refuses to change them.

What concerns a case is in the case's own sealed audit too. Nothing is decided or done here.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, ForeignKey, Index, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import store
from engine.audit import sealed
from engine.errors import Refused
from engine.operations import Actor
from engine.sight import full_name
from engine.tables import Base, Case, Person

#: characters of a reason
SHORTEST_REASON, LONGEST_REASON = 10, 500


class ReasonMissing(Refused):
    """
    Whoever intervenes says why, in a few words at least.
    """

    code = "reason_missing"


class Deed(Base):
    """
    One deed of an operator.
    """

    __tablename__ = "deed"
    __table_args__ = (Index("ix_deed_case_id_id", "case_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    #: retried, job_suspended, batch_paused …
    deed: Mapped[str]
    reason: Mapped[str]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    #: a job leaves its table when it ends, so this is no foreign key
    job_id: Mapped[int | None]
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"))
    #: kinds, codes, counts; never personal data
    detail: Mapped[dict[str, Any]]


@dataclass(frozen=True)
class DeedLine:
    """
    One deed, for lists.
    """

    id: int
    at: datetime
    person: str
    deed: str
    reason: str
    case_id: int | None
    case_number: str | None
    job_id: int | None
    incident_id: int | None
    detail: Mapping[str, Any]


def worded(reason: str) -> str:
    """
    Return a reason with single blanks, cut to a sane length.

    Raises:
        ReasonMissing: it is too short to say anything.
    """
    text = " ".join(reason.split())[:LONGEST_REASON]
    if len(text) < SHORTEST_REASON:
        raise ReasonMissing
    return text


def note(
    connection: Connection,
    actor: Actor,
    deed: str,
    reason: str,
    *,
    now: datetime,
    case_id: int | None = None,
    job_id: int | None = None,
    incident_id: int | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """
    Keep a deed. One statement.
    """
    row = {"at": now, "person_id": actor.person_id, "deed": deed, "reason": reason, "case_id": case_id}
    row |= {"job_id": job_id, "incident_id": incident_id, "detail": dict(detail or {})}
    connection.execute(insert(Deed).values(**row))


def note_in_case(
    connection: Connection,
    actor: Actor,
    deed: str,
    reason: str,
    *,
    now: datetime,
    case_id: int,
    element: str | None = None,
    job_id: int | None = None,
    incident_id: int | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """
    Keep a deed that concerns a case, which no longer changes then without its history's telling: three statements more.
    """
    about = dict(detail or {})
    note(
        connection,
        actor,
        deed,
        reason,
        now=now,
        case_id=case_id,
        job_id=job_id,
        incident_id=incident_id,
        detail=about,
    )
    case = store.lock_case(connection, case_id)
    if case is None:
        return
    row = {"key": secrets.token_hex(16), "case_id": case_id, "revision": case.revision + 1, "at": now}
    row |= {"actor_id": actor.person_id, "event": deed, "element": element, "detail": {**about, "reason": reason}}
    row |= {"public_status": None, "status_tone": None, "previous_hash": case.audit_hash}
    audit = sealed(row)
    store.insert_audit(connection, audit)
    store.update_case(connection, case_id, case.revision, {"audit_hash": audit["hash"]})


def listed(connection: Connection, *conditions: ColumnElement[bool], limit: int = 50) -> tuple[DeedLine, ...]:
    """
    Return deeds, newest first. One statement.

    Args:
        conditions: on `Deed`, and on `Case` what the reader may see.
    """
    rows = connection.execute(
        select(
            Deed.id,
            Deed.at,
            Person.given_name,
            Person.surname,
            Deed.deed,
            Deed.reason,
            Deed.case_id,
            Case.number,
            Deed.job_id,
            Deed.incident_id,
            Deed.detail,
        )
        .join(Person, Person.id == Deed.person_id)
        .outerjoin(Case, Case.id == Deed.case_id)
        .where(*conditions)
        .order_by(Deed.id.desc())
        .limit(limit)
    )
    return tuple(DeedLine(row[0], row[1], full_name(row[2], row[3]), *row[4:]) for row in rows)
