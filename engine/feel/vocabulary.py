"""
What a text may name beside its own variables: the host's functions, and what a decision file knows of its data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from engine.feel.types import Type


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """
    What is known when a text is compiled.

    Attributes:
        functions: names of the host's functions.
        names: variables in scope; they may have several words and may hold functions.
        members: names of several words that may stand behind a dot.
        types: item definitions, by name.
        lax: whether an unknown or wrongly called function is null, as in DMN, instead of refused.
    """

    functions: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()
    types: Mapping[str, Type] = field(default_factory=lambda: MappingProxyType({}))
    lax: bool = False
