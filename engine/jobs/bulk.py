"""
Bulk work: the same thing done to many cases, a chunk at a time, each case exactly once.

A chunk's effects, what is left to do and the job of the next chunk are one transaction. A case for which it can't be
done becomes an incident of that case, and the others go on.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, literal, select, update
from sqlalchemy.exc import DBAPIError

from engine.database import unavailable
from engine.errors import CannotGoOn
from engine.jobs.ledger import Claimed, ask
from engine.operations import BulkOperation, Operations, Settle, Settlement
from engine.tables import Batch, BatchCase, Incident

logger = logging.getLogger(__name__)

BULK = "bulk"
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


def chunk(operations: Operations, job: Claimed) -> Settle:
    """
    Return what does the next chunk of a batch and asks for the one after it.
    """
    batch_id, number = job.payload["batch"], job.payload["chunk"]

    def settle(settlement: Settlement) -> None:
        connection, now = settlement.connection, settlement.now
        batch = connection.execute(select(Batch.kind, Batch.payload).where(Batch.id == batch_id)).one()
        operation = operations.bulks.get(batch.kind)
        if operation is None:
            raise CannotGoOn(f"Nothing does bulk work of kind {batch.kind}.")
        left = select(BatchCase.case_id).where(BatchCase.batch_id == batch_id).order_by(BatchCase.case_id)
        done, failed = [], 0
        until = time.monotonic() + MOST_SECONDS
        for case_id in connection.scalars(left.limit(MOST_CASES)).all():
            failed += not _do(connection, operation, case_id, batch.payload, now)
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
    connection: Connection, operation: BulkOperation, case_id: int, payload: Mapping[str, Any], now: datetime
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
        code, message, element = "job_failed", f"{name} was raised by bulk work.", None
    else:
        return True
    row = {"case_id": case_id, "code": code, "message": message, "element": element, "opened_at": now}
    connection.execute(insert(Incident).values(**row))
    return False


def _ask(connection: Connection, batch_id: int, number: int, now: datetime) -> None:
    payload = {"batch": batch_id, "chunk": number}
    ask(connection, BULK, payload, key=f"bulk:{batch_id}:{number}", lane="bulk", now=now)
