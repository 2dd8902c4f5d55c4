"""
The water utility in a test: the shipped books, four subscribers, stock, staff of one office; and a way to walk a case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import insert, select

from engine.operations import Actor
from engine.releases import bundle_of
from engine.search import fold
from engine.steps.writing import Step
from engine.tables import Audit, Job
from processes import FOLDER, installed
from processes.registry import meters, shipped, stock
from processes.registry.tables import Subscriber
from tests.support.installation import Install, Installation, posts

FORMS = Path(FOLDER).parent / "forms" / "meter_installation"
#: code -> (kind, district, has an active meter)
SUBSCRIBERS = {
    "1000000001": ("household", "Nəsimi", False),
    "1000000002": ("household", "Nəsimi", True),
    "1000000003": ("household", "Binəqədi", False),
    "1000000004": ("non_household", "Nəsimi", False),
}
APPLICATION = {"reason": "new_meter", "telephone": "050 123 45 67", "email": "aysel@example.az", "notes": ""}
#: when the fitter is at the address
VISIT = datetime(2026, 11, 27, 7, 0, tzinfo=UTC)
MAKE = "Alfasu (Elektromed)"
ACT = {
    "meter_make": MAKE,
    "meter_type": "mechanical",
    "meter_number": "A1234567",
    "diameter": "15",
    "seal_numbers": "P100, P101",
    "initial_reading": "0,125",
    "verified_on": "15.06.2026",
    "next_verification_on": "15.06.2031",
    "installation_place": "Mətbəx",
    "pipe_diameter": "20",
    "signed_by": "subscriber",
    "copy_given_on": "27.11.2026",
    "copy_given_how": "in_person",
}


@dataclass
class Utility:
    """
    The installation with its people.
    """

    site: Installation
    citizen: Actor
    dispatcher: Actor
    fitter: Actor
    head: Actor

    def actor_of(self, role: str) -> Actor:
        """
        Return the person who does the tasks of a role.
        """
        people = {"citizen": self.citizen, "dispatcher": self.dispatcher, "fitter": self.fitter, "head": self.head}
        return people[role]

    def begin(self, key: str = "begin") -> int:
        """
        Open a case of the citizen.
        """
        return self.site.cases.start("meter_installation", self.citizen, key=key, language="az").case_id

    def do(self, case_id: int, element: str, **answers: str | list[str]) -> Step:
        """
        Complete the open task `element` as whoever it is for.
        """
        task = self.site.open_tasks(case_id)[element]
        role = self.site.releases.active("meter_installation").diagram.elements[element].role or ""
        key = f"{element}:{task}"
        return self.site.cases.submit(task, self.actor_of(role), key=key, posted=posts(**answers))

    def registered(self, code: str = "1000000001", **changed: str) -> int:
        """
        Walk a case to the dispatcher.
        """
        case_id = self.begin(f"begin{code}")
        self.do(case_id, "enter_subscriber_code", subscriber_code=code)
        if "confirm_additional_meter" in self.site.open_tasks(case_id):
            self.do(case_id, "confirm_additional_meter")
        self.do(case_id, "apply", **{**APPLICATION, **changed})
        self.do(case_id, "check_answers")
        return case_id

    def assigned(self, code: str = "1000000001", **changed: str) -> int:
        """
        Walk a case to the fitter.
        """
        case_id = self.registered(code, **changed)
        self.assign(case_id)
        return case_id

    def assign(self, case_id: int) -> Step:
        """
        Let the dispatcher send the fitter.
        """
        return self.do(
            case_id,
            "assign_executor",
            assignment="assign",
            executors=[str(self.fitter.person_id)],
            visit_date="27.11.2026",
            visit_window="09:00–12:00",
        )

    def visit(self, case_id: int, outcome: str, note: str = "Səbəb yazıldı") -> Step:
        """
        Record the outcome of a visit, on the day it was planned for.
        """
        self.site.clock.set(max(self.site.clock.now(), VISIT))
        return self.do(case_id, "record_visit", visit_outcome=outcome, visit_note=note)

    def fire(self, case_id: int, element: str) -> None:
        """
        Let the timer `element` of the case fire at its moment.
        """
        with self.site.database.read() as connection:
            waiting = select(Job.task_id, Job.run_at).where(Job.case_id == case_id, Job.kind == "timer")
            timers = {task: at for task, at in connection.execute(waiting)}
        for task, at in timers.items():
            if self._element_of(case_id, task) == element:
                self.site.clock.set(max(at, self.site.clock.now()))
                with self.site.database.step() as connection:
                    self.site.cases.fire(connection, task_id=task, case_id=case_id, key=f"timer:{task}")
                return
        raise AssertionError(f"no timer {element} waits")

    def _element_of(self, case_id: int, timer: str) -> str | None:
        return self.site.cases.timers(case_id).get(timer)

    def flows(self) -> set[str]:
        """
        Return every element and flow that any case passed.
        """
        with self.site.database.read() as connection:
            return {name for detail in connection.scalars(select(Audit.detail)) for name in detail.get("path", ())}


def open_utility(install: Install, *, meters_in_stock: int = 5) -> Utility:
    """
    Put the utility together.
    """
    site = install(installed())
    with site.database.step() as connection:
        shipped.fill_empty(connection)
        for code, (kind, district, _) in SUBSCRIBERS.items():
            row = {
                "code": code,
                "kind": kind,
                "name": "Sınaq Abonentov",
                "address": "Nizami küç. 1",
                "district": district,
            }
            connection.execute(insert(Subscriber).values(**row, search_key=fold("Sınaq Abonentov")))
        lot = stock.Lot(make=MAKE, type="mechanical", diameter=15)
        for office in ("baku_center", "baku_business"):
            stock.count(connection, office, lot, meters_in_stock, now=site.clock.now())
        meters.activate(
            connection,
            meters.NewMeter(
                number="OLD1",
                make=MAKE,
                type="mechanical",
                diameter=15,
                subscriber_code="1000000002",
                installed_on=date(2020, 1, 1),
                verified_on=date(2020, 1, 1),
                next_verification_on=date(2025, 1, 1),
                seals=("OLDP1",),
            ),
        )
    site.releases.deploy(bundle_of(FOLDER / "meter_installation.bpmn", FORMS), now=site.clock.now())
    units = ("baku_center", "baku_west", "baku_business")
    return Utility(
        site,
        site.person("Aysel"),
        site.person("Rəşid", *((("dispatcher", unit)) for unit in units)),
        site.person("Tural", *((("fitter", unit)) for unit in units)),
        site.person("Nigar", *((("head", unit)) for unit in units)),
    )
