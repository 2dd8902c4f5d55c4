"""
What the answers of a form and the results of a decision are like, as shapes.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from engine.decisions import Decision, Table
from engine.gate.expressions import parsed
from engine.gate.inference import Inference
from engine.operations import Operations
from engine.shapes import ANY, BOOLEAN, DAY, MOMENT, NUMBER, TEXT, Shape, list_of, optional, record
from forms import Form
from forms.components import Button, Computed, Field, Group
from forms.components import Component as Piece

_KINDS = {
    "number": NUMBER,
    "decimal": NUMBER,
    "date": DAY,
    "datetime": MOMENT,
    "seal_numbers": list_of(TEXT),
}
_FILES = list_of(record(id=TEXT, name=TEXT, type=TEXT, size=NUMBER))


def shapes_of_form(form: Form, operations: Operations) -> dict[str, Shape]:
    """
    Return key -> shape for everything that a form may answer.
    """
    found: dict[str, Shape] = {}
    for piece, hidden in _walk(form.components, hidden=False):
        match piece:
            case Field() if piece.readonly is not True:
                shape = _of_field(piece, operations)
                may_lack = hidden or not piece.required or piece.readonly is not False
                found[piece.key] = optional(shape) if may_lack and piece.control not in ("checkbox",) else shape
            case Button() if piece.key:
                before = found.get(piece.key)
                pressed = Shape("string", optional=True, values=(piece.value,))
                found[piece.key] = pressed if before is None else before | pressed
            case Computed():
                found[piece.key] = ANY
    return found


def _walk(pieces: Iterable[Piece], *, hidden: bool) -> Iterable[tuple[Piece, bool]]:
    for piece in pieces:
        unseen = hidden or piece.hide is not None
        yield piece, unseen
        if isinstance(piece, Group):
            yield from _walk(piece.children, hidden=unseen)


def _of_field(own: Field, operations: Operations) -> Shape:
    if own.is_choice:
        shape = _of_choice(own, operations)
        return list_of(shape) if own.control == "checklist" else shape
    if own.control == "checkbox":
        return BOOLEAN
    if own.control == "filepicker":
        return _FILES
    return _KINDS.get(own.kind, TEXT)


def _of_choice(own: Field, operations: Operations) -> Shape:
    values = tuple(value for value, _ in own.choices.fixed)
    if values and all(isinstance(value, str) for value in values):
        return Shape("string", values=values)
    if values and all(isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in values):
        return Shape("number", values=values)
    offered = operations.source_shapes.get(own.choices.source, ANY).item
    return offered.members.get("value", ANY) if offered is not None else ANY


def shapes_of_decision(decision: Decision, functions: tuple[str, ...]) -> dict[str, Shape]:
    """
    Return output -> shape of what a decision gives; null where no rule may hold.
    """
    table = decision.logic
    if not isinstance(table, Table) or table.aggregation is not None:
        return dict.fromkeys(decision.outputs, ANY)
    found: dict[str, Shape] = {}
    sure = any(all(test.text.strip() in ("", "-") for test in rule.tests) for rule in table.rules)
    for at, output in enumerate(table.outputs):
        shapes = [_of_text(rule.outputs[at].text, functions) for rule in table.rules]
        if output.default is not None:
            shapes.append(_of_text(output.default.text, functions))
        shape = shapes[0] if shapes else ANY
        for other in shapes[1:]:
            shape |= other
        if table.policy in ("COLLECT", "RULE ORDER", "OUTPUT ORDER"):
            shape = list_of(shape)
        elif not sure and output.default is None:
            shape = optional(shape)
        found[output.name] = shape
    return found


def _of_text(text: str, functions: tuple[str, ...]) -> Shape:
    node = parsed(text, functions)
    return Inference({}, {}).of(node) if node is not None else ANY
