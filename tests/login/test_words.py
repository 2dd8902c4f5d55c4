"""
Every way in which a log-in ends has its words, and every means too, in three languages.
"""

from __future__ import annotations

import pytest
from flask_babel import force_locale

from tests.support.site import Site
from web.login import words
from web.login.offered import NAMES
from web.login.port import CODES


def test_every_refusal_and_every_means_has_words() -> None:
    assert set(words.REFUSALS) == CODES
    assert set(words.MEANS) == {*NAMES, "password"}


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_words_differ_from_language_to_language(here: Site, language: str) -> None:
    said = [*words.REFUSALS.values(), *words.MEANS.values()]
    texts = [text for one in said for text in vars(one).values() if text]
    with here.app.test_request_context():
        with force_locale("az"):
            source = [str(text) for text in texts]
        with force_locale(language):
            assert not [one for one, text in zip(source, texts, strict=True) if str(text) == one]


def test_a_code_in_the_address_that_does_not_exist_says_nothing(here: Site) -> None:
    browser = here.browser()
    page = browser.get("/giris", query_string={"sebeb": "<b>x", "vasite": "<i>y"})
    assert page.status_code == 200 and "error-summary" not in page.text and "<b>x" not in page.text
