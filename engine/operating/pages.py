"""
A list's order and its pages: how its lines are sorted, where a page begins, and where the next one does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from engine.operating.sieve import after, cursor

Line = TypeVar("Line")
Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """
    A page of a list.
    """

    rows: tuple[Row, ...]
    #: None on the last page
    next_cursor: str | None


@dataclass(frozen=True)
class Order:
    """
    By what a list is sorted: its id, or a moment first.
    """

    key: InstrumentedAttribute[int]
    moment: InstrumentedAttribute[Any] | None = None
    newest_first: bool = False

    @property
    def clauses(self) -> tuple[ColumnElement[Any], ...]:
        """
        What the statement is ordered by.
        """
        return tuple(column.desc() if self.newest_first else column.asc() for column in self._columns)

    def behind(self, text: str | None) -> list[ColumnElement[bool]]:
        """
        Return the condition that a line comes after the place of a cursor; none on the first page.
        """
        place = after(text, timed=self.moment is not None)
        if place is None:
            return []
        line: Any = self.key
        bound: Any = place[-1]
        if self.moment is not None:
            line = tuple_(*self._columns)
            bound = tuple_(*(literal(part, column.type) for part, column in zip(place, self._columns, strict=True)))
        return [line < bound if self.newest_first else line > bound]

    def cut(self, lines: Sequence[Line], limit: int, moment: str = "") -> Page[Line]:
        """
        Make a page of the lines that were found, of which one more than `limit` was asked for.

        Args:
            moment: under which name a line has the moment, if the list is sorted by one.
        """
        shown = tuple(lines[:limit])
        if len(lines) <= limit:
            return Page(shown, None)
        last: Any = shown[-1]
        return Page(shown, cursor([last.id] if self.moment is None else [getattr(last, moment), last.id]))

    @property
    def _columns(self) -> tuple[InstrumentedAttribute[Any], ...]:
        return (self.key,) if self.moment is None else (self.moment, self.key)
