"""
The pages in a real Chromium: accessible by axe's rules, no wider than a phone, and alive under the strict policy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from tests.support.served import served
from tests.support.site import PASSWORD, Site
from tests.web.office import open_office

pytestmark = pytest.mark.browser


@pytest.fixture
def page(here: Site, chromium: Chromium) -> Iterator[Page]:
    """
    Open a tab of a fresh browser on the served site; what its console complains of fails the test.
    """
    complaints: list[str] = []
    with served(here.app) as address:
        context = chromium.new_context(base_url=address)
        tab = context.new_page()
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        yield tab
        context.close()
    assert complaints == []


def _log_in(page: Page, name: str, path: str = "/kabinet") -> None:
    page.goto(path)
    page.get_by_label("İstifadəçi adı").fill(name)
    page.get_by_label("Şifrə", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Daxil ol").click()
    page.wait_for_url(f"**{path}")


def _check(page: Page) -> None:
    """Hold the page to axe's rules and to the width of a desk and a phone."""
    for width in (1280, 375):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
        found = Axe().run(page).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == [], page.url
    page.set_viewport_size({"width": 1280, "height": 800})


def test_the_citizens_way_is_accessible_on_desk_and_phone(page: Page) -> None:
    for path in ("/", "/xidmet/small", "/giris", "/giris/asan-imza", "/yoxdur"):
        page.goto(path)
        _check(page)
    _log_in(page, "citizen")
    _check(page)
    page.get_by_role("button", name="Yeni müraciət yarat").click()
    send = page.locator(".govuk-button-group .govuk-button").first
    page.wait_for_url("**/tapsiriq/*")
    send.click()
    page.wait_for_function("document.title.startsWith('Səhv')")
    assert page.evaluate("document.activeElement.className").startswith("govuk-error-summary")
    _check(page)
    page.locator("#field-code").fill("1000000001")
    for title in ("confirm_warning", "apply"):
        send.click()
        page.wait_for_function(f"document.title.startsWith('{title}')")
        _check(page)
    page.select_option("#field-reason", "old")
    page.locator("#field-email").fill("a@example.com")
    page.locator("#field-notes").fill("söz" * 60)
    send.click()
    page.wait_for_function("document.title.startsWith('check_answers')")
    _check(page)
    page.locator("dd button").nth(1).click()
    page.wait_for_url("**#field-email")
    send.click()
    page.wait_for_function("document.title.startsWith('check_answers')")
    send.click()
    page.wait_for_url("**/qebul")
    _check(page)
    page.get_by_role("button", name="Müraciətin statusunu yoxla").click()
    page.wait_for_url("**/muraciet/*-*")
    _check(page)
    page.goto("/muracietler")
    _check(page)


def test_fields_open_and_close_at_once_and_nothing_typed_is_lost(here: Site, page: Page) -> None:
    here.registered()
    path = here.open_task("decide")
    _log_in(page, "dispatcher", path)
    page.set_input_files("input[name=photos]", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff"})
    page.get_by_label("İmtina et").check()
    ground = page.get_by_label("Əsaslandırma")
    ground.wait_for()
    assert page.evaluate("document.activeElement.value") == "refuse"
    ground.fill("yarımçıq mətn")
    assert page.evaluate("document.querySelector('input[name=photos]').files.length") == 1
    _check(page)
    page.get_by_label("Gözlə").check()
    ground.wait_for(state="detached")
    page.get_by_role("button", name="İcraya götür").click()
    page.get_by_text("Tapşırıq sizdədir").wait_for()


def test_everything_works_without_a_script(here: Site, chromium: Chromium) -> None:
    here.registered()
    with served(here.app) as address:
        context = chromium.new_context(base_url=address, java_script_enabled=False)
        page = context.new_page()
        _log_in(page, "dispatcher", here.open_task("decide"))
        page.get_by_label("İmtina et").check()
        page.get_by_role("button", name="Davam et", exact=True).click()
        page.get_by_label("Əsaslandırma").fill("Su xətti yararsızdır")
        page.get_by_role("button", name="Davam et", exact=True).click()
        expect(page).to_have_title(re.compile("^record"))
        context.close()


def test_an_operator_is_guided_to_an_intervention_on_desk_and_phone(here: Site, page: Page) -> None:
    office = open_office(here)
    page.route("**/js/diagram.js", lambda route: route.abort())  # the small process has no picture
    _log_in(page, "operator", office.case)
    page.get_by_role("button", name="Müraciətə müdaxilə").click()
    _check(page)
    page.get_by_role("link", name="Tapşırığı ötür").click()
    page.get_by_role("button", name="Nə olacağına bax", exact=True).last.click()
    page.get_by_text("Problem var").wait_for()
    _check(page)
    page.get_by_label("Səbəb", exact=True).fill("Abonentin zəngi əsasında, " + "uzun səbəb " * 20)
    page.get_by_role("button", name="Nə olacağına bax", exact=True).last.click()
    page.get_by_role("heading", name="Abonent görəcək").wait_for()
    _check(page)
    page.get_by_role("button", name="Təsdiq et").click()
    page.get_by_text("Müdaxilə yerinə yetirildi").wait_for()
    _check(page)
