"""
One evaluation: what it may read, what it remembers, and how many steps are left to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.feel import limits
from engine.feel.errors import FeelError

HostFunctions = Mapping[str, Callable[..., object]]


class Budget:
    """
    What an evaluation may still use; the functions that it calls use the same.
    """

    __slots__ = ("depth", "steps")

    def __init__(self) -> None:
        self.steps = limits.STEPS
        self.depth = limits.CALL_DEPTH

    def __call__(self, steps: int) -> None:
        """
        Take steps.

        Raises:
            FeelError: too_many_steps.
        """
        self.steps -= steps
        if self.steps < 0:
            raise FeelError("too_many_steps", limit=limits.STEPS)

    def within(self, depth: int, run: Callable[[], object]) -> object:
        """
        Run the body of a function that is `depth` parts deep.

        Raises:
            FeelError: calls_too_deep.
        """
        if self.depth < depth:
            raise FeelError("calls_too_deep", limit=limits.CALL_DEPTH)
        self.depth -= depth
        try:
            return run()
        finally:
            self.depth += depth


class Frame:
    """
    One evaluation: the context, the host's functions, the local variables, what a cell tests, the budget.
    """

    __slots__ = ("context", "functions", "slots", "spend", "tested")

    def __init__(
        self,
        context: Mapping[str, object],
        functions: HostFunctions,
        slots: list[object],
        tested: object,
        budget: Budget,
    ) -> None:
        self.context = context
        self.functions = functions
        self.tested = tested
        self.slots = slots
        self.spend = budget

    def copy(self) -> Frame:
        """
        Return an evaluation of the same with local variables of its own, for the body of a function.
        """
        return Frame(self.context, self.functions, self.slots[:], self.tested, self.spend)


Run = Callable[[Frame], object]  # a translated part of an expression
