"""
From the list of services to the signed act and the e-mail, clicked through; no page breaks one of axe's rules.
"""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from email.message import Message

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from sqlalchemy import select

from engine.tables import Document
from tests.browser.conftest import Live
from tests.support.meters import ACT
from tests.support.site import PASSWORD

pytestmark = pytest.mark.browser

CONFIRMATION = (
    "Müraciətiniz qeydiyyata alındı. Xidmətimizdən istifadə etdiyiniz üçün sizə təşəkkür edirik. Müraciət nömrəniz:"
)


def check(page: Page) -> None:
    """Nothing wider than the window, no violation, no script error."""
    report = Axe().run(page)
    assert report.violations_count == 0, report.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


def log_in(page: Page, live: Live, name: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{live.url}/giris")
    page.get_by_label("İstifadəçi adı").fill(name)
    page.get_by_label("Şifrə", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Daxil ol", exact=True).click()


def send(page: Page, button: str) -> None:
    check(page)
    page.locator("main").get_by_role("button", name=button, exact=True).click()


def apply(page: Page, live: Live, code: str) -> str:
    log_in(page, live, "aysel")
    page.goto(live.url)
    check(page)
    page.get_by_role("link", name="Su sayğaclarının quraşdırılması müraciəti").first.click()
    page.goto(f"{live.url}/kabinet")
    send(page, "Yeni müraciət yarat")
    page.get_by_label("Abonent kodu").fill("12345678")
    send(page, "Davam et")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    page.get_by_label("Abonent kodu").fill(code)
    send(page, "Davam et")
    send(page, "Davam et")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    page.get_by_label("Müraciət səbəbi").select_option(index=1)
    page.locator("[name=telephone]").fill("050 123 45 67")
    page.locator("[name=email]").fill("aysel@example.az")
    page.locator("[name=notes]").fill("Zəng edin")
    send(page, "Davam et")
    expect(page.locator("main")).to_contain_text("aysel@example.az")
    send(page, "Müraciət et")
    expect(page.locator("main")).to_contain_text(CONFIRMATION)
    check(page)
    return re.search(r"\d{4}-\d{4}-\d{4}", page.locator("main").inner_text()).group()  # type: ignore[union-attr]


def open_task(page: Page, live: Live, name: str, element: str, case_id: int = 1) -> None:
    log_in(page, live, name)
    expect(page.locator("h1")).to_be_visible()
    check(page)
    page.goto(f"{live.url}/tapsiriq/{live.utility.site.open_tasks(case_id)[element]}")


def choose(page: Page, key: str, value: str) -> None:
    page.locator(f"[name={key}][value='{value}']").check()


def fill(page: Page, **answers: str) -> None:
    for key, value in answers.items():
        control = page.locator(f"main [name={key}]").first
        if control.get_attribute("type") in {"radio", "checkbox"}:
            choose(page, key, value)
        elif control.evaluate("e => e.tagName") == "SELECT":
            control.select_option(value)
        else:
            control.fill(value)


def part(message: Message, kind: str) -> Message:
    return next(one for one in message.walk() if one.get_content_type() == kind)


def test_an_application_lives_to_the_act_and_the_mail(live: Live, page: Page) -> None:
    number = apply(page, live, "1000000001")
    live.worker.run_once()
    open_task(page, live, "resid", "assign_executor")
    choose(page, "assignment", "assign")
    choose(page, "executors", str(live.utility.fitter.person_id))
    fill(page, visit_date="27.11.2026")
    choose(page, "visit_window", "09:00–12:00")
    page.get_by_role("button", name="Təsdiqlə", exact=True).click()
    live.utility.site.clock.set(datetime(2026, 11, 27, 7, tzinfo=UTC))
    open_task(page, live, "tural", "record_visit")
    assert page.get_by_role("link", name="050 123 45 67").get_attribute("href") == "tel:0501234567"
    choose(page, "visit_outcome", "installed")
    check(page)
    page.get_by_role("button", name="Davam et", exact=True).click()
    fill(page, **ACT)
    check(page)
    page.get_by_role("button", name="Akt tərtib et", exact=True).click()
    assert live.utility.site.open_tasks(1) == {}
    live.worker.run_once()

    subjects = [str(message["subject"]) for message in live.post.messages]
    assert len(subjects) == 3  # registered, visit planned, installed
    assert all(message["to"] == "aysel@example.az" for message in live.post.messages)
    act = PdfReader(io.BytesIO(part(live.post.messages[-1], "application/pdf").get_payload(decode=True)))
    text = "\n".join(sheet.extract_text() for sheet in act.pages)
    assert "A1234567" in text and "0,125" in text and "P100" in text

    log_in(page, live, "aysel")
    page.goto(f"{live.url}/muraciet/{number}")
    expect(page.locator("main")).to_contain_text("İcra olundu – sayğac quraşdırıldı")
    check(page)
    with live.utility.site.database.read() as connection:
        paper = connection.scalar(select(Document.id).where(Document.kind == "act"))
    page.context.clear_cookies()
    page.goto(f"{live.url}/yoxla/{paper}")
    expect(page.locator("main")).to_contain_text("Bu sənəd")
    check(page)


def test_an_active_meter_is_warned_of_and_gone_on_with(live: Live, page: Page) -> None:
    log_in(page, live, "aysel")
    page.goto(f"{live.url}/kabinet")
    send(page, "Yeni müraciət yarat")
    page.get_by_label("Abonent kodu").fill("1000000002")
    send(page, "Davam et")
    expect(page.locator("main")).to_contain_text("aktiv sayğac mövcuddur")
    send(page, "Abonent kodunu dəyiş")
    expect(page.get_by_label("Abonent kodu")).to_have_value("1000000002")
    send(page, "Davam et")
    send(page, "Davam et")
    expect(page.get_by_label("Müraciət səbəbi")).to_be_visible()


def test_without_javascript_an_application_is_sent(live: Live, chromium) -> None:
    context = chromium.new_context(viewport={"width": 375, "height": 800}, java_script_enabled=False)
    page = context.new_page()
    log_in(page, live, "aysel")
    page.goto(f"{live.url}/kabinet")
    page.get_by_role("button", name="Yeni müraciət yarat", exact=True).click()
    page.get_by_label("Abonent kodu").fill("1000000001")
    page.get_by_role("button", name="Davam et", exact=True).click()
    page.get_by_label("Müraciət səbəbi").select_option(index=1)
    page.locator("[name=telephone]").fill("0501234567")
    page.locator("[name=email]").fill("aysel@example.az")
    page.get_by_role("button", name="Davam et", exact=True).click()
    page.get_by_role("button", name="Müraciət et", exact=True).click()
    expect(page.locator("main")).to_contain_text(CONFIRMATION)
    page.go_back()
    expect(page.locator("h1")).to_be_visible()
    expect(page.get_by_role("button", name="Müraciət et", exact=True)).to_have_count(0)
    assert list(live.utility.site.open_tasks(1)) == ["assign_executor"]
    context.close()


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_pages_speak_other_languages(live: Live, page: Page, language: str) -> None:
    log_in(page, live, "aysel")
    page.locator(f"a[hreflang={language}], a[lang={language}]").first.click()
    expect(page.locator("html")).to_have_attribute("lang", language)
    assert "Yeni müraciət" not in page.locator("main").inner_text()
    check(page)
