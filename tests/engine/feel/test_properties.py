"""
FEEL over many random texts and values: nothing but FeelError ever comes out, and numbers agree with Python's.
"""

import contextlib
import decimal
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.feel import FeelError, compile, compile_unary, to_json
from engine.feel.builtins import BUILTINS, NAMES
from engine.feel.lexer import tokens_of
from engine.feel.parser import Parser
from engine.feel.statements import KEYWORDS
from engine.feel.values import CONTEXT, KINDS, Range, YearsMonths, equal
from engine.feel.vocabulary import Vocabulary
from tests.engine.feel.test_expressions import CASES as EXPRESSIONS
from tests.engine.feel.test_functions import CASES as FUNCTIONS

SYMBOLS = [
    *'+-*/<>=()[]{},:.?"@',
    "**",
    "..",
    "<=",
    ">=",
    "!=",
    "//",
    "/*",
    "*/",
    "\\",
    "\n",
    "1",
    "0.5",
    '"a"',
    "a",
    "item",
]
WORDS = st.sampled_from([*SYMBOLS, *sorted(KEYWORDS), *sorted(NAMES), "instance of", '@"P1D"', "date and time"])
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(WORDS, max_size=40).map(" ".join),
    st.lists(WORDS, max_size=40).map("".join),
)


@given(TEXTS)
@settings(max_examples=1_500, deadline=None)
@example("\ud800")
@example('"\ud800"')
@example("a\x00")
def test_no_text_raises_anything_but_a_feel_error(text: str) -> None:
    for compile_ in (compile, compile_unary):
        try:
            compiled = compile_(text)
        except FeelError as error:
            assert error.line >= 1
            assert error.column >= 1
            assert error.code
        else:
            try:
                compiled({"a": 1}) if compile_ is compile else compiled(1, {"a": 1})
            except FeelError as error:
                assert error.line == 0


ATOMS = st.sampled_from(
    # one of each kind, the edges among them
    ["1", "0", "-1", "2.5", "1E30", "1E-30", '""', '"a"', '"ab"', '"1"', '"2026-01-31"', '"["', "true", "false", "null"]
    + ["[]", "[1, 2]", '["a", null]', "[[1], [2, [3]]]", "{}", '{a: 1, b: "x"}', "[1..5]", "(1..5)", '["a".."c"]']
    + ['@"2026-01-31"', '@"0001-01-01"', '@"9999-12-31"', '@"10:00:00"', '@"10:00:00+04:00"', '@"23:59:59@Asia/Baku"']
    + ['@"2026-01-31T10:00:00"', '@"2026-01-31T10:00:00Z"', '@"0001-01-01T00:00:00+14:00"', '@"9999-12-31T23:59:59Z"']
    + [
        '@"2026-03-29T02:30:00@Europe/Paris"',
        '@"P1D"',
        '@"-PT1S"',
        '@"P999999999D"',
        '@"P1Y"',
        '@"-P11M"',
        "n",
        "s",
        "l",
        "c",
        "missing",
        "x",
        "abs",
        "date and time",
        "(< 5)",
        '(>= "a")',
        "(function(x) x)",
        "(function(a: number, b) a)",
        "(function(a, b) a < b)",
    ]
)


def _call(name: str, arguments: list[str]) -> str:
    return f"{name}({', '.join(arguments)})"


