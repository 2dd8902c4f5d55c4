"""
Mail to the staff about their work: who is told of what, once, by day, and only if they want it.
"""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import insert, select, update

from engine.jobs import Worker
from engine.jobs.in_hand import ask
from engine.jobs.standing import Standing
from engine.operations import Actor
from engine.quiet import WAITS, QuietHours
from engine.releases import bundle_of
from engine.steps.assigning import ASSIGNED, DIGEST, DUE
from engine.tables import FAR, FinishedJob, Incident, Job, MailLog, Person, Task, UnwantedMail
from engine.words.letters import URGENT
from processes import FOLDER
from processes.registry import calendar
from processes.staff_mail import MORNING, SEND_DIGEST, TELL_DUE, upcoming
from tests.support.installation import Install
from tests.support.meters import FORMS, Utility, open_utility

BAKU = calendar.BAKU
NIGHT = datetime(2026, 11, 23, 23, 30, tzinfo=BAKU)
QUIET = QuietHours(time(22), time(8))


class House:
    """
    The utility with a worker, and the mails that went out of it.
    """

    def __init__(self, utility: Utility) -> None:
        self.utility = utility
        self.site = utility.site
        self.ports = self.site.ports
        people = (utility.fitter, utility.dispatcher, utility.head)
        #: surnames tell them apart
        self.names = {f"{person.name.split()[0].lower()}": person for person in people}

    def work(self) -> None:
        """
        Do everything that is due.
        """
        Worker(self.site.database, self.site.operations, self.site.cases, self.ports).run_once()

    def mails(self, letter: str) -> list[EmailMessage]:
        """
        Return the mails of one kind, by their ids.
        """
        files = sorted((self.site.folder / "mail").glob(f"{letter}.*.eml"))
        return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]

    def refuse(self, person: Actor, kind: str) -> None:
        """
        Switch a kind of mail off for somebody.
        """
        with self.site.database.step() as connection:
            connection.execute(insert(UnwantedMail).values(person_id=person.person_id, kind=kind))

    def morning(self, at: datetime) -> None:
        """
        Let a morning come.
        """
        self.site.clock.set(at)
        with self.site.database.step() as connection:
            ask(connection, MORNING, {}, key=f"test:{at.isoformat()}", lane="timer", now=at.astimezone(UTC))
        worker = Worker(self.site.database, self.site.operations, self.site.cases, self.ports)
        worker.run_once()


@pytest.fixture
def house(install_sqlite: Install) -> House:
    """
    Open the utility.
    """
    return House(open_utility(install_sqlite))


def text_of(message: EmailMessage) -> str:
    return message.get_body(("plain",)).get_content()


def test_whoever_is_assigned_is_told_once_and_the_one_who_did_it_is_not(house: House) -> None:
    house.utility.assigned()
    house.work()
    (mail,) = house.mails("task_assigned")
    assert mail["To"] == "tural@example.az"
    assert "/tapsiriq/" in text_of(mail)
    assert "İdarə: " in text_of(mail)
    for personal in ("Aysel", "Abonentov", "123 45 67", "Nizami"):
        assert personal not in mail.as_string() + text_of(mail)
    house.work()
    assert len(house.mails("task_assigned")) == 1


def test_a_task_that_is_done_before_its_mail_goes_needs_none(house: House) -> None:
    case_id = house.utility.assigned()
    house.utility.visit(case_id, "no_access")
    house.work()
    assert house.mails("task_assigned") == []


def test_whoever_switched_it_off_is_not_told(house: House) -> None:
    house.refuse(house.utility.fitter, ASSIGNED)
    house.utility.assigned()
    house.work()
    assert house.mails("task_assigned") == []
    assert [row.kind for row in house.site.rows(FinishedJob)].count("tell_assigned") == 1


def test_who_is_given_a_task_by_hand_is_told_each_time(house: House) -> None:
    site, case_id = house.site, house.utility.assigned()
    house.work()
    other = site.person("Samir", *((("fitter", unit)) for unit in ("baku_center", "baku_business")))
    task = site.open_tasks(case_id)["record_visit"]
    site.cases.give(task, house.utility.dispatcher, other.person_id)
    house.work()
    assert [mail["To"] for mail in house.mails("task_assigned")].count("samir@example.az") == 1
    site.cases.give(task, house.utility.dispatcher, house.utility.fitter.person_id)
    site.cases.give(task, house.utility.dispatcher, other.person_id)
    house.work()
    assert [mail["To"] for mail in house.mails("task_assigned")].count("samir@example.az") == 2


