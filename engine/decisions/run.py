"""
One evaluation of a decision with everything that it requires: what it may use, and which rules fired.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from engine.decisions.problems import DecisionFailed
from engine.feel.errors import FeelError
from engine.feel.frame import Budget
from engine.feel.types import Type, converted

Functions = Mapping[str, Callable[..., Any]]
Scope = Mapping[str, Any]


class Logic(Protocol):
    """
    A boxed expression.

    Attributes:
        names: the variables that it may read.
        filter_names: those of them that are read inside filters only, where they may be members of the elements.
    """

    @property
    def names(self) -> frozenset[str]:
        """
        The variables that it may read.
        """

    @property
    def filter_names(self) -> frozenset[str]:
        """
        Those of them that are read inside filters only.
        """

    def evaluate(self, scope: Scope, run: Run) -> Any:
        """
        Return the value.
        """


@dataclass(frozen=True)
class Run:
    """
    What all parts of one evaluation share.

    Attributes:
        lax: whether what fails is null, as in DMN, instead of an error.
        fired: ids of the rules that fired, in the order of evaluation.
        functions_of: knowledge models that were asked for, by id, as functions.
    """

    functions: Functions | None
    lax: bool
    budget: Budget = field(default_factory=Budget)
    fired: list[str] = field(default_factory=list)
    functions_of: dict[str, Any] = field(default_factory=dict)

    def tried(self, evaluate: Callable[[], Any]) -> Any:
        """
        Return the value; null for one that fails, if this is a lax evaluation.

        Raises:
            DecisionFailed, FeelError: it fails, and this is none.
        """
        try:
            return evaluate()
        except (DecisionFailed, FeelError):
            if not self.lax:
                raise
            return None

    def fitted(self, value: Any, type_: Type, what: str) -> Any:
        """
        Return the value as the type wants it.

        Raises:
            DecisionFailed: it is of another type, and this is no lax evaluation.
        """
        value, fits = converted(value, type_, self.budget)
        if not fits and not self.lax:
            message = f"{what} is not of the type {type_.name}, or not one of its allowed values."
            raise DecisionFailed(message, "misfit", table=what.partition(":")[0], type=type_.name)
        return value
