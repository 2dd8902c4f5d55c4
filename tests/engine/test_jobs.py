"""
Work that was asked for is done once, again when it fails, and by a person when it can't be done.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import Engine, delete, event, insert, select, update

from engine import incidents
from engine.audit import broken
from engine.errors import CannotGoOn, CaseChangedMeanwhile, LeftToOthers, NotFound, NotYourTask, TryAgain
from engine.jobs import LEASE, MOST_LOST, Claimed, Worker, known
from engine.jobs.kinds import report_unknown
from engine.jobs.lookout import Lookout
from engine.jobs.pulse import Pulse
from engine.lanes import LANES, PATIENT
from engine.mail import MailDeferred, MailRefused
from engine.operating.health import health
from engine.operations import Actor, Operations, Settle, Settlement, Work
from engine.tables import Audit, Batch, FinishedJob, Heartbeat, Incident, Job, MailLog, Task
from tests.support.installation import Install, Installation, posts
from tests.support.programs import eventually
from tests.support.small import bundle, operations

MINUTE = timedelta(minutes=1)
REASON = "poçt serveri düzəldilib"
SECRET = "Aysel Əliyeva, +994501234567"


@dataclass
class Shop:
    """An installation whose only job does what the test says."""

    site: Installation
    done: list[int] = field(default_factory=list)
    act: Callable[[Work], Settle | None] = lambda work: None

    @property
    def worker(self) -> Worker:
        return Worker(self.site.database, self.site.operations, self.site.cases, self.site.ports)

    def ask(self, key: str, **values: object) -> int:
        now = self.site.clock.now()
        row = {
            "lane": "mail",
            "kind": "do",
            "payload": {},
            "key": key,
            "state": "ready",
            "created_at": now,
            "run_at": now,
        }
        with self.site.database.step() as connection:
            return int(connection.execute(insert(Job).values(**row | values).returning(Job.id)).scalar_one())

    def claim(self, limit: int = 1) -> list[Claimed]:
        ledger = self.worker.ledger
        ledger.free_lost()
        return [job for job in (ledger.claim() for _ in range(limit)) if job is not None]

    def jobs(self) -> list[tuple[str, str, int]]:
        return sorted((row.key, row.state, row.attempt) for row in self.site.rows(Job))

    def finished(self) -> list[str]:
        return [row.key for row in sorted(self.site.rows(FinishedJob), key=lambda row: row.id)]


@pytest.fixture
def shop(install: Install) -> Shop:
    made = Operations()

    @made.job("do")
    def do(work: Work) -> Settle | None:
        shop.done.append(work.id)
        return shop.act(work)

    shop = Shop(install(made))
    return shop


def raising(error: Exception) -> Callable[[Work], None]:
    def act(_work: Work) -> None:
        raise error

    return act


def test_what_is_due_is_done_once_and_leaves_the_table(shop: Shop) -> None:
    for key in ("a", "b"):
        shop.ask(key)
    shop.ask("later", run_at=shop.site.clock.now() + MINUTE)

    assert shop.worker.run_once() == 2
    assert shop.worker.run_once() == 0
    assert (shop.finished(), shop.jobs()) == (["a", "b"], [("later", "ready", 0)])
    shop.site.clock.advance(MINUTE)
    assert shop.worker.run_once() == 1
    assert len(shop.done) == len(set(shop.done)) == 3


def test_jobs_that_come_after_one_another_all_finish(shop: Shop) -> None:
    for key in ("a", "b", "c"):
        shop.ask(key)
        shop.worker.run_once()
    assert (shop.finished(), shop.jobs()) == (["a", "b", "c"], [])


def test_what_is_due_first_is_done_first(shop: Shop) -> None:
    second = shop.ask("second")
    first = shop.ask("first", run_at=shop.site.clock.now() - MINUTE)
    shop.worker.run_once()
    assert shop.done == [first, second]


def test_two_workers_never_hold_the_same_job(shop: Shop) -> None:
    for number in range(5):
        shop.ask(str(number))
    mine, theirs = shop.claim(3), shop.claim(3)
    assert (len(mine), len(theirs)) == (3, 2)
    assert not {job.id for job in mine} & {job.id for job in theirs}
    assert shop.claim(3) == []


def test_a_worker_leases_no_more_than_it_does(shop: Shop) -> None:
    held: list[list[tuple[str, str, int]]] = []

    def look(_work: Work) -> None:
        held.append(shop.jobs())

    shop.act = look
    for key in ("a", "b"):
        shop.ask(key)
    shop.worker.run_once()
    assert held == [[("a", "running", 1), ("b", "ready", 0)], [("b", "running", 1)]]


def test_a_job_of_another_lane_does_not_wait_behind_a_full_one(shop: Shop) -> None:
    shop.ask("a letter", run_at=shop.site.clock.now() - MINUTE)
    shop.ask("a timer", lane="timer")
    job = shop.worker.ledger.claim("timer")
    assert job is not None and job.key == "a timer"
    assert shop.worker.ledger.claim("timer") is None


def test_who_settles_a_job_takes_the_next_of_its_lane_in_the_same_transaction(shop: Shop) -> None:
    for key in ("a", "b"):
        shop.ask(key)
    shop.ask("other", lane="document")
    worker = shop.worker
    first = worker.ledger.claim("mail")
    assert first is not None
    second = worker.hands.do(first, then="mail")
    assert second is not None and second.key == "b"
    assert worker.hands.do(second, then="mail") is None
    assert (shop.finished(), shop.jobs()) == (["a", "b"], [("other", "ready", 0)])


def test_the_same_work_is_not_asked_for_twice(shop: Shop) -> None:
    for key in ("a", "b"):
        shop.ask(key)

    def effect(settlement: Settlement) -> None:
        settlement.enqueue("later", {}, key="follower", lane="bulk")

    shop.act = lambda _work: effect
    first, second = shop.claim(2)
    hands = shop.worker.hands
    for job in (first, second):
        hands.do(job)
    assert [row.key for row in shop.site.rows(Job)] == ["follower"]
    assert shop.finished() == ["a", "b"]


def test_a_lease_that_ended_passes_the_job_on_and_the_late_worker_is_refused(shop: Shop) -> None:
    shop.ask("a")
    took_over: list[int] = []

    def settle(settlement: Settlement) -> None:
        row = {"letter": "x", "recipient": "x", "state": "sent", "at": settlement.now}
        settlement.connection.execute(insert(MailLog).values(id=f"m{len(shop.done)}", **row))

    def too_long(_work: Work) -> Settle:
        if len(shop.done) == 1:
            assert shop.claim() == []
            shop.site.clock.advance(LEASE + timedelta(seconds=1))
            took_over.extend(job.attempt for job in shop.claim())
        return settle

    shop.act = too_long
    shop.worker.run_once()

    assert took_over == [2]
    assert (shop.site.rows(MailLog), shop.finished()) == ([], [])
    shop.site.clock.advance(LEASE + timedelta(seconds=1))
    shop.worker.run_once()
    assert ([row.id for row in shop.site.rows(MailLog)], shop.finished()) == (["m2"], ["a"])


def test_the_effect_and_the_end_are_one_transaction(shop: Shop) -> None:
    shop.ask("a")

    def effect(settlement: Settlement) -> None:
        settlement.enqueue("do", {}, key="follower")
        if len(shop.done) == 1:
            raise RuntimeError(SECRET)

    shop.act = lambda work: effect if work.key == "a" else None  # type: ignore[attr-defined]
    shop.worker.run_once()
    assert len(shop.done) == 3
    assert shop.finished() == ["a", "follower"]


@pytest.mark.parametrize(
    "error", [TryAgain("The register does not answer."), MailDeferred("451")], ids=["try again", "deferred"]
)
def test_a_failure_is_tried_again_after_longer_and_longer_waits(shop: Shop, error: Exception) -> None:
    shop.ask("a")
    shop.act = raising(error)
    waits = []
    for _ in range(7):
        before = shop.site.clock.now()
        shop.worker.run_once()
        shop.site.clock.set(shop.site.rows(Job)[0].run_at)
        waits.append((shop.site.clock.now() - before) / MINUTE)

    # the first wait is none: the same run tries twice
    for wait, wanted in zip(waits, [1, 5, 15, 60, 60, 60, 60], strict=True):
        assert wanted <= wait <= wanted * (1 + PATIENT.jitter)
    assert len(set(waits[3:])) == 4  # what failed together does not come back together
    assert (shop.jobs()[0][1], shop.site.rows(Incident)) == ("ready", [])


def test_after_two_days_of_failures_a_person_must_look(shop: Shop) -> None:
    shop.ask("a", attempt=PATIENT.attempts - 2, failed=PATIENT.attempts - 2, error="451")
    shop.act = raising(MailDeferred("451"))
    shop.worker.run_once()
    assert shop.site.rows(Incident) == []
    shop.site.clock.advance(timedelta(minutes=66))
    shop.worker.run_once()
    assert shop.jobs() == [("a", "dead", PATIENT.attempts)]
    assert [row.code for row in shop.site.rows(Incident)] == ["mail_deferred"]


def test_a_mistake_of_ours_is_tried_a_few_times_only(shop: Shop) -> None:
    shop.ask("a")
    shop.act = raising(RuntimeError(SECRET))
    for _ in range(6):
        shop.worker.run_once()
        shop.site.clock.advance(timedelta(hours=2))
    assert shop.jobs() == [("a", "dead", PATIENT.unforeseen)]
    assert [row.code for row in shop.site.rows(Incident)] == ["job_failed"]


def test_a_job_that_waited_long_for_its_time_has_as_many_attempts(shop: Shop) -> None:
    shop.ask("a", created_at=shop.site.clock.now() - timedelta(days=40))
    shop.act = raising(TryAgain())
    shop.worker.run_once()
    assert shop.jobs()[0][1] == "ready"


@pytest.mark.parametrize(
    ("error", "code"),
    [(CannotGoOn("The document is not there."), "cannot_go_on"), (MailRefused("550"), "mail_refused")],
    ids=["can't go on", "refused"],
)
def test_what_can_never_succeed_becomes_an_incident_at_once(shop: Shop, error: Exception, code: str) -> None:
    key = shop.ask("a")
    shop.act = raising(error)
    shop.worker.run_once()

    assert shop.jobs() == [("a", "dead", 1)]
    assert [(row.job_id, row.code) for row in shop.site.rows(Incident)] == [(key, code)]
    shop.site.clock.advance(timedelta(days=1))
    assert shop.worker.run_once() == 0


def test_work_of_an_unknown_kind_waits_for_a_worker_that_knows_it(shop: Shop) -> None:
    key = shop.ask("a", kind="new")
    shop.ask("b", run_at=shop.site.clock.now() + MINUTE)
    shop.site.clock.advance(MINUTE)
    assert shop.worker.run_once() == 1
    assert shop.finished() == ["b"]
    assert shop.jobs() == [("a", "ready", 0)]
    assert shop.worker.ledger.next_due(["mail"]) == {}
    assert shop.worker.ledger.claim_one(key) is None
    newer = Operations()
    newer.job("new")(lambda work: shop.done.append(work.id))
    assert Worker(shop.site.database, newer, shop.site.cases, shop.site.ports).run_once() == 1
    assert shop.done[-1] == key
    assert shop.site.rows(Incident) == []


def test_bulk_work_of_an_unknown_kind_is_given_back_and_costs_no_attempt(shop: Shop) -> None:
    with shop.site.database.step() as connection:
        row = {"kind": "new", "payload": {}, "total": 0, "created_at": shop.site.clock.now()}
        batch = connection.execute(insert(Batch).values(**row).returning(Batch.id)).scalar_one()
    shop.ask("bulk", kind="bulk", lane="bulk", payload={"batch": batch, "chunk": 0})
    for _ in range(3):
        assert shop.worker.run_once() == 1
        shop.site.clock.advance(timedelta(seconds=5))
    assert shop.jobs() == [("bulk", "ready", 0)]
    newer = Operations()
    newer.bulk("new")(lambda *_: None)
    assert Worker(shop.site.database, newer, shop.site.cases, shop.site.ports).run_once() == 1
    assert shop.finished() == ["bulk"]
    assert shop.site.rows(Incident) == []


@pytest.mark.parametrize(
    "values",
    [{"kind": "new"}, {"version": 1000}, {"error": str(LeftToOthers())}],
    ids=["unknown kind", "newer state", "given back"],
)
def test_work_that_nobody_knows_for_long_becomes_one_incident_and_still_waits(
    shop: Shop, values: dict[str, object]
) -> None:
    def look() -> list[tuple[str, bool]]:
        with shop.site.database.step() as connection:
            report_unknown(connection, known(shop.site.operations), shop.site.clock.now())
        return [(row.code, row.resolved_at is None) for row in shop.site.rows(Incident)]

    key = shop.ask("a", **values)
    shop.site.clock.advance(14 * MINUTE)
    assert look() == []
    shop.site.clock.advance(2 * MINUTE)
    shop.ask("b", kind="new")
    for _ in range(2):
        assert look() == [("unknown_work", True)]
    assert shop.jobs()[0] == ("a", "ready", 0)
    with shop.site.database.step() as connection:
        connection.execute(delete(Job).where(Job.id == key))
    assert look() == [("unknown_work", False)]


def test_what_a_job_knows_of_its_failure_is_written_with_the_incident(shop: Shop) -> None:
    refused, noted = MailRefused("550"), []
    refused.note = lambda connection, now: noted.append((connection.in_transaction(), now))
    shop.ask("a")
    shop.act = raising(refused)
    shop.worker.run_once()
    assert noted == [(True, shop.site.clock.now())]
    assert len(shop.site.rows(Incident)) == 1


@pytest.mark.parametrize("failed", [0, 1, 3], ids=["never failed", "failed once", "failed three times"])
def test_a_job_that_ends_its_worker_five_times_becomes_an_incident(shop: Shop, failed: int) -> None:
    shop.ask("a", attempt=failed, failed=failed, error="451" if failed else None)
    for _ in range(MOST_LOST):
        assert len(shop.claim()) == 1
        shop.site.clock.advance(LEASE + timedelta(seconds=1))
    shop.worker.run_once()

    assert (shop.done, shop.jobs()) == ([], [("a", "dead", failed + MOST_LOST + 1)])
    assert len(shop.site.rows(Incident)) == 1


def test_a_heartbeat_keeps_a_long_job_in_its_worker(shop: Shop) -> None:
    shop.ask("a")
    ledger = shop.worker.ledger
    job = ledger.claim()
    assert job is not None
    for _ in range(5):
        shop.site.clock.advance(LEASE * 0.9)
        ledger.beat([job.token])
        assert shop.claim() == []
    ledger.settle(job, None)
    assert shop.finished() == ["a"]


def test_a_case_that_changed_meanwhile_costs_no_attempt(shop: Shop) -> None:
    shop.ask("a")

    def once(_work: Work) -> None:
        if len(shop.done) < 4:
            raise CaseChangedMeanwhile

    shop.act = once
    assert shop.worker.run_once() == 4
    assert [row.attempt for row in shop.site.rows(FinishedJob)] == [1]


def test_nothing_that_an_unforeseen_error_says_is_kept_or_logged(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    shop.ask("a")
    shop.act = raising(RuntimeError(SECRET))
    with caplog.at_level(logging.DEBUG):
        shop.worker.run_once()

    (job,) = shop.site.rows(Job)
    assert job.error == "RuntimeError was raised by the job."
    assert caplog.records
    assert SECRET not in "".join(f"{vars(record)}" for record in caplog.records)


def test_an_operator_retries_a_dead_job_from_the_beginning(shop: Shop) -> None:
    shop.ask("a", attempt=MOST_LOST)
    shop.worker.run_once()
    operator, passer_by = shop.site.person("Samir", ("operator", "*")), shop.site.person("Aysel")
    (incident,) = shop.site.rows(Incident)

    with pytest.raises(NotYourTask):
        incidents.retry(shop.site.database, [incident.id], passer_by, reason=REASON, now=shop.site.clock.now())
    assert shop.worker.run_once() == 0
    incidents.retry(shop.site.database, [incident.id], operator, reason=REASON, now=shop.site.clock.now())

    assert shop.worker.run_once() == 1
    assert shop.finished() == ["a"]
    (incident,) = shop.site.rows(Incident)
    assert (incident.resolved_by, incident.resolved_at) == (operator.person_id, shop.site.clock.now())
    with pytest.raises(NotFound):
        incidents.retry(shop.site.database, [incident.id], operator, reason=REASON, now=shop.site.clock.now())


def test_a_thread_does_what_is_committed_without_being_asked(shop: Shop) -> None:
    did = Event()

    def tell(_work: Work) -> None:
        did.set()

    shop.act = tell
    worker = shop.worker
    worker.start()
    try:
        shop.ask("a")
        assert did.wait(4.0)  # sooner than the next look by itself
    finally:
        worker.stop()
    assert shop.finished() == ["a"]


def test_on_sqlite_a_restart_frees_what_the_dead_process_held(install_sqlite: Install) -> None:
    made, did = Operations(), Event()

    @made.job("do")
    def do(_work: Work) -> None:
        did.set()

    shop = Shop(install_sqlite(made))
    shop.ask("a")
    assert len(shop.claim()) == 1
    worker = shop.worker
    worker.start()
    try:
        assert did.wait(4.0)
    finally:
        worker.stop()
    assert [row.attempt for row in shop.site.rows(FinishedJob)] == [2]


def test_leases_are_prolonged_while_a_broker_hangs(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.jobs.lookout.POLL_SECONDS", 0.05)
    shop.ask("a")
    worker, hanging, going = shop.worker, Event(), Event()
    job = worker.ledger.claim()
    assert job is not None
    worker.hands._held.add(job.token)

    def hang() -> float:
        hanging.set()
        going.wait(30)
        return 1.0

    lookout = Lookout(shop.site.database, worker.ledger, worker.hands, hang)
    lookout.start()
    try:
        assert hanging.wait(10)
        shop.site.clock.advance(LEASE / 2)
        until = shop.site.clock.now() + LEASE
        assert eventually(lambda: [row.lease_until for row in shop.site.rows(Job)] == [until])
    finally:
        going.set()
        lookout.stop()


def test_a_hand_that_meets_what_nobody_foresaw_works_on(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.jobs.worker._AWAY", 0.01)
    worker = shop.worker
    claim, met = worker.ledger.claim, Event()

    def once(lane: str | None = None) -> Claimed | None:
        if lane == "mail" and not met.is_set():
            met.set()
            raise KeyError("a row that nobody can read")
        return claim(lane)

    monkeypatch.setattr(worker.ledger, "claim", once)
    worker.start()
    try:
        assert met.wait(10)
        shop.ask("a")
        assert eventually(lambda: shop.finished() == ["a"])
    finally:
        worker.stop()


def seen(shop: Shop) -> list[tuple[str, bool, list[str]]]:
    with shop.site.database.read() as connection:
        found = health(connection, shop.site.clock.now())
    return [(worker.name, worker.lives, sorted(worker.lanes)) for worker in found.workers]


def test_a_worker_is_known_while_it_lives_and_goes_from_the_list_in_order(shop: Shop) -> None:
    worker = Worker(shop.site.database, shop.site.operations, shop.site.cases, shop.site.ports, with_pages=True)
    worker.start()
    try:
        assert eventually(lambda: len(shop.site.rows(Heartbeat)) == 1)
        assert seen(shop) == [(worker.ledger.owner, True, ["bulk", "document", "mail", "timer"])]
    finally:
        worker.stop()
    assert seen(shop) == []


def test_a_dead_worker_is_told_with_what_it_held_until_its_successor_comes(shop: Shop) -> None:
    def pulse() -> Pulse:
        return Pulse(shop.site.database, shop.worker.ledger, shop.site.ports, [LANES["mail"]])

    shop.ask("a")
    one = pulse()
    one.beat()
    assert shop.worker.ledger.claim() is not None
    shop.site.clock.advance(LEASE / 2)
    one.beat()
    shop.site.clock.advance(LEASE)
    with shop.site.database.read() as connection:
        found = health(connection, shop.site.clock.now())
    assert [(silent.jobs, silent.heard_at) for silent in found.silent] == [({"do": 1}, found.workers[0].heard_at)]
    assert "mail" in found.unserved
    other = pulse()
    other.beat()
    assert [lives for _, lives, _ in seen(shop)] == [True]
    one.beat()  # it was frozen, and had only the same name as the other
    other.beat()
    assert [lives for _, lives, _ in seen(shop)] == [True, True]
    one.end()
    with shop.site.database.read() as connection:
        assert health(connection, shop.site.clock.now()).unserved == ("timer", "document", "bulk")


@pytest.mark.parametrize("lane", [None, "mail"], ids=["any lane", "one lane"])
def test_due_jobs_are_found_through_their_indexes(install_sqlite: Install, lane: str | None) -> None:
    shop, sent = Shop(install_sqlite(Operations())), []
    engines: tuple[Engine, Engine] = (shop.site.database._reading, shop.site.database._writing)

    def note(_c: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            sent.append((statement, parameters))

    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    ledger = shop.worker.ledger
    ledger.claim(lane), ledger.next_due(["mail", "timer"]), ledger.free_lost()
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)

    assert len(sent) == 3
    for statement, parameters in sent:
        with shop.site.database.read() as connection:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plan = " | ".join(row[3] for row in rows)
        assert "ix_job" in plan
        assert "SCAN job" not in plan.replace("SCAN job USING INDEX", "SEARCH") and "TEMP B-TREE" not in plan, plan


@dataclass
class Small:
    """The small process, registered: its timer waits."""

    site: Installation
    case_id: int
    operator: Actor

    @property
    def worker(self) -> Worker:
        return Worker(self.site.database, self.site.operations, self.site.cases, self.site.ports)

    def audit(self) -> list[Audit]:
        return list(self.site.rows(Audit))


@pytest.fixture
def small(install: Install) -> Small:
    made = operations()
    site = install(made)
    site.releases.deploy(bundle(), now=site.clock.now())
    citizen, operator = site.person("Aysel"), site.person("Samir", ("operator", "*"))
    case_id = site.cases.start("small", citizen, key="s", language="az").case_id
    task = site.open_tasks(case_id)["apply"]
    site.cases.submit(task, citizen, key="a", posted=posts(reason="new", telephone="0501234567"))
    return Small(site, case_id, operator)


def test_a_timer_fires_when_it_is_due_and_only_once(small: Small) -> None:
    letters: list[str] = []

    @small.site.operations.job("note")
    def note(work: Work) -> None:
        letters.append(work.payload["letter"])

    assert small.worker.run_once() == 0
    small.site.clock.advance(timedelta(days=3))
    assert small.worker.run_once() == 2
    assert small.worker.run_once() == 0
    assert letters == ["late"]
    assert [row.event for row in small.audit()].count("timer") == 1
    assert {row.kind for row in small.site.rows(FinishedJob)} == {"timer", "note"}


def test_a_timer_goes_with_its_task(small: Small) -> None:
    dispatcher = small.site.person("Rəşid", ("dispatcher", "north"))
    task = small.site.open_tasks(small.case_id)["assign"]
    small.site.cases.submit(task, dispatcher, key="b", posted=posts(decision="go"))
    assert small.site.rows(Job) == []


def test_a_timer_whose_step_cannot_go_on_changes_nothing_until_an_operator_retries(small: Small) -> None:
    whole = small.site.operations.steps["notify"]

    def fail(*_: object, **__: object) -> None:
        raise CannotGoOn("The office has no chief.")

    small.site.operations.steps["notify"] = fail
    small.site.clock.advance(timedelta(days=3))
    before = (small.audit(), small.site.rows(Task))
    small.worker.run_once()

    assert (small.audit(), small.site.rows(Task)) == before
    (job,) = small.site.rows(Job)
    (incident,) = small.site.rows(Incident)
    assert (job.state, incident.case_id, incident.message) == ("dead", small.case_id, "The office has no chief.")

    small.site.operations.steps["notify"] = whole
    incidents.retry(small.site.database, [incident.id], small.operator, reason=REASON, now=small.site.clock.now())
    with small.site.database.step() as connection:  # the letter itself is another test's
        connection.execute(update(Job).where(Job.kind == "note").values(state="dead"))
    small.worker.run_once()
    with small.site.database.read() as connection:
        rows = connection.execute(select(Audit.__table__).order_by(Audit.revision)).all()
    assert [row.event for row in rows][-2:] == ["retried", "timer"]
    assert broken(rows) == []


def test_a_job_that_lost_its_worker_waits_behind_the_others(shop: Shop) -> None:
    shop.ask("lost", run_at=shop.site.clock.now() - MINUTE)
    shop.ask("other")
    assert [job.key for job in shop.claim()] == ["lost"]
    shop.site.clock.advance(LEASE + timedelta(seconds=1))
    assert [job.key for job in shop.claim(2)] == ["other", "lost"]
