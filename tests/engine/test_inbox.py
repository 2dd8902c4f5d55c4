"""
The inbox over 20,000 cases, on both databases: what each view holds, in which order, at which price.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, insert, select, text

from engine.operations import Actor
from engine.reading import inbox
from engine.reading.inbox import Filters, InboxPage, View
from engine.storage.database import Database
from engine.tables import Case, CaseFacet, Task, TaskCandidate
from tests.engine import population
from tests.engine.population import (
    ANALYST,
    CHIEF,
    CITIZEN,
    DISPATCHER,
    FITTER,
    HEAD,
    NOW,
    OFFICES,
    OPERATOR,
    OTHER_DISPATCHER,
)
from tests.support.databases import migrated

CASES = 20_000
NO_FILTERS = Filters()
#: names of everything that grows with the years
BIG = ("case_file", "task", "case_facet", "search_term", "person", "task_candidate")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def utility(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """
    Yield a database with 20,000 cases.
    """
    with ExitStack() as stack:
        folder: Path = tmp_path_factory.mktemp("utility")
        database = Database(stack.enter_context(migrated(request.param, folder)))
        stack.callback(database.close)
        with database.step() as connection:
            population.populate(connection, CASES)
        if not database.is_sqlite:
            with database.step() as connection:
                connection.execute(text("ANALYZE"))
        yield database


@pytest.fixture
def connection(utility: Database) -> Iterator[Connection]:
    """
    Yield a reading connection.
    """
    with utility.read() as connection:
        yield connection


@pytest.fixture
def sandbox(utility: Database) -> Iterator[Connection]:
    """
    Yield a writing connection whose changes are undone.
    """
    with utility.step() as connection, connection.begin_nested() as undone:
        yield connection
        undone.rollback()


def all_pages(connection: Connection, actor: Actor, view: View, filters: Filters = NO_FILTERS) -> list[InboxPage]:
    """
    Follow the cursor to the end.
    """
    pages = [inbox.page(connection, actor, view, filters)]
    while pages[-1].next_cursor:
        pages.append(inbox.page(connection, actor, view, filters, pages[-1].next_cursor))
    return pages


def cases_of(pages: list[InboxPage]) -> list[int]:
    return [line.case_id for page in pages for line in page.lines]


OPEN = [key for key in range(1, CASES + 1) if population.is_open(key)]
MINE_OPEN = [key for key in OPEN if population.office_of(key) == OFFICES[0]]


def test_my_tasks_are_those_that_i_hold(connection: Connection) -> None:
    lines = inbox.page(connection, DISPATCHER, "mine", NO_FILTERS).lines

    held = {key for key in MINE_OPEN if population.role_of(key) == "dispatcher" and key % 3 == 0}
    assert {line.case_id for line in lines} == held
    assert {line.tasks[0].holder_id for line in lines} == {DISPATCHER.person_id}
    assert not any(line.tasks[0].claimable for line in lines)


def test_my_tasks_are_those_that_i_am_a_candidate_for(connection: Connection) -> None:
    lines = inbox.page(connection, FITTER, "mine", NO_FILTERS).lines

    meant = {key for key in MINE_OPEN if population.role_of(key) == "fitter" and population.meant_for(key) == 2}
    assert {line.case_id for line in lines} == meant
    assert all(line.tasks[0].claimable for line in lines)


def test_my_office_s_tasks_are_those_of_my_role_there(connection: Connection) -> None:
    lines = inbox.page(connection, DISPATCHER, "office", NO_FILTERS).lines

    assert {line.case_id for line in lines} == {key for key in MINE_OPEN if population.role_of(key) == "dispatcher"}
    assert {line.unit for line in lines} == {OFFICES[0]}


def test_a_task_meant_for_a_colleague_is_in_the_office_s_list_but_not_to_be_claimed(connection: Connection) -> None:
    lines = inbox.page(connection, FITTER, "office", NO_FILTERS).lines

    claimable = {population.meant_for(line.case_id): line.tasks[0].claimable for line in lines}
    assert claimable == {2: True, 3: False}


def test_the_head_sees_every_open_case_of_the_office_and_nobody_else_s(connection: Connection) -> None:
    assert sorted(cases_of(all_pages(connection, HEAD, "all"))) == MINE_OPEN


def test_a_case_without_an_open_task_is_still_in_the_office_s_list(sandbox: Connection) -> None:
    waiting = MINE_OPEN[0]
    sandbox.execute(Task.__table__.update().where(Task.case_id == waiting).values(state="done"))

    lines = [line for page in all_pages(sandbox, HEAD, "all") for line in page.lines if line.case_id == waiting]
    assert [line.tasks for line in lines] == [()]


def test_a_case_without_a_term_comes_last_and_once(sandbox: Connection) -> None:
    endless = MINE_OPEN[3]
    sandbox.execute(Case.__table__.update().where(Case.id == endless).values(due_at=None))

    cases = cases_of(all_pages(sandbox, HEAD, "all"))
    assert cases[-1] == endless
    assert sorted(cases) == MINE_OPEN


def test_finished_cases_are_listed_newest_first(connection: Connection) -> None:
    pages = all_pages(connection, HEAD, "all", Filters(state="finished"))

    cases = cases_of(pages)
    done = [
        key for key in range(CASES, 0, -1) if not population.is_open(key) and population.office_of(key) == OFFICES[0]
    ]
    assert cases == done
    assert {line.outcome for page in pages for line in page.lines} == {"installed"}


@pytest.mark.parametrize(("actor", "view"), [(DISPATCHER, "office"), (HEAD, "all"), (CHIEF, "all"), (CHIEF, "office")])
def test_overdue_and_due_first(connection: Connection, actor: Actor, view: View) -> None:
    lines = [line for page in all_pages(connection, actor, view)[:4] for line in page.lines]

    due = [line.due_at for line in lines if line.due_at]
    assert due == sorted(due)
    assert due[0] < NOW


@pytest.mark.parametrize("view", inbox.VIEWS)
@pytest.mark.parametrize("nobody", [CITIZEN, ANALYST, Actor(77, "Stranger")])
def test_who_has_no_work_here_sees_no_case(connection: Connection, nobody: Actor, view: View) -> None:
    for state in ("open", "finished"):
        assert inbox.page(connection, nobody, view, Filters(state=state)).lines == ()


def test_an_operator_sees_every_case_without_names(connection: Connection) -> None:
    lines = inbox.page(connection, OPERATOR, "all", NO_FILTERS).lines

    assert len({line.unit for line in lines}) > 5
    assert {line.applicant for line in lines} == {""}
    assert inbox.page(connection, HEAD, "all", NO_FILTERS).lines[0].applicant.startswith("Vüqar ")


def test_facets_that_name_a_person_are_hidden_from_operators_and_never_offered(sandbox: Connection) -> None:
    case = min(OPEN, key=lambda key: (population.due(key), key))
    sandbox.execute(
        Case.__table__.update().where(Case.id == case).values(facets={"district": "Nəsimi", "address": "Bakı, 5"})
    )
    sandbox.execute(insert(CaseFacet).values(case_id=case, name="address", value="Bakı, 5"))

    assert inbox.page(sandbox, OPERATOR, "all", NO_FILTERS).lines[0].facets == {"district": "Nəsimi"}
    assert "address" in inbox.page(sandbox, CHIEF, "all", NO_FILTERS).lines[0].facets
    assert "address" not in inbox.facet_values(sandbox)
    ignored = Filters(facets={"address": "Nowhere"})
    assert inbox.page(sandbox, CHIEF, "all", ignored).lines == inbox.page(sandbox, CHIEF, "all", NO_FILTERS).lines


@pytest.mark.parametrize(
    ("actor", "view", "state"),
    [(CHIEF, "office", "open"), (HEAD, "all", "open"), (CHIEF, "all", "open"), (HEAD, "all", "finished")],
)
def test_pages_follow_each_other_without_a_gap_or_a_repetition(
    connection: Connection, actor: Actor, view: View, state: str
) -> None:
    pages = all_pages(connection, actor, view, Filters(state=state))  # type: ignore[arg-type]

    cases = cases_of(pages)
    assert len(cases) == len(set(cases))
    assert {len(page.lines) for page in pages[:-1]} <= {inbox.PAGE}


def test_a_cursor_goes_on_at_the_same_place_when_rows_are_added(sandbox: Connection) -> None:
    first = inbox.page(sandbox, CHIEF, "office", NO_FILTERS)
    second = inbox.page(sandbox, CHIEF, "office", NO_FILTERS, first.next_cursor)

    for number in range(30):
        row = {"case_id": OPEN[number], "element": "late", "role": "head", "unit": OFFICES[0], "state": "open"}
        overdue = NOW - timedelta(days=100, minutes=number)
        sandbox.execute(insert(Task).values(id=secrets.token_hex(16), **row, opened_at=NOW, due_at=overdue))

    assert inbox.page(sandbox, CHIEF, "office", NO_FILTERS, first.next_cursor) == second
    assert inbox.page(sandbox, CHIEF, "office", NO_FILTERS) != first


@pytest.mark.parametrize(
    "cursor", ["x", "%%%", "bnVsbA", "WzEsMl0", "W251bGwsLTFd", "WyIyMDI2LTAxLTAxIiwieCJd", "ə" * 9]
)
@pytest.mark.parametrize(("actor", "view"), [(DISPATCHER, "office"), (HEAD, "all")])
def test_a_made_up_cursor_begins_at_the_first_page(
    connection: Connection, actor: Actor, view: View, cursor: str
) -> None:
    first = inbox.page(connection, actor, view, NO_FILTERS)

    assert inbox.page(connection, actor, view, NO_FILTERS, cursor) == first


def test_lines_are_narrowed_by_district_and_reason(connection: Connection) -> None:
    wanted = Filters(facets={"district": "Nəsimi", "reason": "first_meter", "unknown": ""})

    pages = all_pages(connection, HEAD, "all", wanted)
    assert pages[0].lines
    assert {tuple(sorted(line.facets.items())) for page in pages for line in page.lines} == {
        (("district", "Nəsimi"), ("reason", "first_meter"))
    }


def test_lines_are_narrowed_by_office_only_within_what_one_may_see(connection: Connection) -> None:
    other = Filters(unit=OFFICES[1])

    assert {line.unit for line in inbox.page(connection, CHIEF, "all", other).lines} == {OFFICES[1]}
    assert {line.unit for line in inbox.page(connection, CHIEF, "office", other).lines} == {OFFICES[1]}
    for view in inbox.VIEWS:
        assert inbox.page(connection, DISPATCHER, view, other).lines == ()


SHIXALIYEV = [key for key in OPEN if key % 7 == 1]


@pytest.mark.parametrize("typed", ["sixeli", "ŞIXƏLİYEV", "Şıxəliyev", "Шыхәлијев", "  Şıxəli  vüqar "])
def test_words_are_found_by_their_beginning_with_folded_letters(connection: Connection, typed: str) -> None:
    assert set(cases_of(all_pages(connection, CHIEF, "all", Filters(search=typed)))) == set(SHIXALIYEV)


def test_all_words_must_be_found(connection: Connection) -> None:
    found = cases_of(all_pages(connection, CHIEF, "all", Filters(search="Nizami 12 sixeli")))

    assert found
    assert all(key % 97 in (12,) and key in SHIXALIYEV for key in found if key % 97 < 100)
    assert cases_of(all_pages(connection, CHIEF, "all", Filters(search="sixeli quliyeva"))) == []


def test_a_single_digit_is_found_as_a_whole_word_only(connection: Connection) -> None:
    found = cases_of(all_pages(connection, CHIEF, "all", Filters(search="saylı 5")))

    assert found
    assert {key % 97 for key in found} == {5}


@pytest.mark.parametrize(
    "typed", ["050 000 01 00", "+994 50 000 01 00", "(050) 000-01-00", "00994500000100", "500000100"]
)
def test_a_telephone_is_found_however_it_is_written(connection: Connection, typed: str) -> None:
    assert cases_of(all_pages(connection, CHIEF, "all", Filters(search=typed))) == [100]


def test_a_code_is_found(connection: Connection) -> None:
    assert cases_of(all_pages(connection, CHIEF, "all", Filters(search="0000000105"))) == [105]


@pytest.mark.parametrize("shape", ["{}{}{}", "{}-{}-{}", " {} {} {} "])
@pytest.mark.parametrize("actor", [HEAD, OPERATOR])
def test_a_case_number_is_found_however_it_is_written(connection: Connection, actor: Actor, shape: str) -> None:
    number = connection.scalar(select(Case.number).where(Case.id == MINE_OPEN[0]))
    assert number is not None
    typed = shape.format(number[:4], number[4:8], number[8:])

    assert cases_of([inbox.page(connection, actor, "all", Filters(search=typed))]) == [MINE_OPEN[0]]


def test_an_operator_finds_nobody_by_name_or_telephone(connection: Connection) -> None:
    for typed in ("sixeli", "050 000 01 00", "bakı"):
        assert inbox.page(connection, OPERATOR, "all", Filters(search=typed)).lines == ()


def test_nobody_finds_another_office_s_case(connection: Connection) -> None:
    number = connection.scalar(select(Case.number).where(Case.id == MINE_OPEN[0]))
    for state in ("open", "finished"):
        for view in inbox.VIEWS:
            assert inbox.page(connection, OTHER_DISPATCHER, view, Filters(state=state, search=str(number))).lines == ()


@pytest.mark.parametrize("typed", ["%", "_", "' OR 1=1 --", "\x00", "ə" * 500, "…", "\U0010ffff", "- -"])
def test_strange_words_find_nothing_and_break_nothing(connection: Connection, typed: str) -> None:
    assert inbox.page(connection, HEAD, "all", Filters(search=typed)).lines == ()


def test_counts_are_what_the_pages_hold(connection: Connection) -> None:
    counts = inbox.counts(connection, DISPATCHER)

    assert counts == inbox.Counts(
        mine=len(cases_of(all_pages(connection, DISPATCHER, "mine"))),
        office=len(cases_of(all_pages(connection, DISPATCHER, "office"))),
        all=len(MINE_OPEN),
    )
    assert inbox.counts(connection, ANALYST) == inbox.Counts(0, 0, 0)
    assert inbox.counts(connection, CHIEF).all == inbox.MOST_COUNTED + 1


def test_a_task_that_i_hold_as_a_candidate_is_counted_and_listed_once(sandbox: Connection) -> None:
    before = inbox.counts(sandbox, FITTER).mine
    task = sandbox.scalar(select(TaskCandidate.task_id).where(TaskCandidate.person_id == FITTER.person_id).limit(1))
    sandbox.execute(Task.__table__.update().where(Task.id == task).values(claimed_by=FITTER.person_id))

    lines = [line for page in all_pages(sandbox, FITTER, "mine") for line in page.lines]
    assert inbox.counts(sandbox, FITTER).mine == before == len(lines)
    assert len({line.tasks[0].id for line in lines}) == before


def test_facets_are_offered_with_their_values(connection: Connection) -> None:
    assert inbox.facet_values(connection) == {
        "district": tuple(sorted(population.DISTRICTS)),
        "reason": tuple(sorted(population.REASONS)),
    }


def test_a_facet_of_too_many_values_is_not_offered(connection: Connection) -> None:
    assert list(inbox.facet_values(connection, most=4)) == ["reason"]


PAGES: dict[str, tuple[Actor, View, Filters, int]] = {
    # view: actor, view, filters, statements; tasks are one statement, cases a second one for their tasks
    "mine": (DISPATCHER, "mine", NO_FILTERS, 1),
    "mine as candidate": (FITTER, "mine", NO_FILTERS, 1),
    "office": (DISPATCHER, "office", NO_FILTERS, 1),
    "every office": (CHIEF, "office", NO_FILTERS, 1),
    "all of an office": (HEAD, "all", NO_FILTERS, 2),
    "all of all": (CHIEF, "all", NO_FILTERS, 2),
    "operator": (OPERATOR, "all", NO_FILTERS, 2),
    "finished": (HEAD, "all", Filters(state="finished"), 1),
    "finished of all": (CHIEF, "all", Filters(state="finished"), 1),
    "facets": (CHIEF, "all", Filters(facets={"district": "Nəsimi", "reason": "first_meter"}), 2),
    "facets of tasks": (CHIEF, "office", Filters(facets={"district": "Nəsimi"}), 1),
    "one office of all": (CHIEF, "all", Filters(unit=OFFICES[7]), 2),
    "words": (CHIEF, "all", Filters(search="sixeli 12 nizami"), 2),
    "words of tasks": (DISPATCHER, "office", Filters(search="sixeli"), 1),
    "words of mine": (FITTER, "mine", Filters(search="sixeli"), 1),
    "telephone": (CHIEF, "all", Filters(search="050 000 01 00"), 2),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_takes_two_statements_at_most_and_reads_no_table_as_a_whole(utility: Database, name: str) -> None:
    actor, view, filters, statements = PAGES[name]
    with utility.read() as connection:
        sent = _statements(connection, lambda: inbox.page(connection, actor, view, filters))
        assert len(sent) == statements <= 2
        for statement, parameters in sent:
            assert _whole_tables(connection, statement, parameters) == []


def test_counts_and_facet_values_read_no_table_as_a_whole(utility: Database) -> None:
    with utility.read() as connection:
        sent = _statements(connection, lambda: inbox.counts(connection, CHIEF))
        assert len(sent) == 1
        sent += _statements(connection, lambda: inbox.facet_values(connection))
        for statement, parameters in sent:
            assert _whole_tables(connection, statement, parameters) == []


def _statements(connection: Connection, work: object) -> list[tuple[str, object]]:
    sent: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        if statement != "BEGIN":
            sent.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    try:
        work()  # type: ignore[operator]
    finally:
        event.remove(connection, "before_cursor_execute", note)
    return sent


def _whole_tables(connection: Connection, statement: str, parameters: object) -> list[str]:
    """
    Return the plan's lines that read a growing table without an index's help.

    SQLite: a table that is walked without an index; the index of what is open, in order of the due dates, may be
    walked, because the page's limit ends the walk. PostgreSQL: a sequential scan.
    """
    explain = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
    plan = [str(row[-1]) for row in connection.exec_driver_sql(explain + statement, parameters)]
    allowed = r"(?! USING (COVERING )?INDEX ix_(task|case_file)_due_at_id)"
    bad = re.compile(rf"\b(SCAN|Seq Scan on) ({'|'.join(BIG)})\b{allowed}")
    return [line for line in plan if bad.search(line)]


def test_the_plan_s_judge_finds_a_whole_table(connection: Connection) -> None:
    assert _whole_tables(connection, "SELECT count(*) FROM case_file WHERE outcome = 'installed'", ())


def test_a_moment_far_away_is_no_due_date(sandbox: Connection) -> None:
    task = sandbox.scalar(select(Task.id).where(Task.case_id == MINE_OPEN[0], Task.state == "open"))
    far = datetime(9999, 12, 31, tzinfo=UTC)
    sandbox.execute(Task.__table__.update().where(Task.id == task).values(due_at=far, role="dispatcher"))

    tasks = [line.tasks[0] for page in all_pages(sandbox, DISPATCHER, "office") for line in page.lines]
    assert [each.due_at for each in tasks if each.id == task] == [None]
