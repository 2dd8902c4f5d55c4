"""
Decisions: DMN 1.1 to 1.3 files with decision tables and literal expressions, and chains of both within one file.

Cells are FEEL. Which rules fired is part of the answer, for the audit. Invocations, functions, imports and other
languages are refused. It keeps nothing between two evaluations.

Source: DMN 1.3 §8 (decision tables), §6.3 (requirements), §7.3 (literal expressions).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from engine import feel
from engine.feel import Expression, FeelError, UnaryTests
from engine.feel.list_functions import count, maximum, minimum, total
from engine.feel.values import equal, no_spending

MOST_BYTES = 512 * 1024
MOST_DECISIONS = 50  # of one file
POLICIES = frozenset({"UNIQUE", "FIRST", "ANY", "PRIORITY", "COLLECT", "RULE ORDER", "OUTPUT ORDER"})
_LISTS = frozenset({"COLLECT", "RULE ORDER", "OUTPUT ORDER"})
_RANKED = frozenset({"PRIORITY", "OUTPUT ORDER"})
_AGGREGATIONS: Mapping[str, Callable[[list[Any]], Any]] = {
    "SUM": lambda column: total(no_spending, column),
    "MIN": lambda column: minimum(no_spending, column),
    "MAX": lambda column: maximum(no_spending, column),
    "COUNT": count,
}
_NAMESPACES = ("http://www.omg.org/spec/DMN/", "https://www.omg.org/spec/DMN/")
Functions = Mapping[str, Callable[..., Any]]


@dataclass(frozen=True)
class DecisionProblem:
    """
    One thing to mend in a decision file.
    """

    #: id of the decision, column, rule or cell; None when the file is meant
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

    #: output name -> value; a table that collects gives lists, an aggregation one value
    result: dict[str, Any]
    #: ids of the rules that gave it, those of required decisions first, else in the order of the result
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


@dataclass(frozen=True, eq=False)
class Decision:
    """
    A decision with its logic and the decisions that it asks first.
    """

    id: str
    name: str
    #: the decision's variable, under which decisions that require it read the answer
    variable: str
    logic: Table | Expression
    #: the decisions that it reads itself
    required: tuple[Decision, ...] = ()
    #: those and the ones that they need, each once, none before what it needs itself
    chain: tuple[Decision, ...] = ()
    #: the variables read, those of required decisions included and their answers left out
    names: frozenset[str] = frozenset()

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

    def evaluate(self, context: Mapping[str, Any], functions: Functions | None = None) -> Outcome:
        """
        Decide; each required decision is evaluated once.

        Raises:
            DecisionFailed: the rules break UNIQUE or ANY, or an aggregation has values that it can't join.
            FeelError: a cell can't be evaluated.
        """
        answers: dict[str, dict[str, Any]] = {}
        fired: list[str] = []
        for one in (*self.chain, self):
            scope = dict(context)
            for before in one.required:
                scope |= answers[before.id]
            outcome = one._alone(scope, functions)
            single = next(iter(outcome.result.values())) if len(outcome.result) == 1 else outcome.result
            answers[one.id] = outcome.result | {one.variable: single}
            fired += outcome.fired
        return Outcome(outcome.result, tuple(fired))

    def _alone(self, scope: Mapping[str, Any], functions: Functions | None) -> Outcome:
        """Decide in a scope that holds the required decisions' answers."""
        if isinstance(self.logic, Expression):
            return Outcome({self.variable: self.logic(scope, functions)}, ())
        return _settled(self.id, self.logic, _hits(self.logic, scope, functions), scope, functions)


# -- deciding

Hit = tuple[str, dict[str, Any]]  # a rule's id and its row


def _hits(table: Table, scope: Mapping[str, Any], functions: Functions | None) -> list[Hit]:
    values = [read(scope, functions) for read in table.inputs]
    hits: list[Hit] = []
    for rule in table.rules:
        if all(test(value, scope, functions) for test, value in zip(rule.tests, values, strict=True)):
            row = {out.name: cell(scope, functions) for out, cell in zip(table.outputs, rule.outputs, strict=True)}
            hits.append((rule.id, row))
            if table.policy == "FIRST":
                break
    return hits


def _settled(
    decision: str, table: Table, hits: list[Hit], scope: Mapping[str, Any], functions: Functions | None
) -> Outcome:
    """Make one answer of the rules that hold, as the hit policy says."""
    if not hits:
        return Outcome(_without_hits(table, scope, functions), ())
    rules = tuple(rule for rule, _ in hits)
    if table.policy == "UNIQUE" and len(hits) > 1:
        raise DecisionFailed(f"{decision} is UNIQUE, but rules {', '.join(rules)} all hold.")
    if table.policy == "ANY" and not all(equal(row, hits[0][1]) for _, row in hits):
        raise DecisionFailed(f"{decision} is ANY, but rules {', '.join(rules)} differ.")
    if table.policy in _RANKED:
        hits = sorted(hits, key=lambda hit: [_rank(out, hit[1][out.name]) for out in table.outputs])
    if table.policy not in _LISTS:
        return Outcome(hits[0][1], (hits[0][0],))
    fired = tuple(rule for rule, _ in hits)
    columns = {out.name: [row[out.name] for _, row in hits] for out in table.outputs}
    if table.aggregation is None:
        return Outcome(columns, fired)
    return Outcome({name: _joined(decision, table.aggregation, column) for name, column in columns.items()}, fired)


