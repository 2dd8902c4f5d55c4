"""
The inbox of the staff: open tasks and the cases of an office, overdue and due first, by cursor.

Every range that is read has an index: each (office, role) is a range of its own, in order of its due dates;
the ranges are cut to a page and then merged. Nothing here writes; who may see what is said in `engine.sight`.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    intersect,
    literal,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    union,
    union_all,
)
from sqlalchemy.orm import aliased

from engine import numbers
from engine.operations import Actor
from engine.reading.finding import ranges
from engine.rights import PERSONAL_FACETS, casework_units, leads, rights, watched_units
from engine.sight import LAST_ID, seen_facets
from engine.tables import APPLICANT, FAR, Case, CaseFacet, Person, SearchTerm, Task, TaskCandidate

PAGE = 50
#: a tab's number is counted up to here; more is shown as "999+"
MOST_COUNTED = 999

View = Literal["mine", "office", "all"]
VIEWS: tuple[View, ...] = ("mine", "office", "all")

#: whom a task's candidates are: nobody is None
_OTHERS, _ME = 1, 2

_OPEN_TASK = literal_column("task.state = 'open'")
_OPEN_CASE = literal_column("case_file.closed_at IS NULL")


@dataclass(frozen=True)
class Filters:
    """
    What a person narrows a list by; empty texts narrow nothing.
    """

    #: open or finished; only the view "all" has finished cases
    state: Literal["open", "finished"] = "open"
    unit: str = ""
    #: facet name -> value, e.g. {"district": "Nəsimi"}
    facets: Mapping[str, str] = field(default_factory=dict)
    #: words that must all be found, each by its beginning
    search: str = ""

    @property
    def narrow(self) -> bool:
        """
        Tell whether anything is narrowed.
        """
        return bool(self.unit or self.search.strip() or any(self.facets.values()))


@dataclass(frozen=True)
class TaskInLine:
    """
    An open task, as a list shows it.
    """

    id: str
    element: str
    role: str
    #: None: no due date
    due_at: datetime | None
    opened_at: datetime
    holder_id: int | None
    holder: str | None
    #: the person may do it and nobody holds it
    claimable: bool


@dataclass(frozen=True)
class InboxLine:
    """
    One line of the inbox: a task of a case, or a case with its open tasks.
    """

    case_id: int
    number: str | None
    process: str
    release_id: str
    unit: str | None
    #: empty when the reader sees no personal data
    applicant: str
    facets: Mapping[str, str]
    public_status: str
    tone: str
    due_at: datetime | None
    opened_at: datetime
    closed_at: datetime | None
    outcome: str | None
    #: since when nobody can complete its tasks; None: it goes its way
    suspended_at: datetime | None
    tasks: tuple[TaskInLine, ...]


@dataclass(frozen=True)
class InboxPage:
    """
    A page of the inbox.
    """

    lines: tuple[InboxLine, ...]
    #: opaque; None on the last page
    next_cursor: str | None


@dataclass(frozen=True)
class Counts:
    """
    How much is open in each view, counted up to MOST_COUNTED + 1.
    """

    mine: int
    office: int
    all: int


def page(
    connection: Connection,
    actor: Actor,
    view: View,
    filters: Filters,
    cursor: str | None = None,
    limit: int = PAGE,
) -> InboxPage:
    """
    Return a page of a view, in one statement for tasks and two for cases.

    Overdue and due lines come first; finished cases newest first. A cursor that was not given out by this
    function begins at the first page. Lines that are added meanwhile never push others out of the next page.

    Args:
        view: "mine": tasks that the person holds or is a candidate of; "office": tasks of the roles that the
            person holds; "all": cases of the offices that the person works in (operators: every case, without
            names).
    """
    if view == "all":
        return _case_page(connection, actor, filters, cursor, limit)
    return _task_page(connection, actor, view, filters, cursor, limit)


def counts(connection: Connection, actor: Actor) -> Counts:
    """
    Return how much is open in each view. One statement.
    """
    # cut in the order of an index, so that no plan reads a table as a whole
    most = MOST_COUNTED + 1
    held = select(Task.id).where(Task.claimed_by == actor.person_id, _OPEN_TASK)
    tasks = select(Task.id).order_by(Task.due_at, Task.id).limit(most)
    cases = select(Case.id).where(_OPEN_CASE).order_by(Case.due_at, Case.id).limit(most)
    parts = (
        _counted(union(held, _candidate_tasks(actor))),
        _counted(_all_of(tasks.where(branch) for branch in _task_branches(actor, ""))),
        _counted(_all_of(cases.where(branch) for branch in _case_branches(actor, ""))),
    )
    row = connection.execute(select(*(part.label(f"part_{at}") for at, part in enumerate(parts)))).one()
    return Counts(*row)


def facet_values(connection: Connection, most: int = 60) -> dict[str, tuple[str, ...]]:
    """
    Return the facets by which lists can be narrowed: name -> values, both in order of the code points.

    Facets with more than `most` values are left out: nobody chooses from such a list. One statement, and one
    a name.
    """
    names = [name for name in _distinct(connection, CaseFacet.name, true(), most) if name not in PERSONAL_FACETS]
    values = {name: _distinct(connection, CaseFacet.value, CaseFacet.name == name, most + 1) for name in names}
    return {name: found for name, found in values.items() if len(found) <= most}


def _distinct(connection: Connection, column: Any, within: ColumnElement[bool], most: int) -> tuple[str, ...]:
    """
    Walk an index from value to next value: the values are few and the rows are many.
    """
    walk = select(func.min(column).label("value")).where(within).cte("walk", recursive=True)
    following = select(func.min(column)).where(within, column > walk.c.value).scalar_subquery()
    walk = walk.union_all(select(following).where(walk.c.value.is_not(None)))
    return tuple(connection.execute(select(walk.c.value).where(walk.c.value.is_not(None)).limit(most)).scalars())


def _task_branches(actor: Actor, unit: str) -> list[ColumnElement[bool]]:
    """
    One condition for each range of open tasks whose role the person holds.
    """
    doing = {(role, where) for role, where in actor.roles if role != APPLICANT and rights(role).tasks}
    everywhere = {role for role, where in doing if where == "*"}
    branches: list[ColumnElement[bool]] = []
    if everywhere:
        within = Task.unit == unit if unit else Task.unit.is_not(None)
        branches.append(and_(Task.role.in_(sorted(everywhere)), within, _OPEN_TASK))
    for role, where in sorted(doing):
        if where != "*" and role not in everywhere and unit in ("", where):
            branches.append(and_(Task.unit == where, Task.role == role, _OPEN_TASK))
    return branches


def _case_branches(actor: Actor, unit: str) -> list[ColumnElement[bool]]:
    """
    One condition for each range of cases that the person may see.
    """
    units = casework_units(actor) | watched_units(actor)
    if "*" in units:
        return [Case.unit == unit if unit else Case.unit.is_not(None)]
    return [Case.unit == where for where in sorted(units) if unit in ("", where)]


def _task_page(
    connection: Connection, actor: Actor, view: View, filters: Filters, cursor: str | None, limit: int
) -> InboxPage:
    narrowing = _narrowing(actor, filters, Task.case_id, connection.dialect.name)
    after = _after(cursor, str)
    if after is not None:
        narrowing.append(tuple_(Task.due_at, Task.id) > tuple_(*_bound(after, Task)))
    keys = select(Task.due_at, Task.id).order_by(Task.due_at, Task.id).limit(limit + 1)
    if view == "mine":
        within = [Task.unit == filters.unit] if filters.unit else []
        branches = [
            keys.where(Task.claimed_by == actor.person_id, _OPEN_TASK, *within, *narrowing),
            keys.where(
                Task.id.in_(_candidate_tasks(actor)),
                _OPEN_TASK,
                or_(Task.claimed_by.is_(None), Task.claimed_by != actor.person_id),
                *within,
                *narrowing,
            ),
        ]
    else:
        branches = [keys.where(branch, *narrowing) for branch in _task_branches(actor, filters.unit)]
    if not branches:
        return InboxPage((), None)
    keys = _all_of(branches).subquery("keys")
    holder, applicant = aliased(Person), aliased(Person)
    statement = (
        select(*_CASE_COLUMNS, *_task_columns(actor, holder), applicant.given_name, applicant.surname)
        .select_from(keys)
        .join(Task, Task.id == keys.c.id)
        .join(Case, Case.id == Task.case_id)
        .join(applicant, applicant.id == Case.applicant_id)
        .outerjoin(holder, holder.id == Task.claimed_by)
        .order_by(keys.c.due_at, keys.c.id)
        .limit(limit + 1)
    )
    rows = connection.execute(statement).all()
    shown = rows[:limit]
    lines = tuple(_line(row, actor, (_task(row, actor),)) for row in shown)
    more = len(rows) > limit
    return InboxPage(lines, _cursor(shown[-1].task_due_at, shown[-1].task_id) if more else None)


def _case_page(connection: Connection, actor: Actor, filters: Filters, cursor: str | None, limit: int) -> InboxPage:
    branches = _case_branches(actor, filters.unit)
    if not branches:
        return InboxPage((), None)
    narrowing = _narrowing(actor, filters, Case.id, connection.dialect.name)
    after = _after(cursor, int)
    finished = filters.state == "finished"
    ranges_of = _finished_ranges if finished else _open_ranges
    keys = _all_of(ranges_of(branches, narrowing, after, limit)).subquery("keys")
    order = (keys.c.id.desc(),) if finished else (keys.c.termless, keys.c.due_at, keys.c.id)
    applicant = aliased(Person)
    statement = (
        select(*_CASE_COLUMNS, applicant.given_name, applicant.surname)
        .select_from(keys)
        .join(Case, Case.id == keys.c.id)
        .join(applicant, applicant.id == Case.applicant_id)
        .order_by(*order)
        .limit(limit + 1)
    )
    rows = connection.execute(statement).all()
    shown = rows[:limit]
    tasks = _tasks_of(connection, actor, [row.case_id for row in shown]) if shown and not finished else {}
    lines = tuple(_line(row, actor, tuple(tasks.get(row.case_id, ()))) for row in shown)
    more = len(rows) > limit
    return InboxPage(lines, _cursor(shown[-1].case_due_at, shown[-1].case_id) if more else None)


def _open_ranges(
    branches: Sequence[ColumnElement[bool]],
    narrowing: Sequence[ColumnElement[bool]],
    after: tuple[datetime | None, Any] | None,
    limit: int,
) -> Iterator[Select[Any]]:
    """
    Yield the ranges with a term in its order, then those without one.

    NULLs sort first on SQLite and last on PostgreSQL, so they are a range of their own.
    """
    for branch in branches:
        with_term = [branch, _OPEN_CASE, Case.due_at.is_not(None), *narrowing]
        without = [branch, _OPEN_CASE, Case.due_at.is_(None), *narrowing]
        if after is not None and after[0] is not None:
            with_term.append(tuple_(Case.due_at, Case.id) > tuple_(*_bound(after, Case)))
        if after is not None and after[0] is None:
            without.append(Case.id > after[1])
        else:
            yield (
                select(literal_column("0").label("termless"), Case.due_at, Case.id)
                .where(*with_term)
                .order_by(Case.due_at, Case.id)
                .limit(limit + 1)
            )
        yield (
            select(literal_column("1").label("termless"), Case.due_at, Case.id)
            .where(*without)
            .order_by(Case.id)
            .limit(limit + 1)
        )


def _finished_ranges(
    branches: Sequence[ColumnElement[bool]],
    narrowing: Sequence[ColumnElement[bool]],
    after: tuple[datetime | None, Any] | None,
    limit: int,
) -> Iterator[Select[Any]]:
    for branch in branches:
        conditions = [
            branch,
            Case.id < (after[1] if after else LAST_ID),
            Case.closed_at.is_not(None),
            *narrowing,
        ]
        yield select(Case.id).where(*conditions).order_by(Case.id.desc()).limit(limit + 1)


_CASE_COLUMNS = (
    Case.id.label("case_id"),
    Case.number,
    Case.process,
    Case.release_id,
    Case.unit,
    Case.facets,
    Case.public_status,
    Case.status_tone,
    Case.due_at.label("case_due_at"),
    Case.opened_at.label("case_opened_at"),
    Case.closed_at,
    Case.outcome,
    Case.suspended_at,
)


def _task_columns(actor: Actor, holder: Any) -> tuple[Any, ...]:
    # an aggregate and not EXISTS: PostgreSQL would hash the whole table for that
    candidacy = (
        select(func.max(case((TaskCandidate.person_id == actor.person_id, _ME), else_=_OTHERS)))
        .where(TaskCandidate.task_id == Task.id)
        .correlate(Task)
        .scalar_subquery()
    )
    return (
        Task.id.label("task_id"),
        Task.element,
        Task.role,
        Task.unit.label("task_unit"),
        Task.due_at.label("task_due_at"),
        Task.opened_at.label("task_opened_at"),
        Task.claimed_by,
        holder.given_name.label("holder_given_name"),
        holder.surname.label("holder_surname"),
        candidacy.label("candidacy"),
    )


def _tasks_of(connection: Connection, actor: Actor, cases: Sequence[int]) -> dict[int, list[TaskInLine]]:
    holder = aliased(Person)
    rows = connection.execute(
        select(Task.case_id, *_task_columns(actor, holder))
        .outerjoin(holder, holder.id == Task.claimed_by)
        .where(Task.case_id.in_(cases), _OPEN_TASK)
        .order_by(Task.due_at, Task.id)
    )
    found: dict[int, list[TaskInLine]] = {}
    for row in rows:
        found.setdefault(row.case_id, []).append(_task(row, actor))
    return found


def _task(row: Any, actor: Actor) -> TaskInLine:
    mine = row.candidacy in (None, _ME) or leads(actor, row.task_unit)
    allowed = mine and actor.has(row.role, row.task_unit)
    name = " ".join(part for part in (row.holder_given_name, row.holder_surname) if part)
    return TaskInLine(
        id=row.task_id,
        element=row.element,
        role=row.role,
        due_at=None if row.task_due_at == FAR else row.task_due_at,
        opened_at=row.task_opened_at,
        holder_id=row.claimed_by,
        holder=name or None,
        claimable=allowed and row.claimed_by is None,
    )


def _line(row: Any, actor: Actor, tasks: tuple[TaskInLine, ...]) -> InboxLine:
    units = casework_units(actor)
    readable = "*" in units or row.unit in units
    name = " ".join(part for part in (row.given_name, row.surname) if part)
    return InboxLine(
        case_id=row.case_id,
        number=row.number,
        process=row.process,
        release_id=row.release_id,
        unit=row.unit,
        applicant=name if readable else "",
        facets=seen_facets(row.facets, masked=not readable),
        public_status=row.public_status,
        tone=row.status_tone,
        due_at=row.case_due_at,
        opened_at=row.case_opened_at,
        closed_at=row.closed_at,
        outcome=row.outcome,
        suspended_at=row.suspended_at,
        tasks=tasks,
    )


def _candidate_tasks(actor: Actor) -> Select[Any]:
    return (
        select(Task.id)
        .join(TaskCandidate, TaskCandidate.task_id == Task.id)
        .where(TaskCandidate.person_id == actor.person_id, _OPEN_TASK)
    )


def _narrowing(actor: Actor, filters: Filters, case_id: Any, dialect: str) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for name, value in sorted(filters.facets.items()):
        if value and name not in PERSONAL_FACETS:
            facet = aliased(CaseFacet)
            conditions.append(exists().where(facet.case_id == case_id, facet.name == name, facet.value == value))
    if filters.search.strip():
        conditions.append(_found(actor, filters.search, case_id, dialect))
    return conditions


def _found(actor: Actor, words: str, case_id: Any, dialect: str) -> ColumnElement[bool]:
    """
    The condition that a case is found by all words. Who sees no personal data finds by the case number only.
    """
    digits = numbers.read(words)
    by_number = select(Case.id).where(Case.number == digits)
    if not casework_units(actor):
        return case_id.in_(by_number) if digits else false()
    term = SearchTerm.term.collate("C") if dialect == "postgresql" else SearchTerm.term
    matches = [
        select(SearchTerm.case_id).where(or_(*(and_(term >= low, term < high) for low, high in group)))
        for group in ranges(words)
    ]
    if not matches:
        return false()
    if digits:
        return case_id.in_(union(by_number, *matches[:1]))
    return case_id.in_(matches[0] if len(matches) == 1 else intersect(*matches))


def _all_of(branches: Any) -> Any:
    """
    Put cut ranges one after the other; each stands in a SELECT of its own, as SQLite wants it.
    """
    whole = [select(branch.subquery()) for branch in branches]
    if not whole:
        return select(literal_column("0").label("id")).where(false())
    return whole[0] if len(whole) == 1 else union_all(*whole)


def _counted(keys: Any) -> Any:
    cut = select(keys.subquery().c.id).limit(MOST_COUNTED + 1).subquery()
    return select(func.count()).select_from(cut).scalar_subquery()


def _bound(after: tuple[datetime | None, Any], table: type[Task] | type[Case]) -> tuple[Any, Any]:
    return literal(after[0], table.due_at.type), literal(after[1], table.id.type)


def _cursor(due_at: datetime | None, key: str | int) -> str:
    written = json.dumps([due_at.isoformat() if due_at else None, key], separators=(",", ":"))
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def _after(cursor: str | None, kind: type) -> tuple[datetime | None, Any] | None:
    if not cursor:
        return None
    try:
        due_at, key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        moment = datetime.fromisoformat(due_at) if due_at is not None else None
    except (ValueError, TypeError, binascii.Error):
        return None
    if (
        type(key) is not kind
        or (kind is int and not 0 < key < LAST_ID)
        or (moment is not None and moment.tzinfo is None)
    ):
        return None
    return moment, key
