"""
How people call cases: by the number, `4831-7720-9155`; one that has none yet by `c-` and its id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, select

from engine import numbers
from engine.errors import NotFound
from engine.numbers import shown
from engine.sight import LAST_ID
from engine.tables import Case

#: an unregistered case is named by its id behind this
UNNUMBERED = "c-"


def called(number: str) -> ColumnElement[bool]:
    """
    Return the condition of the case that people call so: by its number as typed, or by `c-` and its id.

    Raises:
        NotFound: if nothing is called so.
    """
    unnumbered = number.removeprefix(UNNUMBERED)
    if unnumbered != number:
        if not re.fullmatch("[1-9][0-9]{0,9}", unnumbered) or int(unnumbered) > LAST_ID:
            raise NotFound
        return Case.id == int(unnumbered)
    digits = numbers.read(number)
    if digits is None:
        raise NotFound
    return Case.number == digits


def case_names(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """
    Return what each of some cases is called.
    """
    found = connection.execute(select(Case.id, Case.number).where(Case.id.in_(list(ids))))
    return {row.id: shown(row.number) if row.number else f"{UNNUMBERED}{row.id}" for row in found}


def case_id(connection: Connection, name: str) -> int:
    """
    Return the id of the case that is called so.

    Raises:
        NotFound: if there is none, or nothing is called so.
    """
    found: int | None = connection.scalar(select(Case.id).where(called(name)))
    if found is None:
        raise NotFound
    return found
