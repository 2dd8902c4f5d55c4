"""
The database's one door: reading transactions and steps. Nobody else begins, commits or rolls back.

SQLite: writers queue before a file lock and then BEGIN IMMEDIATE, so that none ever reads "database is locked";
readers have connections of their own that never take that lock. PostgreSQL: ordinary transactions; rows are locked
where they are read.
"""

from __future__ import annotations

import fcntl
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError

_BUSY_MS = 30_000


class Database:
    """
    A pool for reading, a pool for writing, and the queue of writers.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._listeners: list[Callable[[], None]] = []
        if self.is_sqlite:
            if not self.url.database or self.url.database == ":memory:":
                raise ValueError("SQLite needs a file: readers and writers have connections of their own.")
            path = Path(self.url.database)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._turn = _FileTurn(path.with_name(path.name + ".lock"))
            self._writing = _sqlite(url, begin="BEGIN IMMEDIATE", query_only=False)
            self._reading = _sqlite(url, begin="BEGIN", query_only=True)
        else:
            self._turn = None
            self._writing = _postgresql(url)
            self._reading = self._writing

    @contextmanager
    def step(self) -> Iterator[Connection]:
        """
        Open a writing transaction: committed when the block ends, rolled back when it raises. Keep it short.
        """
        if self._turn is None:
            with self._writing.begin() as connection:
                yield connection
        else:
            with self._turn, self._writing.begin() as connection:
                yield connection
        for listener in self._listeners:
            listener()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """
        Open a reading transaction: one view of the data, no lock on writers.
        """
        with self._reading.connect() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """
        Open a reading transaction whose statements all see the same data, whatever is written meanwhile; on SQLite
        every one does. Keep it short: what was deleted since must be kept for it.
        """
        with self.read() as connection:
            yield connection if self.is_sqlite else connection.execution_options(isolation_level="REPEATABLE READ")

    @contextmanager
    def hurrying(self) -> Iterator[None]:
        """
        Let the steps that this thread takes in the block not wait for the disk; when it ends, all of them lie there.

        Only for data that can be made anew: on SQLite a machine that loses power in the block may lose the database.
        A process that is killed loses nothing. PostgreSQL keeps its own counsel.
        """
        if not self.is_sqlite:
            yield
            return
        self._set_synchronous("OFF")
        try:
            yield
        finally:
            self._set_synchronous("FULL")

    def _set_synchronous(self, degree: str) -> None:
        with self._turn or nullcontext(), closing(self._writing.raw_connection()) as connection:
            driver = connection.driver_connection
            driver.execute(f"PRAGMA synchronous={degree}")
            if degree == "FULL":
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def after_commit(self, listener: Callable[[], None]) -> None:
        """
        Call `listener` after every committed step of this process; it must return at once.
        """
        self._listeners.append(listener)

    def close(self) -> None:
        """
        Close every connection.
        """
        self._writing.dispose()
        self._reading.dispose()
        if self._turn is not None:
            self._turn.close()


@contextmanager
def together(connection: Connection) -> Iterator[None]:
    """
    Send the writes of the block in one round trip where the driver can; none of their results can be read.

    Raises:
        DBAPIError: as each statement would, when the block ends.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    try:
        with driver.pipeline():
            yield
    except psycopg.Error as error:
        raise DBAPIError.instance(None, None, error, psycopg.Error, hide_parameters=True) from error


class _FileTurn:
    """
    One writer at a time: threads queue at a mutex, processes at a lock on a file beside the database.
    """

    def __init__(self, path: Path) -> None:
        self._mutex = threading.Lock()
        self._file = path.open("a")

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> None:
        self._mutex.acquire()
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except BaseException:
            self._mutex.release()
            raise

    def __exit__(self, *_: object) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)
        self._mutex.release()


#: of connections to PostgreSQL: a machine that vanished is noticed within 35 seconds
ALIVE = {"keepalives": 1, "keepalives_idle": 20, "keepalives_interval": 5, "keepalives_count": 3}


def _postgresql(url: str) -> Engine:
    engine = create_engine(
        url, pool_size=10, max_overflow=20, pool_pre_ping=True, hide_parameters=True, connect_args=ALIVE
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        # a process that froze inside a transaction must not hold its locks for longer than a lease
        connection.execute("SET idle_in_transaction_session_timeout = '30s'")
        connection.commit()

    return engine


def _sqlite(url: str, *, begin: str, query_only: bool) -> Engine:
    arguments = {"check_same_thread": False, "timeout": _BUSY_MS / 1000}
    engine = create_engine(url, connect_args=arguments, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        # The driver's own transactions begin too late: a SELECT before the first write would stand outside.
        connection.isolation_level = None
        pragmas = (
            "journal_mode=WAL",
            "synchronous=FULL",
            f"busy_timeout={_BUSY_MS}",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            f"query_only={'ON' if query_only else 'OFF'}",
        )
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def open_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


#: PostgreSQL's classes of SQLSTATE: connection lost, transaction rolled back in a race, no room or memory, going down
_AWAY = ("08", "40", "53", "57P")
#: SQLite's names of results: no room, no disk, a lock that was not given in time
_NO_ROOM = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_BUSY", "SQLITE_READONLY", "SQLITE_CANTOPEN")


def unavailable(error: DBAPIError) -> bool:
    """
    Tell whether the database failed for a reason of its own: the same statement may go through later.
    """
    if error.connection_invalidated:
        return True
    if not isinstance(error, OperationalError | InterfaceError | InternalError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return getattr(error.orig, "sqlite_errorname", "").startswith(_NO_ROOM)
    # without a state no answer came at all
    state = getattr(error.orig, "sqlstate", None)
    return state is None or state.startswith(_AWAY)
