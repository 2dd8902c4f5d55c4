"""
What the databases do differently: counters, partial indexes, bulk writing. The rest is tested on SQLite.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from engine.clock import SettableClock
from engine.storage.database import Database
from processes.registry import acts, meters, shipped, stock
from processes.registry.importing import import_file
from processes.registry.tables import Seal
from tests.support.books import NOW, add_subscriber
from tests.support.databases import migrated

LOT = stock.Lot(15, "Alfasu (Elektromed)", "mechanical")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """
    Give each kind of database, migrated, with the shipped books.
    """
    with migrated(request.param, tmp_path) as url:
        database = Database(url)
        with database.step() as connection:
            shipped.fill_empty(connection)
        yield database
        database.close()


def test_act_numbers_have_neither_gaps_nor_twins_when_many_ask_at_once(database: Database) -> None:
    def ask(_: int) -> str:
        with database.step() as connection:
            return acts.next_number(connection, "baku_center", "act", 2026)

    with ThreadPoolExecutor(4) as pool:
        numbers = sorted(pool.map(ask, range(20)))
    assert numbers == [f"MRK-2026-{number:06}" for number in range(1, 21)]


def test_the_last_meter_of_a_store_is_taken_once(database: Database) -> None:
    with database.step() as connection:
        stock.count(connection, "baku_center", LOT, 1, now=NOW)

    def take(_: int) -> bool:
        with database.step() as connection:
            return stock.take(connection, "baku_center", LOT, act_id=None, now=NOW)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(take, range(4))) == [False, False, False, True]


def test_numbers_and_seals_are_held_by_the_database(database: Database) -> None:
    def put(number: str, seal: str) -> None:
        meter = meters.NewMeter(number, LOT.make, LOT.type, 15, "0001", date(2026, 1, 1), None, None, (seal,))
        with database.step() as connection:
            meters.activate(connection, meter)

    with database.step() as connection:
        add_subscriber(connection, "0001")
    put("AZ-1", "P1")
    with pytest.raises(IntegrityError):
        put("AZ-1", "P2")
    with pytest.raises(IntegrityError):
        put("AZ-2", "P1")
    with database.step() as connection:
        assert meters.remove(connection, "AZ-1", "0001", date(2026, 2, 1))
    put("AZ-1", "P2")
    with pytest.raises(IntegrityError), database.step() as connection:
        connection.execute(insert(Seal).values(number="P9", meter_id=10**6))


def test_a_file_is_taken_and_taken_again(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "subscribers.csv"
    rows = [f"{at:05};household;Əliyev Rəşad;Bakı, ev {at};Nəsimi" for at in range(6_000)]
    path.write_text("\n".join(["code;kind;name;address;district", *rows]), encoding="utf-8")
    clock = SettableClock(NOW)
    taken = [import_file(database, "subscribers", path, clock=clock) for _ in range(2)]
    assert [report.written for report in taken] == [6_000, 6_000]
