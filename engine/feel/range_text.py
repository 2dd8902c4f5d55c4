"""
FEEL's function `range`, which reads the text of a range whose ends are literals.

Source: DMN 1.5 §10.3.4.1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.feel import temporal
from engine.feel.errors import FeelError
from engine.feel.functions import Table
from engine.feel.lexer import Token, tokens_of
from engine.feel.values import COMPARE, CONTEXT, Range

FUNCTIONS = Table()
_READERS: dict[tuple[str, ...], Callable[[str], object]] = {
    ("date",): temporal.date_of,
    ("time",): temporal.time_of,
    ("date", "and", "time"): temporal.moment_of,
    ("duration",): temporal.duration_of,
}


@FUNCTIONS.declare("range", "from: string")
def range_from(text: str) -> Range | None:
    """
    Read a range such as `[1..3]`; None if it is none, runs backwards, or has ends that are no literals.
    """
    try:
        tokens = tokens_of(text)[:-1]
    except FeelError:
        return None
    dots = [place for place, token in enumerate(tokens) if token.kind == "symbol" and token.text == ".."]
    if len(dots) != 1 or tokens[0].text not in ("[", "(", "]") or tokens[-1].text not in ("]", ")", "["):
        return None
    low, high = _end(tokens[1 : dots[0]]), _end(tokens[dots[0] + 1 : -1])
    ends_known = low is not _MISSING and high is not _MISSING and (low is not None or high is not None)
    if not ends_known or (low is not None and high is not None and COMPARE["<="](low, high) is not True):
        return None
    low_closed, high_closed = tokens[0].text == "[", tokens[-1].text == "]"
    if (low is None and low_closed) or (high is None and high_closed):
        return None
    return Range(low, high, low_closed, high_closed)


_MISSING = object()


def _end(tokens: Sequence[Token]) -> object:
    """The value of an end; None of an end that is open without limit, `_MISSING` of what is no literal."""
    kinds = [token.kind for token in tokens]
    if not tokens:
        return None
    if kinds in (["number"], ["string"]):
        return tokens[0].value
    if kinds == ["symbol", "number"] and tokens[0].text == "-":
        return CONTEXT.minus(tokens[1].value)
    found = None
    if kinds == ["at"]:
        found = temporal.temporal_of(str(tokens[0].value))
    elif kinds[-3:] == ["symbol", "string", "symbol"] and (tokens[-3].text, tokens[-1].text) == ("(", ")"):
        reader = _READERS.get(tuple(token.text for token in tokens[:-3]))
        found = None if reader is None else reader(str(tokens[-2].value))
    return _MISSING if found is None else found
