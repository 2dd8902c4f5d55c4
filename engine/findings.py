"""
Findings: what a check says about a file of a release, with its place and a sentence in three languages.

The sentences stand in `sentences.toml`, Azerbaijani first; each says what to do. Nothing is checked here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from engine.feel import FeelError
from forms.messages import PROBLEMS, fill

_SENTENCES = Path(__file__).with_name("sentences.toml")
SOURCE_LANGUAGE = "az"


class Severity(StrEnum):
    """
    Whether a finding refuses the release.
    """

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Reason:
    """
    A sentence inside a sentence: what the expression language, say, has against a text.
    """

    code: str
    params: Mapping[str, object] = field(default_factory=dict, hash=False)
    #: what is said if the code has no sentence
    otherwise: str = ""


@dataclass(frozen=True)
class Finding:
    """
    One thing that an analyst must mend, or should know.
    """

    #: stable
    code: str
    #: inside the release
    file: str
    #: id of the element, component, decision or rule; None: the file as a whole
    element: str | None = None
    severity: Severity = Severity.ERROR
    #: from 1; 0: not known
    line: int = 0
    column: int = 0
    #: values of the sentence; `kind` chooses a sentence of its own where there is one
    params: Mapping[str, object] = field(default_factory=dict, hash=False)

    @property
    def refuses(self) -> bool:
        """
        Tell whether the release can't be taken.
        """
        return self.severity is Severity.ERROR

    def say(self, language: str = SOURCE_LANGUAGE) -> str:
        """
        Return the sentence.
        """
        return say(Reason(self.code, self.params), language)

    @property
    def place(self) -> str:
        """
        The place as editors understand it: file:line:column.
        """
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    def __str__(self) -> str:
        element = f"{self.element}: " if self.element else ""
        return f"{self.place}: {self.severity}: {element}{self.say()} [{self.code}]"


def say(reason: Reason, language: str = SOURCE_LANGUAGE) -> str:
    """
    Return the words of a reason; those of its parts are in the same language.
    """
    words = sentences()
    special = f"{reason.code}.{reason.params['kind']}" if "kind" in reason.params else reason.code
    found = words.get(special) or words.get(reason.code)
    if found is None:
        return reason.otherwise or reason.code
    values = {name: _said(value, language) for name, value in reason.params.items()}
    return fill(found.get(language, found[SOURCE_LANGUAGE]), values)


def _said(value: object, language: str) -> object:
    if isinstance(value, tuple):
        return ", ".join(str(_said(one, language)) for one in value)
    return say(value, language) if isinstance(value, Reason) else value


def why(error: FeelError) -> Reason:
    """
    Return what the expression language has against a text.
    """
    return Reason(f"feel.{error.code}", error.params, error.message)


def kind_words(kind: str) -> Reason:
    """
    Return how people call the values of a kind of FEEL.
    """
    return Reason(f"kind.{kind.replace(' ', '_')}", otherwise=kind)


@cache
def sentences() -> Mapping[str, Mapping[str, str]]:
    """
    Return code -> language -> sentence.
    """
    with _SENTENCES.open("rb") as file:
        found = _flat(tomllib.load(file))
    # The forms keep their own sentences; only the translations stand here.
    own = {f"form.{code}": {**found.get(f"form.{code}", {}), SOURCE_LANGUAGE: text} for code, text in PROBLEMS.items()}
    return found | own


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Mapping[str, str]]:
    """The sentences by their whole codes: [move.over] is `move.over`, quoted or not."""
    found: dict[str, Mapping[str, str]] = {}
    for name, part in tree.items():
        own = {language: text for language, text in part.items() if isinstance(text, str)}
        if own:
            found[prefix + name] = own
        found |= _flat({key: value for key, value in part.items() if not isinstance(value, str)}, f"{prefix}{name}.")
    return found
