"""
FEEL's functions on numbers.

Source: DMN 1.3 §10.3.4.5.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)

from engine.feel.functions import Table
from engine.feel.values import CONTEXT, YearsMonths, finite, is_whole

FUNCTIONS = Table()
_SCALES = range(-6111, 6177)  # decimal places that a number of FEEL can have


def _rounded(number: Decimal, scale: Decimal, rounding: str) -> Decimal | None:
    """Round to `scale` decimal places, as far as 34 digits allow."""
    if int(scale) not in _SCALES:
        return None
    exponent = -int(scale)
    number = Decimal(number)
    if number.as_tuple().exponent >= exponent:
        return number
    return number.quantize(Decimal((0, (1,), exponent)), rounding, CONTEXT)


def _declare_rounding(name: str, rounding: str, *signatures: str) -> None:
    @FUNCTIONS.declare(name, *signatures)
    def rounded(number: Decimal, scale: Decimal | None = None) -> Decimal | None:
        return _rounded(number, Decimal(0) if scale is None else scale, rounding)


_declare_rounding("decimal", ROUND_HALF_EVEN, "n: number, scale: number")
_declare_rounding("floor", ROUND_FLOOR, "n: number", "n: number, scale: number")
_declare_rounding("ceiling", ROUND_CEILING, "n: number", "n: number, scale: number")
_declare_rounding("round up", ROUND_UP, "n: number, scale: number")
_declare_rounding("round down", ROUND_DOWN, "n: number, scale: number")
_declare_rounding("round half up", ROUND_HALF_UP, "n: number, scale: number")
_declare_rounding("round half down", ROUND_HALF_DOWN, "n: number, scale: number")


@FUNCTIONS.declare("abs", "n: measure")
def absolute(n: Decimal | timedelta | YearsMonths) -> Decimal | timedelta | YearsMonths:
    """
    Return the number or duration without its sign.
    """
    if isinstance(n, YearsMonths):
        return YearsMonths(abs(n.months))
    return abs(n) if isinstance(n, timedelta) else CONTEXT.abs(Decimal(n))


@FUNCTIONS.declare("modulo", "dividend: number, divisor: number")
def modulo(dividend: Decimal, divisor: Decimal) -> Decimal | None:
    """
    Return dividend - divisor * floor(dividend / divisor): it has the divisor's sign.
    """
    remainder = CONTEXT.remainder(Decimal(dividend), Decimal(divisor))
    if remainder.is_finite() and remainder and (remainder < 0) != (divisor < 0):
        remainder = CONTEXT.add(remainder, divisor)
    return finite(remainder)


@FUNCTIONS.declare("sqrt", "number: number")
def square_root(number: Decimal) -> Decimal | None:
    """
    Return the square root, None of a negative number.
    """
    return finite(CONTEXT.sqrt(number))


@FUNCTIONS.declare("log", "number: number")
def logarithm(number: Decimal) -> Decimal | None:
    """
    Return the natural logarithm, None of zero or a negative number.
    """
    return finite(CONTEXT.ln(number))


@FUNCTIONS.declare("exp", "number: number")
def exponential(number: Decimal) -> Decimal | None:
    """
    Return e to the power of the number, None if that is too large.
    """
    return finite(CONTEXT.exp(number))


@FUNCTIONS.declare("odd", "number: number")
def odd(number: Decimal) -> bool:
    """
    Tell whether a whole number is odd.
    """
    return is_whole(number) and int(number) % 2 == 1


@FUNCTIONS.declare("even", "number: number")
def even(number: Decimal) -> bool:
    """
    Tell whether a whole number is even.
    """
    return is_whole(number) and int(number) % 2 == 0
