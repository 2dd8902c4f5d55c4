"""
What loops go over, and what an index or a filter picks.

Source: DMN 1.3 §10.3.2.5 (filter), §10.3.2.14 (for, some, every).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from engine.feel.frame import Frame, Run
from engine.feel.values import COMPARE, Range, adopt, is_whole

_NUMBERS = (Decimal, int)


class NotIterable(Exception):
    """
    The loop goes over a range that has neither whole numbers nor dates for ends: its value is null.
    """


def rounds(frame: Frame, bound: list[tuple[Run, int]], at: int) -> Iterator[None]:
    """
    Set the loop's variables to each combination, the last one fastest.
    """
    domain, slot = bound[at]
    for item in items_of(domain(frame)):
        frame.spend(1)
        frame.slots[slot] = adopt(item)
        if at + 1 == len(bound):
            yield
        else:
            yield from rounds(frame, bound, at + 1)


@dataclass(frozen=True, slots=True)
class Steps:
    """
    `low..high` behind `in`: from one end to the other, forwards or backwards.
    """

    low: object
    high: object


def items_of(value: object) -> Iterator[object]:
    """
    Go over a list, a range, or one value; over nothing if it is null.

    Raises:
        NotIterable: it is a range that has no next value.
    """
    if type(value) is list:
        return iter(value)
    if isinstance(value, Steps):
        return _walk(value.low, value.high, True, True)
    if isinstance(value, Range):
        if COMPARE["<="](value.low, value.high) is not True:
            raise NotIterable
        return _walk(value.low, value.high, value.low_closed, value.high_closed)
    return iter(() if value is None else (value,))


def _walk(low: object, high: object, low_closed: bool, high_closed: bool) -> Iterator[object]:
    if type(low) is date and type(high) is date:
        step: object = timedelta(days=-1 if high < low else 1)
    elif type(low) in _NUMBERS and type(high) in _NUMBERS and is_whole(low) and is_whole(high):
        step = -1 if high < low else 1
        low, high = Decimal(low), Decimal(high)
    else:
        raise NotIterable
    return _steps(low, high, step, low_closed, high_closed)


def _steps(low: object, high: object, step: object, low_closed: bool, high_closed: bool) -> Iterator[object]:
    here = low
    while True:
        if (here != low or low_closed) and (here != high or high_closed):
            yield here
        if here == high:
            return
        here = here + step


def at_index(items: list[object], index: object) -> object:
    """
    Return the item at the index (1 is the first, -1 the last one), None if there is none.
    """
    if not is_whole(index) or not 1 <= abs(index) <= len(items):
        return None
    return adopt(items[int(index) - 1 if index > 0 else int(index)])
