"""
Every text of the pages reaches its reader in Russian and English.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from flask_babel import gettext, ngettext

import web
from tests.support.site import Site
from web.catalogues import FOLDER

PAGES = Path(web.__file__).parent
LANGUAGES = ("ru", "en")
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%?\{\w+\}|\{\w+\}|%%|%")


@cache
def collected() -> frozenset[str | tuple[str, ...]]:
    """
    Collect every text of the source anew.
    """
    with (PAGES / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(PAGES.parent, methods, options, KEYWORDS)
    return frozenset(text for _, _, text, _, _ in found)


@cache
def catalogue(language: str) -> Catalog:
    with (FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def messages(language: str) -> list[Message]:
    return [message for message in catalogue(language) if message.id]


def strings(text: str | Iterable[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def places(text: str) -> Counter[str]:
    return Counter(PLACEHOLDER.findall(text))


def test_texts_are_collected_from_pages_code_and_forms() -> None:
    one_of_each = {"Daxil ol", "Səhifə tapılmadı", "«{label}» sahəsini doldurun", "Siyahıdan seçin"}
    assert one_of_each <= collected()
    assert ("%(num)d iş günü qalır", "%(num)d iş günü qalır") in collected()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_every_text_of_the_source_and_no_other(language: str) -> None:
    known = {message.id for message in messages(language)}
    assert (sorted(map(str, collected() - known)), sorted(map(str, known - collected()))) == ([], [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_for_good_in_every_plural(language: str) -> None:
    plurals = catalogue(language).num_plurals
    incomplete = [
        message.id
        for message in messages(language)
        if message.fuzzy
        or not all(strings(message.string))
        or len(strings(message.string)) != (plurals if message.pluralizable else 1)
    ]
    assert incomplete == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_names_the_same_values_as_its_source(language: str) -> None:
    different = [
        message.id
        for message in messages(language)
        if any(places(said) != places(strings(message.id)[0]) for said in strings(message.string))
    ]
    assert different == []


@pytest.mark.parametrize(
    ("language", "button", "left"),
    [
        ("az", "Daxil ol", "5 iş günü qalır"),
        ("ru", "Войти", "осталось 5 рабочих дней"),
        ("en", "Log in", "5 working days left"),
    ],
)
def test_pages_speak_the_chosen_language(here: Site, language: str, button: str, left: str) -> None:
    with here.app.test_request_context("/", headers={"Cookie": f"dil={language}"}):
        assert gettext("Daxil ol") == button
        assert ngettext("%(num)d iş günü qalır", "%(num)d iş günü qalır", 5) == left


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("%(name)s: %(num)d", {"%(name)s": 1, "%(num)d": 1}),
        ("ən çoxu %%{count}", {"%%{count}": 1}),
        ("«{label}»: {limit}, {limit}", {"{label}": 1, "{limit}": 2}),
        ("100 %", {"%": 1}),
        ("heç nə", {}),
    ],
)
def test_placeholders_are_seen(text: str, named: dict[str, int]) -> None:
    assert places(text) == named
