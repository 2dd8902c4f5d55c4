"""
Which workers of a SQLite file live: each holds a shared lock on a file beside the database as long as it does.
"""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

from engine.storage.database import Database


class Presence:
    """
    This worker's place among the workers of one SQLite file; the kernel gives it up when the process dies.
    """

    def __init__(self, database: Database) -> None:
        path = Path(database.url.database or "")
        self._file: IO[str] = path.with_name(path.name + ".workers").open("a")

    def enter(self) -> bool:
        """
        Take the place; tell whether no other worker lived at that moment.
        """
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(self._file, fcntl.LOCK_SH)
            return False
        return True

    def stay(self) -> None:
        """
        Let others in, once this worker has freed what the dead ones held.
        """
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def leave(self) -> None:
        """
        Give the place up.
        """
        self._file.close()
