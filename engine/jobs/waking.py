"""
How new work is noticed: bells within a process, PostgreSQL's NOTIFY, and SQLite's data version for other processes.

Nothing rests on it: a bell that is not heard costs the seconds until the next look, never a job.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable

import psycopg

from engine.storage.database import ALIVE, Database

logger = logging.getLogger(__name__)

#: what the trigger on the table `job` announces
CHANNEL = "saygac_job"
#: seconds between two looks at SQLite's data version
LOOK_EVERY = 0.1
#: seconds for which one wait on PostgreSQL's connection lasts: a stop is noticed then
_LISTEN_FOR = 0.5
_RECONNECT_AFTER = 1.0


class Bell:
    """
    A bell that remembers how often it was rung: whoever was busy meanwhile does not miss it.
    """

    def __init__(self) -> None:
        self._rung = 0
        self._changed = threading.Condition()

    def ring(self) -> None:
        """
        Wake everybody who waits.
        """
        with self._changed:
            self._rung += 1
            self._changed.notify_all()

    def wait(self, heard: int, seconds: float | None = None) -> int:
        """
        Wait until it was rung more often than `heard` times; return how often it was.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._rung > heard, seconds)
            return self._rung


def watch(database: Database, ring: Callable[[], None], stopping: threading.Event) -> None:
    """
    Call `ring` whenever another process may have asked for work, until `stopping` is set.
    """
    look = _look if database.is_sqlite else _listen
    while not stopping.is_set():
        try:
            look(database, ring, stopping)
        except (psycopg.Error, sqlite3.Error) as error:  # the database is away: the next look will tell
            logger.error("nobody listens for work", extra={"code": type(error).__name__})
            stopping.wait(_RECONNECT_AFTER)
            ring()


def _listen(database: Database, ring: Callable[[], None], stopping: threading.Event) -> None:
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True, **ALIVE) as connection:
        connection.execute(f"LISTEN {CHANNEL}")
        ring()  # what was announced before
        while not stopping.is_set():
            for _ in connection.notifies(timeout=_LISTEN_FOR, stop_after=1):
                ring()


def _look(database: Database, ring: Callable[[], None], stopping: threading.Event) -> None:
    connection = sqlite3.connect(str(database.url.database), isolation_level=None)
    try:
        known = None
        while not stopping.wait(LOOK_EVERY):
            (version,) = connection.execute("PRAGMA data_version").fetchone()
            if version != known:
                known = version
                ring()
    finally:
        connection.close()
