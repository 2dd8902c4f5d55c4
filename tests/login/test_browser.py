"""
The three means clicked through in a real Chromium, with the simulator on the other side: good ways and bad ones, on the
desk and the phone, in three languages, with JavaScript and without.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from simulator.answers import Answer
from simulator.persons import PASSWORD as PORTAL_PASSWORD
from tests.support.served import served
from tests.support.ways import Town, free_port, simulated, town
from web.login import words

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, str]]:
    pki, port = tmp_path_factory.mktemp("simulator"), free_port()
    with (
        simulated(pki, free_port()) as desk,
        town(desk, pki, tmp_path_factory.mktemp("here"), "one", BASE_URL=f"http://127.0.0.1:{port}") as made,
        served(made.site.app, port) as address,
    ):
        yield made, address


@contextmanager
def tab(place: tuple[Town, str], chromium: Chromium, *, javascript: bool = True) -> Iterator[Page]:
    """Open a tab of a fresh browser on a phone; what the browser forbids fails the test."""
    made, address = place
    made.as_it_was()
    complaints: list[str] = []
    context = chromium.new_context(base_url=address, java_script_enabled=javascript, viewport=PHONE)
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
    yield page
    context.close()
    assert complaints == []


def check(page: Page) -> None:
    """Hold the page to axe's rules and to the width of a desk and a phone."""
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
        found = Axe().run(page).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == [], page.url
    page.set_viewport_size(PHONE)


def begin_asan(page: Page) -> None:
    page.goto("/giris")
    page.get_by_role("link", name="Asan imza ilə daxil olmaq").click()
    page.get_by_label("Mobil nömrə").fill("050 200 00 01")
    page.get_by_label("Asan İmza istifadəçi İD-si").fill("000001")
    page.get_by_role("button", name="Davam et").click()


def begin_card(page: Page) -> None:
    page.goto("/giris")
    page.get_by_role("link", name="Elektron imza ilə daxil olmaq").click()
    page.get_by_role("button", name="Davam et").click()
    page.locator("button[value=citizen]").click()


def begin_portal(page: Page, username: str = "citizen") -> None:
    page.goto("/giris")
    page.get_by_role("link", name="Elektron hökumət sistemi").click()
    page.get_by_role("button", name="Portala keç").click()
    page.get_by_label("İstifadəçi adı").fill(username)
    page.get_by_label("Şifrə").fill(PORTAL_PASSWORD)
    page.get_by_role("button", name="Daxil ol və icazə ver").click()


@pytest.mark.parametrize("javascript", [True, False])
def test_the_mobile_signature_shows_its_code_before_the_phone_rings(
    place: tuple[Town, str], chromium: Chromium, javascript: bool
) -> None:
    made, _ = place
    with tab(place, chromium, javascript=javascript) as page:
        made.desk.wishes.set("mobile", "by_hand", seconds=0)
        begin_asan(page)
        page.wait_for_url("**/giris/gozleme")
        code = page.locator(".code-panel__code").inner_text()
        assert len(code) == 4 and not made.desk.phones.ringing()
        if javascript:
            check(page)
        else:
            page.get_by_role("link", name="İndi yenilə").click()
        page.wait_for_timeout(100)
        while not made.desk.phones.ringing():
            page.wait_for_timeout(100)
        ringing = made.desk.phones.ringing()[0]
        assert ringing.code == code == page.locator(".code-panel__code").inner_text()
        made.desk.phones.answer(ringing, Answer.SUCCEED)
        if not javascript:
            page.get_by_role("link", name="İndi yenilə").click()
        page.wait_for_url("**/kabinet")


def test_the_mobile_signature_can_be_cancelled_here(place: tuple[Town, str], chromium: Chromium) -> None:
    with tab(place, chromium) as page:
        place[0].desk.wishes.set("mobile", "by_hand", seconds=0)
        begin_asan(page)
        page.get_by_role("button", name="Ləğv et").click()
        expect(page.get_by_role("heading", name="Giriş ləğv edildi")).to_be_visible()


@pytest.mark.parametrize("begin", [begin_card, begin_portal], ids=["card", "portal"])
@pytest.mark.parametrize("javascript", [True, False])
def test_card_and_portal_lead_out_and_back(
    place: tuple[Town, str], chromium: Chromium, begin: object, javascript: bool
) -> None:
    with tab(place, chromium, javascript=javascript) as page:
        assert callable(begin)
        begin(page)
        page.wait_for_url("**/kabinet")


def test_for_whom_one_acts_is_asked_on_a_page_that_everybody_can_use(
    place: tuple[Town, str], chromium: Chromium
) -> None:
    with tab(place, chromium) as page:
        begin_portal(page, "representative")
        page.wait_for_url("**/giris/adindan")
        check(page)
        page.get_by_role("button", name="Davam et").click()
        expect(page.locator(".govuk-error-summary")).to_be_visible()
        check(page)
        page.get_by_label("«Çinar Tikinti» MMC").check()
        page.get_by_role("button", name="Davam et").click()
        page.wait_for_url("**/kabinet")


BAD = {
    "mobile": (begin_asan, {"cancel": "cancelled", "wrong_person": "number_of_another"}),
    "card": (
        begin_card,
        {"revoked": "certificate_revoked", "wrong_issuer": "wrong_issuer"},
    ),
    "portal": (
        begin_portal,
        {
            "cancel": "cancelled",
            "inactive": "inactive_account",
            "wrong_state": "state_mismatch",
            "down": "service_down",
        },
    ),
}


@pytest.mark.parametrize("service", list(BAD))
def test_every_bad_way_leads_back_to_the_choice_with_its_words(
    place: tuple[Town, str], chromium: Chromium, service: str
) -> None:
    begin, answers = BAD[service]
    with tab(place, chromium) as page:
        if service == "mobile":  # whose telephone it is, its first log-in tells
            place[0].as_it_was()
            begin(page)
            page.wait_for_url("**/kabinet")
            page.context.clear_cookies()
        for answer, code in answers.items():
            place[0].as_it_was()
            place[0].wish(service, answer)
            begin(page)
            summary = page.locator(".govuk-error-summary")
            expect(summary).to_contain_text(str(words.REFUSALS[code].heading))
            expect(page.locator(".means__link")).to_have_count(3)
        check(page)


@pytest.mark.parametrize("language", ["az", "ru", "en"])
def test_the_pages_hold_in_three_languages(place: tuple[Town, str], chromium: Chromium, language: str) -> None:
    with tab(place, chromium) as page:
        page.goto(f"/giris?sebeb=identity_incomplete&vasite=e-gov&dil={language}")
        check(page)
        page.goto("/giris/e-gov" if language == "az" else "/giris/asan-imza")
        assert page.locator("html").get_attribute("lang") == language
        check(page)
