"""
The statements of the step path, each written once so that it can be counted. It takes a connection and never commits.

Completing a task: `lock_task`, `answers_of`, then the writes of `Changes`: case, task, new tasks, answers, audit,
jobs; with candidates, search words, facets and files only where a step has any.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import Connection, Row, Table, Update, bindparam, delete, exists, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.errors import CaseChangedMeanwhile
from engine.storage.data import load
from engine.tables import (
    Audit,
    Case,
    CaseFacet,
    Draft,
    File,
    Job,
    Person,
    SearchTerm,
    Submission,
    Subscription,
    Task,
    TaskCandidate,
)

#: plain tables: the ORM's own layer costs as much as the statement
_TABLE = {
    kind: cast(Table, kind.__table__)
    for kind in (Audit, Case, CaseFacet, Job, SearchTerm, Submission, Subscription, Task, TaskCandidate)
}
_CASE = (
    Case.id.label("case_id"),
    Case.number,
    Case.process,
    Case.release_id,
    Case.revision,
    Case.unit.label("case_unit"),
    Case.applicant_id,
    Case.language,
    Case.opened_at.label("case_opened_at"),
    Case.due_at.label("case_due_at"),
    Case.term_stopped_at.label("case_term_stopped_at"),
    Case.suspended_at.label("case_suspended_at"),
    Case.closed_at.label("case_closed_at"),
    Case.public_status,
    Case.facets,
    Case.audit_hash,
    Case.conversation,
    Case.state.label("case_state"),
)
_TASK = (
    Task.id,
    Task.element,
    Task.role,
    Task.unit,
    Task.state,
    Task.opened_at,
    Task.due_at,
    Task.claimed_by,
    Task.closed_at,
    Task.closed_by,
)
_TASK_AND_CASE = (
    select(
        *_TASK,
        *_CASE,
        exists().where(TaskCandidate.task_id == Task.id).label("has_candidates"),
        exists()
        .where(TaskCandidate.task_id == Task.id, TaskCandidate.person_id == bindparam("person"))
        .label("is_candidate"),
    )
    .join(Case, Case.id == Task.case_id)
    .where(Task.id == bindparam("task"))
)
# Both rows: a waiter must read the task as the winner left it, not as its own snapshot has it.
_LOCKED_TASK = _TASK_AND_CASE.with_for_update(of=[Case, Task])
_SHOWN_TASK = (
    _TASK_AND_CASE.add_columns(Person.given_name, Person.surname, Draft.typed)
    .outerjoin(Person, Person.id == Task.claimed_by)
    .outerjoin(Draft, (Draft.task_id == Task.id) & (Draft.person_id == bindparam("person")))
)
#: a case as a step reads it
SELECT_CASE = select(*_CASE)
_LOCKED_CASE = SELECT_CASE.where(Case.id == bindparam("case")).with_for_update()
_ANSWERS = (
    select(Submission.element, Submission.answers)
    .where(Submission.case_id == bindparam("case"), Submission.superseded.is_(False))
    .order_by(Submission.given_at)
)
_SUPERSEDE = (
    update(Submission)
    .where(
        Submission.case_id == bindparam("case"),
        Submission.element == bindparam("answered"),
        Submission.superseded.is_(False),
    )
    .values(superseded=True)
)
_CLOSE_TASK = (
    update(_TABLE[Task])
    .where(_TABLE[Task].c.id == bindparam("task"))
    .values(state=bindparam("became"), closed_at=bindparam("at"), closed_by=bindparam("by"))
)
_INSERT_CASE = insert(_TABLE[Case]).returning(_TABLE[Case].c.id)
_INSERT_TASK = insert(_TABLE[Task])
_INSERT_CANDIDATE = insert(_TABLE[TaskCandidate])
_INSERT_SUBMISSION = insert(_TABLE[Submission])
# inline: their numbers are not asked for, so nothing comes back
_INSERT_AUDIT = insert(_TABLE[Audit]).inline()
_INSERT_JOB = insert(_TABLE[Job]).inline()
_ASK = {
    name: dialect.insert(_TABLE[Job]).on_conflict_do_nothing(index_elements=["key"])
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}
_INSERT_FACET = insert(_TABLE[CaseFacet])
_ADD_TERM = {
    "sqlite": sqlite.insert(_TABLE[SearchTerm]).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(_TABLE[SearchTerm]).on_conflict_do_nothing(),
}
_DROP_TIMER = delete(_TABLE[Job]).where(_TABLE[Job].c.task_id == bindparam("timer"))
_INSERT_SUBSCRIPTION = insert(_TABLE[Subscription])
_DROP_SUBSCRIPTION = delete(_TABLE[Subscription]).where(_TABLE[Subscription].c.task_id == bindparam("waiting"))
_FINISHED_STEP = select(Audit.case_id, Audit.detail, Audit.revision).where(Audit.key == bindparam("key"))


def lock_task(connection: Connection, task_id: str, person_id: int) -> Row[Any] | None:
    """
    Return a task with its case, whose row stays locked until the transaction ends; None if there is none.
    """
    return connection.execute(_LOCKED_TASK, {"task": task_id, "person": person_id}).one_or_none()


def show_task(connection: Connection, task_id: str, person_id: int) -> Row[Any] | None:
    """
    Return a task with its case, who holds it and the person's draft; None if there is none.
    """
    return connection.execute(_SHOWN_TASK, {"task": task_id, "person": person_id}).one_or_none()


def lock_case(connection: Connection, case_id: int) -> Row[Any] | None:
    """
    Return a case, whose row stays locked until the transaction ends.
    """
    return connection.execute(_LOCKED_CASE, {"case": case_id}).one_or_none()


def answers_of(connection: Connection, case_id: int) -> dict[str, dict[str, Any]]:
    """
    Return the latest answers of every form of the case: element -> key -> value, oldest first.
    """
    return {element: load(answers) for element, answers in connection.execute(_ANSWERS, {"case": case_id})}


def finished_step(connection: Connection, key: str) -> Row[Any] | None:
    """
    Return what the step with this submit key became; None if it was never made.
    """
    return connection.execute(_FINISHED_STEP, {"key": key}).one_or_none()


def insert_case(connection: Connection, values: Mapping[str, Any]) -> int:
    """
    Insert a case and return its id.
    """
    return int(connection.execute(_INSERT_CASE, values).scalar_one())


def update_case(connection: Connection, case_id: int, revision: int, values: Mapping[str, Any]) -> None:
    """
    Write a case that was read at `revision`; columns that `values` lacks stay as they are.

    Raises:
        CaseChangedMeanwhile: if another step was faster.
    """
    parameters = {f"new_{name}": value for name, value in values.items()}
    statement = _update_case(tuple(values))
    found = connection.execute(statement, {"case": case_id, "read": revision, "next": revision + 1, **parameters})
    if found.rowcount != 1:
        raise CaseChangedMeanwhile


@cache
def _update_case(names: tuple[str, ...]) -> Update:
    case = _TABLE[Case].c
    changed = {name: bindparam(f"new_{name}", type_=case[name].type) for name in names}
    where = (case.id == bindparam("case"), case.revision == bindparam("read"))
    return update(_TABLE[Case]).where(*where).values(revision=bindparam("next"), **changed)


def close_tasks(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """
    Close tasks: rows of task, became (done or cancelled), at, by.
    """
    if rows:
        connection.execute(_CLOSE_TASK, rows)


def insert_tasks(
    connection: Connection, rows: Sequence[Mapping[str, Any]], candidates: Mapping[str, Iterable[int]]
) -> None:
    """
    Insert open tasks, and who alone may do them.
    """
    if rows:
        connection.execute(_INSERT_TASK, rows)
    named = [{"task_id": task, "person_id": person} for task, people in candidates.items() for person in people]
    if named:
        connection.execute(_INSERT_CANDIDATE, named)


def insert_submission(connection: Connection, row: Mapping[str, Any], *, again: bool) -> None:
    """
    Keep the answers to a task; `again`: the element was answered before.
    """
    if again:
        connection.execute(_SUPERSEDE, {"case": row["case_id"], "answered": row["element"]})
    connection.execute(_INSERT_SUBMISSION, row)


def insert_audit(connection: Connection, row: Mapping[str, Any]) -> None:
    """
    Append an audit row.
    """
    connection.execute(_INSERT_AUDIT, row)


def insert_jobs(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """
    Ask for background work.
    """
    if rows:
        connection.execute(_INSERT_JOB, rows)


def ask(connection: Connection, row: Mapping[str, Any]) -> bool:
    """
    Ask for background work; return False if the same work waits already.
    """
    return connection.execute(_ASK[connection.dialect.name], row).rowcount == 1


def drop_timers(connection: Connection, task_ids: Sequence[str]) -> None:
    """
    Remove the jobs of timers that no longer wait.
    """
    if task_ids:
        connection.execute(_DROP_TIMER, [{"timer": task_id} for task_id in task_ids])


def subscribe(connection: Connection, gone: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """
    Let events that have been told, or are gone, wait no longer, and others begin to wait.
    """
    if gone:
        connection.execute(_DROP_SUBSCRIPTION, [{"waiting": task_id} for task_id in gone])
    if rows:
        connection.execute(_INSERT_SUBSCRIPTION, rows)


def describe(connection: Connection, case_id: int, old: Mapping[str, str], new: Mapping[str, str]) -> None:
    """
    Set the facets that lists filter by.
    """
    changed = {name: value for name, value in new.items() if old.get(name) != value}
    stale = [name for name in changed if name in old]
    if stale:
        connection.execute(delete(CaseFacet).where(CaseFacet.case_id == case_id, CaseFacet.name.in_(stale)))
    if changed:
        rows = [{"case_id": case_id, "name": name, "value": value} for name, value in changed.items()]
        connection.execute(_INSERT_FACET, rows)


def add_words(connection: Connection, case_id: int, words: Iterable[str]) -> None:
    """
    Make the case findable by these folded words.
    """
    wanted = sorted(set(words))
    if wanted:
        add = _ADD_TERM[connection.dialect.name]
        connection.execute(add, [{"term": word, "case_id": case_id} for word in wanted])


def bind_files(connection: Connection, case_id: int, owner_id: int, file_ids: Sequence[str]) -> None:
    """
    Let the case own files that a person uploaded.
    """
    if file_ids:
        mine = update(File).where(File.id.in_(file_ids), File.owner_id == owner_id, File.case_id.is_(None))
        connection.execute(mine.values(case_id=case_id))


def drop_drafts(connection: Connection, task_id: str) -> None:
    """
    Remove what people had typed into a task that is done.
    """
    connection.execute(delete(Draft).where(Draft.task_id == task_id))
