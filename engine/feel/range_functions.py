"""
FEEL's functions that compare points and ranges.

Source: DMN 1.3 §10.3.4.10 (table 78), after Allen's interval algebra.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.feel.functions import Table
from engine.feel.values import COMPARE, Range, equal

FUNCTIONS = Table()
Truth = bool | None


def _all(*truths: Truth) -> Truth:
    if any(truth is False for truth in truths):
        return False
    return None if any(truth is None for truth in truths) else True


def _any(*truths: Truth) -> Truth:
    if any(truth is True for truth in truths):
        return True
    return None if any(truth is None for truth in truths) else False


def _not(truth: Truth) -> Truth:
    return None if truth is None else not truth


def _less(left: object, right: object) -> Truth:
    return COMPARE["<"](left, right)


def _declare(name: str, *signatures: str) -> Callable[[Callable], Callable]:
    """Register a function whose two arguments are points or ranges; a point where a range must be gives null."""

    def register(function: Callable) -> Callable:
        kinds = {tuple(part.split(": ")[0].rstrip("12") for part in s.split(", ")) for s in signatures}

        def guarded(left: object, right: object) -> Truth:
            shape = tuple("range" if isinstance(value, Range) else "point" for value in (left, right))
            if shape not in kinds or left is None or right is None:
                return None
            return function(left, right)

        FUNCTIONS.declare(name, *signatures)(guarded)
        return function

    return register


_POINTS = "point1: any, point2: any"
_POINT_RANGE = "point: any, range: any"
_RANGE_POINT = "range: any, point: any"
_RANGES = "range1: any, range2: any"


@_declare("before", _POINTS, _POINT_RANGE, _RANGE_POINT, _RANGES)
def before(left: object, right: object) -> Truth:
    """
    Tell whether the left lies wholly before the right.
    """
    end, end_in = (left.high, left.high_closed) if isinstance(left, Range) else (left, True)
    start, start_in = (right.low, right.low_closed) if isinstance(right, Range) else (right, True)
    if end_in and start_in:
        return _less(end, start)
    return COMPARE["<="](end, start)


@_declare("after", _POINTS, _POINT_RANGE, _RANGE_POINT, _RANGES)
def after(left: object, right: object) -> Truth:
    """
    Tell whether the left lies wholly after the right.
    """
    return before(right, left)


@_declare("meets", _RANGES)
def meets(left: Range, right: Range) -> Truth:
    """
    Tell whether the left ends where the right starts.
    """
    return _all(left.high_closed, right.low_closed, equal(left.high, right.low))


@_declare("met by", _RANGES)
def met_by(left: Range, right: Range) -> Truth:
    """
    Tell whether the left starts where the right ends.
    """
    return meets(right, left)


@_declare("overlaps", _RANGES)
def overlaps(left: Range, right: Range) -> Truth:
    """
    Tell whether the two share a point.
    """
    return _not(_any(before(left, right), before(right, left)))


def _starts_before(left: Range, right: Range) -> Truth:
    """The left has a point before all points of the right."""
    return _any(
        _less(left.low, right.low),
        _all(equal(left.low, right.low), left.low_closed and not right.low_closed),
    )


def _ends_before(left: Range, right: Range) -> Truth:
    """The right has a point after all points of the left."""
    return _any(
        _less(left.high, right.high),
        _all(equal(left.high, right.high), right.high_closed and not left.high_closed),
    )


@_declare("overlaps before", _RANGES)
def overlaps_before(left: Range, right: Range) -> Truth:
    """
    Tell whether the left starts before the right and ends inside it.
    """
    return _all(overlaps(left, right), _starts_before(left, right), _not(_ends_before(right, left)))


@_declare("overlaps after", _RANGES)
def overlaps_after(left: Range, right: Range) -> Truth:
    """
    Tell whether the left starts inside the right and ends after it.
    """
    return _all(overlaps(left, right), _starts_before(right, left), _not(_ends_before(left, right)))


@_declare("includes", _RANGE_POINT, _RANGES)
def includes(left: Range, right: object) -> Truth:
    """
    Tell whether the range holds the point or the whole other range.
    """
    if not isinstance(right, Range):
        return left.includes(right)
    return _all(_not(_starts_before(right, left)), _not(_ends_before(left, right)))


@_declare("during", _POINT_RANGE, _RANGES)
def during(left: object, right: Range) -> Truth:
    """
    Tell whether the point or range lies inside the range.
    """
    return includes(right, left)


@_declare("starts", _POINT_RANGE, _RANGES)
def starts(left: object, right: Range) -> Truth:
    """
    Tell whether the left is, or starts with, the right's first point and does not go beyond the right.
    """
    if not isinstance(left, Range):
        return _all(equal(left, right.low), right.low_closed)
    return _all(equal(left.low, right.low), left.low_closed == right.low_closed, _not(_ends_before(right, left)))


@_declare("started by", _RANGE_POINT, _RANGES)
def started_by(left: Range, right: object) -> Truth:
    """
    Tell whether the right starts the left.
    """
    return starts(right, left)


@_declare("finishes", _POINT_RANGE, _RANGES)
def finishes(left: object, right: Range) -> Truth:
    """
    Tell whether the left is, or ends with, the right's last point and does not start before the right.
    """
    if not isinstance(left, Range):
        return _all(equal(left, right.high), right.high_closed)
    return _all(equal(left.high, right.high), left.high_closed == right.high_closed, _not(_starts_before(left, right)))


@_declare("finished by", _RANGE_POINT, _RANGES)
def finished_by(left: Range, right: object) -> Truth:
    """
    Tell whether the right finishes the left.
    """
    return finishes(right, left)


@_declare("coincides", _POINTS, _RANGES)
def coincides(left: object, right: object) -> Truth:
    """
    Tell whether the two are equal.
    """
    return equal(left, right)
