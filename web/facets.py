"""
What pages say of a case beside its number: the facts by which its process describes it, in the reader's words.

Facts are kept as they were told, in Azerbaijani. How people call them, and which words they may hold, the process says
with `Operations.fact`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask import Flask, current_app

from engine.settings import Settings
from web import texts
from web.services import services

#: words are read again after this
_KEPT = timedelta(minutes=5)
_EXTENSION = "saygac.worded"
#: (fact, language) -> Azerbaijani words -> words of that language
Words = Mapping[tuple[str, str], Mapping[str, str]]


def facet_label(name: str) -> str:
    """
    Return how people call a fact; one of which no process says it keeps its name.
    """
    fact = services().operations.facts.get(name)
    return fact.labels.get(texts.language(), name) if fact is not None else name


def facet_text(name: str, text: str) -> str:
    """
    Return a fact in the reader's language; one whose words nobody knows, or no longer, stays as it was told.
    """
    language = texts.language()
    fact = services().operations.facts.get(name)
    if language == "az" or fact is None or fact.words is None:
        return text
    return _words()[name, language].get(text, text)


def names_applicant(name: str) -> bool:
    """
    Tell whether a fact says who applies.
    """
    fact = services().operations.facts.get(name)
    return fact is not None and fact.names_applicant


def for_applicant(facts: Mapping[str, str]) -> dict[str, str]:
    """
    Return the facts that may be told to whoever applied.
    """
    known = services().operations.facts
    return {name: text for name, text in facts.items() if name not in known or known[name].to_applicant}


def forget_words() -> None:
    """
    Read the words again next time: a list was edited here.
    """
    current_app.extensions.pop(_EXTENSION, None)


def _words() -> Words:
    here = services()
    now = here.ports.clock.now()
    kept: tuple[datetime, Words] | None = current_app.extensions.get(_EXTENSION)
    if kept is None or not kept[0] <= now < kept[0] + _KEPT:
        with here.database.read() as connection:
            found = {
                name: list(fact.words(connection))
                for name, fact in here.operations.facts.items()
                if fact.words is not None
            }
        words = {
            (fact, language): {each["az"]: each[language] for each in known}
            for fact, known in found.items()
            for language in texts.LANGUAGES
        }
        kept = (now, words)
        current_app.extensions[_EXTENSION] = kept
    return kept[1]


def init_app(app: Flask, _settings: Settings) -> None:
    """
    Let pages say facts.
    """
    app.jinja_env.globals.update(facet_label=facet_label, facet_text=facet_text)
