"""
Brings a database to the newest schema.

The changes are in `engine/migrations`; they hold the tables of the registry and of the pages too, which register
themselves on the same metadata.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, create_engine, text
from sqlalchemy.engine import make_url

FOLDER = Path(__file__).parent.parent / "migrations"
#: PostgreSQL's advisory lock of whoever prepares the database; any number that nobody else takes
_LOCK = 7_292_441


@contextmanager
def alone(database_url: str) -> Iterator[None]:
    """
    Be the only process that prepares this database; others wait here until the block ends.
    """
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_name(path.name + ".prepare").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    engine = create_engine(url)
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            yield
    finally:
        engine.dispose()


def upgrade(database_url: str, revision: str = "head") -> None:
    """
    Apply every change that the database has not seen; a database that is up to date stays as it is.

    Args:
        revision: the change to stop at; the newest when not given.
    """
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            command.upgrade(config(connection), revision)
    finally:
        engine.dispose()


def is_current(connection: Connection) -> bool:
    """
    Tell whether the database has every change that this version knows; a newer one has them too.
    """
    found = MigrationContext.configure(connection).get_current_revision()
    return found is not None and found >= known_revision()


def known_revision() -> str:
    """
    Return the newest change that this version of the program knows.
    """
    return ScriptDirectory(str(FOLDER)).get_current_head() or ""


def config(connection: Connection, metadata: MetaData | None = None) -> Config:
    """
    Return Alembic's settings for this connection.

    Args:
        metadata: what the schema is compared with when a change is written.
    """
    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    made.attributes["metadata"] = metadata
    return made
