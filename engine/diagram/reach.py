"""
What is come to from somewhere, over and over: the ways of a diagram, or any other relation.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

Place = TypeVar("Place", bound=Hashable)


def closure(begin: Iterable[Place], more: Callable[[Place], Iterable[Place]]) -> set[Place]:
    """
    Return what is come to from `begin`, which is part of it; `more` says what comes next.
    """
    found: set[Place] = set()
    rest = list(begin)
    while rest:
        key = rest.pop()
        if key not in found:
            found.add(key)
            rest.extend(more(key))
    return found
