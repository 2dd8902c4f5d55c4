"""
Names of several words, found in the tokens of a text in a bounded number of steps.

A name may hold whatever the lexer can cut into tokens: «Person.Name», «Pre-bureau risk», «Student's name».
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from engine.feel import limits
from engine.feel.errors import FeelError
from engine.feel.lexer import Token, tokens_of

_KINDS = ("name", "symbol", "number")


class NameTree:
    """
    Known names as a tree of their words; each can be added more than once and must be removed as often.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._tree: dict = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """
        Add a name; one that can't be written without quotation marks, or has too many words, is passed over.
        """
        words = _words(name)
        if not 1 < len(words) <= limits.NAME_WORDS:
            return
        branch = self._tree
        for word in words:
            branch = branch.setdefault(word, {})
        branch.setdefault("", []).append(name)

    def remove(self, name: str) -> None:
        """
        Take back one `add`.
        """
        branch: dict | None = self._tree
        for word in _words(name):
            branch = branch.get(word) if branch is not None else None
        if branch is not None and branch.get(""):
            branch[""].pop()

    def longest(self, tokens: Sequence[Token], at: int, before: str = "") -> tuple[str, int]:
        """
        Return the longest name of several words from token `at` on that is followed by `before`, and how many words it
        has; ("", 0) if there is none.
        """
        found, words = "", 0
        branch = self._tree
        for count in range(1, limits.NAME_WORDS + 1):
            token = tokens[at + count - 1]
            if token.kind not in _KINDS or token.text not in branch:
                break
            branch = branch[token.text]
            if branch.get("") and (not before or tokens[at + count].text == before):
                found, words = branch[""][-1], count
        return found, words


@lru_cache(maxsize=32)
def tree_of(names: frozenset[str]) -> NameTree:
    """
    Return the tree of names that many texts share; it must not be changed.
    """
    return NameTree(names)


def _words(name: str) -> list[str]:
    try:
        tokens = tokens_of(name)
    except FeelError:  # a key such as «a;b»: it is read by functions, never by name
        return []
    return [token.text for token in tokens[:-1]] if all(token.kind in _KINDS for token in tokens[:-1]) else []
