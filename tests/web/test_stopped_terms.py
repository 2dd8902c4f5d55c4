"""
A term that stands still is said on the applicant's page and on the office's.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from engine.tables import Case
from tests.support.site import Site
from tests.web.office import open_office

SINCE = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "words"), [("az", "müddətin hesablanması"), ("ru", "срок приостановлен"), ("en", "has been stopped")]
)
def test_both_sides_read_since_when_the_term_stands_still(here: Site, language: str, words: str) -> None:
    office = open_office(here)
    citizen, dispatcher = office.browser("citizen"), office.browser("dispatcher")
    page = f"/muraciet/{office.case.rsplit('/', 1)[-1]}"
    with here.installation.database.step() as connection:
        connection.execute(update(Case).values(term_stopped_at=SINCE))
    for browser, url in ((citizen, page), (dispatcher, office.case)):
        browser.get(f"{url}?dil={language}")
        assert words in browser.words.lower() and "25.11.2026" in browser.words, browser.words[:600]
