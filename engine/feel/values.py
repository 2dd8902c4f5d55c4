"""
FEEL's values and what can be said of two of them: kinds, equality, order.

Numbers are `Decimal` of 34 digits (`int` from JSON is taken as it is), dates and times those of `datetime`,
lists `list`, contexts `dict`. It does not evaluate anything.

Source: DMN 1.3 §10.3.2.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from engine.feel import limits
from engine.feel.errors import FeelError

#: IEEE 754 decimal128; nothing is trapped, a result that is not finite becomes null.
CONTEXT = Context(prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144, traps=[])

Spend = Callable[[int], None]  # takes steps from the evaluation's budget


@dataclass(frozen=True, slots=True, order=True)
class YearsMonths:
    """
    A years and months duration.
    """

    months: int


@dataclass(frozen=True, slots=True)
class Range:
    """
    An interval; an end that is None is open without limit.
    """

    low: object
    high: object
    low_closed: bool
    high_closed: bool

    def includes(self, value: object) -> bool | None:
        """
        Tell whether `value` lies inside; None if it can't be compared with the ends.
        """
        above = below = True
        if self.low is not None:
            above = COMPARE[">=" if self.low_closed else ">"](value, self.low)
        if self.high is not None:
            below = COMPARE["<=" if self.high_closed else "<"](value, self.high)
        if above is None or below is None or value is None:
            return None
        return above and below


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """
    A function as a value.

    Attributes:
        name: for a person, "" if it has none.
        types: those of its parameters.
        result: the type of its result.
        call: evaluates it; takes the budget, the arguments and their names (none if they come by position).
    """

    name: str
    types: tuple[Any, ...]
    result: Any
    call: Callable[[Any, list[object], tuple[str, ...]], object]


#: Python type -> FEEL kind. `bool` is not a number here, nor is a `datetime` a date.
KINDS: dict[type, str] = {
    type(None): "null",
    Decimal: "number",
    int: "number",
    str: "string",
    bool: "boolean",
    list: "list",
    dict: "context",
    date: "date",
    time: "time",
    datetime: "date and time",
    timedelta: "days and time duration",
    YearsMonths: "years and months duration",
    Range: "range",
    Function: "function",
}
_NOT_ORDERED = {"null", "boolean", "list", "context", "range", "function"}
_ORDERED = {type_: kind for type_, kind in KINDS.items() if kind not in _NOT_ORDERED}


def kind_of(value: object) -> str:
    """
    Return the FEEL kind of a value, "unknown" for a foreign object.
    """
    return KINDS.get(type(value), "unknown")


def adopt(value: object) -> object:
    """
    Turn a value from outside into one of FEEL's; what has no counterpart becomes None.
    """
    if type(value) in KINDS:
        return value
    if isinstance(value, float):
        return finite(CONTEXT.create_decimal(repr(value)))
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes | bytearray | memoryview):
        return list(value)
    return None


def finite(number: Decimal) -> Decimal | None:
    """
    Return the number, or None for an infinity or NaN.
    """
    return number if number.is_finite() else None


def is_whole(number: Decimal | int) -> bool:
    """
    Tell whether a number has no fraction.
    """
    return type(number) is int or number == number.to_integral_value()


def whole_part(number: Decimal | int) -> int:
    """
    Return the number without its fraction, as positions and lengths are read.
    """
    return int(number)


def no_spending(steps: int) -> None:
    """
    Take nothing from no budget.
    """


def check_depth(depth: int) -> None:
    """
    Refuse to go deeper into a nested value.

    Raises:
        FeelError: value_too_deep.
    """
    if depth > limits.VALUE_DEPTH:
        raise FeelError("value_too_deep", limit=limits.VALUE_DEPTH)


def check_size(size: int) -> None:
    """
    Refuse a string or list of more than the allowed characters or elements.

    Raises:
        FeelError: value_too_large.
    """
    if size > limits.VALUE_SIZE:
        raise FeelError("value_too_large", limit=limits.VALUE_SIZE)


def equal(left: object, right: object, spend: Spend = no_spending, depth: int = 0) -> bool | None:
    """
    Compare by FEEL's rules: null equals null only; values of different kinds give None.

    Source: DMN 1.3 table 53.
    """
    if left is None or right is None:
        return left is right
    kind = KINDS.get(type(left))
    if kind is None or kind != KINDS.get(type(right)):
        return None
    if kind == "list":
        return _equal_lists(left, right, spend, depth)
    if kind == "context":
        return _equal_contexts(left, right, spend, depth)
    if kind == "range":
        return _equal_ranges(left, right, spend, depth)
    if kind in ("time", "date and time") and (left.tzinfo is None) != (right.tzinfo is None):
        return None
    return left == right


def _equal_lists(left: list, right: list, spend: Spend, depth: int) -> bool:
    if len(left) != len(right):
        return False
    check_depth(depth)
    spend(len(left))
    return all(equal(a, b, spend, depth + 1) is True for a, b in zip(left, right, strict=True))


def _equal_contexts(left: dict, right: dict, spend: Spend, depth: int) -> bool:
    if left.keys() != right.keys():
        return False
    check_depth(depth)
    spend(len(left))
    return all(equal(value, right[key], spend, depth + 1) is True for key, value in left.items())


def _equal_ranges(left: Range, right: Range, spend: Spend, depth: int) -> bool:
    return (
        left.low_closed == right.low_closed
        and left.high_closed == right.high_closed
        and equal(left.low, right.low, spend, depth + 1) is True
        and equal(left.high, right.high, spend, depth + 1) is True
    )


def _ordering(compare: Callable[[object, object], bool]) -> Callable[[object, object], bool | None]:
    def ordered(left: object, right: object) -> bool | None:
        kind = _ORDERED.get(type(left))
        if kind is None or kind != _ORDERED.get(type(right)):
            return None
        try:
            return compare(left, right)
        except TypeError:  # one has an offset from UTC, the other has none
            return None

    return ordered


def _unequal(left: object, right: object) -> bool | None:
    same = equal(left, right)
    return None if same is None else not same


#: operator -> comparison of two values, None if they can't be compared
COMPARE: dict[str, Callable[[object, object], bool | None]] = {
    "=": equal,
    "!=": _unequal,
    "<": _ordering(operator.lt),
    "<=": _ordering(operator.le),
    ">": _ordering(operator.gt),
    ">=": _ordering(operator.ge),
}
