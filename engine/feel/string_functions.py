"""
FEEL's functions on strings, and the conversions to string and number.

`upper case` and `lower case` are Unicode's, which know no language: they make «I» of «i» and so are wrong for
Azerbaijani words. They are meant for codes; a table or form that compares words must do so as they are
written.

Source: DMN 1.3 §10.3.4.1 (conversion), §10.3.4.2 (boolean), §10.3.4.3 (string).
"""

from __future__ import annotations

from decimal import Decimal

from engine.feel import limits, patterns
from engine.feel.functions import Table
from engine.feel.lexer import NUMBER
from engine.feel.texts import text_of
from engine.feel.values import CONTEXT, Spend, adopt, check_size, finite, whole_part

FUNCTIONS = Table()
_SEPARATORS = (" ", ",", ".")


@FUNCTIONS.declare("string", "from: any", spends=True)
def string(spend: Spend, value: object) -> str | None:
    """
    Write a value as text; null stays null.
    """
    return None if value is None else text_of(value, spend)


@FUNCTIONS.declare("number", "from: any, grouping separator?: string, decimal separator?: string")
def number(text: object, grouping: str | None = None, point: str | None = None) -> Decimal | None:
    """
    Read a number whose groups and fraction are set apart as told (none, and a point, unless told).
    """
    if type(text) in (Decimal, int) and grouping is None and point is None:
        return CONTEXT.plus(Decimal(text))
    if not isinstance(text, str) or len(text) > limits.TEXT_LENGTH:
        return None
    if grouping not in (None, *_SEPARATORS) or point not in (None, ".", ",") or (point and grouping == point):
        return None
    if grouping:
        text = text.replace(grouping, "")
    if point == ",":
        if "." in text:
            return None
        text = text.replace(",", ".")
    digits = text.removeprefix("-")
    return finite(CONTEXT.create_decimal(text)) if NUMBER.fullmatch(digits) else None


@FUNCTIONS.declare("not", "negand: any")
def negation(negand: object) -> bool | None:
    """
    Return the opposite of a boolean.
    """
    return not negand if isinstance(negand, bool) else None


@FUNCTIONS.declare("get or else", "value: any, default: any")
def get_or_else(value: object, default: object) -> object:
    """
    Return the value, or the default instead of null.
    """
    return default if value is None else value


@FUNCTIONS.declare("string length", "string: string")
def string_length(text: str) -> Decimal:
    """
    Count the characters.
    """
    return Decimal(len(text))


@FUNCTIONS.declare("substring", "string: string, start position: number, length?: number")
def substring(text: str, start: Decimal, length: Decimal | None = None) -> str | None:
    """
    Return `length` characters from `start` (1 is the first, -1 the last one).
    """
    place = whole_part(start)
    if place == 0 or abs(place) > len(text):
        return None
    first = place - 1 if place > 0 else len(text) + place
    if length is None:
        return text[first:]
    return text[first : first + whole_part(min(length, len(text)))] if length >= 1 else None


@FUNCTIONS.declare("upper case", "string: string")
def upper_case(text: str) -> str:
    """
    Return the text in capitals, for codes only (see the module).
    """
    return text.upper()


@FUNCTIONS.declare("lower case", "string: string")
def lower_case(text: str) -> str:
    """
    Return the text in small letters, for codes only (see the module).
    """
    return text.lower()


@FUNCTIONS.declare("substring before", "string: string, match: string")
def substring_before(text: str, match: str) -> str:
    """
    Return what stands before the first `match`, "" if there is none.
    """
    before, found, _ = text.partition(match) if match else ("", "", "")
    return before if found else ""


@FUNCTIONS.declare("substring after", "string: string, match: string")
def substring_after(text: str, match: str) -> str:
    """
    Return what stands behind the first `match`, "" if there is none.
    """
    return text.partition(match)[2] if match else text


@FUNCTIONS.declare("contains", "string: string, match: string")
def contains(text: str, match: str) -> bool:
    """
    Tell whether the text holds `match`.
    """
    return match in text


@FUNCTIONS.declare("starts with", "string: string, match: string")
def starts_with(text: str, match: str) -> bool:
    """
    Tell whether the text begins with `match`.
    """
    return text.startswith(match)


@FUNCTIONS.declare("ends with", "string: string, match: string")
def ends_with(text: str, match: str) -> bool:
    """
    Tell whether the text ends with `match`.
    """
    return text.endswith(match)


@FUNCTIONS.declare("trim", "string: string")
def trim(text: str) -> str:
    """
    Return the text without space at its ends.
    """
    return text.strip()


@FUNCTIONS.declare("string join", "list: list, delimiter?: string", spends=True)
def string_join(spend: Spend, parts: list[object], delimiter: str | None = None) -> str | None:
    """
    Join the strings of a list; nulls are passed over.
    """
    spend(len(parts))
    kept = [part for part in map(adopt, parts) if part is not None]
    if not all(isinstance(part, str) for part in kept):
        return None
    between = delimiter or ""
    check_size(sum(map(len, kept)) + len(between) * len(kept))
    return between.join(kept)


@FUNCTIONS.declare("matches", "input: string, pattern: string, flags?: string", spends=True)
def matches(spend: Spend, text: str, pattern: str, flags: str | None = None) -> bool | None:
    """
    Tell whether the pattern is found in the text; None for a pattern that is not supported.
    """
    compiled = patterns.compiled_or_none(pattern, flags or "")
    return None if compiled is None else compiled.is_found_in(text, spend)


@FUNCTIONS.declare("replace", "input: string, pattern: string, replacement: string, flags?: string", spends=True)
def replace(spend: Spend, text: str, pattern: str, replacement: str, flags: str | None = None) -> str | None:
    """
    Replace every match; $1 … $9 stand for the pattern's groups, $0 for the whole match.
    """
    compiled = patterns.compiled_or_none(pattern, flags or "")
    return None if compiled is None else compiled.replaced(text, replacement, spend)


@FUNCTIONS.declare("split", "string: string, delimiter: string", spends=True)
def split(spend: Spend, text: str, delimiter: str) -> list[str] | None:
    """
    Cut the text at every match of the pattern `delimiter`.
    """
    compiled = patterns.compiled_or_none(delimiter, "")
    return None if compiled is None else compiled.split(text, spend)


@FUNCTIONS.declare("extract", "input: string, pattern: string, flags?: string", spends=True)
def extract(spend: Spend, text: str, pattern: str, flags: str | None = None) -> list[str] | None:
    """
    List every match; None if the pattern matches "" or is not supported.
    """
    compiled = patterns.compiled_or_none(pattern, flags or "")
    found = None if compiled is None else compiled.found_in(text, spend)
    return None if found is None else [text[start:end] for start, end, *_ in found]
