"""
Decision tables: which rules hold, and what the hit policy makes of them.

Source: DMN 1.5 §8.2 (tables), §8.2.8 (hit policies and aggregations).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.decisions.problems import DecisionFailed
from engine.decisions.run import Run, Scope
from engine.feel import Expression, UnaryTests
from engine.feel.aggregate_functions import maximum, minimum, total
from engine.feel.list_functions import count
from engine.feel.types import ANY, Type
from engine.feel.values import equal, no_spending

POLICIES = frozenset({"UNIQUE", "FIRST", "ANY", "PRIORITY", "COLLECT", "RULE ORDER", "OUTPUT ORDER"})
_LISTS = frozenset({"COLLECT", "RULE ORDER", "OUTPUT ORDER"})
RANKED = frozenset({"PRIORITY", "OUTPUT ORDER"})
AGGREGATIONS: Mapping[str, Callable[[list[Any]], Any]] = {
    "SUM": lambda column: total(no_spending, column),
    "MIN": lambda column: minimum(no_spending, column),
    "MAX": lambda column: maximum(no_spending, column),
    "COUNT": count,
}
Row = dict[str, Any]


@dataclass(frozen=True)
class Rule:
    """
    A row of a table.
    """

    id: str
    tests: tuple[UnaryTests, ...]
    outputs: tuple[Expression, ...]


@dataclass(frozen=True)
class Output:
    """
    A result column.

    Attributes:
        ranked: values in order of priority, best first.
    """

    name: str
    default: Expression | None = None
    ranked: tuple[Any, ...] = ()
    type: Type = ANY


@dataclass(frozen=True)
class Table:
    """
    The logic of a decision table.

    Attributes:
        id: for messages, that of the decision.
        inputs: what the condition columns test.
        allowed: of each column the values that it lists, if it does.
        type: of what is decided.
    """

    id: str
    policy: str
    aggregation: str | None
    inputs: tuple[Expression, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    allowed: tuple[UnaryTests | None, ...]
    type: Type = ANY

    @cached_property
    def names(self) -> frozenset[str]:
        """
        The variables that it may read.
        """
        return frozenset().union(*(part.names for part in self._parts()))

    @cached_property
    def filter_names(self) -> frozenset[str]:
        """
        Those of them that are read inside filters only.
        """
        return self.names - frozenset().union(*(part.names - part.filter_names for part in self._parts()))

    def _parts(self) -> Iterator[Expression | UnaryTests]:
        yield from self.inputs
        for rule in self.rules:
            yield from rule.tests
            yield from rule.outputs
        for out in self.outputs:
            if out.default is not None:
                yield out.default

    def evaluate(self, scope: Scope, run: Run) -> Any:
        """
        Decide.

        Returns:
            the value of a table with one output, else a context of the outputs; a list of those under a policy that
            gives all hits; an aggregation's value.

        Raises:
            DecisionFailed: the rules break UNIQUE or ANY, a value is not among the listed ones, or an aggregation
                has values that it can't join.
        """
        return run.fitted(self._decided(scope, run), self.type, f"{self.id}: the value")

    def _decided(self, scope: Scope, run: Run) -> Any:
        hits = self._hits(scope, run)
        if not hits:
            return self._without_hits(scope, run)
        hits = self._settled(hits, run)
        run.fired.extend(rule for rule, _ in hits)
        rows = [row for _, row in hits]
        if self.aggregation is not None:
            return self._single({out.name: self._joined([row[out.name] for row in rows]) for out in self.outputs})
        return [self._single(row) for row in rows] if self.policy in _LISTS else self._single(rows[0])

    def columns(self, value: Any) -> Row:
        """
        Return what was decided by output name; a policy that gives all hits gives lists.
        """
        if len(self.outputs) == 1:
            return {self.outputs[0].name: value}
        if isinstance(value, list):
            return {out.name: [row[out.name] for row in value] for out in self.outputs}
        return dict(value) if value is not None else {out.name: None for out in self.outputs}

    def _single(self, row: Row) -> Any:
        return row[self.outputs[0].name] if len(self.outputs) == 1 else row

    def _hits(self, scope: Scope, run: Run) -> list[tuple[str, Row]]:
        columns = zip(self.inputs, self.allowed, strict=True)
        values = [self._input(expression, allowed, scope, run) for expression, allowed in columns]
        hits: list[tuple[str, Row]] = []
        for rule in self.rules:
            run.budget(len(values) + 1)
            if self._holds(rule, values, scope, run):
                hits.append((rule.id, self._row(rule, scope, run)))
                if self.policy == "FIRST":
                    break
        return hits

    def _holds(self, rule: Rule, values: list[Any], scope: Scope, run: Run) -> bool:
        tested = zip(rule.tests, values, strict=True)
        return all(test(value, scope, run.functions, run.budget) for test, value in tested)

    def _row(self, rule: Rule, scope: Scope, run: Run) -> Row:
        row = {}
        for out, cell in zip(self.outputs, rule.outputs, strict=True):
            value = run.tried(lambda cell=cell: cell(scope, run.functions, run.budget))
            row[out.name] = run.fitted(value, out.type, f"{self.id}: the output {out.name} of rule {rule.id}")
        return row

    def _input(self, expression: Expression, allowed: UnaryTests | None, scope: Scope, run: Run) -> Any:
        value = run.tried(lambda: expression(scope, run.functions, run.budget))
        if value is None or allowed is None or allowed(value, scope, run.functions, run.budget):
            return value
        said = {"table": self.id, "text": expression.text, "allowed": allowed.text}
        raise DecisionFailed(
            f"{self.id}: the value of {expression.text} is none of {allowed.text}.", "unlisted", **said
        )

    def _settled(self, hits: list[tuple[str, Row]], run: Run) -> list[tuple[str, Row]]:
        """Keep and order the hits as the policy says."""
        rules = ", ".join(rule for rule, _ in hits)
        if self.policy == "UNIQUE" and len(hits) > 1:
            raise DecisionFailed(
                f"{self.id} is UNIQUE, but rules {rules} all hold.", "unique", table=self.id, rules=rules
            )
        if self.policy == "ANY" and not all(equal(row, hits[0][1], run.budget) for _, row in hits):
            raise DecisionFailed(
                f"{self.id} is ANY, but rules {rules} differ.", "differing", table=self.id, rules=rules
            )
        if self.policy in RANKED:
            hits = sorted(hits, key=lambda hit: [_rank(out, hit[1][out.name]) for out in self.outputs])
        return hits if self.policy in _LISTS else hits[:1]

    def _without_hits(self, scope: Scope, run: Run) -> Any:
        """The defaults; without them nothing, which is an empty list where lists are given and 0 where hits count."""
        if any(out.default is not None for out in self.outputs):
            return self._single(
                {out.name: out.default and out.default(scope, run.functions, run.budget) for out in self.outputs}
            )
        if self.aggregation == "COUNT":
            return self._single({out.name: count([]) for out in self.outputs})
        return [] if self.policy in _LISTS and self.aggregation is None else None

    def _joined(self, column: list[Any]) -> Any:
        joined = AGGREGATIONS[self.aggregation or ""](column)
        if joined is None:
            message = f"{self.id}: {self.aggregation} needs values of one kind, none of them null."
            raise DecisionFailed(message, "mixed", table=self.id, aggregation=self.aggregation)
        return joined


def _rank(output: Output, value: Any) -> int:
    """The place of a value among the listed ones; behind them all if it is not listed."""
    places = (place for place, listed in enumerate(output.ranked) if equal(listed, value))
    return next(places, len(output.ranked))
