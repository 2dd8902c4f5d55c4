"""
A database with the shipped books, and one for each test to write to.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from engine.clock import SettableClock
from engine.database import Database
from engine.tables import Base, Case, Person, Release
from processes.registry import shipped, tables

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """
    Give a database of which only the shipped books are filled.
    """
    database = Database(f"sqlite:///{tmp_path}/saygac.db")
    with database.step() as connection:
        Base.metadata.create_all(connection)
        shipped.fill_empty(connection)
    yield database
    database.close()


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    """
    Give one writing transaction.
    """
    with database.step() as connection:
        yield connection


@pytest.fixture
def clock() -> SettableClock:
    """
    Give a clock that stands at NOW.
    """
    return SettableClock(NOW)


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
