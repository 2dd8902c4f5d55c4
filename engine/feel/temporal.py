"""
Dates, times and durations: reading their ISO 8601 texts, and arithmetic with them.

What can't be read or leaves the years 1 to 9999 is None, never an exception.

Source: DMN 1.3 §10.3.2.3, §10.3.2.5; XML Schema 1.1 part 2 (lexical forms); ISO 8601.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from engine.feel.values import YearsMonths

_LONGEST = 80  # characters; no date or duration needs more
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME = re.compile(
    r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(Z|[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?|@[A-Za-z0-9_+/-]+)?"
)
_DAYS_TIME = re.compile(r"(-)?P(?:([0-9]+)D)?(?:(T)(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)(?:\.([0-9]{0,9}))?S)?)?")
_YEARS_MONTHS = re.compile(r"(-)?P(?:([0-9]+)Y)?(?:([0-9]+)M)?")
_ZONE = re.compile(r"[A-Za-z]+(?:[/_+-][A-Za-z0-9]+)*")


def temporal_of(text: str) -> object:
    """
    Read the text of an @"…" literal: date, time, date and time, or either duration; None if it is none of
    them.
    """
    if "P" in text[:2]:
        return duration_of(text)
    if "T" in text.partition("@")[0]:
        return moment_of(text)
    return time_of(text) if ":" in text else date_of(text)


def date_of(text: str) -> date | None:
    """
    Read YYYY-MM-DD.
    """
    found = _DATE.fullmatch(text) if len(text) <= _LONGEST else None
    return make_date(*(int(part) for part in found.groups())) if found else None


def make_date(year: int, month: int, day: int) -> date | None:
    """
    Return the date, None if there is no such day.
    """
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None


def time_of(text: str) -> time | None:
    """
    Read hh:mm[:ss[.f]] with an optional zone: Z, ±hh:mm or @Area/City. 24:00:00 is 00:00:00.
    """
    found = _TIME.fullmatch(text) if len(text) <= _LONGEST else None
    if not found:
        return None
    hour, minute, second, fraction, zone_text = found.groups()
    zone = zone_of(zone_text or "")
    if zone_text and zone is None:
        return None
    if hour == "24" and minute == "00" and not int(second or 0):
        hour = "00"
    try:
        return time(int(hour), int(minute), int(second or 0), _microseconds(fraction), zone)
    except ValueError:
        return None


def moment_of(text: str) -> datetime | None:
    """
    Read a date and time; a date alone is its midnight, 24:00:00 the next day's.
    """
    day_text, separator, time_text = text.partition("T")
    day = date_of(day_text)
    moment = time_of(time_text) if separator else time(0)
    if day is None or moment is None:
        return None
    combined = datetime.combine(day, moment)
    return add(combined, timedelta(days=1)) if time_text.startswith("24") else combined


def duration_of(text: str) -> timedelta | YearsMonths | None:
    """
    Read an ISO 8601 duration of days and time, or of years and months.
    """
    if len(text) > _LONGEST or text[-1:] in ("P", "T"):
        return None
    if found := _YEARS_MONTHS.fullmatch(text):
        sign, years, months = found.groups()
        total = int(years or 0) * 12 + int(months or 0)
        return YearsMonths(-total if sign else total)
    found = _DAYS_TIME.fullmatch(text)
    if not found:
        return None
    sign, days, _, hours, minutes, seconds, fraction = found.groups()
    try:
        total = timedelta(
            days=int(days or 0),
            hours=int(hours or 0),
            minutes=int(minutes or 0),
            seconds=int(seconds or 0),
            microseconds=_microseconds(fraction),
        )
        return -total if sign else total
    except OverflowError:
        return None


def _microseconds(fraction: str | None) -> int:
    return int((fraction or "0").ljust(6, "0")[:6])


def zone_of(text: str) -> tzinfo | None:
    """
    Read Z, ±hh:mm or @Area/City; None if there is no such zone.
    """
    if text == "Z":
        return UTC
    if text.startswith(("+", "-")):
        offset = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]), seconds=int(text[7:] or 0))
        return fixed_zone(-offset if text[0] == "-" else offset)
    if not _ZONE.fullmatch(text[1:]):
        return None
    try:
        return ZoneInfo(text[1:])
    except (KeyError, ValueError, OSError):
        return None


def fixed_zone(offset: timedelta) -> timezone | None:
    """
    Return the zone with this offset from UTC, None beyond 14 hours.
    """
    return timezone(offset) if abs(offset) <= timedelta(hours=14) else None


def add(value: object, duration: timedelta | YearsMonths) -> object:
    """
    Add a duration to a date, time, date and time, or duration; None if that can't be.

    A date gets whole days of the sum, a day that a month lacks becomes its last one, a time goes round the
    clock. With a zone, hours are hours that pass, whatever the zone's clocks do.
    """
    try:
        if isinstance(duration, YearsMonths):
            return _add_months(value, duration.months)
        return _add_time(value, duration)
    except (OverflowError, ValueError):
        return None


def _add_months(value: object, months: int) -> object:
    if isinstance(value, YearsMonths):
        return YearsMonths(value.months + months)
    if not isinstance(value, date):
        return None
    year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        return None
    return value.replace(year=year, month=month + 1, day=min(value.day, monthrange(year, month + 1)[1]))


def _add_time(value: object, duration: timedelta) -> object:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            return value + duration
        return (value.astimezone(UTC) + duration).astimezone(value.tzinfo)
    if isinstance(value, date):
        return (datetime.combine(value, time(0)) + duration).date()
    if isinstance(value, time):
        start = datetime.combine(date(2000, 1, 1), value.replace(tzinfo=None))
        whole_days = timedelta(days=duration.days)
        return (start + (duration - whole_days)).time().replace(tzinfo=value.tzinfo)
    return value + duration if isinstance(value, timedelta) else None


def subtract(left: object, right: object) -> timedelta | None:
    """
    Return how long after `right` the date, time or date and time `left` is; None if they can't be compared.
    """
    if isinstance(left, time) or isinstance(right, time):
        return _subtract_times(left, right)
    if type(left) is not type(right):  # a date is its midnight in UTC
        left, right = (_midnight(moment) if type(moment) is date else moment for moment in (left, right))
    try:
        return _instant(left) - _instant(right)
    except (TypeError, OverflowError, ValueError):
        return None


def _subtract_times(left: object, right: object) -> timedelta | None:
    if type(left) is not time or type(right) is not time:
        return None
    day = date(2000, 1, 1)
    return subtract(datetime.combine(day, left), datetime.combine(day, right))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0, tzinfo=UTC))


def _instant(value: object) -> datetime:
    if not isinstance(value, datetime):
        return datetime.combine(value, time(0))
    return value if value.tzinfo is None else value.astimezone(UTC)


def months_between(start: date, end: date) -> int:
    """
    Return the whole months from `start` to `end`, negative if it lies before.
    """
    if end < start:
        return -months_between(end, start)
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - 1 if end.day < start.day else months


def seconds_of(duration: timedelta) -> Decimal:
    """
    Return the duration's length in seconds, exactly.
    """
    return Decimal(duration // timedelta(microseconds=1)).scaleb(-6)


def of_seconds(seconds: Decimal) -> timedelta | None:
    """
    Return a duration of so many seconds, to the microsecond; None if it is too long.
    """
    try:
        return timedelta(microseconds=int(seconds.scaleb(6).to_integral_value()))
    except (OverflowError, ArithmeticError):
        return None
