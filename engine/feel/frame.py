"""
One evaluation: what it may read, what it remembers, and how many steps are left to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.feel import limits
from engine.feel.errors import FeelError

HostFunctions = Mapping[str, Callable[..., object]]


class Frame:
    """
    One evaluation: the context, the host's functions, the local variables, what a cell tests, the steps that are left.
    """

    __slots__ = ("context", "functions", "left", "slots", "tested")

    def __init__(self, context: Mapping[str, object], functions: HostFunctions, slots: int, tested: object) -> None:
        self.context = context
        self.functions = functions
        self.tested = tested
        self.slots: list[object] = [None] * slots
        self.left = limits.STEPS

    def spend(self, steps: int) -> None:
        """
        Take steps from the budget.

        Raises:
            FeelError: too_many_steps.
        """
        self.left -= steps
        if self.left < 0:
            raise FeelError("too_many_steps", limit=limits.STEPS)


Run = Callable[[Frame], object]  # a translated part of an expression
