"""
Cut a FEEL text into tokens, in one pass.

It does not know which names are keywords or functions: several words may be one name, which only the parser
can tell.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from engine.feel import limits
from engine.feel.errors import error_at
from engine.feel.values import CONTEXT


class Token(NamedTuple):
    """
    One token: `kind` is name, number, string, at, symbol or end; `at` is its offset in the text.
    """

    kind: str
    text: str
    at: int
    value: object = None


_SPACE = re.compile(r"[\s\ufeff]+")
# what the grammar allows beyond letters, digits and _: symbols such as ℃ and 🐎, and a few joiners
_MORE = "\u2070-\u218f\u2c00-\u2fef\U00010000-\U000effff"
_NAME = re.compile(rf"(?:[^\W\d]|[{_MORE}])[\w\u00b7\u200c\u200d\u203f\u2040{_MORE}]*")
#: A number without sign, as texts and the function `number` have it.
NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_PLAIN = re.compile(r'[^"\\\n\r]*')
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|.)", re.DOTALL)
_SIMPLE_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}
_SYMBOLS = ("**", "..", "<=", ">=", "!=", "==", *"+-*/<>=()[]{},:.?'")
_SYMBOL = re.compile("|".join(re.escape(symbol) for symbol in _SYMBOLS))


def tokens_of(text: str) -> list[Token]:
    """
    Return the tokens of `text`, the last of kind "end".

    Raises:
        FeelError: the text is too long, or has a character, string, comment or number that is none.
    """
    if len(text) > limits.TEXT_LENGTH:
        raise error_at("too_long", text, limits.TEXT_LENGTH, limit=limits.TEXT_LENGTH)
    found: list[Token] = []
    at = _skip(text, 0)
    while at < len(text):
        token, at = _token(text, at)
        found.append(token)
        at = _skip(text, at)
    found.append(Token("end", "", len(text)))
    return found


def _skip(text: str, at: int) -> int:
    """Pass over space and comments."""
    while at < len(text):
        if space := _SPACE.match(text, at):
            at = space.end()
        elif text.startswith("//", at):
            end = text.find("\n", at)
            at = len(text) if end < 0 else end
        elif text.startswith("/*", at):
            end = text.find("*/", at + 2)
            if end < 0:
                raise error_at("unterminated_comment", text, at)
            at = end + 2
        else:
            break
    return at


def _token(text: str, at: int) -> tuple[Token, int]:
    if name := _NAME.match(text, at):
        return Token("name", name[0], at), name.end()
    if number := NUMBER.match(text, at):
        return Token("number", number[0], at, _number(text, at, number[0])), number.end()
    if text[at] == '"':
        value, end = _string(text, at)
        return Token("string", text[at:end], at, value), end
    if text.startswith('@"', at):
        value, end = _string(text, at + 1)
        return Token("at", text[at:end], at, value), end
    if symbol := _SYMBOL.match(text, at):
        normal = "=" if symbol[0] == "==" else symbol[0]
        return Token("symbol", normal, at), symbol.end()
    raise error_at("unexpected_character", text, at, found=ascii(text[at]))


def _number(text: str, at: int, digits: str) -> Decimal:
    value = CONTEXT.create_decimal(digits)
    if not value.is_finite():
        raise error_at("bad_number", text, at)
    return value


def _string(text: str, at: int) -> tuple[str, int]:
    """Read the string whose opening mark is at `at`; return its value and the offset behind its closing mark."""
    parts: list[str] = []
    here = at + 1
    while True:
        plain = _PLAIN.match(text, here)
        parts.append(plain[0])
        here = plain.end()
        if here >= len(text) or text[here] in "\n\r":
            raise error_at("unterminated_string", text, at)
        if text[here] == '"':
            return _joined(text, at, parts), here + 1
        escape = _ESCAPE.match(text, here)
        if escape is None:
            raise error_at("unterminated_string", text, at)
        parts.append(_escaped(text, here, escape[0]))
        here = escape.end()


def _escaped(text: str, at: int, escape: str) -> str:
    if len(escape) > 2:
        code = int(escape[2:], 16)
        if code <= 0x10FFFF:
            return chr(code)
        raise error_at("bad_escape", text, at, found=ascii(escape))
    return _SIMPLE_ESCAPES.get(escape[1], escape)  # "\s" is no escape: both characters stand for themselves


def _joined(text: str, at: int, parts: list[str]) -> str:
    """Join the parts; two escapes of a surrogate pair become the one character that they stand for."""
    joined = "".join(parts)
    try:
        return joined.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise error_at("bad_escape", text, at, found="of half a character") from None
