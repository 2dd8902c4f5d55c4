"""
Decisions and the knowledge models that they call; evaluating one with everything that it requires.

Source: DMN 1.5 §6.3 (requirements), §10.4 (execution semantics).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.decisions.given import InputData, received
from engine.decisions.run import Functions, Logic, Run
from engine.decisions.tables import Table
from engine.feel.types import ANY, Type


@dataclass(frozen=True)
class Outcome:
    """
    What was decided.
    """

    #: output name -> value; a table that collects gives lists, an aggregation one value
    result: dict[str, Any]
    #: ids of the rules that gave it, those of required decisions first, else in the order of the result
    fired: tuple[str, ...]
    #: the decision's value as DMN has it: a context if there are several outputs, a list of those if all hits count
    value: Any = None


@dataclass(frozen=True, eq=False)
class KnowledgeModel:
    """
    A function that decisions and other knowledge models call by its name.
    """

    id: str
    name: str
    function: Logic
    required: tuple[KnowledgeModel, ...] = ()

    def value(self, run: Run) -> Any:
        """
        Return the function as a value.
        """
        if self.id not in run.functions_of:
            scope = {one.name: one.value(run) for one in self.required}
            run.functions_of[self.id] = self.function.evaluate(scope, run)
        return run.functions_of[self.id]


@dataclass(frozen=True, eq=False)
class Decision:
    """
    A decision with its logic and the decisions that it asks first.
    """

    id: str
    name: str
    #: the decision's variable, under which decisions that require it read the answer
    variable: str
    logic: Logic
    #: the decisions that it reads itself
    required: tuple[Decision, ...] = ()
    #: those and the ones that they need, each once, none before what it needs itself
    chain: tuple[Decision, ...] = ()
    #: the variables read, those of required decisions included and their answers left out
    names: frozenset[str] = frozenset()
    #: those of them that are read inside filters only, where they may be members of the elements
    filter_names: frozenset[str] = frozenset()
    knowledge: tuple[KnowledgeModel, ...] = ()
    given: tuple[InputData, ...] = ()
    type: Type = ANY
    #: whether what fails is null, as in DMN, instead of an error
    lax: bool = False

    @property
    def inputs(self) -> tuple[str, ...]:
        """
        The texts of the input expressions.
        """
        table = self.table
        return tuple(one.text for one in table.inputs) if table else ()

    @property
    def outputs(self) -> tuple[str, ...]:
        """
        The names of what is decided.
        """
        table = self.table
        return tuple(one.name for one in table.outputs) if table else (self.variable,)

    @property
    def table(self) -> Table | None:
        """
        The decision's table, None if its logic is something else.
        """
        return self.logic if isinstance(self.logic, Table) else None

    def evaluate(self, context: Mapping[str, Any], functions: Functions | None = None) -> Outcome:
        """
        Decide; each required decision is evaluated once.

        Raises:
            DecisionFailed: the rules break UNIQUE or ANY, an aggregation has values that it can't join, or a value is
                not of the type that the file declares.
            FeelError: a cell can't be evaluated.
        """
        run = Run(functions, self.lax)
        answers: dict[str, dict[str, Any]] = {}
        value = None
        for one in (*self.chain, self):
            value = run.tried(lambda one=one: one._alone(context, answers, run))
            answers[one.id] = one._columns(value) | {one.variable: value}
        return Outcome(self._columns(value), tuple(run.fired), value)

    def _alone(self, context: Mapping[str, Any], answers: Mapping[str, dict[str, Any]], run: Run) -> Any:
        """Decide when the required decisions' answers are known."""
        scope = dict(context)
        for one in self.given:
            scope[one.name] = run.fitted(received(context.get(one.name), one.type), one.type, f"{self.id}: {one.name}")
        for model in self.knowledge:
            scope[model.name] = model.value(run)
        for before in self.required:
            scope |= answers[before.id]
        return run.fitted(self.logic.evaluate(scope, run), self.type, f"{self.id}: the decision")

    def _columns(self, value: Any) -> dict[str, Any]:
        table = self.table
        return table.columns(value) if table else {self.variable: value}
