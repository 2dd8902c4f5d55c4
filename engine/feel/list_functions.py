"""
FEEL's functions on lists.

Where a function takes several items or one list of them, both mean the same.

Source: DMN 1.3 §10.3.4.4.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cmp_to_key

from engine.feel.functions import Table
from engine.feel.values import (
    COMPARE,
    Function,
    Spend,
    adopt,
    check_depth,
    check_size,
    equal,
    is_whole,
    kind_of,
    whole_part,
)

FUNCTIONS = Table()


@FUNCTIONS.declare("list contains", "list: list, element: any", spends=True)
def list_contains(spend: Spend, items: list[object], element: object) -> bool:
    """
    Tell whether an item equals the element.
    """
    spend(len(items))
    return any(equal(adopt(item), element, spend) is True for item in items)


@FUNCTIONS.declare("count", "list: list")
def count(items: list[object]) -> Decimal:
    """
    Count the items.
    """
    return Decimal(len(items))


@FUNCTIONS.declare("sublist", "list: list, start position: number, length?: number", spends=True)
def sublist(spend: Spend, items: list[object], start: Decimal, length: Decimal | None = None) -> list | None:
    """
    Return `length` items from `start` (1 is the first, -1 the last one).
    """
    if not is_whole(start) or start == 0 or abs(start) > len(items):
        return None
    spend(len(items))
    first = int(start) - 1 if start > 0 else len(items) + int(start)
    if length is None:
        return items[first:]
    if not is_whole(length) or length < 0 or length > len(items) - first:
        return None
    return items[first : first + int(length)]


@FUNCTIONS.declare("append", "list: list, item…: any", spends=True)
def append(spend: Spend, items: list[object], more: list[object]) -> list[object]:
    """
    Return the list with the items at its end.
    """
    return _joined(spend, [items, more])


@FUNCTIONS.declare("concatenate", "list…: list", spends=True)
def concatenate(spend: Spend, lists: list[list[object]]) -> list[object]:
    """
    Join lists.
    """
    return _joined(spend, lists)


@FUNCTIONS.declare("union", "list…: list", spends=True)
def union(spend: Spend, lists: list[list[object]]) -> list[object]:
    """
    Join lists, each item once.
    """
    return distinct_values(spend, _joined(spend, lists))


def _joined(spend: Spend, lists: list[list[object]]) -> list[object]:
    size = sum(map(len, lists))
    spend(size)
    check_size(size)
    return [item for items in lists for item in items]


@FUNCTIONS.declare("insert before", "list: list, position: number, newItem: any", spends=True)
def insert_before(spend: Spend, items: list[object], position: Decimal, new: object) -> list[object] | None:
    """
    Return the list with `new` before the item at `position`.
    """
    index = _index(items, position)
    spend(len(items))
    return None if index is None else [*items[:index], new, *items[index:]]


@FUNCTIONS.declare("remove", "list: list, position: number", spends=True)
def remove(spend: Spend, items: list[object], position: Decimal) -> list[object] | None:
    """
    Return the list without the item at `position`.
    """
    index = _index(items, position)
    spend(len(items))
    return None if index is None else [*items[:index], *items[index + 1 :]]


@FUNCTIONS.declare(
    "list replace",
    "list: list, position or match: number or function, newItem: any",
    "list: list, position: number, newItem: any",
    "list: list, match: function, newItem: any",
    spends=True,
)
def list_replace(spend: Spend, items: list[object], position: Decimal | Function, new: object) -> list[object] | None:
    """
    Return the list with `new` instead of the item at `position`, or instead of all items for which a function of the
    item and `new` holds.
    """
    if isinstance(position, Function):
        spend(len(items))
        matches = [position.call(spend, [adopt(item), new], ()) for item in items]
        if not all(isinstance(match, bool) for match in matches):
            return None
        return [new if match else item for item, match in zip(items, matches, strict=True)]
    index = _index(items, position)
    spend(len(items))
    return None if index is None else [*items[:index], new, *items[index + 1 :]]


def _index(items: list[object], position: Decimal) -> int | None:
    place = whole_part(position)
    if not 1 <= abs(place) <= len(items):
        return None
    return place - 1 if place > 0 else len(items) + place


@FUNCTIONS.declare("reverse", "list: list", spends=True)
def reverse(spend: Spend, items: list[object]) -> list[object]:
    """
    Return the list from its end.
    """
    spend(len(items))
    return items[::-1]


@FUNCTIONS.declare("index of", "list: list, match: any", spends=True)
def index_of(spend: Spend, items: list[object], match: object) -> list[Decimal]:
    """
    List the positions of the items that equal `match`.
    """
    spend(len(items))
    return [
        Decimal(position) for position, item in enumerate(items, start=1) if equal(adopt(item), match, spend) is True
    ]


@FUNCTIONS.declare("distinct values", "list: list", spends=True)
def distinct_values(spend: Spend, items: list[object]) -> list[object]:
    """
    Return the list, each item only where it comes first.
    """
    kept: list[object] = []
    seen: set[tuple[str, object]] = set()
    compared: list[object] = []  # what can't be hashed
    for item in map(adopt, items):
        spend(1)
        if isinstance(item, list | dict) or kind_of(item) == "range":
            spend(len(compared))
            if any(equal(item, other, spend) is True for other in compared):
                continue
            compared.append(item)
        else:
            key = (kind_of(item), item)
            if key in seen:
                continue
            seen.add(key)
        kept.append(item)
    return kept


@FUNCTIONS.declare("duplicate values", "list: list", spends=True)
def duplicate_values(spend: Spend, items: list[object]) -> list[object]:
    """
    List, once each, the items that come more than once.
    """
    repeated = []
    for index, item in enumerate(map(adopt, items)):
        spend(len(items))
        if any(equal(item, adopt(other), spend) is True for other in items[index + 1 :]):
            repeated.append(item)
    return distinct_values(spend, repeated)


@FUNCTIONS.declare("flatten", "list: list", spends=True)
def flatten(spend: Spend, items: list[object]) -> list[object]:
    """
    Return the items of the list and of all lists inside.
    """
    flat: list[object] = []
    _flatten(spend, items, flat, 0)
    return flat


def _flatten(spend: Spend, items: list[object], flat: list[object], depth: int) -> None:
    check_depth(depth)
    for item in map(adopt, items):
        spend(1)
        if isinstance(item, list):
            _flatten(spend, item, flat, depth + 1)
        else:
            flat.append(item)


@FUNCTIONS.declare("sort", "list: list, precedes?: function", spends=True)
def sort(spend: Spend, items: list[object], precedes: Function | None = None) -> list[object] | None:
    """
    Return the list in ascending order, or in the order that a function of two items tells; None if two items can't be
    compared.
    """
    spend(4 * len(items))
    adopted = [adopt(item) for item in items]
    if precedes is not None:
        return sorted(adopted, key=cmp_to_key(lambda left, right: _order(spend, precedes, left, right)))
    kinds = {kind_of(item) for item in adopted}
    if len(kinds) > 1 or any(COMPARE["<"](adopted[0], item) is None for item in adopted):
        return None
    return sorted(adopted)


def _order(spend: Spend, precedes: Function, left: object, right: object) -> int:
    if precedes.call(spend, [left, right], ()) is True:
        return -1
    return 1 if precedes.call(spend, [right, left], ()) is True else 0
