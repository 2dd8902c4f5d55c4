"""
One clock for many machines: PostgreSQL's, whatever this machine's own says.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from engine.storage import database_clock
from engine.storage.database import Database
from engine.storage.database_clock import ASK_EVERY, DatabaseClock
from tests.support.databases import postgresql


@pytest.fixture
def database() -> Iterator[Database]:
    with postgresql() as url:
        found = Database(url)
        yield found
        found.close()


def asked(database: Database) -> datetime:
    with database.read() as connection:
        found: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return found


def test_it_tells_the_server_s_time_in_utc(database: Database) -> None:
    clock = DatabaseClock(database)
    before, now, after = asked(database), clock.now(), asked(database)
    assert now.tzinfo is UTC or now.utcoffset() == timedelta(0)
    assert before - timedelta(seconds=1) < now < after + timedelta(seconds=1)


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(days=-1)], ids=["an hour ahead", "a day back"])
def test_a_jump_of_this_machine_s_clock_changes_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    clock = DatabaseClock(database)
    before = clock.now()

    class Jumped(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + jump

    monkeypatch.setattr("engine.clock.datetime", Jumped)
    assert timedelta(0) <= clock.now() - before < timedelta(seconds=5)


def test_it_goes_on_while_the_database_is_away(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    passed = [1000.0]
    monkeypatch.setattr(database_clock, "elapsed", lambda: passed[0])
    clock = DatabaseClock(database)
    before = clock.now()

    def away() -> None:
        raise SQLAlchemyError("away")

    monkeypatch.setattr(database, "read", away)
    passed[0] += ASK_EVERY + 5
    assert clock.now() - before == timedelta(seconds=ASK_EVERY + 5)
    with pytest.raises(SQLAlchemyError):
        DatabaseClock(database).now()
