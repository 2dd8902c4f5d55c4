"""
Which of several possibilities comes next: each in its turn, and now and then any, from a seed.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
#: of so many choices one is made at random, so that combinations differ
_ANY = 4


class Chooser:
    """
    Chooses; the same seed and the same questions give the same answers.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._taken: dict[str, Counter[int]] = {}

    def pick(self, name: str, choices: Sequence[T]) -> T:
        """
        Return one of `choices`, of those that were taken least often under this name.
        """
        if len(choices) == 1:
            return choices[0]
        taken = self._taken.setdefault(name, Counter())
        if self._random.randrange(_ANY) == 0:
            at = self._random.randrange(len(choices))
        else:
            least = min(taken[at] for at in range(len(choices)))
            at = self._random.choice([at for at in range(len(choices)) if taken[at] == least])
        taken[at] += 1
        return choices[at]
