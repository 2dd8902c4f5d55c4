"""
The place in the tokens of a text that is being parsed, and the limits of what may stand there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from engine.feel import limits, nodes
from engine.feel.errors import FeelError, error_at
from engine.feel.lexer import Token, tokens_of


class Cursor:
    """
    Goes through the tokens of one text once, from the left.

    Attributes:
        text: the text.
        steps: tokens taken so far, a measure of the work.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.steps = 0
        self._tokens = tokens_of(text)
        self._next = 0
        self._nodes = 0
        self._nesting = 0
        self._filters = True

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _behind(self) -> Token:
        """The token after the next one."""
        return self._tokens[min(self._next + 1, len(self._tokens) - 1)]

    def _sees(self, *texts: str) -> bool:
        token = self._tokens[self._next]
        return token.text in texts and token.kind in ("symbol", "name")

    def _take(self) -> Token:
        token = self._tokens[self._next]
        self.steps += 1
        if token.kind != "end":
            self._next += 1
        return token

    def _take_many(self, count: int) -> None:
        for _ in range(count):
            self._take()

    def _accept(self, text: str) -> bool:
        """Take the token if it is this one."""
        seen = self._sees(text)
        if seen:
            self._take()
        return seen

    def _expect(self, text: str) -> Token:
        if not self._sees(text):
            raise self._unexpected(f"«{text}»")
        return self._take()

    def _expect_end(self) -> None:
        if self._peek().kind != "end":
            raise self._unexpected("the end or an operator")

    def _unexpected(self, expected: str) -> FeelError:
        token = self._peek()
        if token.kind == "end":
            return self._error("unexpected_end", token.at, expected=expected)
        return self._error("unexpected_token", token.at, found=f"«{token.text}»", expected=expected)

    def _error(self, code: str, at: int, **params: object) -> FeelError:
        return error_at(code, self.text, at, **params)

    def _depth(self, at: int, *children: nodes.Node) -> int:
        """Count one more node; return its depth above its children."""
        self._nodes += 1
        if self._nodes > limits.NODES:
            raise self._error("too_large", at, limit=limits.NODES)
        depth = 1 + max((child.depth for child in children), default=0)
        if depth > limits.DEPTH:
            raise self._error("too_deep", at, limit=limits.DEPTH)
        return depth

    @contextmanager
    def _nested(self, *, filters: bool = True, levels: int = 0) -> Iterator[None]:
        """Go `levels` down; `filters` is False at the upper end of a range, where `[` closes it."""
        if self._nesting + levels > limits.DEPTH:
            raise self._error("too_deep", self._peek().at, limit=limits.DEPTH)
        before = self._filters
        self._filters = filters
        self._nesting += levels
        yield
        self._nesting -= levels
        self._filters = before
