"""
Who has read whose data: every door to it is noted, once in a while, and heads see it; what is masked needs a reason.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.exc import DatabaseError

from engine.reading.readings import SHOWN
from engine.tables import Audit, Case, Document, File, MailLog, Person, Reading
from tests.support.installation import Install, counted
from tests.support.site import Browser, Site, operations, site
from tests.web.office import Office, open_office
from web.readings import SAME

REASON = "Abonent zəng edib, ünvanı dəqiqləşdirirəm"
FIN = "5AB12C7"


@pytest.fixture
def office(here: Site) -> Office:
    """
    Open an office whose case has a letter, a file and a mail; the applicant's FIN is known.
    """
    office = open_office(here)
    now, staff = here.clock.now(), here.people["colleague"].person_id
    (case,) = here.installation.rows(Case)
    stored = here.installation.ports.files.put(b"%PDF-")
    file = {"id": stored.id, "case_id": case.id, "owner_id": staff, "name": "a.pdf", "type": "application/pdf"}
    document = {"id": "letter", "case_id": case.id, "kind": "act", "number": "N-1", "language": "az", "facts": {}}
    mail = {"id": "m", "case_id": case.id, "letter": "registered", "recipient": "aygun@example.az", "state": "sent"}
    with here.installation.database.step() as connection:
        connection.execute(insert(File).values(**file, size=5, sha256=stored.sha256, stored_at=now))
        connection.execute(insert(Document).values(**document, created_at=now, file_id=stored.id))
        connection.execute(insert(MailLog).values(**mail, at=now))
        connection.execute(update(Person).where(Person.username == "citizen").values(fin=FIN))
    return office


def _noted(office: Office) -> list[tuple[str, str]]:
    names = {actor.person_id: name for name, actor in office.site.people.items()}
    return [(names[row.person_id], row.kind) for row in office.site.installation.rows(Reading)]


def _doors(office: Office) -> dict[str, str]:
    file = next(row.id for row in office.site.installation.rows(File))
    return {
        "list": "/novbe?siyahi=hamisi",
        "case": office.case,
        "task": f"/tapsiriq/{office.task}",
        "status": f"/muraciet/{office.number}",
        "letter": "/sened/letter/yukle",
        "file": f"/fayl/{file}",
    }


@pytest.mark.parametrize("who", ["dispatcher", "head", "citizen", "operator", "analyst", "stranger", "elsewhere"])
def test_every_door_to_somebodys_data_is_noted_and_nothing_else(office: Office, who: str) -> None:
    browser = office.browser(who)
    for path in _doors(office).values():
        browser.client.get(path, follow_redirects=True).close()
    does = {"dispatcher": list(_doors(office)), "head": [kind for kind in _doors(office) if kind != "task"]}
    assert _noted(office) == [(who, kind) for kind in does.get(who, [])]


def test_a_list_is_one_reading_that_names_its_cases(office: Office) -> None:
    office.browser("head").get("/novbe?siyahi=hamisi")
    (row,) = office.site.installation.rows(Reading)
    assert (row.cases, row.case_id) == ([case.id for case in office.site.installation.rows(Case)], None)


def test_the_same_reading_is_noted_again_only_after_a_while(office: Office) -> None:
    browser = office.browser("dispatcher")
    for _ in range(3):
        browser.get(office.case)
    # the log-in led to the office's list
    assert _noted(office) == [("dispatcher", "list"), ("dispatcher", "case")]
    office.site.clock.advance(SAME)
    browser.get(office.case)
    assert len(_noted(office)) == 3


def test_a_reading_costs_one_statement_and_its_repetition_none(office: Office) -> None:
    browser, path = office.browser("dispatcher"), office.case
    seen = []
    for pause in (timedelta(0), SAME, timedelta(0)):
        office.site.clock.advance(pause)
        browser.get("/novbe")
        with counted(office.site.installation.database) as sent:
            browser.get(path)
        seen.append(sent)
    _, noted, repeated = seen
    assert [one for one in noted if one.startswith("INSERT")] == [noted[-1]]
    assert "INTO reading" in noted[-1]
    # the calendar of working days is read anew after a while
    assert [one for one in noted[:-1] if "calendar_day" not in one] == repeated


def test_what_cant_be_noted_is_not_shown(office: Office) -> None:
    browser, path = office.browser("dispatcher"), office.case
    with office.site.installation.database.step() as connection:
        connection.exec_driver_sql(
            "create trigger full before insert on reading begin select raise(abort, 'full'); end"
        )
    office.site.app.config["PROPAGATE_EXCEPTIONS"] = False
    page = browser.client.get(path)
    assert page.status_code == 500
    assert "a@example.com" not in page.text and "Zərdabi" not in page.text


def test_a_reading_is_never_changed_and_never_deleted(install: Install) -> None:
    office = open_office(site(install(operations())))
    office.browser("dispatcher").get(office.case)
    for change in (update(Reading).values(kind="list"), delete(Reading)):
        with pytest.raises(DatabaseError, match="append-only"), office.site.installation.database.step() as connection:
            connection.execute(change)
    assert _noted(office) == [("dispatcher", "list"), ("dispatcher", "case")]


def test_heads_see_who_has_read_a_case_and_others_do_not(office: Office) -> None:
    dispatcher = office.browser("dispatcher")
    dispatcher.get(office.case)
    dispatcher.get(_doors(office)["letter"]).close()
    head = office.browser("head")
    head.get(office.case)
    assert "Kim baxıb" in head.words and "Sınaqlı dispatcher" in head.words and "Sənəd yüklənib" in head.words
    for other in ("colleague", "operator"):
        browser = office.browser(other)
        browser.get(office.case)
        assert "Kim baxıb" not in browser.words


def test_an_operator_sees_masked_data_until_a_reason_is_given_and_again_after_a_while(office: Office) -> None:
    operator = office.browser("operator")
    operator.get(office.case)
    assert "a***@example.com" in operator.words and "5AB***7" in operator.words and "a***@example.az" in operator.words
    secrets = ("a@example.com", "aygun@example.az", FIN, "Zərdabi", "Sınaqlı citizen")
    for secret in secrets:
        assert secret not in operator.words
    operator.post(f"{office.case}/goster", {"reason": REASON})
    assert "Şəxsi məlumatlar 15 dəqiqə göstərilir" in operator.words
    for secret in secrets:
        assert secret in operator.words
    assert operator.client.get("/sened/letter/yukle").status_code == 404
    office.site.clock.advance(SHOWN)
    operator.get(office.case)
    for secret in secrets:
        assert secret not in operator.words


def test_staff_see_the_fin_masked_until_a_reason_is_given(office: Office) -> None:
    dispatcher, colleague = office.browser("dispatcher"), office.browser("colleague")
    dispatcher.get(office.case)
    assert "5AB***7" in dispatcher.words and FIN not in dispatcher.words
    dispatcher.post(f"{office.case}/goster", {"reason": REASON})
    assert FIN in dispatcher.words
    colleague.get(office.case)
    assert FIN not in colleague.words


def test_a_disclosure_is_in_the_audit_and_its_reason_before_the_head(office: Office) -> None:
    operator = office.browser("operator")
    operator.get(office.case)
    operator.post(f"{office.case}/goster", {"reason": REASON})
    (audit,) = [row for row in office.site.installation.rows(Audit) if row.event == "disclosed"]
    assert audit.actor_id == office.site.people["operator"].person_id
    assert REASON not in str(audit.detail)
    head = office.browser("head")
    head.get(office.case)
    assert "Gizlədilmiş şəxsi məlumatlar göstərildi" in head.words
    assert f"Səbəb: {REASON}" in head.words


@pytest.mark.parametrize("reason", ["", "   ", "çünki", "a" + " " * 20 + "b"])
def test_without_a_real_reason_nothing_is_shown_and_what_was_typed_stays(office: Office, reason: str) -> None:
    operator = office.browser("operator")
    operator.get(office.case)
    page = operator.post(f"{office.case}/goster", {"reason": reason})
    assert page.status_code == 422
    assert "Səbəbi yazın: ən azı 10 işarə" in operator.words
    assert "a@example.com" not in operator.words
    assert not [row for row in office.site.installation.rows(Audit) if row.event == "disclosed"]


@pytest.mark.parametrize(("who", "status"), [("elsewhere", 404), ("analyst", 404), ("stranger", 403), ("citizen", 403)])
def test_who_may_not_see_a_case_is_shown_nothing_for_a_reason(office: Office, who: str, status: int) -> None:
    browser = office.browser(who)
    browser.get("/kabinet")
    assert browser.post(f"{office.case}/goster", {"reason": REASON}).status_code == status
    assert not office.site.installation.rows(Reading)


@pytest.mark.parametrize("language", ["az", "ru", "en"])
@pytest.mark.parametrize("who", ["head", "operator"])
def test_the_page_with_its_error_holds_to_the_rules_in_every_language(office: Office, who: str, language: str) -> None:
    browser: Browser = office.browser(who)
    browser.get(f"{office.case}?dil={language}")
    browser.post(f"{office.case}/goster", {"reason": "x"})
    assert browser.page is not None and browser.page.status_code == 422
    office.site.clock.advance(timedelta(minutes=1))
