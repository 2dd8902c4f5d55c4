"""
What an operator or a head of office does to one case by hand, with a reason, after a preview of what it does.
"""

from engine.interventions.effect import Effect, Shown, Spot, Work
from engine.interventions.interventions import Interventions
from engine.interventions.kinds import (
    EVENTS,
    KINDS,
    ChangeDue,
    Correct,
    End,
    Intervention,
    Move,
    OnBehalf,
    Resume,
    SendBack,
    Skip,
    Suspend,
)
from engine.interventions.standing import Place, Questions, Standing

__all__ = [
    "EVENTS",
    "KINDS",
    "ChangeDue",
    "Correct",
    "Effect",
    "End",
    "Intervention",
    "Interventions",
    "Move",
    "OnBehalf",
    "Place",
    "Questions",
    "Resume",
    "SendBack",
    "Shown",
    "Skip",
    "Spot",
    "Standing",
    "Suspend",
    "Work",
]
