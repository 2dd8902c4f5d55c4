"""
Turn parsed FEEL into closures, once; an evaluation then only calls them.

Every loop and every function that touches many elements takes steps from the evaluation's budget; without a
loop an expression can't do more steps than it has parts. It looks at nothing but the context's own entries:
no attributes, no globals, no builtins of Python.

Source: semantics of DMN 1.5 §10.3.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.feel import nodes
from engine.feel.arithmetic import ARITHMETIC, negated
from engine.feel.comparing import both, compared
from engine.feel.frame import Frame, Run
from engine.feel.loops import NotIterable, Steps, at_index, rounds
from engine.feel.testing import Testing
from engine.feel.types import is_instance
from engine.feel.values import COMPARE, KINDS, Range, adopt


@dataclass(frozen=True, slots=True)
class Program:
    """
    A translated expression.

    Attributes:
        run: evaluates it.
        slots: how many local variables a frame needs.
        names: variables that may be read.
        filter_names: those of them that are read inside filters only, where they may be members of the elements.
    """

    run: Run
    slots: int
    names: frozenset[str]
    filter_names: frozenset[str]


class Translator(Testing):
    """
    Translates one expression; good for one call of `program`.
    """

    def program(self, root: nodes.Node) -> Program:
        """
        Translate.

        Raises:
            FeelError: a function is called with arguments that it does not take.
        """
        run = self._run(root)
        names = frozenset(self._names | self._filter_names)
        return Program(run, self._slots, names, names - self._names)

    def _run(self, node: nodes.Node) -> Run:
        self._size += 1
        return self._TRANSLATIONS[type(node)](self, node)

    # -- values

    def _literal(self, node: nodes.Literal) -> Run:
        value = node.value
        return lambda frame: value

    def _span(self, node: nodes.Span) -> Run:
        low, high = self._run(node.low), self._run(node.high)
        return lambda frame: Steps(low(frame), high(frame))

    def _filter(self, node: nodes.Filter) -> Run:
        base = self._run(node.base)
        slot = self._bind(None)
        condition, cost = self._sized(node.condition)
        self._release(1)

        def filter_(frame: Frame) -> object:
            value = base(frame)
            items = value if type(value) is list else [] if value is None else [value]
            slots = frame.slots
            kept = []
            slots[slot] = None
            for item in items or (None,):
                frame.spend(cost)
                slots[slot] = item if type(item) in KINDS else adopt(item)
                holds = condition(frame)
                if holds is True and items:
                    kept.append(item)
                elif type(holds) in (Decimal, int):
                    return at_index(items, holds)
            return kept

        return filter_

    def _list(self, node: nodes.ListOf) -> Run:
        items = [self._run(item) for item in node.items]
        return lambda frame: [item(frame) for item in items]

    def _context(self, node: nodes.ContextOf) -> Run:
        entries = []
        for key, value in node.entries:
            run = self._run(value)
            entries.append((key, run, self._bind(key)))
        self._release(len(entries))

        def context(frame: Frame) -> object:
            built = {}
            for key, run, slot in entries:
                built[key] = frame.slots[slot] = run(frame)
            return built

        return context

    def _interval(self, node: nodes.Interval) -> Run:
        low_closed, high_closed = node.low_closed, node.high_closed
        low, high = self._run(node.low), self._run(node.high)

        def interval(frame: Frame) -> object:
            from_, to = low(frame), high(frame)
            if from_ is None or to is None or COMPARE["<="](from_, to) is None:
                return None
            return Range(from_, to, low_closed, high_closed)

        return interval

    def _half_open(self, node: nodes.HalfOpen) -> Run:
        end, operator = self._run(node.end), node.operator
        closed = operator in ("=", "<=", ">=")

        def half_open(frame: Frame) -> object:
            value = end(frame)
            if COMPARE["<="](value, value) is None:
                return None
            if operator == "=":
                return Range(value, value, True, True)
            if operator in ("<", "<="):
                return Range(None, value, False, closed)
            return Range(value, None, closed, False)

        return half_open

    # -- operators

    def _negation(self, node: nodes.Negation) -> Run:
        operand = self._run(node.operand)
        return lambda frame: negated(operand(frame))

    def _arithmetic(self, node: nodes.Arithmetic) -> Run:
        first = self._run(node.first)
        rest = [(ARITHMETIC[operator], self._run(operand)) for operator, operand in node.rest]
        if len(rest) == 1:
            operate, second = rest[0]
            return lambda frame: operate(first(frame), second(frame))

        def arithmetic(frame: Frame) -> object:
            value = first(frame)
            for operate, operand in rest:
                value = operate(value, operand(frame))
            return value

        return arithmetic

    def _comparison(self, node: nodes.Comparison) -> Run:
        left, right = self._run(node.left), self._run(node.right)
        return compared(node.operator, left, right)

    def _logic(self, node: nodes.Logic) -> Run:
        operands = [self._run(operand) for operand in node.operands]
        decisive = node.operator == "or"  # the value of one operand that settles the whole

        def logic(frame: Frame) -> object:
            known = True
            for operand in operands:
                value = operand(frame)
                if value is decisive:
                    return decisive
                if type(value) is not bool:
                    known = False
            return (not decisive) if known else None

        return logic

    def _between(self, node: nodes.Between) -> Run:
        value, low, high = self._run(node.value), self._run(node.low), self._run(node.high)
        below, above = COMPARE["<="], COMPARE[">="]

        def between(frame: Frame) -> object:
            tested = value(frame)
            return both(above(tested, low(frame)), below(tested, high(frame)))

        return between

    def _instance_of(self, node: nodes.InstanceOf) -> Run:
        value, type_ = self._run(node.value), node.type
        return lambda frame: is_instance(value(frame), type_, frame.spend)

    # -- control

    def _if(self, node: nodes.If) -> Run:
        condition, yes, no = self._run(node.condition), self._run(node.yes), self._run(node.no)
        return lambda frame: yes(frame) if condition(frame) is True else no(frame)

    def _iterators(self, iterators: tuple[tuple[str, nodes.Node], ...]) -> list[tuple[Run, int]]:
        bound = []
        for name, domain in iterators:
            run = self._run(domain)
            bound.append((run, self._bind(name)))
        return bound

    def _for(self, node: nodes.For) -> Run:
        bound = self._iterators(node.iterators)
        so_far = self._bind("partial")
        body, cost = self._sized(node.body)
        self._release(len(bound) + 1)
        reads_so_far = so_far in self._read

        def for_(frame: Frame) -> object:
            collected: list[object] = []
            try:
                for _ in rounds(frame, bound, 0):
                    frame.spend(cost)
                    if reads_so_far:
                        frame.spend(len(collected))
                        frame.slots[so_far] = collected[:]
                    collected.append(body(frame))
            except NotIterable:
                return None
            return collected

        return for_

    def _quantified(self, node: nodes.Quantified) -> Run:
        bound = self._iterators(node.iterators)
        body, cost = self._sized(node.body)
        self._release(len(bound))
        decisive = not node.every

        def quantified(frame: Frame) -> object:
            known = True
            try:
                for _ in rounds(frame, bound, 0):
                    frame.spend(cost)
                    value = body(frame)
                    if value is decisive:
                        return decisive
                    if type(value) is not bool:
                        known = False
            except NotIterable:
                return None
            return (not decisive) if known else None

        return quantified

    _TRANSLATIONS = {
        nodes.Literal: _literal,
        nodes.Name: Testing._name,
        nodes.Path: Testing._path,
        nodes.Filter: _filter,
        nodes.Call: Testing._call,
        nodes.CallOf: Testing._call_of,
        nodes.FunctionOf: Testing._function,
        nodes.Negation: _negation,
        nodes.Arithmetic: _arithmetic,
        nodes.Comparison: _comparison,
        nodes.Logic: _logic,
        nodes.Between: _between,
        nodes.In: Testing._in,
        nodes.InstanceOf: _instance_of,
        nodes.Interval: _interval,
        nodes.HalfOpen: _half_open,
        nodes.Span: _span,
        nodes.ListOf: _list,
        nodes.ContextOf: _context,
        nodes.If: _if,
        nodes.For: _for,
        nodes.Quantified: _quantified,
        nodes.Tests: Testing._tests,
    }
