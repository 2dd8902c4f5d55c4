"""
Lists of bulk work and of moves to other releases: how far each is, and letting one rest or go on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, case, func, select, update

from engine import deeds, rights
from engine.deeds import worded
from engine.errors import NotFound, NotYourTask
from engine.jobs import bulk
from engine.operating import incidents
from engine.operating.pages import Order, Page
from engine.operating.sieve import PAGE, Sieve
from engine.operations import Actor
from engine.sight import full_name
from engine.storage.database import Database
from engine.tables import Batch, Case, CaseMove, Incident, Move, Person

PAUSED, RESUMED, RETRIED_ALL = "batch_paused", "batch_resumed", "retried_all"
MOVE_PAUSED, MOVE_RESUMED = "move_paused", "move_resumed"


@dataclass(frozen=True)
class BatchRow:
    """
    One bulk.
    """

    id: int
    kind: str
    payload: Mapping[str, Any]
    total: int
    done: int
    failed: int
    created_at: datetime
    person: str
    finished_at: datetime | None
    paused_at: datetime | None

    @property
    def percent(self) -> int:
        """
        How far it is, rounded down: 100 is the end.
        """
        return 100 if self.total == 0 else (self.done + self.failed) * 100 // self.total


@dataclass(frozen=True)
class MoveRow:
    """
    One moving of cases to another release.
    """

    id: int
    process: str
    to_release: str
    note: str
    person: str
    created_at: datetime
    paused_at: datetime | None
    waiting: int
    moved: int
    refused: int
    undone: int

    @property
    def total(self) -> int:
        """
        How many cases it is about.
        """
        return self.waiting + self.moved + self.refused + self.undone

    @property
    def percent(self) -> int:
        """
        How far it is, rounded down: 100 is the end.
        """
        return 100 if self.total == 0 else (self.total - self.waiting) * 100 // self.total


def batches(connection: Connection, cursor_text: str | None = None, *, limit: int = PAGE) -> Page[BatchRow]:
    """
    Return a page of bulk work, newest first. One statement.
    """
    order = Order(Batch.id, newest_first=True)
    wanted = _batches().where(*order.behind(cursor_text)).order_by(*order.clauses).limit(limit + 1)
    found = order.cut(connection.execute(wanted).all(), limit)
    return Page(tuple(_batch(row) for row in found.rows), found.next_cursor)


def batch(connection: Connection, batch_id: int) -> BatchRow | None:
    """
    Return one bulk; None if there is none. One statement.
    """
    row = connection.execute(_batches().where(Batch.id == batch_id)).one_or_none()
    return _batch(row) if row is not None else None


def moves(connection: Connection, cursor_text: str | None = None, *, limit: int = PAGE) -> Page[MoveRow]:
    """
    Return a page of moves, newest first. One statement.
    """
    order = Order(Move.id, newest_first=True)
    wanted = select(Move).where(*order.behind(cursor_text)).order_by(*order.clauses).limit(limit + 1)
    return order.cut(_moves(connection, wanted), limit)


def move(connection: Connection, move_id: int) -> MoveRow | None:
    """
    Return one move; None if there is none. One statement.
    """
    return next(iter(_moves(connection, select(Move).where(Move.id == move_id))), None)


def _moves(connection: Connection, wanted: Select[Any]) -> tuple[MoveRow, ...]:
    latest = wanted.subquery()

    def counted(*states: str) -> Any:
        return func.coalesce(func.sum(case((CaseMove.state.in_(states), 1), else_=0)), 0)

    counts = (counted("waiting"), counted("moved", "kept"), counted("refused"), counted("undone"))
    facts = (latest.c.id, latest.c.process, latest.c.to_release, latest.c.note, latest.c.created_at, latest.c.paused_at)
    rows = connection.execute(
        select(*facts, Person.given_name, Person.surname, *counts)
        .outerjoin(CaseMove, CaseMove.move_id == latest.c.id)
        .join(Person, Person.id == latest.c.by_id)
        .group_by(*facts, Person.given_name, Person.surname)
        .order_by(latest.c.id.desc())
    )
    return tuple(
        MoveRow(*row[:4], full_name(row.given_name, row.surname), row.created_at, row.paused_at, *map(int, row[8:]))
        for row in rows
    )


def retry_all(database: Database, sieve: Sieve, actor: Actor, *, reason: str, now: datetime) -> int:
    """
    Ask that every case with an open incident of the sieve's code be tried again, in the background; return the batch.

    Raises:
        NotYourTask: if the person is no operator.
        ReasonMissing: without a reason.
    """
    if not rights.may(actor, rights.INCIDENTS):
        raise NotYourTask
    why = worded(reason)
    with database.step() as connection:
        found = select(Incident.case_id).distinct().join(Case, Case.id == Incident.case_id)
        found = found.where(*incidents.matching(connection, actor, sieve, now))
        payload = {"code": sieve.code, "person": actor.person_id, "reason": why}
        made = bulk.begin(connection, bulk.RETRY, found, payload, now=now, person_id=actor.person_id)
        deeds.note(connection, actor, RETRIED_ALL, why, now=now, detail={"batch": made, "code": sieve.code})
    return made


def steer(database: Database, batch_id: int, actor: Actor, *, rest: bool, reason: str, now: datetime) -> None:
    """
    Let a batch rest, or go on.

    Raises:
        NotYourTask: if the person does not mend everywhere: bulk work is of all offices.
        ReasonMissing: without a reason.
        NotFound: there is no such batch, or it is over, or as it is wanted already.
    """
    if not rights.may(actor, rights.INCIDENTS, "*"):
        raise NotYourTask
    why = worded(reason)
    with database.step() as connection:
        changed = (bulk.pause if rest else bulk.go_on)(connection, batch_id, now)
        if not changed:
            raise NotFound
        deeds.note(connection, actor, PAUSED if rest else RESUMED, why, now=now, detail={"batch": batch_id})


def steer_move(database: Database, move_id: int, actor: Actor, *, rest: bool, reason: str, now: datetime) -> None:
    """
    Let a move rest wherever it is at work, or go on with what still waits, in the background.

    Raises:
        NotYourTask, ReasonMissing: as `steer`.
        NotFound: there is no such move, or nothing of it waits, or it is as it is wanted already.
    """
    if not rights.may(actor, rights.INCIDENTS, "*"):
        raise NotYourTask
    why = worded(reason)
    with database.step() as connection:
        waiting = select(CaseMove.case_id).where(CaseMove.move_id == move_id, CaseMove.state == "waiting")
        resting = Move.paused_at.is_(None) if rest else Move.paused_at.is_not(None)
        changed = update(Move).where(Move.id == move_id, resting).values(paused_at=now if rest else None)
        if connection.scalar(waiting.limit(1)) is None or connection.execute(changed).rowcount != 1:
            raise NotFound
        if not rest:
            bulk.begin(connection, bulk.MOVE, waiting, {"move": move_id}, now=now, person_id=actor.person_id)
        deeds.note(connection, actor, MOVE_PAUSED if rest else MOVE_RESUMED, why, now=now, detail={"move": move_id})


def _batches() -> Select[Any]:
    columns = (Batch.id, Batch.kind, Batch.payload, Batch.total, Batch.done, Batch.failed, Batch.created_at)
    found = select(*columns, Batch.finished_at, Batch.paused_at, Person.given_name, Person.surname)
    return found.outerjoin(Person, Person.id == Batch.created_by)


def _batch(row: Any) -> BatchRow:
    facts = dict(row._mapping)
    person = full_name(facts.pop("given_name"), facts.pop("surname"))
    return BatchRow(**facts, person=person)
