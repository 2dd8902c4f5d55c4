"""
Trying again what stopped, with what is known of each kind: a state is read, a case and a certificate looked at anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from engine import incidents, watchdog
from engine.cases import Cases
from engine.errors import CannotGoOn, NotFound
from engine.incidents import Outcome
from engine.jobs import bulk
from engine.operations import Actor
from engine.storage.database import Database

#: tells whether a certificate, named by the incident's values, still ends too soon
Ends = Callable[[Mapping[str, Any]], bool]


class Mending:
    """
    The mending of one installation.
    """

    def __init__(self, database: Database, cases: Cases, ends: Ends) -> None:
        self._database = database
        self._cases = cases
        self._still: Mapping[str, incidents.Still] = {
            incidents.STATE: self._unreadable,
            incidents.CASE: self._stands_still,
            incidents.CERTIFICATE: lambda row: ends(row.params or {}),
        }

    def retry(self, ids: Collection[int], actor: Actor, *, reason: str, now: datetime) -> Outcome:
        """
        Try incidents again.

        Raises:
            NotYourTask, ReasonMissing, NotFound: as `engine.incidents.retry`.
        """
        return incidents.retry(self._database, ids, actor, reason=reason, now=now, still=self._still, back=_put_back)

    def _unreadable(self, row: Row[Any]) -> bool:
        try:
            self._cases.timers(row.case_id)
        except (CannotGoOn, NotFound):
            return True
        return False

    def _stands_still(self, row: Row[Any]) -> bool:
        with self._database.read() as connection:
            return watchdog.stands_still(connection, row.case_id)


def _put_back(connection: Connection, row: Row[Any], now: datetime) -> None:
    batch_id = (row.params or {}).get("batch")
    if batch_id is not None:
        bulk.put_back(connection, batch_id, row.case_id, now)
