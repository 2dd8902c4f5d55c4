"""
The courier: tells a broker the ids of jobs that are due. The ledger stays the truth.

A message that the broker loses is sent again after a while, by any process and without a beat; one that comes twice or
late finds no job to take.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol

from engine.jobs.doing import Hands
from engine.jobs.ledger import Ledger
from engine.jobs.lookout import POLL_SECONDS, Lookout
from engine.jobs.pulse import Pulse
from engine.lanes import LANES
from engine.operations import Ports
from engine.storage.database import Database

#: a job that nobody took this long after it was sent is sent again
SEND_AGAIN_AFTER = timedelta(seconds=15)
_AT_ONCE = 200


class Carrier(Protocol):
    """
    A broker's client.
    """

    def send(self, jobs: Sequence[tuple[int, str]]) -> bool:
        """
        Send (id, lane) of jobs; return False if the broker can't be reached.
        """
        ...


class Courier:
    """
    Sends what is due until it is stopped. Any number of them may run.
    """

    def __init__(
        self,
        database: Database,
        ledger: Ledger,
        ports: Ports,
        carrier: Carrier,
        *,
        hands: Hands | None = None,
        again_after: timedelta = SEND_AGAIN_AFTER,
        chore: Callable[[], None] | None = None,
        pulse: Pulse | None = None,
    ) -> None:
        """
        Args:
            hands: whose jobs' leases are prolonged meanwhile.
            chore: done every minute.
            again_after: how long a message may be under way.
            pulse: of the worker that lives with it.
        """
        self._ledger = ledger
        self._ports = ports
        self._carrier = carrier
        self._again_after = again_after
        self._lookout = Lookout(database, ledger, hands, self._send, chore, pulse)

    def start(self) -> None:
        """
        Send in a thread until `stop`.
        """
        self._lookout.start()

    def stop(self) -> None:
        """
        Send no more.
        """
        self._lookout.stop()

    def _send(self) -> float:
        """Send what is due; return the seconds until the next work."""
        while jobs := self._ledger.unsent(again_after=self._again_after, limit=_AT_ONCE):
            if not self._carrier.send(jobs):
                break  # they count as sent, and are sent again
        now = self._ports.clock.now()
        later = [(at - now).total_seconds() for at in self._ledger.next_due(LANES).values() if at > now]
        return min([POLL_SECONDS, *later])
