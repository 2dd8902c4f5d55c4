"""
A person's own sessions: the list, ending one, some or all, how long one lasts, the warning before its end.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from engine.settings import Settings, SettingsRefused
from engine.tables import Person
from tests.support.installation import Install
from tests.support.served import served
from tests.support.site import PASSWORD, Browser, Site, operations, site
from web import people, second_factor, sessions
from web.devices import device
from web.logs import Lines
from web.tables import WebSession

FIREFOX = "Mozilla/5.0 (Android 14; Mobile; rv:142.0) Gecko/142.0 Firefox/142.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36"


def _open(here: Site, name: str, user_agent: str) -> Browser:
    browser = here.browser()
    browser.client.environ_base["HTTP_USER_AGENT"] = user_agent
    browser.log_in(name)
    return browser


def _is_in(browser: Browser) -> bool:
    return browser.client.get("/kabinet").status_code == 200


@pytest.mark.parametrize(
    ("user_agent", "said"),
    [
        (FIREFOX, "Firefox, Android"),
        (CHROME, "Chrome, Windows"),
        (CHROME + " Edg/142.0", "Edge, Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile/15E Safari/604.1",
            "Safari, iPhone",
        ),
        ("curl/8.0", ""),
        ("", ""),
    ],
)
def test_a_browser_is_called_as_people_call_it(user_agent: str, said: str) -> None:
    assert device(user_agent) == said


def test_the_list_shows_ones_own_running_sessions_this_one_first(here: Site) -> None:
    phone, desk = _open(here, "citizen", FIREFOX), _open(here, "citizen", CHROME)
    _open(here, "stranger", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
    phone.get("/tehlukesizlik")
    assert "Firefox, Android Bu sessiya" in phone.words and "Chrome, Windows" in phone.words
    assert "Linux" not in phone.words
    assert phone.words.index("Firefox, Android") < phone.words.index("Chrome, Windows")
    here.clock.advance(timedelta(minutes=29))
    assert _is_in(desk)
    here.clock.advance(timedelta(minutes=2))
    desk.get("/tehlukesizlik")
    assert "Firefox" not in desk.words


def test_one_session_is_ended_and_the_others_go_on(here: Site) -> None:
    phone, desk = _open(here, "citizen", FIREFOX), _open(here, "citizen", CHROME)
    token = phone.client.get_cookie(sessions.COOKIE)
    assert token is not None
    desk.get("/tehlukesizlik")
    desk.post("/tehlukesizlik/bitir", {"session": sessions.digest(token.value)})
    assert "Sessiya bitirildi." in desk.words
    assert (_is_in(phone), _is_in(desk)) == (False, True)


def test_ending_this_session_logs_out(here: Site) -> None:
    desk = _open(here, "citizen", CHROME)
    token = desk.client.get_cookie(sessions.COOKIE)
    assert token is not None
    desk.get("/tehlukesizlik")
    desk.post("/tehlukesizlik/bitir", {"session": sessions.digest(token.value)})
    assert desk.url == "/" and desk.client.get_cookie(sessions.COOKIE) is None


def test_a_strangers_session_cant_be_ended(here: Site) -> None:
    phone, stranger = _open(here, "citizen", FIREFOX), _open(here, "stranger", CHROME)
    token = phone.client.get_cookie(sessions.COOKIE)
    assert token is not None
    stranger.get("/tehlukesizlik")
    stranger.post("/tehlukesizlik/bitir", {"session": sessions.digest(token.value)})
    assert _is_in(phone)


def test_logging_out_everywhere_ends_them_all_and_nobody_elses(here: Site) -> None:
    phone, desk, stranger = (_open(here, name, CHROME) for name in ("citizen", "citizen", "stranger"))
    desk.get("/tehlukesizlik")
    desk.post("/tehlukesizlik/hamisi")
    assert (_is_in(phone), _is_in(desk), _is_in(stranger)) == (False, False, True)


def test_the_eleventh_session_ends_the_oldest(here: Site) -> None:
    browsers = []
    for _ in range(sessions.MOST + 1):
        browsers.append(here.browser("citizen"))
        here.clock.advance(timedelta(seconds=1))
    assert [_is_in(browser) for browser in browsers] == [False] + [True] * sessions.MOST


def test_what_a_session_lasts_is_a_setting(install_sqlite: Install) -> None:
    environ = {"CITIZEN_IDLE_MINUTES": "10", "STAFF_IDLE_MINUTES": "60", "STAFF_SESSION_MINUTES": "240"}
    here = site(install_sqlite(operations()), **environ)
    citizen, dispatcher = here.browser("citizen"), here.browser("dispatcher")
    left = [browser.client.get("/sessiya").get_json() for browser in (citizen, dispatcher)]
    assert left == [{"seconds": 600, "longest": 8 * 3600}, {"seconds": 3600, "longest": 4 * 3600}]
    here.clock.advance(timedelta(minutes=10))
    assert (_is_in(citizen), _is_in(dispatcher)) == (False, True)
    here.clock.advance(timedelta(minutes=60))
    assert not _is_in(dispatcher)


@pytest.mark.parametrize("wrong", ["-1", "x", "1.5", "100000"])
def test_a_length_that_is_none_stops_the_start(wrong: str) -> None:
    with pytest.raises(SettingsRefused, match="SAYGAC_CITIZEN_IDLE_MINUTES must be a whole number"):
        Settings.from_env({"SAYGAC_DEMO": "1", "SAYGAC_CITIZEN_IDLE_MINUTES": wrong})


def test_asking_how_long_it_lasts_does_not_make_it_last_longer(here: Site, citizen: Browser) -> None:
    citizen.get("/kabinet")
    here.clock.advance(timedelta(minutes=20))
    assert citizen.client.get("/sessiya").get_json()["seconds"] == 600
    assert citizen.client.post("/sessiya", data={"csrf": citizen.field("csrf")}).get_json()["seconds"] == 1800
    here.clock.advance(timedelta(minutes=30))
    assert citizen.client.get("/sessiya").get_json() == {"seconds": 0, "longest": 0}
    assert here.browser().client.get("/sessiya").get_json() == {"seconds": 0, "longest": 0}


def test_staying_never_moves_the_absolute_end(here: Site) -> None:
    dispatcher = here.browser("dispatcher")
    here.clock.advance(timedelta(hours=7))
    dispatcher.get("/novbe")
    assert dispatcher.post("/sessiya").get_json() == {"seconds": 3600, "longest": 3600}


def test_a_session_for_an_entity_has_its_cases_and_no_role(here: Site) -> None:
    database = here.installation.database
    for name in ("citizen", "dispatcher"):
        browser = here.browser(name)
        token = browser.client.get_cookie(sessions.COOKIE)
        assert token is not None
        with database.step() as connection:
            entity = people.entity(connection, "1234567890", "Su Qurğuları MMC")
            connection.exec_driver_sql(
                "update web_session set entity_id = ? where id = ?", (entity, sessions.digest(token.value))
            )
        browser.get("/kabinet")
        assert f"{name} Sınaqlı · Su Qurğuları MMC" in browser.words
        assert browser.client.get("/novbe").status_code == 403
        browser.post("/muraciet/yeni/small", {"key": browser.field("key")})
        browser.get("/muracietler")
        assert browser.words.count("Yarımçıq müraciət") == (1 if name == "citizen" else 2)
    for name in ("citizen", "stranger"):
        alone = here.browser(name)
        alone.get("/muracietler")
        assert "Yarımçıq müraciət" not in alone.words
        assert alone.client.get("/muraciet/c-1").status_code == 404
    assert len({row.person_id for row in here.installation.rows(WebSession) if row.entity_id}) == 2


def test_an_entity_is_one_row_with_its_newest_name(here: Site) -> None:
    with here.installation.database.step() as connection:
        first = people.entity(connection, "1234567890", "Su MMC")
        assert people.entity(connection, "1234567890", "Su Qurğuları MMC") == first
        assert people.entity(connection, "1234567891", "Su MMC") != first


@pytest.mark.browser
def test_the_end_is_announced_and_put_off_and_typed_text_outlives_it(here: Site, chromium: Chromium) -> None:
    with served(here.app) as address:
        context = chromium.new_context(base_url=address)
        page = context.new_page()
        page.clock.install()

        def later(minutes: int) -> None:
            here.clock.advance(timedelta(minutes=minutes))
            page.clock.fast_forward(minutes * 60_000)

        page.goto("/giris")
        page.get_by_label("İstifadəçi adı").fill("citizen")
        page.get_by_label("Şifrə", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Daxil ol").click()
        page.wait_for_url("**/kabinet")
        page.get_by_role("button", name="Yeni müraciət yarat").click()
        page.get_by_label("Abonent kodu").fill("1000000001")
        warning = page.get_by_role("region", name="Sessiya bitmək üzrədir")
        expect(warning).to_be_hidden()
        later(28)
        expect(warning).to_contain_text("Sessiyanız 2 dəqiqədən sonra bitəcək")
        page.get_by_role("button", name="Daxil olmuş qalın").click()
        expect(warning).to_be_hidden()
        later(26)
        expect(warning).to_be_hidden()
        later(5)
        expect(page.get_by_role("region", name="Sessiya bitdi")).to_contain_text("Sessiya bitib.")
        page.get_by_role("button", name="Davam et", exact=True).click()
        page.get_by_label("İstifadəçi adı").fill("citizen")
        page.get_by_label("Şifrə", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Daxil ol").click()
        expect(page.get_by_label("Abonent kodu")).to_have_value("1000000001")
        context.close()


def _language(here: Site, name: str) -> str:
    return next(row.language for row in here.installation.rows(Person) if row.username == name)


def test_the_language_is_kept_with_the_person_and_meets_them_in_another_browser(here: Site, citizen: Browser) -> None:
    citizen.get("/kabinet?dil=ru")
    assert (_language(here, "citizen"), _language(here, "stranger")) == ("ru", "az")
    other = here.browser("citizen")
    other.get("/kabinet")
    assert 'lang="ru"' in other.text


def test_a_visitors_choice_and_a_link_from_elsewhere_change_nobody(here: Site, citizen: Browser) -> None:
    here.browser().get("/?dil=ru")
    citizen.client.get("/kabinet?dil=en", headers={"Sec-Fetch-Site": "cross-site"})
    assert _language(here, "citizen") == "az"
    citizen.get("/kabinet?dil=xx")
    assert _language(here, "citizen") == "az"


def test_log_ins_and_refusals_are_logged_without_names(here: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    person = here.people["citizen"].person_id
    here.browser("citizen").client.get("/novbe")
    assert ("session opened", person, "password") in _told(caplog)
    assert ("refused", person, None) in _told(caplog)
    with here.installation.database.step() as connection:
        second_factor.new_recovery_codes(connection, person)
        second_factor.add(connection, person, "key", "", b"x", here.clock.now(), credential_id=b"x")
    browser = here.browser("citizen")
    browser.post("/giris/ikinci", {"recovery": "000000000000"})
    assert ("second factor refused", person, None) in _told(caplog)
    made = Lines()
    assert not [line for line in map(made.format, caplog.records) if "Sınaqlı" in line]


def _told(caplog: pytest.LogCaptureFixture) -> set[tuple[str, object, object]]:
    return {(one.message, getattr(one, "person", None), getattr(one, "means", None)) for one in caplog.records}
