"""
Incidents: what cannot go on by itself, as rows that a person sees, understands and mends.

Steps, jobs, bulk work and the watchdog open them; lists of them are read in `engine.operating`. An operator tries
again, or says that uncertain work was done; each with a reason that is kept.
"""

from engine.incidents.opening import (
    BULK,
    CASE,
    CERTIFICATE,
    DOCUMENT,
    JOB,
    KINDS,
    MAIL,
    STATE,
    STEP,
    TIMER,
    kind_of,
    open_for,
    open_for_job,
    open_for_state,
    open_for_step,
)
from engine.incidents.settling import (
    DELIVERED,
    LONGEST_NOTE,
    NOTED,
    RETRIED,
    UNCERTAIN,
    NotUncertain,
    Outcome,
    Still,
    annotate,
    retry,
    retry_in_case,
    say_delivered,
    settle_gone,
    settle_of_job,
)

__all__ = [
    "BULK",
    "CASE",
    "CERTIFICATE",
    "DELIVERED",
    "DOCUMENT",
    "JOB",
    "KINDS",
    "LONGEST_NOTE",
    "MAIL",
    "NOTED",
    "NotUncertain",
    "Outcome",
    "RETRIED",
    "STATE",
    "STEP",
    "Still",
    "TIMER",
    "UNCERTAIN",
    "annotate",
    "kind_of",
    "open_for",
    "open_for_job",
    "open_for_state",
    "open_for_step",
    "retry",
    "retry_in_case",
    "say_delivered",
    "settle_gone",
    "settle_of_job",
]
