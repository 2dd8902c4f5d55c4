"""
Logging in: three means shown, one that works here, guessing slowed down, and no way to another host.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.installation import Install
from tests.support.site import PASSWORD, Browser, Site, operations, site
from web import people
from web.limits import ACCOUNT_TRIES, ADDRESS_TRIES

REFUSED = "İstifadəçi adı və ya şifrə düzgün deyil"


def test_citizens_land_at_home_and_staff_in_the_inbox(here: Site) -> None:
    assert here.browser("citizen").url == "/kabinet"
    assert here.browser("dispatcher").url == "/novbe"


def test_who_is_in_already_is_led_on(citizen: Browser) -> None:
    assert citizen.get("/giris", query_string={"next": "/muracietler"}).request.path == "/muracietler"


def test_an_office_behind_one_address_can_log_in_in_the_morning(here: Site) -> None:
    seen = {here.browser().log_in("dispatcher").status_code for _ in range(ADDRESS_TRIES + 5)}
    assert seen == {200}


@pytest.mark.parametrize("means", ["e-imza", "asan-imza", "e-gov"])
def test_the_signatures_say_that_they_are_not_offered_yet(here: Site, means: str) -> None:
    browser = here.browser()
    browser.get(f"/giris/{means}", query_string={"next": "/kabinet"})
    assert "hələ işləmir" in browser.words
    assert "/giris?next=/kabinet" in browser.text
    assert browser.get("/giris/sima").status_code == 404


def test_unknown_wrong_and_closed_read_alike(here: Site) -> None:
    here.add("closed", password_hash="")
    browser = here.browser()
    seen = set()
    for name, password in (("nobody", PASSWORD), ("citizen", "wrong"), ("closed", PASSWORD), ("Ədalət", PASSWORD)):
        page = browser.log_in(name, password)
        assert page.status_code == 422
        seen.add(browser.words)
        assert REFUSED in browser.words and f'value="{name}"' in browser.text
        assert PASSWORD not in browser.text
    assert len(seen) == 1


def test_an_unknown_account_costs_a_hash_too(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []
    verify = people._hasher.verify

    class Counting:
        def verify(self, hashed: str, password: str) -> bool:
            tried.append(hashed)
            return verify(hashed, password)

    monkeypatch.setattr(people, "_hasher", Counting())
    for name in ("nobody", "citizen"):
        here.browser().log_in(name, "wrong")
    assert len(tried) == 2


def test_empty_fields_are_named_and_not_counted(here: Site) -> None:
    browser = here.browser()
    for _ in range(ACCOUNT_TRIES + 2):
        page = browser.log_in("", "")
    assert page.status_code == 422
    assert "İstifadəçi adını daxil edin" in browser.words and "Şifrəni daxil edin" in browser.words
    assert browser.log_in("citizen").status_code == 200


def test_the_user_name_is_read_without_blanks_and_case(here: Site) -> None:
    assert here.browser().log_in(" Citizen ").request.path == "/kabinet"


def test_six_tries_then_a_wait_that_doubles(here: Site) -> None:
    browser = here.browser()
    for wait in (15, 30, 60, 120, 120):
        assert [browser.log_in("citizen", "wrong").status_code for _ in range(ACCOUNT_TRIES)] == [422] * ACCOUNT_TRIES
        page = browser.log_in("citizen")
        assert page.status_code == 429
        assert page.headers["Retry-After"] == str(wait * 60)
        assert "Yenidən cəhd edə biləcəyiniz vaxt" in browser.words
        here.clock.advance(timedelta(minutes=wait) - timedelta(seconds=1))
        assert browser.log_in("citizen").status_code == 429
        here.clock.advance(timedelta(seconds=1))
    assert browser.log_in("citizen").status_code == 200


def test_a_success_forgets_the_failures(here: Site) -> None:
    for _ in range(3):
        for _ in range(ACCOUNT_TRIES - 1):
            here.browser().log_in("citizen", "wrong")
        assert here.browser("citizen").url == "/kabinet"


def test_one_address_cant_try_many_accounts(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "authenticate", lambda *_, **__: False)
    browser = here.browser()
    seen = [browser.log_in(f"name{n}", "wrong").status_code for n in range(ADDRESS_TRIES + 3)]
    assert seen == [422] * ADDRESS_TRIES + [429] * 3


def test_a_demonstration_account_is_refused_outside_the_demonstration() -> None:
    account = people.Account(1, "citizen", people.hash_password(people.DEMO_PASSWORD), active=True)
    assert people.authenticate(account, people.DEMO_PASSWORD, demo=True)
    assert not people.authenticate(account, people.DEMO_PASSWORD, demo=False)


def test_outside_the_demonstration_only_staff_come_in_by_password(install_sqlite: Install) -> None:
    production = {
        "DEMO": "0",
        "BASE_URL": "https://localhost",
        "TRUSTED_HOSTS": "localhost",
        "SMTP_URL": "smtp://mail.example.az:587",
        "SENDER": "noreply@example.az",
    }
    here = site(install_sqlite(operations()), **production)
    seen = {}
    for name in ("citizen", "dispatcher"):
        client = here.app.test_client()
        page = client.get("/giris", base_url="https://localhost").text
        token = page.split('name="csrf" value="')[1].split('"')[0]
        typed = {"username": name, "password": PASSWORD, "csrf": token}
        seen[name] = client.post("/giris", data=typed, base_url="https://localhost").status_code
    assert seen == {"citizen": 422, "dispatcher": 303}


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%2f%2fevil.example/..",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "http:evil.example",
        "http:/evil.example",
        "https:///evil.example",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "evil.example",
        "@evil.example",
        "/@evil.example",
        "/.evil.example",
        "/..//evil.example",
        "/kabinet@evil.example",
        "/kabinet\r\nSet-Cookie: a=b",
        "/giris",
        "/giris?next=//evil.example",
        "/cixis",
        "/static/x/y",
        "/unknown",
        "?next=x",
        "#x",
        "",
        "/\u2028/evil.example",
        "//kabinet",
        "/kabinet/../../evil",
        "https://saygac.test.evil.example/kabinet",
        "/;//evil.example",
        "/\x00kabinet",
        "kabinet",
        "./kabinet",
        "//[::1]/",
        "/\\/evil.example",
    ],
)
def test_the_way_back_never_leads_to_another_host(here: Site, target: str) -> None:
    browser = here.browser()
    browser.get("/giris")
    data = {"csrf": browser.field("csrf"), "username": "citizen", "password": PASSWORD, "next": target}
    location = browser.client.post("/giris", data=data).location
    assert location == "/kabinet"


@pytest.mark.parametrize("target", ["/kabinet", "/muracietler?evvel=3", "/muraciet/4831-7720-9155", "/tapsiriq/abc"])
def test_the_way_back_leads_to_the_page_that_was_asked_for(here: Site, target: str) -> None:
    browser = here.browser()
    page = browser.client.get(target)
    browser.get(page.location)
    data = {"csrf": browser.field("csrf"), "username": "citizen", "password": PASSWORD, "next": browser.field("next")}
    assert browser.client.post("/giris", data=data).location == target
