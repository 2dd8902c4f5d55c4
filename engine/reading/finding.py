"""
What a person looks for: typed words as ranges of folded terms.

It reads no table; `engine.search` folds, `engine.reading.inbox` looks up.
"""

from __future__ import annotations

import re

from engine import search

#: words of one search that count
MOST_WORDS = 8

#: at least seven digits in groups, as telephones, subscriber codes and case numbers are written
_GROUPED = re.compile(r"(?<!\w)\+?\(?\d(?:[\s\-\u2010-\u2014()]*\d){6,}(?!\w)")
_AFTER_EVERYTHING = "\U0010ffff"

#: terms from the first up to, but without, the second
Range = tuple[str, str]


def ranges(words: str) -> tuple[tuple[Range, ...], ...]:
    """
    Return, for each searched word, the ranges [low, high) of which a term must meet one.

    Words are found by their beginning; a single letter or digit only as a whole. Numbers that people write in
    groups are put together first: `050 123 45 67` is also looked for as `994501234567`.
    """
    groups: list[tuple[Range, ...]] = []
    for number in _GROUPED.findall(words):
        groups.append(tuple(map(_beginning, _spellings(number))))
    for word in search.words(_GROUPED.sub(" ", words)):
        groups.append((_beginning(word) if len(word) > 1 else (word, word + "\x01"),))
    return tuple(dict.fromkeys(groups))[:MOST_WORDS]


def _beginning(word: str) -> Range:
    return word, word + _AFTER_EVERYTHING


def _spellings(number: str) -> tuple[str, ...]:
    digits = "".join(search.words(number))
    spellings = [digits]
    if len(digits) == 10 and digits.startswith("0"):
        spellings.append("994" + digits[1:])
    elif len(digits) == 9:
        spellings.append("994" + digits)
    elif digits.startswith("00994"):
        spellings.append(digits[2:])
    return tuple(spellings)
