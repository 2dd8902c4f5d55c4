"""
What an expression gives, told from the shapes of what it reads; and comparisons inside it that can never be true.

It evaluates nothing. What it can't tell is `ANY`: a finding is only made where both sides are known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from engine.feel import nodes
from engine.feel.nodes import Node
from engine.feel.values import YearsMonths
from engine.findings import kind_words
from engine.shapes import ANY, BOOLEAN, NULL, NUMBER, TEXT, Shape, list_of, optional, record

_DAY, _MOMENT, _TIME = Shape("date"), Shape("date and time"), Shape("time")
_DURATION = Shape("duration")
#: what functions give, by name; of those that are not here nothing is said
_GIVES: Mapping[str, Shape] = {
    **dict.fromkeys(("now", "date and time"), _MOMENT),
    **dict.fromkeys(("today", "date"), _DAY),
    "time": _TIME,
    **dict.fromkeys(("duration", "years and months duration"), _DURATION),
    **dict.fromkeys(
        ("not", "contains", "starts with", "ends with", "matches", "list contains", "all", "any", "is", "is defined"),
        BOOLEAN,
    ),
    **dict.fromkeys(
        ("number", "count", "sum", "mean", "floor", "ceiling", "abs", "modulo", "string length", "decimal"),
        optional(NUMBER),
    ),
    **dict.fromkeys(
        ("string", "upper case", "lower case", "substring", "replace", "day of week", "case number"), optional(TEXT)
    ),
}
_LITERALS: Mapping[type, Shape] = {
    bool: BOOLEAN,
    int: NUMBER,
    Decimal: NUMBER,
    str: TEXT,
    date: _DAY,
    datetime: _MOMENT,
    time: _TIME,
    timedelta: _DURATION,
    YearsMonths: _DURATION,
}
#: kinds of which two different ones are never equal
_SCALARS = frozenset({"boolean", "number", "string", "date", "time", "date and time", "duration", "list", "context"})
_WITHOUT_MEMBERS = frozenset({"boolean", "number", "string"})


@dataclass(frozen=True)
class Misfit:
    """
    A comparison that can never be true, or an operation that gives nothing.
    """

    #: types_differ, date_as_text or never_value
    code: str
    left: str
    right: str

    def words(self, text: str) -> dict[str, object]:
        """
        Return what fills the finding's sentence.

        Args:
            text: the expression that it is in.
        """
        sides = {"left": self.left, "right": self.right}
        kinds = self.code == "types_differ"
        return {name: kind_words(side) if kinds else side for name, side in sides.items()} | {"text": text}


class Inference:
    """
    Reads one expression over known shapes.
    """

    def __init__(self, shapes: Mapping[str, Shape], functions: Mapping[str, Shape]) -> None:
        self._shapes = dict(shapes)
        self._functions = _GIVES | functions
        self.misfits: list[Misfit] = []

    def of(self, node: Node) -> Shape:
        """
        Return the shape of what a node gives.
        """
        find = _FINDERS.get(type(node))
        if find is None:
            for part in children(node):
                self.of(part)
            return ANY
        return find(self, node)

    def cell(self, tested: Shape, tests: nodes.Tests) -> None:
        """
        Compare the tests of a decision table's cell with what they test.
        """
        for test in tests.tests:
            operand = test.operand if isinstance(test, nodes.Test) else test
            self._test(tested, operand, equality=not isinstance(test, nodes.Test))

    def _literal(self, node: nodes.Literal) -> Shape:
        shape = _LITERALS.get(type(node.value), NULL if node.value is None else ANY)
        return replace(shape, values=(node.value,)) if shape.kind in ("string", "number", "boolean") else shape

    def _name(self, node: nodes.Name) -> Shape:
        return self._shapes.get(node.name, ANY)

    def _path(self, node: nodes.Path) -> Shape:
        base = self.of(node.base)
        if base.kind in _WITHOUT_MEMBERS:
            self.misfits.append(Misfit("no_member", node.member, "–"))
        if base.kind != "context" or not base.members:
            return ANY
        if node.member not in base.members:
            self.misfits.append(Misfit("no_member", node.member, ", ".join(sorted(base.members))))
            return ANY
        found = base.members[node.member]
        return optional(found) if base.optional else found

    def _call(self, node: nodes.Call) -> Shape:
        for argument in node.arguments:
            self.of(argument)
        return self._functions.get(node.function, ANY)

    def _negation(self, node: nodes.Negation) -> Shape:
        return replace(self.of(node.operand), values=())

    def _arithmetic(self, node: nodes.Arithmetic) -> Shape:
        shapes = [self.of(node.first), *(self.of(operand) for _, operand in node.rest)]
        kinds = {shape.kind for shape in shapes}
        if len(kinds) == 1 and kinds <= {"number", "string"}:
            return Shape(kinds.pop(), any(shape.optional for shape in shapes))
        if len(shapes) == 2 and {"number", "string"} <= kinds:
            self._differ(shapes[0], shapes[1])
        if shapes[0].kind in ("date", "date and time") and kinds <= {shapes[0].kind, "duration"}:
            return _DURATION if shapes[-1].kind == shapes[0].kind else Shape(shapes[0].kind)
        return ANY

    def _comparison(self, node: nodes.Comparison) -> Shape:
        left, right = self.of(node.left), self.of(node.right)
        self._compare(left, right, equality=node.operator in ("=", "!="))
        return BOOLEAN

    def _logic(self, node: nodes.Logic) -> Shape:
        for operand in node.operands:
            self.of(operand)
        return BOOLEAN

    def _between(self, node: nodes.Between) -> Shape:
        value = self.of(node.value)
        self._compare(value, self.of(node.low), equality=False)
        self._compare(value, self.of(node.high), equality=False)
        return BOOLEAN

    def _in(self, node: nodes.In) -> Shape:
        value = self.of(node.value)
        for test in node.tests:
            operand = test.operand if isinstance(test, nodes.Test) else test
            self._test(value, operand, equality=not isinstance(test, nodes.Test))
        return BOOLEAN

    def _if(self, node: nodes.If) -> Shape:
        self.of(node.condition)
        yes, no = self.of(node.yes), self.of(node.no)
        if "null" in (yes.kind, no.kind):
            return optional(no if yes.kind == "null" else yes)
        return yes | no

    def _list(self, node: nodes.ListOf) -> Shape:
        items = [self.of(item) for item in node.items]
        item = items[0] if items else ANY
        for other in items[1:]:
            item |= other
        return list_of(item)

    def _context(self, node: nodes.ContextOf) -> Shape:
        kept = dict(self._shapes)
        entries = {}
        for key, value in node.entries:
            entries[key] = self._shapes[key] = self.of(value)
        self._shapes = kept
        return record(**entries)

    def _function(self, node: nodes.FunctionOf) -> Shape:
        kept = dict(self._shapes)
        self._shapes |= {name: ANY for name, _ in node.parameters}
        self.of(node.body)
        self._shapes = kept
        return ANY

    def _instance(self, node: nodes.InstanceOf) -> Shape:
        self.of(node.value)
        return BOOLEAN

    def _scoped(self, node: nodes.For | nodes.Quantified) -> Shape:
        kept = dict(self._shapes)
        for name, domain in node.iterators:
            self.of(domain)
            self._shapes[name] = ANY
        body = self.of(node.body)
        self._shapes = kept
        return list_of(body) if isinstance(node, nodes.For) else BOOLEAN

    def _filter(self, node: nodes.Filter) -> Shape:
        # Inside the brackets a name may be a member of the elements: nothing is said there.
        base = self.of(node.base)
        return optional(base.item) if base.item is not None and isinstance(node.condition, nodes.Literal) else ANY

    def _test(self, tested: Shape, operand: Node, *, equality: bool) -> None:
        if isinstance(operand, nodes.Interval):
            for end in (operand.low, operand.high):
                self._compare(tested, self.of(end), equality=False)
            return
        shape = self.of(operand)
        if shape.kind != "list" and not (shape.kind == "boolean" and not isinstance(operand, nodes.Literal)):
            self._compare(tested, shape, equality=equality)

    def _compare(self, left: Shape, right: Shape, *, equality: bool) -> None:
        if left.kind != right.kind:
            if left.kind in _SCALARS and right.kind in _SCALARS:
                self._differ(left, right)
            return
        if equality and left.values and right.values and not set(left.values) & set(right.values):
            few, one = (left, right) if len(right.values) == 1 else (right, left)
            said, known = (", ".join(map(str, shape.values)) for shape in (one, few))
            self.misfits.append(Misfit("never_value", said, known))

    def _differ(self, left: Shape, right: Shape) -> None:
        dated = any(shape.written for shape in (left, right)) and {"date", "date and time"} & {left.kind, right.kind}
        self.misfits.append(Misfit("date_as_text" if dated else "types_differ", left.kind, right.kind))


_FINDERS: Mapping[type, Callable[..., Shape]] = {
    nodes.Literal: Inference._literal,
    nodes.Name: Inference._name,
    nodes.Path: Inference._path,
    nodes.Call: Inference._call,
    nodes.Negation: Inference._negation,
    nodes.Arithmetic: Inference._arithmetic,
    nodes.Comparison: Inference._comparison,
    nodes.Logic: Inference._logic,
    nodes.Between: Inference._between,
    nodes.In: Inference._in,
    nodes.If: Inference._if,
    nodes.ListOf: Inference._list,
    nodes.ContextOf: Inference._context,
    nodes.FunctionOf: Inference._function,
    nodes.InstanceOf: Inference._instance,
    nodes.For: Inference._scoped,
    nodes.Quantified: Inference._scoped,
    nodes.Filter: Inference._filter,
}


def children(node: Node) -> Iterator[Node]:
    """
    Yield the parts of a node.
    """
    for field in fields(node):
        yield from _nodes(getattr(node, field.name))


def _nodes(value: object) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _nodes(item)


def asked_for_null(node: Node) -> frozenset[str]:
    """
    Return the variables that an expression itself asks whether they are there.
    """
    found: set[str] = set()
    rest = [node]
    while rest:
        part = rest.pop()
        rest.extend(children(part))
        if isinstance(part, nodes.Comparison) and part.operator in ("=", "!="):
            sides = (part.left, part.right)
            if any(isinstance(side, nodes.Literal) and side.value is None for side in sides):
                found.update(filter(None, map(_root, sides)))
        if isinstance(part, nodes.Call) and part.function == "is defined":
            found.update(filter(None, map(_root, part.arguments)))
    return frozenset(found)


def _root(node: Node) -> str:
    while isinstance(node, nodes.Path):
        node = node.base
    return node.name if isinstance(node, nodes.Name) else ""
