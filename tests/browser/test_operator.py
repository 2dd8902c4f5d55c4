"""
Every kind of incident in the browser, from the health page until the case goes on; no page breaks one of axe's rules.

A path is a generator: it breaks something and yields, mends what a person must mend outside the pages and yields, and
after the operator's clicks tells whether what had stopped went on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import delete, insert, select, update

from engine import expiry, incidents, watchdog
from engine.backup import hold_outgoing
from engine.errors import CannotGoOn, StateUnreadable, StepFailed
from engine.jobs import bulk
from engine.tables import Audit, Batch, Case, FinishedJob, Incident, Job, Person, Task
from tests.browser.conftest import Live
from tests.browser.test_lifecycle import check, choose, fill, log_in, open_task, part
from tests.support.pki import authority
from tests.support.site import HASH

pytestmark = pytest.mark.browser

REASON = "səbəb aradan qaldırılıb"
PHONE, DESKTOP = 360, 1280

#: breaks; mends; tells whether it went on
Story = Callable[[Live, pytest.MonkeyPatch], Iterator[None]]
#: what the operator does on the page of the incident
Clicks = Callable[[Page, Live], None]


@dataclass(frozen=True)
class Path:
    """
    From one kind of incident until the case goes on.
    """

    kind: str
    code: str
    story: Story
    clicks: Clicks
    width: int


PATHS: dict[str, Path] = {}


def path(kind: str, code: str, clicks: Clicks | None = None) -> Callable[[Story], Story]:
    """
    Keep a path; phone and desktop take turns.
    """

    def keep(story: Story) -> Story:
        width = DESKTOP if len(PATHS) % 2 else PHONE
        PATHS[story.__name__] = Path(kind, code, story, clicks or try_again, width)
        return story

    return keep


def give_reason(page: Page, button: str) -> None:
    """Be asked for a reason first, then give it."""
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    page.get_by_label("Səbəb").fill(REASON)
    page.get_by_role("button", name=button, exact=True).click()


def try_again(page: Page, _live: Live) -> None:
    page.locator(".deeds .govuk-button").first.click()
    give_reason(page, "Yenidən başlat")
    expect(page.locator(".govuk-notification-banner")).to_be_visible()


def say_delivered(page: Page, _live: Live) -> None:
    page.get_by_role("button", name="Çatdırılıb", exact=True).click()
    give_reason(page, "Çatdırılmış say")
    expect(page.locator(".govuk-notification-banner")).to_contain_text("çatdırılmış sayıldı")


def cancel_the_work(page: Page, _live: Live) -> None:
    page.get_by_role("link", name="İşi ləğv et").click()
    give_reason(page, "Ləğv et")
    expect(page.locator(".govuk-notification-banner")).to_be_visible()


def intervene(page: Page, deed: str) -> None:
    """Come from the incident by its case to an intervention."""
    page.get_by_role("link", name="Müraciətin səhifəsi").click()
    page.get_by_role("button", name="Müraciətə müdaxilə").click()
    check(page)
    page.get_by_role("link", name=deed).click()


def confirm(page: Page) -> None:
    """Give the reason, look at the preview and do it."""
    page.locator("[name='by.reason']").fill(REASON)
    page.get_by_role("button", name="Nə olacağına bax").click()
    check(page)
    page.get_by_role("button", name="Təsdiq et", exact=True).click()
    expect(page.locator("main")).to_contain_text("Müdaxilə yerinə yetirildi")


def end_by_hand(page: Page, _live: Live) -> None:
    intervene(page, "Müraciətə xitam ver")
    page.locator("[name='by.explanation']").fill("Müraciətin saxlanması mümkün olmadı.")
    confirm(page)


def send_back(page: Page, _live: Live) -> None:
    intervene(page, "Geri qaytar")
    confirm(page)


def fails(*_: object, **__: object) -> None:
    raise RuntimeError("the register is broken")


def cannot_go_on(_work: object) -> None:
    raise CannotGoOn("What it needs is not there.")


def settled(live: Live) -> bool:
    return all(row.resolved_at is not None for row in live.utility.site.rows(Incident))


def events(live: Live) -> list[str]:
    return [row.event for row in live.utility.site.rows(Audit)]


def set_column(live: Live, **values: Any) -> None:
    with live.utility.site.database.step() as connection:
        connection.execute(update(Case).values(**values))


@path(incidents.STEP, "step_failed")
def a_step_that_failed(live: Live, broken: pytest.MonkeyPatch) -> Iterator[None]:
    broken.setitem(live.utility.site.operations.steps, "notify", fails)
    with pytest.raises(StepFailed):
        live.utility.assign(1)
    yield
    broken.undo()
    yield
    live.utility.assign(1)
    assert "record_visit" in live.utility.site.open_tasks(1)


@path(incidents.TIMER, "step_failed")
def a_timer_that_failed(live: Live, broken: pytest.MonkeyPatch) -> Iterator[None]:
    broken.setitem(live.utility.site.operations.steps, "remind", fails)
    live.utility.site.clock.advance(timedelta(days=6))
    live.worker.run_once()
    yield
    broken.undo()
    yield
    live.worker.run_once()
    assert "timer" in events(live)


@path(incidents.MAIL, "mail_refused")
def a_mail_that_was_refused(live: Live, broken: pytest.MonkeyPatch) -> Iterator[None]:
    live.post.refuses = True
    live.worker.run_once()
    assert live.post.messages == []
    yield
    live.post.refuses = False
    yield
    live.worker.run_once()
    assert len(live.post.messages) == 1


@path(incidents.MAIL, "mail_refused", cancel_the_work)
def a_mail_that_is_delivered_in_another_way(live: Live, broken: pytest.MonkeyPatch) -> Iterator[None]:
    live.post.refuses = True
    live.worker.run_once()
    yield
    yield
    live.worker.run_once()
    assert "job_cancelled" in events(live) and live.post.messages == []
    live.utility.assign(1)


def _print(live: Live) -> None:
    """Print the receipt, so that its letter waits."""
    job = live.worker.ledger.claim("document")
    assert job is not None
    live.worker.hands.do(job)


def _nobody_knows(live: Live) -> None:
    """Let the mail server take the letter and say nothing, as often as it is tried."""
    _print(live)
    live.post.silent = True
    with live.utility.site.database.step() as connection:
        connection.execute(update(Job).where(Job.lane != "timer").values(attempt=51, failed=51))
    live.worker.run_once()


@path(incidents.MAIL, "mail_uncertain")
def a_mail_that_did_not_arrive(live: Live, broken: pytest.MonkeyPatch) -> Iterator[None]:
    _nobody_knows(live)
    yield
    live.post.silent = False
    yield
    live.worker.run_once()
    assert len(live.post.messages) == 1


@path(incidents.MAIL, "mail_uncertain", say_delivered)
def a_mail_that_did_arrive(live: Live, broken: pytest.MonkeyPatch) -> Iterator[None]:
    _nobody_knows(live)
    yield
    live.post.silent = False
    yield
    live.worker.run_once()
    assert live.post.messages == []
    assert "send_letter" in {row.kind for row in live.utility.site.rows(FinishedJob)}


@path(incidents.MAIL, "restored", say_delivered)
def work_that_may_have_been_done_before_the_restore(live: Live, broken: pytest.MonkeyPatch) -> Iterator[None]:
    _print(live)
    hold_outgoing(live.utility.site.database, now=live.utility.site.clock.now())
    yield
    yield
    live.worker.run_once()
    assert live.post.messages == []


@path(incidents.DOCUMENT, "cannot_go_on")
def a_document_that_could_not_be_printed(live: Live, broken: pytest.MonkeyPatch) -> Iterator[None]:
    broken.setitem(live.utility.site.operations.jobs, "render_document", cannot_go_on)
    live.worker.run_once()
    yield
    broken.undo()
    yield
    live.worker.run_once()
    assert part(live.post.messages[0], "application/pdf")


@path(incidents.JOB, "cannot_go_on")
def other_work_that_failed(live: Live, broken: pytest.MonkeyPatch) -> Iterator[None]:
    jobs, now = live.utility.site.operations.jobs, live.utility.site.clock.now()
    broken.setitem(jobs, "morning_mail", cannot_go_on)
    with live.utility.site.database.step() as connection:
        row = {"lane": "timer", "kind": "morning_mail", "payload": {}, "key": "once", "state": "ready"}
        connection.execute(insert(Job).values(**row, created_at=now, run_at=now))
    live.worker.run_once()
    yield
    broken.setitem(jobs, "morning_mail", lambda _work: None)
    yield
    live.worker.run_once()
    assert "morning_mail" in {row.kind for row in live.utility.site.rows(FinishedJob)}


@path(incidents.STATE, "state_unreadable")
def a_state_that_was_mended(live: Live, broken: pytest.MonkeyPatch) -> Iterator[None]:
    good = live.utility.site.rows(Case)[0].state
    set_column(live, state=b"spoilt")
    with pytest.raises(StateUnreadable):
        task = live.utility.site.open_tasks(1)["assign_executor"]
        live.utility.site.cases.open_task(task, live.utility.dispatcher)
    yield
    set_column(live, state=good)
    yield
    live.utility.assign(1)


@path(incidents.STATE, "state_unreadable", end_by_hand)
def a_state_that_nobody_can_mend(live: Live, broken: pytest.MonkeyPatch) -> Iterator[None]:
    set_column(live, state=b"spoilt")
    with pytest.raises(StateUnreadable):
        task = live.utility.site.open_tasks(1)["assign_executor"]
        live.utility.site.cases.open_task(task, live.utility.dispatcher)
    yield
    yield
    (case,) = live.utility.site.rows(Case)
    assert (case.outcome, live.utility.site.open_tasks(1)) == ("cancelled", {})


@path(incidents.CASE, watchdog.CODE, send_back)
def a_case_that_waits_for_nothing(live: Live, broken: pytest.MonkeyPatch) -> Iterator[None]:
    live.utility.assign(1)
    live.worker.run_once()
    with live.utility.site.database.step() as connection:
        connection.execute(update(Task).where(Task.state == "open").values(state="cancelled"))
        connection.execute(delete(Job))
        watchdog.report(connection, watchdog.forgotten(connection), live.utility.site.clock.now())
    yield
    yield
    live.utility.assign(1)
    assert "record_visit" in live.utility.site.open_tasks(1)


@path(incidents.BULK, "cannot_go_on")
def a_case_that_bulk_work_failed(live: Live, broken: pytest.MonkeyPatch) -> Iterator[None]:
    site, told = live.utility.site, []

    def tell(_connection: object, case_id: int, _payload: object, _now: object) -> None:
        told.append(case_id)
        if len(told) == 1:
            raise CannotGoOn("The register does not know it.")

    broken.setitem(site.operations.bulks, "tell", tell)
    with site.database.step() as connection:
        bulk.begin(connection, "tell", select(Case.id), {}, now=site.clock.now())
    live.worker.run_once()
    yield
    yield
    live.worker.run_once()
    (batch,) = site.rows(Batch)
    assert (batch.done, batch.failed, told) == (1, 0, [1, 1])


@path(incidents.CERTIFICATE, expiry.ENDS)
def a_certificate_that_ends(live: Live, broken: pytest.MonkeyPatch) -> Iterator[None]:
    ((_, file),) = live.papers
    now = live.utility.site.clock.now()

    def write(days: int) -> None:
        end = now + timedelta(days=days)
        file.write_bytes(authority(begin=end - timedelta(days=300), end=end).pem)

    write(days=3)
    with live.utility.site.database.step() as connection:
        expiry.report(connection, expiry.endings(live.papers, now), now)
    yield
    write(days=400)
    yield


def test_every_kind_of_incident_has_a_path_and_everything_uncertain_both_ways() -> None:
    assert {one.kind for one in PATHS.values()} == set(incidents.KINDS)
    delivered = {one.code for one in PATHS.values() if one.clicks is say_delivered}
    assert delivered == incidents.UNCERTAIN
    assert {one.width for one in PATHS.values()} == {PHONE, DESKTOP}


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


@pytest.mark.parametrize(
    ("page", "name"),
    [pytest.param(one.width, name, id=name) for name, one in PATHS.items()],
    indirect=["page"],
)
def test_an_operator_finds_an_incident_and_what_had_stopped_goes_on(
    operated: Live, page: Page, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, story = PATHS[name], PATHS[name].story(operated, monkeypatch)
    next(story)
    (found,) = operated.utility.site.rows(Incident)
    assert (found.kind, found.code) == (path.kind, path.code)
    next(story)

    log_in(page, operated, "operator")
    page.goto(f"{operated.url}/nezaret")
    page.locator(f"a[href$='nov={path.kind}']").click()
    page.locator("main tbody .worklist__title").click()
    expect(page.locator("h1")).to_be_visible()
    check(page)
    path.clicks(page, operated)
    page.goto(f"{operated.url}/nasazliqlar/{found.id}")
    expect(page.locator(".case-head")).to_contain_text("Həll edilib")
    page.goto(f"{operated.url}/emeller")
    expect(page.locator("main")).to_contain_text(REASON)
    assert next(story, None) is None
    assert settled(operated)


@pytest.mark.parametrize("page", [DESKTOP], indirect=True, ids=["desktop"])
def test_what_was_typed_into_a_step_that_failed_can_be_sent_again(
    operated: Live, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(operated.utility.site.operations.steps, "notify", fails)
    open_task(page, operated, "resid", "assign_executor")
    choose(page, "assignment", "assign")
    choose(page, "executors", str(operated.utility.fitter.person_id))
    fill(page, visit_date="27.11.2026")
    choose(page, "visit_window", "09:00–12:00")
    page.get_by_role("button", name="Təsdiqlə", exact=True).click()
    expect(page.locator("h1")).to_contain_text("Müraciət bu addımda dayandı")
    monkeypatch.undo()

    log_in(page, operated, "operator")
    page.goto(f"{operated.url}/nasazliqlar?nov=step")
    page.locator("main tbody input[type=checkbox]").check()
    check(page)
    page.get_by_role("button", name="Seçilənləri yenidən başlat").click()
    give_reason(page, "Yenidən başlat")

    open_task(page, operated, "resid", "assign_executor")
    expect(page.locator("[name=visit_date]").first).to_have_value("27.11.2026")
    page.get_by_role("button", name="Təsdiqlə", exact=True).click()
    assert "assign_executor" not in operated.utility.site.open_tasks(1)
