"""
Who has read whose personal data: rows that are only ever added.

Opening somebody's case, task, letter or file is a reading; so is a page of a list that names people, as one row for
all its cases. What is masked is shown for a while to whoever gives a reason, and that is in the case's audit too.
Nothing here decides who may read.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select

from engine import store
from engine.audit import sealed
from engine.errors import NotFound
from engine.operations import Actor
from engine.rights import casework_units
from engine.sight import full_name
from engine.storage.database import Database
from engine.tables import Person, Reading

#: kinds of readings
CASE, TASK, STATUS, LETTER, FILE, LIST, DISCLOSED = "case", "task", "status", "letter", "file", "list", "disclosed"
#: masked data is shown so long after a reason was given
SHOWN = timedelta(minutes=15)
#: characters of a reason
SHORTEST_REASON, LONGEST_REASON = 10, 500


@dataclass(frozen=True)
class ReadingLine:
    """
    One reading of a case, for those who look after the office.
    """

    at: datetime
    reader: str
    kind: str
    reason: str | None


def note(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """
    Add readings. One statement.

    Args:
        rows: at, person_id, kind and case_id, subject (of the letter, file or task) or cases (of a list).
    """
    columns = {"case_id": None, "subject": None, "cases": None, "reason": None, "until": None}
    connection.execute(insert(Reading), [{**columns, **row} for row in rows])


def disclose(database: Database, case_id: int, actor: Actor, reason: str, *, now: datetime) -> None:
    """
    Show what is masked of a case to this person for a while; the case's audit says that it was.

    Args:
        case_id: of a case that the person may see.
        reason: at least `SHORTEST_REASON` characters, checked where it was typed.

    Raises:
        NotFound: there is no such case any more.
    """
    with database.step() as connection:
        case = store.lock_case(connection, case_id)
        if case is None:
            raise NotFound
        row = {"at": now, "person_id": actor.person_id, "case_id": case_id, "kind": DISCLOSED}
        note(connection, [{**row, "reason": reason, "until": now + SHOWN}])
        audit = sealed(
            {
                "key": secrets.token_hex(16),
                "case_id": case_id,
                "revision": case.revision + 1,
                "at": now,
                "actor_id": actor.person_id,
                "event": DISCLOSED,
                "element": None,
                "detail": {"all": not casework_units(actor)},
                "public_status": None,
                "status_tone": None,
                "previous_hash": case.audit_hash,
            }
        )
        store.insert_audit(connection, audit)
        store.update_case(connection, case_id, case.revision, {"audit_hash": audit["hash"]})


def of_case(connection: Connection, case_id: int, limit: int = 50) -> tuple[ReadingLine, ...]:
    """
    Return who has opened a case or anything of it, newest first. One statement.
    """
    rows = connection.execute(
        select(Reading.at, Reading.kind, Reading.reason, Person.given_name, Person.surname)
        .join(Person, Person.id == Reading.person_id)
        .where(Reading.case_id == case_id)
        .order_by(Reading.id.desc())
        .limit(limit)
    )
    return tuple(ReadingLine(row.at, full_name(row.given_name, row.surname), row.kind, row.reason) for row in rows)
