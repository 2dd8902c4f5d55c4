"""
Uploads that no case took: somebody chose a file and never sent the form.

Their bytes go first and their rows after them, so that a worker that dies between loses nothing out of sight. Files
under no row at all are left alone: a folder that belongs to another database must not be emptied.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from engine.storage.files import Files
from engine.tables import Draft, File

#: longer than the longest session: no open page refers to an older one
KEPT = timedelta(days=2)
#: looked at in one round
MOST = 500


def find(connection: Connection, now: datetime) -> tuple[str, ...]:
    """
    Return the ids of the oldest uploads, MOST at most, that no case and no draft holds any longer.
    """
    stale = File.case_id.is_(None), File.stored_at < now - KEPT
    rows = connection.execute(select(File.id, File.owner_id).where(*stale).order_by(File.stored_at).limit(MOST)).all()
    if not rows:
        return ()
    drafts = connection.execute(select(Draft.typed).where(Draft.person_id.in_({row.owner_id for row in rows})))
    held = {text for typed in drafts.scalars() for texts in typed.values() for text in texts}
    return tuple(row.id for row in rows if row.id not in held)


def discard(files: Files, ids: Collection[str]) -> None:
    """
    Remove the bytes of these uploads.
    """
    for each in ids:
        files.discard(each)


def forget(connection: Connection, ids: Collection[str]) -> None:
    """
    Remove the rows of these uploads.
    """
    if ids:
        connection.execute(delete(File).where(File.id.in_(ids), File.case_id.is_(None)))
