"""
What messages and signals carry: the shape that an event says, and where a payload does not have it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine import feel
from engine.diagram import Element
from engine.feel.nodes import InstanceOf
from engine.feel.types import Type
from engine.shapes import ANY, BOOLEAN, DAY, MOMENT, NUMBER, TEXT, Shape, list_of, record

#: as JSON carries them
_SHAPES = {"boolean": BOOLEAN, "number": NUMBER, "string": TEXT, "date": DAY, "date and time": MOMENT}
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "boolean": bool,
    "number": (int, Decimal),
    "string": str,
    "list": list,
    "context": dict,
}


def type_of(text: str) -> Type | None:
    """
    Return the type of FEEL that a text names; None if it names none.
    """
    try:
        node = feel.compile(f"null instance of {text}").root
    except feel.FeelError:
        return None
    return node.type if isinstance(node, InstanceOf) else None


def payload_shape(element: Element) -> Shape:
    """
    Return the shape of what the message or signal of an event carries; any, if it does not say.
    """
    text = element.properties.get("payloadType")
    type_ = type_of(text) if text else None
    return _of_type(type_) if type_ is not None else ANY


def _of_type(type_: Type) -> Shape:
    if type_.name == "context" and type_.fields:
        return record(**{name: _of_type(field) for name, field in type_.fields})
    if type_.name == "context":
        return Shape("context")
    if type_.name == "list":
        return list_of(_of_type(type_.part) if type_.part is not None else ANY)
    return _SHAPES.get(type_.name, ANY)


def misfit(shape: Shape, value: Any, place: str) -> str | None:
    """
    Return the place in `value` that is not as `shape` says, and what is wanted there; None if all of it is.
    """
    if shape.kind == "any":
        return None
    wanted = _TYPES.get(shape.kind)
    if wanted is None or not isinstance(value, wanted) or (isinstance(value, bool) and shape.kind != "boolean"):
        return f"{place}: {shape.written or shape.kind}"
    if shape.written and not _is_written(shape.written, value):
        return f"{place}: {shape.written}"
    parts = [(member, value.get(name), f"{place}.{name}") for name, member in shape.members.items()]
    parts += [(shape.item, one, f"{place}[]") for one in value] if shape.item is not None else []
    return next((found for part in parts if (found := misfit(*part)) is not None), None)


def _is_written(kind: str, text: str) -> bool:
    try:
        (date if kind == "date" else datetime).fromisoformat(text)
    except ValueError:
        return False
    return True