def _without_hits(table: Table, scope: Mapping[str, Any], functions: Functions | None) -> dict[str, Any]:
    """The defaults; without them nothing, which is an empty list where lists are given and 0 where hits are counted."""
    nothing: Any = None
    if table.aggregation == "COUNT":
        nothing = count([])
    elif table.policy in _LISTS and table.aggregation is None:
        nothing = []
    return {out.name: nothing if out.default is None else out.default(scope, functions) for out in table.outputs}


def _joined(decision: str, aggregation: str, column: list[Any]) -> Any:
    joined = _AGGREGATIONS[aggregation](column)
    if joined is None:
        raise DecisionFailed(f"{decision}: {aggregation} needs values of one kind, none of them null.")
    return joined


def _rank(output: Output, value: Any) -> int:
    """The place of a value among the listed ones; behind them all if it is not listed."""
    places = (place for place, listed in enumerate(output.ranked) if equal(listed, value))
    return next(places, len(output.ranked))


# -- reading


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
    """Reads one file; collects its problems instead of stopping at the first."""

    def __init__(self, functions: tuple[str, ...]) -> None:
        self.functions = functions
        self.problems: list[DecisionProblem] = []
        self.done: dict[str, Decision] = {}
        self.nodes: dict[str, etree._Element] = {}
        self.open: set[str] = set()
        self.failed: set[str] = set()

    def add(self, element: str | None, code: str, text: str) -> None:
        self.problems.append(DecisionProblem(element, code, text))

    def read(self, xml: bytes) -> dict[str, Decision]:
        root = self.parse(xml)
        if root is None:
            return {}
        self.check_ids(root)
        for node in _children(root, "import"):
            self.add(node.get("id"), "unsupported", "Imports are not supported: put the decisions into one file.")
        for node in _children(root, "decision"):
            key = node.get("id")
            if key:
                self.nodes.setdefault(key, node)
            else:
                self.add(None, "no_id", f"Give the decision {node.get('name') or ''} an id.")
        if not self.nodes:
            self.add(None, "no_decision", "The file holds no decision.")
        elif len(self.nodes) > MOST_DECISIONS:
            self.add(None, "too_many", f"The file holds more than {MOST_DECISIONS} decisions.")
            return {}
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
        except (etree.XMLSyntaxError, ValueError) as error:
            self.add(None, "not_xml", f"The file is not well-formed XML: {getattr(error, 'msg', error)}.")
            return None
        if root.getroottree().docinfo.internalDTD is not None:
            self.add(None, "doctype", "The file has a DOCTYPE: remove it.")
            return None
        name = etree.QName(root)
        if name.localname != "definitions" or not (name.namespace or "").startswith(_NAMESPACES):
            self.add(None, "not_dmn", "The file is not DMN: its root is not a DMN definitions element.")
            return None
        return root

    def check_ids(self, root: etree._Element) -> None:
        seen: set[str] = set()
        for node in root.iter("{*}decision", "{*}rule", "{*}input", "{*}output"):
            key = node.get("id")
            if key and key in seen:
                self.add(key, "same_id", "Two elements have this id.")
            seen.add(key or "")

    def decision(self, key: str) -> Decision | None:
        """Read a decision and what it requires; None if there is a problem, which is noted."""
        if key in self.open:
            self.add(key, "circle", "The decision requires itself.")
            return None
        if key in self.done or key in self.failed:
            return self.done.get(key)
        self.open.add(key)
        node = self.nodes[key]
        required = self.required(key, node)
        variable = next((one.get("name") or "" for one in _children(node, "variable")), "") or key
        logic = self.logic(key, node)
        self.open.discard(key)
        if logic is None or required is None:
            self.failed.add(key)
            return None
        chain = tuple(dict.fromkeys(each for one in required for each in (*one.chain, one)))
        names = _names_of(logic) - {name for one in required for name in (*one.outputs, one.variable)}
        names = names.union(*(one.names for one in required))
        self.done[key] = Decision(key, node.get("name") or key, variable, logic, required, chain, names)
        return self.done[key]

    def required(self, key: str, node: etree._Element) -> tuple[Decision, ...] | None:
        found: dict[str, Decision | None] = {}
        for need in _children(node, "informationRequirement"):
            for one in _children(need, "requiredDecision"):
                name = one.get("href", "").removeprefix("#")
                if name in self.nodes:
                    found[name] = self.decision(name)
                else:
                    self.add(key, "unknown_decision", f"The required decision {name} is not in the file.")
                    found[name] = None
        for _ in _children(node, "knowledgeRequirement"):
            self.add(key, "unsupported", "Business knowledge models are not supported.")
        complete = tuple(one for one in found.values() if one is not None)
        return complete if len(complete) == len(found) else None

    def logic(self, key: str, node: etree._Element) -> Table | Expression | None:
        for table in _children(node, "decisionTable"):
            return self.table(key, table)
        for literal in _children(node, "literalExpression"):
            return self.expression(literal.get("id") or key, literal)
        self.add(key, "unsupported", "Give the decision a decision table or a literal expression.")
        return None

    def table(self, key: str, node: etree._Element) -> Table | None:
        before = len(self.problems)
        policy = node.get("hitPolicy", "UNIQUE")
        aggregation = node.get("aggregation")
        if policy not in POLICIES or (aggregation is not None and aggregation not in _AGGREGATIONS):
            self.add(key, "unsupported", f"The hit policy {policy} {aggregation or ''} is not known.")
        elif aggregation is not None and policy != "COLLECT":
            self.add(key, "unsupported", f"Only COLLECT can have an aggregation, {policy} can't.")
        inputs = [self.input(key, one) for one in _children(node, "input")]
        columns = _children(node, "output")
        outputs = [self.output(key, one, alone=len(columns) == 1) for one in columns]
        rules = [self.rule(key, one, len(inputs), len(outputs)) for one in _children(node, "rule")]
        if not outputs or not rules:
            self.add(key, "empty", "The table needs an output and a rule.")
        if len({one.name for one in outputs}) < len(outputs):
            self.add(key, "same_name", "Give each output a name of its own.")
        if policy in _RANKED and not any(one.ranked for one in outputs):
            self.add(key, "no_ranks", f"{policy} needs an output with its values listed, best first.")
        if len(self.problems) > before:
            return None
        return Table(policy, aggregation, tuple(inputs), tuple(outputs), tuple(rules))  # type: ignore[arg-type]

    def input(self, key: str, node: etree._Element) -> Expression | None:
        for expression in _children(node, "inputExpression"):
            return self.expression(node.get("id") or key, expression)
        self.add(node.get("id") or key, "empty", "Give the input an expression.")
        return None

    def output(self, key: str, node: etree._Element, *, alone: bool) -> Output:
        element = node.get("id") or key
        name = node.get("name") or (key if alone else "")
        if not name:
            self.add(element, "no_name", "Give the output a name: the table has several.")
        default = None
        for entry in _children(node, "defaultOutputEntry"):
            default = self.expression(element, entry)
        ranked: tuple[Any, ...] = ()
        for values in _children(node, "outputValues"):
            if _text(values):
                ranked = self.listed(element, _text(values))
        return Output(name, default, ranked)

    def listed(self, element: str, text: str) -> tuple[Any, ...]:
        """Read listed values, which must be literals."""
        listed = self.compiled(element, f"[{text}]", feel.compile)
        if listed is None or listed.names:
            if listed is not None:
                self.add(element, "expression", f"{text}: list plain values.")
            return ()
        try:
            return tuple(listed({}))
        except FeelError as error:
            self.add(element, "expression", f"{text}: {error}")
            return ()

    def rule(self, key: str, node: etree._Element, inputs: int, outputs: int) -> Rule | None:
        rule = node.get("id") or ""
        if not rule:
            self.add(key, "no_id", "Give each rule an id: the audit names the rules that fired.")
        tests = [
            self.compiled(one.get("id") or rule or key, _text(one), feel.compile_unary, one)
            for one in _children(node, "inputEntry")
        ]
        cells = [
            self.compiled(one.get("id") or rule or key, _text(one) or "null", feel.compile, one)
            for one in _children(node, "outputEntry")
        ]
        if len(tests) != inputs or len(cells) != outputs:
            self.add(rule or key, "cells", "The rule has not as many cells as the table has columns.")
            return None
        return Rule(rule, tuple(tests), tuple(cells))  # type: ignore[arg-type]

    def expression(self, element: str, node: etree._Element) -> Expression | None:
        return self.compiled(element, _text(node), feel.compile, node)

    def compiled(
        self, element: str, text: str, compile_: Callable[..., Any], node: etree._Element | None = None
    ) -> Any:
        """Compile a text; note the problem and return None if that fails, or if it is in another language."""
        language = "" if node is None else node.get("expressionLanguage", "")
        if language and "feel" not in language.casefold():
            self.add(element, "language", f"The expression language {language} is not supported: use FEEL.")
            return None
        try:
            return compile_(text, functions=self.functions)
        except FeelError as error:
            self.add(element, "expression", f"{text}: {error}")
            return None


def _names_of(logic: Table | Expression) -> frozenset[str]:
    if isinstance(logic, Expression):
        return logic.names
    cells: Iterator[Any] = (cell for rule in logic.rules for cell in (*rule.tests, *rule.outputs))
    defaults = (one.default for one in logic.outputs if one.default is not None)
    return frozenset().union(*(part.names for part in (*logic.inputs, *cells, *defaults)))


def _children(node: etree._Element, name: str) -> list[etree._Element]:
    return [one for one in node if isinstance(one.tag, str) and etree.QName(one).localname == name]


def _text(node: etree._Element) -> str:
    return next(((one.text or "").strip() for one in _children(node, "text")), "")
