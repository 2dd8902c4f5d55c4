"""
Values for a shape: those that matter first, then those that a value of the kind may always be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from engine.shapes import Shape
from engine.simulation.words import Words

Pick = Callable[[str, Sequence[Any]], Any]


def value_of(shape: Shape, name: str, pick: Pick, words: Words, now: datetime) -> Any:
    """
    Return a value of a shape, as JSON has it.

    Args:
        name: of the variable, under which the words stand and the choices are made.
        pick: chooses one of several.
    """
    if shape.members:
        return _or_null(
            shape,
            name,
            pick,
            {key: value_of(member, f"{name}.{key}", pick, words, now) for key, member in shape.members.items()},
        )
    if shape.kind == "list":
        item = shape.item or Shape("any")
        return _or_null(shape, name, pick, [value_of(item, name, pick, words, now)])
    found = [*_known(shape, words.get(name, ())), *_usual(shape, now)]
    if shape.optional:
        found.append(None)
    return pick(name, list(dict.fromkeys(found))) if found else None


def _or_null(shape: Shape, name: str, pick: Pick, value: Any) -> Any:
    return pick(f"{name}?", (value, value, None)) if shape.optional else value


def _known(shape: Shape, words: Sequence[object]) -> list[Any]:
    if shape.values:
        return list(shape.values)
    if shape.kind == "string" and not shape.written:
        return [word for word in words if isinstance(word, str)]
    if shape.kind == "number":
        numbers = [word for word in words if isinstance(word, int | Decimal) and not isinstance(word, bool)]
        return [near for number in numbers for near in (number, number - 1, number + 1)]
    return list(words) if shape.kind == "any" else []


def _usual(shape: Shape, now: datetime) -> list[Any]:
    if shape.values:
        return []
    later = (now + timedelta(days=2), now + timedelta(days=1))
    match shape.written or shape.kind:
        case "boolean":
            return [True, False]
        case "number":
            return [1, 2]
        case "date":
            days = [moment.date() for moment in later]
            return [day.isoformat() for day in days] if shape.written else list[date](days)
        case "date and time":
            return [moment.isoformat() for moment in later] if shape.written else list(later)
        case "time":
            return [time(10)]
        case "string":
            return ["sınaq"]
        case "any":
            return [None, "sınaq"]
        case _:
            return []
