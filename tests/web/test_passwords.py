"""
Another local password: the old one is asked for, obvious ones are refused, other sessions end.
"""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from tests.support.site import PASSWORD, Browser, Site
from web import passwords, people
from web.command import main
from web.limits import ACCOUNT_TRIES

GOOD = "dörd ağ at çayı keçir"


def _change(browser: Browser, current: str, new: str) -> int:
    browser.get("/tehlukesizlik/sifre")
    return browser.post("/tehlukesizlik/sifre", {"current": current, "new": new}).status_code


def test_a_new_password_opens_and_the_old_one_does_not(here: Site, citizen: Browser) -> None:
    elsewhere = here.browser("citizen")
    assert _change(citizen, PASSWORD, GOOD) == 200
    assert "Şifrə dəyişdirildi, başqa sessiyalarınız bitirildi." in citizen.words
    assert [browser.client.get("/kabinet").status_code for browser in (citizen, elsewhere)] == [200, 303]
    assert here.browser().log_in("citizen", GOOD).request.path == "/kabinet"
    assert here.browser().log_in("citizen", PASSWORD).request.path == "/giris"


def test_without_the_old_password_nothing_changes_and_guessing_is_slowed_down(here: Site, citizen: Browser) -> None:
    seen = [_change(citizen, "wrong", GOOD) for _ in range(ACCOUNT_TRIES + 1)]
    assert seen == [422] * ACCOUNT_TRIES + [429]
    assert GOOD not in citizen.text
    assert here.browser().log_in("citizen", GOOD).status_code == 429


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("", "ən azı 15 işarə"),
        ("qısa şifrə", "ən azı 15 işarə"),
        ("a" * 1001, "çox uzundur"),
        ("a" * 40, "asanlıqla tapmaq"),
        ("abcabcabcabcabcabc", "asanlıqla tapmaq"),
        ("Saygac Azersu 2026", "asanlıqla tapmaq"),
        ("SAYĞAC-şifrə-1234", "asanlıqla tapmaq"),
        ("citizen sınaqlı 1", "asanlıqla tapmaq"),
        ("letmein letmein 1", "asanlıqla tapmaq"),
        ("monkeymonkey1234", "asanlıqla tapmaq"),
        ("qwertyuiopasdfgh", "asanlıqla tapmaq"),
    ],
)
def test_what_is_easily_guessed_is_refused(here: Site, citizen: Browser, new: str, said: str) -> None:
    assert _change(citizen, PASSWORD, new) == 422
    assert said in citizen.words
    assert here.browser().log_in("citizen").request.path == "/kabinet"


@pytest.mark.parametrize(
    "new", [GOOD, "correct horse battery staple", "1593574862015937", "🔑🚰💧 üç kiçik şəkil", " x9 " * 6 + "yuqz"]
)
def test_any_characters_will_do_if_it_is_long(new: str) -> None:
    assert not passwords.is_weak(new, ("citizen", "Aysel", ""))


@pytest.mark.parametrize("language", ["az", "ru", "en"])
def test_the_page_holds_to_the_rules_in_every_language(citizen: Browser, language: str) -> None:
    citizen.get(f"/tehlukesizlik/sifre?dil={language}")
    assert _change(citizen, "", "") == 422
    assert f'lang="{language}"' in citizen.text


def test_the_command_sets_a_password_that_is_not_obvious(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAYGAC_DEMO", "1")
    monkeypatch.setenv("SAYGAC_FOLDER", str(here.installation.folder))
    monkeypatch.setenv("SAYGAC_DATABASE_URL", here.installation.database.url.render_as_string(hide_password=False))
    browser = here.browser("dispatcher")
    refused = CliRunner().invoke(main, ["set-password", "dispatcher"], input="dispatcher12345\ndispatcher12345\n")
    assert refused.exit_code == 1 and "Too easily guessed" in refused.output
    done = CliRunner().invoke(main, ["set-password", "dispatcher"], input=f"{GOOD}\n{GOOD}\n")
    assert done.exit_code == 0 and GOOD not in done.output
    assert browser.client.get("/kabinet").status_code == 303
    assert here.browser().log_in("dispatcher", GOOD).request.path == "/novbe"


def test_only_hashes_are_kept() -> None:
    assert people.hash_password(GOOD).startswith("$argon2id$")
