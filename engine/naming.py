"""
How people call cases: by the number, `4831-7720-9155`; one that has none yet by `c-` and its id.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from engine.errors import NotFound
from engine.numbers import shown
from engine.reading import UNNUMBERED, called
from engine.tables import Case


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
