"""
The words of a case: those of its release, in one language, with term, number and answers put in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Protocol

from sqlalchemy import Connection, Row

from engine import numbers, store
from engine.diagram import Diagram
from engine.diagram.rounds import Given, Standing
from forms import Form
from forms.display import PLACE, say_date

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


class ReleaseWords(Protocol):
    """
    What is read of a release: its diagram, its forms and its words.
    """

    @property
    def title(self) -> str:
        """
        The service's name, in the source language.
        """
        ...

    @property
    def diagram(self) -> Diagram:
        """
        The diagram as drawn.
        """
        ...

    @property
    def forms(self) -> Mapping[str, Form]:
        """
        The forms by the element that shows them.
        """
        ...

    def translate(self, text: str, language: str) -> str:
        """
        Return a source text in `language`.
        """
        ...

    def standing(self, given: Given) -> Standing:
        """
        Return, of the latest answers of each user task, those that count now, by name.
        """
        ...


class ReleaseShelf(Protocol):
    """
    Where releases are found by their id.
    """

    def get(self, release_id: str) -> ReleaseWords:
        """
        Return the release.
        """
        ...


class Words:
    """
    The words of a case's release in one language.
    """

    def __init__(self, release: ReleaseWords, language: str, case: Row[Any]) -> None:
        self.release = release
        self._language = language
        self._case = case

    def __call__(self, text: str) -> str:
        return self.release.translate(text, self._language) if text else ""

    @property
    def title(self) -> str:
        return self(self.release.title)

    def shown_at(self, element: str) -> str:
        """
        Return what the picture has for an element: of what a called process does, the call.
        """
        return self.release.diagram.shown_at(element)

    def name(self, element: str | None) -> str:
        found = self.release.diagram.elements.get(element or "")
        return self(found.name) if found else ""

    def filled(self, text: str) -> str:
        """
        Translate a sentence and put the term and the number into it.
        """
        text = self(text)
        if self._case.due_at is not None:
            text = text.replace("{term}", say_date(self._case.due_at.astimezone(PLACE).date()))
        if self._case.number is not None:
            text = text.replace("{case_number}", numbers.shown(self._case.number))
        return text

    def confirmation(self) -> str:
        found = self.release.diagram.elements.get(self._case.confirmation or "")
        return self.filled(found.properties.get("confirmation", "")) if found else ""


def with_answers(connection: Connection, case: Row[Any], words: Words, text: str) -> str:
    """Put answers that count now into a sentence where it names them, e.g. {visit_date}; days as people write them."""
    if not case.readable or not _PLACEHOLDER.search(text):
        return text
    answers = words.release.standing(store.answers_of(connection, case.id)).everywhere
    return _PLACEHOLDER.sub(lambda found: _said(answers.get(found[1])), text)


def _said(value: Any) -> str:
    try:
        return say_date(date.fromisoformat(value))
    except (TypeError, ValueError):
        return "" if value is None else str(value)
