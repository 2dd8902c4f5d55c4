"""
Boxed expressions: literal expressions, contexts, lists, invocations, functions, conditions, filters and loops.

Each is a value with its parts; a relation is read as the list of contexts that it means.

Source: DMN 1.5 §7.3 and §10.2.2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.decisions.problems import DecisionFailed
from engine.decisions.run import Logic, Run, Scope
from engine.feel import Expression
from engine.feel.calls import Parameters, called, defined
from engine.feel.frame import Budget
from engine.feel.types import ANY, Type

_CALL_DEPTH = 16  # what a call of a boxed function takes of the depth that calls may have


class Boxed:
    """
    The names of a boxed expression, from those of its parts.
    """

    def _reads(self) -> Iterable[tuple[Logic, frozenset[str]]]:
        """The parts, each with the names that it does not take from outside."""
        raise NotImplementedError

    @cached_property
    def names(self) -> frozenset[str]:
        """
        The variables that it may read.
        """
        return frozenset().union(*(part.names - own for part, own in self._reads()))

    @cached_property
    def filter_names(self) -> frozenset[str]:
        """
        Those of them that are read inside filters only.
        """
        surely = frozenset().union(*(part.names - part.filter_names - own for part, own in self._reads()))
        return self.names - surely


NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Literal:
    """
    A text in FEEL; None is one that a lax reader could not compile, and means null.
    """

    expression: Expression | None

    @property
    def names(self) -> frozenset[str]:
        """
        The variables that it may read.
        """
        return self.expression.names if self.expression else NOTHING

    @property
    def filter_names(self) -> frozenset[str]:
        """
        Those of them that are read inside filters only.
        """
        return self.expression.filter_names if self.expression else NOTHING

    def evaluate(self, scope: Scope, run: Run) -> Any:
        """
        Return the value.
        """
        expression = self.expression
        if expression is None:
            return None
        return run.tried(lambda: expression(scope, run.functions, run.budget))


@dataclass(frozen=True)
class Typed(Boxed):
    """
    A boxed expression whose value must be of a type.
    """

    logic: Logic
    type: Type
    what: str

    def _reads(self) -> Iterable[tuple[Logic, frozenset[str]]]:
        yield self.logic, NOTHING

    def evaluate(self, scope: Scope, run: Run) -> Any:
        """
        Return the value as the type wants it.
        """
        return run.fitted(self.logic.evaluate(scope, run), self.type, self.what)


@dataclass(frozen=True)
class Context(Boxed):
    """
    Entries that see the ones before them; the value of an entry without name is that of the whole.
    """

    entries: tuple[tuple[str, Logic], ...]

    def _reads(self) -> Iterable[tuple[Logic, frozenset[str]]]:
        before: set[str] = set()
        for name, logic in self.entries:
            yield logic, frozenset(before)
            before.add(name)

    def evaluate(self, scope: Scope, run: Run) -> Any:
        """
        Return the context, or the value of the entry without name.
        """
        run.budget(1 + len(scope))
        inner = dict(scope)
        built = {}
        for name, logic in self.entries:
            value = logic.evaluate(inner, run)
            if not name:
                return value
            built[name] = inner[name] = value
        return built


@dataclass(frozen=True)
class List(Boxed):
    """
    A list.
    """

    items: tuple[Logic, ...]

    def _reads(self) -> Iterable[tuple[Logic, frozenset[str]]]:
        return ((item, NOTHING) for item in self.items)

    def evaluate(self, scope: Scope, run: Run) -> Any:
        """
        Return the list.
        """
        return [item.evaluate(scope, run) for item in self.items]


@dataclass(frozen=True)
class Invocation(Boxed):
    """
    A call with named arguments.
    """

    function: Logic
    bindings: tuple[tuple[str, Logic], ...]

    def _reads(self) -> Iterable[tuple[Logic, frozenset[str]]]:
        yield self.function, NOTHING
        for _, logic in self.bindings:
            yield logic, NOTHING

    def evaluate(self, scope: Scope, run: Run) -> Any:
        """
        Return what the function gives, null if the value to call is none.
        """
        function = self.function.evaluate(scope, run)
        values = [logic.evaluate(scope, run) for _, logic in self.bindings]
        return run.tried(lambda: called(function, run.budget, values, tuple(name for name, _ in self.bindings)))


@dataclass(frozen=True)
class Function(Boxed):
    """
    A function definition.
    """

    name: str
    parameters: Parameters
    body: Logic
    result: Type = ANY

    def _reads(self) -> Iterable[tuple[Logic, frozenset[str]]]:
        yield self.body, frozenset(name for name, _ in self.parameters)

    def evaluate(self, scope: Scope, run: Run) -> Any:
        """
        Return the function as a value.
        """
        names = [name for name, _ in self.parameters]

        def body(budget: Budget, values: list[object]) -> object:
            run.budget(1 + len(scope))
            inner = {**scope, **dict(zip(names, values, strict=True))}
            return budget.within(_CALL_DEPTH, lambda: self.body.evaluate(inner, run))

        return defined(self.name, self.parameters, self.result, body)


@dataclass(frozen=True)
class Conditional(Boxed):
    """
    If, then, else.
    """

    condition: Logic
    yes: Logic
    no: Logic

    def _reads(self) -> Iterable[tuple[Logic, frozenset[str]]]:
        return ((part, NOTHING) for part in (self.condition, self.yes, self.no))

    def evaluate(self, scope: Scope, run: Run) -> Any:
        """
        Return the value of one of the two.
        """
        holds = truth(self.condition.evaluate(scope, run), "The condition")
        return (self.yes if holds else self.no).evaluate(scope, run)


def truth(value: Any, what: str) -> bool | None:
    """
    Return a condition's value.

    Raises:
        DecisionFailed: it is neither boolean nor null.
    """
    if value is not None and not isinstance(value, bool):
        raise DecisionFailed(f"{what} is neither true nor false.", "untrue")
    return value
