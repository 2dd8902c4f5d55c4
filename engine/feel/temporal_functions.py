"""
FEEL's functions that make dates, times and durations, and that read the calendar.

They ask no clock: `now` and `today` are functions of the host.

Source: DMN 1.3 §10.3.4.1 (conversion), §10.3.4.9 (calendar).
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from engine.feel import temporal
from engine.feel.functions import Table
from engine.feel.texts import zone_text
from engine.feel.values import YearsMonths, adopt, is_whole

FUNCTIONS = Table()
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@FUNCTIONS.declare("date", "from: any", "year: number, month: number, day: number")
def date_from(source: object, month: Decimal | None = None, day: Decimal | None = None) -> date | None:
    """
    Read a date, take it out of a date and time, or make it of year, month and day.
    """
    if month is not None and day is not None:
        if not all(map(is_whole, (source, month, day))):
            return None
        return temporal.make_date(int(source), int(month), int(day))
    if isinstance(source, str):
        return temporal.date_of(source)
    if isinstance(source, datetime):
        return source.date()
    return source if isinstance(source, date) else None


@FUNCTIONS.declare("time", "from: any", "hour: number, minute: number, second: number, offset?: days time")
def time_from(
    source: object,
    minute: Decimal | None = None,
    second: Decimal | None = None,
    offset: timedelta | None = None,
) -> time | None:
    """
    Read a time, take it out of a date and time, or make it of hour, minute, second and offset from UTC.
    """
    if minute is not None and second is not None:
        return _made_time(source, minute, second, offset)
    if isinstance(source, str):
        return temporal.time_of(source)
    if isinstance(source, datetime):
        return source.timetz()
    if isinstance(source, date):
        return time(0, tzinfo=temporal.zone_of("Z"))
    return source if isinstance(source, time) else None


def _made_time(hour: Decimal, minute: Decimal, second: Decimal, offset: timedelta | None) -> time | None:
    if not is_whole(hour) or not is_whole(minute) or not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        return None
    zone = None if offset is None else temporal.fixed_zone(offset)
    if offset is not None and zone is None:
        return None
    microseconds = int(second % 1 * 1_000_000)
    return time(int(hour), int(minute), int(second), microseconds, zone)


@FUNCTIONS.declare("date and time", "from: any", "date: date, time: time")
def moment_from(source: object, clock: time | datetime | None = None) -> datetime | None:
    """
    Read a date and time, or put a date and a time together.
    """
    if clock is not None:
        day = source.date() if isinstance(source, datetime) else source
        return datetime.combine(day, clock.timetz() if isinstance(clock, datetime) else clock)
    if isinstance(source, str):
        return temporal.moment_of(source)
    if isinstance(source, datetime):
        return source
    return datetime.combine(source, time(0)) if isinstance(source, date) else None


@FUNCTIONS.declare("duration", "from: any")
def duration(source: object) -> timedelta | YearsMonths | None:
    """
    Read a duration.
    """
    if isinstance(source, str):
        return temporal.duration_of(source)
    return source if isinstance(source, timedelta | YearsMonths) else None


@FUNCTIONS.declare("years and months duration", "from: date, to: date")
def years_and_months_duration(start: date, end: date) -> YearsMonths:
    """
    Return the whole months from one day to another.
    """
    first, last = (moment.date() if isinstance(moment, datetime) else moment for moment in (start, end))
    return YearsMonths(temporal.months_between(first, last))


@FUNCTIONS.declare("day of week", "date: date")
def day_of_week(day: date) -> str:
    """
    Name the day of the week, in English.
    """
    return _DAYS[day.weekday()]


@FUNCTIONS.declare("month of year", "date: date")
def month_of_year(day: date) -> str:
    """
    Name the month, in English.
    """
    return _MONTHS[day.month - 1]


@FUNCTIONS.declare("week of year", "date: date")
def week_of_year(day: date) -> Decimal:
    """
    Return the number of the week by ISO 8601.
    """
    return Decimal(day.isocalendar().week)


@FUNCTIONS.declare("day of year", "date: date")
def day_of_year(day: date) -> Decimal:
    """
    Return the number of the day in its year.
    """
    return Decimal(day.timetuple().tm_yday)


@FUNCTIONS.declare("is", "value1: any, value2: any")
def is_same(left: object, right: object) -> bool:
    """
    Tell whether two values are the same, down to the zones of times.
    """
    left, right = adopt(left), adopt(right)
    if isinstance(left, time | datetime) and isinstance(right, time | datetime):
        if type(left) is not type(right) or zone_text(left) != zone_text(right):
            return False
        return left.replace(tzinfo=None) == right.replace(tzinfo=None)
    return _kind(left) == _kind(right) and left == right


def _kind(value: object) -> type:
    return Decimal if type(value) is int else type(value)
