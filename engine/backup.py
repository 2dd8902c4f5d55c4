"""
A copy of an installation that can be brought back: database, stored files, and when it was made.

SQLite is copied by its own backup while the service runs; PostgreSQL by pg_dump and pg_restore. Files are copied after
the database: they are only ever added, so whatever a row names is there.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select, update
from sqlalchemy.engine import URL, make_url

from engine import incidents, retelling
from engine.storage.database import Database
from engine.tables import Job

_MARK = "backup.json"
_SQLITE = "database.sqlite"
_POSTGRESQL = "database.dump"
_FILES = "files"
#: lanes whose work leaves the installation
OUTGOING = ("mail",)
HELD = "restored"


class BackupFailed(Exception):
    """
    The copy was not made, or can't be brought back; the message says why.
    """


def make(database_url: str, files: Path, place: Path, *, now: datetime) -> None:
    """
    Write a copy into the folder `place`, which must be empty or not exist.

    Raises:
        BackupFailed: with what to do.
    """
    if place.exists() and any(place.iterdir()):
        raise BackupFailed(f"{place} is not empty: name a folder of its own for each copy.")
    place.mkdir(parents=True, exist_ok=True)
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        _copy_sqlite(Path(url.database or ""), place / _SQLITE)
    else:
        _run("pg_dump", "--format=custom", f"--file={place / _POSTGRESQL}", f"--dbname={_plain(url)}")
    if files.is_dir():
        shutil.copytree(files, place / _FILES, ignore=shutil.ignore_patterns(".*"))
    # Written last: a copy without it was interrupted.
    (place / _MARK).write_text(json.dumps({"made_at": now.isoformat(), "database": url.get_backend_name()}))


def bring_back(place: Path, database_url: str, files: Path) -> datetime:
    """
    Bring an installation back from a copy; the database must be empty or absent. Return when the copy was made.

    Raises:
        BackupFailed: with what to do.
    """
    mark = place / _MARK
    if not mark.is_file():
        raise BackupFailed(f"{place} is no finished copy: {_MARK} is missing.")
    made = json.loads(mark.read_text())
    url = make_url(database_url)
    if url.get_backend_name() != made["database"]:
        raise BackupFailed(f"The copy is of {made['database']}, the installation has {url.get_backend_name()}.")
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        if path.exists():
            raise BackupFailed(f"{path} exists: stop the service and move the old database away.")
        path.parent.mkdir(parents=True, exist_ok=True)
        _copy_sqlite(place / _SQLITE, path)
    else:
        _run("pg_restore", "--exit-on-error", "--no-owner", f"--dbname={_plain(url)}", str(place / _POSTGRESQL))
    if (place / _FILES).is_dir():
        shutil.copytree(place / _FILES, files, dirs_exist_ok=True)
    return datetime.fromisoformat(made["made_at"])


def hold_outgoing(database: Database, *, now: datetime) -> int:
    """
    Let a person decide on work that leaves the installation and waited when the copy was made: it may have been done
    between the copy and the loss. Return how much that is.
    """
    with database.step() as connection:
        waiting = connection.execute(
            select(Job.id, Job.case_id).where(Job.lane.in_(OUTGOING), Job.state.in_(("ready", "running", "suspended")))
        ).all()
        for job_id, case_id in waiting:
            _hold(connection, job_id, case_id, now)
    return len(waiting)


def _hold(connection: Connection, job_id: int, case_id: int | None, now: datetime) -> None:
    dead = update(Job).where(Job.id == job_id)
    connection.execute(dead.values(state="dead", token=None, lease_until=None, error=HELD))
    incidents.open_for_job(connection, job_id, case_id, HELD, retelling.told("restored"), now, kind=incidents.MAIL)


def _copy_sqlite(source: Path, target: Path) -> None:
    if not source.is_file():
        raise BackupFailed(f"{source} does not exist.")
    reading, writing = sqlite3.connect(f"file:{source}?mode=ro", uri=True), sqlite3.connect(target)
    try:
        reading.backup(writing)
        writing.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        reading.close()
        writing.close()


def _plain(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _run(program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise BackupFailed(f"{program} is not installed: it comes with PostgreSQL's client.")
    done = subprocess.run([found, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BackupFailed(f"{program}: {done.stderr.strip()}")
