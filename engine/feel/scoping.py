"""
Names while an expression is translated: which variable, member or function each one means.

Source: DMN 1.5 §10.3.2.4 (scopes), §10.3.2.5 (members of a filter's element).
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.feel import nodes
from engine.feel.calls import BUILTIN_VALUES
from engine.feel.frame import Frame, Run
from engine.feel.members import member_of
from engine.feel.values import KINDS, adopt
from engine.feel.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class _Binding:
    """A local variable, or the element of a filter if `name` is None."""

    name: str | None
    slot: int


class Scoping:
    """
    The part of the translator that knows the variables in scope.
    """

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self._text = text
        self._vocabulary = vocabulary
        self._bindings: list[_Binding] = []
        self._slots = 0
        self._size = 0
        self._names: set[str] = set()
        self._filter_names: set[str] = set()
        self._read: set[int] = set()  # slots that are read

    def _run(self, node: nodes.Node) -> Run:
        raise NotImplementedError

    def _sized(self, node: nodes.Node) -> tuple[Run, int]:
        """Translate the body of a loop; return it with the steps that one round costs."""
        before = self._size
        run = self._run(node)
        return run, self._size - before + 1

    def _bind(self, name: str | None) -> int:
        self._bindings.append(_Binding(name, self._slots))
        self._slots += 1
        return self._slots - 1

    def _release(self, count: int) -> None:
        """Forget the newest local variables."""
        del self._bindings[len(self._bindings) - count :]

    def _is_bound(self, name: str | None) -> bool:
        return any(binding.name == name for binding in self._bindings)

    def _is_known(self, name: str) -> bool:
        """Whether a name is a variable that the text itself or its vocabulary declares."""
        return self._is_bound(name) or name in self._vocabulary.names

    def _name(self, node: nodes.Name) -> Run:
        name = node.name
        elements: list[int] = []  # filters, from the innermost, whose element may have a member of this name
        for binding in reversed(self._bindings):
            if binding.name == name:
                self._read.add(binding.slot)
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


def _variable(name: str) -> Run:
    function = BUILTIN_VALUES.get(name)

    def variable(frame: Frame) -> object:
        value = frame.context.get(name)
        if type(value) not in KINDS:
            value = adopt(value)
        if value is None and function is not None and name not in frame.context:
            return function
        return value

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
