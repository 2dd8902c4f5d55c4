"""
How a built-in function is declared, and how the arguments of a call are fitted to its parameters.

Arguments of the wrong type make the result null, as FEEL wants it; a wrong number of arguments or a wrong
name is found when the text is compiled.

Source: DMN 1.3 §10.3.2.9.4 (a list of one stands for its element, an element for a list of one).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from engine.feel.values import Function, Range, Spend, YearsMonths, adopt

#: Type names in declarations -> Python types; "any" takes all, null too.
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (Decimal, int),
    "boolean": (bool,),
    "list": (list,),
    "context": (dict,),
    "date": (date, datetime),
    "time": (time, datetime),
    "duration": (timedelta, YearsMonths),
    "days time": (timedelta,),
    "years months": (YearsMonths,),
    "range": (Range,),
    "function": (Function,),
    "number or function": (Decimal, int, Function),
    "string or list": (str, list),
    "measure": (Decimal, int, timedelta, YearsMonths),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    One parameter: its name, the name of its type, and whether it may be left out or takes all further
    arguments.
    """

    name: str
    type: str
    optional: bool
    rest: bool


@dataclass(frozen=True, slots=True)
class Builtin:
    """
    A built-in function.

    Attributes:
        signatures: the ways to call it; the first that fits is taken.
        function: takes the arguments by position, after `spend` if `spends`.
        usage: the signatures as a person reads them.
    """

    name: str
    signatures: tuple[tuple[Parameter, ...], ...]
    function: Callable[..., object]
    spends: bool
    usage: str


Call = Callable[[Spend, list[object]], object]


class Table(list[Builtin]):
    """
    The functions of one module, in the order of their declarations.
    """

    def declare(self, name: str, *signatures: str, spends: bool = False) -> Callable[[Callable], Callable]:
        """
        Register the decorated function under `name`.

        Args:
            signatures: "name: type, …"; a name with ? may be left out, one with … takes all further arguments
                as a list.
            spends: the function's first argument takes steps from the budget.
        """

        def register(function: Callable) -> Callable:
            parsed = tuple(_parameters(signature) for signature in signatures)
            self.append(Builtin(name, parsed, function, spends, " or ".join(f"({s})" for s in signatures)))
            return function

        return register


def _parameters(signature: str) -> tuple[Parameter, ...]:
    parameters = []
    for declared in filter(None, signature.split(", ")):
        name, type_ = declared.split(": ")
        parameters.append(Parameter(name.rstrip("?…"), type_, name.endswith("?"), name.endswith("…")))
    return tuple(parameters)


def arranged(builtin: Builtin, count: int, keywords: tuple[str, ...]) -> Call | None:
    """
    Fit a call with `count` arguments (named by `keywords`, if any) to the function.

    Returns:
        what evaluates the call from its arguments' values; None if no signature fits.
    """
    for parameters in builtin.signatures:
        if keywords:
            places = _places(parameters, keywords)
        else:
            places = _positions(parameters, count)
        if places is not None:
            return _call(builtin, places)
    return None


Place = tuple[Parameter, tuple[int, ...]]  # a parameter and the arguments that fill it


def _positions(parameters: tuple[Parameter, ...], count: int) -> list[Place] | None:
    places: list[Place] = []
    for index, parameter in enumerate(parameters):
        if parameter.rest:
            if index >= count:
                return None
            places.append((parameter, tuple(range(index, count))))
            return places
        if index < count:
            places.append((parameter, (index,)))
        elif not parameter.optional:
            return None
    return places if count <= len(parameters) else None


def _places(parameters: tuple[Parameter, ...], keywords: tuple[str, ...]) -> list[Place] | None:
    known = [parameter.name for parameter in parameters]
    if len(set(keywords)) != len(keywords) or not set(keywords) <= set(known):
        return None
    places: list[Place] = []
    for parameter in parameters:
        if parameter.name in keywords:
            places.append((parameter, (keywords.index(parameter.name),)))
        elif parameter.optional:
            places.append((parameter, ()))
        else:
            return None
    return places


def _call(builtin: Builtin, places: list[Place]) -> Call:
    function, spends = builtin.function, builtin.spends
    if len(places) == 1 and not places[0][0].rest and places[0][1] and not spends:
        return _call_of_one(function, places[0][0].type)
    fitters = [(_fitter(parameter), where) for parameter, where in places]

    def call(spend: Spend, values: list[object]) -> object:
        fitted: list[object] = [spend] if spends else []
        for fit, where in fitters:
            value = fit(values, where)
            if value is _UNFIT:
                return None
            fitted.append(value)
        return function(*fitted)

    return call


def _call_of_one(function: Callable, type_: str) -> Call:
    """The commonest case, without the loop."""
    types = _TYPES.get(type_)

    def call(spend: Spend, values: list[object]) -> object:
        value = values[0]
        if types is not None and type(value) not in types:
            value = _converted(value, type_)
            if value is _UNFIT:
                return None
        return function(value)

    return call


_UNFIT = object()


def _fitter(parameter: Parameter) -> Callable[[list[object], tuple[int, ...]], object]:
    type_ = parameter.type
    if parameter.rest:
        return lambda values, where: _rest(values, where, type_)
    if parameter.optional:
        return lambda values, where: _optional(values, where, type_)
    return lambda values, where: _fitted(values[where[0]], type_)


def _optional(values: list[object], where: tuple[int, ...], type_: str) -> object:
    """An optional argument that is null counts as left out."""
    if not where or values[where[0]] is None:
        return None
    return _fitted(values[where[0]], type_)


def _rest(values: list[object], where: tuple[int, ...], type_: str) -> object:
    if type_ == "items":  # f(list) and f(item, item, …) are the same
        only = values[where[0]]
        if len(where) == 1:
            return _fitted(only, "list")
        return [values[index] for index in where]
    fitted = [_fitted(values[index], type_) for index in where]
    return _UNFIT if any(value is _UNFIT for value in fitted) else fitted


def _fitted(value: object, type_: str) -> object:
    types = _TYPES.get(type_)
    return value if types is None or type(value) in types else _converted(value, type_)


def _converted(value: object, type_: str) -> object:
    if value is None:
        return _UNFIT
    if type_ == "list":
        return [value]
    if type(value) is list and len(value) == 1:
        only = adopt(value[0])
        if type(only) in _TYPES[type_]:
            return only
    return _UNFIT
