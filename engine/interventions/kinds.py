"""
What can be done to a case by hand: one value a kind, with everything that the person chose and typed.

Nothing is done here; `KINDS` says under which right and which event of the audit each is done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from engine import rights
from forms import Upload

#: texts as typed, by key, as a page posts them
Posted = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Suspend:
    """
    Let the case stand still: no task can be completed, no timer fires.
    """


@dataclass(frozen=True)
class Resume:
    """
    Let a suspended case go on; timers that came due meanwhile fire once.
    """


@dataclass(frozen=True)
class End:
    """
    End the case; nothing of it is done any more.
    """

    #: what the applicant reads in place of what happens next
    explanation: str


@dataclass(frozen=True)
class Correct:
    """
    Put the latest answers to a form right, and what the process knows by them.
    """

    #: user task whose form was answered
    element: str
    posted: Posted = field(default_factory=dict)


@dataclass(frozen=True)
class Skip:
    """
    Let the case go on as if a task were done.
    """

    task: str
    #: what later steps need of its answers
    posted: Posted = field(default_factory=dict)


@dataclass(frozen=True)
class OnBehalf:
    """
    Complete a task for somebody who can't.
    """

    task: str
    person: int
    posted: Posted = field(default_factory=dict)
    #: files by key, uploaded by whoever intervenes
    uploads: Mapping[str, Sequence[Upload]] = field(default_factory=dict)


@dataclass(frozen=True)
class SendBack:
    """
    Let a task that the case has passed be done once more, in place of where it waits.
    """

    #: task or timer where the case waits
    token: str
    target: str
    posted: Posted = field(default_factory=dict)


@dataclass(frozen=True)
class Move:
    """
    Put a token at another element of its branch.
    """

    token: str
    target: str
    posted: Posted = field(default_factory=dict)


@dataclass(frozen=True)
class ChangeDue:
    """
    Give a task, or the case, another due date.
    """

    #: None: the term of the case
    task: str | None
    at: datetime


Intervention = Suspend | Resume | End | Correct | Skip | OnBehalf | SendBack | Move | ChangeDue

#: kind -> (right that it needs, event in the audit)
KINDS: Mapping[type, tuple[str, str]] = {
    Suspend: (rights.SUSPEND, "suspended"),
    Resume: (rights.RESUME, "resumed"),
    End: (rights.END, "ended"),
    Correct: (rights.CORRECT, "corrected"),
    Skip: (rights.SKIP, "skipped"),
    OnBehalf: (rights.ON_BEHALF, "on_behalf"),
    SendBack: (rights.SEND_BACK, "sent_back"),
    Move: (rights.MOVE, "token_moved"),
    ChangeDue: (rights.DUE, "due_changed"),
}
#: events in the audit that somebody made by hand
EVENTS = frozenset(event for _, event in KINDS.values())
