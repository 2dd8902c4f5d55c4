"""
Item definitions: the types that a decision file declares.

Source: DMN 1.5 §7.3.3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engine.decisions.elements import Element, Notes, child, children, text_of
from engine.feel import UnaryTests
from engine.feel.frame import Budget
from engine.feel.types import ANY, SIMPLE, Type
from engine.feel.vocabulary import Vocabulary

#: Names that other tools write.
_FOREIGN = {"integer": "number", "long": "number", "double": "number", "int": "number", "Boolean": "boolean"}
_DEEPEST = 32
Allows = Callable[[object, Budget], bool]


class ItemTypes:
    """
    The types of one file, by name; those that contain each other endlessly are of any type there.
    """

    def __init__(self, root: Element, notes: Notes) -> None:
        self._notes = notes
        self._definitions = {one.get("name", ""): one for one in children(root, "itemDefinition")}
        self._open: set[str] = set()
        self.known: dict[str, Type] = {}
        for name in self._definitions:
            self._named(name)

    def of(self, node: Element | None) -> Type:
        """
        Return the type that an element's `typeRef` names; any if it has none.
        """
        return self._referenced(node, "" if node is None else node.get("typeRef", ""))

    def _referenced(self, node: Element | None, reference: str) -> Type:
        name = reference.strip()
        if not name:
            return ANY
        for candidate in (name, name.rpartition(":")[2], name.rpartition(".")[2]):
            if candidate in self._definitions:
                return self._named(candidate)
            simple = SIMPLE.get(_FOREIGN.get(candidate, candidate))
            if simple:
                return Type(simple)
        if not self._notes.lax:
            self._notes.add(None if node is None else node.get("id"), "unknown_type", node, name=name)
        return ANY

    def _named(self, name: str) -> Type:
        if name in self._open or len(self._open) > _DEEPEST:
            return ANY
        if name not in self.known:
            self._open.add(name)
            self.known[name] = self._defined(self._definitions[name], 0)
            self._open.discard(name)
        return self.known[name]

    def _defined(self, node: Element, depth: int) -> Type:
        if depth > _DEEPEST:
            return ANY
        components = children(node, "itemComponent")
        function = child(node, "functionItem")
        if components:
            fields = tuple((one.get("name", ""), self._defined(one, depth + 1)) for one in components)
            found = Type("context", fields=fields)
        elif function is not None:
            parameters = tuple((one.get("name", ""), self.of(one)) for one in children(function, "parameters"))
            found = Type("function", self._referenced(function, function.get("outputTypeRef", "")), parameters)
        else:
            reference = child(node, "typeRef")
            found = self._referenced(node, "" if reference is None else reference.text or "")
        found = self._limited(found, node, "allowedValues")
        if node.get("isCollection") == "true":
            found = Type("list", found)
        return self._limited(found, node, "typeConstraint")

    def _limited(self, type_: Type, node: Element, name: str) -> Type:
        values = child(node, name)
        text = text_of(values)
        if values is None or not text:
            return type_
        tests = self._notes.tests(node.get("id") or node.get("name", ""), text, values, Vocabulary())
        return type_ if tests is None else replace(type_, allowed=_both(type_.allowed, tests))


def _both(before: Allows | None, tests: UnaryTests) -> Allows:
    return lambda value, budget: (before is None or before(value, budget)) and tests(value, {}, None, budget)
