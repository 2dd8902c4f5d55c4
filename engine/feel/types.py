"""
FEEL's types: what a value must be, and how a value is made to fit where DMN lets it.

Type texts are read by the parser (`type_grammar`), item definitions of decision files by `engine.decisions`; both make
the same `Type`.

Source: DMN 1.5 §10.3.2.9 (type conformance and conversions), §7.3.3 (item definitions).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import ClassVar

from engine.feel.frame import Budget
from engine.feel.values import Function, Range, adopt, check_depth, kind_of

#: Names of types without parts; those of two values are two names of one type.
SIMPLE = {
    "Any": "Any",
    "any": "Any",
    "Null": "null",
    "number": "number",
    "string": "string",
    "boolean": "boolean",
    "date": "date",
    "time": "time",
    "date and time": "date and time",
    "dateTime": "date and time",
    "days and time duration": "days and time duration",
    "day time duration": "days and time duration",
    "dayTimeDuration": "days and time duration",
    "years and months duration": "years and months duration",
    "year month duration": "years and months duration",
    "yearMonthDuration": "years and months duration",
    "list": "list",
    "context": "context",
    "range": "range",
    "function": "function",
}


@dataclass(frozen=True, slots=True)
class Type:
    """
    A type.

    Attributes:
        name: one of the values of `SIMPLE`.
        part: type of a list's items, of a range's ends, or of a function's result; None if any.
        fields: the entries that a context must have, or a function's parameters; None if any.
        allowed: tells whether a value is among the allowed ones, for an item definition that lists them.
    """

    name: str
    part: Type | None = None
    fields: tuple[tuple[str, Type], ...] | None = None
    allowed: Callable[[object, Budget], bool] | None = None


ANY = Type("Any")


def is_instance(value: object, wanted: Type, budget: Budget) -> bool:
    """
    Tell whether the value is of the type, as `instance of` asks it: null is of no type, and allowed values don't count.

    Raises:
        FeelError: the value is too deep, or the budget is used up.
    """
    return value is not None and _Check(budget, limited=False).fits(value, wanted, 0)


def conforms(value: object, wanted: Type, budget: Budget) -> bool:
    """
    Tell whether the value may stand where the type is wanted; null may stand anywhere.

    Raises:
        FeelError: the value is too deep, or the budget is used up.
    """
    return _Check(budget, limited=True).fits(value, wanted, 0)


def converted(value: object, wanted: Type, budget: Budget) -> tuple[object, bool]:
    """
    Fit a value to the type: a list of one stands for its item, an item for a list of one, a date for its midnight in
    UTC.

    Returns:
        the value, and whether it fits; what does not fit is null.

    Raises:
        FeelError: the value is too deep, or the budget is used up.
    """
    if wanted is ANY or conforms(value, wanted, budget):
        return value, True
    if type(value) is list and len(value) == 1 and conforms(adopt(value[0]), wanted, budget):
        return adopt(value[0]), True
    if wanted.name == "list" and type(value) is not list and conforms([value], wanted, budget):
        return [value], True
    if wanted.name == "date and time" and type(value) is date:
        return datetime.combine(value, time(0, tzinfo=UTC)), True
    return None, False


class _Check:
    """One question about a value; each part of the value costs a step."""

    def __init__(self, budget: Budget, *, limited: bool) -> None:
        self._budget = budget
        self._limited = limited

    def fits(self, value: object, wanted: Type, depth: int) -> bool:
        check_depth(depth)
        self._budget(1)
        if value is None:
            return True
        if wanted.name != "Any":
            if kind_of(value) != wanted.name:
                return False
            check = self._PARTS.get(wanted.name)
            if check is not None and not check(self, value, wanted, depth + 1):
                return False
        return not self._limited or wanted.allowed is None or wanted.allowed(value, self._budget)

    def _list(self, value: list, wanted: Type, depth: int) -> bool:
        part = wanted.part
        return part is None or all(self.fits(adopt(item), part, depth) for item in value)

    def _context(self, value: dict, wanted: Type, depth: int) -> bool:
        fields = wanted.fields or ()
        return all(name in value and self.fits(adopt(value[name]), part, depth) for name, part in fields)

    def _range(self, value: Range, wanted: Type, depth: int) -> bool:
        part = wanted.part
        return part is None or all(self.fits(end, part, depth) for end in (value.low, value.high))

    def _function(self, value: Function, wanted: Type, depth: int) -> bool:
        if wanted.fields is None:
            return True
        if len(value.types) != len(wanted.fields):
            return False
        given = zip(wanted.fields, value.types, strict=True)
        takes = all(self._specialises(one, taken) for (_, one), taken in given)
        return takes and (value.result is ANY or self._specialises(value.result, wanted.part or ANY))

    def _specialises(self, narrow: Type, wide: Type) -> bool:
        """Whether every value of the narrow type is of the wide one."""
        self._budget(1)
        if wide.name == "Any" or narrow.name == "null":
            return True
        if narrow.name != wide.name:
            return False
        if wide.name == "context":
            fields = dict(narrow.fields or ())
            return all(name in fields and self._specialises(fields[name], part) for name, part in wide.fields or ())
        if wide.name == "function" and wide.fields is not None:
            mine, theirs = wide.fields, narrow.fields
            if theirs is None or len(theirs) != len(mine):
                return False
            if not all(self._specialises(w[1], n[1]) for n, w in zip(theirs, mine, strict=True)):
                return False
        return wide.part is None or self._specialises(narrow.part or ANY, wide.part)

    _PARTS: ClassVar[Mapping[str, Callable]] = {
        "list": _list,
        "context": _context,
        "range": _range,
        "function": _function,
    }
