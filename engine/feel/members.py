"""
What stands behind the dot: entries of contexts, and the parts of dates, times, durations and ranges.

No other attribute of any value can be read.

Source: DMN 1.3 table 65.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from engine.feel.values import Range, YearsMonths, adopt


def _zone_name(value: time | datetime) -> str | None:
    return getattr(value.tzinfo, "key", None)


def _clock_part(scale: int, modulus: int) -> Callable[[timedelta], int]:
    """A part of a duration has the duration's sign."""

    def part(value: timedelta) -> int:
        seconds = abs(value) // timedelta(seconds=1)
        amount = seconds // scale % modulus if modulus else seconds // scale
        return -amount if value < timedelta(0) else amount

    return part


def _months_part(value: YearsMonths) -> int:
    return -(abs(value.months) % 12) if value.months < 0 else value.months % 12


def _years_part(value: YearsMonths) -> int:
    return -(abs(value.months) // 12) if value.months < 0 else value.months // 12


_DATE: dict[str, Callable] = {
    "year": lambda value: value.year,
    "month": lambda value: value.month,
    "day": lambda value: value.day,
    "weekday": lambda value: value.isoweekday(),
}
_TIME: dict[str, Callable] = {
    "hour": lambda value: value.hour,
    "minute": lambda value: value.minute,
    "second": lambda value: value.second,
    "time offset": lambda value: value.utcoffset(),
    "timezone": _zone_name,
}
_MEMBERS: dict[type, dict[str, Callable]] = {
    date: _DATE,
    time: _TIME,
    datetime: _DATE | _TIME,
    timedelta: {
        "days": _clock_part(86_400, 0),
        "hours": _clock_part(3_600, 24),
        "minutes": _clock_part(60, 60),
        "seconds": _clock_part(1, 60),
    },
    YearsMonths: {"years": _years_part, "months": _months_part},
    Range: {
        "start": lambda value: value.low,
        "end": lambda value: value.high,
        "start included": lambda value: value.low_closed,
        "end included": lambda value: value.high_closed,
    },
}


def member_of(value: object, name: str) -> object:
    """
    Return the entry or part of a value, None if it has none of this name.
    """
    if type(value) is dict:
        return adopt(value.get(name))
    read = _MEMBERS.get(type(value), {}).get(name)
    return read(value) if read else None
