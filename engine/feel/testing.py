"""
Turn the tests of a value into closures: cells of decision tables, and what stands behind `in`.

Source: DMN 1.5 §10.3.2.8, tables 54 and 55.
"""

from __future__ import annotations

from engine.feel import nodes
from engine.feel.calling import Calling
from engine.feel.comparing import any_of, asks, compared, meets
from engine.feel.frame import Frame, Run
from engine.feel.values import Range, adopt


class Testing(Calling):
    """
    The part of the translator that knows tests.
    """

    def _in(self, node: nodes.In) -> Run:
        value = self._run(node.value)
        slot = self._bind("?")
        tests = [self._test_of(test, slot) for test in node.tests]
        self._release(1)

        def in_(frame: Frame) -> object:
            frame.slots[slot] = value(frame)
            return any_of(test(frame) for test in tests)

        return in_

    def _test_of(self, node: nodes.Node, slot: int) -> Run:
        """Translate one positive unary test of the value in `slot`."""
        if isinstance(node, nodes.Test):
            return compared(node.operator, lambda frame: frame.slots[slot], self._run(node.operand))
        run = self._run(node)
        if asks(node):
            return lambda frame: run(frame) is True
        if isinstance(node, nodes.Interval):
            return lambda frame: _inside(frame.slots[slot], run(frame))
        return lambda frame: meets(frame.slots[slot], run(frame), frame)

    def _tests(self, node: nodes.Tests) -> Run:
        slot = self._bind("?")
        tests = [self._test_of(test, slot) for test in node.tests]
        negated = node.negated

        def cell(frame: Frame) -> object:
            frame.slots[slot] = adopt(frame.tested)
            if not tests:
                return True
            return any(test(frame) is True for test in tests) is not negated

        return cell


def _inside(value: object, range_: object) -> bool | None:
    return range_.includes(value) if isinstance(range_, Range) else None
