"""
Which mails about their work staff get: each kind is switched by its person.
"""

from __future__ import annotations

import pytest

from engine.tables import UnwantedMail
from tests.support.site import Site
from tests.web.office import Office, open_office

PAGE = "/tehlukesizlik/mektublar"


@pytest.fixture
def office(here: Site) -> Office:
    """
    Open an office.
    """
    return open_office(here)


def unwanted(office: Office) -> set[tuple[int, str]]:
    return {(row.person_id, row.kind) for row in office.site.installation.rows(UnwantedMail)}


def test_everything_comes_until_it_is_switched_off(office: Office) -> None:
    head, person = office.browser("head"), office.site.people["head"].person_id
    head.get("/tehlukesizlik")
    assert PAGE in head.text
    head.get(PAGE)
    assert head.text.count(" checked") == 3
    head.post(PAGE, {"kind": ["due"]})
    assert "Seçiminiz yadda saxlanıldı" in head.words
    assert unwanted(office) == {(person, "assigned"), (person, "digest")}
    head.get(PAGE)
    assert head.text.count(" checked") == 1
    head.post(PAGE, {"kind": ["due", "assigned", "digest", "other"]})
    assert unwanted(office) == set()


def test_the_language_is_switched_without_losing_the_choice(office: Office) -> None:
    head = office.browser("head")
    head.get(PAGE)
    head.post(PAGE, {"kind": ["due"], "form.language": "en"})
    assert "Mails about work" in head.words
    assert head.text.count(" checked") == 1
    assert unwanted(office) == set()


def test_only_heads_and_operators_have_a_digest_to_switch(office: Office) -> None:
    for name, kinds in {"dispatcher": 2, "analyst": 2, "operator": 3}.items():
        browser = office.browser(name)
        browser.get(PAGE)
        assert browser.text.count('name="kind"') == kinds
    citizen = office.browser("citizen")
    assert citizen.client.get(PAGE).status_code == 403
    citizen.get("/tehlukesizlik")
    assert PAGE not in citizen.text
