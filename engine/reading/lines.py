"""
What pages show of cases, letters, jobs and incidents: frozen values without any behaviour.

They are made by the modules that read; words are in the reader's language unless a line says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class CaseLine:
    """
    One of a citizen's own cases, in words of the source language.
    """

    id: int
    #: None until it is registered
    number: str | None
    process: str
    release_id: str
    public_status: str
    tone: str
    status_at: datetime
    opened_at: datetime
    registered_at: datetime | None
    due_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    #: since when nobody works on it; None: it goes its way
    suspended_at: datetime | None
    facets: Mapping[str, str]
    #: open task that waits for the applicant
    task: str | None


@dataclass(frozen=True)
class StatusLine:
    """
    A public status and when it began.
    """

    at: datetime
    status: str
    tone: str


@dataclass(frozen=True)
class DocumentLine:
    """
    A letter of the case.
    """

    id: str
    #: act, registration, refusal, receipt
    kind: str
    number: str | None
    #: False while it is being rendered
    ready: bool
    created_at: datetime


@dataclass(frozen=True)
class CaseStatus:
    """
    What the status page says, in the language of the person who asks.
    """

    id: int
    number: str | None
    process: str
    #: name of the service
    title: str
    unit: str | None
    #: the reader's, or that of the entity they act for
    own: bool
    #: with its personal data
    readable: bool
    public_status: str
    tone: str
    status_at: datetime
    what_next: str
    due_at: datetime | None
    #: since when the term stands still; None: it runs
    term_stopped_at: datetime | None
    #: since when nobody works on it; None: it goes its way
    suspended_at: datetime | None
    opened_at: datetime
    registered_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    facets: Mapping[str, str]
    #: oldest first
    timeline: tuple[StatusLine, ...]
    #: newest first
    documents: tuple[DocumentLine, ...]
    #: open task of this person, None when they have nothing to do
    task: str | None
    #: sentence with the number that confirms the registration; empty before it
    confirmation: str


@dataclass(frozen=True)
class Answer:
    """
    One answered question, as a person reads it.
    """

    key: str
    label: str
    value: str
    #: stored files, when the answer is a list of them
    files: tuple[Mapping[str, Any], ...] = ()
    #: the value is personal and this person may not read it
    hidden: bool = False


@dataclass(frozen=True)
class AnsweredForm:
    """
    The latest answers to one form.
    """

    element: str
    title: str
    given_at: datetime
    #: None: nobody, or an applicant whom this reader may not know
    given_by: str | None
    rows: tuple[Answer, ...]
    by_applicant: bool = False


@dataclass(frozen=True)
class Changed:
    """
    What was before and after something that somebody did by hand; empty texts are hidden from the reader.
    """

    #: answer, place or due
    what: str
    #: of the answer
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class HistoryLine:
    """
    One step of the case: when, who, what.
    """

    at: datetime
    #: None: the diagram itself, e.g. a timer, or an applicant whom this reader may not know
    actor: str | None
    #: started, submitted, timer, claimed, put_back, given, retried …
    event: str
    element: str | None
    #: name of the element in the diagram
    name: str
    #: names of what the diagram then did by itself
    passed: tuple[str, ...]
    #: public status from here on; None when it did not change
    status: str | None
    tone: str | None
    revision: int
    #: who was given the task, or for whom it was done
    receiver: str | None = None
    by_applicant: bool = False
    #: why somebody did it by hand
    reason: str | None = None
    #: what was changed by hand
    changes: tuple[Changed, ...] = ()


@dataclass(frozen=True)
class TaskLine:
    """
    An open task of the case.
    """

    id: str
    element: str
    name: str
    role: str
    unit: str | None
    opened_at: datetime
    #: None: no due date
    due_at: datetime | None
    claimed_by: int | None
    holder: str | None
    #: this person may do it, if nobody else holds it
    may_do: bool


@dataclass(frozen=True)
class MailLine:
    """
    A message that was tried to be handed over.
    """

    letter: str
    recipient: str
    #: sent, said, refused, returned, deferred or uncertain
    state: str
    at: datetime
    attempts: int = 1
    #: server that took it, with the number of its answer
    accepted_by: str = ""
    #: why it was not taken
    reason: str = ""


@dataclass(frozen=True)
class JobLine:
    """
    Background work that is due, running or dead.
    """

    id: int
    lane: str
    kind: str
    case_id: int | None
    case_number: str | None
    state: str
    created_at: datetime
    run_at: datetime
    attempt: int
    error: str | None
    element: str | None = None
    #: that it sends
    letter: str | None = None


@dataclass(frozen=True)
class IncidentLine:
    """
    Something that cannot go on by itself.
    """

    id: int
    case_id: int | None
    case_number: str | None
    #: of the case
    release_id: str | None
    element: str | None
    code: str
    message: str
    opened_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    #: attempts of the job that failed; None when no job is meant
    attempts: int | None


@dataclass(frozen=True)
class Dossier:
    """
    Everything that staff read of a case, in the language of the person who asks.
    """

    id: int
    number: str | None
    process: str
    release_id: str
    title: str
    unit: str | None
    applicant: str
    channel: str
    language: str
    opened_at: datetime
    registered_at: datetime | None
    due_at: datetime | None
    #: since when the term stands still; None: it runs
    term_stopped_at: datetime | None
    #: since when nobody can complete its tasks; None: it goes its way
    suspended_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    public_status: str
    tone: str
    status_at: datetime
    what_next: str
    facets: Mapping[str, str]
    revision: int
    #: personal data is hidden from this person
    masked: bool
    #: letters and files are for this person
    papers_open: bool
    #: the applicant's FIN, masked unless disclosed; empty where there is none
    fin: str
    #: the person gave a reason, and sees for a while what is masked
    disclosed: bool
    answers: tuple[AnsweredForm, ...]
    #: oldest first
    history: tuple[HistoryLine, ...]
    tasks: tuple[TaskLine, ...]
    documents: tuple[DocumentLine, ...]
    mails: tuple[MailLine, ...]
    jobs: tuple[JobLine, ...]
    incidents: tuple[IncidentLine, ...]
    #: elements and flows that were passed
    path: tuple[str, ...]
    #: elements where the case stands
    tokens: tuple[str, ...]


@dataclass(frozen=True)
class StoredFile:
    """
    A file that may be handed out.
    """

    id: str
    name: str
    type: str
    size: int
    #: case that it belongs to
    case_id: int | None = None
    #: of the reader's own case, or sent by the reader
    own: bool = False


@dataclass(frozen=True)
class Letter:
    """
    A letter and its file, once it is rendered.
    """

    id: str
    kind: str
    number: str | None
    language: str
    created_at: datetime
    case_id: int
    case_number: str | None
    file: StoredFile | None
    #: of the reader's own case
    own: bool


@dataclass(frozen=True)
class GenuineLetter:
    """
    What anybody who holds a letter may have confirmed; no personal data.
    """

    id: str
    kind: str
    number: str | None
    created_at: datetime
    unit: str | None
    facts: Mapping[str, Any]
