"""
Cases, the words and facts by which they are found, what happened to them, and who has read them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.tables.base import Base


class Case(Base):
    """
    One application and where its diagram stands. `state` is the last column so that lists never read its pages.
    """

    __tablename__ = "case_file"
    __table_args__ = (
        Index("ix_case_file_applicant_id_id", "applicant_id", "id"),
        Index("ix_case_file_unit_id", "unit", "id"),
        # an open case waits in the order of its term, in its office and over all offices
        Index(
            "ix_case_file_unit_due_at_id",
            "unit",
            "due_at",
            "id",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(
            "ix_case_file_open_opened_at_id",
            "opened_at",
            "id",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(
            "ix_case_file_due_at_id",
            "due_at",
            "id",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: 12 digits with a Damm check digit; None until the case is registered
    number: Mapped[str | None] = mapped_column(unique=True)
    process: Mapped[str]
    release_id: Mapped[str] = mapped_column(ForeignKey("release.id"))
    #: number of steps taken; every write demands the revision that was read
    revision: Mapped[int]
    #: the office in charge; None until routed
    unit: Mapped[str | None]
    applicant_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    #: web, counter, telephone
    channel: Mapped[str] = mapped_column(default="web", server_default="web")
    language: Mapped[str]
    opened_at: Mapped[datetime]
    #: when it got its number
    registered_at: Mapped[datetime | None]
    #: end of the term
    due_at: Mapped[datetime | None]
    #: since when the term stands still; None: it runs
    term_stopped_at: Mapped[datetime | None]
    #: since when nobody can complete its tasks and its timers are held; None: it goes its way
    suspended_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    #: property `outcome` of the end event, `cancelled` if it was ended by hand, None while open
    outcome: Mapped[str | None]
    #: Azerbaijani source text of the public status, translated when shown
    public_status: Mapped[str] = mapped_column(default="", server_default="")
    status_tone: Mapped[str] = mapped_column(default="grey", server_default="grey")
    status_at: Mapped[datetime]
    what_next: Mapped[str] = mapped_column(default="", server_default="")
    #: element whose `confirmation` property the receipt page shows
    confirmation: Mapped[str | None]
    #: what lists show and filter by: {name: text}
    facets: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: key of the message that opened it, which its own messages carry; None: it has a key of its own
    conversation: Mapped[str | None]
    #: hash of the newest audit row
    audit_hash: Mapped[str] = mapped_column(default="", server_default="")
    #: compact state of the diagram, without its specification
    state: Mapped[bytes]


class CaseFacet(Base):
    """
    One filterable fact of a case, e.g. district or reason.
    """

    __tablename__ = "case_facet"
    __table_args__ = (Index("ix_case_facet_name_value_case_id", "name", "value", "case_id"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class SearchTerm(Base):
    """
    A folded word by which a case is found; looked up by its beginning.
    """

    __tablename__ = "search_term"

    term: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), primary_key=True)


# Words are looked up by their beginning, in the order of the code points, whatever the database's language is.
Index("ix_search_term_beginning", SearchTerm.term.collate("C"), SearchTerm.case_id).ddl_if(dialect="postgresql")


class Audit(Base):
    """
    What happened to a case, one row a step, chained by hashes; never changed, never deleted.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_case_id_revision", "case_id", "revision"),)

    #: key of the submit (or job) that made the step: a repeated one finds its first result here
    key: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    revision: Mapped[int]
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: started, submitted, timer, claimed, released, given, retried …
    event: Mapped[str]
    #: element that the event is about
    element: Mapped[str | None]
    #: {"path": [element or flow ids], "rules": {decision: [rule ids]}, "next": task id, …}; never personal data
    detail: Mapped[dict[str, Any]]
    #: public status from this step on, None when it did not change
    public_status: Mapped[str | None]
    status_tone: Mapped[str | None]
    previous_hash: Mapped[str]
    hash: Mapped[str]


class Reading(Base):
    """
    That somebody read another person's data; never changed, never deleted.
    """

    __tablename__ = "reading"
    __table_args__ = (
        Index("ix_reading_case_id_id", "case_id", "id"),
        Index("ix_reading_person_id_until", "person_id", "until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    #: case, task, status, letter, file, list, or disclosed: what is masked was shown for a while
    kind: Mapped[str]
    #: None: a list
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    #: id of the task, letter or file
    subject: Mapped[str | None]
    #: ids of the cases that a page of a list named
    cases: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    #: why masked data had to be shown
    reason: Mapped[str | None]
    #: end of the showing
    until: Mapped[datetime | None]
