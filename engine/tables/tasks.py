"""
Tasks of people, and the answers that were typed, given and put right.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.tables.base import Base

#: due date of a task without one: sorts last
FAR = datetime(9999, 12, 31, tzinfo=UTC)


class Task(Base):
    """
    A user task of the diagram, open or closed: the projection that inboxes read.
    """

    __tablename__ = "task"
    __table_args__ = (
        Index(
            "ix_task_unit_role_due_at_id",
            "unit",
            "role",
            "due_at",
            "id",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "ix_task_claimed_by_due_at_id",
            "claimed_by",
            "due_at",
            "id",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "ix_task_due_at_id",
            "due_at",
            "id",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_task_case_id", "case_id"),
        Index(
            "ix_task_element_case_id",
            "element",
            "case_id",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    #: the engine's own task id, 32 hexadecimal digits
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    #: id of the user task in the diagram
    element: Mapped[str]
    role: Mapped[str]
    unit: Mapped[str | None]
    #: open, done or cancelled
    state: Mapped[str]
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    priority: Mapped[int] = mapped_column(default=0, server_default="0")
    claimed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class TaskCandidate(Base):
    """
    A person who alone (with the other candidates) may do a task.
    """

    __tablename__ = "task_candidate"
    __table_args__ = (Index("ix_task_candidate_person_id_task_id", "person_id", "task_id"),)

    task_id: Mapped[str] = mapped_column(ForeignKey("task.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)


class Draft(Base):
    """
    What a person typed into a task's form and has not yet sent.
    """

    __tablename__ = "draft"

    task_id: Mapped[str] = mapped_column(ForeignKey("task.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    #: {key: [texts]}
    typed: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]


class Submission(Base):
    """
    The answers that were given to one task, with the release under which they were given. Personal data lives here.
    """

    __tablename__ = "submission"
    __table_args__ = (
        Index(
            "ix_submission_case_id_latest",
            "case_id",
            sqlite_where=text("superseded = false"),
            postgresql_where=text("superseded = false"),
        ),
    )

    task_id: Mapped[str] = mapped_column(ForeignKey("task.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    element: Mapped[str]
    release_id: Mapped[str]
    answers: Mapped[bytes]
    given_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    given_at: Mapped[datetime]
    #: True when the same element was answered again
    superseded: Mapped[bool] = mapped_column(default=False, server_default=text("false"))


class Correction(Base):
    """
    Answers that were put right by hand: as they were before, and since. Never changed; personal data lives here.
    """

    __tablename__ = "correction"

    #: of the audit row
    key: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    #: of the submission, whose answers are the newest
    task_id: Mapped[str] = mapped_column(ForeignKey("submission.task_id"))
    before: Mapped[bytes]
    after: Mapped[bytes]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
