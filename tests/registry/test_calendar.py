from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, insert

from engine.tables import Person
from processes.registry import calendar
from tests.support.books import NOW

DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))
EXCEPTIONS = st.dictionaries(DAYS, st.sampled_from(calendar.KINDS), max_size=40)


@pytest.mark.parametrize(
    ("moment", "days", "end"),
    [
        # Friday before the November holidays: Monday 9th and Tuesday 10th are not worked
        (datetime(2026, 11, 6, 9, tzinfo=UTC), 1, "2026-11-11"),
        (datetime(2026, 11, 6, 9, tzinfo=UTC), 3, "2026-11-13"),
        # the day of the application never counts, not even before the office opens
        (datetime(2026, 11, 23, 0, 0, tzinfo=UTC), 1, "2026-11-24"),
        # 20:30 UTC is the next day in Baku
        (datetime(2026, 11, 23, 20, 30, tzinfo=UTC), 1, "2026-11-25"),
        # from a Saturday, Monday is the first
        (datetime(2026, 11, 28, 9, tzinfo=UTC), 1, "2026-11-30"),
        (datetime(2026, 11, 23, 6, tzinfo=UTC), 15, "2026-12-14"),
        # over the turn of the year: 31 December, 1 and 4 January are free
        (datetime(2026, 12, 30, 6, tzinfo=UTC), 1, "2027-01-05"),
        # Novruz and Ramazan of 2026 together
        (datetime(2026, 3, 19, 6, tzinfo=UTC), 1, "2026-03-31"),
    ],
)
def test_a_term_ends_at_six_in_the_evening_of_the_nth_working_day(
    connection: Connection, moment: datetime, days: int, end: str
) -> None:
    assert calendar.after(connection, moment, days).isoformat() == f"{end}T18:00:00+04:00"


def test_what_staff_change_holds_at_once(connection: Connection) -> None:
    monday = date(2026, 11, 30)
    calendar.put(connection, monday, "holiday", "Əlavə istirahət günü", by=None, now=NOW)
    calendar.put(connection, date(2026, 11, 28), "working", "Köçürülmüş iş günü", by=None, now=NOW)
    friday = datetime(2026, 11, 27, 9, tzinfo=UTC)
    assert calendar.local_day(calendar.after(connection, friday, 1)) == date(2026, 11, 28)
    assert calendar.local_day(calendar.after(connection, friday, 2)) == date(2026, 12, 1)
    calendar.put(connection, monday, "working", "", by=None, now=NOW)
    assert calendar.local_day(calendar.after(connection, friday, 2)) == monday
    person = insert(Person).values(given_name="Nigar", surname="Vəliyeva").returning(Person.id)
    by = connection.execute(person).scalar_one()
    assert calendar.remove(connection, date(2026, 11, 28), by=by, now=NOW)
    assert not calendar.remove(connection, date(2026, 11, 28), by=by, now=NOW)
    assert calendar.local_day(calendar.after(connection, friday, 1)) == monday


@given(start=DAYS, days=st.integers(1, 60), exceptions=EXCEPTIONS)
def test_between_start_and_the_nth_working_day_lie_exactly_n(
    start: date, days: int, exceptions: dict[date, str]
) -> None:
    end = calendar.nth_working_day(start, days, exceptions)
    passed = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
    assert calendar.is_working(end, exceptions)
    assert sum(calendar.is_working(day, exceptions) for day in passed) == days


@given(start=DAYS, days=st.integers(1, 40), exceptions=EXCEPTIONS)
def test_one_day_more_never_ends_earlier(start: date, days: int, exceptions: dict[date, str]) -> None:
    assert calendar.nth_working_day(start, days, exceptions) < calendar.nth_working_day(start, days + 1, exceptions)


@given(start=DAYS, first=st.integers(1, 20), second=st.integers(1, 20), exceptions=EXCEPTIONS)
def test_terms_add_up(start: date, first: int, second: int, exceptions: dict[date, str]) -> None:
    way = calendar.nth_working_day(start, first, exceptions)
    assert calendar.nth_working_day(way, second, exceptions) == calendar.nth_working_day(
        start, first + second, exceptions
    )


@pytest.mark.parametrize("days", [0, -1, 401])
def test_a_term_without_days_or_without_end_is_refused(days: int) -> None:
    with pytest.raises(ValueError, match="working days"):
        calendar.nth_working_day(date(2026, 11, 23), days, {})


def test_a_calendar_without_working_days_is_refused() -> None:
    free = {date(2026, 1, 1) + timedelta(days=n): "holiday" for n in range(4500)}
    with pytest.raises(ValueError, match="too few"):
        calendar.nth_working_day(date(2026, 1, 1), 1, free)


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [(6, 11, 1), (11, 6, 0), (6, 6, 0), (13, 15, 0), (13, 16, 1)],
)
def test_days_left_count_working_days_only(connection: Connection, first: int, last: int, days: int) -> None:
    exceptions = calendar.exceptions(connection)
    assert calendar.working_days(date(2026, 11, first), date(2026, 11, last), exceptions) == days


@pytest.mark.parametrize(("year", "days"), [(2026, 25), (2027, 26), (2028, 0)])
def test_two_years_are_shipped(connection: Connection, year: int, days: int) -> None:
    assert len(calendar.days_of(connection, year)) == days


def test_religious_days_are_marked_as_estimates(connection: Connection) -> None:
    notes = [day.note for year in (2026, 2027) for day in calendar.days_of(connection, year)]
    religious = [note for note in notes if "Ramazan" in note or "Qurban" in note]
    assert religious
    assert all("təxmini" in note for note in religious)


def test_an_unknown_kind_of_day_is_refused(connection: Connection) -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        calendar.put(connection, date(2026, 12, 1), "bayram", "", by=None, now=NOW)
