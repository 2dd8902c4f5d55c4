"""
What the operator's lists say: where things stand, in the reader's words, narrowed, page by page, as files.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from engine import deeds
from engine.deeds import Deed
from engine.jobs import bulk
from engine.tables import Case, Job, Move, Task
from tests.support.site import Browser, Site
from tests.web.office import Office, open_office
from web import names

REASON = "server düzəldildi, sınaqdan keçdi"
SUSPENDED = "Dayandırılıb"


@pytest.fixture
def office(here: Site) -> Office:
    """
    Open an office whose case waits at `decide`.
    """
    return open_office(here)


@pytest.fixture
def operator(office: Office) -> Browser:
    """
    Log the operator in.
    """
    return office.browser("operator")


def _file(browser: Browser, address: str) -> list[list[str]]:
    answer = browser.client.get(address)
    assert answer.status_code == 200, address
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def _note(office: Office, deed: str, *, case: bool = False, who: str = "operator") -> None:
    with office.site.installation.database.step() as connection:
        case_id = connection.scalar(select(Case.id).order_by(Case.id).limit(1)) if case else None
        actor = office.site.people[who]
        deeds.note(connection, actor, deed, f"{REASON}: {deed}", now=office.site.clock.now(), case_id=case_id)


def test_the_overdue_tasks_of_the_health_page_are_those_of_the_list_behind_it(
    office: Office, operator: Browser
) -> None:
    late = "/nezaret/muracietler?veziyyet=geciken"
    operator.get("/nezaret")
    assert f'href="{late}"' in operator.text
    operator.get(late)
    assert office.number not in operator.words
    with office.site.installation.database.step() as connection:
        past = office.site.clock.now() - timedelta(days=2)
        connection.execute(update(Task).where(Task.state == "open").values(due_at=past))
    operator.get(late)
    assert office.number in operator.words and "gecikir: 21.11.2026" in operator.words
    assert len(_file(operator, "/nezaret/muracietler/siyahi.csv?veziyyet=geciken")) == 2


def test_a_job_is_listed_with_what_it_is_for_and_not_by_its_code(office: Office, operator: Browser) -> None:
    now = office.site.clock.now()
    with office.site.installation.database.step() as connection:
        row = {"lane": "timer", "kind": "timer", "payload": {"element": "decide"}, "key": "t", "state": "ready"}
        case_id = connection.scalar(select(Case.id))
        connection.execute(insert(Job).values(**row, case_id=case_id, created_at=now, run_at=now + timedelta(days=1)))
    operator.get("/isler?zolaq=timer&nov=timer")
    for words in ("Diaqramın taymeri", "decide", "Taymerlər və mesajlar", office.number):
        assert words in operator.words
    assert "timer " not in operator.words
    key = office.site.installation.rows(Job)[-1].id
    operator.get(f"/isler/indi?id={key}")
    assert "Bunu indi etmək olmur" in operator.words and "Taymerin vaxtı çatmayıb" in operator.words
    assert "seçilməyib" not in operator.words


def test_deeds_are_narrowed_by_what_was_done_by_whom_and_to_which_case(office: Office, operator: Browser) -> None:
    _note(office, "job_suspended")
    _note(office, "retried", case=True)
    _note(office, "due_changed", case=True, who="head")
    head = office.site.people["head"].person_id
    for address, seen in (
        ("", {"job_suspended", "retried", "due_changed"}),
        ("?nov=retried", {"retried"}),
        (f"?kim={head}", {"due_changed"}),
        (f"?axtar={office.number}", {"retried", "due_changed"}),
        ("?gun=30", set()),
    ):
        operator.get(f"/emeller{address}")
        found = {code for code in ("job_suspended", "retried", "due_changed") if f"{REASON}: {code}" in operator.words}
        assert found == seen, address
        assert len(_file(operator, f"/emeller/siyahi.csv{address}")) == 1 + len(seen)
    assert "Heç nə tapılmadı" in operator.words


def test_deeds_and_bulk_work_are_paged_to_the_first_one(office: Office, operator: Browser) -> None:
    for _ in range(120):
        _note(office, "noted")
    now, site = office.site.clock.now(), office.site.installation
    release, person = site.rows(Case)[0].release_id, office.site.people["operator"].person_id
    with site.database.step() as connection:
        for _ in range(45):
            bulk.begin(connection, bulk.RETRY, select(Case.id), {"code": "job_failed"}, now=now)
        move = {"process": "small", "to_release": release, "by_id": person, "names": {}, "created_at": now}
        connection.execute(insert(Move), [{**move, "note": f"{n}-ci"} for n in range(25)])
    assert _pages(operator, "/emeller", 'class="worklist__row"', "Növbəti səhifə") == [50, 50, 20]
    assert _pages(operator, "/toplu-isler", 'id="bulk-', "Daha əvvəlki toplu işlər") == [20, 20, 5]
    assert _pages(operator, "/toplu-isler", 'id="move-', "Daha əvvəlki köçürmələr") == [20, 5]
    assert operator.text.count('id="bulk-') == 20
    assert len(_file(operator, "/toplu-isler/siyahi.csv")) == 1 + 45 + 25


def _pages(browser: Browser, address: str, mark: str, onward: str) -> list[int]:
    """How many lines each page has, from the first to the last."""
    found = []
    while address:
        browser.get(address.replace("&amp;", "&"))
        found.append(browser.text.count(mark))
        link = re.search(f'href="([^"]+)"[^>]*>{onward}<', browser.text)
        address = link[1] if link else ""
    return found


def test_a_suspended_case_is_marked_in_every_list(office: Office, operator: Browser) -> None:
    lists = {
        "dispatcher": ("/novbe?siyahi=idarem", "/novbe?siyahi=hamisi"),
        "operator": ("/nezaret/muracietler", "/novbe?siyahi=hamisi"),
        "citizen": ("/muracietler",),
    }
    browsers = {who: office.browser(who) for who in lists}
    for suspended in (False, True):
        for who, addresses in lists.items():
            for address in addresses:
                browsers[who].get(address)
                assert (SUSPENDED in browsers[who].words) is suspended, address
        assert any(SUSPENDED in cell for row in _file(operator, "/nezaret/muracietler/siyahi.csv") for cell in row) is (
            suspended
        )
        with office.site.installation.database.step() as connection:
            connection.execute(update(Case).values(suspended_at=office.site.clock.now()))


def test_no_file_of_a_list_says_codes_in_place_of_words(office: Office, operator: Browser) -> None:
    now = office.site.clock.now()
    with office.site.installation.database.step() as connection:
        bulk.begin(connection, bulk.RETRY, select(Case.id), {"code": "job_failed"}, now=now)
        case_id = connection.scalar(select(Case.id))
        row = {"lane": "mail", "kind": "send_letter", "payload": {"letter": "ended"}, "key": "k", "state": "ready"}
        connection.execute(insert(Job).values(**row, case_id=case_id, created_at=now, run_at=now))
    _note(office, "retried", case=True)
    codes = {*names.LANES, *names.JOBS, *names.LETTERS, *names.CODES, *names.FAILING, *names.DEEDS, *names.BATCHES}
    files = [rule for rule in office.site.app.url_map.iter_rules() if rule.rule.endswith("siyahi.<ending>")]
    assert len(files) >= 6
    for rule in files:
        found = _file(operator, rule.rule.replace("<ending>", "csv"))
        assert not codes & {cell for row in found for cell in row}, rule.rule
    assert office.site.installation.rows(Deed)


def test_a_hidden_answer_is_no_mistake_of_whoever_comes_to_complete_a_task_on_behalf(
    office: Office, operator: Browser
) -> None:
    assert operator.get(f"{office.case}/mudaxile/adindan").status_code == 200
    assert "Cavablar sizin üçün gizlədilib" in operator.words
    assert "govuk-error-summary" not in operator.text
