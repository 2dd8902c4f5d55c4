"""
What the rest of the engine and the forms see of FEEL: texts compiled once, values that can be called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import DecimalException
from functools import lru_cache

from engine.feel.builtins import NAMES
from engine.feel.errors import FeelError
from engine.feel.evaluate import Frame, Program, Translator
from engine.feel.parser import Parser

_NO_FUNCTIONS: Mapping[str, Callable[..., object]] = {}
_KEPT = 4_096  # compiled texts: those of a few dozen releases


def _evaluate(
    program: Program, context: Mapping[str, object], functions: Mapping | None, tested: object = None
) -> object:
    try:
        return program.run(Frame(context, functions or _NO_FUNCTIONS, program.slots, tested))
    except DecimalException:  # a NaN in the context; our own arithmetic makes none
        raise FeelError("not_a_number") from None


@dataclass(frozen=True, slots=True)
class Expression:
    """
    A compiled expression.

    Attributes:
        text: as it was written.
        names: the variables that it may read, of a path the first name.
        filter_names: those of them that are read inside filters only: in `people[age > limit]`, `age` and `limit` may
            be variables or members of each element; which, only the data can tell.
    """

    text: str
    names: frozenset[str]
    filter_names: frozenset[str]
    _program: Program = field(repr=False, compare=False)

    def __call__(
        self, context: Mapping[str, object], functions: Mapping[str, Callable[..., object]] | None = None
    ) -> object:
        """
        Evaluate.

        Args:
            context: variable -> value as JSON has it, or a date, time or duration; a missing variable is
                null.
            functions: the host's functions, by the names that the text was compiled with.

        Returns:
            a value of FEEL (`values.KINDS`); null for everything that FEEL calls null, such as a comparison
            of a number with a text.

        Raises:
            FeelError: the evaluation takes too many steps or a value grows too large; or a host function is
            missing. What a
                host function raises goes through.
        """
        return _evaluate(self._program, context, functions)


@dataclass(frozen=True, slots=True)
class UnaryTests:
    """
    A compiled cell of a decision table.

    Attributes: as of `Expression`; `?` is not among the names.
    """

    text: str
    names: frozenset[str]
    filter_names: frozenset[str]
    _program: Program = field(repr=False, compare=False)

    def __call__(
        self,
        value: object,
        context: Mapping[str, object],
        functions: Mapping[str, Callable[..., object]] | None = None,
    ) -> bool:
        """
        Tell whether the value passes; null, FEEL's "can't be compared", counts as no.

        Raises:
            FeelError: as for `Expression`.
        """
        return _evaluate(self._program, context, functions, value) is True


def compile(text: str, functions: Iterable[str] = ()) -> Expression:
    """
    Compile an expression; a leading `=` is passed over.

    Args:
        functions: names of the host's functions, which may have spaces.

    Raises:
        FeelError: with line and column; the text is no expression, calls an unknown function or passes a
        limit.

    Source: DMN 1.3 §10.3.1.2, rule 1.
    """
    return _compile(text, frozenset(functions))


def compile_unary(text: str, functions: Iterable[str] = ()) -> UnaryTests:
    """
    Compile a cell of a decision table: `"a","b"`, `not(…)`, `>= 1`, `[1..5]`, `-`, or a question with `?`.

    Raises:
        FeelError: as for `compile`.

    Source: DMN 1.3 §10.3.1.2, rule 15.
    """
    return _compile_unary(text, frozenset(functions))


@lru_cache(maxsize=_KEPT)
def _compile(text: str, functions: frozenset[str]) -> Expression:
    program = Translator(text).program(Parser(text, NAMES | functions).expression())
    return Expression(text, program.names, program.filter_names, program)


@lru_cache(maxsize=_KEPT)
def _compile_unary(text: str, functions: frozenset[str]) -> UnaryTests:
    program = Translator(text).program(Parser(text, NAMES | functions).unary_tests())
    return UnaryTests(text, program.names, program.filter_names, program)
