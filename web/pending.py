"""
What was typed into a task and sent after the session had ended: kept for the same person in the same browser.

It becomes that person's draft as soon as they have logged in again. Files are not kept: they must be chosen again.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from web.sessions import digest
from web.tables import PendingPost

COOKIE = "yarimciq"
KEPT = timedelta(hours=12)


@dataclass(frozen=True)
class Pending:
    """
    A post that waits for its person.
    """

    task_id: str
    typed: Mapping[str, Sequence[str]]


def keep(
    connection: Connection, person_id: int, task_id: str, typed: Mapping[str, Sequence[str]], now: datetime
) -> str:
    """
    Keep a post and return the token for the browser's cookie; forget what nobody came back for.
    """
    token = secrets.token_urlsafe(32)
    connection.execute(delete(PendingPost).where(PendingPost.posted_at < now - KEPT))
    row = {"id": digest(token), "person_id": person_id, "task_id": task_id, "posted_at": now}
    texts = {name: list(values) for name, values in typed.items()}
    connection.execute(insert(PendingPost).values(**row, typed=texts))
    return token


def take(connection: Connection, token: str, person_id: int, now: datetime) -> Pending | None:
    """
    Return what this browser kept for this person and remove it; None if there is nothing.
    """
    mine = (PendingPost.id == digest(token)) & (PendingPost.person_id == person_id)
    row = connection.execute(
        select(PendingPost.task_id, PendingPost.typed).where(mine, PendingPost.posted_at >= now - KEPT)
    ).first()
    connection.execute(delete(PendingPost).where(mine))
    return Pending(row.task_id, row.typed) if row else None
