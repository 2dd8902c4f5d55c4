"""
That a worker lives: one row for each process that does background work, renewed now and then; who looks sees which
work, and which fell silent. No job rests on it: leases alone say whose a job is.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, or_, update

from engine.jobs.ledger import Ledger
from engine.lanes import Lane
from engine.operations import Ports
from engine.storage.database import Database
from engine.storage.schema import known_revision
from engine.tables import Heartbeat

#: seconds between two beats at most
BEAT_EVERY = 20.0
#: a worker that was silent for so long is forgotten
_REMEMBERED = timedelta(days=1)


class Pulse:
    """
    One process that works.
    """

    def __init__(
        self, database: Database, ledger: Ledger, ports: Ports, lanes: Iterable[Lane], *, with_pages: bool = False
    ) -> None:
        """
        Args:
            with_pages: the process serves pages too.
        """
        self._database = database
        self._ports = ports
        self._id = secrets.token_hex(8)
        self._lease = ledger.lease
        self.every = min(BEAT_EVERY, self._lease.total_seconds() / 3)
        self._row = {
            "id": self._id,
            "owner": ledger.owner,
            "with_pages": with_pages,
            "lanes": {lane.name: lane.hands for lane in lanes},
            "version": known_revision(),
        }
        self._started_at: datetime | None = None

    def beat(self) -> None:
        """
        Be heard of. The first time, those are forgotten that can't live any more: the process before this one that had
        its name, and whoever was silent for a day.
        """
        now = self._ports.clock.now()
        heard = {"heard_at": now, "until": now + self._lease}
        with self._database.step() as connection:
            if connection.execute(update(Heartbeat).where(Heartbeat.id == self._id).values(**heard)).rowcount == 0:
                if self._started_at is None:
                    gone = or_(Heartbeat.owner == self._row["owner"], Heartbeat.heard_at < now - _REMEMBERED)
                    connection.execute(delete(Heartbeat).where(gone))
                    self._started_at = now
                connection.execute(insert(Heartbeat).values(**self._row, started_at=self._started_at, **heard))

    def end(self) -> None:
        """
        Go in order: nobody will miss this worker.
        """
        with self._database.step() as connection:
            connection.execute(delete(Heartbeat).where(Heartbeat.id == self._id))
