"""
Every refusal of a decision file and of an expression has its words in three languages, with the same places for values.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter

import pytest

from engine.decisions.problems import SENTENCES as DECISIONS
from engine.feel.errors import SENTENCES as EXPRESSIONS
from engine.findings import sentences

OWN = {f"decision.{code}": text for code, text in DECISIONS.items()}
OWN |= {f"feel.{code}": text for code, text in EXPRESSIONS.items()}


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def _said(prefix: str) -> Mapping[str, Mapping[str, str]]:
    return {code: words for code, words in sentences().items() if code.startswith(prefix)}


def test_no_words_are_missing_and_none_are_left_over() -> None:
    assert {*_said("decision."), *_said("feel.")} == set(OWN)


@pytest.mark.parametrize("code", sorted(OWN))
def test_each_language_has_places_for_the_values(code: str) -> None:
    words = sentences()[code]
    assert set(words) == {"az", "ru", "en"}
    for text in words.values():
        assert _places(text) <= _places(OWN[code])
