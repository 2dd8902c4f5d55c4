"""
Whose session a proved identity opens: the person with that FIN, made once, staff or citizen, never what was typed.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import update

from engine.operations import Operations
from engine.tables import Person
from tests.support.installation import Install, Installation
from web.login.opening import person_of
from web.login.port import Identity, LogInRefused

WHO = Identity("5XKV3PM", "Aysel", "Əliyeva", "Rauf qızı", "e-gov", "substantial")


@pytest.fixture
def place(install: Install) -> Installation:
    return install(Operations())


@pytest.fixture
def enter(place: Installation) -> Callable[[Identity], int]:
    def open_(identity: Identity) -> int:
        with place.database.step() as connection:
            return person_of(connection, identity, "ru")

    return open_


def test_the_first_log_in_makes_the_person_once_however_many_come(
    place: Installation, enter: Callable[[Identity], int]
) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(enter, [WHO] * 4))) == 1
    (row,) = place.rows(Person)
    assert (row.fin, row.given_name, row.surname, row.patronymic) == ("5XKV3PM", "Aysel", "Əliyeva", "Rauf qızı")
    assert (row.language, row.username, row.password_hash) == ("ru", None, None)


def test_every_means_leads_to_the_same_person(enter: Callable[[Identity], int]) -> None:
    assert len({enter(replace(WHO, means=means)) for means in ("e-imza", "asan-imza", "e-gov")}) == 1


@pytest.mark.parametrize(
    ("proved", "kept"),
    [
        (replace(WHO, surname="Məmmədova"), ("Aysel", "Məmmədova", "Rauf qızı")),
        # the same name in the letters of a certificate
        (replace(WHO, given_name="AYSEL", surname="ƏLİYEVA"), ("Aysel", "Əliyeva", "Rauf qızı")),
        (replace(WHO, patronymic=""), ("Aysel", "Əliyeva", "Rauf qızı")),
    ],
)
def test_a_citizen_with_a_new_name_gets_it(
    place: Installation, enter: Callable[[Identity], int], proved: Identity, kept: tuple[str, str, str]
) -> None:
    enter(WHO)
    enter(proved)
    (row,) = place.rows(Person)
    assert (row.given_name, row.surname, row.patronymic) == kept


def test_staff_keep_the_name_that_the_office_gave_them(place: Installation, enter: Callable[[Identity], int]) -> None:
    actor = place.person("Vüsal", ("dispatcher", "north"), fin="5XKV3PM")
    assert enter(WHO) == actor.person_id
    assert place.rows(Person)[0].given_name == "Vüsal"


def test_who_was_shut_out_stays_out(place: Installation, enter: Callable[[Identity], int]) -> None:
    enter(WHO)
    with place.database.step() as connection:
        connection.execute(update(Person).values(active=False))
    with pytest.raises(LogInRefused, match="inactive_account"):
        enter(WHO)


@pytest.mark.parametrize("missing", [{"fin": None}, {"fin": ""}, {"given_name": ""}, {"surname": ""}])
def test_an_identity_without_fin_or_name_is_nobody(
    place: Installation, enter: Callable[[Identity], int], missing: dict[str, str | None]
) -> None:
    with pytest.raises(LogInRefused, match="identity_incomplete"):
        enter(replace(WHO, **missing))  # type: ignore[arg-type]
    assert place.rows(Person) == []