TYPES = st.sampled_from(["number", "list<string>", "context<a: number>", "range<date>", "function<Any> -> number"])


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(["+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "and", "or", "in"])
    return st.one_of(
        st.tuples(inner, operators, inner).map(lambda parts: f"({' '.join(parts)})"),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} between {p[1]} and {p[2]})"),
        st.tuples(inner, inner, inner).map(lambda p: f"(if {p[0]} then {p[1]} else {p[2]})"),
        st.tuples(inner, inner).map(lambda p: f"(for x in {p[0]} return {p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"(some x in {p[0]} satisfies {p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"{p[0]}[{p[1]}]"),
        st.tuples(inner, inner).map(lambda p: f"[{p[0]}, {p[1]}]"),
        st.tuples(inner, inner).map(lambda p: f"[{p[0]}..({p[1]})]"),
        st.tuples(inner, inner).map(lambda p: f"{{a: {p[0]}, b: {p[1]}}}"),
        st.tuples(inner, st.sampled_from(["a", "year", "time offset", "days", "start"])).map(".".join),
        inner.map(lambda p: f"-({p})"),
        st.tuples(inner, TYPES).map(lambda p: f"({p[0]} instance of {p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"(for x in {p[0]}..{p[1]} return partial)"),
        st.tuples(inner, inner).map(lambda p: f"(function(x) {p[0]})({p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"{{f: {p[0]}, r: f({p[1]})}}.r"),
        st.tuples(inner, inner, inner).map(lambda p: f"list replace({p[0]}, {p[1]}, {p[2]})"),
        st.builds(_call, st.sampled_from(sorted(NAMES)), st.lists(inner, min_size=1, max_size=4)),
    )


VALID = st.recursive(ATOMS, _compound, max_leaves=12)
DATA = {"n": 7, "s": "text", "l": [1, "a", None, [2], {"a": 1}], "c": {"a": {"b": [1, 2]}}}


@given(VALID)
@settings(max_examples=1_000, deadline=None)
def test_no_evaluation_raises_anything_but_a_feel_error(text: str) -> None:
    try:
        value = compile(text)(DATA)
        to_json(value)
    except FeelError as error:
        assert error.code in {
            "wrong_arguments",
            "bad_pattern",
            "too_many_steps",
            "value_too_large",
            "value_too_deep",
            "too_deep",
            "chained_comparison",
            "not_a_function",
            "calls_too_deep",
        }
    else:
        assert type(value) in KINDS


EXAMPLES = [text for cases in EXPRESSIONS.values() for text, _ in cases] + [text for text, _ in FUNCTIONS]
PIECES = st.sampled_from(
    [*SYMBOLS, "function(x)", "in", "for x in", "return", "partial", "satisfies", "[1]", "(1)", "?"]
)


@st.composite
def _spoilt(draw: st.DrawFn) -> str:
    """A good text of which some words were removed, doubled, exchanged or put in."""
    words = [token.text for token in tokens_of(draw(st.sampled_from(EXAMPLES)))[:-1]]
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(len(words) - 1, 0)))
        put_in = draw(st.lists(st.one_of(PIECES, st.sampled_from(words or [""])), max_size=2))
        words[at : at + draw(st.integers(0, 2))] = put_in
    return " ".join(words)


@given(_spoilt())
@settings(max_examples=400, deadline=None)
def test_a_good_text_that_was_spoilt_raises_nothing_but_a_feel_error(text: str) -> None:
    for vocabulary in (Vocabulary(), Vocabulary(names=frozenset({"x", "a b"}), lax=True)):
        for compile_, given_ in ((compile, ()), (compile_unary, (5,))):
            with contextlib.suppress(FeelError):
                to_json(compile_(text, vocabulary=vocabulary)(*given_, {**DATA, "x": 1, "a b": 2}))


@given(TEXTS)
def test_no_text_is_read_twice(text: str) -> None:
    with contextlib.suppress(FeelError):
        parser = Parser(text, NAMES)
        try:
            parser.expression()
        finally:
            assert parser.steps <= len(tokens_of(text))


@given(st.sampled_from(sorted(BUILTINS)), st.lists(ATOMS, min_size=1, max_size=4))
@settings(max_examples=1_000, deadline=None)
def test_every_function_takes_every_value(name: str, arguments: list[str]) -> None:
    try:
        value = compile(_call(name, arguments))(DATA)
    except FeelError as error:
        assert error.code in {"wrong_arguments", "bad_pattern", "value_too_large", "too_many_steps"}
    else:
        assert type(value) in KINDS


NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=10)


@given(NUMBERS, NUMBERS, st.sampled_from("+-*/"))
def test_arithmetic_agrees_with_decimal(left: Decimal, right: Decimal, operator: str) -> None:
    reference = decimal.Context(prec=34, rounding=decimal.ROUND_HALF_EVEN)
    found = compile(f"a {operator} b")({"a": left, "b": right})
    if operator == "/" and right == 0:
        assert found is None
        return
    operate = {"+": reference.add, "-": reference.subtract, "*": reference.multiply, "/": reference.divide}[operator]
    assert found == operate(left, right)
    assert compile(f"{left:f} {operator} ({right:f})")({}) == found


@given(st.lists(NUMBERS, min_size=1, max_size=20))
def test_sums_and_extremes_agree_with_python(numbers: list[Decimal]) -> None:
    with decimal.localcontext(CONTEXT):
        assert compile("sum(l)")({"l": numbers}) == sum(numbers)
    assert compile("min(l)")({"l": numbers}) == min(numbers)
    assert compile("max(l)")({"l": numbers}) == max(numbers)
    assert compile("sort(l)")({"l": numbers}) == sorted(numbers)
    assert compile("count(l[item > 0])")({"l": numbers}) == sum(number > 0 for number in numbers)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_between_in_and_comparison_say_the_same(value: Decimal, low: Decimal, high: Decimal) -> None:
    data = {"v": value, "low": low, "high": high}
    expected = low <= value <= high
    for text in (
        "v between low and high",
        "v in [low..high]",
        "v >= low and v <= high",
        "v in (>= low) and v in (<= high)",
    ):
        assert compile(text)(data) is expected
    assert compile_unary("[low..high]")(value, data) is expected
    assert compile_unary("not([low..high])")(value, data) is not expected


TRUTHS = st.sampled_from([True, False, None])


@given(TRUTHS, TRUTHS)
def test_logic_is_kleenes(left: bool | None, right: bool | None) -> None:
    rank = {False: 0, None: 1, True: 2}
    value = {rank_: truth for truth, rank_ in rank.items()}
    data = {"a": left, "b": right}
    assert compile("a and b")(data) is value[min(rank[left], rank[right])]
    assert compile("a or b")(data) is value[max(rank[left], rank[right])]
    assert compile("all([a, b])")(data) is value[min(rank[left], rank[right])]
    assert compile("any([a, b])")(data) is value[max(rank[left], rank[right])]
    assert compile("not(a and b)")(data) is compile("not(a) or not(b)")(data)


@given(st.text(max_size=30), st.integers(min_value=-40, max_value=40), st.integers(min_value=1, max_value=40))
def test_substring_agrees_with_slicing(text: str, start: int, length: int) -> None:
    found = compile("substring(s, a, n)")({"s": text, "a": start, "n": length})
    if start == 0 or abs(start) > len(text):
        assert found is None
    else:
        first = start - 1 if start > 0 else len(text) + start
        assert found == text[first : first + length]


PLAIN = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(PLAIN)
def test_a_string_literal_means_its_characters(text: str) -> None:
    escaped = "".join(f"\\U{ord(character):06X}" for character in text)
    assert compile(f'"{escaped}"')({}) == text


@given(st.dates(), st.integers(min_value=-50_000, max_value=50_000))
def test_days_agree_with_python(day: date, days: int) -> None:
    found = compile("date(d) + duration(p)")({"d": day.isoformat(), "p": f"{'-' if days < 0 else ''}P{abs(days)}D"})
    try:
        assert found == day + timedelta(days=days)
    except OverflowError:
        assert found is None


ZONES = st.sampled_from(
    [None, *(datetime.fromisoformat(f"2026-01-01T00:00:00{z}").tzinfo for z in ("Z", "+04:00", "-09:30"))]
)
WRITABLE = st.one_of(
    st.dates(),
    st.times(timezones=ZONES),
    st.datetimes(timezones=ZONES),
    st.timedeltas(),
    st.integers(min_value=-100_000, max_value=100_000).map(YearsMonths),
)


@given(WRITABLE)
def test_what_string_writes_is_read_back(value: date | time | datetime | timedelta | YearsMonths) -> None:
    text = compile("string(v)")({"v": value})
    function = {date: "date", time: "time", datetime: "date and time"}.get(type(value), "duration")
    assert equal(compile(f"{function}(t)")({"t": text}), value) is True
    assert equal(compile(f'@"{text}"')({}), value) is True


@given(NUMBERS)
def test_what_string_writes_of_a_number_is_read_back(number: Decimal) -> None:
    assert compile("number(string(n))")({"n": number}) == number


POINTS = st.integers(min_value=0, max_value=6)
RANGES = st.builds(
    lambda ends, low, high: Range(Decimal(min(ends)), Decimal(max(ends)), low, high),
    st.tuples(POINTS, POINTS).filter(lambda ends: ends[0] != ends[1]),
    st.booleans(),
    st.booleans(),
)


def _points(range_: Range) -> set[Decimal]:
    """Its quarter points: enough to tell ranges with whole ends apart."""
    quarters = (Decimal(number) / 4 for number in range(-4, 32))
    return {point for point in quarters if range_.includes(point)}


@given(RANGES, RANGES)
def test_functions_on_ranges_agree_with_sets_of_points(left: Range, right: Range) -> None:
    ours, theirs = _points(left), _points(right)
    data = {"a": left, "b": right}
    assert compile("before(a, b)")(data) is (max(ours) < min(theirs))
    assert compile("after(a, b)")(data) is (min(ours) > max(theirs))
    assert compile("overlaps(a, b)")(data) is bool(ours & theirs)
    assert compile("includes(a, b)")(data) is (ours >= theirs)
    assert compile("during(a, b)")(data) is (ours <= theirs)
    assert compile("coincides(a, b)")(data) is (ours == theirs)
    assert compile("meets(a, b)")(data) is (max(ours) == min(theirs))
    assert compile("starts(a, b)")(data) is (min(ours) == min(theirs) and ours <= theirs)
    assert compile("finishes(a, b)")(data) is (max(ours) == max(theirs) and ours <= theirs)
    assert compile("overlaps before(a, b)")(data) is (
        bool(ours & theirs) and min(ours) < min(theirs) and max(ours) <= max(theirs)
    )
