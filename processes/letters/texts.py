"""
The catalogue of the printed letters' words: `texts.toml`, checked when it is read.

It holds words only; which of them a letter prints, and where, is said in `typst/`. E-mails have own files.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

#: the source first
LANGUAGES = ("az", "ru", "en")

CATALOGUE = Path(__file__).parent / "texts.toml"

#: what each part of the catalogue may name in braces; every text of a part is given all of them
VALUES: Mapping[str, frozenset[str]] = {
    "common": frozenset({"url"}),
    "act": frozenset({"basis", "given_on"}),
    "refusal": frozenset({"recipient", "registered_on", "case_number", "telephone"}),
    "receipt": frozenset({"due_on", "term_days"}),
}

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


class TextsRefused(ValueError):
    """
    Words of a letter can't be used; all problems are listed, one a line.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def placeholders(text: str) -> frozenset[str]:
    """
    Return the names in braces.

    Raises ValueError for a brace that belongs to no placeholder.
    """
    if re.search(r"[{}]", _PLACEHOLDER.sub("", text)):
        raise ValueError("a brace that belongs to no placeholder")
    return frozenset(_PLACEHOLDER.findall(text))


def filled(text: str, values: Mapping[str, str]) -> str:
    """
    Return `text` with every placeholder replaced, once: braces inside a value stay braces.

    Raises KeyError for a placeholder without a value.
    """
    return _PLACEHOLDER.sub(lambda found: values[found[1]], text)


@cache
def letter_texts(letter: str, language: str) -> Mapping[str, str]:
    """
    Return the words of a letter and those in every letter, key -> text with its placeholders.

    Raises KeyError for an unknown letter, ValueError for an unknown language, TextsRefused.
    """
    if language not in LANGUAGES:
        raise ValueError(f"letters are written in {', '.join(LANGUAGES)}; not in {language!r}")
    catalogue = _catalogue()
    return {key: text[language] for part in ("common", letter) for key, text in catalogue[part].items()}


@cache
def _catalogue() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    return read_catalogue(CATALOGUE.read_text(encoding="utf-8"))


def read_catalogue(toml: str) -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """
    Return letter -> key -> language -> text.

    Raises TextsRefused when a language is missing or empty, a placeholder is unknown, or they differ between
    the languages.
    """
    catalogue = tomllib.loads(toml)
    problems = [
        f"{letter}.{key}: {problem}"
        for letter, texts in catalogue.items()
        for key, languages in texts.items()
        for problem in _problems(languages, VALUES.get(letter, frozenset()))
    ]
    if problems:
        raise TextsRefused(problems)
    return catalogue


def _problems(languages: Mapping[str, str], known: frozenset[str]) -> list[str]:
    if set(languages) != set(LANGUAGES):
        return [f"must have {', '.join(LANGUAGES)} and nothing else"]
    found: list[str] = []
    named: dict[str, frozenset[str]] = {}
    for language, text in languages.items():
        if not isinstance(text, str) or not text.strip():
            return [f"{language} is empty"]
        try:
            named[language] = placeholders(text)
        except ValueError as problem:
            found.append(f"{language} has {problem}")
    unknown = frozenset().union(*named.values()) - known
    if unknown:
        found.append(f"unknown placeholder {', '.join(sorted(unknown))}")
    if len(set(named.values())) > 1:
        found.append("the placeholders differ between the languages")
    return found
