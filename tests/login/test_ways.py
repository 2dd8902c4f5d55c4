"""
Every way to log in keeps the same promises: one table of answers for all, and the same attacks on each.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from engine.tables import Person
from simulator.desk import Desk
from tests.support.site import PASSWORD
from tests.support.ways import MEANS, WAYS, Town, Traveller, free_port, refusal_of, simulated, town
from web.limits import RINGS
from web.login import words
from web.login.attempts import LIFETIME
from web.sessions import digest
from web.tables import LogInAttempt, WebSession

ABROAD = [way for way in WAYS if way != "password"]
#: come back through the browser
CALLBACKS = [way for way in ABROAD if not way.startswith("asan")]
FIN = "SAYGAC1"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, Path]]:
    folder = tmp_path_factory.mktemp("simulator")
    with simulated(folder, free_port()) as running:
        yield running, folder


@pytest.fixture(scope="module")
def towns(desk: tuple[Desk, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Town]]:
    with ExitStack() as stack:
        yield {
            variant: stack.enter_context(town(*desk, tmp_path_factory.mktemp(variant), variant))
            for variant in sorted(set(WAYS.values()))
        }


@pytest.fixture
def place(way: str, towns: dict[str, Town]) -> Town:
    found = towns[WAYS[way]]
    found.as_it_was()
    return found


def everywhere(*ways: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("way", ways or list(WAYS))


def person_in(place: Town, browser: Traveller) -> str | None:
    """Return the FIN (or user name) of whoever is logged in with this browser."""
    if browser.client.get("/kabinet").status_code != 200:
        return None
    with place.site.installation.database.read() as connection:
        newest = select(Person.fin, Person.username).join(WebSession, WebSession.person_id == Person.id)
        row = connection.execute(newest.order_by(WebSession.opened_at.desc(), WebSession.seen_at.desc())).first()
    assert row is not None
    return row.fin or row.username


def proved(way: str) -> str:
    return "citizen" if way == "password" else FIN


@everywhere()
def test_whoever_proves_who_they_are_is_let_in_under_the_proved_fin(place: Town, way: str) -> None:
    browser = place.browser()
    page = browser.walk(way)
    assert page.request.path == "/kabinet", refusal_of(page)
    assert person_in(place, browser) == proved(way)


#: way -> service, answer of the simulator, and how it ends
ANSWERS = [
    *(
        (way, "mobile", answer, code)
        for way in ("asan-rest", "asan-words")
        for answer, code in {
            "cancel": "cancelled",
            "time_out": "timed_out",
            "phone_absent": "phone_absent",
            "not_a_client": "not_a_client",
            "delivery_error": "delivery_failed",
            "sim_error": "sim_error",
            "hash_mismatch": "signature_mismatch",
            "bad_signature": "bad_signature",
            "wrong_person": "number_of_another" if way == "asan-rest" else "wrong_person",
            "revoked": "certificate_revoked",
            "expired": "certificate_expired",
            "wrong_issuer": "wrong_issuer",
            "down": "service_down",
        }.items()
    ),
    *(
        (way, "card", answer, code)
        for way in ("card-tls", "card-proxy", "web-eid")
        for answer, code in {
            "cancel": "cancelled" if way == "web-eid" else "no_certificate",
            "revoked": "certificate_revoked",
            "expired": "certificate_expired",
            "wrong_issuer": "wrong_issuer",
        }.items()
    ),
    ("web-eid", "card", "bad_signature", "bad_signature"),
    ("web-eid", "card", "down", "extension_missing"),
    *(
        (way, "portal", answer, code)
        for way in ("portal", "portal-bare")
        for answer, code in {
            "cancel": "cancelled",
            "time_out": "timed_out",
            "wrong_state": "state_mismatch",
            "inactive": "inactive_account",
            "revoked": "bad_signature",
            "bad_signature": "bad_signature",
            "expired": "token_expired",
            "wrong_issuer": "wrong_issuer",
            "down": "service_down",
        }.items()
    ),
    ("portal", "portal", "wrong_person", "nonce_mismatch"),
    *(
        (way, "ocsp", answer, code)
        for way in ("asan-rest", "card-tls", "card-proxy", "web-eid")
        for answer, code in {
            "revoked": "certificate_revoked",
            "unknown": "revocation_unknown",
            "stale": "revocation_unknown",
            "wrong_nonce": "revocation_unknown",
            "bad_signature": "revocation_unknown",
            "wrong_issuer": "revocation_unknown",
            "down": "revocation_unknown",
        }.items()
    ),
]


@pytest.mark.parametrize(("way", "service", "answer", "code"), ANSWERS)
def test_every_other_answer_lets_nobody_in_and_says_why(
    place: Town, way: str, service: str, answer: str, code: str
) -> None:
    place.wish(service, answer)
    browser = place.browser()
    page = browser.walk(way, answer=answer if service == "card" else "succeed")
    assert refusal_of(page) == code
    assert str(words.REFUSALS[code].heading) in browser.words and str(words.REFUSALS[code].advice) in browser.words
    # the others stay offered
    assert all(f'href="/giris/{means}"' in page.text for means in ("e-imza", "asan-imza", "e-gov"))
    assert person_in(place, browser) is None


@everywhere("portal", "portal-bare")
def test_a_new_key_of_the_portal_is_fetched_once(place: Town, way: str) -> None:
    place.browser().walk(way)
    place.site.clock.advance(timedelta(seconds=31))
    place.wish("portal", "new_key")
    assert refusal_of(place.browser().walk(way)) == ""


@everywhere()
def test_the_session_begins_anew_and_the_old_one_is_over(place: Town, way: str) -> None:
    browser = place.browser()
    browser.log_in("stranger")
    before = browser.client.get_cookie("saygac")
    assert before is not None
    browser.client.delete_cookie("saygac")
    browser.client.set_cookie("saygac", "chosen-by-somebody-else")
    browser.walk(way)
    after = browser.client.get_cookie("saygac")
    assert after is not None and after.value not in {before.value, "chosen-by-somebody-else"}
    assert browser.client.get_cookie("giris") is None
    other = place.browser()
    other.client.set_cookie("saygac", "chosen-by-somebody-else")
    assert other.client.get("/kabinet").status_code == 303


@everywhere(*CALLBACKS)
@pytest.mark.parametrize("whose", ["same", "other"])
def test_an_answer_counts_once_and_in_the_browser_that_began(place: Town, way: str, whose: str) -> None:
    browser = place.browser()
    begun = browser.begin_by(way)
    attempt = browser.client.get_cookie("giris")
    assert attempt is not None
    assert refusal_of(browser.go_on(way, begun)) == ""
    thief = place.browser()
    thief.back = browser.back
    if whose == "same":
        thief.client.set_cookie("giris", attempt.value)
    assert refusal_of(thief.repeat()) == ("used_twice" if whose == "same" else "state_mismatch")
    assert person_in(place, thief) is None


@everywhere(*CALLBACKS)
def test_somebody_elses_answer_does_not_log_in_another_browser(place: Town, way: str) -> None:
    one, other = place.browser(), place.browser()
    first = one.begin_by(way, "citizen2")
    other.begin_by(way, "citizen")
    if way == "web-eid":
        state = other.field("state")
        page = one.post(f"/giris/qayit/{MEANS['web']}", {"state": state, "token": "x" * 200, "failure": ""})
    else:
        state = first.headers["Location"].split("state=")[1].split("&")[0]
        page = other.come_back(f"/giris/qayit/{MEANS[way.split('-')[0]]}?state={state}&code=abc")
    assert refusal_of(page) == "state_mismatch"
    assert person_in(place, other) is None


@everywhere(*ABROAD)
def test_two_browsers_at_once_get_each_their_own(place: Town, way: str) -> None:
    one, other = place.browser(), place.browser()
    first, second = one.begin_by(way, "citizen"), other.begin_by(way, "citizen2")
    other.go_on(way, second, "citizen2")
    one.go_on(way, first, "citizen")
    names = [browser.get("/kabinet").text.count("Könül Zeynalova") for browser in (one, other)]
    assert names[0] > 0 and names[1] == 0


@everywhere(*ABROAD)
def test_an_attempt_that_was_left_lying_is_over(place: Town, way: str) -> None:
    browser = place.browser()
    begun = browser.begin_by(way)
    with place.site.installation.database.step() as connection:
        connection.execute(update(LogInAttempt).values(expires_at=place.site.clock.now() - timedelta(seconds=1)))
    assert refusal_of(browser.go_on(way, begun)) == "timed_out"
    assert timedelta(minutes=10) >= LIFETIME


@everywhere(*ABROAD)
def test_who_was_shut_out_is_not_let_in(place: Town, way: str) -> None:
    place.browser().walk(way)
    shut = update(Person).where(Person.fin == FIN)
    with place.site.installation.database.step() as connection:
        connection.execute(shut.values(active=False))
    try:
        browser = place.browser()
        assert refusal_of(browser.walk(way)) == "inactive_account"
        assert person_in(place, browser) is None
    finally:
        with place.site.installation.database.step() as connection:
            connection.execute(shut.values(active=True))


@everywhere()
def test_nothing_secret_is_in_a_log_an_address_or_a_page(
    place: Town, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    browser = place.browser()
    begun = browser.begin_by(way)
    cookie = browser.client.get_cookie("giris")
    attempt = cookie.value if cookie else "-" * 40
    browser.go_on(way, begun)
    session = browser.client.get_cookie("saygac")
    assert session is not None
    with place.site.installation.database.read() as connection:
        mine = select(LogInAttempt.data).where(LogInAttempt.secret_hash == digest(attempt))
        kept = connection.execute(mine).scalar() or {"means": {}}
    secrets = {session.value, attempt, PASSWORD, FIN, place.desk.grants.client.secret}
    secrets |= {kept["means"][name] for name in ("verifier", "session_id", "number") if name in kept["means"]}
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("web", "engine"))]
    assert not [line for line in ours if any(one in line for one in secrets)]
    if way.startswith("asan"):
        # the person's own, typed a moment ago
        secrets.discard(kept["means"]["number"])
    told = [text for text in browser.seen if any(one in text for one in secrets - {FIN})]
    assert not told


@everywhere(*ABROAD)
def test_no_page_tells_which_service_was_behind_it(place: Town, way: str) -> None:
    service = {"asan": "mobile", "portal": "portal"}.get(way.split("-")[0], "card")
    place.wish(service, "cancel")
    browser = place.browser()
    browser.walk(way, answer="cancel")
    for word in ("Mobile-ID", "OpenID", "OIDC", "TLS", "OCSP", "Web eID", "127.0.0.1"):
        assert word not in browser.words


@everywhere("portal", "portal-bare")
def test_who_may_act_for_others_is_asked_for_whom(place: Town, way: str) -> None:
    browser = place.browser()
    page = browser.walk(way, "representative")
    assert page.request.path == "/giris/adindan"
    assert "«Çinar Tikinti» MMC" in browser.words and "1700000001" in browser.words
    page = browser.post("/giris/adindan", {"whom": "9999999999"})
    assert page.status_code == 422 and "Kimin adından daxil olduğunuzu seçin" in browser.words
    page = browser.post("/giris/adindan", {"whom": "1400000101"})
    assert page.request.path == "/kabinet"
    with place.site.installation.database.read() as connection:
        acting = connection.execute(
            select(Person.voen)
            .join(WebSession, WebSession.entity_id == Person.id)
            .where(WebSession.ended_at.is_(None))
            .order_by(WebSession.opened_at.desc())
        ).first()
    assert acting is not None and acting.voen == "1400000101"
    again = place.browser()
    again.client.set_cookie("giris", "x")
    assert refusal_of(again.get("/giris/adindan")) == "state_mismatch"


@everywhere("portal", "portal-bare")
def test_the_choice_for_whom_is_made_once(place: Town, way: str) -> None:
    browser = place.browser()
    browser.walk(way, "representative")
    kept = browser.client.get_cookie("giris")
    assert kept is not None
    browser.post("/giris/adindan", {"whom": "self"})
    browser.client.delete_cookie("saygac")
    browser.client.set_cookie("giris", kept.value)
    assert refusal_of(browser.get("/giris/adindan")) == "used_twice"


@everywhere(*ABROAD)
def test_what_was_typed_before_the_session_ended_is_there_again(place: Town, way: str) -> None:
    browser = place.browser()
    browser.walk(way)
    browser.begin()
    task, typed = browser.url, browser.form(code="1000000007")
    with place.site.installation.database.step() as connection:
        connection.execute(update(WebSession).values(ended_at=place.site.clock.now()))
    browser.post(task, typed)
    browser.walk(way)
    assert browser.url == task
    assert 'value="1000000007"' in browser.text


@everywhere("asan-rest", "asan-words")
def test_a_telephone_cant_be_made_to_ring_again_and_again(place: Town, way: str) -> None:
    seen = [place.browser().begin_by(way).status_code for _ in range(RINGS + 2)]
    assert seen == [303] * RINGS + [429] * 2
    # another person's still rings
    assert place.browser().begin_by(way, "citizen2").status_code == 303


@everywhere("asan-rest")
def test_who_confirms_is_not_counted(place: Town, way: str) -> None:
    for _ in range(RINGS + 1):
        assert refusal_of(place.browser().walk(way)) == ""


@everywhere("asan-rest")
def test_one_question_at_a_time_makes_one_telephone_ring_once(place: Town, way: str) -> None:
    place.desk.wishes.set("mobile", "by_hand")
    before = len(place.desk.phones.ringing())
    browser = place.browser()
    browser.begin_by(way)
    secret = browser.client.get_cookie("giris")
    assert secret is not None

    def ask(_: int) -> object:
        client = place.site.app.test_client()
        client.set_cookie("giris", secret.value)
        return client.get("/giris/gozleme/cavab").json

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(ask, range(6)))
    assert answers == [{"next": None}] * 6
    assert len(place.desk.phones.ringing()) == before + 1


@everywhere("card-proxy", "web-eid")
def test_a_means_whose_certificates_cant_be_checked_says_so_and_the_others_stay(place: Town, way: str) -> None:
    place.wish("ocsp", "down")
    browser = place.browser()
    browser.walk(way)
    page = place.browser().get("/giris")
    notes = page.text.split("means__note")[1:]
    down = str(words.REFUSALS["revocation_unknown"].heading)
    assert down in notes[0]
    assert sum(down in note for note in notes) == 1


@everywhere()
def test_who_came_with_a_card_is_told_to_take_it_out(place: Town, way: str) -> None:
    browser = place.browser()
    browser.walk(way)
    browser.post("/cixis")
    assert ("Kartı və ya tokeni oxuyucudan çıxarın" in browser.words) == (MEANS[way.split("-")[0]] == "e-imza")
    assert person_in(place, browser) is None
