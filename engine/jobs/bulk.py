"""
Bulk work: the same thing done to many cases, a chunk at a time, each case exactly once.

A chunk's effects, what is left to do and the job of the next chunk are one transaction. A case for which it can't be
done becomes an incident of that case, and the others go on.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, literal, select, update
from sqlalchemy.exc import DBAPIError

from engine import incidents, retelling
from engine.errors import CannotGoOn, LeftToOthers
from engine.jobs.in_hand import Claimed, ask
from engine.jobs.kinds import BULK
from engine.operations import BulkOperation, Operations, Settle, Settlement
from engine.storage.database import unavailable
from engine.tables import Batch, BatchCase, Job

logger = logging.getLogger(__name__)

#: kind of bulk work that every installation knows: trying again what stopped with one error
RETRY = "retry_incidents"
#: moving cases to another release
MOVE = "move_cases"
_OWN: Mapping[str, BulkOperation] = {RETRY: incidents.retry_in_case}
#: a chunk ends after so many cases or so many seconds, whichever comes first: others wait to write meanwhile
MOST_CASES, MOST_SECONDS = 50, 0.05


def begin(
    connection: Connection,
    kind: str,
    cases: Select[Any],
    payload: Mapping[str, Any],
    *,
    now: datetime,
    person_id: int | None = None,
) -> int:
    """
    Ask that `kind` be done to the cases, inside the caller's transaction; return the batch's id.

    Args:
        kind: registered by `Operations.bulk`.
        cases: selects ids of cases.
        payload: ids and decisions, no personal data.
    """
    row = {"kind": kind, "payload": dict(payload), "created_at": now, "created_by": person_id}
    batch_id = int(connection.execute(insert(Batch).values(**row).returning(Batch.id)).scalar_one())
    chosen = cases.subquery()
    connection.execute(
        insert(BatchCase).from_select(["batch_id", "case_id"], select(literal(batch_id), next(iter(chosen.c))))
    )
    total = select(func.count()).where(BatchCase.batch_id == batch_id).scalar_subquery()
    connection.execute(update(Batch).where(Batch.id == batch_id).values(total=total))
    _ask(connection, batch_id, 0, now)
    return batch_id


def pause(connection: Connection, batch_id: int, now: datetime) -> bool:
    """
    Let a batch rest: the chunk in hand ends, no other begins. Tell whether it was at work.
    """
    batch = connection.execute(_batch(batch_id)).one_or_none()
    if batch is None or batch.finished_at is not None or batch.paused_at is not None:
        return False
    connection.execute(update(Batch).where(Batch.id == batch_id).values(paused_at=now))
    return True


def go_on(connection: Connection, batch_id: int, now: datetime) -> bool:
    """
    Let a batch that rests go on. Tell whether it rested.
    """
    batch = connection.execute(_batch(batch_id)).one_or_none()
    if batch is None or batch.paused_at is None:
        return False
    connection.execute(update(Batch).where(Batch.id == batch_id).values(paused_at=None))
    _continue(connection, batch_id, now)
    return True


def put_back(connection: Connection, batch_id: int, case_id: int, now: datetime) -> None:
    """
    Let bulk work be tried again for a case for which it had failed.
    """
    batch = connection.execute(_batch(batch_id)).one_or_none()
    if batch is None:
        return
    row = {"batch_id": batch_id, "case_id": case_id}
    again = select(BatchCase.case_id).where(BatchCase.batch_id == batch_id, BatchCase.case_id == case_id)
    if connection.scalar(again) is None:
        connection.execute(insert(BatchCase).values(**row))
        counts = {"failed": Batch.failed - 1, "finished_at": None}
        connection.execute(update(Batch).where(Batch.id == batch_id).values(**counts))
    if batch.paused_at is None:
        _continue(connection, batch_id, now)


def _batch(batch_id: int) -> Select[Any]:
    """A batch, locked: a chunk that ends and whoever lets the batch rest or go on see one another."""
    found = select(Batch.kind, Batch.payload, Batch.paused_at, Batch.finished_at).where(Batch.id == batch_id)
    return found.with_for_update()


def _continue(connection: Connection, batch_id: int, now: datetime) -> None:
    """Ask for the next chunk unless one is on its way: two at once would do cases twice."""
    mine = Job.key.like(f"{BULK}:{batch_id}:%")
    if connection.scalar(select(Job.id).where(Job.kind == BULK, mine).limit(1)) is None:
        _ask(connection, batch_id, secrets.randbelow(2**31), now)


def chunk(operations: Operations, own: Mapping[str, BulkOperation], job: Claimed) -> Settle:
    """
    Return what does the next chunk of a batch and asks for the one after it.

    Args:
        own: kinds of the installation's own bulk work.
    """
    batch_id, number = job.payload["batch"], job.payload["chunk"]

    def settle(settlement: Settlement) -> None:
        connection, now = settlement.connection, settlement.now
        batch = connection.execute(_batch(batch_id)).one()
        if batch.paused_at is not None:
            return  # whoever lets it go on asks for the next chunk
        operation = {**operations.bulks, **_OWN, **own}.get(batch.kind)
        if operation is None:
            raise LeftToOthers
        left = select(BatchCase.case_id).where(BatchCase.batch_id == batch_id).order_by(BatchCase.case_id)
        done, failed = [], 0
        until = time.monotonic() + MOST_SECONDS
        for case_id in connection.scalars(left.limit(MOST_CASES)).all():
            failed += not _do(connection, operation, batch_id, case_id, batch.payload, now)
            done.append(case_id)
            if time.monotonic() > until:
                break
        connection.execute(delete(BatchCase).where(BatchCase.batch_id == batch_id, BatchCase.case_id.in_(done)))
        ended = connection.scalar(left.limit(1)) is None
        counts = {"done": Batch.done + len(done) - failed, "failed": Batch.failed + failed}
        written = update(Batch).where(Batch.id == batch_id)
        connection.execute(written.values(**counts, finished_at=now if ended else None))
        if not ended:
            _ask(connection, batch_id, number + 1, now)

    return settle


def _do(
    connection: Connection,
    operation: BulkOperation,
    batch_id: int,
    case_id: int,
    payload: Mapping[str, Any],
    now: datetime,
) -> bool:
    """Do it to one case; tell whether it could be done."""
    try:
        with connection.begin_nested():
            operation(connection, case_id, payload, now)
    except CannotGoOn as failure:
        code, message, element = failure.code, str(failure), failure.element
    except Exception as failure:
        if isinstance(failure, DBAPIError) and unavailable(failure):
            raise
        name = type(failure).__name__
        logger.error("bulk work failed", extra={"case": case_id, "code": name})
        code, message, element = "job_failed", retelling.told("raised_in_bulk", name=name), None
    else:
        return True
    about = {"case_id": case_id, "element": element, "params": {"batch": batch_id}}
    incidents.open_for(connection, incidents.BULK, code, message, now, **about)
    return False


def _ask(connection: Connection, batch_id: int, number: int, now: datetime) -> None:
    payload = {"batch": batch_id, "chunk": number}
    ask(connection, BULK, payload, key=f"bulk:{batch_id}:{number}", lane="bulk", now=now)
