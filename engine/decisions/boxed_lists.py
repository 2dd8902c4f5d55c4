"""
Boxed expressions that go over a list: filters, and for, some and every.

Source: DMN 1.5 §10.2.2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.decisions.boxed import NOTHING, Boxed, truth
from engine.decisions.run import Logic, Run, Scope
from engine.feel.loops import NotIterable, items_of
from engine.feel.values import adopt


@dataclass(frozen=True)
class Filter(Boxed):
    """
    The items of a list for which a condition holds.
    """

    items: Logic
    condition: Logic

    def _reads(self) -> Iterable[tuple[Logic, frozenset[str]]]:
        yield self.items, NOTHING
        yield self.condition, frozenset({"item"})

    @cached_property
    def filter_names(self) -> frozenset[str]:
        """
        All names of the condition, and those of the list that are read inside filters only.
        """
        return self.names - (self.items.names - self.items.filter_names)

    def evaluate(self, scope: Scope, run: Run) -> Any:
        """
        Return the items; null of what is no list.
        """
        items = self.items.evaluate(scope, run)
        if items is None:
            return None
        kept = []
        for item in map(adopt, items if isinstance(items, list) else [items]):
            members = item if isinstance(item, dict) else {}
            run.budget(1 + len(scope) + len(members))
            if truth(self.condition.evaluate({**scope, "item": item, **members}, run), "What filters a list"):
                kept.append(item)
        return kept


@dataclass(frozen=True)
class Loop(Boxed):
    """
    For, some or every (`kind`) item of a list.
    """

    kind: str
    variable: str
    items: Logic
    body: Logic

    def _reads(self) -> Iterable[tuple[Logic, frozenset[str]]]:
        yield self.items, NOTHING
        yield self.body, frozenset({self.variable, "partial"})

    def evaluate(self, scope: Scope, run: Run) -> Any:
        """
        Return the values of the body, or whether it holds for some or every item; null of what has no items.
        """
        items = self.items.evaluate(scope, run)
        values: list[Any] = []
        try:
            for item in items_of(items):
                run.budget(1 + len(scope) + len(values))
                values.append(self.body.evaluate({**scope, self.variable: adopt(item), "partial": values[:]}, run))
        except NotIterable:
            return None
        if self.kind == "for":
            return values if items is not None else None
        truths = [truth(value, f"What holds for {self.kind} item") for value in values]
        if items is None or None in truths:
            return None
        return any(truths) if self.kind == "some" else all(truths)
