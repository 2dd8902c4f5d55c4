"""
Working days: which days are worked, and when a term of so many working days ends.

Monday to Friday are worked, Saturday and Sunday are not; the table `calendar_day` holds the exceptions, which
staff edit. It does not know which terms there are.

Source: Law on citizens' applications, 30 September 2015: terms are in working days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, insert, select, update

from processes.registry import list_changes
from processes.registry.tables import CalendarDay

BAKU = ZoneInfo("Asia/Baku")
#: a working day ends then, Baku's time
END_OF_DAY = time(18, 0)
#: no term is longer; stops a calendar without working days
LONGEST_TERM = 400  # working days

KINDS = ("holiday", "working")
#: name under which changes are noted
LIST = "calendar"


@dataclass(frozen=True)
class Day:
    """
    An exception of the week's rule.
    """

    day: date
    #: holiday or working
    kind: str
    note: str
    changed_by: int | None = None
    changed_at: datetime | None = None


def local_day(moment: datetime) -> date:
    """
    Return Baku's day at an aware moment.
    """
    return moment.astimezone(BAKU).date()


def is_working(day: date, exceptions: Mapping[date, str]) -> bool:
    """
    Tell whether `day` is worked; `exceptions` maps days to `holiday` or `working`.
    """
    kind = exceptions.get(day)
    return day.weekday() < 5 if kind is None else kind == "working"


def nth_working_day(start: date, days: int, exceptions: Mapping[date, str]) -> date:
    """
    Return the `days`-th working day after `start`; the day of `start` itself never counts.

    Raises:
        ValueError: `days` is not between 1 and LONGEST_TERM, or ten years hold too few working days.
    """
    if not 1 <= days <= LONGEST_TERM:
        raise ValueError(f"a term has 1 to {LONGEST_TERM} working days, not {days}")
    day, left = start, days
    for _ in range(3660):
        day += timedelta(days=1)
        left -= is_working(day, exceptions)
        if left == 0:
            return day
    raise ValueError("the calendar has too few working days")


def end_of(day: date) -> datetime:
    """
    Return the aware moment at which the working day `day` ends.
    """
    return datetime.combine(day, END_OF_DAY, BAKU)


def after(connection: Connection, moment: datetime, days: int) -> datetime:
    """
    Return the end (18:00 in Baku) of the `days`-th working day after `moment`. One statement.

    Raises:
        ValueError: see `nth_working_day`.
    """
    start = local_day(moment)
    return end_of(nth_working_day(start, days, _exceptions(connection, start)))


def working_days(first: date, last: date, exceptions: Mapping[date, str]) -> int:
    """
    Return how many working days come after `first`, up to and with `last`; none if `last` is not later.
    """
    return sum(is_working(first + timedelta(days=n), exceptions) for n in range(1, (last - first).days + 1))


def prolonged(connection: Connection, due_at: datetime, stopped_at: datetime, now: datetime) -> datetime:
    """
    Return the end of a term that stood still from `stopped_at` to `now`: later by as many working days. One statement.
    """
    exceptions = _exceptions(connection, min(local_day(stopped_at), local_day(due_at)))
    days = working_days(local_day(stopped_at), local_day(now), exceptions)
    return end_of(nth_working_day(local_day(due_at), min(days, LONGEST_TERM), exceptions)) if days else due_at


def days_of(connection: Connection, year: int) -> tuple[Day, ...]:
    """
    Return the exceptions of a year, in order.
    """
    columns = CalendarDay.__table__.c
    rows = connection.execute(
        select(columns.day, columns.kind, columns.note, columns.changed_by, columns.changed_at)
        .where(columns.day.between(date(year, 1, 1), date(year, 12, 31)))
        .order_by(columns.day)
    )
    return tuple(Day(*row) for row in rows)


def put(connection: Connection, day: date, kind: str, note: str, *, by: int | None, now: datetime | None) -> None:
    """
    Make `day` an exception, or change the one that is there; who did it is noted.

    Raises:
        ValueError: `kind` is neither `holiday` nor `working`.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind of day {kind!r}")
    before = _said(connection, day)
    values = {"kind": kind, "note": note, "changed_by": by, "changed_at": now}
    if before:
        connection.execute(update(CalendarDay).where(CalendarDay.day == day).values(values))
    else:
        connection.execute(insert(CalendarDay).values(day=day, **values))
    if by is not None and now is not None:
        _note(connection, day, before, _said(connection, day), by=by, now=now)


def remove(connection: Connection, day: date, *, by: int, now: datetime) -> bool:
    """
    Let the week's rule hold again on `day`, and note who did it; return whether there was an exception.
    """
    before = _said(connection, day)
    if before:
        connection.execute(delete(CalendarDay).where(CalendarDay.day == day))
        _note(connection, day, before, "", by=by, now=now)
    return bool(before)


def changes(connection: Connection, year: int) -> list[list_changes.Change]:
    """
    Return who changed which day of a year and when, newest first; a change's code is the day, ISO.

    What stood there before and after is kind and note, `holiday: Novruz`; empty: no exception.
    """
    return list_changes.beginning_with(connection, LIST, f"{year:04}-")


def exceptions(connection: Connection) -> dict[date, str]:
    """
    Return all exceptions of the week's rule: day -> kind. One statement.
    """
    return _exceptions(connection, date.min)


def _said(connection: Connection, day: date) -> str:
    row = connection.execute(select(CalendarDay.kind, CalendarDay.note).where(CalendarDay.day == day)).first()
    return f"{row.kind}: {row.note}" if row else ""


def _note(connection: Connection, day: date, before: str, after: str, *, by: int, now: datetime) -> None:
    list_changes.note(connection, LIST, day.isoformat(), at=now, by=by, before=before, after=after)


def _exceptions(connection: Connection, start: date) -> dict[date, str]:
    rows = connection.execute(select(CalendarDay.day, CalendarDay.kind).where(CalendarDay.day > start))
    return {day: kind for day, kind in rows}
