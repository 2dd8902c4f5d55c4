"""
Counters of attempts: never more than the limit in a window, each key for itself.
"""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.installation import MONDAY, Install
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
