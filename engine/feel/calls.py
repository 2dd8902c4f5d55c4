"""
Functions as values: built-in ones, and those that a text or a decision file defines.

Source: DMN 1.5 §10.3.2.13 (function definitions and invocations).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.feel.builtins import BUILTINS
from engine.feel.frame import Budget
from engine.feel.functions import Builtin, arranged
from engine.feel.types import ANY, Type, converted
from engine.feel.values import Function, adopt

Parameters = tuple[tuple[str, Type], ...]


def defined(
    name: str, parameters: Parameters, result: Type, body: Callable[[Budget, list[object]], object]
) -> Function:
    """
    Make a function of a body that takes as many values as there are parameters.

    Calling it with other arguments, or with values of other types, gives null.
    """

    def call(budget: Budget, values: list[object], keywords: tuple[str, ...] = ()) -> object:
        budget(1 + len(values))
        ordered = _ordered(parameters, values, keywords)
        if ordered is None:
            return None
        fitted = [converted(value, type_, budget) for value, (_, type_) in zip(ordered, parameters, strict=True)]
        if not all(fits for _, fits in fitted):
            return None
        return converted(body(budget, [value for value, _ in fitted]), result, budget)[0]

    return Function(name, tuple(type_ for _, type_ in parameters), result, call)


def _ordered(parameters: Parameters, values: list[object], keywords: Sequence[str]) -> list[object] | None:
    if len(values) != len(parameters):
        return None
    if not keywords:
        return values
    named = dict(zip(keywords, values, strict=True))
    names = [name for name, _ in parameters]
    return [named[name] for name in names] if named.keys() == set(names) else None


def _value_of(builtin: Builtin) -> Function:
    def call(budget: Budget, values: list[object], keywords: tuple[str, ...] = ()) -> object:
        fitted = arranged(builtin, len(values), keywords)
        return None if fitted is None else fitted(budget, values)

    return Function(builtin.name, tuple(ANY for _ in builtin.signatures[0]), ANY, call)


#: name -> built-in function as a value
BUILTIN_VALUES = {name: _value_of(builtin) for name, builtin in BUILTINS.items()}


def called(function: object, budget: Budget, values: list[object], keywords: tuple[str, ...] = ()) -> object:
    """
    Call a value; null if it is no function.
    """
    if not isinstance(function, Function):
        return None
    return adopt(function.call(budget, values, keywords))
