"""
Decisions: DMN 1.1 to 1.3 files with decision tables and literal expressions, and chains of both within one file.

Cells are FEEL. Which rules fired is part of the answer, for the audit. Invocations, functions and imports are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lxml import etree

from engine import feel
from engine.feel import Expression, FeelError, UnaryTests

MOST_BYTES = 512 * 1024
POLICIES = frozenset({"UNIQUE", "FIRST", "ANY", "COLLECT", "RULE ORDER", "PRIORITY", "OUTPUT ORDER"})
_LISTS = frozenset({"COLLECT", "RULE ORDER", "OUTPUT ORDER"})
_AGGREGATIONS: Mapping[str, Callable[[Sequence[Any]], Any]] = {
    "SUM": sum,
    "MIN": min,
    "MAX": max,
    "COUNT": lambda values: Decimal(len(set(map(repr, values)))),
}
Functions = Mapping[str, Callable[..., Any]]


@dataclass(frozen=True)
class DecisionProblem:
    """
    One thing to mend in a decision file.
    """

    #: id of the decision, rule or cell; None when the file is meant
    element: str | None
    code: str
    text: str


class DecisionProblems(ValueError):
    """
    A decision file can't be used; all problems are listed.
    """

    def __init__(self, problems: Sequence[DecisionProblem]) -> None:
        super().__init__("; ".join(f"{problem.element}: {problem.text}" for problem in problems))
        self.problems = tuple(problems)


class DecisionFailed(ValueError):
    """
    A decision has no single answer for these values; the message names the table and the rules.
    """


@dataclass(frozen=True)
class Outcome:
    """
    What was decided.
    """

    #: output name -> value; a table that collects gives lists, an aggregation a number
    result: dict[str, Any]
    #: ids of the rules that gave it, in the order of the table
    fired: tuple[str, ...]


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
    """

    name: str
    default: Expression | None
    #: values in order of priority, best first
    ranked: tuple[Any, ...]


