"""
What an analyst is told of letters: every placeholder and every letter is explained, and every preview can be made.
"""

from __future__ import annotations

import tomllib

import pytest

from engine.words.letters import LANGUAGES
from processes.letters import preview, texts

GUIDE = tomllib.loads(preview._GUIDE.read_text(encoding="utf-8"))


def test_everything_is_explained_in_every_language() -> None:
    named = frozenset().union(*texts.rules().mails.values(), *texts.VALUES.values())
    assert set(GUIDE["placeholders"]) == named
    assert set(GUIDE["mails"]) == {*texts.LETTERS, texts.FOOTER}
    assert set(GUIDE["parts"]) == {*texts.VALUES, *preview.PAPERS["common"]}
    for told in (*GUIDE["placeholders"].values(), *GUIDE["mails"].values(), *GUIDE["parts"].values()):
        assert all(told[language].strip() for language in LANGUAGES)
    for told in GUIDE["placeholders"].values():
        example = told["example"]
        assert isinstance(example, str) or set(example) == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("letter", texts.LETTERS)
def test_every_mail_can_be_previewed(letter: str, language: str) -> None:
    made = preview.preview_mail(texts.shipped(), letter, language)
    assert not any(sign in made.subject + made.text for sign in "{}")


def test_letters_that_nobody_described_are_named_as_they_are() -> None:
    assert preview.mail_title("new_letter", "az") == "new_letter"
    assert preview.in_order(["new_letter", "footer", "registered"]) == ["registered", "footer", "new_letter"]
