"""
Take the pictures of the README from a running demonstration: `make pictures` after `make run`.
"""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page

from tests.support.chromium import started

FOLDER = Path(__file__).parent.parent / "docs"
SITE = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"


def log_in(page: Page, name: str) -> None:
    """
    Log in with a demonstration account.
    """
    page.context.clear_cookies()
    page.goto(f"{SITE}/giris")
    page.get_by_label("İstifadəçi adı").fill(name)
    page.get_by_label("Şifrə", exact=True).fill("demo")
    page.get_by_role("button", name="Daxil ol", exact=True).click()


def main() -> None:
    """
    Write docs/*.png.
    """
    FOLDER.mkdir(exist_ok=True)
    with started() as browser:
        page = browser.new_page(viewport={"width": 1100, "height": 760})
        log_in(page, "citizen")
        page.screenshot(path=FOLDER / "citizen.png")
        log_in(page, "dispatcher")
        page.goto(f"{SITE}/novbe?siyahi=idarem")
        page.screenshot(path=FOLDER / "inbox.png")
        page.goto(f"{SITE}/novbe?siyahi=hamisi")
        page.locator("main a[href^='/is/']").first.click()
        page.wait_for_timeout(1500)
        page.screenshot(path=FOLDER / "case.png")
        phone = browser.new_page(viewport={"width": 390, "height": 760})
        log_in(phone, "fitter")
        phone.screenshot(path=FOLDER / "fitter.png")
        link = phone.locator("main a[href^='/tapsiriq/']").first
        if link.count():
            link.click()
            phone.screenshot(path=FOLDER / "visit.png")
        log_in(page, "analyst")
        page.goto(f"{SITE}/mektublar")
        page.locator("main a[href^='/mektublar/']").first.click()
        page.screenshot(path=FOLDER / "letter.png")
        log_in(page, "operator")
        page.goto(f"{SITE}/nezaret")
        page.screenshot(path=FOLDER / "operator.png")
        page.goto(f"{SITE}/nasazliqlar")
        link = page.locator("main .worklist__title").first
        if link.count():
            link.click()
            page.wait_for_timeout(1500)
            page.set_viewport_size({"width": 1100, "height": 1150})
            page.screenshot(path=FOLDER / "incident.png")


if __name__ == "__main__":
    main()
