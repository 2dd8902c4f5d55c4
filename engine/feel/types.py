"""
FEEL's types: what a value must be, and how a value is made to fit where DMN lets it.

Type texts are read by the parser (`type_grammar`), item definitions of decision files by `engine.decisions`; both make
the same `Type`.

Source: DMN 1.5 §10.3.2.9 (type conformance and conversions), §7.3.3 (item definitions).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

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
    allowed: Callable[[object], bool] | None = None


ANY = Type("Any")


def is_instance(value: object, wanted: Type, depth: int = 0) -> bool:
    """
    Tell whether the value is of the type; null is of the types Any and Null only.

    Raises:
        FeelError: the value is too deep.
    """
    check_depth(depth)
    if wanted.name == "Any":
        fits = value is not None
    elif kind_of(value) != wanted.name:
        fits = False
    else:
        check = _CHECKS.get(wanted.name)
        fits = check is None or check(value, wanted, depth + 1)
    return fits and (wanted.allowed is None or wanted.allowed(value))


def unlimited(type_: Type) -> Type:
    """
    Return the type without allowed values, which `instance of` does not ask.
    """
    fields = type_.fields and tuple((name, unlimited(part)) for name, part in type_.fields)
    return Type(type_.name, type_.part and unlimited(type_.part), fields)


def conforms(value: object, wanted: Type, depth: int = 0) -> bool:
    """
    Tell whether the value may stand where the type is wanted; null may stand anywhere.
    """
    return value is None or is_instance(value, wanted, depth)


def _list_fits(value: list, wanted: Type, depth: int) -> bool:
    part = wanted.part
    return part is None or all(conforms(adopt(item), part, depth) for item in value)


def _context_fits(value: dict, wanted: Type, depth: int) -> bool:
    fields = wanted.fields or ()
    return all(name in value and conforms(adopt(value[name]), part, depth) for name, part in fields)


def _range_fits(value: Range, wanted: Type, depth: int) -> bool:
    part = wanted.part
    return part is None or all(conforms(end, part, depth) for end in (value.low, value.high))


def _function_fits(value: Function, wanted: Type, depth: int) -> bool:
    if wanted.fields is None:
        return True
    theirs = value.types
    if len(theirs) != len(wanted.fields):
        return False
    takes = all(specialises(given, taken) for (_, given), taken in zip(wanted.fields, theirs, strict=True))
    return takes and (value.result == ANY or specialises(value.result, wanted.part or ANY))


_CHECKS: dict[str, Callable] = {
    "list": _list_fits,
    "context": _context_fits,
    "range": _range_fits,
    "function": _function_fits,
}


def specialises(narrow: Type, wide: Type) -> bool:
    """
    Tell whether every value of the narrow type is of the wide one.
    """
    if wide.name == "Any" or narrow.name == "null":
        return True
    if narrow.name != wide.name:
        return False
    if wide.name == "context":
        fields = dict(narrow.fields or ())
        return all(name in fields and specialises(fields[name], part) for name, part in wide.fields or ())
    if wide.name == "function" and wide.fields is not None:
        if narrow.fields is None or len(narrow.fields) != len(wide.fields):
            return False
        if not all(specialises(w[1], n[1]) for n, w in zip(narrow.fields, wide.fields, strict=True)):
            return False
    return wide.part is None or specialises(narrow.part or ANY, wide.part)


def converted(value: object, wanted: Type) -> tuple[object, bool]:
    """
    Fit a value to the type: a list of one stands for its item, an item for a list of one, a date for its midnight in
    UTC.

    Returns:
        the value, and whether it fits; what does not fit is null.
    """
    if conforms(value, wanted):
        return value, True
    if type(value) is list and len(value) == 1 and conforms(adopt(value[0]), wanted):
        return adopt(value[0]), True
    if wanted.name == "list" and type(value) is not list and value is not None and conforms([value], wanted):
        return [value], True
    if wanted.name == "date and time" and type(value) is date:
        return datetime.combine(value, time(0, tzinfo=UTC)), True
    return None, False
