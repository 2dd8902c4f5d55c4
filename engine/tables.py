"""
What the engine keeps, as typed tables: releases, cases, tasks, answers, audit, jobs, incidents, documents, people.

No logic and no relationships: every statement is written out where it is used, so that it can be read and counted.
The registry's books (`processes/registry/tables.py`) and the pages' sessions (`web/tables.py`) hang on the same
`Base`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, Index, LargeBinary, MetaData, Text, text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from engine import trail

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

#: role of who applied; every other role is the staff's
APPLICANT = "citizen"
#: state of a job: the timer of a case that is suspended
HELD = "held"
#: due date of a task without one: sorts last
FAR = datetime(9999, 12, 31, tzinfo=UTC)


class Moment(TypeDecorator[datetime]):
    """
    An aware UTC moment: timestamptz on PostgreSQL, naive UTC text on SQLite.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """
        Refuse naive moments; hand UTC to the driver.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A stored moment must be aware.")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """
        Return the moment aware and in UTC.
        """
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """
    The one metadata of the database.
    """

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        str: Text,
        datetime: Moment,
        dict[str, Any]: JSON(none_as_null=True),
        list[Any]: JSON(none_as_null=True),
        bytes: LargeBinary,
    }


class Person(Base):
    """
    Somebody who uses the system: a citizen (verified FIN), one of the staff, or a legal entity (VÖEN) that applies
    through people; an entity never logs in.
    """

    __tablename__ = "person"
    __table_args__ = (Index("ix_person_voen", "voen", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: log-in name of a local account; None: logs in by another means only
    username: Mapped[str | None] = mapped_column(unique=True)
    #: argon2id
    password_hash: Mapped[str | None]
    fin: Mapped[str | None] = mapped_column(unique=True)
    given_name: Mapped[str]
    surname: Mapped[str]
    patronymic: Mapped[str] = mapped_column(default="", server_default="")
    email: Mapped[str | None]
    #: E.164
    telephone: Mapped[str | None]
    #: az, ru or en
    language: Mapped[str] = mapped_column(default="az", server_default="az")
    #: shown under the name, e.g. «Usta, 3-cü briqada»
    position: Mapped[str] = mapped_column(default="", server_default="")
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    #: tax number of a legal entity, whose name is the surname; None: a natural person
    voen: Mapped[str | None]


class Membership(Base):
    """
    A role that a person holds in a unit; unit "*" is every unit.
    """

    __tablename__ = "membership"
    __table_args__ = (Index("ix_membership_unit_role", "unit", "role"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    unit: Mapped[str] = mapped_column(primary_key=True)


class Release(Base):
    """
    A deployed version of one process: diagram, forms, decision tables, letters and catalogues together, immutable.
    """

    __tablename__ = "release"

    #: sha256 over the files' names and contents
    id: Mapped[str] = mapped_column(primary_key=True)
    process: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(default="", server_default="")
    #: new cases start on the release whose `active_since` is latest; None: it waits for a second person
    active_since: Mapped[datetime | None]
    #: None: it came with the installation
    proposed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class ReleaseFile(Base):
    """
    One file of a release, as it was.
    """

    __tablename__ = "release_file"

    release_id: Mapped[str] = mapped_column(ForeignKey("release.id"), primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes]


class ReleaseDraft(Base):
    """
    A file of a process that an analyst has changed and not yet proposed.
    """

    __tablename__ = "release_draft"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    process: Mapped[str] = mapped_column(primary_key=True)
    #: inside the release
    path: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes]
    #: release whose file was changed
    base: Mapped[str] = mapped_column(ForeignKey("release.id"))
    saved_at: Mapped[datetime]


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


class Move(Base):
    """
    A bulk of cases that are moved to another release.
    """

    __tablename__ = "move"

    id: Mapped[int] = mapped_column(primary_key=True)
    process: Mapped[str]
    to_release: Mapped[str] = mapped_column(ForeignKey("release.id"))
    #: elements that have another id there: old -> new
    names: Mapped[dict[str, Any]]
    note: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    #: since when it rests; None: it does not
    paused_at: Mapped[datetime | None]


class CaseMove(Base):
    """
    One case of a bulk.
    """

    __tablename__ = "case_move"
    __table_args__ = (Index("ix_case_move_move_id_state_case_id", "move_id", "state", "case_id"),)

    move_id: Mapped[int] = mapped_column(ForeignKey("move.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    from_release: Mapped[str] = mapped_column(ForeignKey("release.id"))
    #: waiting, moved, refused, undone, or kept: it was to be brought back and had gone on
    state: Mapped[str]
    #: why it was refused or kept: code, params
    reason: Mapped[dict[str, Any] | None]
    #: state and tasks as they were, until the move is undone
    before: Mapped[bytes | None]
    #: of the audit row that moved it: while it is the case's newest, the move can be undone
    audit_hash: Mapped[str | None]


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


class Subscription(Base):
    """
    An event of a case that waits for a message or a signal; the row goes with its token.
    """

    __tablename__ = "subscription"
    __table_args__ = (
        Index("ix_subscription_kind_name_key", "kind", "name", "key"),
        Index("ix_subscription_case_id", "case_id"),
    )

    #: the engine's own task id
    task_id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    #: id of the event in the diagram
    element: Mapped[str]
    #: message or signal
    kind: Mapped[str]
    name: Mapped[str]
    #: which message it waits for; None: a signal
    key: Mapped[str | None]
    opened_at: Mapped[datetime]


class Message(Base):
    """
    A message that nobody waits for yet, until somebody takes it; and, for ever, one that a person sent.
    """

    __tablename__ = "message"
    __table_args__ = (
        Index(
            "ix_message_name_key",
            "name",
            "key",
            sqlite_where=text("waits"),
            postgresql_where=text("waits"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: of the throw that sent it: no other has it
    origin: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    key: Mapped[str]
    #: ids and decisions, no personal data
    payload: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    #: case that sent it; None: it came from outside
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    element: Mapped[str | None]
    sent_at: Mapped[datetime]
    #: None: a case did
    sent_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: True: until somebody waits for it
    waits: Mapped[bool]


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


class Document(Base):
    """
    A letter of a case with its own number and the frozen facts that it states.
    """

    __tablename__ = "document"

    #: random, shown in the address that the QR code holds
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    #: act, registration, refusal, receipt
    kind: Mapped[str]
    number: Mapped[str | None] = mapped_column(unique=True)
    language: Mapped[str]
    facts: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    #: stored file once rendered
    file_id: Mapped[str | None] = mapped_column(ForeignKey("file.id"))


class File(Base):
    """
    A stored file: an upload or a rendered letter. The bytes lie under `<id>` in the files folder.
    """

    __tablename__ = "file"

    #: random
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: as the person named it
    name: Mapped[str]
    #: by content, never by name
    type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    stored_at: Mapped[datetime]


class MailLog(Base):
    """
    A message that was tried to be handed over, and what became of it.
    """

    __tablename__ = "mail_log"

    #: Message-ID, the same for every attempt
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    letter: Mapped[str]
    recipient: Mapped[str]
    #: sent, refused, returned; deferred or uncertain: it will be tried again
    state: Mapped[str]
    at: Mapped[datetime]
    #: how often it was tried
    attempts: Mapped[int] = mapped_column(default=1, server_default="1")
    #: server that took it, with the number of its answer
    accepted_by: Mapped[str] = mapped_column(default="", server_default="")
    #: why it was not taken
    reason: Mapped[str] = mapped_column(default="", server_default="")


class UnwantedMail(Base):
    """
    A kind of mail that a member of the staff does not want; whoever has no row gets it.
    """

    __tablename__ = "unwanted_mail"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
