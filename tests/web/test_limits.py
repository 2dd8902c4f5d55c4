"""
Counters of attempts: never more than the limit in a window, each key for itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.installation import MONDAY, Install, Installation
from tests.support.site import operations
from web import limits
from web.tables import RateLimit

WINDOW = timedelta(minutes=15)


def test_keys_are_counted_apart_and_stored_as_hashes(install: Install) -> None:
    here = install(operations())
    with here.database.step() as connection:
        allowed = [limits.allow(connection, key, 2, WINDOW, now=MONDAY) for key in ("a", "b", "a", "a", "b", "b")]
    assert allowed == [True, True, True, False, True, False]
    assert all(len(row.key) == 64 for row in here.rows(RateLimit))


def test_a_new_window_begins_when_the_old_one_ended(install: Install) -> None:
    here = install(operations())
    with here.database.step() as connection:
        for at in (MONDAY, MONDAY + WINDOW, MONDAY + 2 * WINDOW):
            assert limits.wait_until(connection, "a", 1, WINDOW, now=at) is None
            assert limits.wait_until(connection, "a", 1, WINDOW, now=at) == at + WINDOW


def test_old_counters_are_cleared_away(install: Install) -> None:
    here = install(operations())
    with here.database.step() as connection:
        limits.allow(connection, "a", 1, WINDOW, now=MONDAY)
        limits.clear(connection, now=MONDAY + timedelta(days=2))
    assert here.rows(RateLimit) == []


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 1200), max_size=60), st.integers(1, 5), st.booleans())
def test_no_window_ever_holds_more_than_the_limit(
    install_sqlite: Install, pauses: list[int], limit: int, slower: bool
) -> None:
    here = install_sqlite(operations())
    now, taken = MONDAY, []
    with here.database.step() as connection:
        limits.forget(connection, "a")
        for pause in pauses:
            now += timedelta(seconds=pause)
            if limits.wait_until(connection, "a", limit, WINDOW, now=now, slower=slower) is None:
                taken.append(now)
    for first in taken:
        # windows are not sliding: twice the limit can lie around the end of one
        assert sum(first <= moment < first + WINDOW for moment in taken) <= 2 * limit


def _ring(here: Installation, telephone: str, fin: str, at: datetime) -> datetime | None:
    with here.database.step() as connection:
        return limits.may_ring(connection, telephone, fin, at)


def test_a_telephone_rings_three_times_and_then_waits_that_double(install: Install) -> None:
    here, now = install(operations()), MONDAY
    for wait in (15, 30, 60):
        assert [_ring(here, "+994501234567", "1AAAAAA", now) for _ in range(limits.RINGS)] == [None] * limits.RINGS
        again_at = _ring(here, "+994501234567", "1AAAAAA", now)
        assert again_at == now + timedelta(minutes=wait)
        now = again_at


@pytest.mark.parametrize("written", ["0501234567", "+994 50 123 45 67", "994501234567", "50-123-45-67"])
def test_a_number_is_counted_however_it_is_written_and_whosever_it_is_said_to_be(
    install_sqlite: Install, written: str
) -> None:
    here = install_sqlite(operations())
    for turn in range(limits.RINGS):
        assert _ring(here, "+994501234567", f"{turn}AAAAAA", MONDAY) is None
    assert _ring(here, written, "9AAAAAA", MONDAY) is not None
    assert _ring(here, "+994551234567", "9AAAAAB", MONDAY) is None


def test_a_person_is_counted_over_many_numbers(install_sqlite: Install) -> None:
    here = install_sqlite(operations())
    rung = [_ring(here, f"+99450123456{turn}", fin, MONDAY) for turn, fin in enumerate(("1aaaaaa", "1AAAAAA") * 2)]
    assert [again_at is None for again_at in rung] == [True, True, True, False]


def test_no_telephone_rings_all_day_even_if_it_is_answered(install_sqlite: Install) -> None:
    here = install_sqlite(operations())
    rung = 0
    for minute in range(0, 24 * 60, 5):
        now = MONDAY + timedelta(minutes=minute)
        if _ring(here, "+994501234567", "1AAAAAA", now) is None:
            rung += 1
            with here.database.step() as connection:
                limits.answered(connection, "+994501234567", "1AAAAAA")
    assert rung == limits.RINGS_A_DAY


def test_a_confirmed_request_begins_anew(install_sqlite: Install) -> None:
    here = install_sqlite(operations())
    for _ in range(2):
        assert [_ring(here, "+994501234567", "1AAAAAA", MONDAY) for _ in range(limits.RINGS)] == [None] * limits.RINGS
        with here.database.step() as connection:
            limits.answered(connection, "+994501234567", "1AAAAAA")


def test_tries_are_counted_by_account_and_by_network(install_sqlite: Install) -> None:
    here = install_sqlite(operations())
    with here.database.step() as connection:
        one = [limits.may_try(connection, "aysel", "10.0.0.1", MONDAY) for _ in range(limits.ACCOUNT_TRIES + 1)]
        assert [again_at is None for again_at in one] == [True] * limits.ACCOUNT_TRIES + [False]
        tried = [
            limits.may_try(connection, f"name{turn}", f"2001:db8::{turn:x}", MONDAY) is None
            for turn in range(limits.ADDRESS_TRIES + 1)
        ]
        assert tried == [True] * limits.ADDRESS_TRIES + [False]
        limits.succeeded(connection, "aysel", "10.0.0.1")
        assert limits.may_try(connection, "aysel", "10.0.0.1", MONDAY) is None
