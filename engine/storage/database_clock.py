"""
The database's clock: the one moment on which many machines agree.

It is asked now and then; between two answers this machine only counts the seconds.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from engine.clock import elapsed
from engine.storage.database import Database

#: seconds after which the database is asked again
ASK_EVERY = 30.0


class DatabaseClock:
    """
    The clock of a PostgreSQL server, whatever this machine's own says.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._told: tuple[datetime, float] | None = None

    def now(self) -> datetime:
        """
        Return the present moment, aware and in UTC.

        Raises:
            SQLAlchemyError: the database is away and was never asked before.
        """
        with self._lock:
            if self._told is None or elapsed() - self._told[1] > ASK_EVERY:
                self._told = self._ask()
            moment, at = self._told
            return moment + timedelta(seconds=elapsed() - at)

    def _ask(self) -> tuple[datetime, float]:
        try:
            with self._database.read() as connection:
                before = elapsed()
                moment = connection.scalar(select(func.clock_timestamp()))
                return moment, (before + elapsed()) / 2
        except SQLAlchemyError:
            if self._told is None:
                raise
            moment, at = self._told  # the seconds go on while the database is away
            now = elapsed()
            return moment + timedelta(seconds=now - at), now
