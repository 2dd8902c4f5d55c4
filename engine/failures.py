"""
Attempts that failed: when, at which place, with what error. They stay when the work at last succeeds.

A job's are kept by its id, those of a step or a case by their incident. Messages hold no personal data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, ForeignKey, Index, insert, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.tables import Base

#: a worker took the job and was never heard of again
WORKER_LOST = "worker_lost"


class Failure(Base):
    """
    One attempt that failed.
    """

    __tablename__ = "failure"
    __table_args__ = (
        Index(
            "ix_failure_job_id",
            "job_id",
            sqlite_where=text("job_id IS NOT NULL"),
            postgresql_where=text("job_id IS NOT NULL"),
        ),
        Index(
            "ix_failure_incident_id",
            "incident_id",
            sqlite_where=text("incident_id IS NOT NULL"),
            postgresql_where=text("incident_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: finished jobs leave the table of jobs, so this is no foreign key
    job_id: Mapped[int | None]
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"))
    at: Mapped[datetime]
    #: number of the job's attempt; None: a step's
    attempt: Mapped[int | None]
    code: Mapped[str]
    message: Mapped[str]
    #: machine and process of the worker
    owner: Mapped[str | None]


@dataclass(frozen=True)
class FailureLine:
    """
    One failed attempt, for lists.
    """

    at: datetime
    attempt: int | None
    code: str
    message: str
    owner: str | None


def note(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """
    Keep failed attempts. One statement.

    Args:
        rows: at, code, message; and job_id, attempt, owner of a job's, or incident_id.
    """
    columns = {"job_id": None, "incident_id": None, "attempt": None, "owner": None}
    connection.execute(insert(Failure), [{**columns, **row} for row in rows])


def of_incident(
    connection: Connection, incident_id: int, job_id: int | None, most: int = 100
) -> tuple[FailureLine, ...]:
    """
    Return the failed attempts behind an incident, newest first; of a job all of them, earlier incidents' too.
    """
    mine = Failure.incident_id == incident_id
    which = mine if job_id is None else or_(mine, Failure.job_id == job_id)
    rows = connection.execute(
        select(Failure.at, Failure.attempt, Failure.code, Failure.message, Failure.owner)
        .where(which)
        .order_by(Failure.id.desc())
        .limit(most)
    )
    return tuple(FailureLine(*row) for row in rows)
