"""
The second factor of local accounts: demanded from whom the table says, taken once, slowed down, enrolled, recovered.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect
from sqlalchemy import update

from engine.tables import Person
from tests.support.installation import Install
from tests.support.served import served
from tests.support.site import PASSWORD, Browser, Site, operations, site
from web import second_factor
from web.limits import ACCOUNT_TRIES
from web.second_factor import KEY_FILE, PERIOD, RECOVERY_CODES, RECOVERY_DIGITS, Seal
from web.second_steps import COOKIE, LIFETIME
from web.sessions import COOKIE as SESSION
from web.tables import RecoveryCode, SecondFactor, SecondStep, WebSession

PRODUCTION = {
    "DEMO": "0",
    "SMTP_URL": "smtp://mail.example.az",
    "BASE_URL": "https://localhost",
    "TRUSTED_HOSTS": "localhost",
    "SENDER": "saygac@example.az",
}
AGAIN = timedelta(seconds=PERIOD)


def _staffed(made: Site) -> Site:
    made.add("head", ("head", "north"))
    made.add("analyst", ("analyst", "*"))
    made.add("operator", ("operator", "*"))
    return made


@pytest.fixture
def office(here: Site) -> Site:
    """
    Add those whose log-in matters most to the demonstration.
    """
    return _staffed(here)


@pytest.fixture
def production(install_sqlite: Install) -> Site:
    """
    Put the pages over an installation where people really work.
    """
    return _staffed(site(install_sqlite(operations()), **PRODUCTION))


def _browser(here: Site) -> Browser:
    browser = here.browser()
    if not here.services.settings.demo:
        browser.client.environ_base["wsgi.url_scheme"] = "https"
    return browser


def _seed(browser: Browser) -> str:
    found = re.search(r'seed__letters">([A-Z2-7 ]+)<', browser.text)
    assert found
    return found[1].replace(" ", "")


def _code(here: Site, seed: str) -> str:
    return pyotp.TOTP(seed).at(here.clock.now())


def _recovery(browser: Browser) -> list[str]:
    return re.findall(r"<li>([0-9]{4}-[0-9]{4}-[0-9]{4})</li>", browser.text)


def _enrol(here: Site, browser: Browser) -> tuple[str, list[str]]:
    browser.get("/tehlukesizlik/ikinci")
    browser.post("/tehlukesizlik/ikinci", {"password": PASSWORD, "action": "code"})
    seed = _seed(browser)
    browser.post("/tehlukesizlik/ikinci/yeni", {"code": _code(here, seed), "name": "İş telefonu"})
    return seed, _recovery(browser)


def _is_in(browser: Browser) -> bool:
    return browser.client.get("/kabinet").status_code == 200


@pytest.mark.parametrize("who", ["head", "analyst", "operator"])
def test_in_production_a_password_alone_opens_no_session_for_these_roles(production: Site, who: str) -> None:
    browser = _browser(production)
    browser.log_in(who)
    assert browser.url == "/giris/ikinci"
    assert "Kod tətbiqini qoşun" in browser.words
    assert not _is_in(browser) and not production.installation.rows(WebSession)
    seed = _seed(browser)
    browser.post("/giris/ikinci", {"code": "000000"})
    assert not _is_in(browser)
    browser.post("/giris/ikinci", {"code": _code(production, seed)})
    assert len(_recovery(browser)) == RECOVERY_CODES
    assert _is_in(browser)


@pytest.mark.parametrize("who", ["dispatcher", "colleague"])
def test_others_are_not_asked(production: Site, who: str) -> None:
    browser = _browser(production)
    browser.log_in(who)
    assert _is_in(browser)


@pytest.mark.parametrize("who", ["head", "analyst", "operator"])
def test_the_demonstration_offers_it_and_demands_none(office: Site, who: str) -> None:
    browser = office.browser(who)
    assert _is_in(browser)
    browser.get("/tehlukesizlik")
    assert 'href="/tehlukesizlik/ikinci"' in browser.text


def test_a_code_is_asked_after_the_password_and_opens_a_new_session(office: Site) -> None:
    seed, _ = _enrol(office, office.browser("head"))
    office.clock.advance(AGAIN)
    browser = office.browser()
    browser.get("/siyahilar")
    assert browser.url == "/giris"
    browser.post("/giris", {"username": "head", "password": PASSWORD, "next": "/siyahilar"})
    assert browser.url == "/giris/ikinci" and browser.client.get_cookie(SESSION) is None
    browser.post("/giris/ikinci", {"code": _code(office, seed)})
    assert browser.url == "/siyahilar"
    assert browser.client.get_cookie(COOKIE) is None
    assert not office.installation.rows(SecondStep)


def test_a_wrong_password_never_comes_to_the_second_factor(office: Site) -> None:
    _enrol(office, office.browser("head"))
    browser = office.browser()
    assert browser.log_in("head", "wrong").request.path == "/giris"
    assert not office.installation.rows(SecondStep)


def test_a_code_is_taken_once(office: Site) -> None:
    seed, _ = _enrol(office, office.browser("head"))
    office.clock.advance(AGAIN)
    first, second = office.browser(), office.browser()
    for browser in (first, second):
        browser.log_in("head")
    code = _code(office, seed)
    first.post("/giris/ikinci", {"code": code})
    second.post("/giris/ikinci", {"code": code})
    assert (_is_in(first), _is_in(second)) == (True, False)
    assert "artıq istifadə olunub" in second.words


def test_the_code_that_enrolled_opens_nothing(office: Site) -> None:
    seed, _ = _enrol(office, office.browser("head"))
    browser = office.browser()
    browser.log_in("head")
    browser.post("/giris/ikinci", {"code": _code(office, seed)})
    assert not _is_in(browser)


@pytest.mark.parametrize(("late", "taken"), [(0, True), (1, True), (2, False), (-1, False), (-2, False), (1000, False)])
def test_a_code_is_good_in_its_time_step_and_the_next(office: Site, late: int, taken: bool) -> None:
    seed, _ = _enrol(office, office.browser("head"))
    office.clock.advance(5 * AGAIN)
    browser = office.browser()
    browser.log_in("head")
    code = pyotp.TOTP(seed).at(office.clock.now() - late * AGAIN)
    browser.post("/giris/ikinci", {"code": code})
    assert _is_in(browser) is taken


def test_guessing_is_slowed_down_also_over_new_log_ins(office: Site) -> None:
    seed, _ = _enrol(office, office.browser("head"))
    office.clock.advance(AGAIN)
    browser = office.browser()
    seen = []
    for turn in range(ACCOUNT_TRIES + 1):
        if turn % 3 == 0:
            browser.log_in("head")
        else:
            browser.get("/giris/ikinci")
        seen.append(browser.post("/giris/ikinci", {"code": "000000"}).status_code)
    assert seen == [422] * ACCOUNT_TRIES + [429]
    browser.log_in("head")
    assert browser.post("/giris/ikinci", {"code": _code(office, seed)}).status_code == 429


def test_the_step_ends_by_itself_and_belongs_to_its_browser(office: Site) -> None:
    seed, _ = _enrol(office, office.browser("head"))
    office.clock.advance(AGAIN)
    browser, other = office.browser(), office.browser()
    browser.log_in("head")
    assert other.get("/giris/ikinci").request.path == "/giris"
    office.clock.advance(LIFETIME)
    page = browser.post("/giris/ikinci", {"code": _code(office, seed)})
    assert page.request.path == "/giris" and not _is_in(browser)


def test_a_recovery_code_is_taken_once_however_it_is_written(office: Site) -> None:
    _, codes = _enrol(office, office.browser("head"))
    for code, taken in ((codes[0], True), (codes[0], False), (codes[1].replace("-", " "), True), ("0" * 12, False)):
        browser = office.browser()
        browser.log_in("head")
        browser.post("/giris/ikinci", {"recovery": code})
        assert _is_in(browser) is taken
    browser = office.browser()
    browser.log_in("head")
    browser.post("/giris/ikinci", {"recovery": codes[2]})
    browser.get("/tehlukesizlik/ikinci")
    assert f"{RECOVERY_CODES - 3} kod qalıb" in browser.words


def test_with_another_key_a_code_proves_nothing_and_a_recovery_code_still_does(office: Site) -> None:
    seed, codes = _enrol(office, office.browser("head"))
    office.clock.advance(AGAIN)
    (office.services.settings.folder / KEY_FILE).unlink()
    browser = office.browser()
    browser.log_in("head")
    assert browser.post("/giris/ikinci", {"code": _code(office, seed)}).status_code == 422
    browser.post("/giris/ikinci", {"recovery": codes[0]})
    assert _is_in(browser)


def test_nothing_that_is_stored_opens_a_session(office: Site) -> None:
    seed, codes = _enrol(office, office.browser("head"))
    stored = str(office.installation.rows(SecondFactor)) + str(office.installation.rows(RecoveryCode))
    assert seed not in stored
    for code in codes:
        assert code not in stored and code.replace("-", "") not in stored
    assert {row.hash.split("$")[1] for row in office.installation.rows(RecoveryCode)} == {"argon2id"}
    key = office.services.settings.folder / KEY_FILE
    assert key.stat().st_mode & 0o777 == 0o600


def test_seeds_and_recovery_codes_are_long_and_never_the_same(office: Site) -> None:
    _, codes = _enrol(office, office.browser("head"))
    assert len({second_factor.new_seed() for _ in range(100)}) == 100
    assert len(second_factor.new_seed()) == 32  # base32: 160 bits
    assert len(set(codes)) == RECOVERY_CODES
    assert {len(code.replace("-", "")) for code in codes} == {RECOVERY_DIGITS}


def test_every_process_has_the_same_key(office: Site) -> None:
    folder = office.services.settings.folder
    assert Seal(folder).open(Seal(folder).close("ABC")) == "ABC"


@pytest.mark.parametrize("action", ["code", "key", "recovery", "remove-1"])
def test_every_change_asks_for_the_password_again(office: Site, action: str) -> None:
    head = office.browser("head")
    _enrol(office, head)
    before = str(office.installation.rows(SecondFactor)) + str(office.installation.rows(RecoveryCode))
    head.get("/tehlukesizlik/ikinci")
    page = head.post("/tehlukesizlik/ikinci", {"password": "wrong", "action": action})
    assert page.status_code == 422
    assert "Şifrə düzgün deyil" in head.words
    assert str(office.installation.rows(SecondFactor)) + str(office.installation.rows(RecoveryCode)) == before


def test_a_factor_is_removed_with_the_codes_that_stood_in_for_it(office: Site) -> None:
    head = office.browser("head")
    _enrol(office, head)
    (factor,) = office.installation.rows(SecondFactor)
    analyst = office.browser("analyst")
    analyst.get("/tehlukesizlik/ikinci")
    stranger = analyst.post("/tehlukesizlik/ikinci", {"password": PASSWORD, "action": f"remove-{factor.id}"})
    assert stranger.status_code == 404
    head.get("/tehlukesizlik/ikinci")
    assert "İş telefonu" in head.words
    head.post("/tehlukesizlik/ikinci", {"password": PASSWORD, "action": f"remove-{factor.id}"})
    assert "İkinci təsdiq silindi" in head.words
    assert not office.installation.rows(SecondFactor) and not office.installation.rows(RecoveryCode)
    assert _is_in(office.browser("head"))


def test_new_recovery_codes_replace_the_old_ones(office: Site) -> None:
    head = office.browser("head")
    _, old = _enrol(office, head)
    head.get("/tehlukesizlik/ikinci")
    head.post("/tehlukesizlik/ikinci", {"password": PASSWORD, "action": "recovery"})
    new = _recovery(head)
    assert len(new) == RECOVERY_CODES and not set(new) & set(old)
    browser = office.browser()
    browser.log_in("head")
    browser.post("/giris/ikinci", {"recovery": old[0]})
    assert not _is_in(browser)


def test_a_wrong_first_code_enrols_nothing(office: Site) -> None:
    head = office.browser("head")
    head.get("/tehlukesizlik/ikinci")
    head.post("/tehlukesizlik/ikinci", {"password": PASSWORD, "action": "code"})
    seed = _seed(head)
    page = head.post("/tehlukesizlik/ikinci/yeni", {"code": "123"})
    assert page.status_code == 422 and _seed(head) == seed
    assert not office.installation.rows(SecondFactor)


def test_keys_are_not_offered_where_the_address_has_no_name(install_sqlite: Install) -> None:
    here = site(install_sqlite(operations()), **PRODUCTION | {"BASE_URL": "https://10.0.0.5"})
    browser = _browser(here)
    browser.log_in("dispatcher")
    browser.get("/tehlukesizlik/ikinci")
    assert "yalnız adı olan ünvanda işləyir" in browser.words and 'value="key"' not in browser.text
    assert browser.post("/tehlukesizlik/ikinci", {"password": PASSWORD, "action": "key"}).status_code == 400


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.text(max_size=60),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda inner: st.dictionaries(
                st.sampled_from(
                    ["id", "rawId", "response", "type", "clientDataJSON", "authenticatorData", "signature"]
                ),
                inner,
                max_size=7,
            ),
            max_leaves=12,
        ).map(lambda made: json.dumps(made)),
    )
)
def test_no_answer_of_a_made_up_key_opens_a_session_or_breaks_the_page(office: Site, answer: str) -> None:
    database = office.installation.database
    person = office.people["head"].person_id
    if not office.installation.rows(SecondFactor):
        with database.step() as connection:
            second_factor.add(connection, person, "key", "", b"x", office.clock.now(), credential_id=b"id")
    browser = office.browser()
    browser.log_in("head")
    office.clock.advance(timedelta(hours=3))
    browser.log_in("head")
    assert browser.client.post("/giris/ikinci/acar", data={"csrf": browser.field("csrf")}).status_code == 200
    assert browser.post("/giris/ikinci", {"answer": answer or " "}).status_code == 422
    assert not _is_in(browser)


@pytest.mark.browser
def test_a_security_key_is_enrolled_and_used_in_a_real_browser(office: Site, chromium: Chromium) -> None:
    with served(office.app) as address:
        context = chromium.new_context(base_url=address.replace("127.0.0.1", "localhost"))
        page = context.new_page()
        tool = context.new_cdp_session(page)
        tool.send("WebAuthn.enable")
        about = {"protocol": "ctap2", "transport": "usb", "hasResidentKey": False, "hasUserVerification": False}
        tool.send("WebAuthn.addVirtualAuthenticator", {"options": {**about, "automaticPresenceSimulation": True}})

        def log_in() -> None:
            page.goto("/giris")
            page.get_by_label("İstifadəçi adı").fill("head")
            page.get_by_label("Şifrə", exact=True).fill(PASSWORD)
            page.get_by_role("button", name="Daxil ol", exact=True).click()

        log_in()
        page.wait_for_url("**/novbe")
        page.goto("/tehlukesizlik/ikinci")
        page.get_by_label("Dəyişiklik üçün şifrəniz").fill(PASSWORD)
        page.get_by_role("button", name="Təhlükəsizlik açarı əlavə et").click()
        page.get_by_label("Ad (məsələn").fill("Mavi açar")
        page.get_by_role("button", name="Açarı qoş").click()
        expect(page.get_by_role("heading", name="Bərpa kodlarınız")).to_be_visible()
        page.get_by_role("button", name="Saxladım").click()
        expect(page.get_by_text("Mavi açar", exact=True)).to_be_visible()
        context.clear_cookies()
        log_in()
        page.get_by_role("button", name="Açarla təsdiqlə").click()
        page.wait_for_url("**/novbe")
        (factor,) = office.installation.rows(SecondFactor)
        assert factor.counter > 0 and factor.used_at is not None
        context.close()


@pytest.mark.parametrize("language", ["az", "ru", "en"])
def test_the_pages_hold_to_the_rules_in_every_language(office: Site, language: str) -> None:
    head = office.browser("head")
    head.get(f"/tehlukesizlik?dil={language}")
    _, codes = _enrol(office, head)
    head.get("/tehlukesizlik/ikinci")
    assert f'lang="{language}"' in head.text and html.unescape(head.words)
    later = office.browser()
    later.get(f"/giris?dil={language}")
    later.log_in("head")
    later.post("/giris/ikinci", {"code": "1"})
    assert later.page is not None and later.page.status_code == 422
    later.post("/giris/ikinci", {"recovery": codes[0]})
    assert _is_in(later)


def test_other_means_are_factors_enough(production: Site) -> None:
    with production.installation.database.read() as connection:
        enrolled = second_factor.factors(connection, production.people["head"].person_id)
    actor = replace(production.people["head"])
    asked = {
        means: second_factor.is_asked(actor, means, enrolled, demo=False)
        for means in ("e-imza", "asan-imza", "password")
    }
    assert asked == {"e-imza": False, "asan-imza": False, "password": True}


def test_a_person_who_is_closed_meanwhile_gets_no_session(office: Site) -> None:
    seed, _ = _enrol(office, office.browser("head"))
    office.clock.advance(AGAIN)
    browser = office.browser()
    browser.log_in("head")
    with office.installation.database.step() as connection:
        connection.execute(update(Person).where(Person.username == "head").values(active=False))
    browser.post("/giris/ikinci", {"code": _code(office, seed)})
    assert not _is_in(browser)
