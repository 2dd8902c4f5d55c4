"""
FEEL's arithmetic: numbers, strings, dates, times and durations; what can't be calculated is None.

Source: DMN 1.3 §10.3.2.7, tables 56 to 59.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from engine.feel import temporal
from engine.feel.values import CONTEXT, YearsMonths, check_size

_NUMBERS = (Decimal, int)
_DURATIONS = (timedelta, YearsMonths)


def negated(value: object) -> object:
    """
    Return the number or duration with the other sign.
    """
    if type(value) in _NUMBERS:
        return CONTEXT.minus(Decimal(value))
    if type(value) is timedelta:
        return -value
    return YearsMonths(-value.months) if type(value) is YearsMonths else None


def _number_or_none(result: Decimal) -> Decimal | None:
    return result if result.is_finite() else None


def _added(left: object, right: object) -> object:
    if type(left) in _NUMBERS and type(right) in _NUMBERS:
        return _number_or_none(CONTEXT.add(left, right))
    if type(left) is str and type(right) is str:
        check_size(len(left) + len(right))
        return left + right
    if type(right) in _DURATIONS:
        return temporal.add(left, right)
    return temporal.add(right, left) if type(left) in _DURATIONS else None


def _subtracted(left: object, right: object) -> object:
    if type(left) in _NUMBERS and type(right) in _NUMBERS:
        return _number_or_none(CONTEXT.subtract(left, right))
    if type(right) in _DURATIONS:
        return temporal.add(left, negated(right))
    return temporal.subtract(left, right)


def _multiplied(left: object, right: object) -> object:
    if type(left) in _NUMBERS:
        if type(right) in _NUMBERS:
            return _number_or_none(CONTEXT.multiply(left, right))
        left, right = right, left
    return _scaled(left, right, CONTEXT.multiply) if type(right) in _NUMBERS else None


def _divided(left: object, right: object) -> object:
    if type(left) in _NUMBERS and type(right) in _NUMBERS:
        return _number_or_none(CONTEXT.divide(left, right))
    if type(left) is type(right) and type(left) in _DURATIONS:
        return _number_or_none(CONTEXT.divide(_length(left), _length(right)))
    return _scaled(left, right, CONTEXT.divide) if type(right) in _NUMBERS else None


def _powered(left: object, right: object) -> object:
    if type(left) in _NUMBERS and type(right) in _NUMBERS:
        return _number_or_none(CONTEXT.power(left, right))
    return None


def _length(duration: object) -> Decimal:
    return Decimal(duration.months) if type(duration) is YearsMonths else temporal.seconds_of(duration)


def _scaled(duration: object, factor: object, operate: Callable[[Decimal, object], Decimal]) -> object:
    if type(duration) not in _DURATIONS:
        return None
    length = operate(_length(duration), factor)
    if not length.is_finite():
        return None
    if type(duration) is timedelta:
        return temporal.of_seconds(length)
    return YearsMonths(int(length)) if length.adjusted() < 12 else None


#: operator -> operation
ARITHMETIC: dict[str, Callable[[object, object], object]] = {
    "+": _added,
    "-": _subtracted,
    "*": _multiplied,
    "/": _divided,
    "**": _powered,
}
