"""
One difference between two releases, with a sentence in three languages. The words stand in `sentences.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine.comparison.moments import moment_words
from engine.findings import SOURCE_LANGUAGE
from forms.messages import fill

_WORDS = Path(__file__).with_name("sentences.toml")
#: parts whose value is a FEEL text that means a moment or a span of time
_MOMENTS = frozenset({"timer", "property.dueDate"})
#: parts whose value is a word of BPMN's own
_KINDS = frozenset(
    {
        *("kind", "events", "timer_kind", "interrupting", "attribute.triggeredByEvent", "attribute.isInterrupting"),
        *("loop.kind", "loop.in_turn", "loop.asks_first", "validate.required", "properties.personal"),
        *("readonly", "disabled", "multiple"),
    }
)
LONGEST = 200  # characters of a value inside a sentence


@dataclass(frozen=True)
class Change:
    """
    One difference. `say` is made of what is changed (`subject`), what happened to it and what of it is meant.
    """

    #: element, flow, lane, process, form, field, option, table, column, rule, letter, text, translation, file, drawing,
    #: other
    subject: str
    #: added, removed, renamed, moved or changed
    kind: str
    #: path inside the release
    file: str
    #: id in the newer release; of what was removed, in the older one; of a letter its language and line
    element: str | None
    #: how the subject is called where people see it
    label: str
    #: what of it changed, e.g. name, timer, property.dueDate; empty: it as a whole
    part: str = ""
    old: str = ""
    new: str = ""
    #: True: other people may do something now than before
    rights: bool = False

    @property
    def code(self) -> str:
        """
        Stable name of the kind of difference.
        """
        return f"{self.subject}.{self.part or self.kind}"

    def say(self, language: str = SOURCE_LANGUAGE) -> str:
        """
        Return the sentence.
        """
        values = {
            "label": self.label,
            "element": self.element or "",
            "file": self.file,
            "what": part_words(self.part, language),
            "old": self._value(self.old, language),
            "new": self._value(self.new, language),
        }
        return fill(_template(self, language), values)

    def _value(self, text: str, language: str) -> str:
        words = moment_words(text, language) if self.part in _MOMENTS else text
        if self.part in _KINDS:
            words = ", ".join(value_words(self.part, one, language) for one in text.split(", "))
        return words if len(words) <= LONGEST else words[: LONGEST - 1].rstrip() + "…"


def part_words(part: str, language: str) -> str:
    """
    Return how people call a part of something, else its technical name.
    """
    parts = _words()["parts"]
    kind, _, name = part.rpartition(":" if ":" in part else ".")
    found = parts.get(part) or parts.get(f"{kind}.any")
    return fill(found[language], {"name": name}) if found is not None else name


def value_words(part: str, value: str, language: str) -> str:
    """
    Return how people call a kind of element, of event or of repetition, and what is so or not.
    """
    values = _words()["values"]
    found = values.get(f"{part.rpartition('.')[2]}.{value}") or values.get(value)
    return found[language] if found is not None else value


def _template(change: Change, language: str) -> str:
    sentences = _words()["sentences"]
    wanted = [f"{change.subject}.{change.part}", f"{change.subject}.{change.kind}", f"any.{change.kind}"]
    if change.part or change.kind == "changed":
        # A sentence of before and after fits only where there are both.
        state = {(True, False): "unset", (False, True): "set"}.get((bool(change.old), bool(change.new)))
        if state is not None:
            wanted[:0] = [*(f"{code}.{state}" for code in wanted[:2]), f"any.changed.{state}"]
    return next(sentences[code][language] for code in wanted if code in sentences)


@cache
def _words() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    with _WORDS.open("rb") as file:
        found = tomllib.load(file)
    return {section: _flat(found[section]) for section in ("sentences", "parts", "values")}


def _flat(tree: Mapping[str, object], prefix: str = "") -> dict[str, Mapping[str, str]]:
    """TOML's nested tables by dotted name."""
    found: dict[str, Mapping[str, str]] = {}
    for name, value in tree.items():
        if not isinstance(value, dict):
            continue
        if SOURCE_LANGUAGE in value:
            found[prefix + name] = {key: text for key, text in value.items() if isinstance(text, str)}
        found |= _flat(value, f"{prefix}{name}.")
    return found
