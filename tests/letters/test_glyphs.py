"""
What can be printed, and what becomes of the rest.
"""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processes.letters.glyphs import MISSING, coverage, printable, visible


@pytest.mark.parametrize(
    "text",
    [
        "A B C Ç D E Ə F G Ğ H X I İ J K Q L M N O Ö P R S Ş T U Ü V Y Z",
        "a b c ç d e ə f g ğ h x ı i j k q l m n o ö p r s ş t u ü v y z",
        "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "№ 3 · «sitat» – 12,5 m³ … 5 ₼ ’",
    ],
)
def test_the_font_has_three_alphabets_and_the_signs_of_letters(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ünvan 😀", f"Ünvan {MISSING}"),
        ("山田", MISSING * 2),
        ("g\u0306", "ğ"),
        ("I\u0307", "İ"),
        ("a\tb\x00c", "a b c"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("ab\u202egnp.exe", "abgnp.exe"),
        ("Əli\u200b\ufeff\u00adyev", "Əliyev"),
        ("❤\ufe0f", MISSING),
        ("\ud800", MISSING),
        ("\ue000", MISSING),
        ("a\u2028b", "a b"),
    ],
)
def test_what_the_font_does_not_have_is_shown_as_missing(text: str, expected: str) -> None:
    assert printable(text) == expected


@given(st.text(st.characters()))
def test_printable_text_is_within_the_font_and_stays_as_it_is(text: str) -> None:
    shown = printable(text)
    assert all(sign == "\n" or ord(sign) in coverage() for sign in shown)
    assert printable(shown) == shown
    assert not [sign for sign in visible(text) if unicodedata.category(sign) in ("Cf", "Cs") or sign == "\x00"]
