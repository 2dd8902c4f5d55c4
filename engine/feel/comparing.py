"""
Comparisons, and the tests that cells of decision tables and `in` make of a value.

Source: DMN 1.3 §10.3.2.8 (comparison), tables 54 and 55 (unary tests).
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.feel import nodes
from engine.feel.frame import Frame, Run
from engine.feel.values import COMPARE, Range, adopt, equal


def compared(operator: str, left: Run, right: Run) -> Run:
    """
    Return the comparison of two translated parts.
    """
    if operator == "=":
        return lambda frame: _same(left(frame), right(frame), frame)
    if operator == "!=":
        return lambda frame: _inverted(_same(left(frame), right(frame), frame))
    compare = COMPARE[operator]
    return lambda frame: compare(left(frame), right(frame))


def _same(left: object, right: object, frame: Frame) -> bool | None:
    if type(left) is str and type(right) is str:
        return left == right
    return equal(left, right, frame.spend)


def _inverted(value: bool | None) -> bool | None:
    return None if value is None else not value


def both(left: bool | None, right: bool | None) -> bool | None:
    """
    Join two truths by FEEL's and.
    """
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def any_of(results: Iterator[bool | None]) -> bool | None:
    """
    Join truths by FEEL's or.
    """
    known = True
    for result in results:
        if result is True:
            return True
        known = known and result is not None
    return False if known else None


def meets(value: object, test: object, frame: Frame) -> bool | None:
    """
    Tell whether the value is what a test evaluated to, or is among or inside it.
    """
    if type(test) is str and type(value) is str:  # nearly every cell
        return value == test
    if isinstance(test, Range):
        return test.includes(value)
    if type(test) is not list:
        return equal(value, test, frame.spend)
    frame.spend(len(test))
    if type(value) is list and equal(value, test, frame.spend) is True:
        return True
    return any(
        (item.includes(value) if isinstance(item, Range) else equal(value, adopt(item), frame.spend)) is True
        for item in test
    )


_BOOLEAN_NODES = (nodes.Comparison, nodes.Logic, nodes.Between, nodes.In, nodes.InstanceOf, nodes.Quantified)


def asks(node: nodes.Node) -> bool:
    """
    Tell whether a test is a question of its own, with ? or an operator, and not a value to compare with.
    """
    return isinstance(node, _BOOLEAN_NODES) or _holds_question_mark(node)


def _holds_question_mark(node: object) -> bool:
    if isinstance(node, nodes.Name):
        return node.name == "?"
    if isinstance(node, tuple):
        return any(_holds_question_mark(part) for part in node)
    if isinstance(node, nodes.Node):
        return any(_holds_question_mark(getattr(node, field)) for field in node.__dataclass_fields__)
    return False
