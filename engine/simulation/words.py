"""
The words that matter: with which values a release compares each of its variables. Answers are made of them, so that
every branch can be taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from engine.decisions import Decision
from engine.diagram import Diagram
from engine.feel import nodes
from engine.feel.nodes import Node
from engine.gate.expressions import parsed, parsed_cell, written
from engine.gate.inference import children

#: `variable` or `variable.member` -> values
Words = Mapping[str, Sequence[object]]


def words_of(diagram: Diagram, decisions: Iterable[Decision], functions: tuple[str, ...]) -> Words:
    """
    Return what the conditions, timers, parameters and tables of a release compare its variables with.
    """
    found: dict[str, dict[object, None]] = {}
    for one in written(diagram):
        node = parsed(one.text, functions)
        if node is not None:
            _compared(node, found)
    for decision in decisions:
        for table in (one.logic for one in (*decision.chain, decision)):
            for rule in getattr(table, "rules", ()):
                for read, test in zip(table.inputs, rule.tests, strict=True):
                    _tested(parsed(read.text, functions), parsed_cell(test.text, functions), found)
    return {name: tuple(values) for name, values in found.items()}


def _compared(node: Node, found: dict[str, dict[object, None]]) -> None:
    for part in children(node):
        _compared(part, found)
    match node:
        case nodes.Comparison():
            _note(node.left, node.right, found)
            _note(node.right, node.left, found)
        case nodes.Between():
            _note(node.value, node.low, found)
            _note(node.value, node.high, found)
        case nodes.In():
            for test in node.tests:
                _operands(node.value, test, found)


def _tested(read: Node | None, cell: Node | None, found: dict[str, dict[object, None]]) -> None:
    if read is not None and isinstance(cell, nodes.Tests):
        for test in cell.tests:
            _operands(read, test, found)


def _operands(tested: Node, test: Node, found: dict[str, dict[object, None]]) -> None:
    operand = test.operand if isinstance(test, nodes.Test) else test
    parts = (operand.low, operand.high) if isinstance(operand, nodes.Interval) else (operand,)
    for part in parts:
        _note(tested, part, found)


def _note(variable: Node, value: Node, found: dict[str, dict[object, None]]) -> None:
    name = path_of(variable)
    if name and isinstance(value, nodes.Literal) and isinstance(value.value, str | int | Decimal):
        found.setdefault(name, {})[value.value] = None


def path_of(node: Node) -> str:
    """
    Return `variable` or `variable.member` of a node that is one, else nothing.
    """
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Path):
        base = path_of(node.base)
        return f"{base}.{node.member}" if base else ""
    return ""
