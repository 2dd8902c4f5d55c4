"""
The three means of logging in, clicked through: our pages, and the simulator beside them as the demonstration runs it.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import delete

from engine.clock import SystemClock
from engine.settings import Settings
from simulator.persons import PASSWORD
from tests.support.databases import migrated
from tests.support.installation import installed
from tests.support.served import served
from tests.support.site import Site, operations, site
from web import simulation
from web.login import offered
from web.tables import RateLimit

pytestmark = pytest.mark.browser

TELEPHONES = {"citizen": ("050 200 00 01", "000001"), "representative": ("050 200 00 03", "000003")}
#: milliseconds that a busy machine may take for one page
PATIENCE = 15_000
MEANS = ("e-imza", "asan-imza", "e-gov")


@dataclass
class Demonstration:
    """
    Our pages and the simulator's, on real sockets.
    """

    url: str
    simulator: str
    site: Site

    def wish(self, service: str, answer: str) -> None:
        """
        Set what a service answers to the next log-in, at once.
        """
        wished = {"answer": answer, "once": True, "seconds": 0}
        httpx.put(f"{self.simulator}/control/{service}", json=wished, trust_env=False).raise_for_status()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    folder = tmp_path_factory.mktemp("means")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environ = {"PORT": str(port), "BASE_URL": f"http://127.0.0.1:{port}"}
    with ExitStack() as stack:
        settings = Settings.from_env({"SAYGAC_DEMO": "1", "SAYGAC_FOLDER": str(folder), **prefixed(environ)})
        simulator = stack.enter_context(simulation.beside(settings))
        database = stack.enter_context(migrated("sqlite", folder))
        installation = stack.enter_context(installed(database, folder, operations()))
        told = {name.removeprefix("SAYGAC_"): value for name, value in simulator.environ.items()}
        made = site(installation, **environ, **told)
        host = offered.card_host(made.app)
        assert host is not None
        host.start()
        stack.callback(host.stop)
        stack.enter_context(served(made.app, port))
        yield Demonstration(environ["BASE_URL"], told["SIMULATOR_URL"], made)


@pytest.fixture
def demonstration(shared: Demonstration) -> Demonstration:
    """
    Forget what was wished and counted before, and set the clock to the simulator's, which is the machine's.
    """
    shared.site.clock.set(SystemClock().now())
    httpx.delete(f"{shared.simulator}/control", trust_env=False)
    with shared.site.installation.database.step() as connection:
        connection.execute(delete(RateLimit))
    return shared


@pytest.fixture(params=[True, False], ids=["JavaScript", "without JavaScript"])
def context(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[BrowserContext]:
    opened = chromium.new_context(java_script_enabled=request.param, viewport={"width": 390, "height": 844})
    opened.set_default_timeout(PATIENCE)
    yield opened
    opened.close()


@pytest.fixture
def desktop(chromium: Browser) -> Iterator[Page]:
    opened = chromium.new_context(viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(PATIENCE)
    yield opened.new_page()
    opened.close()


def prefixed(environ: dict[str, str]) -> dict[str, str]:
    return {f"SAYGAC_{name}": value for name, value in environ.items()}


def begin(page: Page, demonstration: Demonstration, means: str, person: str = "citizen") -> None:
    """Go as far as the other side's page, or the wait for the phone."""
    page.goto(f"{demonstration.url}/giris")
    page.locator(f'a[href^="/giris/{means}"]').click()
    if means == "asan-imza":
        number, user_id = TELEPHONES[person]
        page.get_by_label("Mobil nömrə").fill(number)
        page.get_by_label("istifadəçi İD").fill(user_id)
    page.locator("main button[type=submit]").click()


def answer(page: Page, means: str, person: str = "citizen") -> None:
    """Do what is to be done at the other side."""
    if means == "e-imza":
        page.locator(f'button[value="{person}"]').click()
    if means == "e-gov":
        page.get_by_label("İstifadəçi adı").fill(person)
        page.get_by_label("Şifrə").fill(PASSWORD)
        page.get_by_role("button", name="Daxil ol və icazə ver").click()


