"""
What background work says of its failures: kept in one language, for logs and for whoever looks closer, and said again
in the reader's.

The sentences stand in `sentences.toml` under `told`. A message is known again by its words, so that rows of every age
and from every version of the program can be read; one that nobody knows is shown as it was kept.
"""

from __future__ import annotations

import re
from functools import cache

from engine.findings import Reason, say, sentences

#: in which messages are kept
KEPT_IN = "en"
_PREFIX = "told."
_VALUE = re.compile(r"\\\{(\w+)\\\}")


def told(code: str, **values: object) -> str:
    """
    Return a message as it is kept.
    """
    return say(Reason(f"{_PREFIX}{code}", values), KEPT_IN)


def retold(message: str, language: str) -> str | None:
    """
    Return a kept message in another language, None if its words are not known.
    """
    for code, words in _known():
        found = words.fullmatch(message)
        if found is not None:
            return say(Reason(code, found.groupdict()), language)
    return None


@cache
def _known() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Code and words; those with fewer free values first, for they say more."""
    kept = {code: each[KEPT_IN] for code, each in sentences().items() if code.startswith(_PREFIX)}
    patterns = {code: re.compile(_VALUE.sub(r"(?P<\1>.+)", re.escape(text)), re.DOTALL) for code, text in kept.items()}
    return tuple(sorted(patterns.items(), key=lambda item: (item[1].groups, item[0])))
