"""
Reads a decision table out of its XML.

Source: DMN 1.5 §8.3.
"""

from __future__ import annotations

from typing import Any

from engine.decisions.elements import Element, Notes, child, children, text_of
from engine.decisions.item_types import ItemTypes
from engine.decisions.tables import AGGREGATIONS, POLICIES, RANKED, Output, Rule, Table
from engine.feel import Expression, FeelError, UnaryTests, compile_unary
from engine.feel import compile as compile_feel
from engine.feel.frame import Budget
from engine.feel.nodes import Literal
from engine.feel.types import converted
from engine.feel.vocabulary import Vocabulary

_NULL = compile_feel("null")
_NEVER = compile_unary("? != ?")


class TableReader:
    """
    Reads one table.

    Args:
        key: id of the decision or knowledge model, for problems.
    """

    def __init__(self, key: str, notes: Notes, types: ItemTypes, vocabulary: Vocabulary) -> None:
        self._key = key
        self._notes = notes
        self._types = types
        self._vocabulary = vocabulary
        self._budget = Budget()

    def read(self, node: Element) -> Table | None:
        """
        Read the table; None if there is a problem, which is noted.
        """
        before = len(self._notes.problems)
        policy = node.get("hitPolicy", "UNIQUE")
        aggregation = node.get("aggregation")
        self._check_policy(node, policy, aggregation)
        columns = children(node, "output")
        outputs = [self._output(one, alone=len(columns) == 1) for one in columns]
        conditions = children(node, "input")
        rules = [self._rule(one, len(conditions), outputs) for one in children(node, "rule")]
        self._check_outputs(node, policy, outputs, rules)
        table = Table(
            id=self._key,
            policy=policy,
            aggregation=aggregation,
            inputs=tuple(self._input(one) for one in conditions),
            outputs=tuple(outputs),
            rules=tuple(filter(None, rules)),
            allowed=tuple(self._allowed(one) for one in conditions),
            type=self._types.of(node),
        )
        return None if len(self._notes.problems) > before else table

    def _check_policy(self, node: Element, policy: str, aggregation: str | None) -> None:
        if policy not in POLICIES or (aggregation is not None and aggregation not in AGGREGATIONS):
            self._notes.add(self._key, "policy", node, name=f"{policy} {aggregation or ''}".strip())
        elif aggregation is not None and policy != "COLLECT":
            self._notes.add(self._key, "aggregation", node, name=policy)

    def _check_outputs(self, node: Element, policy: str, outputs: list[Output], rules: list[Rule | None]) -> None:
        if not outputs or not rules:
            self._notes.add(self._key, "empty_table", node)
        if len({one.name for one in outputs}) < len(outputs):
            self._notes.add(self._key, "same_name", node)
        if policy in RANKED and not any(one.ranked for one in outputs) and not self._notes.lax:
            self._notes.add(self._key, "no_ranks", node, name=policy)

    def _input(self, node: Element) -> Expression:
        element = node.get("id") or self._key
        expression = child(node, "inputExpression")
        if expression is None or not text_of(expression):
            self._notes.add(element, "no_input", node)
            return _NULL
        return self._expression(element, text_of(expression), expression)

    def _allowed(self, node: Element) -> UnaryTests | None:
        values = child(node, "inputValues")
        if values is None or not text_of(values):
            return None
        return self._notes.tests(node.get("id") or self._key, text_of(values), values, self._vocabulary)

    def _output(self, node: Element, *, alone: bool) -> Output:
        element = node.get("id") or self._key
        name = node.get("name") or (self._key if alone else "")
        if not name:
            self._notes.add(element, "no_name", node)
        default = child(node, "defaultOutputEntry")
        type_ = self._types.of(node)
        listed = child(node, "outputValues")
        return Output(
            name,
            None if default is None else self._expression(element, text_of(default), default),
            self._listed(element, text_of(listed), node) if text_of(listed) else (),
            type_,
        )

    def _listed(self, element: str, text: str, node: Element) -> tuple[Any, ...]:
        """Read listed values, which must be literals."""
        listed = self._notes.expression(element, f"[{text}]", node, self._vocabulary)
        if listed is None:
            return ()
        if listed.names:
            self._notes.add(element, "listed_values", node, text=text)
            return ()
        try:
            return tuple(listed({}))
        except FeelError as error:
            self._notes.add_text(element, text, node, error)
            return ()

    def _rule(self, node: Element, inputs: int, outputs: list[Output]) -> Rule | None:
        rule = node.get("id") or ""
        if not rule and not self._notes.lax:
            self._notes.add(self._key, "no_rule_id", node)
        tests = [self._test(one.get("id") or rule or self._key, one) for one in children(node, "inputEntry")]
        written = children(node, "outputEntry")
        if len(tests) != inputs or len(written) != len(outputs):
            self._notes.add(rule or self._key, "cells", node)
            return None
        cells = [
            self._cell(one.get("id") or rule or self._key, one, out) for one, out in zip(written, outputs, strict=True)
        ]
        return Rule(rule, tuple(tests), tuple(cells))

    def _cell(self, element: str, node: Element, output: Output) -> Expression:
        cell = self._expression(element, text_of(node) or "null", node)
        if isinstance(cell.root, Literal) and not self._notes.lax:
            _, fits = converted(cell.root.value, output.type, self._budget)
            if not fits:
                self._notes.add(element, "cell_type", node, text=cell.text, name=output.type.name)
        return cell

    def _expression(self, element: str, text: str, node: Element) -> Expression:
        """Compile a text; null instead of one that fails, which is noted."""
        return self._notes.expression(element, text, node, self._vocabulary) or _NULL

    def _test(self, element: str, node: Element) -> UnaryTests:
        """Compile a cell; one that never holds instead of one that fails, which is noted."""
        return self._notes.tests(element, text_of(node), node, self._vocabulary) or _NEVER
