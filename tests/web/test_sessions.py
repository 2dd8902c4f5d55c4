"""
Sessions: new at log-in, gone at log-out, ended by pauses, kept on the server.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.installation import counted
from tests.support.site import Browser, Site
from web import create_app, sessions
from web.sessions import COOKIE
from web.tables import WebSession


def _cookie(browser: Browser) -> str:
    cookie = browser.client.get_cookie(COOKIE)
    assert cookie is not None
    return cookie.value


def _is_in(here: Site, token: str) -> bool:
    client = here.app.test_client()
    client.set_cookie(COOKIE, token)
    return client.get("/kabinet").status_code == 200


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(here: Site) -> None:
    browser = here.browser()
    browser.get("/giris")
    page = browser.client.post("/giris", data=_credentials(browser))
    (cookie,) = [line for line in page.headers.getlist("Set-Cookie") if line.startswith(f"{COOKIE}=")]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
    assert "Domain" not in cookie and "Expires" not in cookie


def _credentials(browser: Browser) -> dict[str, str]:
    return {"csrf": browser.field("csrf"), "username": "citizen", "password": "uzun parol 1"}


def test_the_database_knows_only_the_tokens_hash(here: Site, citizen: Browser) -> None:
    (row,) = here.installation.rows(WebSession)
    assert _cookie(citizen) not in str(row)
    assert row.id == sessions.digest(_cookie(citizen))
    assert len(_cookie(citizen)) >= 43  # 256 bits


def test_the_old_cookie_is_refused_after_the_next_log_in(here: Site, citizen: Browser) -> None:
    old = _cookie(citizen)
    citizen.get("/")
    citizen.client.post("/giris", data=_credentials(citizen))
    assert _cookie(citizen) != old
    assert (_is_in(here, old), _is_in(here, _cookie(citizen))) == (False, True)


def test_the_old_cookie_is_refused_after_log_out(here: Site, citizen: Browser) -> None:
    old = _cookie(citizen)
    citizen.get("/kabinet")
    citizen.post("/cixis")
    assert citizen.client.get_cookie(COOKIE) is None
    assert not _is_in(here, old)


def test_a_token_that_was_set_beforehand_never_becomes_a_session(here: Site) -> None:
    browser = here.browser()
    browser.client.set_cookie(COOKIE, "chosen-by-an-attacker")
    browser.log_in("citizen")
    assert _cookie(browser) != "chosen-by-an-attacker"
    assert not _is_in(here, "chosen-by-an-attacker")


@pytest.mark.parametrize(
    "name, pause, times, still_in",
    [
        ("citizen", timedelta(minutes=29), 5, True),
        ("citizen", timedelta(minutes=30), 1, False),
        ("citizen", timedelta(minutes=29), 17, False),
        ("dispatcher", timedelta(hours=7, minutes=59), 1, True),
        ("dispatcher", timedelta(hours=8), 1, False),
        ("dispatcher", timedelta(hours=1), 8, False),
    ],
)
def test_pauses_end_a_citizens_session_and_eight_hours_everybodys(
    here: Site, name: str, pause: timedelta, times: int, still_in: bool
) -> None:
    browser = here.browser(name)
    for _ in range(times):
        here.clock.advance(pause)
        page = browser.client.get("/kabinet")
    assert (page.status_code == 200) is still_in


def test_a_session_ends_when_it_is_revoked_or_the_person_is_closed(here: Site, citizen: Browser) -> None:
    token = _cookie(citizen)
    with here.installation.database.step() as connection:
        sessions.end_sessions_of(connection, here.people["citizen"].person_id, here.clock.now())
    assert not _is_in(here, token)


def test_loading_a_session_is_one_statement_and_it_is_touched_once_a_minute(here: Site) -> None:
    browser = here.browser("dispatcher")
    with counted(here.installation.database) as sent:
        browser.client.get("/giris/asan-imza")
    assert len(sent) == 1
    here.clock.advance(timedelta(seconds=60))
    with counted(here.installation.database) as sent:
        for _ in range(3):
            browser.client.get("/giris/asan-imza")
    assert [statement.split()[0] for statement in sent] == ["SELECT", "UPDATE", "SELECT", "SELECT"]


def test_a_visitor_costs_no_statement(here: Site) -> None:
    with counted(here.installation.database) as sent:
        here.app.test_client().get("/giris")
    assert sent == []


def test_cookies_are_bound_to_the_host_where_pages_travel_over_tls(here: Site) -> None:
    settings = replace(here.services.settings, base_url="https://saygac.example", trusted_hosts=("saygac.example",))
    client = create_app(settings, replace(here.services, settings=settings)).test_client()
    page = client.get("/giris", base_url="https://saygac.example")
    (cookie,) = page.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-") and "Secure" in cookie and "Path=/" in cookie
    assert page.headers["Strict-Transport-Security"].startswith("max-age=")
    assert client.get("/giris", base_url="https://evil.example").status_code == 400
