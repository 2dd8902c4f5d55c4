"""
Laws of FEEL's values that hold for all of them: arithmetic of dates, times and durations, sorting, functions, types.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from engine.feel import compile
from engine.feel.frame import Budget
from engine.feel.types import Type, conforms, converted
from engine.feel.values import COMPARE, CONTEXT, KINDS, Range, YearsMonths, equal

DAYS = st.dates(date(1000, 1, 1), date(8999, 12, 31))
MOMENTS = st.datetimes(datetime(1000, 1, 1), datetime(8999, 12, 31), timezones=st.sampled_from([None, UTC]))
SPANS = st.timedeltas(timedelta(days=-300_000), timedelta(days=300_000))
MONTHS = st.integers(-6_000, 6_000).map(YearsMonths)
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30)


@given(MOMENTS, SPANS)
def test_what_is_added_to_a_moment_can_be_taken_away(moment: datetime, span: timedelta) -> None:
    data = {"m": moment, "s": span}
    assert compile("m + s - s = m")(data) is True
    assert compile("(m + s) - m = s")(data) is True
    assert compile("s + m = m + s")(data) is True


@given(DAYS, DAYS)
def test_the_time_between_two_days_leads_from_one_to_the_other(first: date, second: date) -> None:
    data = {"a": first, "b": second}
    assert compile("a + (b - a) = b")(data) is True
    assert compile("b - a = -(a - b)")(data) is True


@given(DAYS, DAYS)
def test_the_months_between_two_days_are_the_most_that_fit(first: date, second: date) -> None:
    data = {"a": min(first, second), "b": max(first, second)}
    assert compile("a + years and months duration(a, b) <= b")(data) is True
    assert compile('a + years and months duration(a, b) + @"P2M" > b')(data) is True


@given(DAYS, MONTHS)
def test_months_keep_the_day_or_take_the_last_of_a_shorter_month(day: date, months: YearsMonths) -> None:
    found = compile("d + m")({"d": day, "m": months})
    assert isinstance(found, date)
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months.months
    assert found.day == day.day or (found.day < day.day and (found + timedelta(days=1)).day == 1)


@given(st.times(), SPANS)
def test_a_time_goes_round_the_clock(clock: time, span: timedelta) -> None:
    data = {"t": clock, "s": span}
    assert compile("t + s - s = t")(data) is True
    assert compile('t + @"P1D" = t')(data) is True


@given(SPANS, SPANS, st.integers(-1_000, 1_000))
def test_durations_are_a_line(one: timedelta, other: timedelta, factor: int) -> None:
    data = {"a": one, "b": other, "n": factor}
    assert compile("a + b = b + a")(data) is True
    assert compile("a - b = -(b - a)")(data) is True
    assert compile("n * (a + b) = n * a + n * b")(data) is True
    assert compile("a / a")(data) == (1 if one else None)


@given(NUMBERS, NUMBERS)
def test_no_result_has_more_than_34_digits(left: Decimal, right: Decimal) -> None:
    for operator in ("+", "-", "*", "/", "**"):
        found = compile(f"a {operator} b")({"a": left, "b": right})
        assert found is None or len(found.as_tuple().digits) <= CONTEXT.prec


@given(st.lists(NUMBERS, max_size=12))
def test_sorting_by_a_function_is_sorting(numbers: list[Decimal]) -> None:
    data = {"l": numbers}
    assert compile("sort(l, function(a, b) a < b)")(data) == sorted(numbers)
    assert compile("reverse(sort(l)) = sort(l, function(a, b) a > b)")(data) is True


@given(st.lists(NUMBERS, max_size=12), NUMBERS)
def test_a_loop_a_filter_and_a_function_say_the_same(numbers: list[Decimal], least: Decimal) -> None:
    data = {"l": numbers, "n": least}
    looped = "count((for x in l return if x > n then x else null)[item != null])"
    assert compile(f"count(l[item > n]) = {looped}")(data) is True
    assert compile("(some x in l satisfies x > n) = (count(l[item > n]) > 0)")(data) is True
    assert compile("{f: function(x) x + n, r: (for x in l return f(x)) = (for x in l return x + n)}.r")(data) is True


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=5), DAYS, MOMENTS, st.times(), SPANS, MONTHS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
        NUMBERS.map(lambda number: Range(number, None, True, False)),
    ),
    max_leaves=6,
)
TYPES = st.recursive(
    st.sampled_from(sorted(set(KINDS.values()) - {"function", "null"}) + ["Any"]).map(Type),
    lambda inner: st.one_of(
        inner.map(lambda part: Type("list", part)),
        inner.map(lambda part: Type("range", part)),
        inner.map(lambda part: Type("context", fields=(("a", part),))),
    ),
    max_leaves=3,
)


@given(VALUES, TYPES)
def test_a_value_that_was_fitted_to_a_type_is_of_it(value: object, wanted: Type) -> None:
    fitted, fits = converted(value, wanted, Budget())
    assert conforms(fitted, wanted, Budget())
    assert fits or fitted is None
    if conforms(value, wanted, Budget()):
        assert fitted is value


@given(VALUES, VALUES)
def test_equality_and_order_agree(left: object, right: object) -> None:
    assert equal(left, left) is not False
    assert equal(left, right) == equal(right, left)
    less, more = COMPARE["<"](left, right), COMPARE[">"](right, left)
    assert less == more
    if less is not None:
        assert [less, equal(left, right), COMPARE[">"](left, right)].count(True) == 1
