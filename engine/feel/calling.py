"""
Turn calls and function definitions into closures.

Source: DMN 1.5 §10.3.2.13.
"""

from __future__ import annotations

from inspect import signature

from engine.feel import nodes
from engine.feel.builtins import BUILTINS, PATTERN_PARAMETERS
from engine.feel.calls import called, defined
from engine.feel.errors import FeelError, error_at
from engine.feel.frame import Budget, Frame, Run
from engine.feel.functions import arranged
from engine.feel.members import member_of
from engine.feel.patterns import pattern_problem
from engine.feel.scoping import Scoping
from engine.feel.types import ANY
from engine.feel.values import adopt


class Calling(Scoping):
    """
    The part of the translator that knows functions.
    """

    def _call(self, node: nodes.Call) -> Run:
        name = node.function
        if self._is_known(name):
            return self._called(self._name(nodes.Name(node.at, 1, name)), node)
        if name == "is defined":
            return self._is_defined(node)
        if name in BUILTINS:
            return self._call_of_builtin(node, name)
        if name in self._vocabulary.functions:
            return self._call_of_host(node, name)
        if self._vocabulary.lax:
            return lambda frame: None
        raise error_at("unknown_function", self._text, node.at, found=f"«{name}»")

    def _call_of(self, node: nodes.CallOf) -> Run:
        if not self._vocabulary.lax and not self._may_be_function(node.value):
            raise error_at("not_a_function", self._text, node.at)
        return self._called(self._run(node.value), node)

    def _called(self, function: Run, node: nodes.Call | nodes.CallOf) -> Run:
        arguments = [self._run(argument) for argument in node.arguments]
        keywords = node.keywords
        return lambda frame: called(function(frame), frame.spend, [argument(frame) for argument in arguments], keywords)

    def _may_be_function(self, node: nodes.Node) -> bool:
        """Whether a part can have a function for its value; the host's data never holds one."""
        while isinstance(node, nodes.Path | nodes.Filter):
            node = node.base
        if isinstance(node, nodes.Name):
            return self._is_known(node.name) or self._is_bound(None)
        return not isinstance(node, nodes.Literal)

    def _call_of_builtin(self, node: nodes.Call, name: str) -> Run:
        builtin = BUILTINS[name]
        arguments = [self._run(argument) for argument in node.arguments]
        call = arranged(builtin, len(arguments), node.keywords)
        if call is None:
            return self._wrong_arguments(node, name, builtin.usage)
        self._check_pattern(node, name)
        if len(arguments) == 1:
            only = arguments[0]
            return lambda frame: call(frame.spend, [only(frame)])
        return lambda frame: call(frame.spend, [argument(frame) for argument in arguments])

    def _wrong_arguments(self, node: nodes.Call, name: str, usage: str) -> Run:
        if not self._vocabulary.lax:
            raise error_at("wrong_arguments", self._text, node.at, found=f"«{name}»", expected=usage)
        return lambda frame: None

    def _check_pattern(self, node: nodes.Call, name: str) -> None:
        """Refuse a bad pattern that stands in the text; one that comes with the data makes the call null."""
        parameter = PATTERN_PARAMETERS.get(name)
        if parameter is None or self._vocabulary.lax:
            return
        given = dict(zip(node.keywords or (None, parameter), node.arguments, strict=False))
        pattern = given.get(parameter)
        if isinstance(pattern, nodes.Literal) and isinstance(pattern.value, str):
            problem = pattern_problem(pattern.value, "")
            if problem:
                raise error_at("bad_pattern", self._text, pattern.at, found=ascii(pattern.value), reason=problem)

    def _call_of_host(self, node: nodes.Call, name: str) -> Run:
        arguments = [self._run(argument) for argument in node.arguments]
        keywords = [keyword.replace(" ", "_") for keyword in node.keywords]

        def call(frame: Frame) -> object:
            function = frame.functions.get(name)
            if function is None:
                raise FeelError("function_missing", found=f"«{name}»")
            values = [argument(frame) for argument in arguments]
            given = ([], dict(zip(keywords, values, strict=True))) if keywords else (values, {})
            wanted = signature(function)
            try:
                bound = wanted.bind(*given[0], **given[1])
            except TypeError:
                expected = f"({', '.join(wanted.parameters)})"
                raise FeelError("wrong_arguments", found=f"«{name}»", expected=expected) from None
            return adopt(function(*bound.args, **bound.kwargs))

        return call

    def _is_defined(self, node: nodes.Call) -> Run:
        if len(node.arguments) != 1:
            return self._wrong_arguments(node, "is defined", "value")
        value = node.arguments[0]
        if isinstance(value, nodes.Path):
            return _member_is_defined(self._run(value.base), value.member)
        run = self._run(value)
        if isinstance(value, nodes.Name) and not self._is_bound(value.name) and not self._is_bound(None):
            name = value.name
            return lambda frame: name in frame.context
        return lambda frame: run(frame) is not None

    def _function(self, node: nodes.FunctionOf) -> Run:
        slots = [self._bind(name) for name, _ in node.parameters]
        body, cost = self._sized(node.body)
        self._release(len(slots))
        parameters, depth = node.parameters, node.depth

        def function(frame: Frame) -> object:
            captured = frame.copy()

            def run(budget: Budget, values: list[object]) -> object:
                budget(cost + len(captured.slots))
                inner = captured.copy()
                inner.spend = budget
                for slot, value in zip(slots, values, strict=True):
                    inner.slots[slot] = value
                return budget.within(depth, lambda: body(inner))

            return defined("", parameters, ANY, run)

        return function


def _member_is_defined(base: Run, member: str) -> Run:
    def member_is_defined(frame: Frame) -> object:
        owner = base(frame)
        return member in owner if type(owner) is dict else member_of(owner, member) is not None

    return member_is_defined
