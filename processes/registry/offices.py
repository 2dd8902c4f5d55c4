"""
Offices, districts and the people who work there.

Which office takes a case is the decision table's; here is only what an office is called and who works in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, or_, select, true

from engine.tables import Membership, Person, Task, TaskCandidate
from processes.registry.tables import District, Office

ANYWHERE = "*"


@dataclass(frozen=True)
class OfficeLine:
    """
    An office as a letter or a page shows it.
    """

    code: str
    name: str
    address: str
    telephone: str
    hours: str


@dataclass(frozen=True)
class Worker:
    """
    Somebody who holds a role in an office.
    """

    id: int
    #: given name and surname
    name: str
    position: str
    email: str | None
    language: str
    #: open tasks that are theirs, claimed or as candidate
    load: int = 0


def office(connection: Connection, code: str, language: str = "az") -> OfficeLine | None:
    """
    Return an office with its name in `language`, or None.
    """
    name = {"ru": Office.name_ru, "en": Office.name_en}.get(language, Office.name_az)
    row = connection.execute(
        select(Office.code, name, Office.address, Office.telephone, Office.hours).where(Office.code == code)
    ).one_or_none()
    return OfficeLine(*row) if row else None


def names(connection: Connection, language: str = "az") -> dict[str, str]:
    """
    Return the names of all offices by their code.
    """
    name = {"ru": Office.name_ru, "en": Office.name_en}.get(language, Office.name_az)
    return {code: text for code, text in connection.execute(select(Office.code, name).order_by(Office.code))}


def districts(connection: Connection) -> frozenset[str]:
    """
    Return the names of all districts.
    """
    return frozenset(connection.execute(select(District.name)).scalars())


def workers(connection: Connection, unit: str, roles: Sequence[str]) -> tuple[Worker, ...]:
    """
    Return the active people who hold one of `roles` in `unit`, by name, each with the load. One statement.
    """
    mine = (
        select(func.count())
        .select_from(Task)
        .where(
            Task.state == "open",
            or_(
                Task.claimed_by == Person.id,
                Task.claimed_by.is_(None)
                & select(true())
                .where(TaskCandidate.task_id == Task.id, TaskCandidate.person_id == Person.id)
                .correlate(Task, Person)
                .exists(),
            ),
        )
        .correlate(Person)
        .scalar_subquery()
    )
    holders = select(Membership.person_id).where(Membership.role.in_(roles), Membership.unit.in_((unit, ANYWHERE)))
    rows = connection.execute(
        select(Person.id, Person.given_name, Person.surname, Person.position, Person.email, Person.language, mine)
        .where(Person.id.in_(holders), Person.active)
        .order_by(Person.surname, Person.given_name, Person.id)
    )
    return tuple(
        Worker(id_, f"{given} {surname}", position, email, language, load)
        for id_, given, surname, position, email, language, load in rows
    )


def person_names(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """
    Return (given name and surname, position) of these people by id; unknown ids are left out.
    """
    rows = connection.execute(
        select(Person.id, Person.given_name, Person.surname, Person.position).where(Person.id.in_(ids))
    )
    return {id_: (f"{given} {surname}", position) for id_, given, surname, position in rows}
