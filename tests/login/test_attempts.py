"""
Attempts as rows, on every database: of one browser, held by one poll, consumed once, and cleared away.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from engine.operations import Operations
from tests.support.installation import MONDAY, Install, Installation
from web.login import attempts
from web.login.port import Account, Attempt, Entity, Identity, Telephone
from web.sessions import digest
from web.tables import LogInAttempt

WHO = Identity("5XKV3PM", "Aysel", "Əliyeva", "", "e-gov", "substantial", (Entity("1400000101", "«Çinar» MMC"),))
SECOND = timedelta(seconds=1)


@pytest.fixture
def place(install: Install) -> Installation:
    return install(Operations())


def begun(place: Installation, **more: object) -> tuple[Attempt, str]:
    with place.database.step() as connection:
        return attempts.begin(connection, "e-gov", "/muracietler", MONDAY, **more)  # type: ignore[arg-type]


def kept(place: Installation, secret: str) -> attempts.Kept:
    with place.database.read() as connection:
        found = attempts.of_browser(connection, secret)
    assert found is not None
    return found


def test_what_is_kept_comes_back_to_the_browser_with_the_secret_alone(place: Installation) -> None:
    attempt, secret = begun(place, limited=Telephone("+994502000001", "000001"))
    attempt.data["nonce"], attempt.code = "n", "1462"
    with place.database.step() as connection:
        attempts.save(connection, attempt)
    found = kept(place, secret)
    assert (found.attempt, found.onward, found.consumed) == (attempt, "/muracietler", False)
    assert found.limited == Telephone("+994502000001", "000001") and found.identity is None
    with place.database.read() as connection:
        assert attempts.of_browser(connection, attempt.state) is None
        assert attempts.of_state(connection, attempt.state) == found
    (row,) = place.rows(LogInAttempt)
    assert row.secret_hash == digest(secret) and secret not in str(row)
    _, other = begun(place, limited=Account("head"))
    assert kept(place, other).limited == Account("head")


def test_of_many_at_once_one_consumes_one_holds_and_one_takes_the_identity(place: Installation) -> None:
    attempt, secret = begun(place)

    def hold(_: int) -> bool:
        with place.database.step() as connection:
            return attempts.hold(connection, attempt.state, MONDAY, 45 * SECOND) is not None

    def consume(_: int) -> bool:
        with place.database.step() as connection:
            return attempts.consume(connection, attempt.state, MONDAY, WHO)

    def take(_: int) -> bool:
        with place.database.step() as connection:
            return attempts.keep_identity(connection, attempt.state, None)

    with ThreadPoolExecutor(6) as pool:
        for work in (hold, consume, take):
            assert sorted(pool.map(work, range(6))) == [False] * 5 + [True], work.__name__
    assert kept(place, secret).why_over(MONDAY) == "used_twice"


def test_an_identity_waits_unchanged_for_the_choice(place: Installation) -> None:
    attempt, secret = begun(place)
    with place.database.step() as connection:
        assert attempts.consume(connection, attempt.state, MONDAY)
        assert attempts.keep_identity(connection, attempt.state, WHO)
    assert kept(place, secret).identity == WHO


def test_a_poll_that_died_loses_the_attempt_when_its_lease_is_over(place: Installation) -> None:
    attempt, _ = begun(place)
    with place.database.step() as connection:
        first = attempts.hold(connection, attempt.state, MONDAY, 45 * SECOND)
        early = attempts.hold(connection, attempt.state, MONDAY + 44 * SECOND, 45 * SECOND)
        late = attempts.hold(connection, attempt.state, MONDAY + 45 * SECOND, 45 * SECOND)
        assert first and late and early is None
        late.data["rung"] = True
        attempts.release(connection, late)
        again = attempts.hold(connection, attempt.state, MONDAY + 46 * SECOND, 45 * SECOND)
        assert again is not None and again.data == {"rung": True}


def test_what_is_late_can_neither_be_consumed_nor_goes_on(place: Installation) -> None:
    attempt, secret = begun(place)
    end = attempt.expires_at
    assert kept(place, secret).why_over(end - SECOND) is None
    assert kept(place, secret).why_over(end) == "timed_out"
    with place.database.step() as connection:
        assert not attempts.consume(connection, attempt.state, end)
        assert attempts.consume(connection, attempt.state, end - SECOND)


def test_what_is_long_over_is_cleared_away(place: Installation) -> None:
    begun(place)
    with place.database.step() as connection:
        attempts.begin(connection, "e-gov", "", MONDAY + attempts.LIFETIME + attempts.KEPT + SECOND)
    assert len(place.rows(LogInAttempt)) == 1
