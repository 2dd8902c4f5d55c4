"""
What the engine keeps, as typed tables: releases, cases, tasks, answers, audit, jobs, incidents, documents, people.

No logic and no relationships: every statement is written out where it is used, so that it can be read and counted.
The registry's books (`processes/registry/tables.py`) and the pages' sessions (`web/tables.py`) hang on the same
`Base`.
"""

from engine.tables.base import NAMING, Base, Moment
from engine.tables.cases import Audit, Case, CaseFacet, Reading, SearchTerm
from engine.tables.messages import Message, Subscription
from engine.tables.papers import Document, File, MailLog
from engine.tables.people import APPLICANT, Membership, Person, UnwantedMail
from engine.tables.releases import CaseMove, Move, Release, ReleaseDraft, ReleaseFile
from engine.tables.tasks import FAR, Correction, Draft, Submission, Task, TaskCandidate
from engine.tables.work import HELD, Batch, BatchCase, FinishedJob, Heartbeat, Incident, Job

__all__ = [
    "APPLICANT",
    "Audit",
    "Base",
    "Batch",
    "BatchCase",
    "Case",
    "CaseFacet",
    "CaseMove",
    "Correction",
    "Document",
    "Draft",
    "FAR",
    "File",
    "FinishedJob",
    "HELD",
    "Heartbeat",
    "Incident",
    "Job",
    "MailLog",
    "Membership",
    "Message",
    "Moment",
    "Move",
    "NAMING",
    "Person",
    "Reading",
    "Release",
    "ReleaseDraft",
    "ReleaseFile",
    "SearchTerm",
    "Submission",
    "Subscription",
    "Task",
    "TaskCandidate",
    "UnwantedMail",
]
