"""
Invented people and books: staff of six offices, subscribers, their meters, and what lies in the stores.

The same seed gives the same people. Their addresses are at example.com, which nobody owns.
"""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import Connection, insert, select

from engine.operations import Actor
from engine.search import fold
from engine.tables import Membership, Person
from processes.registry import lists, meters, stock
from processes.registry.tables import District, Meter, Office, Subscriber

SEED = 2026
#: accepted by the pages in the demonstration mode only, whoever has it
PASSWORD = "demo"

#: user name -> role; the offices are those of the four demonstration codes
STAFF_ACCOUNTS = {"dispatcher": "dispatcher", "fitter": "fitter", "fitter2": "fitter", "head": "head"}
CITIZEN_ACCOUNTS = ("citizen", "citizen2")
#: acts for legal entities
REPRESENTATIVE = "representative"
#: user name -> role everywhere
WATCHERS = {"analyst": "analyst", "operator": "operator"}

#: user name -> FIN and telephone, by which the other means of logging in find the same people
IDENTITIES = {
    "citizen": ("SAYGAC1", "+994502000001"),
    "citizen2": ("SAYGAC2", "+994502000002"),
    "representative": ("SAYGAC3", "+994502000003"),
    "dispatcher": ("SAYGAC4", "+994502000004"),
    "fitter": ("SAYGAC5", "+994502000005"),
    "fitter2": ("SAYGAC6", "+994502000006"),
    "head": ("SAYGAC7", "+994502000007"),
    "analyst": ("SAYGAC8", "+994502000008"),
    "operator": ("SAYGAC9", "+994502000009"),
}

#: its store is empty
EMPTY_STORE, EMPTY_DISTRICT = "absheron", "Abşeron"
#: the offices that take applications for the demonstration codes
DEMO_OFFICES = ("baku_center", EMPTY_STORE, "baku_business")

#: code -> kind, district, whether a meter is active
DEMO_CODES = {
    "1000000001": ("household", "Nəsimi", False),
    "1000000002": ("household", "Yasamal", True),
    "1000000003": ("household", "Abşeron", False),
    "1000000004": ("non_household", "Nərimanov", False),
}

SUBSCRIBERS = 500
#: the first of them have an owner who is a person here and may apply
OWNERS = 230
#: numbers of meters that are put in by stories begin here
STORY_METERS = "AZ-265"
_METER_TYPES = ("mechanical", "smart_card", "smart")
_FIN = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_POSITIONS = {
    "head": "İdarə rəisi",
    "dispatcher": "Dispetçer",
    "fitter": "Usta",
    "operator": "Sistem operatoru",
    "citizen": "",
}


@dataclass(frozen=True)
class Applicant:
    """
    A person and the subscriber code under which they may apply.
    """

    actor: Actor
    email: str
    telephone: str
    code: str
    district: str
    #: number of the active meter, if there is one
    meter: str | None


@dataclass(frozen=True)
class Cast:
    """
    Everybody who takes part in the demonstration's cases.
    """

    applicants: tuple[Applicant, ...]
    #: (office, role) -> people, those with an account first
    staff: dict[tuple[str, str], tuple[Actor, ...]]
    #: keeps the installation running, and has no account
    operator: Actor


