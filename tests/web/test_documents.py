"""
Letters and uploads: who gets them, under which name, and what a stranger learns of a letter.
"""

from __future__ import annotations

import pytest
from sqlalchemy import insert, update

from engine.tables import Document, File, Task
from processes import addresses
from tests.support.site import Browser, Site
from tests.web.office import Office, open_office
from web.documents import CONFIRMED_AN_HOUR

ACT, WAITING = "a" * 32, "b" * 32
FACTS = {
    "office": "Mərkəz Sukanal İdarəsi",
    "subscriber": "Gizli Ad",
    "address": "Gizli küçə 5",
    "subscriber_code": "1000000001",
    "drawn_up_at": "2026-11-20T10:00:00+04:00",
    "meter": {"number": "AZ-00123456", "make": "Alfasu"},
}


@pytest.fixture
def office(here: Site) -> Office:
    """
    Open an office with one case, an act that is ready and a refusal that is not, and a photograph.
    """
    office = open_office(here)
    installation = here.installation
    case_id = installation.rows(Task)[-1].case_id
    now = here.clock.now()
    with installation.database.step() as connection:
        for content, kind, name in (
            (b"%PDF-1.7 act", "application/pdf", "act.pdf"),
            (b"JPEG", "image/jpeg", 'Əə "1".jpg'),
        ):
            stored = installation.ports.files.put(content)
            row = {"id": stored.id, "case_id": case_id, "name": name, "type": kind, "size": stored.size}
            owner = here.people["dispatcher"].person_id if kind == "image/jpeg" else None
            connection.execute(insert(File).values(**row, sha256=stored.sha256, stored_at=now, owner_id=owner))
        pdf = connection.scalar(File.__table__.select().with_only_columns(File.id).where(File.name == "act.pdf"))
        common = {"case_id": case_id, "language": "az", "facts": FACTS, "created_at": now}
        connection.execute(insert(Document).values(id=ACT, kind="act", number="MRK-2026/000001", file_id=pdf, **common))
        connection.execute(insert(Document).values(id=WAITING, kind="refusal", number="MRK-2", **common))
    return office


def _photo(office: Office) -> str:
    return next(row.id for row in office.site.installation.rows(File) if row.type == "image/jpeg")


@pytest.mark.parametrize("who", ["citizen", "dispatcher", "colleague", "head"])
def test_the_applicant_and_the_office_download_the_act(office: Office, who: str) -> None:
    answer = office.browser(who).client.get(f"/sened/{ACT}/yukle", buffered=True)
    assert (answer.status_code, answer.data) == (200, b"%PDF-1.7 act")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Akt MRK-2026-000001.pdf"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("who", ["stranger", "elsewhere", "operator", "analyst"])
def test_nobody_else_downloads_anything(office: Office, who: str) -> None:
    browser = office.browser(who)
    for path in (f"/sened/{ACT}/yukle", f"/sened/{WAITING}/yukle", f"/fayl/{_photo(office)}"):
        answer = browser.get(path)
        assert answer.status_code == 404
        assert b"PDF" not in answer.data


def test_downloads_ask_to_log_in(office: Office) -> None:
    visitor = office.browser(None)
    for path in (f"/sened/{ACT}/yukle", f"/fayl/{_photo(office)}"):
        visitor.get(path)
        assert visitor.url == "/giris"


@pytest.mark.parametrize("who", ["citizen", "dispatcher"])
def test_a_letter_that_is_not_rendered_yet_says_so(office: Office, who: str) -> None:
    browser = office.browser(who)
    assert browser.get(f"/sened/{WAITING}/yukle").status_code == 202
    assert "Sənəd hazırlanır" in browser.words


def test_an_upload_keeps_the_name_that_its_owner_gave_it(office: Office) -> None:
    answer = office.browser("head").client.get(f"/fayl/{_photo(office)}", buffered=True)
    assert answer.status_code == 200
    assert "filename*=UTF-8''%C6%8F%C9%99%20%221%22.jpg" in answer.headers["Content-Disposition"]


def test_the_applicant_does_not_get_the_office_s_photographs(office: Office) -> None:
    assert office.browser("citizen").get(f"/fayl/{_photo(office)}").status_code == 404


@pytest.mark.parametrize("name", ["x", "..", "%2e%2e%2fetc", "ə", "a" * 500])
def test_a_made_up_file_is_not_found(office: Office, name: str) -> None:
    assert office.browser("dispatcher").get(f"/fayl/{name}").status_code == 404
    assert office.browser("dispatcher").get(f"/sened/{name}/yukle").status_code == 404


def test_anybody_may_have_an_act_confirmed_and_learns_nothing_personal(office: Office) -> None:
    visitor = office.browser(None)
    assert visitor.get(f"/yoxla/{ACT}").status_code == 200
    for shown in ("Sənəd həqiqidir", "MRK-2026/000001", "20.11.2026", "Mərkəz Sukanal İdarəsi", "…3456"):
        assert shown in visitor.words
    for secret in ("Gizli", "1000000001", "00123456", "Alfasu", office.number):
        assert secret not in visitor.text


def test_the_address_on_the_paper_leads_to_the_confirmation(office: Office) -> None:
    visitor = office.browser(None)
    visitor.get(addresses.genuine("", ACT))
    assert "Sənəd həqiqidir" in visitor.words


@pytest.mark.parametrize("name", ["c" * 32, "x", "ə", "a" * 500])
def test_an_unknown_letter_is_not_confirmed(office: Office, name: str) -> None:
    visitor = office.browser(None)
    assert visitor.get(f"/yoxla/{name}").status_code == 404
    assert "Belə sənəd tapılmadı" in visitor.words


def test_confirmations_are_limited(office: Office) -> None:
    visitor = office.browser(None)
    for _ in range(CONFIRMED_AN_HOUR):
        assert visitor.client.get(f"/yoxla/{'c' * 32}").status_code == 404
    assert visitor.get(f"/yoxla/{ACT}").status_code == 429


def test_facts_of_another_shape_do_no_harm(office: Office) -> None:
    with office.site.installation.database.step() as connection:
        connection.execute(update(Document).where(Document.id == ACT).values(facts={"meter": "12", "office": None}))
    visitor = office.browser(None)
    assert visitor.get(f"/yoxla/{ACT}").status_code == 200
    assert "20" in visitor.words


@pytest.mark.parametrize("language", ["az", "ru", "en"])
def test_the_pages_hold_to_the_rules_in_every_language(office: Office, citizen: Browser, language: str) -> None:
    for path in (f"/yoxla/{ACT}", f"/yoxla/{'c' * 32}", f"/sened/{WAITING}/yukle"):
        citizen.get(f"{path}?dil={language}")
        assert f'lang="{language}"' in citizen.text
