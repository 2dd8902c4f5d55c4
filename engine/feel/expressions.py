"""
What the rest of the engine and the forms see of FEEL: texts compiled once, values that can be called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import DecimalException
from functools import lru_cache

from engine.feel import limits
from engine.feel.builtins import NAMES
from engine.feel.errors import FeelError
from engine.feel.evaluate import Program, Translator
from engine.feel.frame import Budget, Frame
from engine.feel.nodes import Node
from engine.feel.parser import Parser
from engine.feel.vocabulary import Vocabulary

_NO_FUNCTIONS: Mapping[str, Callable[..., object]] = {}
_KEPT = 4_096  # compiled texts: those of a few dozen releases


def _evaluate(
    program: Program,
    context: Mapping[str, object],
    functions: Mapping[str, Callable[..., object]] | None,
    budget: Budget | None,
    tested: object = None,
) -> object:
    frame = Frame(context, functions or _NO_FUNCTIONS, [None] * program.slots, tested, budget or Budget())
    try:
        return program.run(frame)
    except DecimalException:  # a NaN in the context; our own arithmetic makes none
        raise FeelError("not_a_number") from None
    except RecursionError:  # our caller left less of the stack than a text needs
        raise FeelError("calls_too_deep", limit=limits.CALL_DEPTH) from None


@dataclass(frozen=True, slots=True)
class Expression:
    """
    A compiled expression.

    Attributes:
        text: as it was written.
        names: the variables that it may read, of a path the first name.
        filter_names: those of them that are read inside filters only: in `people[age > limit]`, `age` and `limit` may
            be variables or members of each element; which, only the data can tell.
        root: its parts, for whoever looks into it.
    """

    text: str
    names: frozenset[str]
    filter_names: frozenset[str]
    root: Node = field(repr=False, compare=False)
    _program: Program = field(repr=False, compare=False)

    def __call__(
        self,
        context: Mapping[str, object],
        functions: Mapping[str, Callable[..., object]] | None = None,
        budget: Budget | None = None,
    ) -> object:
        """
        Evaluate.

        Args:
            context: variable -> value as JSON has it, or a date, time or duration; a missing variable is
                null.
            functions: the host's functions, by the names that the text was compiled with.
            budget: what may still be used, if this is a part of a larger evaluation.

        Returns:
            a value of FEEL (`values.KINDS`); null for everything that FEEL calls null, such as a comparison
            of a number with a text.

        Raises:
            FeelError: the evaluation takes too many steps, a value grows too large, functions call each other too
                deep, or a host function is missing. What a host function raises goes through.
        """
        return _evaluate(self._program, context, functions, budget)


@dataclass(frozen=True, slots=True)
class UnaryTests:
    """
    A compiled cell of a decision table.

    Attributes: as of `Expression`; `?` is not among the names.
    """

    text: str
    names: frozenset[str]
    filter_names: frozenset[str]
    root: Node = field(repr=False, compare=False)
    _program: Program = field(repr=False, compare=False)

    def __call__(
        self,
        value: object,
        context: Mapping[str, object],
        functions: Mapping[str, Callable[..., object]] | None = None,
        budget: Budget | None = None,
    ) -> bool:
        """
        Tell whether the value passes; null, FEEL's "can't be compared", counts as no.

        Raises:
            FeelError: as for `Expression`.
        """
        return _evaluate(self._program, context, functions, budget, value) is True


def compile(text: str, functions: Iterable[str] = (), vocabulary: Vocabulary | None = None) -> Expression:
    """
    Compile an expression; a leading `=` is passed over.

    Args:
        functions: names of the host's functions, which may have spaces.
        vocabulary: what else the text may name; it takes the place of `functions`.

    Raises:
        FeelError: with line and column; the text is no expression, calls an unknown function or passes a
        limit.

    Source: DMN 1.5 §10.3.1.2, rule 1.
    """
    if vocabulary is not None:
        return _expression(text, vocabulary)
    return _compile(text, frozenset(functions))


def compile_unary(text: str, functions: Iterable[str] = (), vocabulary: Vocabulary | None = None) -> UnaryTests:
    """
    Compile a cell of a decision table: `"a","b"`, `not(…)`, `>= 1`, `[1..5]`, `-`, or a question with `?`.

    Raises:
        FeelError: as for `compile`.

    Source: DMN 1.5 §10.3.1.2, rule 15.
    """
    if vocabulary is not None:
        return _unary_tests(text, vocabulary)
    return _compile_unary(text, frozenset(functions))


@lru_cache(maxsize=_KEPT)
def _compile(text: str, functions: frozenset[str]) -> Expression:
    return _expression(text, Vocabulary(functions))


@lru_cache(maxsize=_KEPT)
def _compile_unary(text: str, functions: frozenset[str]) -> UnaryTests:
    return _unary_tests(text, Vocabulary(functions))


def _expression(text: str, vocabulary: Vocabulary) -> Expression:
    parsed = Parser(text, NAMES | vocabulary.functions, vocabulary).expression()
    program = Translator(text, vocabulary).program(parsed)
    return Expression(text, program.names, program.filter_names, parsed, program)


def _unary_tests(text: str, vocabulary: Vocabulary) -> UnaryTests:
    parsed = Parser(text, NAMES | vocabulary.functions, vocabulary).unary_tests()
    program = Translator(text, vocabulary).program(parsed)
    return UnaryTests(text, program.names, program.filter_names, parsed, program)
