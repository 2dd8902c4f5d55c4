"""
Patterns: shapes are admitted, whatever can take long is not.
"""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.patterns import UnsafePattern, compile_pattern


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("^[0-9]{4,20}$", "12345"),
        ("^[A-Z]{2}[0-9]{6}$", "AB123456"),
        ("^(?:AZ)?[0-9]+$", "AZ1"),
        ("^(ab|cd)-[0-9]+$", "cd-1"),
        (r"^\d{2}/\d{2}$", "12/34"),
        (r"^[^\]a]+$", "b"),
    ],
)
def test_admits_shapes(pattern: str, text: str) -> None:
    assert compile_pattern(pattern).fullmatch(text)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("^(a+)+$", "repetition"),
        ("^(a|a)*$", "repetition"),
        ("^(?:a{1,9}){2}$", "repetition"),
        ("^a*a*a*a*$", "repetition"),
        ("^" + "a?" * 9 + "$", "repetition"),
        ("^a++$", "repetition"),
        ("^(?=a)b$", "group"),
        ("^(?P<x>a)$", "group"),
        (r"^(a)\1$", "reference"),
        ("[0-9]+", "anchors"),
        ("^[0-9$", "syntax"),
        ("^(a$", "syntax"),
        ("^a)$", "syntax"),
        ("^a{9,1}$", "syntax"),
        ("^" + "a" * 200 + "$", "length"),
    ],
)
def test_refuses_what_may_take_long_or_is_wrong(pattern: str, reason: str) -> None:
    with pytest.raises(UnsafePattern, match=reason):
        compile_pattern(pattern)


def test_digits_are_ascii() -> None:
    assert not compile_pattern(r"^\d+$").fullmatch("٣")


@given(st.text(alphabet="ab(|)*+?{1,2}[]^$\\.:=", max_size=12))
def test_an_admitted_pattern_is_quick_on_a_long_text(inner: str) -> None:
    try:
        pattern = compile_pattern(f"^{inner}$")
    except UnsafePattern:
        return
    begun = time.process_time()
    pattern.fullmatch("a" * 200 + "!")
    assert time.process_time() - begun < 1