@pytest.mark.parametrize("means", MEANS)
def test_a_few_clicks_let_in(context: BrowserContext, demonstration: Demonstration, means: str) -> None:
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    demonstration.wish("mobile", "succeed")
    begin(page, demonstration, means)
    answer(page, means)
    page.wait_for_url("**/kabinet")
    assert said == [], "the strict policy let everything through"


@pytest.mark.parametrize(
    ("means", "service", "wished", "words"),
    [
        ("e-imza", "card", "expired", "Sertifikatınızın müddəti bitib"),
        ("e-imza", "ocsp", "revoked", "Sertifikatınız ləğv edilib"),
        ("asan-imza", "mobile", "phone_absent", "Telefon şəbəkədən kənardadır"),
        ("asan-imza", "mobile", "wrong_person", "Cavab başqa şəxsin adından gəldi"),
        ("e-gov", "portal", "cancel", "Giriş ləğv edildi"),
        ("e-gov", "portal", "down", "Bu giriş vasitəsi hazırda işləmir"),
    ],
)
def test_a_refusal_has_its_own_words_and_the_next_try_succeeds(
    desktop: Page, demonstration: Demonstration, means: str, service: str, wished: str, words: str
) -> None:
    demonstration.wish(service, wished)
    begin(desktop, demonstration, means)
    answer(desktop, means)
    expect(desktop.locator(".govuk-error-summary")).to_contain_text(words)
    demonstration.wish("mobile", "succeed")
    begin(desktop, demonstration, means)
    answer(desktop, means)
    desktop.wait_for_url("**/kabinet")


@pytest.mark.parametrize("means", MEANS)
def test_a_representative_says_for_whom(desktop: Page, demonstration: Demonstration, means: str) -> None:
    demonstration.wish("mobile", "succeed")
    begin(desktop, demonstration, means, "representative")
    answer(desktop, means, "representative")
    expect(desktop.get_by_role("heading", level=1)).to_have_text("Kimin adından daxil olursunuz?")
    desktop.get_by_label("«Çinar Tikinti» MMC").check()
    desktop.get_by_role("button", name="Davam et").click()
    desktop.wait_for_url("**/kabinet")


def test_the_code_is_the_same_on_page_and_phone(desktop: Page, demonstration: Demonstration) -> None:
    demonstration.wish("mobile", "by_hand")
    begin(desktop, demonstration, "asan-imza")
    phone = desktop.context.new_page()
    phone.goto(f"{demonstration.simulator}/phone")
    code = phone.locator(".code").inner_text()
    assert len(code) == 4
    assert code in "".join(desktop.locator("main").inner_text().split())
    phone.get_by_role("button", name="Təsdiq et").click()
    desktop.wait_for_url("**/kabinet")


def test_the_simulators_page_sets_the_next_answer(desktop: Page, demonstration: Demonstration) -> None:
    desktop.goto(f"{demonstration.url}/giris/e-gov")
    with desktop.expect_popup() as opened:
        desktop.get_by_role("link", name="simulyatorun səhifəsindədir").click()
    control = opened.value
    control.get_by_label("Portalın cavabı").select_option("inactive")
    control.get_by_role("button", name="Yadda saxla").click()
    begin(desktop, demonstration, "e-gov")
    answer(desktop, "e-gov")
    expect(desktop.locator(".govuk-error-summary")).to_contain_text("Bu hesab aktiv deyil")
    control.reload()
    expect(control.get_by_label("Portalın cavabı")).to_have_value("succeed")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_simulators_pages_are_accessible_and_fit(
    chromium: Browser, demonstration: Demonstration, width: int
) -> None:
    opened = chromium.new_context(viewport={"width": width, "height": 844})
    page = opened.new_page()
    places = [demonstration.simulator, f"{demonstration.simulator}/phone", f"{demonstration.simulator}/nowhere"]
    for place in places:
        page.goto(place)
        check(page)
    for means in ("e-imza", "e-gov"):
        begin(page, demonstration, means)
        check(page)
    page.get_by_role("button", name="Daxil ol və icazə ver").click()
    expect(page.get_by_role("alert")).to_contain_text("düzgün deyil")
    check(page)
    opened.close()


def check(page: Page) -> None:
    report = Axe().run(page)
    assert report.violations_count == 0, report.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url
