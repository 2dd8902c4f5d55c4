"""
The part of the grammar that begins with a keyword: if, for, some, every, and function definitions.

Source: DMN 1.5 §10.3.1.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from engine.feel import limits, nodes
from engine.feel.operators import Operators
from engine.feel.types import ANY, Type

KEYWORDS = frozenset(
    ["and", "between", "else", "every", "false", "for", "function", "if", "in", "instance", "null", "or", "return"]
    + ["satisfies", "some", "then", "true"]
)


class Statements(Operators):
    """
    A grammar of the expressions that keywords begin.
    """

    def _if(self) -> nodes.Node:
        at = self._take().at
        with self._nested():
            condition = self._expression()
            self._expect("then")
            yes = self._expression()
        self._expect("else")
        no = self._expression()
        return nodes.If(at, self._depth(at, condition, yes, no), condition, yes, no)

    def _for(self) -> nodes.Node:
        at = self._take().at
        iterators = self._iterators("return")
        with self._naming(name for name, _ in iterators):
            body = self._expression()
        depth = self._depth(at, body, *(domain for _, domain in iterators))
        return nodes.For(at, depth, iterators, body)

    def _quantified(self) -> nodes.Node:
        token = self._take()
        iterators = self._iterators("satisfies")
        with self._naming(name for name, _ in iterators):
            body = self._expression()
        depth = self._depth(token.at, body, *(domain for _, domain in iterators))
        return nodes.Quantified(token.at, depth, token.text == "every", iterators, body)

    @contextmanager
    def _naming(self, names: Iterator[str]) -> Iterator[None]:
        """Know names of several words in a body."""
        added = list(names)
        for name in added:
            self._scope.add(name)
        yield
        for name in added:
            self._scope.remove(name)

    def _iterators(self, closing: str) -> tuple[tuple[str, nodes.Node], ...]:
        iterators = []
        with self._nested():
            while True:
                iterators.append((self._new_name("in"), self._domain()))
                if not self._sees(","):
                    break
                if len(iterators) == limits.ITERATORS:
                    raise self._error("too_deep", self._take().at, limit=limits.ITERATORS)
                self._take()
            self._expect(closing)
        return tuple(iterators)

    def _new_name(self, *endings: str) -> str:
        """Take the name that is declared here, up to one of `endings`; take that too if it is the only one."""
        if self._peek().kind != "name" or self._peek().text in KEYWORDS:
            raise self._unexpected("a name")
        words = 1
        while words < limits.NAME_WORDS:
            token = self._tokens[self._next + words]
            if token.kind != "name" or token.text in KEYWORDS:
                break
            words += 1
        name = self._words(words)
        if not self._sees(*endings):
            raise self._unexpected(" or ".join(f"«{ending}»" for ending in endings))
        if len(endings) == 1:
            self._take()
        return name

    def _domain(self) -> nodes.Node:
        domain = self._expression()
        if not self._sees(".."):
            return domain
        at = self._take().at
        high = self._expression()
        return nodes.Span(at, self._depth(at, domain, high), domain, high)

    def _function(self) -> nodes.Node:
        at = self._take().at
        self._expect("(")
        parameters: dict[str, Type] = {}
        while not self._sees(")"):
            if parameters:
                self._expect(",")
            name_at = self._peek().at
            name = self._new_name(":", ",", ")")
            if name in parameters:
                raise self._error("duplicate_key", name_at, found=f"«{name}»")
            parameters[name] = self._type() if self._accept(":") else ANY
        self._take()
        if self._sees("external") and self._behind().text == "{":
            raise self._error("external_function", self._peek().at)
        with self._naming(iter(parameters)):
            body = self._expression()
        return nodes.FunctionOf(at, self._depth(at, body), tuple(parameters.items()), body)

    _STATEMENTS: dict[str, Callable[[Statements], nodes.Node]] = {
        "if": _if,
        "for": _for,
        "some": _quantified,
        "every": _quantified,
        "function": _function,
    }
