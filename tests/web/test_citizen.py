"""
The citizen's way through the manual: services, log-in, home, application, number, status.
"""

from __future__ import annotations

import pytest

from engine.operations import Fact
from tests.support.site import CONFIRMATION, Browser, Site


def test_the_manuals_steps_lead_from_the_list_of_services_to_the_number(here: Site) -> None:
    browser = here.browser()
    browser.get("/")
    assert "/xidmet/small" in browser.text
    browser.get("/xidmet/small")
    browser.get("/kabinet")
    assert browser.url == "/giris"
    for means in ("Elektron imza ilə", "Asan imza ilə", "İstifadəçi adı və şifrə ilə"):
        assert means in browser.words
    browser.log_in("citizen", next="/kabinet")
    assert "Yeni müraciət yarat" in browser.words
    assert "Müraciətin statusunu yoxla" in browser.words
    number = here.registered()
    browser.get(f"/muraciet/{number}/qebul")
    assert CONFIRMATION.format(case_number=number) in browser.words
    browser.get("/muraciet", query_string={"nomre": number.replace("-", " ")})
    assert browser.url == f"/muraciet/{number}"
    assert "Cavab 14.12.2026 tarixinədək veriləcək." in browser.words
    browser.get("/muracietler")
    assert number in browser.text


def test_the_confirmation_can_be_opened_again_and_an_unregistered_case_has_none(here: Site, citizen: Browser) -> None:
    number = here.registered()
    assert citizen.get(f"/muraciet/{number}/qebul").status_code == 200
    citizen.begin()
    assert citizen.get("/muraciet/c-2/qebul").request.path == "/muraciet/c-2"


def test_an_application_begun_twice_by_one_click_is_one(citizen: Browser) -> None:
    citizen.get("/kabinet")
    key, csrf = citizen.field("key"), citizen.field("csrf")
    first = citizen.client.post("/muraciet/yeni/small", data={"csrf": csrf, "key": key})
    second = citizen.client.post("/muraciet/yeni/small", data={"csrf": csrf, "key": key})
    assert first.location == second.location


def test_a_key_leads_nobody_to_another_persons_case(here: Site, citizen: Browser) -> None:
    citizen.begin()
    stranger = here.browser("stranger")
    stranger.get("/kabinet")
    citizen.get("/kabinet")
    key = citizen.field("key")
    mine = citizen.client.post("/muraciet/yeni/small", data={"csrf": citizen.field("csrf"), "key": key})
    theirs = stranger.client.post("/muraciet/yeni/small", data={"csrf": stranger.field("csrf"), "key": key})
    assert mine.location != theirs.location


@pytest.mark.parametrize(
    "typed, status, words",
    [
        ("", 422, "Müraciət nömrəsini daxil edin"),
        ("123", 422, "12 rəqəmdən ibarətdir"),
        ("4831-7720-9156", 422, "12 rəqəmdən ibarətdir"),
        ("<script>", 422, "12 rəqəmdən ibarətdir"),
    ],
)
def test_a_number_that_is_none_is_told_apart(citizen: Browser, typed: str, status: int, words: str) -> None:
    page = citizen.get("/muraciet", query_string={"nomre": typed})
    assert page.status_code == status
    assert words in citizen.words
    assert "Problem var" in citizen.words


def test_what_only_staff_may_know_of_a_case_is_not_told_to_the_applicant(here: Site, citizen: Browser) -> None:
    here.installation.operations.fact("address", Fact({"az": "Ünvan"}, to_applicant=False))
    number = here.registered()
    citizen.get(f"/muraciet/{number}")
    assert "Nəsimi" in citizen.words
    assert "Zərdabi" not in citizen.words
    dispatcher = here.browser("dispatcher")
    dispatcher.get(f"/is/{number}")
    assert "Bakı, Zərdabi küç. 12" in dispatcher.words


def test_a_strangers_number_reads_like_an_unknown_one(here: Site) -> None:
    number = here.registered()
    stranger = here.browser("stranger")
    own = stranger.get("/muraciet", query_string={"nomre": number})
    assert (own.status_code, "tapılmadı" in stranger.words) == (404, True)
    for path in (f"/muraciet/{number}", f"/muraciet/{number}/qebul", "/muraciet/c-1", "/muraciet/abc"):
        assert stranger.get(path).status_code == 404
        assert number not in stranger.words


def test_guessing_numbers_ends_after_twenty_misses(here: Site, citizen: Browser) -> None:
    number = here.registered()
    stranger = here.browser("stranger")
    seen = [stranger.get("/muraciet", query_string={"nomre": number}).status_code for _ in range(22)]
    assert seen == [404] * 20 + [429] * 2
    assert citizen.get("/muraciet", query_string={"nomre": number}).status_code == 200


def test_lists_page_by_page(here: Site, citizen: Browser) -> None:
    for _ in range(22):
        citizen.begin()
    citizen.get("/muracietler")
    assert citizen.text.count('<li class="card">') == 20
    citizen.get("/muracietler", query_string={"evvel": "3"})
    assert citizen.text.count('<li class="card">') == 2
    for wrong in ("x", "-1", "9" * 30, "٣"):
        assert citizen.get("/muracietler", query_string={"evvel": wrong}).status_code == 200


@pytest.mark.parametrize("process", ["unknown", "../x", "a b", "x" * 200])
def test_an_unknown_service_is_not_found(here: Site, citizen: Browser, process: str) -> None:
    assert citizen.get(f"/xidmet/{process}").status_code == 404
    citizen.get("/kabinet")
    assert citizen.post(f"/muraciet/yeni/{process}").status_code == 404
