"""
The list of security requirements names tests that exist; and what it needs to show that no other test does.
"""

from __future__ import annotations

import ast
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from engine.tables import Person
from tests.support.installation import Install
from tests.support.site import Browser, Site, operations, site
from web import people

TOP = Path(__file__).parent.parent
LIST = TOP / "docs" / "asvs.md"
NAMED = sorted(set(re.findall(r"(tests/[\w/]+\.py)::(\w+)", LIST.read_text())))
ROWS = [line for line in LIST.read_text().split("## Not met")[0].splitlines() if re.match(r"\| [0-9]", line)]


@pytest.fixture
def here(install_sqlite: Install) -> Site:
    """
    Put the pages over a SQLite file.
    """
    return site(install_sqlite(operations()))


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_the_list_names_tests_that_exist(path: str, name: str) -> None:
    tree = ast.parse((TOP / path).read_text())
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_requirement_of_the_list_has_a_test() -> None:
    assert len(ROWS) > 40
    assert [row for row in ROWS if "::test_" not in row] == []


def test_the_password_field_is_masked_and_left_to_managers(here: Site) -> None:
    page = here.browser()
    page.get("/giris")
    field = next(tag for tag in re.findall(r"<input[^>]*>", page.text) if 'name="password"' in tag)
    assert 'type="password"' in field and 'autocomplete="current-password"' in field
    assert "onpaste" not in page.text


def _with_password(here: Site, password: str) -> None:
    with here.installation.database.step() as connection:
        mine = update(Person).where(Person.username == "citizen")
        connection.execute(mine.values(password_hash=people.hash_password(password)))


@pytest.mark.parametrize("password", ["şifrə Ə İ ı 🔑 \\ ' \"", "a" * 1000, "Aa" * 32 + " "])
def test_a_password_is_checked_exactly_as_typed_and_may_be_long(here: Site, password: str) -> None:
    _with_password(here, password)
    assert here.browser().log_in("citizen", password).request.path == "/kabinet"
    for other in (password[:-1], password + " ", password.swapcase()):
        if other != password:
            assert here.browser().log_in("citizen", other).request.path == "/giris"


def test_a_password_does_not_expire(here: Site) -> None:
    here.clock.advance(timedelta(days=3 * 365))
    assert here.browser("citizen").url == "/kabinet"


@pytest.mark.parametrize("path", ["/", "/kabinet", "/muracietler", "/tehlukesizlik", "/yoxdur", "/novbe"])
def test_every_page_of_a_session_offers_the_way_out(here: Site, path: str) -> None:
    browser: Browser = here.browser("citizen")
    browser.get(path)
    assert 'action="/cixis"' in browser.text
