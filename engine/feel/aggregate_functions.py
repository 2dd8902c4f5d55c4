"""
FEEL's functions that make one value of a list: sums, extremes, averages, and whether all or any of it is true.

Where a function takes several items or one list of them, both mean the same.

Source: DMN 1.5 §10.3.4.4.
"""

from __future__ import annotations

from decimal import Decimal

from engine.feel.functions import Table
from engine.feel.values import COMPARE, CONTEXT, Spend, adopt, finite

FUNCTIONS = Table()
_NUMBERS = (Decimal, int)


def _numbers(items: list[object]) -> list[Decimal] | None:
    """The items as numbers; None if one is none."""
    numbers = [adopt(item) for item in items]
    return numbers if all(type(number) in _NUMBERS for number in numbers) else None


def _total(numbers: list[Decimal]) -> Decimal:
    total = Decimal(0)
    for number in numbers:
        total = CONTEXT.add(total, number)
    return total


def _extreme(spend: Spend, items: list[object], operator: str) -> object:
    spend(len(items))
    compare = COMPARE[operator]
    best: object = None
    for index, item in enumerate(map(adopt, items)):
        if index == 0:
            best = item if compare(item, item) is not None else None
        else:
            better = compare(item, best)
            if better is None:
                return None
            best = item if better else best
    return best


@FUNCTIONS.declare("min", "list…: items", spends=True)
def minimum(spend: Spend, items: list[object]) -> object:
    """
    Return the least item; None if there is none or two can't be compared.
    """
    return _extreme(spend, items, "<")


@FUNCTIONS.declare("max", "list…: items", spends=True)
def maximum(spend: Spend, items: list[object]) -> object:
    """
    Return the greatest item; None if there is none or two can't be compared.
    """
    return _extreme(spend, items, ">")


@FUNCTIONS.declare("sum", "list…: items", spends=True)
def total(spend: Spend, items: list[object]) -> Decimal | None:
    """
    Add the numbers; None if there is none.
    """
    spend(len(items))
    numbers = _numbers(items)
    return finite(_total(numbers)) if numbers else None


@FUNCTIONS.declare("product", "list…: items", spends=True)
def product(spend: Spend, items: list[object]) -> Decimal | None:
    """
    Multiply the numbers; None if there is none.
    """
    spend(len(items))
    numbers = _numbers(items)
    if not numbers:
        return None
    result = Decimal(1)
    for number in numbers:
        result = CONTEXT.multiply(result, number)
    return finite(result)


@FUNCTIONS.declare("mean", "list…: items", spends=True)
def mean(spend: Spend, items: list[object]) -> Decimal | None:
    """
    Return the arithmetic mean; None if there is no number.
    """
    spend(len(items))
    numbers = _numbers(items)
    return finite(CONTEXT.divide(_total(numbers), len(numbers))) if numbers else None


@FUNCTIONS.declare("median", "list…: items", spends=True)
def median(spend: Spend, items: list[object]) -> Decimal | None:
    """
    Return the middle number, of an even count the mean of the middle two.
    """
    spend(2 * len(items))
    numbers = _numbers(items)
    if not numbers:
        return None
    numbers.sort()
    middle = len(numbers) // 2
    if len(numbers) % 2:
        return finite(CONTEXT.plus(Decimal(numbers[middle])))
    return finite(CONTEXT.divide(CONTEXT.add(numbers[middle - 1], numbers[middle]), 2))


@FUNCTIONS.declare("stddev", "list…: items", spends=True)
def standard_deviation(spend: Spend, items: list[object]) -> Decimal | None:
    """
    Return the standard deviation of a sample; None of fewer than two numbers.
    """
    spend(3 * len(items))
    numbers = _numbers(items)
    if not numbers or len(numbers) < 2:
        return None
    average = CONTEXT.divide(_total(numbers), len(numbers))
    squares = [CONTEXT.power(CONTEXT.subtract(number, average), 2) for number in numbers]
    return finite(CONTEXT.sqrt(CONTEXT.divide(_total(squares), len(numbers) - 1)))


@FUNCTIONS.declare("mode", "list…: items", spends=True)
def mode(spend: Spend, items: list[object]) -> list[Decimal] | None:
    """
    List the numbers that occur most often, in ascending order.
    """
    spend(3 * len(items))
    numbers = _numbers(items)
    if numbers is None:
        return None
    occurrences: dict[Decimal, int] = {}
    for number in numbers:
        occurrences[number] = occurrences.get(number, 0) + 1
    most = max(occurrences.values(), default=0)
    return sorted(number for number, times in occurrences.items() if times == most)


def _declare_decision(names: tuple[str, ...], decisive: bool) -> None:
    def decide(spend: Spend, items: list[object]) -> bool | None:
        spend(len(items))
        if any(item is decisive for item in items):
            return decisive
        return (not decisive) if all(isinstance(item, bool) for item in items) else None

    for name in names:
        FUNCTIONS.declare(name, "list…: items", spends=True)(decide)


_declare_decision(("all", "and"), decisive=False)
_declare_decision(("any", "or"), decisive=True)
