"""
The people of the simulator, read from persons.toml.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: of every account at the portal, and the PIN of every card
PASSWORD = "demo"


@dataclass(frozen=True)
class Entity:
    """
    A legal person for whom somebody may act.
    """

    #: tax number, 10 digits
    voen: str
    name: str


@dataclass(frozen=True)
class Person:
    """
    Somebody with a card, a mobile signature and an account at the portal.
    """

    #: of the portal's account
    username: str
    #: personal identification number, 7 letters and digits
    fin: str
    given_name: str
    surname: str
    patronymic: str
    #: E.164
    telephone: str
    #: of the mobile signature, 6 digits
    user_id: str
    entities: tuple[Entity, ...] = ()

    @property
    def name(self) -> str:
        """
        Full name, surname first.
        """
        return " ".join(filter(None, (self.surname, self.given_name, self.patronymic)))


def shipped() -> tuple[Person, ...]:
    """
    Read the people that come with the simulator, in the order of the file.
    """
    with Path(__file__).with_name("persons.toml").open("rb") as file:
        return tuple(_person(row) for row in tomllib.load(file)["person"])


def of_username(persons: Iterable[Person], username: str) -> Person | None:
    """
    Find the person with the portal account `username`, or None.
    """
    return next((person for person in persons if person.username == username), None)


def of_telephone(persons: Iterable[Person], telephone: str, identifier: str) -> Person | None:
    """
    Find who has a mobile signature with this telephone (E.164) and user ID or FIN; None if they don't belong together.
    """
    return next(
        (person for person in persons if person.telephone == telephone and identifier in (person.user_id, person.fin)),
        None,
    )


def _person(row: dict[str, Any]) -> Person:
    entities = tuple(Entity(**entity) for entity in row.pop("entity", ()))
    return Person(**row, entities=entities)
