"""
By what an operator narrows a list, as conditions, and the place where a page of it ends.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, false, intersect, literal_column, or_, select

from engine import numbers
from engine.operations import Actor
from engine.reading import UNNUMBERED
from engine.reading.finding import ranges
from engine.rights import casework_units
from engine.sight import LAST_ID
from engine.tables import Case, Incident, SearchTerm, Task

#: lines of a page
PAGE = 50
OPEN_CASE = literal_column("case_file.closed_at IS NULL")
OPEN_TASK = literal_column("task.state = 'open'")
OPEN_INCIDENT = literal_column("incident.resolved_at IS NULL")
#: years of 365 days after which nothing is older
_OLDEST = 36_500


@dataclass(frozen=True)
class Sieve:
    """
    What a list is narrowed by; an empty text narrows nothing.
    """

    #: one of the list's own STATES
    state: str = ""
    lane: str = ""
    kind: str = ""
    process: str = ""
    #: id of an element of the diagram
    element: str = ""
    #: code of a failure
    code: str = ""
    unit: str = ""
    #: who did it; 0: anybody
    person: int = 0
    #: older than so many days; 0: of any age
    days: int = 0
    #: a case number; who sees names also finds by them
    search: str = ""

    @property
    def narrow(self) -> bool:
        """
        Tell whether anything but the state is narrowed.
        """
        return any(getattr(self, one.name) for one in fields(self) if one.name != "state")

    def before(self, now: datetime) -> datetime | None:
        """
        Return the moment before which a thing must have begun; None: any.
        """
        return now - timedelta(days=min(self.days, _OLDEST)) if self.days else None

    def kept(self, began: Any, now: datetime, **columns: Any) -> list[ColumnElement[bool]]:
        """
        Return the conditions on a line of its own.

        Args:
            began: column of the moment at which it began.
            columns: those of what is narrowed here -> what they must equal.
        """
        wanted = ((column, getattr(self, name)) for name, column in columns.items())
        conditions = [column == value for column, value in wanted if value]
        if (before := self.before(now)) is not None:
            conditions.append(began <= before)
        return conditions


def in_cases(connection: Connection, actor: Actor, sieve: Sieve, column: Any) -> list[ColumnElement[bool]]:
    """
    Return the conditions on the case behind a line, which is joined to it; its id is `column`.
    """
    # of a process most cases are: no index would help, and to collect their ids would read them all
    conditions = [Case.process == sieve.process] if sieve.process else []
    if sieve.unit:
        conditions.append(column.in_(select(Case.id).where(Case.unit == sieve.unit)))
    if sieve.search.strip():
        conditions.append(_found(connection, actor, sieve.search, column))
    return conditions


def at_element(element: str, column: Any) -> ColumnElement[bool]:
    """
    Return the condition that a case waits for a person, or has stopped, at an element.
    """
    task = select(Task.case_id).where(Task.element == element, OPEN_TASK)
    incident = select(Incident.case_id).where(Incident.element == element, OPEN_INCIDENT, Incident.case_id.is_not(None))
    return or_(column.in_(task), column.in_(incident))


def _found(connection: Connection, actor: Actor, words: str, column: Any) -> ColumnElement[bool]:
    digits = numbers.read(words)
    by_number = select(Case.id).where(Case.number == digits)
    if digits:
        return column.in_(by_number)
    if not casework_units(actor):
        return _by_id(words, column)
    term = SearchTerm.term.collate("C") if connection.dialect.name == "postgresql" else SearchTerm.term
    matches = [
        select(SearchTerm.case_id).where(or_(*(and_(term >= low, term < high) for low, high in group)))
        for group in ranges(words)
    ]
    if not matches:
        return false()
    return column.in_(matches[0] if len(matches) == 1 else intersect(*matches))


def _by_id(words: str, column: Any) -> ColumnElement[bool]:
    """An application without a number is named c-7 in lists."""
    text = words.strip().lower().removeprefix(UNNUMBERED)
    return column == int(text) if text.isascii() and text.isdigit() and len(text) < 10 else false()


def cursor(parts: Sequence[datetime | int]) -> str:
    """
    Return where a page ended, as addresses carry it.
    """
    plain = [part.isoformat() if isinstance(part, datetime) else part for part in parts]
    return base64.urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).decode().rstrip("=")


def after(text: str | None, *, timed: bool) -> tuple[Any, ...] | None:
    """
    Return where a page begins: (moment, id), or (id,) alone. What this module did not give out begins at the first.
    """
    if not text:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        *moments, key = found
        read = tuple(datetime.fromisoformat(moment) for moment in moments)
    except (ValueError, TypeError, binascii.Error):
        return None
    fits = len(read) == int(timed) and all(moment.tzinfo for moment in read)
    return (*read, key) if fits and type(key) is int and 0 < key <= LAST_ID else None
