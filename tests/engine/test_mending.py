"""
What operators do about work that stopped: every attempt is kept, every deed has its reason, nothing is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DatabaseError

from engine import expiry, failures, incidents, watchdog
from engine.audit import broken
from engine.deeds import Deed, ReasonMissing
from engine.errors import CannotGoOn, NotFound, NotYourTask, StateUnreadable, TryAgain
from engine.failures import Failure
from engine.findings import sentences
from engine.jobs import LEASE, Worker, bulk, steering
from engine.jobs.steering import Kind, NothingToDo
from engine.mail import MailRefused, MailUncertain
from engine.moving import Moves, Tally
from engine.operating.batches import retry_all, steer, steer_move
from engine.operating.mending import Mending
from engine.operating.sieve import Sieve
from engine.operations import Actor, Operations, Settle, Work
from engine.tables import Audit, Batch, Case, FinishedJob, Incident, Job, Task
from processes import installed
from tests.support.installation import Install, Installation, posts
from tests.support.pki import authority
from tests.support.small import bundle, operations
from web import names

REASON = "poçt serveri düzəldilib"


@dataclass
class House:
    """
    An installation with one registered case, whose only job does what the test says.
    """

    site: Installation
    case_id: int
    operator: Actor
    act: Callable[[Work], Settle | None] = lambda work: None

    @property
    def worker(self) -> Worker:
        return Worker(self.site.database, self.site.operations, self.site.cases, self.site.ports)

    def mending(self) -> Mending:
        return Mending(self.site.database, self.site.cases, lambda params: False)

    def ask(self, key: str, **values: object) -> int:
        now = self.site.clock.now()
        row = {"lane": "mail", "kind": "do", "payload": {}, "key": key, "case_id": self.case_id, "state": "ready"}
        with self.site.database.step() as connection:
            made = insert(Job).values(**row | {"created_at": now, "run_at": now} | values).returning(Job.id)
            return int(connection.execute(made).scalar_one())

    def steer(self, deed: Kind, *ids: int, actor: Actor | None = None, reason: str = REASON) -> None:
        now = self.site.clock.now()
        steering.do(self.site.database, ids, deed, actor or self.operator, reason=reason, now=now)

    def retry(self, *ids: int) -> incidents.Outcome:
        return self.mending().retry(ids, self.operator, reason=REASON, now=self.site.clock.now())

    def state(self, key: str) -> str | None:
        return next((row.state for row in self.site.rows(Job) if row.key == key), None)

    def deeds(self) -> list[tuple[str, str]]:
        return [(row.deed, row.reason) for row in self.site.rows(Deed)]

    def open_codes(self) -> list[str]:
        return [row.code for row in self.site.rows(Incident) if row.resolved_at is None]


@pytest.fixture
def house(install_sqlite: Install) -> House:
    return _house(install_sqlite)


@pytest.fixture
def house_on_both(install: Install) -> House:
    return _house(install)


def _house(install: Install) -> House:
    made = operations()

    @made.job("do")
    def do(work: Work) -> Settle | None:
        return house.act(work)

    site = install(made)
    site.releases.deploy(bundle(), now=site.clock.now())
    citizen = site.person("Aysel")
    case_id = site.cases.start("small", citizen, key="s", language="az").case_id
    task = site.open_tasks(case_id)["apply"]
    site.cases.submit(task, citizen, key="a", posted=posts(reason="new", telephone="0501234567"))
    house = House(site, case_id, site.person("Samir", ("operator", "*")))
    return house


def _raising(error: Exception) -> Callable[[Work], None]:
    def act(_work: Work) -> None:
        raise error

    return act


def test_every_attempt_is_kept_with_its_error_and_its_worker(house: House) -> None:
    key = house.ask("a")
    for error in (TryAgain("451 later"), TryAgain("452 full"), MailRefused("550 unknown")):
        house.act = _raising(error)
        house.worker.run_once()
        house.site.clock.advance(timedelta(hours=2))
    (incident,) = house.site.rows(Incident)
    with house.site.database.read() as connection:
        found = failures.of_incident(connection, incident.id, key)
    said = [(one.attempt, one.code, one.message) for one in reversed(found)]
    # the first wait is none: the first run tries twice
    assert said[0] == (1, "try_again", "451 later") and said[-1][1:] == ("mail_refused", "550 unknown")
    assert [attempt for attempt, _, _ in said] == list(range(1, len(said) + 1))
    assert all(one.owner for one in found)
    assert (incident.kind, incident.code) == (incidents.MAIL, "mail_refused")


def test_an_attempt_that_ended_with_its_worker_is_kept_too(house: House) -> None:
    key = house.ask("a")
    assert house.worker.ledger.claim("mail") is not None
    house.site.clock.advance(LEASE + timedelta(seconds=1))
    house.worker.ledger.free_lost()
    assert [(row.job_id, row.code) for row in house.site.rows(Failure)] == [(key, failures.WORKER_LOST)]


def test_nothing_is_done_without_a_reason(house: House) -> None:
    key = house.ask("a")
    for reason in ("", "   ", "düzəldi"):
        with pytest.raises(ReasonMissing):
            house.steer(Kind.SUSPEND, key, reason=reason)
    assert (house.state("a"), house.deeds()) == ("ready", [])


def test_only_operators_of_the_office_steer(house: House) -> None:
    key = house.ask("a")
    with pytest.raises(NotYourTask):
        house.steer(Kind.SUSPEND, key, actor=house.site.person("Rəis", ("head", "*")))
    with pytest.raises(NothingToDo):
        house.steer(Kind.SUSPEND, key, actor=house.site.person("Başqa", ("operator", "elsewhere")))
    assert house.state("a") == "ready"


def test_work_rests_until_it_is_resumed_and_the_case_tells_who_did_it(house_on_both: House) -> None:
    house = house_on_both
    key = house.ask("a")
    house.steer(Kind.SUSPEND, key)
    house.worker.run_once()
    assert house.state("a") == "suspended"
    house.steer(Kind.RESUME, key)
    house.worker.run_once()
    assert house.state("a") is None
    assert house.deeds() == [("job_suspended", REASON), ("job_resumed", REASON)]
    audit = house.site.rows(Audit)
    assert [row.event for row in audit][-2:] == ["job_suspended", "job_resumed"]
    assert audit[-1].detail["reason"] == REASON and broken(audit) == []


def test_a_timer_rests_but_only_the_diagram_takes_it_away(house: House) -> None:
    (timer,) = [row for row in house.site.rows(Job) if row.kind == "timer"]
    for deed in (Kind.CANCEL, Kind.HURRY):
        with pytest.raises(NothingToDo):
            house.steer(deed, timer.id)
    house.steer(Kind.SUSPEND, timer.id)
    house.site.clock.set(timer.run_at + timedelta(days=1))
    house.worker.run_once()
    assert house.state(timer.key) == "suspended"
    house.steer(Kind.RESUME, timer.id)
    house.worker.run_once()
    assert house.state(timer.key) is None


UNDOABLE: tuple[tuple[dict[str, object], Kind, str], ...] = (
    ({"state": "running", "token": "t"}, Kind.SUSPEND, "running"),
    ({"state": "running", "token": "t"}, Kind.CANCEL, "running"),
    ({"state": "held", "kind": "timer"}, Kind.RESUME, "held"),
    ({"key": "standing:watch", "kind": "watch"}, Kind.CANCEL, "standing"),
    ({"kind": "bulk", "lane": "bulk"}, Kind.CANCEL, "bulk"),
    ({"state": "suspended"}, Kind.SUSPEND, "state"),
    ({"state": "ready"}, Kind.RESUME, "state"),
)


def test_what_cannot_be_done_is_refused_with_its_reason(house: House) -> None:
    for number, (values, kind, wanted) in enumerate(UNDOABLE):
        key = house.ask(**{"key": f"k{number}", **values})
        with house.site.database.read() as connection:
            (effect,) = steering.preview(connection, [key], kind, house.operator)
        assert effect.refused == wanted
        with pytest.raises(NothingToDo):
            house.steer(kind, key)


def test_cancelling_the_last_thing_that_a_case_waits_for_opens_an_incident(house_on_both: House) -> None:
    house = house_on_both
    key = house.ask("a")
    with house.site.database.step() as connection:
        connection.execute(update(Task).where(Task.case_id == house.case_id).values(state="done"))
        connection.execute(delete(Job).where(Job.case_id == house.case_id, Job.id != key))
    with house.site.database.read() as connection:
        assert [one.last for one in steering.preview(connection, [key], Kind.CANCEL, house.operator)] == [True]
    house.steer(Kind.CANCEL, key)
    assert house.open_codes() == [watchdog.CODE]


def test_cancelling_stopped_work_settles_its_incident(house: House) -> None:
    key = house.ask("a")
    house.act = _raising(MailRefused("550"))
    house.worker.run_once()
    house.steer(Kind.CANCEL, key)
    assert (house.state("a"), house.open_codes()) == (None, [])


def test_uncertain_mail_is_taken_as_delivered_only_while_it_is_uncertain(house_on_both: House) -> None:
    house = house_on_both
    now = house.site.clock.now()
    house.ask("a", attempt=51, failed=51)
    house.act = _raising(MailUncertain("No answer."))
    house.worker.run_once()
    (incident,) = house.site.rows(Incident)
    assert incident.code in incidents.UNCERTAIN
    incidents.say_delivered(house.site.database, incident.id, house.operator, reason=REASON, now=now)
    assert (house.state("a"), house.open_codes()) == (None, [])
    assert "a" in {row.key for row in house.site.rows(FinishedJob)}
    with pytest.raises(NotFound):
        incidents.say_delivered(house.site.database, incident.id, house.operator, reason=REASON, now=now)
    house.ask("b")
    house.act = _raising(MailRefused("550"))
    house.worker.run_once()
    with pytest.raises(incidents.NotUncertain):
        incidents.say_delivered(house.site.database, incident.id + 1, house.operator, reason=REASON, now=now)


def test_a_state_that_cannot_be_read_is_one_incident_until_it_can(house: House) -> None:
    site, dispatcher = house.site, house.site.person("Kamran", ("dispatcher", "*"))
    task = next(iter(site.open_tasks(house.case_id).values()))
    good = site.rows(Case)[0].state
    with site.database.step() as connection:
        connection.execute(update(Case).values(state=b"broken"))
    for _ in range(2):
        with pytest.raises(StateUnreadable):
            site.cases.open_task(task, dispatcher)
    (incident,) = site.rows(Incident)
    assert (incident.kind, len(site.rows(Failure))) == (incidents.STATE, 2)
    assert house.retry(incident.id) == incidents.Outcome(still=1)
    assert house.open_codes() == ["state_unreadable"]
    with site.database.step() as connection:
        connection.execute(update(Case).values(state=good))
    assert house.retry(incident.id) == incidents.Outcome(retried=1)
    assert site.cases.open_task(task, dispatcher).id == task
    assert house.open_codes() == []


def test_a_forgotten_case_stays_an_incident_until_somebody_has_a_task(house: House) -> None:
    site = house.site
    with site.database.step() as connection:
        connection.execute(update(Task).where(Task.case_id == house.case_id).values(state="done"))
        connection.execute(delete(Job))
        watchdog.report(connection, [house.case_id], site.clock.now())
    (incident,) = site.rows(Incident)
    assert house.retry(incident.id).still == 1
    with site.database.step() as connection:
        connection.execute(update(Task).where(Task.case_id == house.case_id).values(state="open"))
    assert house.retry(incident.id).retried == 1


def test_the_watchdog_settles_incidents_of_steps_that_went_on(house: House) -> None:
    site, now = house.site, house.site.clock.now()
    task = next(iter(site.open_tasks(house.case_id).values()))
    about = {"case_id": house.case_id, "task_id": task, "element": "x", "message": "-", "by": 1, "now": now}
    with site.database.step() as connection:
        incidents.open_for_step(connection, code="step_failed", **about)
        watchdog.settle_gone(connection, now)
    assert house.open_codes() == ["step_failed"]
    with site.database.step() as connection:
        connection.execute(update(Task).values(state="done"))
        watchdog.settle_gone(connection, now)
    assert house.open_codes() == []


def _batch(house: House) -> Batch:
    return house.site.rows(Batch)[0]


def test_all_of_one_error_are_tried_again_in_the_background_with_progress(house_on_both: House) -> None:
    house = house_on_both
    site, now = house.site, house.site.clock.now()
    house.act = _raising(MailRefused("550"))
    for key in ("a", "b"):
        house.ask(key)
    house.worker.run_once()
    house.act = lambda work: None
    retry_all(site.database, Sieve("open", code="mail_refused"), house.operator, reason=REASON, now=now)
    assert (_batch(house).total, _batch(house).done) == (1, 0)
    house.worker.run_once()
    assert (_batch(house).done, _batch(house).failed, house.open_codes()) == (1, 0, [])
    assert {"a", "b"} <= {row.key for row in site.rows(FinishedJob)}


def test_bulk_work_rests_and_goes_on_where_it_was_each_case_once(house_on_both: House) -> None:
    house = house_on_both
    site, now, seen = house.site, house.site.clock.now(), []
    site.operations.bulk("tell")(lambda connection, case_id, payload, at: seen.append(case_id))
    with site.database.step() as connection:
        number = bulk.begin(connection, "tell", select(Case.id), {}, now=now)
    steer(site.database, number, house.operator, rest=True, reason=REASON, now=now)
    house.worker.run_once()
    assert (seen, _batch(house).done) == ([], 0)
    for _ in range(2):
        if _batch(house).paused_at is not None:
            steer(site.database, number, house.operator, rest=False, reason=REASON, now=now)
    with pytest.raises(NotFound):
        steer(site.database, number, house.operator, rest=False, reason=REASON, now=now)
    house.worker.run_once()
    assert (seen, _batch(house).done) == ([house.case_id], 1)
    assert house.deeds() == [("batch_paused", REASON), ("batch_resumed", REASON)]


def test_a_case_that_bulk_work_failed_goes_back_into_it(house: House) -> None:
    site, now, told = house.site, house.site.clock.now(), []

    def tell(_connection: object, case_id: int, _payload: object, _now: object) -> None:
        told.append(case_id)
        if len(told) == 1:
            raise CannotGoOn("The register does not know it.")

    site.operations.bulk("tell")(tell)
    with site.database.step() as connection:
        bulk.begin(connection, "tell", select(Case.id), {}, now=now)
    house.worker.run_once()
    assert (_batch(house).failed, house.open_codes()) == (1, ["cannot_go_on"])
    house.retry(site.rows(Incident)[0].id)
    house.worker.run_once()
    assert (_batch(house).done, _batch(house).failed, house.open_codes()) == (1, 0, [])
    assert _batch(house).finished_at is not None and told == [house.case_id] * 2


def test_what_an_operator_did_can_never_be_changed(house_on_both: House) -> None:
    house = house_on_both
    house.steer(Kind.SUSPEND, house.ask("a"))
    for change in (update(Deed).values(reason="x"), delete(Deed)):
        with pytest.raises(DatabaseError, match="deed is append-only"), house.site.database.step() as connection:
            connection.execute(change)


def test_a_certificate_becomes_an_incident_before_it_ends_and_settles_when_renewed(
    install_sqlite: Install, tmp_path: Path
) -> None:
    site, file = install_sqlite(Operations()), tmp_path / "roots.pem"
    now = site.clock.now()
    papers = (("SAYGAC_ASAN_ROOTS", file), ("SAYGAC_CARD_SERVER_KEY", tmp_path / "key.pem"))
    (tmp_path / "key.pem").write_bytes(b"-----BEGIN PRIVATE KEY-----\n")

    def look() -> list[tuple[str, str]]:
        with site.database.step() as connection:
            expiry.report(connection, expiry.endings(papers, now), now)
        return [(row.code, row.params["file"]) for row in site.rows(Incident) if row.resolved_at is None]

    assert look() == [(expiry.UNREADABLE, "SAYGAC_ASAN_ROOTS")]
    file.write_bytes(_until(now + timedelta(days=13)))
    assert look() == look() == [(expiry.ENDS, "SAYGAC_ASAN_ROOTS")]
    file.write_bytes(_until(now + timedelta(days=15)))
    assert look() == []


def _until(end: datetime) -> bytes:
    return authority(begin=end - timedelta(days=300), end=end).pem


def test_every_code_that_has_a_name_has_a_sentence_that_says_what_to_do() -> None:
    codes = {name.removeprefix("incident.") for name in sentences() if name.startswith("incident.")}
    assert codes - {"other"} == set(names.CODES)


def _kinds_of(error: type[CannotGoOn]) -> Iterator[type[CannotGoOn]]:
    yield error
    for kind in error.__subclasses__():
        yield from _kinds_of(kind)


def test_whatever_can_become_an_incident_has_a_name() -> None:
    assert installed() is not None  # the process's own errors are known, too
    shipped = {kind.code for kind in _kinds_of(CannotGoOn) if not kind.__module__.startswith("tests.")}
    assert shipped <= set(names.CODES)


def test_a_move_rests_and_goes_on_in_the_background(house_on_both: House) -> None:
    house = house_on_both
    site, now = house.site, house.site.clock.now()
    target = site.releases.deploy(bundle(late='duration("P9D")'), now=now)
    moves = Moves(site.database, site.releases, site.operations, site.ports)
    number = moves.plan(target, house.operator, note="longer terms")
    steer_move(site.database, number, house.operator, rest=True, reason=REASON, now=now)
    assert moves.run(number) == Tally(waiting=1)
    steer_move(site.database, number, house.operator, rest=False, reason=REASON, now=now)
    house.worker.run_once()
    assert moves.tally(number) == Tally(moved=1)
    assert [row.release_id for row in site.rows(Case)] == [target.id]
    assert (_batch(house).kind, _batch(house).done, house.open_codes()) == (bulk.MOVE, 1, [])
    with pytest.raises(NotFound):
        steer_move(site.database, number, house.operator, rest=True, reason=REASON, now=now)
