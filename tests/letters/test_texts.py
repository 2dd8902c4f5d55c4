"""
The words of the printed letters: all of them can be printed, and placeholders are replaced once.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.words.letters import LANGUAGES, TEXTS, filled, placeholders, split_texts
from processes.letters.glyphs import coverage
from processes.letters.pdf import TEMPLATES
from processes.letters.texts import rules, shipped

SHIPPED = split_texts(rules().shipped[TEXTS])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_shipped_word_can_be_printed(language: str) -> None:
    for letter, texts in SHIPPED.items():
        for key, text in texts.items():
            missing = [sign for sign in text[language] if ord(sign) not in coverage()]
            assert not missing, f"{letter}.{key}"


def test_every_word_that_a_template_prints_is_in_the_catalogue_and_the_other_way_round() -> None:
    common = used(TEMPLATES / "letter.typ")
    for letter in ("act", "refusal", "receipt"):
        wanted = used(TEMPLATES / f"{letter}.typ") | common
        assert wanted <= set(shipped().words(letter, "az")) | set(shipped().words("common", "az")), letter
    everything = common.union(*(used(path) for path in TEMPLATES.glob("*.typ")), PRINTED_BY_CODE)
    assert {key for texts in SHIPPED.values() for key in texts} == everything


#: chosen by the facts, before the template sees them
PRINTED_BY_CODE = {
    *("title_installation", "title_registration", "statement_installation", "statement_registration", "title"),
    *("type_mechanical", "type_smart_card", "type_smart"),
    *("signed_subscriber", "signed_representative", "basis", "refused", "second_specialist"),
    *("copy_in_person", "copy_email", "copy_post"),
    *("due_on", "due_within", "next_1", "next_2", "next_3"),
}


def used(template: Path) -> set[str]:
    """
    Return the keys that a template reads.
    """
    return set(re.findall(r"\btexts\.([a-z0-9_]+)", template.read_text(encoding="utf-8")))


@given(st.text())
def test_braces_in_a_value_are_never_read_as_placeholders(value: str) -> None:
    assert filled("«{name}» {name}", {"name": value}) == f"«{value}» {value}"


@given(st.text())
def test_a_text_has_placeholders_or_is_refused(text: str) -> None:
    try:
        names = placeholders(text)
    except ValueError:
        assert re.search(r"[{}]", text)
    else:
        assert len(re.findall("{", text)) >= len(names)
