"""
The demonstration is loaded once for the module: it walks two hundred cases on the real engine.
"""

from __future__ import annotations

import email
import email.policy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select, text

from engine.clock import SettableClock
from engine.deeds import Deed
from engine.doctor import Doctor
from engine.mail import Message
from engine.operations import Operations, Ports
from engine.releases import Releases, bundle_of
from engine.settings import Settings
from engine.storage.database import Database
from engine.storage.files import Files
from engine.tables import Base, Batch, Case, Document, Draft, Incident, Job, MailLog, Membership, Person, Task
from processes import FOLDER, ROLES, demonstration, installed
from processes.demonstration import people
from processes.registry import shipped, stock, subscribers
from processes.registry.tables import Act, Stock, StockMovement, Subscriber
from simulator import persons

NOW = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


class CutOff(Exception):
    """
    Stands for a process that ends in the middle.
    """


def cut_off(done: int, _all: int) -> None:
    if done == 500:
        raise CutOff


class RealServer:
    """
    A mailer that must not be used.
    """

    def send(self, message: Message) -> None:
        raise AssertionError("a mail of the demonstration left the house")


@dataclass(frozen=True)
class Doors:
    """
    What the demonstration fills.
    """

    settings: Settings
    database: Database
    releases: Releases
    operations: Operations
    ports: Ports


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """
    Load the demonstration, cut off in the middle once: that is met by loading it again.
    """
    folder = tmp_path_factory.mktemp("demonstration")
    settings = Settings.from_env({"SAYGAC_DEMO": "1", "SAYGAC_FOLDER": str(folder)})
    database = Database(settings.database_url)
    operations = installed()
    releases = Releases(database, operations, ROLES)
    ports = Ports(SettableClock(NOW), RealServer(), Files(settings.files), settings.base_url)
    with database.step() as connection:
        Base.metadata.create_all(connection)
        shipped.fill_empty(connection)
    forms = Path(FOLDER).parent / "forms" / "meter_installation"
    releases.deploy(bundle_of(FOLDER / "meter_installation.bpmn", forms), now=NOW)
    doors = Doors(settings, database, releases, operations, ports)
    with pytest.raises(CutOff):
        demonstration.load(doors, cut_off)
    assert demonstration.load(doors)
    yield doors
    database.close()


def column(doors: Doors, query: object) -> list:
    with doors.database.read() as connection:
        return list(connection.scalars(query))


def test_lists_look_like_life(doors: Doors) -> None:
    with doors.database.read() as connection:
        many = {table: connection.scalar(select(func.count()).select_from(table)) for table in (Case, Subscriber)}
        staff = connection.scalar(select(func.count(Membership.person_id.distinct())))
        offices = connection.scalar(select(func.count(Case.unit.distinct())))
    assert many == {Case: 200, Subscriber: 500}
    assert staff >= 40
    assert offices == 6


def test_every_user_task_waits_somewhere(doors: Doors) -> None:
    waiting = Counter(column(doors, select(Task.element).where(Task.state == "open")))
    diagram = doors.releases.active("meter_installation").diagram
    drawn = {element.id for element in diagram.elements.values() if element.kind == "userTask"}
    assert drawn - set(waiting) == set()


def test_cases_end_in_every_way(doors: Doors) -> None:
    ends = Counter(column(doors, select(Case.outcome).where(Case.closed_at.is_not(None))))
    assert set(ends) == {"installed", "registered", "refused", "cancelled"}
    assert min(count for end, count in ends.items() if end != "cancelled") >= 10


def test_some_cases_are_late_and_some_wait_for_stock(doors: Doors) -> None:
    states = Counter(column(doors, select(Case.public_status)))
    late = column(doors, select(Case.id).where(Case.closed_at.is_(None), Case.due_at < NOW))
    assert len(late) >= 5
    assert states["İcra müddəti uzadıldı"] >= 3
    letters = set(column(doors, select(MailLog.letter)))
    assert {"assignment_late", "overdue", "term_extended"} <= letters


def test_nothing_lies_in_the_future(doors: Doors) -> None:
    with doors.database.read() as connection:
        first = connection.scalar(select(func.min(Case.opened_at)))
        last = connection.scalar(select(func.max(Case.status_at)))
    assert NOW - timedelta(days=62) < first < last < NOW


def test_the_past_is_settled_but_for_what_an_operator_is_to_try(doors: Doors) -> None:
    assert column(doors, select(Job.kind).where(Job.run_at <= NOW, Job.state == "ready")) == []
    assert set(column(doors, select(Job.kind).where(Job.state != "dead"))) == {"timer"}
    left = column(doors, select(Incident.code).where(Incident.resolved_at.is_(None)))
    assert Counter(left) == {"mail_refused": 3, "step_failed": 1}
    assert column(doors, select(Document.kind).where(Document.file_id.is_(None))) == []


def test_mails_of_the_past_lie_in_the_folder(doors: Doors) -> None:
    files = list(doors.settings.mail.glob("*.eml"))
    sent = column(doors, select(MailLog.id).where(MailLog.state == "sent"))
    assert len(files) == len(sent) > 300
    message = email.message_from_bytes(files[0].read_bytes(), policy=email.policy.default)
    assert message["To"].endswith("example.com")


