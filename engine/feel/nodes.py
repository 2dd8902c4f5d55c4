"""
The parts of a parsed FEEL text: frozen values without behaviour.

Every part knows its offset in the text (`at`) and how deep it is (`depth`, 1 for a leaf), which the parser
keeps under its limit.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.feel.types import Type


@dataclass(frozen=True, slots=True)
class Node:
    """
    A part of an expression.
    """

    at: int
    depth: int


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """
    A number, string, boolean, null, or an @"…" literal.
    """

    value: object


@dataclass(frozen=True, slots=True)
class Name(Node):
    """
    A variable; `?` is the value that a cell tests.
    """

    name: str


@dataclass(frozen=True, slots=True)
class Path(Node):
    """
    `base.member`.
    """

    base: Node
    member: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """
    `base[condition]`: an index if the condition is a number.
    """

    base: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """
    `function(arguments)`; `keywords` has one name per argument, or is empty.
    """

    function: str
    arguments: tuple[Node, ...]
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallOf(Node):
    """
    `value(arguments)`, where the value that is called is not just named.
    """

    value: Node
    arguments: tuple[Node, ...]
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Negation(Node):
    """
    `-operand`.
    """

    operand: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """
    `first op operand op operand …`, operators of one precedence, from the left.
    """

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """
    `left operator right` with one of = != < <= > >=.
    """

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """
    Operands joined by `operator`, which is "and" or "or".
    """

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Between(Node):
    """
    `value between low and high`, both included.
    """

    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class In(Node):
    """
    `value in tests`.
    """

    value: Node
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    """
    `value instance of type`.
    """

    value: Node
    type: Type


@dataclass(frozen=True, slots=True)
class Interval(Node):
    """
    `[low..high]` and its open forms.
    """

    low: Node
    high: Node
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True, slots=True)
class HalfOpen(Node):
    """
    `(< end)`, `(>= end)` and so on: a range with one end, of `(= end)` with twice the same.
    """

    operator: str
    end: Node


@dataclass(frozen=True, slots=True)
class Span(Node):
    """
    `low..high` behind `in` of a loop, which may run backwards.
    """

    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """
    `[item, …]`.
    """

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextOf(Node):
    """
    `{key: value, …}`.
    """

    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class If(Node):
    """
    `if condition then yes else no`.
    """

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class For(Node):
    """
    `for name in domain, … return body`.
    """

    iterators: tuple[tuple[str, Node], ...]
    body: Node


@dataclass(frozen=True, slots=True)
class FunctionOf(Node):
    """
    `function(name: type, …) body`.
    """

    parameters: tuple[tuple[str, Type], ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """
    `some name in domain, … satisfies body`, or every.
    """

    every: bool
    iterators: tuple[tuple[str, Node], ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Test(Node):
    """
    `operator operand` in a cell or behind `in`: what the tested value is compared with.
    """

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Tests(Node):
    """
    A whole cell: one of `tests` holds, or none does if `negated`; without tests it holds always.
    """

    tests: tuple[Node, ...]
    negated: bool
