"""
The clock as a port: the only place that asks the machine what time it is.

It does not know calendars or terms; working days belong to the registry.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """
    Tells the present moment.
    """

    def now(self) -> datetime:
        """
        Return the present moment, aware and in UTC.
        """
        ...


class SystemClock:
    """
    The machine's clock.
    """

    def now(self) -> datetime:
        """
        Return the present moment, aware and in UTC.
        """
        return datetime.now(UTC)


class SettableClock:
    """
    A clock that stands still until it is moved, for tests and demonstration data.
    """

    def __init__(self, moment: datetime) -> None:
        self._moment = moment.astimezone(UTC)

    def now(self) -> datetime:
        """
        Return the moment that was set last.
        """
        return self._moment

    def set(self, moment: datetime) -> None:
        """
        Stand at `moment` from now on.
        """
        self._moment = moment.astimezone(UTC)

    def advance(self, step: timedelta) -> None:
        """
        Move by `step`; a negative step moves back.
        """
        self._moment += step


def elapsed() -> float:
    """
    Return seconds since a fixed moment, which no setting of the machine's clock moves and no sleep stops.
    """
    return time.clock_gettime(time.CLOCK_BOOTTIME)
