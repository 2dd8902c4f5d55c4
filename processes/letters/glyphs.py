"""
Makes any text printable in the shipped font.

PDF/A forbids characters without a glyph, so that one emoji in an address would otherwise stop the letter.
Text that the font has comes through unchanged (composed, NFC); the rest becomes `�`, visibly. No shaping.
"""

from __future__ import annotations

import struct
import unicodedata
from functools import cache
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"

#: stands for a character that the font does not have
MISSING = "\ufffd"


@cache
def coverage() -> frozenset[int]:
    """
    Return the code points that every shipped weight has.
    """
    weights = [_code_points(path.read_bytes()) for path in sorted(FONTS.glob("*.ttf"))]
    return frozenset.intersection(*weights)


def visible(text: str) -> str:
    """
    Return `text` composed (NFC) and without invisible characters; line breaks stay.

    Direction marks and zero-width characters go, because they let a name look like another; controls become spaces.
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(_visible(character) for character in text)


def printable(text: str) -> str:
    """
    Return `text` as `visible` does, with `�` for whatever the font can't show.
    """
    covered = coverage()
    return "".join(each if each == "\n" or ord(each) in covered else MISSING for each in visible(text))


def _visible(character: str) -> str:
    if character == "\n" or "\x20" <= character <= "\x7e":
        return character
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    if category == "Cs":
        return MISSING
    if category == "Cf" or unicodedata.name(character, "").startswith("VARIATION SELECTOR"):
        return ""
    return character


def _code_points(font: bytes) -> frozenset[int]:
    """
    Read the character map of a TrueType font.

    Source: OpenType 1.9, `cmap` formats 4 and 12.
    """
    (tables,) = struct.unpack_from(">H", font, 4)
    directory = {font[at : at + 4]: struct.unpack_from(">I", font, at + 8)[0] for at in range(12, 12 + 16 * tables, 16)}
    cmap = directory[b"cmap"]
    (subtables,) = struct.unpack_from(">H", font, cmap + 2)
    found: set[int] = set()
    for number in range(subtables):
        (offset,) = struct.unpack_from(">I", font, cmap + 4 + 8 * number + 4)
        (kind,) = struct.unpack_from(">H", font, cmap + offset)
        if kind == 4:
            found |= _segments(font, cmap + offset)
        elif kind == 12:
            found |= _groups(font, cmap + offset)
    return frozenset(found - {0xFFFF})


def _segments(font: bytes, at: int) -> set[int]:
    (doubled,) = struct.unpack_from(">H", font, at + 6)
    ends = struct.unpack_from(f">{doubled // 2}H", font, at + 14)
    starts = struct.unpack_from(f">{doubled // 2}H", font, at + 16 + doubled)
    return {point for start, end in zip(starts, ends, strict=True) for point in range(start, end + 1)}


def _groups(font: bytes, at: int) -> set[int]:
    (count,) = struct.unpack_from(">I", font, at + 12)
    found: set[int] = set()
    for number in range(count):
        start, end, _ = struct.unpack_from(">III", font, at + 16 + 12 * number)
        found.update(range(start, end + 1))
    return found
