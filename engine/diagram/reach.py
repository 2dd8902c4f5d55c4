"""
What is come to from somewhere, over and over: the ways of a diagram, or any other relation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable


def closure(begin: Iterable[str], more: Callable[[str], Iterable[str]]) -> set[str]:
    """
    Return what is come to from `begin`, which is part of it; `more` says what comes next.
    """
    found: set[str] = set()
    rest = list(begin)
    while rest:
        key = rest.pop()
        if key not in found:
            found.add(key)
            rest.extend(more(key))
    return found
