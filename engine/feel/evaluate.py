"""
Turn parsed FEEL into closures, once; an evaluation then only calls them.

Every loop and every function that touches many elements takes steps from the evaluation's budget; without a
loop an expression can't do more steps than it has parts. It looks at nothing but the context's own entries:
no attributes, no globals, no builtins of Python.

Source: semantics of DMN 1.3 §10.3.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.feel import nodes
from engine.feel.arithmetic import ARITHMETIC, negated
from engine.feel.builtins import BUILTINS, PATTERN_PARAMETERS, arranged
from engine.feel.comparing import any_of, asks, both, compared, meets
from engine.feel.errors import FeelError, error_at
from engine.feel.frame import Frame, Run
from engine.feel.loops import NotIterable, at_index, rounds
from engine.feel.members import member_of
from engine.feel.patterns import pattern_problem
from engine.feel.values import COMPARE, KINDS, Range, adopt, kind_of


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


@dataclass(frozen=True, slots=True)
class _Binding:
    """A local variable, or the element of a filter if `name` is None."""

    name: str | None
    slot: int


class Translator:
    """
    Translates one expression; good for one call of `program`.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._bindings: list[_Binding] = []
        self._slots = 0
        self._size = 0
        self._names: set[str] = set()
        self._filter_names: set[str] = set()

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

    def _sized(self, node: nodes.Node) -> tuple[Run, int]:
        """Translate the body of a loop; return it with the steps that one round costs."""
        before = self._size
        run = self._run(node)
        return run, self._size - before + 1

    def _bind(self, name: str | None) -> int:
        self._bindings.append(_Binding(name, self._slots))
        self._slots += 1
        return self._slots - 1

    # -- values

    def _literal(self, node: nodes.Literal) -> Run:
        value = node.value
        return lambda frame: value

    def _name(self, node: nodes.Name) -> Run:
        name = node.name
        elements: list[int] = []  # filters, from the innermost, whose element may have a member of this name
        for binding in reversed(self._bindings):
            if binding.name == name:
                return _member_or(elements, name, _slot(binding.slot))
            if binding.name is None:
                elements.append(binding.slot)
        if elements and name == "item":
            return _member_or(elements[:1], name, _slot(elements[0]))
        (self._filter_names if elements else self._names).add(name)
        return _member_or(elements, name, _variable(name))

    def _path(self, node: nodes.Path) -> Run:
        base, member = self._run(node.base), node.member

        def path(frame: Frame) -> object:
            value = base(frame)
            if type(value) is dict:
                found = value.get(member)
                return found if type(found) in KINDS else adopt(found)
            if type(value) is list:
                frame.spend(len(value))
                return [member_of(item, member) for item in value]
            return member_of(value, member)

        return path

    def _filter(self, node: nodes.Filter) -> Run:
        base = self._run(node.base)
        slot = self._bind(None)
        condition, cost = self._sized(node.condition)
        self._bindings.pop()

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
        del self._bindings[len(self._bindings) - len(entries) :]

        def context(frame: Frame) -> object:
            built = {}
            for key, run, slot in entries:
                built[key] = frame.slots[slot] = run(frame)
            return built

        return context

    def _interval(self, node: nodes.Interval) -> Run:
        low, high = self._run(node.low), self._run(node.high)
        low_closed, high_closed = node.low_closed, node.high_closed

        def interval(frame: Frame) -> object:
            from_, to = low(frame), high(frame)
            if from_ is None or to is None or kind_of(from_) != kind_of(to):
                return None
            return Range(from_, to, low_closed, high_closed)

        return interval

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

    def _in(self, node: nodes.In) -> Run:
        value = self._run(node.value)
        slot = self._bind("?")
        tests = [self._test_of(test, slot) for test in node.tests]
        self._bindings.pop()

        def in_(frame: Frame) -> object:
            frame.slots[slot] = value(frame)
            return any_of(test(frame) for test in tests)

        return in_

    def _test_of(self, node: nodes.Node, slot: int) -> Run:
        """Translate one positive unary test of the value in `slot`."""
        if isinstance(node, nodes.Test):
            return compared(node.operator, _slot(slot), self._run(node.operand))
        run = self._run(node)
        if asks(node):
            return lambda frame: run(frame) is True
        return lambda frame: meets(frame.slots[slot], run(frame), frame)

    def _tests(self, node: nodes.Tests) -> Run:
        slot = self._bind("?")
        tests = [self._test_of(test, slot) for test in node.tests]
        negated = node.negated

        def cell(frame: Frame) -> object:
            frame.slots[slot] = adopt(frame.tested)
            if not tests:
                return True
            return any(test(frame) is True for test in tests) is not negated

        return cell

    def _instance_of(self, node: nodes.InstanceOf) -> Run:
        value, type_ = self._run(node.value), node.type
        if type_ == "any":
            return lambda frame: value(frame) is not None
        return lambda frame: kind_of(value(frame)) == type_

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
        body, cost = self._sized(node.body)
        del self._bindings[len(self._bindings) - len(bound) :]

        def for_(frame: Frame) -> object:
            collected: list[object] = []
            try:
                for _ in rounds(frame, bound, 0):
                    frame.spend(cost)
                    collected.append(body(frame))
            except NotIterable:
                return None
            return collected

        return for_

    def _quantified(self, node: nodes.Quantified) -> Run:
        bound = self._iterators(node.iterators)
        body, cost = self._sized(node.body)
        del self._bindings[len(self._bindings) - len(bound) :]
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

    # -- calls

    def _call(self, node: nodes.Call) -> Run:
        if node.function == "is defined":
            return self._is_defined(node)
        arguments = [self._run(argument) for argument in node.arguments]
        builtin = BUILTINS.get(node.function)
        if builtin is None:
            return self._host_call(node, arguments)
        call = arranged(builtin, len(arguments), node.keywords)
        if call is None:
            raise error_at(
                "wrong_arguments",
                self._text,
                node.at,
                found=f"«{node.function}»",
                expected=builtin.usage,
            )
        self._check_pattern(node)
        if len(arguments) == 1:
            only = arguments[0]
            return lambda frame: call(frame.spend, [only(frame)])
        return lambda frame: call(frame.spend, [argument(frame) for argument in arguments])

    def _check_pattern(self, node: nodes.Call) -> None:
        """Refuse a bad pattern that stands in the text; one that comes with the data makes the call null."""
        parameter = PATTERN_PARAMETERS.get(node.function)
        if parameter is None:
            return
        given = dict(zip(node.keywords or (None, parameter), node.arguments, strict=False))
        pattern = given.get(parameter)
        if isinstance(pattern, nodes.Literal) and isinstance(pattern.value, str):
            problem = pattern_problem(pattern.value, "")
            if problem:
                raise error_at("bad_pattern", self._text, pattern.at, found=ascii(pattern.value), reason=problem)

    def _host_call(self, node: nodes.Call, arguments: list[Run]) -> Run:
        name = node.function
        keywords = [keyword.replace(" ", "_") for keyword in node.keywords]

        def call(frame: Frame) -> object:
            function = frame.functions.get(name)
            if function is None:
                raise FeelError("function_missing", found=f"«{name}»")
            values = [argument(frame) for argument in arguments]
            if keywords:
                return adopt(function(**dict(zip(keywords, values, strict=True))))
            return adopt(function(*values))

        return call

    def _is_defined(self, node: nodes.Call) -> Run:
        if len(node.arguments) != 1:
            raise error_at("wrong_arguments", self._text, node.at, found="«is defined»", expected="value")
        value = node.arguments[0]
        if isinstance(value, nodes.Path):
            return _member_is_defined(self._run(value.base), value.member)
        run = self._run(value)
        if isinstance(value, nodes.Name) and not any(b.name in (value.name, None) for b in self._bindings):
            name = value.name
            return lambda frame: name in frame.context
        return lambda frame: run(frame) is not None

    _TRANSLATIONS = {
        nodes.Literal: _literal,
        nodes.Name: _name,
        nodes.Path: _path,
        nodes.Filter: _filter,
        nodes.Call: _call,
        nodes.Negation: _negation,
        nodes.Arithmetic: _arithmetic,
        nodes.Comparison: _comparison,
        nodes.Logic: _logic,
        nodes.Between: _between,
        nodes.In: _in,
        nodes.InstanceOf: _instance_of,
        nodes.Interval: _interval,
        nodes.ListOf: _list,
        nodes.ContextOf: _context,
        nodes.If: _if,
        nodes.For: _for,
        nodes.Quantified: _quantified,
        nodes.Tests: _tests,
    }


# -- names


def _variable(name: str) -> Run:
    def variable(frame: Frame) -> object:
        value = frame.context.get(name)
        return value if type(value) in KINDS else adopt(value)

    return variable


def _slot(slot: int) -> Run:
    return lambda frame: frame.slots[slot]


def _member_or(elements: list[int], name: str, otherwise: Run) -> Run:
    """Read `name` from the first filtered element that has it, else as `otherwise` says."""
    if not elements:
        return otherwise

    def member_or(frame: Frame) -> object:
        for slot in elements:
            element = frame.slots[slot]
            if type(element) is dict and name in element:
                return adopt(element[name])
        return otherwise(frame)

    return member_or


def _member_is_defined(base: Run, member: str) -> Run:
    def member_is_defined(frame: Frame) -> object:
        owner = base(frame)
        return member in owner if type(owner) is dict else member_of(owner, member) is not None

    return member_is_defined
