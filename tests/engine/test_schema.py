"""
The schema that the migrations make is the one that the tables say, and guards the audit by itself.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, delete, insert, select, update
from sqlalchemy.exc import DatabaseError

import engine.deeds
import engine.failures
import engine.tables
import engine.tables.cases
import engine.tables.messages
import engine.tables.papers
import engine.tables.people
import engine.tables.releases
import engine.tables.tasks
import engine.tables.work
import processes.registry.list_changes
import processes.registry.tables
import web.tables
from engine.storage.schema import upgrade
from engine.tables import Audit, Base, Case, Job, Person, Release
from tests.support.databases import migrated

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
#: PostgreSQL alone has it; as an index over an expression it comes back in other words than it was declared in
EXPRESSION_INDEX = "ix_search_term_beginning"
#: every module that puts tables or indexes into the one metadata
MODULES = (
    engine.tables.cases,
    engine.tables.messages,
    engine.tables.papers,
    engine.tables.people,
    engine.tables.releases,
    engine.tables.tasks,
    engine.tables.work,
    engine.failures,
    engine.deeds,
    processes.registry.tables,
    processes.registry.list_changes,
    web.tables,
)
#: what such a module holds
DECLARES = re.compile(r"^class \w+\(Base\):|^Index\(", re.MULTILINE)


@pytest.fixture(params=["sqlite", "postgresql"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with migrated(request.param, tmp_path) as url:
        pool = create_engine(url)
        yield pool
        pool.dispose()


def differences(connection: Connection) -> list[object]:
    """What a new migration would have to change for the tables to be as they are declared."""
    options = {
        "compare_type": True,
        "include_name": lambda name, *_: name != "alembic_version",
        "include_object": lambda _object, name, *_: name != EXPRESSION_INDEX,
    }
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=f".*{EXPRESSION_INDEX}.*sqlite", category=UserWarning)
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))


def add_audit(connection: Connection) -> None:
    person = {"id": 1, "given_name": "Aysel", "surname": "Əliyeva"}
    connection.execute(insert(Person).values(**person))
    connection.execute(insert(Release).values(id="r", process="small", created_at=NOW))
    case = {"id": 1, "process": "small", "release_id": "r", "revision": 1, "applicant_id": 1, "language": "az"}
    connection.execute(insert(Case).values(**case, opened_at=NOW, status_at=NOW, facets={}, state=b""))
    row = {"key": "k", "case_id": 1, "revision": 1, "at": NOW, "event": "started", "detail": {}}
    connection.execute(insert(Audit).values(**row, previous_hash="", hash="h"))


def test_every_module_of_tables_is_compared() -> None:
    root = Path(engine.tables.__file__).parents[2]
    declaring = {
        path
        for name in ("engine", "processes", "web")
        for path in (root / name).rglob("*.py")
        if DECLARES.search(path.read_text())
    }
    assert declaring == {Path(module.__file__ or "") for module in MODULES}


def test_the_migrations_make_what_the_tables_say(made: Engine) -> None:
    with made.connect() as connection:
        assert differences(connection) == []


def test_a_missing_index_would_be_noticed(made: Engine) -> None:
    with made.begin() as connection:
        connection.exec_driver_sql("DROP INDEX ix_job_run_at_id")
        assert [change[0] for change in differences(connection)] == ["add_index"]


def test_migrating_again_keeps_what_is_there(made: Engine) -> None:
    with made.begin() as connection:
        add_audit(connection)
    upgrade(made.url.render_as_string(hide_password=False))
    with made.connect() as connection:
        assert connection.scalar(select(Audit.key)) == "k"


@pytest.mark.parametrize("change", [update(Audit).values(event="else"), delete(Audit)], ids=["update", "delete"])
def test_the_database_refuses_to_change_the_audit(made: Engine, change: object) -> None:
    with made.begin() as connection:
        add_audit(connection)
    with pytest.raises(DatabaseError, match="audit is append-only"), made.begin() as connection:
        connection.execute(change)
    with made.connect() as connection:
        assert connection.scalar(select(Audit.event)) == "started"


def test_the_id_of_a_finished_job_is_never_given_again(made: Engine) -> None:
    row = {"lane": "mail", "kind": "note", "payload": {}, "state": "ready", "created_at": NOW, "run_at": NOW}
    seen = []
    for key in ("a", "b", "c"):
        with made.begin() as connection:
            made_id = connection.execute(insert(Job).values(**row, key=key).returning(Job.id)).scalar_one()
            seen.append(made_id)
            connection.execute(delete(Job).where(Job.id == made_id))
    assert len(set(seen)) == 3
