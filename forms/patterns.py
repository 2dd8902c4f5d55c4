"""
Admit only regular expressions whose matching time stays small, whatever is typed.

The rules are stricter than needed: an analyst's pattern is a shape such as `^[A-Z]{2}[0-9]{6}$`, not a
grammar.
"""

from __future__ import annotations

import re

#: characters of a pattern
LENGTH = 200
#: repetitions of varying length in one pattern: each multiplies the work by the length of the text
VARYING = 3
#: optional pieces in one pattern: each may double the work
OPTIONAL = 8

_TOKEN = re.compile(
    r"""
    (?P<escape>\\.)
  | (?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])
  | (?P<open>\((?:\?:)?)
  | (?P<close>\))
  | (?P<repeat>[*+?]|\{[0-9]*(?:,[0-9]*)?\})
  | (?P<bar>\|)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


class UnsafePattern(ValueError):
    """
    Say in one word why a pattern is not admitted: length, anchors, syntax, group, reference, repetition.
    """


def _varies(repeat: str) -> bool:
    if repeat in "*+":
        return True
    if "," not in repeat:
        return False
    least, most = repeat.strip("{}").split(",")
    return least != most


class _Scan:
    """
    Walk through the pieces of a pattern and refuse what could take long.
    """

    def __init__(self) -> None:
        self.simple = [True]  # per open group: nothing repeated or alternated inside
        self.previous = ""
        self.closed_simple = True
        self.varying = 0
        self.optional = 0

    def escape(self, piece: str) -> None:
        if piece[1].isdigit() or piece[1] in "bBAZk":
            raise UnsafePattern("reference")

    def set(self, piece: str) -> None:
        if re.search(r"\[\^?\[|--|&&|~~|\|\|", piece):
            raise UnsafePattern("syntax")  # reserved by Python for operations on sets

    def other(self, piece: str) -> None:
        if piece == "[":
            raise UnsafePattern("syntax")

    def open(self, _: str) -> None:
        self.simple.append(True)

    def close(self, _: str) -> None:
        if len(self.simple) == 1:
            raise UnsafePattern("syntax")
        self.closed_simple = self.simple.pop()
        self.simple[-1] = self.simple[-1] and self.closed_simple

    def bar(self, _: str) -> None:
        self.simple[-1] = False

    def repeat(self, piece: str) -> None:
        if self.previous in ("repeat", "open", "bar", ""):
            raise UnsafePattern("group" if self.previous == "open" else "repetition")
        if self.previous == "close" and not self.closed_simple and piece != "?":
            raise UnsafePattern("repetition")
        self.simple[-1] = False
        self.varying += _varies(piece)
        self.optional += piece == "?"

    def piece(self, match: re.Match[str]) -> None:
        name = match.lastgroup or ""
        handler = getattr(self, name, None)
        if handler is not None:
            handler(match[0])
        self.previous = name


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """
    Return the compiled pattern; letters and digits in `\\w` and `\\d` are ASCII, as in browsers.

    Raises: UnsafePattern, if it is longer than LENGTH, not anchored by ^ and $, is no pattern, looks around
    or back, repeats what already repeats or alternates, or has more than VARYING repetitions of varying
    length or more than OPTIONAL optional pieces.
    """
    if len(pattern) > LENGTH:
        raise UnsafePattern("length")
    if not (pattern.startswith("^") and pattern.endswith("$")):
        raise UnsafePattern("anchors")
    scan = _Scan()
    for match in _TOKEN.finditer(pattern[1:-1]):
        scan.piece(match)
    if len(scan.simple) != 1:
        raise UnsafePattern("syntax")
    if scan.varying > VARYING or scan.optional > OPTIONAL:
        raise UnsafePattern("repetition")
    try:
        return re.compile(pattern, re.ASCII)
    except (re.error, OverflowError) as error:
        raise UnsafePattern("syntax") from error
