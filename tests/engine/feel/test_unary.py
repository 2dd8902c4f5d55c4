"""
Cells of decision tables.
"""

import pytest

from engine.feel import FeelError, compile_unary

CASES = [
    ("-", 1, True),
    ("", None, True),
    ("  ", 1, True),
    ("- ", "x", True),
    ('"a"', "a", True),
    ('"a"', "b", False),
    ('"a","b"', "b", True),
    ('"a","b"', "c", False),
    ("1,2,3", 3, True),
    ("1,2,3", 4, False),
    ('not("a")', "b", True),
    ('not("a")', "a", False),
    ('not("a","b")', "b", False),
    ('not("a","b")', "c", True),
    ("not(null)", 1, True),
    ("not(null)", None, False),
    ("null", None, True),
    ("null", 1, False),
    (">= 1", 1, True),
    (">= 1", 0, False),
    ("< 1", None, False),
    ("< 1", "a", False),
    ("= 5", 5, True),
    ("!= 5", 4, True),
    ("!= 5", 5, False),
    (">= 1, < -1", -2, True),
    (">= 1, < -1", 0, False),
    ("[1..5]", 5, True),
    ("[1..5)", 5, False),
    ("]1..5]", 1, False),
    ("(1..5)", 3, True),
    ("[1..5]", None, False),
    ("[1..5], [10..15]", 12, True),
    ("not([1..5])", 3, False),
    ("not([1..5], 7)", 8, True),
    ("true", True, True),
    ("true", False, False),
    ("false", False, True),
    ("true", 1, False),
    ("1", True, False),
    ("-1", -1, True),
    ("-n", -5, True),
    ("> n", 6, True),
    ("n", 5, True),
    ("list", 2, True),
    ("list", 9, False),
    ("n + 1", 6, True),
    ("[n..10]", 7, True),
    ('starts with(?, "a")', "abc", True),
    ('starts with(?, "a")', "b", False),
    ('starts with(?, "a")', None, False),
    ("? > 3 and ? < 5", 4, True),
    ("? > 3 and ? < 5", 5, False),
    ("odd(?)", 3, True),
    ("odd(?)", 4, False),
    ("not(odd(?))", 4, True),
    ('? = "a" or ? = "b"', "b", True),
    ("? * 2 = 10", 5, True),
    ('contains(?, "x"), "a"', "a", True),
    ("n > 3", "anything", True),
    ("n > 9", "anything", False),
    ('date("2026-01-01")', "2026-01-01", False),
    ("? in [1..3]", 2, True),
    ("? between 1 and 3", 2, True),
    ('< date("2026-01-01")', 1, False),
    ("[1, 2]", 2, True),
    ("[1, 2]", [1, 2], True),
    ("some x in ? satisfies x > 1", [1, 2], True),
    ("? instance of string", "a", True),
    ("{a: 1}", {"a": 1}, True),
    ("?.known", {"known": True}, True),
    ("?.known", {"known": False}, False),
    ("count(?) > 1", [1, 2], True),
]


@pytest.mark.parametrize(("text", "value", "passes"), CASES)
def test_cell(text: str, value: object, passes: bool) -> None:
    assert compile_unary(text)(value, {"n": 5, "list": [1, 2, 3]}) is passes


def test_the_tested_value_is_no_variable() -> None:
    assert compile_unary("? > limit").names == {"limit"}
    assert compile_unary("? > limit")(5, {"limit": 4, "?": 0}) is True


@pytest.mark.parametrize(
    "text", ["1,", ",1", "not(", "not()", "not(1", "not(1) 2", ">=", "[1..", "..", "1 2", "- -", "not(not(1), )"]
)
def test_a_cell_that_is_none_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(FeelError) as caught:
        compile_unary(text)
    assert caught.value.line == 1
    assert caught.value.column >= 1
