"""
What is known of the variables at one place of a diagram.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.shapes import Shape


@dataclass(frozen=True)
class Known:
    """
    A variable at one place of the diagram.
    """

    shape: Shape
    #: written on every way that leads here
    certain: bool


Scope = Mapping[str, Known]


def shapes_of(scope: Scope) -> dict[str, Shape]:
    """
    Return name -> shape.
    """
    return {name: known.shape for name, known in scope.items()}
