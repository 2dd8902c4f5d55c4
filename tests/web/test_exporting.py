"""
Lists as files: what is seen, all of it, and nothing that a table program would run.
"""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, update

from engine.tables import Case, Incident, Reading
from tests.support.site import Browser, Site
from tests.web.office import Office, open_office
from web.exporting import export

MOMENT = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
EVIL = ["=1+1", "+994501234567", "-2", "@SUM(A1)", "\tx", "a,b", 'say "no"', "two\nlines"]


@pytest.fixture
def office(here: Site) -> Office:
    """
    Open an office with one case.
    """
    return open_office(here)


def _read(browser: Browser, url: str) -> list[list[str]]:
    answer = browser.client.get(url)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def _sheet(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return book.read("xl/worksheets/sheet1.xml").decode() + book.read("docProps/app.xml").decode()


def test_what_looks_like_a_formula_stays_a_text(here: Site) -> None:
    with here.app.test_request_context():
        found = export("csv", "x", ["a"], [[text] for text in EVIL]).get_data().decode("utf-8-sig")
        sheet = _sheet(export("xlsx", "x", ["a"], [[text] for text in EVIL]).get_data())
    cells = [row[0] for row in csv.reader(io.StringIO(found, newline=""))][1:]
    assert cells == [f"'{text}" if text[0] in "=+-@\t" else text for text in EVIL]
    assert "<f>" not in sheet and "=1+1" in sheet


def test_dates_are_dates_of_baku_and_numbers_numbers(here: Site) -> None:
    with here.app.test_request_context():
        text = export("csv", "x", ["a", "b", "c"], [[MOMENT, 7, None]]).get_data().decode("utf-8-sig")
        sheet = _sheet(export("xlsx", "x", ["a", "b", "c"], [[MOMENT, 7, None]]).get_data())
    assert text.splitlines()[1] == "2026-11-23 10:30,7,"
    # 46349 days since 1899-12-30, and 10:30
    assert "<v>46349.4375</v>" in sheet and "<v>7</v>" in sheet


@pytest.mark.parametrize("kind", ["pdf", "exe", "csv.html"])
def test_there_are_no_other_files(office: Office, kind: str) -> None:
    assert office.browser("operator").client.get(f"/nasazliqlar/siyahi.{kind}").status_code == 404


def test_a_list_is_handed_out_to_its_end_with_the_filters_of_its_address(office: Office) -> None:
    now = office.site.clock.now()
    rows = [{"code": "job_failed" if n % 3 else "mail_refused", "message": "-", "opened_at": now} for n in range(120)]
    with office.site.installation.database.step() as connection:
        connection.execute(insert(Incident), rows)
    operator = office.browser("operator")
    assert len(_read(operator, "/nasazliqlar/siyahi.csv")) == 121
    found = _read(operator, "/nasazliqlar/siyahi.csv?kod=mail_refused&endpoint=x&kind=y&_external=1")
    assert len(found) == 41 and {row[2] for row in found[1:]} == {"Məktub rədd edildi"}


def test_staff_take_their_list_with_names_and_it_is_noted_operators_without(office: Office) -> None:
    head, operator = office.browser("head"), office.browser("operator")
    before = len(office.site.installation.rows(Reading))
    found = _read(head, "/novbe/siyahi.csv?siyahi=hamisi")
    assert found[1][0] == office.number and "citizen" in found[1][1]
    assert len(office.site.installation.rows(Reading)) == before + 1
    masked = _read(operator, "/novbe/siyahi.csv?siyahi=hamisi")
    assert masked[1][0] == office.number and not masked[1][1]
    assert "Zərdabi" not in str(masked) and "Zərdabi" in str(found)
    assert len(office.site.installation.rows(Reading)) == before + 1
    assert len(_read(office.browser("elsewhere"), "/novbe/siyahi.csv?siyahi=hamisi")) == 1


def test_the_page_offers_its_own_filters_as_a_file(office: Office) -> None:
    browser = office.browser("head")
    browser.get("/novbe?siyahi=hamisi&f.district=N%C9%99simi&kind=x")
    assert "/novbe/siyahi.xlsx?f.district=N%C9%99simi&amp;siyahi=hamisi" in browser.text


def test_a_sheet_holds_what_the_page_shows(office: Office) -> None:
    with office.site.installation.database.step() as connection:
        connection.execute(update(Case).values(public_status="=HYPERLINK(1)"))
    answer = office.browser("operator").client.get("/nezaret/muracietler/siyahi.xlsx")
    assert answer.mimetype.endswith("spreadsheetml.sheet")
    sheet = _sheet(answer.data)
    assert office.number in sheet and "<f>" not in sheet
