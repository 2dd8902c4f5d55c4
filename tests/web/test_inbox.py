"""
The inbox page: tabs, search and filter, claiming from the list, what each role sees, and its price.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, update

from engine.tables import Case, Task
from processes import meter_installation
from processes.registry import shipped
from tests.support.installation import counted
from tests.support.site import Browser, Site
from tests.web.office import Office, open_office
from web.due import due_words
from web.facets import facet_text


@pytest.fixture
def office(here: Site) -> Office:
    """
    Open an office with one case.
    """
    return open_office(here)


@pytest.fixture
def dispatcher(office: Office) -> Browser:
    """
    Log the dispatcher in.
    """
    return office.browser("dispatcher")


def test_without_a_task_of_one_s_own_the_office_s_queue_is_opened(office: Office, dispatcher: Browser) -> None:
    dispatcher.get("/novbe")
    assert office.number in dispatcher.words and "/novbe/siyahi.csv?siyahi=idarem" in dispatcher.text


def test_a_waiting_task_is_in_the_office_s_list_and_not_in_mine(office: Office, dispatcher: Browser) -> None:
    dispatcher.get("/novbe?siyahi=menim")
    assert "Sizdə tapşırıq yoxdur" in dispatcher.words
    assert "Mənim 0 İdarəmin 1 Hamısı 1" in dispatcher.words

    dispatcher.get("/novbe?siyahi=idarem")
    assert office.number in dispatcher.words
    assert "citizen Sınaqlı" in dispatcher.words
    assert "Bakı, Zərdabi küç. 12" in dispatcher.words


def test_a_task_is_claimed_from_the_list_and_is_mine_then(office: Office, dispatcher: Browser) -> None:
    dispatcher.get("/novbe?siyahi=idarem")
    assert dispatcher.post(f"/tapsiriq/{office.task}/gotur").status_code == 200

    dispatcher.get("/novbe")
    assert "Sizdədir" in dispatcher.words
    colleague = office.browser("colleague")
    colleague.get("/novbe?siyahi=idarem")
    assert "dispatcher Sınaqlı" in colleague.words
    assert "İcraya götür" not in colleague.words


def test_the_head_sees_every_case_of_the_office_with_who_works_on_it(office: Office, dispatcher: Browser) -> None:
    dispatcher.get("/novbe?siyahi=idarem")
    dispatcher.post(f"/tapsiriq/{office.task}/gotur")

    head = office.browser("head")
    head.get("/novbe?siyahi=hamisi")
    assert office.number in head.words
    assert "decide · dispatcher Sınaqlı" in head.words
    assert "İcraya götür" not in head.words


def test_a_case_that_waits_for_nobody_is_still_in_the_list(office: Office) -> None:
    with office.site.installation.database.step() as connection:
        connection.execute(update(Task).values(state="done"))

    head = office.browser("head")
    head.get("/novbe?siyahi=hamisi")
    assert office.number in head.words
    assert "Gözləmədədir" in head.words


@pytest.mark.parametrize("who", ["elsewhere", "analyst"])
@pytest.mark.parametrize("tab", ["menim", "idarem", "hamisi"])
def test_others_see_no_trace_of_the_case(office: Office, who: str, tab: str) -> None:
    browser = office.browser(who)
    for search in ("", office.number, "citizen"):
        browser.get(f"/novbe?siyahi={tab}&axtar={search}")
        assert office.case not in browser.text
        assert "Zərdabi" not in browser.text


def test_an_operator_sees_the_case_without_a_name_or_address(office: Office) -> None:
    operator = office.browser("operator")
    operator.get("/novbe")
    assert office.number in operator.words
    assert "Nəsimi" in operator.words
    assert "citizen" not in operator.words
    assert "Zərdabi" not in operator.words


def test_an_analyst_reads_why_the_list_is_empty(office: Office) -> None:
    analyst = office.browser("analyst")
    analyst.get("/novbe")
    assert "şəxsi məlumatlar var" in analyst.words


def test_a_citizen_has_no_inbox(office: Office) -> None:
    assert office.browser("stranger").get("/novbe").status_code == 403
    visitor = office.browser(None)
    visitor.get("/novbe")
    assert visitor.url == "/giris"


@pytest.mark.parametrize("typed", ["{number}", "{digits}", " {digits} "])
def test_a_case_is_found_by_its_number(office: Office, dispatcher: Browser, typed: str) -> None:
    digits = office.number.replace("-", "")
    dispatcher.get("/novbe?siyahi=hamisi&axtar=" + typed.format(number=office.number, digits=digits))
    assert office.case in dispatcher.text


def test_nothing_found_leads_to_a_wider_search(office: Office, dispatcher: Browser) -> None:
    dispatcher.get("/novbe?siyahi=menim&axtar=Şıxəliyev&f.district=Yoxdur")
    assert "Heç nə tapılmadı" in dispatcher.words
    assert 'value="Şıxəliyev"' in dispatcher.text
    assert "siyahi=hamisi&amp;axtar=" in dispatcher.text
    assert "veziyyet=bitmis" in dispatcher.text


def test_lists_are_narrowed_by_what_cases_have_and_never_by_an_address(office: Office, dispatcher: Browser) -> None:
    dispatcher.get("/novbe?siyahi=hamisi&f.district=Nəsimi")
    assert office.case in dispatcher.text
    assert 'id="f-district"' in dispatcher.text
    assert 'id="f-address"' not in dispatcher.text
    dispatcher.get("/novbe?siyahi=hamisi&f.district=Yasamal")
    assert office.case not in dispatcher.text


def test_finished_cases_have_their_own_list(office: Office, dispatcher: Browser) -> None:
    dispatcher.get(f"/tapsiriq/{office.task}")
    dispatcher.send(decision="wait")
    dispatcher.send(reading="1")
    dispatcher.get("/novbe?siyahi=hamisi")
    assert office.case not in dispatcher.text
    dispatcher.get("/novbe?siyahi=hamisi&veziyyet=bitmis")
    assert office.case in dispatcher.text
    assert "İcra olundu" in dispatcher.words


def test_a_long_list_goes_on_by_a_cursor(office: Office, dispatcher: Browser) -> None:
    installation = office.site.installation
    (case,) = installation.rows(Case)
    now = office.site.clock.now()
    rows = [
        {
            "id": f"{number:032}",
            "case_id": case.id,
            "element": "decide",
            "role": "dispatcher",
            "unit": "north",
            "state": "open",
            "opened_at": now,
            "due_at": now + timedelta(days=number),
        }
        for number in range(70)
    ]
    with installation.database.step() as connection:
        connection.execute(insert(Task), rows)

    dispatcher.get("/novbe?siyahi=idarem")
    seen = dispatcher.text.count("worklist__row")
    following = dispatcher.text.split("davam=", 1)[1].split('"', 1)[0]
    dispatcher.get(f"/novbe?siyahi=idarem&davam={following}")
    assert (seen, dispatcher.text.count("worklist__row")) == (50, 21)
    assert "Siyahının əvvəlinə qayıt" in dispatcher.words
    assert "Növbəti 50" not in dispatcher.words


@pytest.mark.parametrize(
    "query", ["siyahi=x", "davam=%00", "axtar=%00%01", "f.=1", "f.x=" + "ə" * 900, "idare=%27", "axtar=" + "a" * 900]
)
def test_a_strange_address_is_still_a_page(dispatcher: Browser, query: str) -> None:
    assert dispatcher.get(f"/novbe?{query}").status_code == 200


def test_a_page_takes_the_same_statements_however_many_lines_it_has(office: Office, dispatcher: Browser) -> None:
    dispatcher.get("/novbe?siyahi=hamisi")  # values to choose from are kept for some minutes
    with counted(office.site.installation.database) as sent:
        dispatcher.get("/novbe?siyahi=hamisi")
    # session with person and roles, cases, their tasks, counts, names of offices
    assert len(sent) == 5


@pytest.mark.parametrize(
    ("hours", "words", "urgency"),
    [
        (-24 * 7, "5 iş günü gecikir", "late"),
        (-72, "1 iş günü gecikir", "late"),
        (-1, "Bu gün bitib", "late"),
        (2, "Bu gün bitir", "soon"),
        (24, "1 iş günü qalır", "soon"),
        (48, "2 iş günü qalır", "soon"),
        (24 * 5, "4 iş günü qalır", ""),
        (24 * 7, "5 iş günü qalır", ""),
    ],
)
def test_a_due_date_says_how_long_it_is_still_or_how_late(here: Site, hours: int, words: str, urgency: str) -> None:
    with here.app.test_request_context():
        due = due_words(here.services, here.clock.now() + timedelta(hours=hours))
    assert due is not None
    assert (due.words, due.urgency) == (words, urgency)


def test_days_off_are_not_counted_and_a_change_of_the_calendar_shows_at_once(here: Site) -> None:
    here.add("head", ("head", "north"))
    head, monday = here.browser("head"), here.clock.now()
    wednesday = monday + timedelta(days=2)
    assert words_at(here, wednesday) == "2 iş günü qalır"
    head.get("/siyahilar/teqvim")
    head.post("/siyahilar/teqvim", {"day": "24.11.2026", "kind": "holiday", "note": "Təcili", "il": "2026"})
    assert words_at(here, wednesday) == "1 iş günü qalır"
    head.post("/siyahilar/teqvim", {"day": "25.11.2026", "kind": "holiday", "note": "Təcili", "il": "2026"})
    assert words_at(here, wednesday) == "İş günü qalmayıb"
    here.clock.set(wednesday + timedelta(days=1))
    head.log_in("head")
    assert words_at(here, monday + timedelta(hours=1)) == "1 iş günü gecikir"
    head.post("/siyahilar/teqvim", {"day": "26.11.2026", "kind": "holiday", "note": "Təcili", "il": "2026"})
    assert words_at(here, monday + timedelta(hours=1)) == "Müddət bitib"


def words_at(here: Site, moment: datetime) -> str:
    with here.app.test_request_context():
        due = due_words(here.services, moment)
    assert due is not None
    return due.words


def test_what_has_no_due_date_has_no_words(here: Site) -> None:
    assert due_words(here.services, None) is None


@pytest.mark.parametrize("language", ["az", "ru", "en"])
@pytest.mark.parametrize("tab", ["menim", "idarem", "hamisi"])
def test_the_page_holds_to_the_rules_in_every_language(dispatcher: Browser, tab: str, language: str) -> None:
    dispatcher.get(f"/novbe?siyahi={tab}&dil={language}")
    assert f'lang="{language}"' in dispatcher.text


@pytest.mark.parametrize(("language", "words"), [("az", "Digər"), ("ru", "Другое"), ("en", "Other")])
def test_a_reason_is_said_in_the_readers_language(here: Site, language: str, words: str) -> None:
    with here.installation.database.step() as connection:
        shipped.fill_empty(connection)
    here.installation.operations.include((meter_installation.operations,))
    with here.app.test_request_context(headers={"Cookie": f"dil={language}"}):
        assert facet_text("reason", "Digər") == words
        assert facet_text("reason", "Köhnə söz") == "Köhnə söz"
        assert facet_text("district", "Digər") == "Digər"