@dataclass(frozen=True)
class Table:
    """
    The logic of a decision table.
    """

    policy: str
    aggregation: str | None
    inputs: tuple[Expression, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Decision:
    """
    A decision with its logic and the decisions that it asks first.
    """

    id: str
    name: str
    #: the decision's variable, under which decisions that require it read the answer
    variable: str
    logic: Table | Expression
    required: tuple[Decision, ...] = ()

    @property
    def inputs(self) -> tuple[str, ...]:
        """
        The texts of the input expressions.
        """
        return tuple(one.text for one in self.logic.inputs) if isinstance(self.logic, Table) else ()

    @property
    def outputs(self) -> tuple[str, ...]:
        """
        The names of what is decided.
        """
        return tuple(one.name for one in self.logic.outputs) if isinstance(self.logic, Table) else (self.variable,)

    @property
    def names(self) -> frozenset[str]:
        """
        The variables read, those of required decisions included and their answers left out.
        """
        parts: list[Any] = [self.logic]
        if isinstance(self.logic, Table):
            parts = [*self.logic.inputs, *(cell for rule in self.logic.rules for cell in (*rule.tests, *rule.outputs))]
        own = frozenset().union(*(part.names for part in parts))
        answers = {name for one in self.required for name in (*one.outputs, one.variable)}
        return (own - answers).union(*(one.names for one in self.required))

    def evaluate(self, context: Mapping[str, Any], functions: Functions | None = None) -> Outcome:
        """
        Decide.

        Raises:
            DecisionFailed: if UNIQUE or ANY is not kept by the rules.
            FeelError: if a cell can't be evaluated.
        """
        scope, fired = dict(context), []
        for one in self.required:
            before = one.evaluate(scope, functions)
            single = next(iter(before.result.values())) if len(before.result) == 1 else before.result
            scope |= {**before.result, one.variable: single}
            fired += before.fired
        if isinstance(self.logic, Expression):
            return Outcome({self.variable: self.logic(scope, functions)}, tuple(fired))
        outcome = _decide(self, self.logic, scope, functions)
        return Outcome(outcome.result, (*fired, *outcome.fired))


def _decide(decision: Decision, table: Table, scope: Mapping[str, Any], functions: Functions | None) -> Outcome:
    values = [read(scope, functions) for read in table.inputs]
    hits: list[tuple[str, dict[str, Any]]] = []
    for rule in table.rules:
        if all(test(value, scope, functions) for test, value in zip(rule.tests, values, strict=True)):
            row = {out.name: cell(scope, functions) for out, cell in zip(table.outputs, rule.outputs, strict=True)}
            hits.append((rule.id, row))
            if table.policy == "FIRST":
                break
    if not hits:
        plain = {out.name: out.default(scope, functions) if out.default else None for out in table.outputs}
        empty = plain if table.policy not in _LISTS or table.aggregation else {name: [] for name in plain}
        return Outcome(empty, ())
    if table.policy == "UNIQUE" and len(hits) > 1:
        raise DecisionFailed(f"{decision.id} is UNIQUE, but rules {', '.join(key for key, _ in hits)} all hold.")
    if table.policy == "ANY" and any(row != hits[0][1] for _, row in hits):
        raise DecisionFailed(f"{decision.id} is ANY, but rules {', '.join(key for key, _ in hits)} differ.")
    if table.policy in {"PRIORITY", "OUTPUT ORDER"}:
        hits.sort(key=lambda hit: [_rank(out, hit[1][out.name]) for out in table.outputs])
    if table.policy not in _LISTS:
        return Outcome(hits[0][1], (hits[0][0],))
    fired = tuple(key for key, _ in hits)
    columns = {out.name: [row[out.name] for _, row in hits] for out in table.outputs}
    if table.aggregation is None:
        return Outcome(columns, fired)
    return Outcome({name: _aggregate(decision, table.aggregation, column) for name, column in columns.items()}, fired)


def _aggregate(decision: Decision, how: str, column: Sequence[Any]) -> Any:
    try:
        return _AGGREGATIONS[how](column)
    except TypeError:
        raise DecisionFailed(f"{decision.id}: {how} needs values of one kind.") from None


def _rank(output: Output, value: Any) -> int:
    return output.ranked.index(value) if value in output.ranked else len(output.ranked)


def load_decisions(xml: bytes, functions: Sequence[str] = ("now", "today")) -> dict[str, Decision]:
    """
    Read the decisions of a DMN file, by id.

    Args:
        functions: host functions that cells may call.

    Raises:
        DecisionProblems: with every problem of the file.
    """
    reader = _Reader(tuple(functions))
    found = reader.read(xml)
    if reader.problems:
        raise DecisionProblems(reader.problems)
    return found


class _Reader:
    def __init__(self, functions: tuple[str, ...]) -> None:
        self.functions = functions
        self.problems: list[DecisionProblem] = []
        self.done: dict[str, Decision] = {}
        self.nodes: dict[str, etree._Element] = {}
        self.open: set[str] = set()

    def add(self, element: str | None, code: str, text: str) -> None:
        self.problems.append(DecisionProblem(element, code, text))

    def read(self, xml: bytes) -> dict[str, Decision]:
        root = self.parse(xml)
        if root is None:
            return {}
        self.nodes = {node.get("id") or "": node for node in _children(root, "decision")}
        if not self.nodes:
            self.add(None, "no_decision", "The file holds no decision.")
        for key in self.nodes:
            self.decision(key)
        return self.done

    def parse(self, xml: bytes) -> etree._Element | None:
        if len(xml) > MOST_BYTES:
            self.add(None, "too_big", f"The file is larger than {MOST_BYTES // 1024} KiB.")
            return None
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            root = etree.fromstring(xml, parser)
        except etree.XMLSyntaxError as error:
            self.add(None, "not_xml", f"The file is not well-formed XML: {error.msg}.")
            return None
        if root.getroottree().docinfo.internalDTD is not None:
            self.add(None, "doctype", "The file has a DOCTYPE: remove it.")
            return None
        return root

    def decision(self, key: str) -> Decision | None:
        if key in self.done or key in self.open or key not in self.nodes:
            if key in self.open:
                self.add(key, "circle", "The decision requires itself.")
            elif key not in self.nodes:
                self.add(key, "unknown_decision", "A required decision is not in the file.")
            return self.done.get(key)
        self.open.add(key)
        node = self.nodes[key]
        hrefs = [
            one.get("href", "").lstrip("#")
            for need in _children(node, "informationRequirement")
            for one in _children(need, "requiredDecision")
        ]
        required = tuple(found for href in hrefs if (found := self.decision(href)) is not None)
        variable = next((one.get("name") or "" for one in _children(node, "variable")), "") or key
        logic = self.logic(key, node)
        self.open.discard(key)
        if logic is None:
            return None
        self.done[key] = Decision(key, node.get("name") or key, variable, logic, required)
        return self.done[key]

    def logic(self, key: str, node: etree._Element) -> Table | Expression | None:
        for table in _children(node, "decisionTable"):
            return self.table(key, table)
        for literal in _children(node, "literalExpression"):
            return self.expression(key, _text(literal))
        self.add(key, "unsupported", "Give the decision a decision table or a literal expression.")
        return None

    def table(self, key: str, node: etree._Element) -> Table | None:
        policy = node.get("hitPolicy", "UNIQUE")
        aggregation = node.get("aggregation")
        if policy not in POLICIES or (aggregation is not None and aggregation not in _AGGREGATIONS):
            self.add(key, "unsupported", f"The hit policy {policy} {aggregation or ''} is not known.")
            return None
        before = len(self.problems)
        inputs = [
            self.expression(one.get("id") or key, _text(expression))
            for one in _children(node, "input")
            for expression in _children(one, "inputExpression")
        ]
        outputs = [self.output(key, one) for one in _children(node, "output")]
        rules = [self.rule(one, len(inputs), len(outputs)) for one in _children(node, "rule")]
        if not outputs or not rules:
            self.add(key, "empty", "The table needs an output and a rule.")
        if len(self.problems) > before:
            return None
        return Table(policy, aggregation, tuple(inputs), tuple(outputs), tuple(rules))  # type: ignore[arg-type]

    def output(self, key: str, node: etree._Element) -> Output:
        name = node.get("name") or key
        default = next((self.expression(key, _text(one)) for one in _children(node, "defaultOutputEntry")), None)
        ranked: tuple[Any, ...] = ()
        for values in _children(node, "outputValues"):
            listed = self.expression(key, f"[{_text(values)}]")
            ranked = tuple(listed({})) if listed is not None else ()  # type: ignore[arg-type]
        return Output(name, default, ranked)

    def rule(self, node: etree._Element, inputs: int, outputs: int) -> Rule | None:
        key = node.get("id") or "rule"
        tests = [self.test(key, _text(one)) for one in _children(node, "inputEntry")]
        cells = [self.expression(key, _text(one) or "null") for one in _children(node, "outputEntry")]
        if len(tests) != inputs or len(cells) != outputs:
            self.add(key, "cells", "The rule has not as many cells as the table has columns.")
            return None
        return Rule(key, tuple(tests), tuple(cells))  # type: ignore[arg-type]

    def expression(self, key: str, text: str) -> Expression | None:
        try:
            return feel.compile(text, functions=self.functions)
        except FeelError as error:
            self.add(key, "expression", f"{text}: {error}")
            return None

    def test(self, key: str, text: str) -> UnaryTests | None:
        try:
            return feel.compile_unary(text or "-", functions=self.functions)
        except FeelError as error:
            self.add(key, "expression", f"{text}: {error}")
            return None


def _children(node: etree._Element, name: str) -> list[etree._Element]:
    return [one for one in node if isinstance(one.tag, str) and etree.QName(one).localname == name]


def _text(node: etree._Element) -> str:
    return next(((one.text or "").strip() for one in _children(node, "text")), "")
