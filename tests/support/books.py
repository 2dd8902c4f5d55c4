"""
The registry's books in tests: a database with what is shipped, and people, subscribers and cases for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, insert

from engine.storage.database import Database
from engine.tables import Base, Case, Person, Release
from processes.registry import shipped, tables

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@contextmanager
def shipped_books(folder: Path) -> Iterator[Database]:
    """
    Yield a database on a SQLite file in which only the shipped books are filled.
    """
    database = Database(f"sqlite:///{folder}/books.db")
    with database.step() as connection:
        Base.metadata.create_all(connection)
        shipped.fill_empty(connection)
    try:
        yield database
    finally:
        database.close()


def add_person(connection: Connection, surname: str, **more: object) -> int:
    """
    Enter a person; return the id.
    """
    row = {"given_name": "Rəşad", "surname": surname, **more}
    return connection.execute(insert(Person).values(**row).returning(Person.id)).scalar_one()


def add_subscriber(connection: Connection, code: str, **more: object) -> str:
    """
    Enter a household in Nəsimi; return its code.
    """
    row = {
        "code": code,
        "kind": "household",
        "name": "Əliyeva Leyla",
        "address": "Bakı, Nizami küçəsi 10",
        "district": "Nəsimi",
        "search_key": "eliyeva leyla",
        **more,
    }
    connection.execute(insert(tables.Subscriber).values(**row))
    return code


def add_case(connection: Connection, applicant: int, **more: object) -> int:
    """
    Enter a registered case; return its id.
    """
    connection.execute(insert(Release).values(id="r", process="meter_installation", created_at=NOW))
    row = {
        "number": "483177209155",
        "process": "meter_installation",
        "release_id": "r",
        "revision": 1,
        "unit": "baku_center",
        "applicant_id": applicant,
        "language": "az",
        "opened_at": NOW,
        "registered_at": NOW,
        "status_at": NOW,
        "facets": {},
        "state": b"",
        **more,
    }
    return connection.execute(insert(Case).values(**row).returning(Case.id)).scalar_one()
