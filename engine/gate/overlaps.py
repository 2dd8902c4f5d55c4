"""
Conditions of one exclusive gateway that can hold together: the flow that stands first in the file is taken then.

It is decided where conditions compare the same variables with written values: between those values nothing changes, so
a few samples of each variable stand for all of its values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import combinations, islice, pairwise, product
from typing import Any

from engine.diagram import Element, Flow
from engine.feel import Expression, FeelError, compile, nodes
from engine.feel.nodes import Node
from engine.gate.collecting import Candidate
from engine.gate.inference import children
from engine.gate.scope import Scope, shapes_of
from engine.shapes import Shape

#: combinations of samples that are tried for one pair of conditions
MOST = 2_000
#: a text that nobody has written
_OTHER = "…"
#: a variable, or a member of one
_Path = tuple[str, ...]
_COMPARED = (nodes.Comparison, nodes.Logic, nodes.Between, nodes.In, nodes.Interval, nodes.Test, nodes.ListOf)


def judge_overlaps(candidate: Candidate, gateway: Element, scope: Scope) -> None:
    """
    Warn of conditions behind a gateway that can hold together.

    Args:
        scope: what is known behind the gateway.
    """
    conditions = []
    for flow in candidate.diagram.outgoing(gateway.id):
        if flow.condition is not None and flow.id != gateway.default_flow:
            try:
                conditions.append((flow, compile(flow.condition, functions=candidate.operations.function_names)))
            except FeelError:
                return
    shapes = shapes_of(scope)
    for (first, one), (second, other) in combinations(conditions, 2):
        witness = _witness(one, other, shapes)
        if witness is not None:
            said = {"first": _label(first), "second": _label(second), "example": _words(witness)}
            candidate.warn("overlap", second.id, "conditionExpression", **said)


def _witness(one: Expression, other: Expression, shapes: Mapping[str, Shape]) -> Mapping[_Path, object] | None:
    """Values with which both conditions hold; None if there are none, or if it can't be told."""
    paths, others, written = set[_Path](), set[_Path](), list[object]()
    if not (_collect(one.root, paths, written) and _collect(other.root, others, written)) or paths != others:
        return None
    samples = {path: _values(path, written, shapes) for path in sorted(paths)}
    for values in islice(product(*samples.values()), MOST):
        case = dict(zip(samples, values, strict=True))
        try:
            if all(expression(_context(case)) is True for expression in (one, other)):
                return case
        except FeelError:
            return None
    return None


def _collect(node: Node, paths: set[_Path], written: list[object]) -> bool:
    """Gather the variables and the written values; False if the condition does more than compare them."""
    path = _path(node)
    if path:
        paths.add(path)
        return True
    if isinstance(node, nodes.Literal):
        written.append(node.value)
        return isinstance(node.value, bool | int | Decimal | str | None)
    if isinstance(node, nodes.Negation) and isinstance(node.operand, nodes.Literal):
        written.append(-node.operand.value)
        return True
    negated = isinstance(node, nodes.Call) and node.function == "not" and len(node.arguments) == 1
    if not negated and not isinstance(node, _COMPARED):
        return False
    return all(_collect(part, paths, written) for part in children(node))


def _path(node: Node) -> _Path:
    members: list[str] = []
    while isinstance(node, nodes.Path):
        members.append(node.member)
        node = node.base
    return (node.name, *reversed(members)) if isinstance(node, nodes.Name) else ()


def _values(path: _Path, written: Sequence[object], shapes: Mapping[str, Shape]) -> Sequence[object]:
    """All values of a variable that has only a few; else what is written, and a value between each two neighbours."""
    shape = shapes.get(path[0])
    for member in path[1:]:
        shape = shape.members.get(member) if shape is not None else None
    if shape is not None and shape.values:
        return shape.values
    numbers = sorted({Decimal(str(value)) for value in written if _is_number(value)})
    texts = sorted({value for value in written if isinstance(value, str)})
    found: list[object] = [*numbers, *texts]
    if numbers:
        found += [numbers[0] - 1, *((low + high) / 2 for low, high in pairwise(numbers)), numbers[-1] + 1]
    if texts:
        found.append(_OTHER)
    if any(isinstance(value, bool) for value in written) or not found:
        found += [True, False]
    return [*found, None] if None in written else found


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _context(case: Mapping[_Path, object]) -> dict[str, object]:
    found: dict[str, Any] = {}
    for path, value in case.items():
        at = found
        for name in path[:-1]:
            at = at.setdefault(name, {})
        at[path[-1]] = value
    return found


def _words(case: Mapping[_Path, object]) -> str:
    return ", ".join(f"{'.'.join(path)} = {_written(value)}" for path, value in case.items())


def _written(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {True: "true", False: "false", None: "null"}[value]
    return f'"{value}"' if isinstance(value, str) else str(value)


def _label(flow: Flow) -> str:
    return flow.name or flow.condition or flow.id
