"""
What can be wrong with a decision file, and with a decision that is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class DecisionProblem:
    """
    One thing to mend in a decision file.
    """

    #: id of the decision, column, rule or cell; None when the file is meant
    element: str | None
    code: str
    text: str
    #: line of the file, counted from 1; 0 when the file is meant
    line: int = 0


class DecisionProblems(ValueError):
    """
    A decision file can't be used; all problems are listed.
    """

    def __init__(self, problems: Sequence[DecisionProblem]) -> None:
        super().__init__("; ".join(f"{problem.element}: {problem.text}" for problem in problems))
        self.problems = tuple(problems)


class DecisionFailed(ValueError):
    """
    A decision has no single answer for these values; the message names the table and the rules.
    """