def test_at_night_what_can_wait_waits_and_the_receipt_goes(house: House) -> None:
    house.ports = replace(house.ports, quiet=QUIET)
    house.site.clock.set(NIGHT)
    house.utility.assigned()
    house.work()
    assert len(house.mails("registered")) == 1
    assert house.mails("task_assigned") == house.mails("visit_planned") == []
    waiting = [job for job in house.site.rows(Job) if job.lane == "mail"]
    assert {job.run_at.astimezone(BAKU) for job in waiting} == {datetime(2026, 11, 24, 8, 0, tzinfo=BAKU)}
    assert {(job.error, job.attempt, job.failed) for job in waiting} == {(WAITS, 0, 0)}
    house.site.clock.set(datetime(2026, 11, 24, 8, 0, 1, tzinfo=BAKU))
    house.work()
    assert len(house.mails("task_assigned")) == len(house.mails("visit_planned")) == 1


def test_a_letter_that_its_release_calls_urgent_goes_at_night(house: House) -> None:
    bundle = bundle_of(FOLDER / "meter_installation.bpmn", FORMS)
    bundle[URGENT] = b"task_assigned\n"
    house.site.releases.deploy(bundle, now=house.site.clock.now())
    house.ports = replace(house.ports, quiet=QUIET)
    house.site.clock.set(NIGHT)
    house.utility.assigned()
    house.work()
    assert len(house.mails("task_assigned")) == 1
    assert house.mails("registered") == []


@pytest.mark.parametrize(
    ("hours", "at", "until"),
    [
        ("22:00-08:00", (23, 30), (24, 8)),
        ("22:00-08:00", (3, 0), (23, 8)),
        ("22:00-08:00", (8, 0), None),
        ("22:00-08:00", (21, 59), None),
        ("13:00-14:00", (13, 30), (23, 14)),
        ("13:00–14:00", (14, 0), None),
    ],
)
def test_quiet_hours(hours: str, at: tuple[int, int], until: tuple[int, int] | None) -> None:
    quiet = QuietHours.read(hours)
    assert quiet is not None
    found = quiet.until(datetime(2026, 11, 23, *at, tzinfo=BAKU).astimezone(UTC))
    assert found == (until and datetime(2026, 11, until[0], until[1], tzinfo=BAKU))


@pytest.mark.parametrize("text", ["22", "22:00-24:00", "22:00-22:00", "22:00 08:00", "never"])
def test_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        QuietHours.read(text)


def test_heads_hear_in_the_morning_what_is_late_and_whose_it_is_not(house: House) -> None:
    first, second = house.utility.registered("1000000001"), house.utility.registered("1000000002")
    with house.site.database.step() as connection:
        task = update(Task).where(Task.element == "assign_executor")
        now = house.site.clock.now()
        connection.execute(task.where(Task.case_id == first).values(due_at=now + timedelta(hours=8)))
        connection.execute(task.where(Task.case_id == second).values(due_at=now - timedelta(days=3)))
        row = {"case_id": first, "code": "job_failed", "message": "-", "opened_at": now}
        connection.execute(insert(Incident).values(**row))
    house.morning(datetime(2026, 11, 23, 8, 30, tzinfo=BAKU))
    (mail,) = house.mails("digest")
    assert mail["To"] == "nigar@example.az"
    said = text_of(mail)
    assert "Müddəti keçib: 1 (" in said
    assert "Bu gün bitir: 1 (" in said
    assert "Hələ heç kimə verilməyib: 2 (" in said
    assert "Açıq nasazlıqlar: 1 (" in said
    assert "Aysel" not in said
    house.morning(datetime(2026, 11, 23, 8, 31, tzinfo=BAKU))
    assert len(house.mails("digest")) == 1
    house.refuse(house.utility.head, DIGEST)
    house.morning(datetime(2026, 11, 24, 8, 30, tzinfo=BAKU))
    assert len(house.mails("digest")) == 1


def test_the_digest_has_the_words_of_the_release_of_the_cases_that_it_names(house: House) -> None:
    site = house.site
    operator = site.person("Operator", ("operator", "*"))
    house.utility.registered()
    bundle = bundle_of(FOLDER / "meter_installation.bpmn", FORMS)
    path = "letters/mail/digest.az.txt"
    bundle[path] = "Yeni sözlər {today}".encode() + bundle[path][bundle[path].index(b"\n") :]
    site.clock.advance(timedelta(minutes=1))
    site.releases.deploy(bundle, now=site.clock.now())
    with site.database.step() as connection:
        row = {"code": "job_failed", "message": "-", "opened_at": site.clock.now()}
        connection.execute(insert(Incident).values(**row))
    house.morning(datetime(2026, 11, 24, 8, 30, tzinfo=BAKU))
    subjects = {mail["To"]: mail["Subject"] for mail in house.mails("digest")}
    assert operator.person_id and subjects["operator@example.az"].startswith("Yeni sözlər")  # of no case
    assert "Yeni sözlər" not in subjects["nigar@example.az"]


