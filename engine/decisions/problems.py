"""
What can be wrong with a decision file, and with a decision that is asked for.

The English sentences stand here; whoever shows a problem to a person chooses words by `code` and `params`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.feel import FeelError

#: code -> sentence; the placeholders are the problem's `params`
SENTENCES = {
    # the file
    "too_big": "The file is larger than {limit} KB: split it.",
    "not_xml": "The file is not well-formed XML: {reason}.",
    "doctype": "The file has a DOCTYPE: remove it.",
    "not_dmn": "The file is not DMN: its root is not a DMN definitions element.",
    "import": "Imports are not supported: put the decisions into one file.",
    "no_decision": "The file holds no decision.",
    "too_many": "The file holds more than {limit} decisions: split it.",
    "no_id": "Give the decision {name} an id.",
    "same_id": "Two elements have this id: change one.",
    # what requires what
    "circle": "The decision requires itself: remove one of the requirements.",
    "long_chain": "More than {limit} decisions require each other: join some.",
    "unknown_decision": "The required {name} is not in the file: draw it, or remove the requirement.",
    # types
    "unknown_type": "There is no type {name}: choose one of the list, or define it.",
    # boxed expressions
    "no_logic": "Give it a decision table, a literal expression or another boxed expression.",
    "too_nested": "Boxed expressions are nested deeper than {limit} levels: make decisions of some.",
    "missing_part": "The part «{name}» is missing.",
    "row_cells": "The row has not as many cells as the relation has columns.",
    "external": "Functions in other languages are not supported: write it in FEEL.",
    "unknown_name": "The knowledge model reads {name}: make it a parameter.",
    # tables
    "policy": "The hit policy {name} is not known.",
    "aggregation": "Only COLLECT can have an aggregation, {name} can't.",
    "no_ranks": "{name} needs an output with its values listed, best first.",
    "empty_table": "The table needs an output and a rule.",
    "no_input": "Give the input an expression.",
    "no_name": "Give the output a name: the table has several.",
    "same_name": "Give each output a name of its own.",
    "no_rule_id": "Give each rule an id: the audit names the rules that fired.",
    "cells": "The rule has not as many cells as the table has columns.",
    "cell_type": "{text} is not of the type {name}, or not one of its allowed values: change the cell or the column.",
    "listed_values": "{text}: list plain values.",
    # texts
    "language": "The expression language {name} is not supported: use FEEL.",
    "expression": "{text}: {reason}",
}


@dataclass(frozen=True)
class DecisionProblem:
    """
    One thing to mend in a decision file.
    """

    #: id of the decision, column, rule or cell; None when the file is meant
    element: str | None
    #: one of the keys of `SENTENCES`; stable
    code: str
    #: what fills the sentence's placeholders
    params: Mapping[str, object] = field(default_factory=dict)
    #: line of the file, counted from 1; 0 when the file is meant
    line: int = 0
    #: what the expression language has against a text
    reason: FeelError | None = None

    @property
    def text(self) -> str:
        """
        The sentence in English.
        """
        return SENTENCES[self.code].format(**({"reason": self.reason} | dict(self.params)))


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

    def __init__(self, message: str, code: str, **params: object) -> None:
        super().__init__(message)
        #: stable; with `params` for whoever says it in another language
        self.code = code
        self.params = params
