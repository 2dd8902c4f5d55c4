"""
A job in a worker's hands, the transaction in which it ends, and asking for further work.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from engine import store
from engine.operations import Ports, Shelf
from engine.storage.database import Database


@dataclass(frozen=True)
class Claimed:
    """
    A job in a worker's hands.
    """

    id: int
    lane: str
    kind: str
    payload: Mapping[str, Any]
    case_id: int | None
    key: str
    #: attempts so far, this one included
    attempt: int
    #: attempts that ended with a failure that was told
    failed: int
    token: str
    #: machine and process of the worker
    owner: str
    created_at: datetime
    #: when it was due
    run_at: datetime
    #: the request in which it was asked for, and its span
    request_id: str | None
    trace: str | None
    now: datetime
    ports: Ports
    database: Database
    #: given by the hands that do the job
    releases: Shelf | None = None

    @property
    def lost(self) -> int:
        """
        How many workers took the job and were never heard of again.
        """
        return self.attempt - 1 - self.failed

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """
        Open a short reading transaction.
        """
        with self.database.read() as connection:
            yield connection


@dataclass
class Settling:
    """
    The transaction in which a job ends.
    """

    connection: Connection
    now: datetime
    case_id: int | None

    def enqueue(
        self, kind: str, payload: Mapping[str, Any], *, key: str, lane: str = "mail", case_id: int | None = None
    ) -> None:
        """
        Ask for further work in the same transaction; what waits under the same key already is not asked for again.
        """
        ask(self.connection, kind, payload, key=key, lane=lane, now=self.now, case_id=case_id or self.case_id)


def ask(
    connection: Connection,
    kind: str,
    payload: Mapping[str, Any],
    *,
    key: str,
    lane: str,
    now: datetime,
    run_at: datetime | None = None,
    case_id: int | None = None,
) -> bool:
    """
    Ask for work inside the caller's transaction; return False if the same work waits already.
    """
    row = {"lane": lane, "kind": kind, "payload": dict(payload), "key": key, "case_id": case_id, "task_id": None}
    row |= {"state": "ready", "created_at": now, "run_at": run_at or now}
    return store.ask(connection, row)
