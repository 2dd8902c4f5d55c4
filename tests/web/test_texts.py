"""
Languages, dates and numbers as people read them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tests.support.site import Browser, Site
from web import texts

PAGES = ["/", "/xidmet/small", "/giris", "/giris/asan-imza", "/kabinet", "/muracietler", "/muraciet", "/yoxdur"]


@pytest.mark.parametrize("language", list(texts.LANGUAGES))
def test_every_page_reads_in_the_chosen_language_and_offers_the_others(citizen: Browser, language: str) -> None:
    citizen.get("/", query_string={"dil": language})
    citizen.client.get("/cixis")
    for path in PAGES:
        citizen.get(path)
        assert f'<html lang="{language}"' in citizen.text
        for other in texts.LANGUAGES:
            assert f'dil={other}" hreflang="{other}" lang="{other}"' in citizen.text


def test_azerbaijani_is_spoken_until_another_language_is_chosen(here: Site) -> None:
    page = here.app.test_client().get("/", headers={"Accept-Language": "en"})
    assert '<html lang="az"' in page.text


def test_the_choice_keeps_the_page_and_is_remembered_after_the_log_out(citizen: Browser) -> None:
    page = citizen.client.get("/muracietler?evvel=3&dil=ru")
    assert page.location == "/muracietler?evvel=3"
    citizen.get("/kabinet")
    citizen.post("/cixis")
    assert '<html lang="ru"' in citizen.text


def test_a_new_case_is_kept_in_the_language_it_was_begun_in(here: Site, citizen: Browser) -> None:
    citizen.get("/kabinet", query_string={"dil": "en"})
    citizen.begin()
    with here.installation.database.read() as connection:
        assert connection.exec_driver_sql("select language from case_file").scalar_one() == "en"


@pytest.mark.parametrize("path", ["//evil.example/x", "/\\evil.example", "///evil.example"])
def test_switching_never_leads_to_another_host(here: Site, path: str) -> None:
    location = here.app.test_client().get(path + "?dil=ru", base_url="http://localhost").location
    assert location is None or (location.startswith("/") and not location.startswith(("//", "/\\")))


@pytest.mark.parametrize("path", ["/x/%00", "/x/%22%3E", "/x/%0D%0AA:b", "/x/%C9%99", "/x/%3Fq"])
def test_switching_leads_back_to_the_very_same_path(here: Site, path: str) -> None:
    client = here.app.test_client()
    assert f'href="{path}?dil=ru"' in client.get(path).text
    assert client.get(path + "?dil=ru").location == path


@pytest.mark.parametrize("chosen", ["xx", "", "az'", "../ru"])
def test_an_unknown_language_changes_nothing(here: Site, chosen: str) -> None:
    client = here.app.test_client()
    client.set_cookie("dil", chosen)
    assert '<html lang="az"' in client.get("/").text
    assert not client.get("/", query_string={"dil": chosen}).headers.getlist("Set-Cookie")


@pytest.mark.parametrize(
    "value, said",
    [
        (datetime(2026, 12, 13, 19, 59, tzinfo=UTC), "13.12.2026"),
        (datetime(2026, 12, 13, 20, 0, tzinfo=UTC), "14.12.2026"),
        (date(2026, 1, 2), "02.01.2026"),
        ("2026-01-02", "02.01.2026"),
        ("2026-12-13T20:00:00+00:00", "14.12.2026"),
        (None, ""),
    ],
)
def test_days_are_those_of_baku(value: datetime | date | str | None, said: str) -> None:
    assert texts.day(value) == said


def test_moments_sizes_numbers_and_lines(here: Site) -> None:
    assert texts.moment(datetime(2026, 1, 2, 21, 5, tzinfo=UTC)) == "03.01.2026, 01:05"
    assert (texts.moment(None), texts.number(None)) == ("", "")
    assert texts.number("483177209155") == "4831-7720-9155"
    assert texts.lines("a\n<b>") == "a<br>&lt;b&gt;"
    with here.app.test_request_context():
        assert [texts.size(n) for n in (1, 300_000, 7_340_032)] == ["1 kB", "293 kB", "7,0 MB"]


@pytest.mark.parametrize(
    ("language", "small", "large"), [("az", "4 kB", "2,5 MB"), ("ru", "4 КБ", "2,5 МБ"), ("en", "4 kB", "2.5 MB")]
)
def test_sizes_read_as_the_language_writes_them(here: Site, language: str, small: str, large: str) -> None:
    with here.app.test_request_context(headers={"Cookie": f"dil={language}"}):
        assert texts.size(4 * 1024) == small
        assert texts.size(5 * 512 * 1024) == large
