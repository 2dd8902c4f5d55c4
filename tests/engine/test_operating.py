"""
The operators' lists over 100,000 cases with their work and incidents, on both databases: what they hold, in which
order, at which price.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from engine import watchdog
from engine.operating import cases, health, incidents, jobs
from engine.operating.sieve import Sieve
from engine.operations import Actor
from engine.storage.database import Database
from tests.engine.population import NOW, OFFICES, OPERATOR
from tests.support.databases import migrated
from tests.support.installation import counted

CASES = 100_000
BIG = ("case_file", "task", "job", "incident", "finished_job")
LOCAL = Actor(901, "Operator", frozenset({("operator", OFFICES[0])}))
CODES = ("mail_refused", "step_failed", "job_failed", "waits_for_nothing")
#: one row of each table for every number of a series, so that the database makes its own rows
_ROWS = {
    "case_file": (
        "id, process, release_id, revision, unit, applicant_id, channel, language, opened_at, closed_at, due_at,"
        " public_status, status_tone, status_at, what_next, facets, audit_hash, state",
        "n, 'small', 'r1', 1, 'office_' || CASE WHEN n % 40 < 10 THEN '0' ELSE '' END || (n % 40), 1, 'web', 'az',"
        " {ago}, CASE WHEN n % 5 = 0 THEN NULL ELSE {ago} END, {ago}, 'İcradadır', 'yellow', {ago}, '', '{{}}', '',"
        " {bytes}",
    ),
    "task": (
        "id, case_id, element, role, unit, state, opened_at, due_at, priority",
        "'t' || n, n, 'element_' || (n % 30), 'dispatcher', 'office_00',"
        " CASE WHEN n % 5 = 0 THEN 'open' ELSE 'done' END, {ago}, {ago}, 0",
    ),
    "job": (
        "id, lane, kind, payload, case_id, key, state, created_at, run_at, attempt, failed",
        "n, CASE n % 3 WHEN 0 THEN 'mail' ELSE 'timer' END, CASE n % 3 WHEN 0 THEN 'send_letter' ELSE 'timer' END,"
        " '{{\"element\": \"wait\"}}', n, 'k' || n,"
        " CASE n % 10 WHEN 0 THEN 'dead' WHEN 1 THEN 'suspended' ELSE 'ready' END, {ago}, {ago}, 1, 0",
    ),
    "incident": (
        "id, case_id, job_id, kind, element, code, message, opened_at, resolved_at",
        "n, n, n, 'mail', 'element_' || (n % 30), " + "CASE n % 4 WHEN 0 THEN 'mail_refused' WHEN 1 THEN 'step_failed'"
        " WHEN 2 THEN 'job_failed' ELSE 'waits_for_nothing' END, '-', {ago},"
        " CASE WHEN n % 10 = 0 THEN NULL ELSE {ago} END",
    ),
    "finished_job": (
        "id, lane, kind, case_id, key, attempt, created_at, finished_at",
        "n + 1000000, 'mail', 'send_letter', n, 'f' || n, 1, {ago}, {ago}",
    ),
}
_DIALECT = {
    "sqlite": {
        "ago": "strftime('%Y-%m-%d %H:%M:%S.000000', '2026-11-23 09:00:00', '-' || n || ' minutes')",
        "bytes": "x'00'",
    },
    "postgresql": {"ago": "timestamptz '2026-11-23 09:00:00+00' - n * interval '1 minute'", "bytes": "'x'::bytea"},
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def utility(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """
    Yield a database with 100,000 cases, tasks, jobs, incidents and finished jobs.
    """
    with ExitStack() as stack:
        folder: Path = tmp_path_factory.mktemp("operating")
        database = Database(stack.enter_context(migrated(request.param, folder)))
        stack.callback(database.close)
        with database.step() as connection:
            connection.execute(text("INSERT INTO person (id, given_name, surname) VALUES (1, 'Aysel', 'Əliyeva')"))
            created = {"at": "2026-01-01 00:00:00+00:00"}
            connection.execute(
                text("INSERT INTO release (id, process, created_at) VALUES ('r1', 'small', :at)"), created
            )
            for table, (columns, values) in _ROWS.items():
                made = values.format(**_DIALECT[request.param])
                connection.execute(
                    text(
                        f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {CASES}) "
                        f"INSERT INTO {table} ({columns}) SELECT {made} FROM s"
                        if request.param == "postgresql"
                        else f"INSERT INTO {table} ({columns}) WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL "
                        f"SELECT n + 1 FROM s WHERE n < {CASES}) SELECT {made} FROM s"
                    )
                )
        if not database.is_sqlite:
            with database.step() as connection:
                connection.execute(text("ANALYZE"))
        yield database


Read = Callable[..., Any]
LISTS: Mapping[str, tuple[Read, Sieve]] = {
    "open cases": (cases.page, Sieve("open")),
    "old cases": (cases.page, Sieve("open", days=30)),
    "cases at an element": (cases.page, Sieve("open", element="element_10")),
    "cases of an office": (cases.page, Sieve("open", unit=OFFICES[5])),
    "cases of a process and an office": (cases.page, Sieve("open", process="small", unit=OFFICES[5], days=3)),
    "cases of a process": (cases.page, Sieve("open", process="small")),
    "finished jobs of a process": (jobs.page, Sieve("finished", process="small")),
    "incidents of a process": (incidents.page, Sieve("open", process="small")),
    "cases with overdue tasks": (cases.page, Sieve("overdue")),
    "cases with overdue tasks of an office": (cases.page, Sieve("overdue", unit=OFFICES[5])),
    "finished cases of an office": (cases.page, Sieve("finished", unit=OFFICES[6], days=30)),
    "stopped cases": (cases.page, Sieve("stopped", code="mail_refused")),
    "finished cases": (cases.page, Sieve("finished")),
    "waiting jobs": (jobs.page, Sieve("ready")),
    "waiting letters": (jobs.page, Sieve("ready", kind="send_letter")),
    "a lane": (jobs.page, Sieve("ready", lane="mail")),
    "dead jobs": (jobs.page, Sieve("dead")),
    "dead jobs of an error": (jobs.page, Sieve("dead", code="job_failed")),
    "resting jobs": (jobs.page, Sieve("suspended")),
    "finished jobs": (jobs.page, Sieve("finished")),
    "finished letters of an office": (jobs.page, Sieve("finished", kind="send_letter", unit=OFFICES[6])),
    "waiting timers of an element and an office": (jobs.page, Sieve("ready", element="wait", unit=OFFICES[6], days=3)),
    "dead jobs of a process": (jobs.page, Sieve("dead", process="small", lane="mail", days=1)),
    "open incidents": (incidents.page, Sieve("open")),
    "incidents of an error": (incidents.page, Sieve("open", code="mail_refused")),
    "incidents of an element": (incidents.page, Sieve("open", element="element_10", days=3)),
    "incidents of a kind, an office and an age": (incidents.page, Sieve("open", kind="mail", unit=OFFICES[10], days=3)),
    "settled incidents of an office": (incidents.page, Sieve("settled", unit=OFFICES[7], code="waits_for_nothing")),
    "settled incidents": (incidents.page, Sieve("settled")),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_page_at_any_depth_is_two_statements_at_most_and_reads_no_table_as_a_whole(
    utility: Database, name: str
) -> None:
    read, sieve = LISTS[name]
    with utility.read() as connection:
        page = read(connection, OPERATOR, sieve, None, now=NOW)
        seen = [row.id for row in page.rows]
        assert len(seen) == 50
        with counted(utility) as sent:
            page = read(connection, OPERATOR, sieve, page.next_cursor, now=NOW)
        assert 1 <= len(sent) <= 2
        assert not set(seen) & {row.id for row in page.rows}
        if utility.is_sqlite:
            for plan in _plans(utility, read, sieve, page.next_cursor):
                assert not [table for table in BIG if plan.endswith(f"SCAN {table}")], plan


def _plans(database: Database, read: Read, sieve: Sieve, cursor: str | None) -> list[str]:
    """Return the lines of the plans of what a page sends."""
    asked: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: Any, *_rest: object) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    event.listen(database._reading, "before_cursor_execute", note)
    try:
        with database.read() as connection:
            read(connection, OPERATOR, sieve, cursor, now=NOW)
    finally:
        event.remove(database._reading, "before_cursor_execute", note)
    with database.read() as connection:
        return [
            row[3] for sent in asked for row in connection.exec_driver_sql("EXPLAIN QUERY PLAN " + sent[0], sent[1])
        ]


def test_pages_follow_one_another_without_gap_or_repetition(utility: Database) -> None:
    sieve, seen, cursor = Sieve("open", code="mail_refused", unit=OFFICES[20]), [], None
    with utility.read() as connection:
        while True:
            page = incidents.page(connection, OPERATOR, sieve, cursor, now=NOW)
            seen += [row.id for row in page.rows]
            cursor = page.next_cursor
            if cursor is None:
                break
    assert seen == [n for n in range(CASES, 0, -1) if n % 20 == 0 and n % 40 == 20]


def test_an_operator_of_one_office_sees_what_is_its_and_no_more(utility: Database) -> None:
    with utility.read() as connection:
        for read, state in ((cases.page, "open"), (incidents.page, "open")):
            assert {row.unit for row in read(connection, LOCAL, Sieve(state), None, now=NOW).rows} == {OFFICES[0]}
        assert all(row.case_id % 40 == 0 for row in jobs.page(connection, LOCAL, Sieve("dead"), None, now=NOW).rows)


def test_the_tally_counts_by_error_and_age_begins_where_it_says(utility: Database) -> None:
    with utility.read() as connection:
        tally = incidents.tally(connection, OPERATOR, Sieve("open"), now=NOW)
        assert tally == {"mail_refused": CASES // 20, "job_failed": CASES // 20}
        page = cases.page(connection, OPERATOR, Sieve("open", days=30), None, now=NOW)
        assert all(row.opened_at <= NOW - timedelta(days=30) for row in page.rows)


@pytest.mark.parametrize("cursor", ["", "x", "W10", "WyJ4IiwxXQ", "WzEsMiwzXQ", "🙂"])
def test_a_place_that_nobody_gave_out_is_the_first_page(utility: Database, cursor: str) -> None:
    with utility.read() as connection:
        for read, state in ((cases.page, "open"), (jobs.page, "ready"), (incidents.page, "open")):
            first = read(connection, OPERATOR, Sieve(state), None, now=NOW)
            assert read(connection, OPERATOR, Sieve(state), cursor, now=NOW) == first


def test_the_health_is_read_in_few_statements(utility: Database) -> None:
    with utility.read() as connection, counted(utility) as sent:
        found = health.health(connection, NOW)
    assert len(sent) <= 12
    assert found.vitals.incidents == {"mail_refused": CASES // 20, "job_failed": CASES // 20}
    assert found.suspended == {"mail": 3333, "timer": 6667}
    assert sum(sum(lanes.values()) for _, lanes in found.finished) == 23 * 60
    assert found.late == ("timer", "mail")


def test_the_watchdog_reads_open_cases_alone_and_each_through_indexes(utility: Database) -> None:
    with utility.read() as connection, counted(utility) as sent:
        watchdog.forgotten(connection)
    (statement,) = sent
    if utility.is_sqlite:
        with utility.read() as connection:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]
        assert plan[0] == "SCAN case_file USING INDEX ix_case_file_open_opened_at_id"
        assert not [step for step in plan[1:] if step.startswith("SCAN")]
