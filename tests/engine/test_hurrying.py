"""
Steps that need not wait for the disk: the database is as strict as before once they are taken.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.storage.database import Database

OFF, FULL = 0, 2


def degree(database: Database) -> int:
    with database.step() as connection:
        return int(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())


@pytest.mark.parametrize("fails", [False, True])
def test_only_steps_of_the_block_do_not_wait_for_the_disk(tmp_path: Path, fails: bool) -> None:
    database = Database(f"sqlite:///{tmp_path}/a.db")
    assert degree(database) == FULL
    with pytest.raises(KeyError) if fails else database.hurrying(), database.hurrying():
        with database.step() as connection:
            connection.exec_driver_sql("CREATE TABLE kept (it)")
        assert degree(database) == OFF
        if fails:
            raise KeyError
    assert degree(database) == FULL
    assert (tmp_path / "a.db-wal").stat().st_size == 0 or fails
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM kept").scalar_one() == 0
    database.close()
