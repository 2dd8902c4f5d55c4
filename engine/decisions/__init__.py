"""
Decisions: DMN 1.1 to 1.5 files with decision tables and the other boxed expressions, knowledge models, types, and
chains of decisions within one file.

Cells are FEEL. Which rules fired is part of the answer, for the audit. Decision services, imports and functions in
other languages are refused. It keeps nothing between two evaluations.

Source: DMN 1.5 §6 (requirements), §7 and §10.2.2 (boxed expressions), §8 (decision tables).
"""

from engine.decisions.elements import MOST_BYTES
from engine.decisions.model import Decision, Outcome
from engine.decisions.problems import DecisionFailed, DecisionProblem, DecisionProblems
from engine.decisions.reading import load_decisions
from engine.decisions.tables import Table

__all__ = [
    "MOST_BYTES",
    "Decision",
    "DecisionFailed",
    "DecisionProblem",
    "DecisionProblems",
    "Outcome",
    "Table",
    "load_decisions",
]
