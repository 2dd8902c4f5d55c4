"""
Letters as an analyst sees them before anybody gets them: laid out with invented facts, and what may stand in them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from engine.words.letters import Letters
from processes import papers
from processes.letters import mail, pdf, samples, words
from processes.letters.texts import VALUES

_GUIDE = Path(__file__).with_name("guide.toml")

#: part of the printed letters' words -> papers that print it
PAPERS: Mapping[str, tuple[str, ...]] = {
    "common": ("act", "registration", "refusal", "receipt"),
    "act": ("act", "registration"),
    "refusal": ("refusal",),
    "receipt": ("receipt",),
}

_PRINT: Mapping[str, Callable[[str, Letters], bytes]] = {
    "act": lambda language, letters: pdf.act_pdf(samples.act(papers.organisation(language)), language, letters=letters),
    "registration": lambda language, letters: pdf.act_pdf(
        replace(samples.act(papers.organisation(language)), kind="registration", removed_meter=None),
        language,
        letters=letters,
    ),
    "refusal": lambda language, letters: pdf.refusal_pdf(
        samples.refusal(papers.organisation(language)), language, letters
    ),
    "receipt": lambda language, letters: pdf.receipt_pdf(
        samples.receipt(papers.organisation(language)), language, letters
    ),
}


@dataclass(frozen=True)
class Hint:
    """
    A placeholder as a page explains it.
    """

    name: str
    meaning: str
    example: str


def preview_mail(letters: Letters, name: str, language: str) -> mail.Letter:
    """
    Return an e-mail as somebody invented would get it.

    Raises KeyError for an unknown letter.
    """
    placeholders = _guide()["placeholders"]
    return mail.compose(name, language, {key: _example(key, language) for key in placeholders}, letters)


def preview_paper(letters: Letters, kind: str, language: str) -> bytes:
    """
    Return a printed letter about somebody invented, as PDF.

    Raises KeyError for an unknown kind.
    """
    return _PRINT[kind](language, letters)


def hints(names: Iterable[str], language: str) -> list[Hint]:
    """
    Return what placeholders stand for, in the order of the guide.
    """
    wanted = set(names)
    return [
        Hint(name, told[language], _shown(name, language))
        for name, told in _guide()["placeholders"].items()
        if name in wanted
    ]


def part_hints(part: str, language: str) -> list[Hint]:
    """
    Return what the words of a part of the printed letters may name.
    """
    return hints(VALUES.get(part, ()), language)


def mail_title(name: str, language: str) -> str:
    """
    Return what an e-mail is called; one that nobody described keeps its name.
    """
    return str(_guide()["mails"].get(name, {}).get(language, name))


def in_order(names: Iterable[str]) -> list[str]:
    """
    Return e-mails in the order of the guide, those that nobody described at the end.
    """
    order = list(_guide()["mails"])
    return sorted(names, key=lambda name: (order.index(name) if name in order else len(order), name))


def part_title(part: str, language: str) -> str:
    """
    Return what a part of the printed letters is called.
    """
    return str(_guide()["parts"].get(part, {}).get(language, part))


def _shown(name: str, language: str) -> str:
    example = _example(name, language)
    return words.case_number(example) if name == "case_number" else example


def _example(name: str, language: str) -> str:
    example = _guide()["placeholders"][name]["example"]
    return str(example[language] if isinstance(example, dict) else example)


@cache
def _guide() -> Mapping[str, Any]:
    return tomllib.loads(_GUIDE.read_text(encoding="utf-8"))
