"""
Reads boxed expressions out of their XML.

Source: DMN 1.5 §7.3, §8.3, and its schema.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engine.decisions import boxed, boxed_lists
from engine.decisions.elements import Element, Notes, child, children, local_name, text_of
from engine.decisions.item_types import ItemTypes
from engine.decisions.run import Logic
from engine.decisions.table_reader import TableReader
from engine.decisions.tables import Table
from engine.feel.types import ANY
from engine.feel.vocabulary import Vocabulary

_DEEPEST = 24  # boxed expressions in each other
_NULL = boxed.Literal(None)


class LogicReader:
    """
    Reads the boxed expressions of one decision or knowledge model.

    Args:
        key: its id, for problems.
    """

    def __init__(self, key: str, notes: Notes, types: ItemTypes) -> None:
        self._key = key
        self._notes = notes
        self._types = types
        self._depth = 0

    def read(self, parent: Element, vocabulary: Vocabulary) -> Logic:
        """
        Read the boxed expression among the children of an element; what can't be read is null, and noted.
        """
        for node in children(parent):
            if local_name(node) in self._READERS:
                return self._typed(node, vocabulary)
        if not self._notes.lax:
            self._notes.add(self._key, "no_logic", parent)
        return _NULL

    def _typed(self, node: Element, vocabulary: Vocabulary) -> Logic:
        self._depth += 1
        if self._depth > _DEEPEST:
            self._notes.add(self._key, "too_nested", node, limit=_DEEPEST)
            logic: Logic = _NULL
        else:
            logic = self._READERS[local_name(node)](self, node, vocabulary)
        self._depth -= 1
        type_ = ANY if isinstance(logic, Table) else self._types.of(node)
        return logic if type_ == ANY else boxed.Typed(logic, type_, f"{self._key}: the value")

    def _literal(self, node: Element, vocabulary: Vocabulary) -> Logic:
        return boxed.Literal(self._notes.expression(node.get("id") or self._key, text_of(node), node, vocabulary))

    def _table(self, node: Element, vocabulary: Vocabulary) -> Logic:
        return TableReader(self._key, self._notes, self._types, vocabulary).read(node) or _NULL

    def _context(self, node: Element, vocabulary: Vocabulary) -> Logic:
        entries = []
        for entry in children(node, "contextEntry"):
            variable = child(entry, "variable")
            name = "" if variable is None else variable.get("name", "")
            logic = self.read(entry, vocabulary)
            type_ = self._types.of(variable)
            if type_ != ANY:
                logic = boxed.Typed(logic, type_, f"{self._key}: the entry {name}")
            entries.append((name, logic))
            vocabulary = _with(vocabulary, name)
        return boxed.Context(tuple(entries))

    def _list(self, node: Element, vocabulary: Vocabulary) -> Logic:
        items = (one for one in children(node) if local_name(one) in self._READERS)
        return boxed.List(tuple(self._typed(one, vocabulary) for one in items))

    def _relation(self, node: Element, vocabulary: Vocabulary) -> Logic:
        names = [one.get("name", "") for one in children(node, "column")]
        rows = []
        for row in children(node, "row"):
            cells = [self._typed(one, vocabulary) for one in children(row) if local_name(one) in self._READERS]
            if len(cells) != len(names):
                self._notes.add(self._key, "row_cells", row)
                return _NULL
            rows.append(boxed.Context(tuple(zip(names, cells, strict=True))))
        return boxed.List(tuple(rows))

    def _invocation(self, node: Element, vocabulary: Vocabulary) -> Logic:
        bindings = []
        for binding in children(node, "binding"):
            parameter = child(binding, "parameter")
            name = "" if parameter is None else parameter.get("name", "")
            bindings.append((name, self.read(binding, vocabulary)))
        return boxed.Invocation(self.read(node, vocabulary), tuple(bindings))

    def function(self, node: Element, vocabulary: Vocabulary, name: str = "") -> Logic:
        """
        Read a function definition or a knowledge model's logic.
        """
        if node.get("kind", "FEEL") != "FEEL":
            if not self._notes.lax:
                self._notes.add(self._key, "external", node)
            return _NULL
        parameters = tuple((one.get("name", ""), self._types.of(one)) for one in children(node, "formalParameter"))
        body = self.read(node, _with(vocabulary, *(name for name, _ in parameters)))
        return boxed.Function(name, parameters, body)

    def _conditional(self, node: Element, vocabulary: Vocabulary) -> Logic:
        return boxed.Conditional(*(self._part(node, name, vocabulary) for name in ("if", "then", "else")))

    def _filter(self, node: Element, vocabulary: Vocabulary) -> Logic:
        items = self._part(node, "in", vocabulary)
        return boxed_lists.Filter(items, self._part(node, "match", _with(vocabulary, "item")))

    def _loop(self, node: Element, vocabulary: Vocabulary) -> Logic:
        kind, variable = local_name(node), node.get("iteratorVariable", "")
        items = self._part(node, "in", vocabulary)
        body = self._part(node, "return" if kind == "for" else "satisfies", _with(vocabulary, variable, "partial"))
        return boxed_lists.Loop(kind, variable, items, body)

    def _part(self, node: Element, name: str, vocabulary: Vocabulary) -> Logic:
        part = child(node, name)
        if part is None:
            self._notes.add(self._key, "missing_part", node, name=name)
            return _NULL
        return self.read(part, vocabulary)

    _READERS: dict[str, Callable[[LogicReader, Element, Vocabulary], Logic]] = {
        "literalExpression": _literal,
        "decisionTable": _table,
        "context": _context,
        "list": _list,
        "relation": _relation,
        "invocation": _invocation,
        "functionDefinition": function,
        "conditional": _conditional,
        "filter": _filter,
        "for": _loop,
        "some": _loop,
        "every": _loop,
    }


def _with(vocabulary: Vocabulary, *names: str) -> Vocabulary:
    added = frozenset(filter(None, names))
    return replace(vocabulary, names=vocabulary.names | added) if added - vocabulary.names else vocabulary