class Casting:
    """
    Makes people and books, and remembers who takes part.
    """

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now
        self._today = now.date()
        self._random = random.Random(SEED)
        self._names = tomllib.loads(Path(__file__).with_name("names.toml").read_text(encoding="utf-8"))
        self._fins: set[str] = set()
        self._makes = lists.makes(connection)
        self._number = 26_010_000

    def fill(self) -> None:
        """
        Enter staff, citizens, subscribers, meters and stock; the watchers are entered by `open_doors`.
        """
        offices = tuple(self._connection.execute(select(Office.code).order_by(Office.code)).scalars())
        password = PasswordHasher().hash(PASSWORD)
        for username, role in STAFF_ACCOUNTS.items():
            person = self._person(role, username=username, password_hash=password, **_identity(username))
            self._join(person, role, DEMO_OFFICES)
        for office in offices:
            for role in ("head", "dispatcher", "dispatcher", "fitter", "fitter", "fitter"):
                self._join(self._person(role), role, (office,))
            self._stock(office)
        for code, (kind, district, metered) in DEMO_CODES.items():
            self._subscriber(code, kind, district, owner=None, metered=metered)
        for username in CITIZEN_ACCOUNTS:
            self._person("citizen", username=username, password_hash=password, **_identity(username))
        self._subscribers()
        account = {"username": REPRESENTATIVE, "password_hash": password, **_identity(REPRESENTATIVE)}
        self._person("citizen", **account, given_name="Orxan", surname="Göyüşov", patronymic="Əli oğlu")
        operator = self._person("operator", given_name="Samir", surname="Rzayev", patronymic="Kamil oğlu")
        self._join(operator, "operator", ("*",))

    def _subscribers(self) -> None:
        districts = tuple(self._connection.execute(select(District.name).order_by(District.name)).scalars())
        citizens = self._connection.execute(
            select(Person.id, Person.fin).where(Person.username.in_(CITIZEN_ACCOUNTS)).order_by(Person.username)
        ).all()
        for at in range(SUBSCRIBERS - len(DEMO_CODES)):
            kind = "non_household" if at % 11 == 7 else "household"
            fin = self._fin()
            if at < 12:
                # the demonstration's citizens have some codes of their own
                kind, fin = "household", citizens[at % 2].fin
            elif at < OWNERS:
                self._person("citizen", fin=fin)
            self._subscriber(
                f"{2_000_000_001 + at}",
                kind,
                self._random.choice(districts),
                owner=fin,
                metered=at % 9 == 1 or at >= OWNERS and at % 3 > 0,
            )

    def _person(self, role: str, **more: Any) -> int:
        surname, given, patronymic = self._full_name()
        row = {
            "given_name": given,
            "surname": surname,
            "patronymic": patronymic,
            "fin": self._fin() if role == "citizen" else None,
            "telephone": self._telephone(),
            "position": _POSITIONS[role],
            **more,
        }
        person = self._connection.execute(insert(Person).values(**row).returning(Person.id)).scalar_one()
        email = _email(row["surname"], row["given_name"], person)
        self._connection.execute(Person.__table__.update().where(Person.id == person).values(email=email))
        return int(person)

    def _join(self, person: int, role: str, offices: tuple[str, ...]) -> None:
        rows = [{"person_id": person, "role": role, "unit": office} for office in offices]
        self._connection.execute(insert(Membership), rows)

    def _subscriber(self, code: str, kind: str, district: str, *, owner: str | None, metered: bool) -> None:
        name = f"«{self._random.choice(self._names['firms'])}» MMC" if kind == "non_household" else self._known(owner)
        city = district if district in ("Sumqayıt", "Abşeron") else f"Bakı, {district}"
        street = self._random.choice(self._names["streets"][district])
        address = f"{city}, {street} {self._random.randint(1, 140)}, mənzil {self._random.randint(1, 90)}"
        self._connection.execute(
            insert(Subscriber).values(
                code=code,
                kind=kind,
                name=name,
                fin=owner,
                address=address,
                district=district,
                telephone=self._telephone(),
                search_key=fold(f"{name} {address}"),
            )
        )
        if metered:
            self._meter(code)

    def _known(self, fin: str | None) -> str:
        query = select(Person.surname, Person.given_name, Person.patronymic).where(Person.fin == fin)
        found = self._connection.execute(query).one_or_none() if fin else None
        return " ".join(found or self._full_name())

    def _meter(self, code: str) -> None:
        self._number += 7
        installed = self._today - timedelta(days=self._random.randint(200, 3000))
        meters.activate(
            self._connection,
            meters.NewMeter(
                number=f"AZ-{self._number}",
                make=self._random.choice(self._makes),
                type=self._random.choice(_METER_TYPES),
                diameter=self._random.choice((15, 15, 15, 20)),
                subscriber_code=code,
                installed_on=installed,
                verified_on=installed - timedelta(days=40),
                next_verification_on=date(installed.year + 6, 6, 1),
                seals=(f"P{self._number}",),
            ),
        )

    def _stock(self, office: str) -> None:
        for diameter in (15, 20, 25, 32):
            for make in self._makes:
                for kind in _METER_TYPES:
                    quantity = 0 if office == EMPTY_STORE else self._random.randint(12, 60)
                    stock.count(self._connection, office, stock.Lot(diameter, make, kind), quantity, now=self._now)

    def _full_name(self) -> tuple[str, str, str]:
        man = self._random.random() < 0.55
        surname = self._random.choice(self._names["surnames"])[0 if man else 1]
        given = self._random.choice(self._names["men" if man else "women"])
        return surname, given, f"{self._random.choice(self._names['fathers'])} {'oğlu' if man else 'qızı'}"

    def _fin(self) -> str:
        while (fin := "".join(self._random.choices(_FIN, k=7))) in self._fins:
            continue
        self._fins.add(fin)
        return fin

    def _telephone(self) -> str:
        return f"+994{self._random.choice(('50', '51', '55', '70', '77'))}{self._random.randint(2_000_000, 9_999_999)}"


