"""
Every error has a sentence, and every sentence its facts.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import forms as package
from forms import FieldError, fill, messages, sentence, words

SOURCES = "".join(path.read_text("utf-8") for path in Path(package.__file__).parent.glob("*.py"))
FACTS = {"label", "limit", "count", "places", "number", "name", "types"}


@pytest.mark.parametrize("code", messages.SENTENCES)
def test_every_sentence_is_used_and_knows_its_facts(code: str) -> None:
    assert SOURCES.count(f'"{code}"') > 1 or code in ("file_failed", "reading", "number")
    assert set(re.findall(r"\{(\w+)\}", messages.SENTENCES[code])) <= FACTS


def test_every_refusal_has_a_sentence() -> None:
    refused = set(re.findall(r'Refused\(\s*"(\w+)"', SOURCES))
    assert refused <= messages.SENTENCES.keys()
    assert "too_long" in refused


def test_sentences_do_not_beg_or_blame() -> None:
    for text in messages.SENTENCES.values():
        assert not re.search(r"zəhmət olmasa|xahiş|düzgün|yanlış|səhv|etibarsız", text)
        assert not text.endswith(".")


def test_a_sentence_takes_the_label_and_keeps_unknown_braces() -> None:
    message, params = sentence(FieldError("a", "too_small", {"limit": "0"}), "Göstərici {x}")
    assert fill(message, params) == "«Göstərici {x}»: 0 və ya daha böyük ədəd yazın"
    assert fill("{unknown} {label}", {"label": "{limit}", "limit": 1}) == "{unknown} {limit}"


def test_an_error_may_bring_its_own_sentence() -> None:
    assert sentence(FieldError("a", "refused", {"text": "Bu nömrə artıq var"}))[0] == "Bu nömrə artıq var"


def test_catalogues_get_every_word() -> None:
    assert {"Göstərilməyib", "Davam et", "Siyahıdan seçin", "məcburi deyil", "Bəli", "Xeyr"} <= set(words())
    assert set(messages.SENTENCES.values()) <= set(words())
