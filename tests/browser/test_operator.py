"""
What has stopped goes on when the operator tries it again, clicked through; no page breaks one of axe's rules.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from engine.tables import Person
from tests.browser.conftest import Live
from tests.browser.test_lifecycle import check, choose, fill, log_in, open_task
from tests.support.site import HASH

pytestmark = pytest.mark.browser

REASON = "səbəb aradan qaldırılıb"


@pytest.fixture
def operated(live: Live) -> Live:
    """
    Serve a utility that has an operator, and a registered case.
    """
    site = live.utility.site
    operator = site.person("operator", ("operator", "*"))
    with site.database.step() as connection:
        connection.execute(update(Person).where(Person.id == operator.person_id).values(password_hash=HASH))
    live.utility.registered("1000000001")
    return live


def give_reason(page: Page, button: str) -> None:
    """Be asked for a reason first, then give it."""
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    check(page)
    page.get_by_label("Səbəb").fill(REASON)
    page.get_by_role("button", name=button, exact=True).click()


@pytest.mark.parametrize("page", [375], indirect=True, ids=["phone"])
def test_a_refused_mail_arrives_when_it_is_tried_again(operated: Live, page: Page) -> None:
    operated.post.refuses = True
    operated.worker.run_once()
    assert operated.post.messages == []

    log_in(page, operated, "operator")
    page.goto(f"{operated.url}/nezaret")
    check(page)
    page.get_by_role("link", name="Məktub rədd edildi").click()
    check(page)
    page.locator("main tbody").get_by_role("link", name="Məktub rədd edildi").click()
    expect(page.locator("main")).to_contain_text("550 5.1.1")
    check(page)
    operated.post.refuses = False
    page.get_by_role("button", name="Yenidən başlat", exact=True).click()
    give_reason(page, "Yenidən başlat")
    expect(page.locator("main")).to_contain_text(REASON)
    operated.worker.run_once()
    assert len(operated.post.messages) == 1


@pytest.mark.parametrize("page", [1280], indirect=True, ids=["desktop"])
def test_a_step_that_failed_is_sent_again_and_the_case_goes_on(
    operated: Live, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    operations = operated.utility.site.operations
    with monkeypatch.context() as broken:
        for name in operations.steps:
            broken.setitem(operations.steps, name, _fail)
        open_task(page, operated, "resid", "assign_executor")
        choose(page, "assignment", "assign")
        choose(page, "executors", str(operated.utility.fitter.person_id))
        fill(page, visit_date="27.11.2026")
        choose(page, "visit_window", "09:00–12:00")
        page.get_by_role("button", name="Təsdiqlə", exact=True).click()
        expect(page.locator("h1")).to_contain_text("Müraciət bu addımda dayandı")

    log_in(page, operated, "operator")
    page.goto(f"{operated.url}/nasazliqlar?nov=step")
    page.locator("main tbody input[type=checkbox]").check()
    check(page)
    page.get_by_role("button", name="Seçilənləri yenidən başlat").click()
    give_reason(page, "Yenidən başlat")
    page.goto(f"{operated.url}/emeller")
    expect(page.locator("main")).to_contain_text(REASON)
    check(page)

    # what was typed is still there
    open_task(page, operated, "resid", "assign_executor")
    expect(page.locator("[name=visit_date]").first).to_have_value("27.11.2026")
    page.get_by_role("button", name="Təsdiqlə", exact=True).click()
    assert "assign_executor" not in operated.utility.site.open_tasks(1)


def _fail(*_: object, **__: object) -> None:
    raise RuntimeError("the register is broken")
