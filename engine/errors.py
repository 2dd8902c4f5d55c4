"""
Everything that can go wrong, sorted by who must act.

    EngineError
    ├── NotFound              nobody: it is not there, or not for this person
    ├── Refused               the person
    │   ├── NotYourTask
    │   ├── TaskAlreadyDone
    │   ├── CaseChangedMeanwhile
    │   ├── FormOutdated
    │   ├── CaseSuspended
    │   ├── InterventionRefused
    │   └── AnswersRefused
    ├── ReleaseRefused        the analyst
    ├── CannotGoOn            the operator: the step is undone, an incident tells why
    │   ├── StepFailed
    │   └── StateUnreadable
    └── TryAgain              the machine: the same call may go through later
        ├── StateNewer        a newer version of the program, which runs beside this one
        └── LeftToOthers      the same, for work of a kind that this version does not know

`code` is stable, for logs, tests and translation; the sentence that a person reads belongs to the pages. Messages hold
no personal data. `BpmnError` stands apart: an operation throws it, and the diagram's error event catches it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from engine.findings import Finding, Reason, say
from forms import FieldError


class EngineError(Exception):
    """
    Never raised itself.
    """

    code = "engine_error"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or " ".join((self.__doc__ or "").split()))


class NotFound(EngineError):
    """
    There is no such thing, or it is not for this person: both read alike.
    """

    code = "not_found"


class Refused(EngineError):
    """
    The person must do something else.
    """

    code = "refused"


class NotYourTask(Refused):
    """
    The task belongs to another role, office or person.
    """

    code = "not_your_task"


class TaskAlreadyDone(Refused):
    """
    Somebody completed this task before, or the case went on without it.
    """

    code = "task_already_done"

    def __init__(self, case_id: int, by: int | None, at: datetime | None, *, cancelled: bool = False) -> None:
        super().__init__()
        self.case_id = case_id
        #: person who completed it; None when the diagram took the task away
        self.by = by
        self.at = at
        self.cancelled = cancelled


class CaseChangedMeanwhile(Refused):
    """
    The case took another step while this one was being made; nothing was changed.
    """

    code = "case_changed_meanwhile"


class FormOutdated(Refused):
    """
    The page was made from another version of the form; it must be read again before it is sent.
    """

    code = "form_outdated"


class CaseSuspended(Refused):
    """
    The case is suspended: nobody can complete a task of it until it is resumed.
    """

    code = "case_suspended"


class InterventionRefused(Refused):
    """
    What an operator wants can't be done to this case; `reason` says why, to them.
    """

    code = "intervention_refused"

    def __init__(self, reason: Reason) -> None:
        super().__init__(say(reason, "en"))
        self.reason = reason


class NoteMissing(Refused):
    """
    A release needs a note that says what it is for.
    """

    code = "note_missing"


class DraftOutdated(Refused):
    """
    A file that an analyst changed has become another one in the active release since.
    """

    code = "draft_outdated"


class SecondPersonNeeded(Refused):
    """
    Who proposed a release can't approve it.
    """

    code = "second_person_needed"


class AnswersRefused(Refused):
    """
    The answers can't be taken as they are.

    An operation raises it with a sentence for each field; nothing of the step is kept.
    """

    code = "answers_refused"

    def __init__(self, sentences: Mapping[str, str], errors: Sequence[FieldError] = ()) -> None:
        #: field key -> sentence in the source language, telling what to do
        self.sentences = dict(sentences)
        #: every error at its field; code "refused" carries an operation's own sentence as `text`
        self.errors: tuple[FieldError, ...] = (
            *errors,
            *(FieldError(key, "refused", {"text": text}) for key, text in self.sentences.items()),
        )
        super().__init__("The answers are refused: " + ", ".join(f"{one.key} ({one.code})" for one in self.errors))


class ReleaseRefused(EngineError):
    """
    A release can't be taken; everything that was found is listed.
    """

    code = "release_refused"

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = findings


class CannotGoOn(EngineError):
    """
    The step was undone and an incident opened; an operator must look.
    """

    code = "cannot_go_on"

    def __init__(self, message: str, *, element: str | None = None, reason: Reason | None = None) -> None:
        super().__init__(message)
        self.element = element
        #: the same for an analyst, in three languages
        self.reason = reason or Reason(f"failed.{self.code}", {"message": message})
        #: what a job writes in the transaction of its incident
        self.note: Callable[[Connection, datetime], None] | None = None


class StepFailed(CannotGoOn):
    """
    An expression, decision or operation of the diagram failed.
    """

    code = "step_failed"


class Stuck(StepFailed):
    """
    Tokens wait where nothing ever comes: no task, no timer, and not at an end.
    """

    def __init__(self, tokens: Sequence[str]) -> None:
        places = ", ".join(tokens)
        super().__init__(
            f"Nobody and nothing can go on from {places}.",
            element=tokens[0] if tokens else None,
            reason=Reason("failed.stuck", {"places": places}),
        )


class StepBudgetSpent(CannotGoOn):
    """
    One step ran through more elements, or longer, than it may: the diagram turns in a circle.
    """

    code = "step_budget_spent"


class StateUnreadable(CannotGoOn):
    """
    The state of the case can't be read back.
    """

    code = "state_unreadable"


class TryAgain(EngineError):
    """
    Something outside is not available now; the same call may go through later.
    """

    code = "try_again"

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        #: what a job writes in the transaction in which it is put off
        self.note: Callable[[Connection, datetime], None] | None = None


class StateNewer(TryAgain):
    """
    The state of the case was written by a newer version of the program: this one leaves the case to it.
    """

    code = "state_newer"

    def __init__(self, version: int) -> None:
        super().__init__(f"The stored state is of version {version}, which a newer program reads.")
        self.version = version


class LeftToOthers(TryAgain):
    """
    This version of the program knows no such work: it is left to workers that do.
    """

    code = "left_to_others"


class BpmnError(Exception):
    """
    Thrown by an operation; the error boundary event with the same code catches it.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.error_code = code
