"""
Turn parsed FEEL into closures, once; an evaluation then only calls them.

Every loop and every function that touches many elements takes steps from the evaluation's budget; without a loop an
expression can't do more steps than it has parts. It looks at nothing but the context's own entries: no attributes, no
globals, no builtins of Python.

Source: semantics of DMN 1.3 §10.3.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from engine.feel import limits, nodes, temporal
from engine.feel.builtins import BUILTINS, arranged
from engine.feel.errors import FeelError, error_at
from engine.feel.members import member_of
from engine.feel.values import (
    COMPARE,
    CONTEXT,
    KINDS,
    Range,
    YearsMonths,
    adopt,
    check_size,
    equal,
    is_whole,
    kind_of,
)

HostFunctions = Mapping[str, Callable[..., object]]


class Frame:
    """
    One evaluation: the context, the host's functions, the local variables, the steps that are left.
    """

    __slots__ = ("context", "functions", "left", "slots")

    def __init__(self, context: Mapping[str, object], functions: HostFunctions, slots: int) -> None:
        self.context = context
        self.functions = functions
        self.slots: list[object] = [None] * slots
        self.left = limits.STEPS

    def spend(self, steps: int) -> None:
        """
        Take steps from the budget.

        Raises:
            FeelError: too_many_steps.
        """
        self.left -= steps
        if self.left < 0:
            raise FeelError("too_many_steps", limit=limits.STEPS)


Run = Callable[[Frame], object]


@dataclass(frozen=True, slots=True)
class Program:
    """
    A translated expression.

    Attributes:
        run: evaluates it.
        slots: how many local variables a frame needs.
        names: variables read for certain.
        filter_names: names read inside a filter, that are either a member of the filtered elements or a variable.
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
        return Program(run, self._slots, frozenset(self._names), frozenset(self._filter_names))

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
                elif type(holds) in _NUMBERS:
                    return _at_index(items, holds)
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
        return lambda frame: _negated(operand(frame))

    def _arithmetic(self, node: nodes.Arithmetic) -> Run:
        first = self._run(node.first)
        rest = [(_ARITHMETIC[operator], self._run(operand)) for operator, operand in node.rest]
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
        return _compared(node.operator, left, right)

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
            return _both(above(tested, low(frame)), below(tested, high(frame)))

        return between

    def _in(self, node: nodes.In) -> Run:
        value = self._run(node.value)
        slot = self._bind("?")
        tests = [self._test_of(test, slot) for test in node.tests]
        self._bindings.pop()

        def in_(frame: Frame) -> object:
            frame.slots[slot] = value(frame)
            return _any(test(frame) for test in tests)

        return in_

    def _test_of(self, node: nodes.Node, slot: int) -> Run:
        """Translate one positive unary test of the value in `slot`."""
        if isinstance(node, nodes.Test):
            return _compared(node.operator, _slot(slot), self._run(node.operand))
        run = self._run(node)
        if _asks(node):
            return lambda frame: run(frame) is True
        return lambda frame: _meets(frame.slots[slot], run(frame), frame)

    def _tests(self, node: nodes.Tests) -> Run:
        slot = self._bind("?")
        tests = [self._test_of(test, slot) for test in node.tests]
        negated = node.negated

        def cell(frame: Frame) -> object:
            frame.slots[slot] = adopt(frame.context["?"])
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
                for _ in _rounds(frame, bound, 0):
                    frame.spend(cost)
                    collected.append(body(frame))
            except _NotIterable:
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
                for _ in _rounds(frame, bound, 0):
                    frame.spend(cost)
                    value = body(frame)
                    if value is decisive:
                        return decisive
                    if type(value) is not bool:
                        known = False
            except _NotIterable:
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
        if len(arguments) == 1:
            only = arguments[0]
            return lambda frame: call(frame.spend, [only(frame)])
        return lambda frame: call(frame.spend, [argument(frame) for argument in arguments])

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


_NUMBERS = (Decimal, int)


class _NotIterable(Exception):
    """A loop over a range without whole numbers or dates: the loop's value is null."""


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


# -- loops


def _rounds(frame: Frame, bound: list[tuple[Run, int]], at: int) -> Iterator[None]:
    """Set the loop's variables to each combination, the last one fastest."""
    domain, slot = bound[at]
    for item in _items(domain(frame)):
        frame.spend(1)
        frame.slots[slot] = adopt(item)
        if at + 1 == len(bound):
            yield
        else:
            yield from _rounds(frame, bound, at + 1)


def _items(value: object) -> Iterator[object]:
    if type(value) is list:
        return iter(value)
    if isinstance(value, Range):
        return _range_items(value)
    return iter(() if value is None else (value,))


def _range_items(value: Range) -> Iterator[object]:
    low, high = value.low, value.high
    if type(low) is date and type(high) is date:
        step: object = timedelta(days=-1 if high < low else 1)
    elif type(low) in _NUMBERS and type(high) in _NUMBERS and is_whole(low) and is_whole(high):
        step = -1 if high < low else 1
        low, high = Decimal(low), Decimal(high)
    else:
        raise _NotIterable
    return _steps(low, high, step, value)


