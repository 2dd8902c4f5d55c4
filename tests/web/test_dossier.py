"""
The case page: who reads what, what may be done from it, the diagram's data, and its price.
"""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from engine.tables import Audit, Incident, MailLog, Task
from tests.support.installation import counted
from tests.support.site import Browser, Site
from tests.web.office import INSIDE, OUTSIDE, Office, open_office


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


@pytest.mark.parametrize("path", ["", "/diaqram.json"])
@pytest.mark.parametrize("who", INSIDE)
def test_the_office_and_operators_open_the_case(office: Office, who: str, path: str) -> None:
    assert office.browser(who).get(office.case + path).status_code == 200


@pytest.mark.parametrize("path", ["", "/diaqram.json"])
@pytest.mark.parametrize(
    ("who", "status"), [("elsewhere", 404), ("analyst", 404), ("stranger", 403), ("citizen", 403), (None, 200)]
)
def test_nobody_else_opens_it(office: Office, who: str | None, status: int, path: str) -> None:
    browser = office.browser(who)
    assert browser.get(office.case + path).status_code == status
    assert "Zərdabi" not in browser.text
    if who is None:
        assert browser.url == "/giris"


def test_other_cases_and_no_cases_read_alike(office: Office) -> None:
    elsewhere = office.browser("elsewhere")
    elsewhere.get(office.case)
    hidden = elsewhere.words
    elsewhere.get("/is/4831-7720-9155")
    assert elsewhere.words == hidden


def test_the_page_tells_facts_answers_history_and_tasks(office: Office, dispatcher: Browser) -> None:
    dispatcher.get(office.case)
    for shown in (
        office.number,
        "Sınaqlı citizen",
        "a@example.com",
        "Yeni sayğacın quraşdırılması",
        "«apply» icra edildi",
        "Müraciət başlandı",
        "Tapşırıq növbədədir",
        "Qeydiyyata alındı",
        "Nəsimi",
    ):
        assert shown in dispatcher.words


def test_the_diagram_is_told_as_text_too(office: Office, dispatcher: Browser) -> None:
    dispatcher.get(office.case)
    assert "decide – hazırkı addım" in dispatcher.words
    assert "apply – keçilib" in dispatcher.words
    assert "record –" not in dispatcher.words
    assert '<details class="given" id="stages" open>' in dispatcher.text


def test_the_diagram_s_data_are_the_drawing_the_path_and_the_token(office: Office, dispatcher: Browser) -> None:
    answer = dispatcher.get(office.case + "/diaqram.json").get_json()
    assert answer["tokens"] == ["decide"]
    assert {"apply", "apply__check_answers", "register_case"} <= set(answer["path"])
    assert answer["xml"].startswith("<definitions")


def test_a_task_is_claimed_put_back_and_given_from_the_page(office: Office, dispatcher: Browser) -> None:
    task = office.task
    dispatcher.get(office.case)
    dispatcher.post(f"/tapsiriq/{task}/gotur")
    dispatcher.get(office.case)
    assert "Tapşırıq sizdədir" in dispatcher.words
    dispatcher.post(f"/tapsiriq/{task}/qaytar")
    dispatcher.get(office.case)
    assert "Tapşırıq növbədədir" in dispatcher.words

    colleague = office.site.people["colleague"]
    dispatcher.post(f"{office.case}/ver", {"task": task, "person": str(colleague.person_id)})
    assert "Tapşırıq əməkdaşa verildi." in dispatcher.words
    assert "İcra edir: colleague Sınaqlı" in dispatcher.words or "Sınaqlı colleague" in dispatcher.words
    (row,) = [row for row in office.site.installation.rows(Task) if row.id == task]
    assert row.claimed_by == colleague.person_id
    assert "«decide» əməkdaşa verildi: Sınaqlı colleague" in dispatcher.words


