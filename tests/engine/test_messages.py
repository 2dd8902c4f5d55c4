"""
Messages and signals between cases: each reaches whom it is for, once, or waits; nothing is lost and nothing doubled.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import incidents, watchdog
from engine.doctor import Doctor
from engine.errors import NotFound, NotYourTask
from engine.jobs import Hands, Ledger, Worker, known
from engine.jobs.delivering import PATIENCE
from engine.operations import Actor
from engine.steps import messages
from engine.tables import Audit, Case, Incident, Job, Message, Subscription
from engine.world import key_of
from tests.support.installation import Install, Installation, posts
from tests.support.mail_order import alarm, hearing, operations, order, store


class Trade:
    """Orders of citizens and the store that serves them."""

    def __init__(self, install: Install, *bundles: Callable[[], dict[str, bytes]]) -> None:
        self.site: Installation = install(operations())
        for bundle in bundles:
            self.site.releases.deploy(bundle(), now=self.site.clock.now())
        self.citizen = self.site.person("Aysel")
        self.staff = self.site.person("Rəşid", ("dispatcher", "*"))
        self.operator = self.site.person("Samir", ("operator", "*"))

    def order(self, key: str = "s") -> int:
        case_id = self.site.cases.start("order", self.citizen, key=key, language="ru").case_id
        self.does(case_id, "apply", self.citizen, what="pipe")
        return case_id

    def does(self, case_id: int, element: str, actor: Actor, **answers: str) -> None:
        task = self.site.open_tasks(case_id)[element]
        self.site.cases.submit(task, actor, key=f"{case_id}:{element}", posted=posts(**answers))

    def work(self, after: timedelta = timedelta(0)) -> None:
        self.site.clock.advance(after)
        Worker(self.site.database, self.site.operations, self.site.cases, self.site.ports).run_once()

    def case(self, case_id: int) -> Case:
        return next(row for row in self.site.rows(Case) if row.id == case_id)

    def waits_for(self, case_id: int) -> set[str]:
        return {row.name for row in self.site.rows(Subscription) if row.case_id == case_id}

    def send(self, name: str, key: str = "k", actor: Actor | None = None, **to: object) -> None:
        site = self.site
        messages.send(site.database, site.releases, actor or self.operator, name, key=key, now=site.clock.now(), **to)

    def is_sound(self) -> None:
        site = self.site
        doctor = Doctor(site.database, site.releases, site.operations, site.ports)
        assert [ailment.code for ailment in doctor.examine()] == []
        with site.database.read() as connection:
            assert watchdog.forgotten(connection) == []


def test_two_processes_talk_about_one_case_without_any_key_being_drawn(install: Install) -> None:
    trade = Trade(install, order, store)
    mine = trade.order()
    other = trade.order("other")
    assert trade.waits_for(mine) == {"delivered", "withdrawn", "flood"}
    trade.work()
    opened = [row for row in trade.site.rows(Case) if row.process == "store"]
    assert len(opened) == 2
    ours = next(row for row in opened if row.conversation == f"#{mine}")
    assert (ours.applicant_id, ours.language, ours.unit) == (trade.citizen.person_id, "ru", "north")
    trade.is_sound()

    trade.does(ours.id, "pack", trade.staff, packed="3")
    trade.work()

    assert set(trade.site.open_tasks(mine)) == {"check"}
    assert trade.waits_for(mine) == set()
    assert trade.waits_for(other) == {"delivered", "withdrawn", "flood"}
    assert trade.case(ours.id).closed_at is not None
    assert [row.event for row in trade.site.rows(Audit) if row.case_id == mine][-1] == "message"
    trade.is_sound()


def test_what_a_message_carries_is_known_where_it_is_caught(install_sqlite: Install) -> None:
    trade = Trade(install_sqlite, order, store)
    trade.order()
    trade.work()
    store_case = next(row for row in trade.site.rows(Case) if row.process == "store")
    number = trade.case(1).number
    opened = trade.site.cases.open_task(trade.site.open_tasks(store_case.id)["pack"], trade.staff)

    assert opened.context["wanted"] == {"pieces": 3, "number": number}


def test_a_message_that_nobody_waits_for_is_kept_until_somebody_does(install: Install) -> None:
    trade = Trade(install, order)
    trade.order()
    trade.work()
    assert [(row.name, row.waits) for row in trade.site.rows(Message)] == [("ordered", True)]
    assert [row.kind for row in trade.site.rows(Job)].count("unclaimed") == 1
    trade.work(PATIENCE)
    assert [row.code for row in trade.site.rows(Incident)] == ["nobody_waits"]
    trade.is_sound()


def test_a_message_that_came_too_early_is_taken_by_whoever_begins_to_wait(install: Install) -> None:
    trade = Trade(install, order)
    case_id = trade.site.cases.start("order", trade.citizen, key="s", language="az").case_id
    trade.send("delivered", correlation="nobody's", payload={"pieces": 1})
    trade.work()
    trade.does(case_id, "apply", trade.citizen, what="pipe")
    number = trade.case(case_id).number
    assert trade.waits_for(case_id) == {"delivered", "withdrawn", "flood"}
    trade.send("delivered", "k2", number=number, payload={"pieces": 1})
    trade.work()

    assert set(trade.site.open_tasks(case_id)) == {"check"}
    assert {row.key for row in trade.site.rows(Message) if row.waits} == {"nobody's", f"#{case_id}"}  # and «ordered»
    trade.is_sound()


def test_an_early_message_for_a_case_by_its_number_reaches_it_once_it_waits(install: Install) -> None:
    trade = Trade(install, order, store)
    mine = trade.order()
    trade.work()
    pack = next(row for row in trade.site.rows(Case) if row.process == "store")
    trade.send("withdrawn", number=trade.case(mine).number)
    trade.work()  # both wait for it under the same key: the one that has waited longest is told
    assert trade.case(mine).outcome == "gone"
    assert set(trade.site.open_tasks(pack.id)) == {"pack"}
    trade.send("withdrawn", "k2", number=trade.case(mine).number)
    trade.work()

    assert trade.case(pack.id).closed_at is not None
    trade.is_sound()


def test_a_message_sent_again_from_outside_comes_once(install: Install) -> None:
    trade = Trade(install, order, store)
    mine = trade.order()
    trade.work()
    for _ in range(3):
        trade.send("withdrawn", number=trade.case(mine).number)
        trade.work()

    assert [row.event for row in trade.site.rows(Audit) if row.case_id == mine].count("message") == 1
    assert [(row.sent_by, row.waits) for row in trade.site.rows(Message)] == [(trade.operator.person_id, False)]


def test_a_signal_reaches_everybody_who_waits_and_opens_what_it_opens(install: Install) -> None:
    trade = Trade(install, order, hearing, alarm)
    first, second = trade.order("one"), trade.order("two")
    seen = trade.site.cases.start("alarm", trade.staff, key="a", language="az").case_id
    trade.does(seen, "see", trade.staff)
    trade.work()

    assert {trade.case(first).outcome, trade.case(second).outcome} == {"gone"}
    assert [row.process for row in trade.site.rows(Case)].count("hearing") == 1
    trade.is_sound()
    later = trade.order("three")  # nobody keeps a signal
    trade.work()
    assert trade.case(later).closed_at is None


def test_a_timer_behind_the_gateway_ends_the_waiting_for_messages(install: Install) -> None:
    trade = Trade(install, order, store)
    mine = trade.order()
    trade.work(timedelta(days=8))

    assert trade.case(mine).outcome == "gone"
    assert trade.waits_for(mine) == set()
    assert [row.kind for row in trade.site.rows(Job)] == []


def test_a_message_ends_the_waiting_for_the_timer(install: Install) -> None:
    trade = Trade(install, order, store)
    mine = trade.order()
    trade.send("withdrawn", number=trade.case(mine).number)
    trade.work()

    assert trade.case(mine).outcome == "gone"
    assert [row.kind for row in trade.site.rows(Job) if row.case_id == mine] == []


def test_a_message_whose_receiver_went_on_meanwhile_goes_to_another(install_sqlite: Install) -> None:
    trade = Trade(install_sqlite, order, store)
    mine = trade.order()
    trade.work()
    pack = next(row for row in trade.site.rows(Case) if row.process == "store")
    trade.send("withdrawn", number=trade.case(mine).number)
    ledger = Ledger(trade.site.database, trade.site.ports, known(trade.site.operations))
    job = ledger.claim()  # finds the order; before it is told, the order goes on by itself
    assert job is not None
    Hands(ledger, trade.site.operations, trade.site.cases).do(job)
    timer = next(row for row in trade.site.rows(Job) if row.kind == "timer" and row.case_id == mine)
    with trade.site.database.step() as connection:
        trade.site.cases.fire(connection, task_id=timer.task_id, case_id=mine, key="early")
    trade.work()

    assert trade.case(mine).outcome == "gone"
    assert trade.case(pack.id).closed_at is not None
    trade.is_sound()


def test_a_payload_that_does_not_fit_is_an_incident_of_the_case_that_waits(install: Install) -> None:
    trade = Trade(install, order, store)
    mine = trade.order()
    trade.send("delivered", number=trade.case(mine).number, payload={"pieces": "many"})
    trade.work()
    (found,) = trade.site.rows(Incident)

    assert (found.case_id, found.element, found.code) == (mine, "delivered", "step_failed")
    assert "pieces" in found.message and "many" not in found.message
    assert trade.waits_for(mine) == {"delivered", "withdrawn", "flood"}
    incidents.retry(
        trade.site.database,
        [found.id],
        trade.operator,
        reason="It was mended on the other side.",
        now=trade.site.clock.now(),
    )
    trade.work()
    assert len(trade.site.rows(Incident)) == 2


def test_only_who_may_sends_messages_from_outside_and_only_known_ones(install_sqlite: Install) -> None:
    trade = Trade(install_sqlite, order)
    mine = trade.order()
    number = trade.case(mine).number
    with pytest.raises(NotYourTask):
        trade.send("withdrawn", actor=trade.citizen, number=number)
    with pytest.raises(NotFound):
        trade.send("withdrwn", number=number)
    with pytest.raises(NotFound):
        trade.send("withdrawn", number="0000-0000-0000")
    assert [row.key for row in trade.site.rows(Job)] != []
    with trade.site.database.read() as connection:
        assert connection.scalar(select(Job.id).where(Job.key == "outside:k")) is None


def test_a_process_that_a_message_opens_cannot_be_applied_for(install_sqlite: Install) -> None:
    trade = Trade(install_sqlite, order, store, hearing)

    assert [process for process, _ in trade.site.releases.processes()] == ["order"]
    assert trade.site.releases.timed() == []
    with pytest.raises(NotFound):
        trade.site.cases.start("store", trade.citizen, key="x", language="az")


def test_a_typed_key_is_never_taken_for_one_that_only_a_case_has() -> None:
    assert key_of("#5") == "##5"
    assert key_of("4831-7720-9155") == key_of("483177209155")
    assert key_of(7) == "7"