def _steps(low: object, high: object, step: object, ends: Range) -> Iterator[object]:
    here = low
    while True:
        if (here != low or ends.low_closed) and (here != high or ends.high_closed):
            yield here
        if here == high:
            return
        here = here + step


def _at_index(items: list[object], index: object) -> object:
    if not is_whole(index) or not 1 <= abs(index) <= len(items):
        return None
    return adopt(items[int(index) - 1 if index > 0 else int(index)])


# -- tests


def _compared(operator: str, left: Run, right: Run) -> Run:
    if operator == "=":
        return lambda frame: _same(left(frame), right(frame), frame)
    if operator == "!=":
        return lambda frame: _inverted(_same(left(frame), right(frame), frame))
    compare = COMPARE[operator]
    return lambda frame: compare(left(frame), right(frame))


def _same(left: object, right: object, frame: Frame) -> bool | None:
    if type(left) is str and type(right) is str:
        return left == right
    return equal(left, right, frame.spend)


def _inverted(value: bool | None) -> bool | None:
    return None if value is None else not value


def _both(left: bool | None, right: bool | None) -> bool | None:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _any(results: Iterator[bool | None]) -> bool | None:
    known = True
    for result in results:
        if result is True:
            return True
        known = known and result is not None
    return False if known else None


def _meets(value: object, test: object, frame: Frame) -> bool | None:
    """Tell whether the value is what a test evaluated to, or is among or inside it."""
    if isinstance(test, Range):
        return test.includes(value)
    if type(test) is not list:
        return equal(value, test, frame.spend)
    frame.spend(len(test))
    if type(value) is list and equal(value, test, frame.spend) is True:
        return True
    return any(
        (item.includes(value) if isinstance(item, Range) else equal(value, adopt(item), frame.spend)) is True
        for item in test
    )


_BOOLEAN_NODES = (nodes.Comparison, nodes.Logic, nodes.Between, nodes.In, nodes.InstanceOf, nodes.Quantified)


def _asks(node: nodes.Node) -> bool:
    """Tell whether a test is a question of its own, with ? or an operator, and not a value to compare with."""
    return isinstance(node, _BOOLEAN_NODES) or _holds_question_mark(node)


def _holds_question_mark(node: object) -> bool:
    if isinstance(node, nodes.Name):
        return node.name == "?"
    if isinstance(node, tuple):
        return any(_holds_question_mark(part) for part in node)
    if isinstance(node, nodes.Node):
        return any(_holds_question_mark(getattr(node, field)) for field in node.__dataclass_fields__)
    return False


# -- arithmetic


def _negated(value: object) -> object:
    if type(value) in _NUMBERS:
        return CONTEXT.minus(Decimal(value))
    if type(value) is timedelta:
        return -value
    return YearsMonths(-value.months) if type(value) is YearsMonths else None


def _number_or_none(result: Decimal) -> Decimal | None:
    return result if result.is_finite() else None


def _added(left: object, right: object) -> object:
    if type(left) in _NUMBERS and type(right) in _NUMBERS:
        return _number_or_none(CONTEXT.add(left, right))
    if type(left) is str and type(right) is str:
        check_size(len(left) + len(right))
        return left + right
    if type(right) in _DURATIONS:
        return temporal.add(left, right)
    return temporal.add(right, left) if type(left) in _DURATIONS else None


def _subtracted(left: object, right: object) -> object:
    if type(left) in _NUMBERS and type(right) in _NUMBERS:
        return _number_or_none(CONTEXT.subtract(left, right))
    if type(right) in _DURATIONS:
        return temporal.add(left, _negated(right))
    return temporal.subtract(left, right)


def _multiplied(left: object, right: object) -> object:
    if type(left) in _NUMBERS:
        if type(right) in _NUMBERS:
            return _number_or_none(CONTEXT.multiply(left, right))
        left, right = right, left
    return _scaled(left, right, CONTEXT.multiply) if type(right) in _NUMBERS else None


def _divided(left: object, right: object) -> object:
    if type(left) in _NUMBERS and type(right) in _NUMBERS:
        return _number_or_none(CONTEXT.divide(left, right))
    if type(left) is type(right) and type(left) in _DURATIONS:
        return _number_or_none(CONTEXT.divide(_length(left), _length(right)))
    return _scaled(left, right, CONTEXT.divide) if type(right) in _NUMBERS else None


def _powered(left: object, right: object) -> object:
    if type(left) in _NUMBERS and type(right) in _NUMBERS:
        return _number_or_none(CONTEXT.power(left, right))
    return None


def _length(duration: object) -> Decimal:
    return Decimal(duration.months) if type(duration) is YearsMonths else temporal.seconds_of(duration)


def _scaled(duration: object, factor: object, operate: Callable[[Decimal, object], Decimal]) -> object:
    if type(duration) not in _DURATIONS:
        return None
    length = operate(_length(duration), factor)
    if not length.is_finite():
        return None
    if type(duration) is timedelta:
        return temporal.of_seconds(length)
    return YearsMonths(int(length)) if length.adjusted() < 12 else None


_DURATIONS = (timedelta, YearsMonths)
_ARITHMETIC = {"+": _added, "-": _subtracted, "*": _multiplied, "/": _divided, "**": _powered}