def open_doors(connection: Connection) -> None:
    """
    Enter the accounts of analyst and operator, which see everything; that they exist says that all is loaded.
    """
    password = PasswordHasher().hash(PASSWORD)
    for username, role in WATCHERS.items():
        row = {
            "username": username,
            "password_hash": password,
            **_identity(username),
            "given_name": "Nümayiş",
            "surname": "Analitik" if role == "analyst" else "Operator",
            "email": f"{username}@example.com",
            "position": "Biznes analitik" if role == "analyst" else "Sistem operatoru",
        }
        person = connection.execute(insert(Person).values(**row).returning(Person.id)).scalar_one()
        connection.execute(insert(Membership).values(person_id=person, role=role, unit="*"))


def is_open(connection: Connection) -> bool:
    """
    Tell whether the demonstration is loaded to its end.
    """
    return connection.scalar(select(Person.id).where(Person.username.in_(WATCHERS)).limit(1)) is not None


def is_filled(connection: Connection) -> bool:
    """
    Tell whether people and books are there.
    """
    return connection.scalar(select(Person.id).where(Person.username.in_(CITIZEN_ACCOUNTS)).limit(1)) is not None


def cast_of(connection: Connection) -> Cast:
    """
    Return who takes part, always in the same order.
    """
    return Cast(_applicants(connection), _staff(connection), _operator(connection))


def _applicants(connection: Connection) -> tuple[Applicant, ...]:
    # meters that the stories put in have greater numbers: the cast is the same before and after them
    first = (Meter.subscriber_code == Subscriber.code) & (Meter.number < STORY_METERS)
    rows = connection.execute(
        select(
            Person.id,
            Person.given_name,
            Person.surname,
            Person.email,
            Person.telephone,
            Subscriber.code,
            Subscriber.district,
            Meter.number,
        )
        .select_from(Person)
        .join(Subscriber, Subscriber.fin == Person.fin)
        .outerjoin(Meter, first)
        .order_by(Subscriber.code)
    )
    return tuple(
        Applicant(Actor(id_, f"{given} {surname}"), email or "", telephone or "", code, district, meter)
        for id_, given, surname, email, telephone, code, district, meter in rows
    )


def _staff(connection: Connection) -> dict[tuple[str, str], tuple[Actor, ...]]:
    rows = connection.execute(
        select(Person.id, Person.given_name, Person.surname, Membership.role, Membership.unit)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.unit != "*")
        .order_by(Person.id)
    ).all()
    roles: dict[int, set[tuple[str, str]]] = {}
    for person, _, _, role, unit in rows:
        roles.setdefault(person, set()).add((role, unit))
    staff: dict[tuple[str, str], tuple[Actor, ...]] = {}
    for person, given, surname, role, unit in rows:
        actor = Actor(person, f"{given} {surname}", frozenset(roles[person]))
        staff[unit, role] = (*staff.get((unit, role), ()), actor)
    return staff


def _operator(connection: Connection) -> Actor:
    everywhere = (Membership.role == "operator") & (Membership.unit == "*")
    found = select(Person.id, Person.given_name, Person.surname).join(Membership, Membership.person_id == Person.id)
    person, given, surname = connection.execute(found.where(everywhere, Person.username.is_(None))).one()
    return Actor(person, f"{given} {surname}", frozenset({("operator", "*")}))


def _identity(username: str) -> dict[str, str]:
    fin, telephone = IDENTITIES[username]
    return {"fin": fin, "telephone": telephone}


def _email(surname: str, given: str, person: int) -> str:
    plain = fold(f"{given}.{surname}").replace(" ", "")
    return f"{plain}.{person}@example.com"