def test_nothing_is_sent_when_there_is_nothing_to_say(house: House) -> None:
    operator = house.site.person("Operator", ("operator", "*"))
    house.morning(datetime(2026, 11, 23, 8, 30, tzinfo=BAKU))
    assert house.mails("digest") == []
    assert [row.kind for row in house.site.rows(FinishedJob)].count(SEND_DIGEST) == 2
    with house.site.database.step() as connection:
        row = {"code": "job_failed", "message": "-", "opened_at": house.site.clock.now()}
        connection.execute(insert(Incident).values(**row))
    house.morning(datetime(2026, 11, 24, 8, 30, tzinfo=BAKU))
    (mail,) = house.mails("digest")
    assert mail["To"] == "operator@example.az"
    assert operator.person_id
    assert "Açıq nasazlıqlar: 1" in text_of(mail)
    assert "Müddəti keçib" not in text_of(mail)


def test_a_holder_is_reminded_once_of_what_is_due_by_the_next_working_day(house: House) -> None:
    case_id = house.utility.assigned()
    house.work()
    task = house.site.open_tasks(case_id)["record_visit"]

    def due(at: datetime) -> None:
        with house.site.database.step() as connection:
            connection.execute(update(Task).where(Task.id == task).values(due_at=at))

    due(datetime(2026, 11, 30, 18, 0, tzinfo=BAKU))
    house.morning(datetime(2026, 11, 26, 8, 30, tzinfo=BAKU))
    assert house.mails("task_due") == []
    for day in (27, 30):  # a Friday before it, and the Monday itself
        house.morning(datetime(2026, 11, day, 8, 30, tzinfo=BAKU))
        (mail,) = house.mails("task_due")
    assert (mail["To"], "30.11.2026" in text_of(mail)) == ("tural@example.az", True)
    due(datetime(2026, 12, 1, 18, 0, tzinfo=BAKU))
    house.refuse(house.utility.fitter, DUE)
    house.morning(datetime(2026, 12, 1, 8, 30, tzinfo=BAKU))
    assert len(house.mails("task_due")) == 1
    due(FAR)
    assert [row.kind for row in house.site.rows(FinishedJob)].count(TELL_DUE) >= 2


def test_mornings_are_those_of_working_days_and_come_again(house: House) -> None:
    friday = datetime(2026, 11, 27, 9, 0, tzinfo=BAKU)
    with house.site.database.read() as connection:
        assert upcoming(connection, friday, house.ports) == datetime(2026, 11, 30, 8, 30, tzinfo=BAKU)
        early = friday.replace(hour=7)
        assert upcoming(connection, early, house.ports) == friday.replace(hour=8, minute=30)
    house.site.clock.set(friday)
    Standing(house.site.database, house.site.operations, house.site.cases, house.ports).ensure()
    (planned,) = [job for job in house.site.rows(Job) if job.kind == MORNING]
    assert planned.run_at.astimezone(BAKU) == datetime(2026, 11, 30, 8, 30, tzinfo=BAKU)
    house.site.clock.set(planned.run_at)
    house.work()
    (following,) = [job for job in house.site.rows(Job) if job.kind == MORNING]
    assert following.run_at.astimezone(BAKU) == datetime(2026, 12, 1, 8, 30, tzinfo=BAKU)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_mail_to_the_staff_is_in_their_language(house: House, language: str) -> None:
    with house.site.database.step() as connection:
        connection.execute(update(Person).values(language=language))
    house.utility.assigned()
    house.work()
    (mail,) = house.mails("task_assigned")
    assert mail["Content-Language"] == language
    assert "Sizə" not in text_of(mail)


def test_the_log_of_the_case_has_every_mail_about_it(house: House) -> None:
    case_id = house.utility.assigned()
    house.work()
    with house.site.database.read() as connection:
        logged = connection.execute(
            select(MailLog.letter, MailLog.state, MailLog.attempts).where(MailLog.case_id == case_id)
        )
        assert {tuple(row) for row in logged} == {
            (letter, "sent", 1) for letter in ("registered", "visit_planned", "task_assigned")
        }
