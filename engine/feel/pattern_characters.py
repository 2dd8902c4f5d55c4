"""
What one character of a text must be to pass a part of a regular expression.

Source: XPath and XQuery Functions 3.1 §5.6; XML Schema 1.0 part 2, appendix F (categories and blocks).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import lru_cache

Passes = Callable[[str], bool]

SPACES = frozenset(" \t\n\r")
LINE_ENDS = frozenset("\n\r")
DIGITS = frozenset("0123456789")
#: characters that stand for themselves behind a backslash
LITERAL_ESCAPES = frozenset("\\|.-^?*+{}()[]$/\"' ")


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def negated(test: Passes) -> Passes:
    """
    Return the opposite test.
    """
    return lambda character: not test(character)


#: letter behind a backslash -> class
CLASSES: dict[str, Passes] = {"d": DIGITS.__contains__, "s": SPACES.__contains__, "w": _is_word}
CLASSES |= {name.upper(): negated(test) for name, test in CLASSES.items()}

_CATEGORIES = frozenset("LMNPSZC") | frozenset(unicodedata.category(chr(code)) for code in range(0x3000))
#: the blocks of the scripts that are written here
_BLOCKS = {
    "BasicLatin": (0x0000, 0x007F),
    "Latin-1Supplement": (0x0080, 0x00FF),
    "LatinExtended-A": (0x0100, 0x017F),
    "LatinExtended-B": (0x0180, 0x024F),
    "IPAExtensions": (0x0250, 0x02AF),
    "Greek": (0x0370, 0x03FF),
    "Cyrillic": (0x0400, 0x04FF),
    "Arabic": (0x0600, 0x06FF),
    "LatinExtendedAdditional": (0x1E00, 0x1EFF),
    "GeneralPunctuation": (0x2000, 0x206F),
    "CurrencySymbols": (0x20A0, 0x20CF),
}


def property_test(name: str) -> Passes | None:
    """
    Return the test of a category (`Lu`) or block (`IsCyrillic`) of Unicode, None if it is not known.
    """
    if name in _CATEGORIES:
        return lambda character: unicodedata.category(character).startswith(name)
    block = _BLOCKS.get(name.removeprefix("Is")) if name.startswith("Is") else None
    if block is None:
        return None
    first, last = block
    return lambda character: first <= ord(character) <= last


@lru_cache(maxsize=4_096)
def variants(character: str) -> frozenset[str]:
    """
    Return the character in both cases, by Unicode's simple rules, which know no language.
    """
    forms = {character, character.lower(), character.upper()}
    forms |= {form.lower() for form in forms} | {form.upper() for form in forms}
    return frozenset(form for form in forms if len(form) == 1)


def class_test(
    singles: set[str], ranges: list[tuple[str, str]], tests: list[Passes], *, opposite: bool, any_case: bool
) -> Passes:
    """
    Return the test of a class: characters, ranges of them, and classes inside it.
    """

    def holds(character: str) -> bool:
        return (
            character in singles
            or any(first <= character <= last for first, last in ranges)
            or any(test(character) for test in tests)
        )

    def passes(character: str) -> bool:
        found = any(map(holds, variants(character))) if any_case else holds(character)
        return found is not opposite

    return passes


def without(test: Passes, excepted: Passes) -> Passes:
    """
    Return the test of a class from which another is taken away.
    """
    return lambda character: test(character) and not excepted(character)


def without_space(pattern: str) -> str:
    """
    Return a pattern without its space, but for that inside [ ].
    """
    kept = []
    inside = escaped = False
    for character in pattern:
        if character in SPACES and not inside:
            continue
        if not escaped and character in "[]":
            inside = character == "["
        escaped = character == "\\" and not escaped
        kept.append(character)
    return "".join(kept)
