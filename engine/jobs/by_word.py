"""
A message that an operator knows to have arrived is kept as the others are: its job is done once more with a mailer that
sends nothing, so that whoever words and logs the process's letters logs this one, too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from engine.cases import Cases
from engine.errors import EngineError
from engine.jobs.in_hand import Claimed, Settling
from engine.mail import TakenByWord
from engine.operations import Operations, Ports
from engine.storage.database import Database

logger = logging.getLogger(__name__)

#: writes that a message arrived: (connection, now)
Keep = Callable[[Connection, datetime], None]


def taken_by_word(database: Database, operations: Operations, cases: Cases, ports: Ports, job: Row[Any]) -> Keep | None:
    """
    Return what keeps that the message of a job arrived; None: there is nothing to keep of it, or nobody can say what.

    Args:
        job: its row.
    """
    operation = operations.jobs.get(job.kind)
    if operation is None or job.lane != "mail":
        return None
    columns = ("id", "lane", "kind", "payload", "case_id", "key", "attempt", "failed", "created_at", "run_at")
    known = {name: getattr(job, name) for name in columns}
    world = replace(ports, mailer=TakenByWord(), quiet=None)
    work = Claimed(
        **known,
        token="",
        owner="",
        request_id=job.request_id,
        trace=job.trace,
        now=ports.clock.now(),
        ports=world,
        database=database,
        releases=cases.releases,
    )
    try:
        effect = operation(work)
    except EngineError as failure:  # who it was for is no longer known, say: it arrived all the same
        logger.warning("nothing keeps that a message arrived", extra={"job": job.id, "code": failure.code})
        return None
    return None if effect is None else lambda connection, now: effect(Settling(connection, now, job.case_id))
