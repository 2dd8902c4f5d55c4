"""
The simulator as the demonstration runs it, clicked: set up for all three means, and with pages that everybody can use.

What our pages make of its answers is in tests/login/test_browser.py.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import delete

from engine.clock import SystemClock
from engine.settings import Settings
from simulator.persons import PASSWORD
from tests.support.chromium import FLAGS
from tests.support.databases import migrated
from tests.support.installation import installed
from tests.support.served import served
from tests.support.site import Site, operations, site
from web import simulation
from web.login import offered
from web.tables import RateLimit

pytestmark = pytest.mark.browser

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


@contextmanager
def demonstrated(folder: Path, **changed: str) -> Iterator[Demonstration]:
    """Run the simulator as `saygac serve` does, and our pages with what it sets but for what is changed."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environ = {"PORT": str(port), "BASE_URL": f"http://127.0.0.1:{port}"}
    with ExitStack() as stack:
        settings = Settings.from_env({"SAYGAC_DEMO": "1", "SAYGAC_FOLDER": str(folder), **prefixed(environ)})
        simulator = stack.enter_context(simulation.beside(settings))
        database = stack.enter_context(migrated("sqlite", folder))
        installation = stack.enter_context(installed(database, folder, operations()))
        told = {name.removeprefix("SAYGAC_"): value for name, value in simulator.environ.items()}
        made = site(installation, **{**environ, **told, **changed})
        host = offered.card_host(made.app)
        if host is not None:
            host.start()
            stack.callback(host.stop)
        stack.enter_context(served(made.app, port))
        yield Demonstration(environ["BASE_URL"], told["SIMULATOR_URL"], made)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    with demonstrated(tmp_path_factory.mktemp("means")) as running:
        yield running


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


@pytest.fixture
def desktop(chromium: Browser) -> Iterator[Page]:
    opened = chromium.new_context(viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(PATIENCE)
    yield opened.new_page()
    opened.close()


def prefixed(environ: dict[str, str]) -> dict[str, str]:
    return {f"SAYGAC_{name}": value for name, value in environ.items()}


def begin(page: Page, demonstration: Demonstration, means: str) -> None:
    """Go as far as the other side's page, or the wait for the phone."""
    page.goto(f"{demonstration.url}/giris")
    page.locator(f'a[href^="/giris/{means}"]').click()
    if means == "asan-imza":
        page.get_by_label("Mobil nömrə").fill("050 200 00 01")
        page.get_by_label("istifadəçi İD").fill("000001")
    page.locator("main button[type=submit]").click()


def answer(page: Page, means: str) -> None:
    """Do what is to be done at the other side."""
    if means == "e-imza":
        page.locator('button[value="citizen"]').click()
    if means == "e-gov":
        page.get_by_label("İstifadəçi adı").fill("citizen")
        page.get_by_label("Şifrə").fill(PASSWORD)
        page.get_by_role("button", name="Daxil ol və icazə ver").click()


@pytest.mark.parametrize("means", MEANS)
def test_a_few_clicks_let_in(desktop: Page, demonstration: Demonstration, means: str) -> None:
    demonstration.wish("mobile", "succeed")
    begin(desktop, demonstration, means)
    answer(desktop, means)
    desktop.wait_for_url("**/kabinet")


def test_the_phones_page_shows_the_code_of_ours_and_answers(desktop: Page, demonstration: Demonstration) -> None:
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


def test_the_extension_signs_in_for_the_card_that_lies_in_the_reader(chromium: Browser, tmp_path: Path) -> None:
    with demonstrated(tmp_path, CARD_TRANSPORT="web-eid") as running:
        running.site.clock.set(SystemClock().now())
        extension = tmp_path / "simulator" / "extension"
        opened = chromium.browser_type.launch_persistent_context(
            tmp_path / "profile",
            executable_path="/usr/bin/chromium",
            headless=False,
            args=[*FLAGS, f"--disable-extensions-except={extension}", f"--load-extension={extension}"],
        )
        page = opened.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(running.simulator)
        page.get_by_label("Web eID genişlənməsi üçün oxuyucudakı kart").select_option("citizen2")
        page.get_by_role("button", name="Yadda saxla").click()
        begin(page, running, "e-imza")
        page.wait_for_url("**/kabinet")
        expect(page.locator("body")).to_contain_text("Lalə Mustafayeva")
        page.context.clear_cookies()
        running.wish("card", "cancel")
        begin(page, running, "e-imza")
        expect(page.locator(".govuk-error-summary")).to_contain_text("Giriş ləğv edildi")
        opened.close()


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