def test_a_head_gives_what_somebody_else_holds_to_a_third(office: Office, dispatcher: Browser) -> None:
    task, colleague = office.task, office.site.people["colleague"]
    dispatcher.post(f"/tapsiriq/{task}/gotur")
    head = office.browser("head")
    head.get(office.case)
    assert f'<option value="{colleague.person_id}">' in head.text
    head.post(f"{office.case}/ver", {"task": task, "person": str(colleague.person_id)})
    assert "Tapşırıq əməkdaşa verildi." in head.words
    assert "«decide» əməkdaşa verildi: Sınaqlı colleague" in head.words and "Sınaqlı head" in head.words
    (row,) = [row for row in office.site.installation.rows(Task) if row.id == task]
    assert row.claimed_by == colleague.person_id
    (audit,) = [row for row in office.site.installation.rows(Audit) if row.event == "given"]
    holders = {"from": office.site.people["dispatcher"].person_id, "holder": colleague.person_id}
    assert audit.detail == {"task": task, **holders}
    assert audit.actor_id == office.site.people["head"].person_id
    assert dispatcher.get(f"/tapsiriq/{task}").status_code == 200
    assert "Tapşırığı icra edir: colleague Sınaqlı" in dispatcher.words


@pytest.mark.parametrize("who", ["elsewhere", "analyst", "operator"])
def test_who_may_not_do_a_task_and_leads_nobody_can_not_give_it(office: Office, who: str) -> None:
    task, browser = office.task, office.browser(who)
    browser.get("/novbe")
    colleague = office.site.people["colleague"].person_id
    answer = browser.post(f"{office.case}/ver", {"task": task, "person": str(colleague)})
    assert answer.status_code in {403, 404}
    assert {row.claimed_by for row in office.site.installation.rows(Task)} == {None}


@pytest.mark.parametrize("person", ["", "x", "-1", "9" * 30, "٣", "999999"])
def test_a_task_is_given_to_real_colleagues_only(office: Office, dispatcher: Browser, person: str) -> None:
    task = office.task
    dispatcher.get(office.case)
    assert dispatcher.post(f"{office.case}/ver", {"task": task, "person": person}).status_code in {400, 403}
    assert {row.claimed_by for row in office.site.installation.rows(Task)} == {None}


def test_an_operator_reads_no_personal_data(office: Office) -> None:
    _add_mail_and_incident(office)
    operator = office.browser("operator")
    operator.get(office.case)
    assert "Şəxsi məlumatlar sizin vəzifəniz üçün gizlədilib" in operator.words
    assert "gizlədilib" in operator.words
    for secret in ("a@example.com", "citizen", "Zərdabi", "1000000001", "aygun@"):
        assert secret not in operator.words
    assert "Məktub rədd edildi" in operator.words


def test_a_stopped_case_says_so(office: Office, dispatcher: Browser) -> None:
    _add_mail_and_incident(office)
    dispatcher.get(office.case)
    assert "Nasazlıq var" in dispatcher.words
    assert "Operator nasazlığı görür" in dispatcher.words
    assert "aygun@example.az" in dispatcher.words


def _add_mail_and_incident(office: Office) -> None:
    installation = office.site.installation
    case_id = next(iter(installation.rows(Task))).case_id
    now = office.site.clock.now()
    with installation.database.step() as connection:
        incident = {"case_id": case_id, "code": "mail_refused", "message": "The server refused it.", "opened_at": now}
        connection.execute(insert(Incident).values(**incident))
        mail = {"id": "m@x", "case_id": case_id, "letter": "registered", "recipient": "aygun@example.az"}
        connection.execute(insert(MailLog).values(**mail, state="refused", at=now))


def test_the_page_takes_the_same_statements_however_old_the_case_is(office: Office, dispatcher: Browser) -> None:
    dispatcher.get(office.case)
    with counted(office.site.installation.database) as sent:
        dispatcher.get(office.case)
    # session; case, audit, tasks, jobs, answers, documents, mails, incidents; offices; colleagues: task and people
    assert len(sent) == 12


@pytest.mark.parametrize("language", ["az", "ru", "en"])
@pytest.mark.parametrize("who", INSIDE)
def test_the_page_holds_to_the_rules_in_every_language(office: Office, who: str, language: str) -> None:
    browser = office.browser(who)
    browser.get(f"{office.case}?dil={language}")
    assert f'lang="{language}"' in browser.text


def test_who_stands_outside_is_complete(office: Office) -> None:
    assert {*INSIDE, *OUTSIDE, "citizen"} == set(office.site.people)
