"""
Background work, bulk work, and what cannot go on.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from engine import trail
from engine.tables.base import Base

#: state of a job: the timer of a case that is suspended
HELD = "held"


class Job(Base):
    """
    Background work that is due or running, written in the transaction that asks for it.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index(
            "ix_job_run_at_id",
            "run_at",
            "id",
            sqlite_where=text("state = 'ready'"),
            postgresql_where=text("state = 'ready'"),
        ),
        Index(
            "ix_job_lane_run_at_id",
            "lane",
            "run_at",
            "id",
            sqlite_where=text("state = 'ready'"),
            postgresql_where=text("state = 'ready'"),
        ),
        Index(
            "ix_job_kind_run_at_id",
            "kind",
            "run_at",
            "id",
            sqlite_where=text("state = 'ready'"),
            postgresql_where=text("state = 'ready'"),
        ),
        Index("ix_job_dead_id", "id", sqlite_where=text("state = 'dead'"), postgresql_where=text("state = 'dead'")),
        Index(
            "ix_job_resting_id",
            "id",
            sqlite_where=text("state IN ('suspended', 'held')"),
            postgresql_where=text("state IN ('suspended', 'held')"),
        ),
        Index(
            "ix_job_task_id",
            "task_id",
            sqlite_where=text("task_id IS NOT NULL"),
            postgresql_where=text("task_id IS NOT NULL"),
        ),
        Index(
            "ix_job_lease_until",
            "lease_until",
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
        Index("ix_job_case_id", "case_id"),
        {"sqlite_autoincrement": True},  # an id is never given twice: incidents and finished jobs keep it
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: one of engine.lanes
    lane: Mapped[str]
    kind: Mapped[str]
    #: ids only, no personal data
    payload: Mapped[dict[str, Any]]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    #: the engine's task that a timer belongs to; the row goes when that task goes
    task_id: Mapped[str | None]
    #: the same work is never asked for twice
    key: Mapped[str] = mapped_column(unique=True)
    #: ready, running, dead, suspended: a person let it rest, or held: a timer of a case that is suspended
    state: Mapped[str]
    created_at: Mapped[datetime]
    run_at: Mapped[datetime]
    #: counted when the job is taken
    attempt: Mapped[int] = mapped_column(default=0, server_default="0")
    #: how many of the attempts ended with a failure that was told; the others ended with their worker
    failed: Mapped[int] = mapped_column(default=0, server_default="0")
    #: whoever settles must hold it
    token: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    #: machine and process that took it last
    owner: Mapped[str | None]
    #: when a carrier was told of it last
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None]
    #: of stored states that must be understood to do it: an older program leaves it to a newer one
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    #: the request in which it was asked for, and its span (W3C's traceparent)
    request_id: Mapped[str | None] = mapped_column(default=trail.request_id)
    trace: Mapped[str | None] = mapped_column(default=trail.trace)


class FinishedJob(Base):
    """
    Background work that was done; keeps the hot table small.
    """

    __tablename__ = "finished_job"
    __table_args__ = (Index("ix_finished_job_finished_at_id", "finished_at", "id", "lane"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lane: Mapped[str]
    kind: Mapped[str]
    case_id: Mapped[int | None] = mapped_column(index=True)
    key: Mapped[str]
    attempt: Mapped[int]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime]


class Heartbeat(Base):
    """
    A process that does background work, and when it was heard of last.
    """

    __tablename__ = "heartbeat"

    #: random: a new process may have the name of one that died
    id: Mapped[str] = mapped_column(primary_key=True)
    #: machine and process, as its jobs name it
    owner: Mapped[str]
    #: True: it serves pages too
    with_pages: Mapped[bool]
    #: lane -> hands
    lanes: Mapped[dict[str, Any]]
    #: the newest schema that it knows: which version of the program it is
    version: Mapped[str]
    started_at: Mapped[datetime]
    heard_at: Mapped[datetime]
    #: unless it is heard of by then, it is dead or frozen
    until: Mapped[datetime]


class Batch(Base):
    """
    Bulk work: the same thing done to many cases, and how far it is.
    """

    __tablename__ = "batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    #: ids and decisions, no personal data
    payload: Mapped[dict[str, Any]]
    total: Mapped[int] = mapped_column(default=0, server_default="0")
    done: Mapped[int] = mapped_column(default=0, server_default="0")
    #: each of them has an incident
    failed: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    finished_at: Mapped[datetime | None]
    #: since when it rests; None: it does not
    paused_at: Mapped[datetime | None]


class BatchCase(Base):
    """
    A case to which bulk work is still to be done; the row goes in the transaction that does it.
    """

    __tablename__ = "batch_case"

    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), primary_key=True)


class Incident(Base):
    """
    Something that cannot go on by itself, until a person mended it.
    """

    __tablename__ = "incident"
    __table_args__ = (
        Index("ix_incident_opened_at", "opened_at"),
        Index("ix_incident_job_id", "job_id"),
        Index(
            "ix_incident_open_id",
            "id",
            sqlite_where=text("resolved_at IS NULL"),
            postgresql_where=text("resolved_at IS NULL"),
        ),
        Index(
            "ix_incident_open_code_id",
            "code",
            "id",
            sqlite_where=text("resolved_at IS NULL"),
            postgresql_where=text("resolved_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    job_id: Mapped[int | None]
    task_id: Mapped[str | None]
    element: Mapped[str | None]
    #: what failed: one of `engine.incidents.KINDS`; None: an older version opened it
    kind: Mapped[str | None]
    #: stable code of the failure; the sentence that a person reads is `incident.<code>`
    code: Mapped[str]
    #: values of that sentence
    params: Mapped[dict[str, Any] | None]
    #: for who looks closer, without personal data
    message: Mapped[str]
    #: what operators tell one another about it
    note: Mapped[str | None]
    #: who made the step that failed; their answers are kept as a draft
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
