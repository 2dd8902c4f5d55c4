"""
Lanes: kinds of background work that must not wait behind one another, and how many hands a worker has for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Lane:
    """
    A queue with its own hands.
    """

    name: str
    #: jobs that one worker does at the same time
    hands: int
    #: on SQLite, where all writers queue at one lock: rest after a job, as a multiple of the time that it took
    rest: float = 0.0


#: one hand sends mail: a worker that dies while it hands a message over can double no more than that one
LANES = {
    lane.name: lane for lane in (Lane("timer", 2), Lane("mail", 1), Lane("document", 1), Lane("bulk", 1, rest=1.0))
}


@dataclass(frozen=True)
class Patience:
    """
    After which waits a job is tried again, and how often before a person must look.
    """

    #: the last one repeats
    waits: tuple[timedelta, ...]
    #: failures of things outside
    attempts: int
    #: failures that nobody foresaw: a mistake of ours does not mend itself
    unforeseen: int = 5
    #: so much of a wait is added at random at most, so that what failed together does not come back together
    jitter: float = 0.1

    def wait(self, failures: int, chance: float) -> timedelta:
        """
        Return the wait after the `failures`-th failure.

        Args:
            chance: 0 to 1, drawn by the caller.
        """
        return self.waits[min(failures, len(self.waits)) - 1] * (1 + self.jitter * chance)


_MINUTE = timedelta(minutes=1)
#: 48 hours of hourly attempts after the short waits. Counted, not measured from the time at which a job was asked for:
#: a timer is written days before it is due
PATIENT = Patience((timedelta(0), _MINUTE, 5 * _MINUTE, 15 * _MINUTE, 60 * _MINUTE), attempts=4 + 48)
#: work inside the database fails for ever or not at all; what it waits for is the database alone
STEADY = Patience((timedelta(seconds=5), _MINUTE, 5 * _MINUTE), attempts=10, unforeseen=1)
