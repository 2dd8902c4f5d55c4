"""
Shapes: what is known of a value before it is there. Operations declare what they answer by them, forms what they ask.

Kinds are FEEL's. A shape promises nothing at run time; the gate compares shapes, the simulation makes values of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any


@dataclass(frozen=True)
class Shape:
    """
    What a value is like.
    """

    #: a kind of FEEL (`boolean`, `number`, `string`, `date`, …), or `any`
    kind: str
    #: whether null may stand for it
    optional: bool = False
    #: the only values that there are; empty: not known
    values: tuple[Any, ...] = ()
    #: of a context: name -> shape
    members: Mapping[str, Shape] = field(default_factory=dict)
    #: of a list
    item: Shape | None = None
    #: of a string that holds a day or a moment in ISO form: `date` or `date and time`
    written: str = ""

    def __or__(self, other: Shape) -> Shape:
        """
        Return what is true of a value that has one of two shapes.
        """
        if self == other:
            return self
        if self.kind != other.kind:
            return replace(ANY, optional=self.optional or other.optional)
        both = self.members.keys() & other.members.keys()
        return Shape(
            self.kind,
            self.optional or other.optional,
            tuple(dict.fromkeys((*self.values, *other.values))) if self.values and other.values else (),
            {name: self.members[name] | other.members[name] for name in both},
            self.item | other.item if self.item is not None and other.item is not None else None,
            self.written if self.written == other.written else "",
        )


#: types of Python, the narrower first -> kind of FEEL
_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "boolean"),
    ((int, float, Decimal), "number"),
    (str, "string"),
    (datetime, "date and time"),
    (date, "date"),
    (time, "time"),
    (timedelta, "duration"),
    ((list, tuple), "list"),
    (Mapping, "context"),
)

ANY = Shape("any", optional=True)
NULL = Shape("null", optional=True)
BOOLEAN = Shape("boolean", values=(True, False))
NUMBER = Shape("number")
TEXT = Shape("string")
#: as JSON has days and moments
DAY = Shape("string", written="date")
MOMENT = Shape("string", written="date and time")
#: what a choice offers: value and label of each option
OPTIONS = Shape("list", item=Shape("context", members={"value": TEXT, "label": TEXT}))


def kind_of(value: object) -> str:
    """
    Return the kind of FEEL that a value is of, `any` if it is of none.
    """
    found = (kind for types, kind in _KINDS if isinstance(value, types))
    return "null" if value is None else next(found, "any")


def one_of(*values: str | int | Decimal) -> Shape:
    """
    Return the shape of a value that is one of these.
    """
    return Shape("string" if isinstance(values[0], str) else "number", values=values)


def optional(shape: Shape) -> Shape:
    """
    Return the shape of a value that may be null.
    """
    return replace(shape, optional=True)


def list_of(item: Shape) -> Shape:
    """
    Return the shape of a list.
    """
    return Shape("list", item=item)


def record(**members: Shape) -> Shape:
    """
    Return the shape of a context.
    """
    return Shape("context", members=members)


def options(value: Shape) -> Shape:
    """
    Return the shape of what a choice offers, when its values are not texts.
    """
    return list_of(record(value=value, label=TEXT))


def read_text(shape: Shape, written: Any) -> Any:
    """
    Return the value that a person wrote as texts, as `shape` wants it: `true` is a boolean only where one is wanted.

    Args:
        written: a text, or lists and mappings of texts.

    Raises:
        ValueError: if the text is no such value; the argument is the text.
    """
    if isinstance(written, Mapping):
        return {name: read_text(shape.members.get(name, ANY), value) for name, value in written.items()}
    if isinstance(written, list):
        return [read_text(shape.item or ANY, value) for value in written]
    if written in ("", "null") and (shape.optional or shape.kind == "any"):
        return None
    if shape.kind == "boolean":
        if written not in ("true", "false"):
            raise ValueError(written)
        return written == "true"
    if shape.kind == "number":
        try:
            number = Decimal(written)
        except InvalidOperation:
            raise ValueError(written) from None
        return int(number) if number == number.to_integral_value() else number
    return written
