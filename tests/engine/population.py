"""
A utility's working life, invented: offices, staff, applicants and as many cases as a test wants, written in bulk.

Rows only: no diagram runs here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, insert

from engine import search
from engine.numbers import new_number
from engine.operations import Actor
from engine.tables import Case, CaseFacet, Membership, Person, Release, SearchTerm, Task, TaskCandidate

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OFFICES = tuple(f"office_{number:02}" for number in range(40))
DISTRICTS = ("Binəqədi", "Nəsimi", "Nizami", "Səbail", "Yasamal")
REASONS = ("first_meter", "broken_meter", "additional_meter")
SURNAMES = ("Əliyev", "Şıxəliyev", "İsmayılov", "Quliyeva", "Hüseynov", "Çələbi", "Ağayeva")
ROLES = ("dispatcher", "fitter", "head")
RELEASE = "r1"
#: staff of an office: person id = STAFF + 10 × its number + 1 (dispatcher), 2 (fitter), 3 (fitter), 4 (head)
STAFF = 1000
#: applicants: person ids from here
APPLICANTS = 100_000
#: one case in five is open
OPEN_SHARE = 5


@dataclass(frozen=True)
class Place:
    """
    One staff member of the population.
    """

    office: int
    seat: int

    @property
    def actor(self) -> Actor:
        """
        Return the person as the engine knows them.
        """
        role = {1: "dispatcher", 2: "fitter", 3: "fitter", 4: "head"}[self.seat]
        return Actor(STAFF + 10 * self.office + self.seat, "Əməkdaş", frozenset({(role, OFFICES[self.office])}))


DISPATCHER, FITTER, FITTER_2, HEAD = (Place(0, seat).actor for seat in (1, 2, 3, 4))
OTHER_DISPATCHER = Place(1, 1).actor
OPERATOR = Actor(901, "Operator", frozenset({("operator", "*")}))
ANALYST = Actor(902, "Analitik", frozenset({("analyst", "*")}))
CHIEF = Actor(903, "Baş rəis", frozenset({("head", "*")}))
CITIZEN = Actor(APPLICANTS, "Vətəndaş")


def populate(connection: Connection, cases: int) -> None:
    """
    Write offices' staff and `cases` cases, of which one in five is open.
    """
    connection.execute(insert(Release).values(id=RELEASE, process="meter_installation", created_at=NOW))
    connection.execute(insert(Person), list(_people(cases)))
    connection.execute(insert(Membership), list(_memberships()))
    for first in range(0, cases, 10_000):
        batch = range(first + 1, min(first + 10_000, cases) + 1)
        connection.execute(insert(Case), [_case(key) for key in batch])
        connection.execute(insert(CaseFacet), [facet for key in batch for facet in _facets(key)])
        connection.execute(insert(SearchTerm), [term for key in batch for term in _terms(key)])
        connection.execute(insert(Task), [task for key in batch for task in _tasks(key)])
        connection.execute(insert(TaskCandidate), [row for key in batch for row in _candidates(key)])


def is_open(key: int) -> bool:
    """
    Tell whether the case with this id is open.
    """
    return key % OPEN_SHARE == 0


def office_of(key: int) -> str:
    """
    Return the office of the case with this id.
    """
    return OFFICES[key // OPEN_SHARE % len(OFFICES)]


def due(key: int) -> datetime:
    """
    Return the end of the case's term: from ten days ago to fifty days ahead, not in the order of the ids.
    """
    return NOW + timedelta(hours=(key * 7919) % 1440 - 240)


def role_of(key: int) -> str:
    """
    Return whose turn it is in the case.
    """
    return ROLES[key // OPEN_SHARE // len(OFFICES) % 3]


def meant_for(key: int) -> int:
    """
    Return the seat of the fitter who alone may do the visit.
    """
    return 2 + key // OPEN_SHARE // len(OFFICES) // 3 % 2


def telephone(key: int) -> str:
    """
    Return the applicant's telephone.
    """
    return f"+99450{key:07}"


def _people(cases: int) -> Iterator[dict[str, object]]:
    for office in range(len(OFFICES)):
        for seat in (1, 2, 3, 4):
            yield {"id": STAFF + 10 * office + seat, "given_name": "Kamran", "surname": f"Əməkdaş-{office}-{seat}"}
    for watcher in (OPERATOR, ANALYST, CHIEF):
        yield {"id": watcher.person_id, "given_name": watcher.name, "surname": "Nəzarətçi"}
    for number in range(_applicants(cases)):
        yield {"id": APPLICANTS + number, "given_name": "Vüqar", "surname": SURNAMES[number % len(SURNAMES)]}


def _applicants(cases: int) -> int:
    return max(cases // 2, 1)


def _memberships() -> Iterator[dict[str, object]]:
    people = [Place(office, seat).actor for office in range(len(OFFICES)) for seat in (1, 2, 3, 4)]
    for person in (*people, OPERATOR, ANALYST, CHIEF):
        for role, unit in person.roles:
            yield {"person_id": person.person_id, "role": role, "unit": unit}


def _case(key: int) -> dict[str, object]:
    opened = NOW - timedelta(hours=key % 5000)
    return {
        "id": key,
        "number": new_number(),
        "process": "meter_installation",
        "release_id": RELEASE,
        "revision": 5,
        "unit": office_of(key),
        "applicant_id": APPLICANTS + key // 2 - (key % 2 == 0),
        "language": "az",
        "opened_at": opened,
        "registered_at": opened,
        "due_at": due(key),
        "closed_at": None if is_open(key) else NOW,
        "outcome": None if is_open(key) else "installed",
        "public_status": "İcradadır",
        "status_tone": "yellow",
        "status_at": NOW,
        "facets": {facet["name"]: facet["value"] for facet in _facets(key)},
        "state": b"x" * 1500,
    }


def _facets(key: int) -> Iterator[dict[str, object]]:
    yield {"case_id": key, "name": "district", "value": DISTRICTS[key % 7 % len(DISTRICTS)]}
    yield {"case_id": key, "name": "reason", "value": REASONS[key % len(REASONS)]}


def _terms(key: int) -> Iterator[dict[str, object]]:
    surname = SURNAMES[key % len(SURNAMES)]
    texts = (f"Vüqar {surname}", f"{key:010}", telephone(key), f"Bakı, {key % 97} saylı ev, Nizami küçəsi")
    for term in dict.fromkeys(word for text in texts for word in search.words(text)):
        yield {"term": term, "case_id": key}


def _tasks(key: int) -> Iterator[dict[str, object]]:
    row = {
        "case_id": key,
        "role": "dispatcher",
        "unit": office_of(key),
        "opened_at": NOW,
        "due_at": due(key),
        "claimed_by": None,
        "closed_at": None,
        "closed_by": None,
    }
    staff = STAFF + 10 * OFFICES.index(office_of(key)) + 1
    for number, element in enumerate(("assign_executor", "record_visit")):
        closed = {"state": "done", "closed_at": NOW, "closed_by": staff}
        yield row | closed | {"id": f"{number}{key:031}", "element": element}
    if is_open(key):
        claimed = staff if role_of(key) == "dispatcher" and key % 3 == 0 else None
        opened = {"role": role_of(key), "state": "open", "claimed_by": claimed}
        yield row | opened | {"id": f"9{key:031}", "element": f"{role_of(key)}_work"}


def _candidates(key: int) -> Iterator[dict[str, object]]:
    if is_open(key) and role_of(key) == "fitter":
        yield {"task_id": f"9{key:031}", "person_id": STAFF + 10 * OFFICES.index(office_of(key)) + meant_for(key)}
