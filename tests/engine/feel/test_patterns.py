"""
Regular expressions: the same answers as Python's `re` where both speak one language, in a time that never explodes.
"""

import re

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from engine.feel.patterns import compiled_or_none, pattern_problem
from engine.feel.values import no_spending

ATOMS = st.sampled_from(["a", "b", "c", ".", "[ab]", "[^a]", "[a-c]", r"\d", r"\w", r"\s", "1", r"\.", "^", "$"])


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    repeats = st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{2,}", "{0,2}", "*?", "+?", "??"])
    return st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map("|".join),
        inner.map(lambda part: f"({part})"),
        inner.map(lambda part: f"(?:{part})"),
        st.tuples(inner, repeats).map(lambda parts: f"(?:{parts[0]}){parts[1]}"),
    )


PATTERNS = st.recursive(ATOMS, _grown, max_leaves=8)
TEXTS = st.text("abc1. \n", max_size=8)


@given(PATTERNS, TEXTS, st.sampled_from(["", "i", "s", "m", "sm"]))
@settings(max_examples=2_000, deadline=None)
@example("(a|ab)(c|bcd)(d*)", "abcd", "")
@example("(?:a*)*b", "aab", "")
def test_finds_what_re_finds(pattern: str, text: str, flags: str) -> None:
    compiled = compiled_or_none(pattern, flags)
    assert compiled is not None
    found = re.search(pattern if "m" in flags else _for_re(pattern), text, _flags(flags))
    assert compiled.is_found_in(text, no_spending) is (found is not None)


@given(PATTERNS, TEXTS)
@settings(max_examples=2_000, deadline=None)
def test_finds_it_where_re_finds_it(pattern: str, text: str) -> None:
    compiled = compiled_or_none(pattern, "")
    assert compiled is not None
    found = compiled.found_in(text, no_spending)
    reference = re.compile(_for_re(pattern), re.ASCII)
    if found is None:
        assert reference.search("") is not None
        return
    assume(all(match.end() > match.start() for match in reference.finditer(text)))
    assert [match[:2] for match in found] == [match.span() for match in reference.finditer(text)]
    assert compiled.split(text, no_spending) == re.split(_for_re(pattern, capture=False), text, flags=re.ASCII)


def _for_re(pattern: str, *, capture: bool = True) -> str:
    """XPath's $ holds at the very end only, and its . takes no carriage return (which the texts here have not)."""
    plain = pattern.replace("$", r"\Z")
    return plain if capture else re.sub(r"(?<!\\)\((?!\?)", "(?:", plain)


def _flags(flags: str) -> int:
    return sum({"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE}[flag] for flag in flags) | re.ASCII


EXPLODING = [
    r"(a*)*b",
    r"(a+)+b",
    r"(a|a)*b",
    r"(a|aa)+b",
    r"(.*)*b",
    r"a*a*a*a*a*a*a*a*b",
    r"(a?){30}a{30}b",
    r"(x+x+)+y",
    r"^(([a-z])+.)+[A-Z]([a-z])+b$",
    r"((a{1,9}){1,9}){1,9}b",
]


@pytest.mark.parametrize("pattern", EXPLODING)
def test_the_work_grows_with_the_text_in_a_straight_line(pattern: str) -> None:
    compiled = compiled_or_none(pattern, "")
    assert compiled is not None

    def work(length: int) -> int:
        spent = 0

        def spend(steps: int) -> None:
            nonlocal spent
            spent += steps

        compiled.is_found_in("a" * length, spend)
        return spent

    short, middle, long = work(100), work(200), work(400)
    assert long - middle <= 2 * (middle - short) + len(compiled.program)
    assert long <= 401 * len(compiled.program)


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        ")",
        "[",
        "[]",
        "]",
        "}",
        "*",
        "+",
        "a**",
        "a+*",
        "a{",
        "a{2",
        "a{2,1}",
        "a{x}",
        "a{,2}",
        "a{99999}",
        "\\",
        "\\1",
        "(a)\\1",
        "\\q",
        "(?=a)",
        "(?!a)",
        "(?<=a)",
        "(?P<n>a)",
        "(?i)a",
        "[b-a]",
        "[a-\\d]",
        "[[a]]",
        "\\p{Xx}",
        "\\pL",
        "a{1000}{1000}",
        "(a{1000}){1000}",
        "((a{99}){99}){99}",
        "(" * 20 + "a" + ")" * 20,
        "(a)" * 40,
        "a" * 501,
        "(?:){9999}",
        "x" * 2_000_000,
    ],
)
def test_a_pattern_that_is_wrong_or_not_supported_has_a_reason(pattern: str) -> None:
    assert pattern_problem(pattern, "")
    assert compiled_or_none(pattern, "") is None


@given(st.text("()[]{}*+?|^$\\.-,0123456789abpPL", max_size=30), TEXTS)
@settings(max_examples=2_000, deadline=None)
def test_no_pattern_raises(pattern: str, text: str) -> None:
    compiled = compiled_or_none(pattern, "")
    assert (compiled is None) is bool(pattern_problem(pattern, ""))
    if compiled is not None:
        compiled.replaced(text, "$1", no_spending)


@pytest.mark.parametrize(
    ("pattern", "flags", "text", "found"),
    [
        (r"^\p{Lu}\p{Ll}+$", "", "Nəsimi", True),
        (r"^\P{L}$", "", "1", True),
        (r"\p{Sc}", "", "5 ₼", True),
        ("a b", "x", "ab", True),
        ("a.c", "q", "abc", False),
        ("a.c", "q", "a.c", True),
        ("NƏSIMI", "i", "nəsimi", True),
        ("[a-z]+", "i", "ABC", True),
        ("^b$", "m", "a\nb\nc", True),
        ("^b$", "", "a\nb\nc", False),
        ("a.b", "s", "a\nb", True),
        ("a.b", "", "a\nb", False),
        ("a$", "", "a\n", False),
        (r"[\d.]+-", "", "1.5-", True),
        (r"[a\-]+b", "", "-b", True),
        ("[-a]b", "", "-b", True),
        ("[a-]b", "", "-b", True),
        ("", "", "a", True),
    ],
)
def test_finds_by_the_rules_of_xpath(pattern: str, flags: str, text: str, found: bool) -> None:
    compiled = compiled_or_none(pattern, flags)
    assert compiled is not None
    assert compiled.is_found_in(text, no_spending) is found
