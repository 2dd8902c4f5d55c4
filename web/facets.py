"""
What pages say of a case beside its number: the facts by which its process describes it, in the reader's words.

Facts are kept as they were told, in Azerbaijani; the words of an editable list are said in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask import Flask, current_app

from engine.settings import Settings
from processes.registry import lists
from web import texts
from web.services import services

#: fact -> list whose words it holds
_WORDED = {"reason": "reasons"}
#: lists are read again after this
_KEPT = timedelta(minutes=5)
_EXTENSION = "saygac.worded"
#: (fact, language) -> Azerbaijani words -> words of that language
Words = Mapping[tuple[str, str], Mapping[str, str]]


def facet_text(name: str, text: str) -> str:
    """
    Return a fact in the reader's language; one that no list knows, or no longer, stays as it was told.
    """
    language = texts.language()
    if language == "az" or name not in _WORDED:
        return text
    return _words()[name, language].get(text, text)


def forget_words() -> None:
    """
    Read the lists again next time: one was edited here.
    """
    current_app.extensions.pop(_EXTENSION, None)


def _words() -> Words:
    here = services()
    now = here.ports.clock.now()
    kept: tuple[datetime, Words] | None = current_app.extensions.get(_EXTENSION)
    if kept is None or not kept[0] <= now < kept[0] + _KEPT:
        with here.database.read() as connection:
            found = {fact: lists.entries(connection, name) for fact, name in _WORDED.items()}
        words = {
            (fact, language): {entry.texts["az"]: entry.texts[language] for entry in entries}
            for fact, entries in found.items()
            for language in texts.LANGUAGES
        }
        kept = (now, words)
        current_app.extensions[_EXTENSION] = kept
    return kept[1]


def init_app(app: Flask, _settings: Settings) -> None:
    """
    Let pages say facts.
    """
    app.jinja_env.globals["facet_text"] = facet_text
