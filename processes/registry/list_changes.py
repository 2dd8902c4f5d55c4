"""
Who changed which entry of the editable lists, and when. Rows are added and never changed.

The lists themselves are `processes.registry.lists`, the calendar is `processes.registry.calendar`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, ForeignKey, Index, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.tables import Base, Person


class ListChange(Base):
    """
    One change of one entry.
    """

    __tablename__ = "list_change"
    __table_args__ = (Index("ix_list_change_list_code_id", "list", "code", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: reasons, refusal_grounds, legal_grounds or calendar
    list: Mapped[str]
    code: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    #: the Azerbaijani words before and after; empty where there was no entry, or is none any more
    before: Mapped[str]
    after: Mapped[str]


@dataclass(frozen=True)
class Change:
    """
    A change as a page shows it.
    """

    id: int
    code: str
    at: datetime
    #: given name and surname
    by: str
    before: str
    after: str


def note(connection: Connection, name: str, code: str, *, at: datetime, by: int, before: str, after: str) -> None:
    """
    Note that the entry `code` of the list `name` was changed.
    """
    row = {"list": name, "code": code, "at": at, "by": by, "before": before, "after": after}
    connection.execute(insert(ListChange).values(**row))


def latest_id(connection: Connection, name: str, code: str) -> int:
    """
    Return the id of the newest change of an entry, 0 if it was never changed: the version that an editor has seen.
    """
    newest = select(func.max(ListChange.id)).where(ListChange.list == name, ListChange.code == code)
    return connection.scalar(newest) or 0


def latest(connection: Connection, name: str) -> dict[str, Change]:
    """
    Return the newest change of each entry of a list, by code.
    """
    newest = select(func.max(ListChange.id)).where(ListChange.list == name).group_by(ListChange.code)
    return {change.code: change for change in _changes(connection, ListChange.id.in_(newest))}


def of_entry(connection: Connection, name: str, code: str) -> Sequence[Change]:
    """
    Return all changes of an entry, newest first.
    """
    return _changes(connection, ListChange.list == name, ListChange.code == code)


def beginning_with(connection: Connection, name: str, beginning: str) -> list[Change]:
    """
    Return the changes of all entries of a list whose codes begin so, newest first.
    """
    return _changes(connection, ListChange.list == name, ListChange.code.startswith(beginning, autoescape=True))


def _changes(connection: Connection, *conditions: object) -> list[Change]:
    columns = ListChange.__table__.c
    rows = connection.execute(
        select(columns.id, columns.code, columns.at, Person.given_name, Person.surname, columns.before, columns.after)
        .join(Person, Person.id == columns.by)
        .where(*conditions)  # type: ignore[arg-type]
        .order_by(columns.id.desc())
    )
    return [Change(key, code, at, f"{given} {surname}", *words) for key, code, at, given, surname, *words in rows]