def test_every_page_of_the_operator_shows_something(doors: Doors) -> None:
    deeds = Counter(column(doors, select(Deed.deed)))
    # those of a letter that was refused twice are tried again twice
    assert set(deeds) == {"retried_all", "retried", "noted", "suspended", "ended", "due_changed"}
    assert {count for deed, count in deeds.items() if deed != "retried"} == {1}
    assert column(doors, select(Incident.id).where(Incident.resolved_at.is_not(None)))
    assert column(doors, select(Draft.task_id)), "what the fitter typed is kept"
    with doors.database.read() as connection:
        batch = connection.execute(select(Batch.total, Batch.done, Batch.failed, Batch.finished_at)).one()
    assert batch.done == batch.total > 3 and batch.failed == 0 and batch.finished_at is not None


def test_the_doctor_finds_nothing(doors: Doors) -> None:
    doctor = Doctor(doors.database, doors.releases, doors.operations, doors.ports)
    assert [one.say() for one in doctor.examine()] == []


def test_the_books_agree_with_the_acts(doors: Doors) -> None:
    with doors.database.read() as connection:
        acts = connection.scalar(select(func.count()).select_from(Act).where(Act.kind == "installation"))
        taken = connection.scalar(select(func.sum(StockMovement.quantity)).where(StockMovement.act_id.is_not(None)))
        moved = connection.scalar(select(func.sum(StockMovement.quantity)))
        there = connection.scalar(select(func.sum(Stock.quantity)))
    assert acts == -taken
    assert moved == there


def test_act_numbers_follow_time(doors: Doors) -> None:
    numbers = column(doors, select(Act.number).where(Act.office == "baku_center").order_by(Act.made_at))
    assert numbers == sorted(numbers)
    assert len(numbers) >= 3


@pytest.mark.parametrize(
    ("code", "kind", "metered", "stocked"),
    [
        ("1000000001", "household", False, True),
        ("1000000002", "household", True, True),
        ("1000000003", "household", False, False),
        ("1000000004", "non_household", False, True),
    ],
)
@pytest.mark.parametrize("username", people.CITIZEN_ACCOUNTS)
def test_the_demonstration_codes_are_as_announced(
    doors: Doors, username: str, code: str, kind: str, metered: bool, stocked: bool
) -> None:
    with doors.database.read() as connection:
        person = connection.scalar(select(Person.id).where(Person.username == username))
        found = subscribers.find_for(connection, code, person)
        data = {"subscriber": {"district": found.district, "household": found.kind == "household"}}
        decision = doors.releases.active("meter_installation").decisions["route_office"]
        office = decision.evaluate(data).result["office"]
        lies = sum(stock.by_diameter(connection, office).values())
        roles = connection.execute(
            select(Person.username, Membership.role).join(Membership).where(Membership.unit == office)
        ).all()
    assert (found.kind, found.has_active_meter, lies > 0) == (kind, metered, stocked)
    assert set(people.STAFF_ACCOUNTS.items()) <= {tuple(row) for row in roles}


def test_every_account_opens_with_the_demonstrations_password(doors: Doors) -> None:
    with doors.database.read() as connection:
        hashes = dict(
            connection.execute(select(Person.username, Person.password_hash).where(Person.username.is_not(None))).all()
        )
    assert set(hashes) == {
        "citizen",
        "citizen2",
        "representative",
        "dispatcher",
        "fitter",
        "fitter2",
        "head",
        "analyst",
        "operator",
    }
    assert all(PasswordHasher().verify(hashed, people.PASSWORD) for hashed in set(hashes.values()))


def test_the_simulators_people_are_those_of_the_accounts(doors: Doors) -> None:
    with doors.database.read() as connection:
        named = select(Person.username, Person.fin, Person.given_name, Person.surname, Person.patronymic)
        found = {tuple(row) for row in connection.execute(named.where(Person.username.is_not(None)))}
    assert found == {
        (person.username, person.fin, person.given_name, person.surname, person.patronymic)
        for person in persons.shipped()
    }


@pytest.mark.parametrize("username", ["dispatcher", "fitter", "fitter2", "head"])
def test_the_demonstrations_staff_have_something_to_do(doors: Doors, username: str) -> None:
    with doors.database.read() as connection:
        query = (
            "SELECT count(*) FROM task t JOIN membership m ON m.role = t.role AND m.unit = t.unit "
            "JOIN person p ON p.id = m.person_id WHERE t.state = 'open' AND p.username = :name "
            "AND (t.role <> 'fitter' OR EXISTS (SELECT 1 FROM task_candidate c "
            "WHERE c.task_id = t.id AND c.person_id = p.id))"
        )
        assert connection.execute(text(query), {"name": username}).scalar_one() > 0


@pytest.mark.parametrize("username", people.CITIZEN_ACCOUNTS)
def test_the_demonstrations_citizens_have_applications(doors: Doors, username: str) -> None:
    query = select(Case.id).join(Person, Person.id == Case.applicant_id).where(Person.username == username)
    assert len(column(doors, query)) >= 3


def test_loading_again_changes_nothing(doors: Doors) -> None:
    before = column(doors, select(Case.audit_hash).order_by(Case.id))
    assert not demonstration.load(doors)
    assert column(doors, select(Case.audit_hash).order_by(Case.id)) == before
