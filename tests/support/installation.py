"""
An installation in a test: real database, real gate, settable clock, mails into a folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, insert, select

from engine.cases import Cases
from engine.clock import SettableClock
from engine.mail import FolderMailer, Sender
from engine.operations import Actor, Operations, Ports
from engine.releases import Releases
from engine.search import fold
from engine.storage.database import Database
from engine.storage.files import Files
from engine.tables import Membership, Person, Task

ROLES = frozenset({"citizen", "dispatcher", "fitter", "head"})
MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@dataclass
class Installation:
    """
    Everything a test of the engine needs.
    """

    database: Database
    releases: Releases
    operations: Operations
    cases: Cases
    clock: SettableClock
    ports: Ports
    folder: Path

    def person(self, name: str, *roles: tuple[str, str], fin: str | None = None) -> Actor:
        """
        Add a person with these (role, unit) memberships.
        """
        with self.database.step() as connection:
            row = {"username": name, "given_name": name, "surname": "Sınaqlı", "patronymic": "", "fin": fin}
            row["email"] = f"{fold(name)}@example.az"
            made = insert(Person).values(**row, language="az", active=True).returning(Person.id)
            key = connection.execute(made).scalar_one()
            for role, unit in roles:
                connection.execute(insert(Membership).values(person_id=key, role=role, unit=unit))
        return Actor(key, f"{name} Sınaqlı", frozenset(roles))

    def open_tasks(self, case_id: int) -> dict[str, str]:
        """
        Return element -> task id of what waits for people.
        """
        with self.database.read() as connection:
            rows = select(Task.element, Task.id).where(Task.case_id == case_id, Task.state == "open")
            return {element: key for element, key in connection.execute(rows)}

    def rows(self, table: Any) -> Sequence[Any]:
        """
        Return all rows of a table.
        """
        with self.database.read() as connection:
            return connection.execute(select(*table.__table__.c)).all()


@contextmanager
def installed(url: str, folder: Path, operations: Operations) -> Iterator[Installation]:
    """
    Put an installation together over a migrated database.
    """
    database = Database(url)
    clock = SettableClock(MONDAY)
    ports = Ports(
        clock,
        FolderMailer(folder / "mail", sender=Sender("saygac@example.az", "Saygac"), clock=clock),
        Files(folder / "files"),
        "http://saygac.test",
    )
    releases = Releases(database, operations, ROLES)
    cases = Cases(database, releases, operations, ports)
    try:
        yield Installation(database, releases, operations, cases, clock, ports, folder)
    finally:
        database.close()


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """
    Collect the statements that are sent, without those that begin and end transactions.
    """
    sent: list[str] = []

    def note(_c: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            sent.append(" ".join(statement.split()))

    engines = {database._writing, database._reading}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


def posts(**answers: str | Sequence[str]) -> Mapping[str, Sequence[str]]:
    """
    Return a posted form.
    """
    return {key: [value] if isinstance(value, str) else list(value) for key, value in answers.items()}


Install = Callable[[Operations], Installation]
