"""
Persons as the pages know them: found by user name, checked by password, seen as an actor with roles.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from engine.operations import Actor
from engine.tables import Membership, Person

#: refused outside the demonstration mode, whoever has it
DEMO_PASSWORD = "demo"

_hasher = PasswordHasher()
# Verified when there is no such account, so that both answers take the same time.
_NOBODY = _hasher.hash("nobody")


@dataclass(frozen=True)
class Account:
    """
    A local account.
    """

    person_id: int
    username: str
    password_hash: str | None
    active: bool


def hash_password(password: str) -> str:
    """
    Return the argon2id hash of `password`.
    """
    return _hasher.hash(password)


def fits(hashed: str, secret: str) -> bool:
    """
    Tell whether `hashed` is the argon2id hash of `secret`.
    """
    try:
        return bool(_hasher.verify(hashed, secret))
    except (VerifyMismatchError, InvalidHashError):
        return False


def account(connection: Connection, username: str) -> Account | None:
    """
    Find the account of `username`, or None.
    """
    row = connection.execute(
        select(Person.id, Person.username, Person.password_hash, Person.active).where(Person.username == username)
    ).first()
    return Account(*row) if row else None


def account_of(connection: Connection, person_id: int) -> Account | None:
    """
    Find the local account of a person, or None.
    """
    columns = (Person.id, Person.username, Person.password_hash, Person.active)
    row = connection.execute(
        select(*columns).where(Person.id == person_id, Person.username.is_not(None), Person.password_hash.is_not(None))
    ).first()
    return Account(*row) if row else None


def authenticate(found: Account | None, password: str, *, demo: bool) -> bool:
    """
    Tell whether `password` opens the account; unknown, wrong and closed take the same time.

    Args:
        found: the account, or None when there is none.
        demo: True where demonstration accounts may log in.
    """
    known = found.password_hash if found is not None and found.password_hash else None
    try:
        fits = _hasher.verify(known or _NOBODY, password)
    except (VerifyMismatchError, InvalidHashError):
        fits = False
    allowed = demo or password != DEMO_PASSWORD
    return bool(fits and allowed and known and found is not None and found.active)


def entity(connection: Connection, voen: str, name: str) -> int:
    """
    Return the row of the legal entity with this VÖEN, made when there is none; its newest name is kept.
    """
    known = connection.execute(select(Person.id, Person.surname).where(Person.voen == voen)).first()
    if known is None:
        made = insert(Person).values(given_name="", surname=name, patronymic="", voen=voen).returning(Person.id)
        try:
            with connection.begin_nested():
                return int(connection.execute(made).scalar_one())
        except IntegrityError:
            # Another process was first in the same moment.
            return int(connection.execute(select(Person.id).where(Person.voen == voen)).scalar_one())
    if known.surname != name:
        connection.execute(update(Person).where(Person.id == known.id).values(surname=name))
    return int(known.id)


def acting_for(actor: Actor, entity_id: int, name: str) -> Actor:
    """
    Return the same person acting for a legal entity: its cases are theirs, and no role of the staff is.
    """
    return replace(actor, roles=frozenset(), entity_id=entity_id, acts_for=name)


def actor_of(connection: Connection, person_id: int) -> Actor | None:
    """
    Return the active person `person_id` with all roles, or None.
    """
    rows = connection.execute(
        select(Person.given_name, Person.surname, Person.language, Membership.role, Membership.unit)
        .outerjoin(Membership, Membership.person_id == Person.id)
        .where(Person.id == person_id, Person.active)
    ).all()
    return actor_from(person_id, rows) if rows else None


def actor_from(person_id: int, rows: Iterable[tuple[str, str, str, str | None, str | None]]) -> Actor:
    """
    Make the actor of rows (given name, surname, language, role, unit), one a role.
    """
    rows = list(rows)
    given_name, surname, language = rows[0][:3]
    roles = frozenset((row[3], row[4]) for row in rows if row[3] is not None and row[4] is not None)
    return Actor(person_id, f"{given_name} {surname}", roles, language)
