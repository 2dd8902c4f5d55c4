"""
Quiet hours: the part of the night in which nobody is written to about what can wait until morning, Baku's time.

Which mails can wait is the process's to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from engine import retelling
from engine.errors import TryAgain
from forms.display import PLACE

_CLOCK = r"([01][0-9]|2[0-3]):([0-5][0-9])"
#: what a job that waits for the morning says of itself
WAITS = retelling.told("quiet_hours")


class NotNow(TryAgain):
    """
    Nothing failed: the work waits for a better time.
    """

    code = "not_now"

    def __init__(self, until: datetime) -> None:
        super().__init__(WAITS)
        self.until = until


@dataclass(frozen=True)
class QuietHours:
    """
    From when to when, each day; over midnight if it ends before it begins.
    """

    begin: time
    end: time

    @classmethod
    def read(cls, text: str) -> QuietHours | None:
        """
        Read `22:00-08:00`; an empty text means that there are none.

        Raises ValueError for anything else.
        """
        if not text:
            return None
        found = re.fullmatch(rf"{_CLOCK}\s*[-–]\s*{_CLOCK}", text)
        if found is None:
            raise ValueError(text)
        hours, minutes, end_hours, end_minutes = map(int, found.groups())
        read = cls(time(hours, minutes), time(end_hours, end_minutes))
        if read.begin == read.end:
            raise ValueError(text)
        return read

    def until(self, moment: datetime) -> datetime | None:
        """
        Return when it is day again, None if it is day at `moment`.
        """
        here = moment.astimezone(PLACE)
        now = here.time()
        over_midnight = self.end < self.begin
        quiet = now >= self.begin or now < self.end if over_midnight else self.begin <= now < self.end
        if not quiet:
            return None
        day = here.date() + timedelta(days=1 if over_midnight and now >= self.begin else 0)
        return datetime.combine(day, self.end, PLACE)


def clock_time(text: str) -> time:
    """
    Read a time of day such as `08:30`.

    Raises ValueError.
    """
    found = re.fullmatch(_CLOCK, text)
    if found is None:
        raise ValueError(text)
    return time(int(found[1]), int(found[2]))
