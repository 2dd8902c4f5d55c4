"""
The part of the grammar that reads types: `number`, `list<string>`, `context<a: number>`, `function<date> -> number`.

Source: DMN 1.5 §10.3.1.2, rule «type».
"""

from __future__ import annotations

from engine.feel.cursor import Cursor
from engine.feel.names import tree_of
from engine.feel.types import ANY, SIMPLE, Type
from engine.feel.vocabulary import Vocabulary

_SIMPLE = frozenset(SIMPLE)


class TypeGrammar(Cursor):
    """
    A cursor that can read a type.
    """

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        super().__init__(text)
        self._vocabulary = vocabulary

    def _type(self) -> Type:
        token = self._peek()
        name, words = tree_of(frozenset(self._vocabulary.types)).longest(self._tokens, self._next)
        if not words:
            name, words = tree_of(_SIMPLE).longest(self._tokens, self._next)
        if not words:
            name, words = token.text, 1
        known = self._vocabulary.types.get(name) or (Type(SIMPLE[name]) if name in SIMPLE else None)
        if token.kind != "name" or known is None:
            raise self._error("unknown_type", token.at, found=f"«{token.text}»")
        self._take_many(words)
        if name in _PARTS and self._sees("<"):
            with self._nested(levels=1):
                return _PARTS[name](self)
        return known

    def _part_of(self, name: str) -> Type:
        self._expect("<")
        part = self._type()
        self._expect(">")
        return Type(name, part)

    def _list_type(self) -> Type:
        return self._part_of("list")

    def _range_type(self) -> Type:
        return self._part_of("range")

    def _context_type(self) -> Type:
        self._expect("<")
        fields = []
        while not self._sees(">"):
            if fields:
                self._expect(",")
            fields.append((self._field_name(), self._type()))
        self._take()
        return Type("context", fields=tuple(fields))

    def _field_name(self) -> str:
        start = self._peek()
        end = start.at
        while not self._sees(":"):
            if self._peek().kind not in ("name", "number", "string"):
                raise self._unexpected("«:»")
            end = self._peek().at + len(self._take().text)
        self._take()
        return start.value if start.kind == "string" else " ".join(self.text[start.at : end].split())

    def _function_type(self) -> Type:
        self._expect("<")
        fields = []
        while not self._sees(">"):
            if fields:
                self._expect(",")
            fields.append(("", self._type()))
        self._take()
        result = ANY
        if self._accept("-"):
            self._expect(">")
            result = self._type()
        return Type("function", result, tuple(fields))


_PARTS = {
    "list": TypeGrammar._list_type,
    "range": TypeGrammar._range_type,
    "context": TypeGrammar._context_type,
    "function": TypeGrammar._function_type,
}
