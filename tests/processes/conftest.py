"""
Fixtures of the operations: the books that they write.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from engine.storage.database import Database
from tests.support.books import shipped_books


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """
    Give a database of which only the shipped books are filled.
    """
    with shipped_books(tmp_path) as database:
        yield database


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    """
    Give one writing transaction.
    """
    with database.step() as connection:
        yield connection
