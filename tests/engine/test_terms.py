"""
The term of a case stands still while the applicant must act, and goes on when they have.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from engine.operations import Actor, Call, Look, Operations
from engine.tables import Case
from processes import installed
from processes.registry import calendar
from tests.support.drawing import draw, form, node, service, task
from tests.support.installation import MONDAY, Install, Installation, posts

DAY = timedelta(days=1)


class Asked:
    """A case whose applicant is asked something after the term has begun."""

    def __init__(self, install: Install, made: Operations) -> None:
        @made.step("begin_term")
        def begin_term(call: Call) -> None:
            call.route("north")
            call.set_term(call.now + 10 * DAY)

        nodes = [
            node("startEvent", "begun"),
            task("apply", publicStatus="Qaralama"),
            service("begin_term", "begin_term"),
            task("look", publicStatus="İcradadır"),
            task("answer", publicStatus="Sizin cavabınız gözlənilir", stopsTerm="true"),
            task("decide", publicStatus="İcradadır"),
            node("endEvent", "done"),
        ]
        names = ["begun", "apply", "begin_term", "look", "answer", "decide", "done"]
        flows = list(zip(names, names[1:], strict=False))
        lanes = {"Abonent": ("citizen", ["begun", "apply", "begin_term", "answer"])}
        lanes |= {"Dispetçer": ("dispatcher", ["look", "decide", "done"])}
        bundle = {"asked.bpmn": draw("asked", nodes, flows, lanes)}
        for name in ("apply", "look", "answer", "decide"):
            bundle[f"forms/{name}.form"] = form(name, {"key": f"said_{name}"})
        self.site: Installation = install(made)
        self.site.releases.deploy(bundle, now=self.site.clock.now())
        self.people = {"citizen": self.site.person("Aysel")}
        self.people["dispatcher"] = self.site.person("Rəşid", ("dispatcher", "north"))
        self.case_id = self.site.cases.start("asked", self.people["citizen"], key="s", language="az").case_id

    def do(self, element: str, role: str, after: timedelta = timedelta(0)) -> None:
        self.site.clock.advance(after)
        actor: Actor = self.people[role]
        key = self.site.open_tasks(self.case_id)[element]
        self.site.cases.submit(key, actor, key=element, posted=posts(**{f"said_{element}": "x"}))

    def term(self) -> tuple[timedelta | None, timedelta | None]:
        (row,) = self.site.rows(Case)
        return tuple(at - MONDAY if at is not None else None for at in (row.due_at, row.term_stopped_at))  # type: ignore[return-value]


def test_the_term_stands_still_while_the_applicant_must_act_and_is_prolonged_by_that_time(install: Install) -> None:
    asked = Asked(install, Operations())
    assert asked.term() == (None, None)
    asked.do("apply", "citizen")
    assert asked.term() == (10 * DAY, None)
    asked.do("look", "dispatcher", after=2 * DAY)
    assert asked.term() == (10 * DAY, 2 * DAY)
    asked.do("answer", "citizen", after=5 * DAY)
    assert asked.term() == (15 * DAY, None)
    asked.do("decide", "dispatcher", after=DAY)
    assert asked.term() == (15 * DAY, None)


def test_an_installation_counts_the_time_as_it_registered(install_sqlite: Install) -> None:
    made = Operations()

    @made.prolonging
    def twice(_look: Look, due_at: datetime, stopped_at: datetime, now: datetime) -> datetime:
        return due_at + 2 * (now - stopped_at)

    together = Operations()
    together.include((made,))
    asked = Asked(install_sqlite, together)
    asked.do("apply", "citizen")
    asked.do("look", "dispatcher")
    asked.do("answer", "citizen", after=DAY)
    assert asked.term() == (12 * DAY, None)


@pytest.mark.parametrize(
    ("stopped", "resumed", "due", "wanted"),
    [
        ("2026-11-23", "2026-11-23", "2026-12-04", "2026-12-04"),
        ("2026-11-23", "2026-11-24", "2026-12-04", "2026-12-07"),
        ("2026-11-27", "2026-11-29", "2026-12-04", "2026-12-04"),
        ("2026-11-23", "2026-11-30", "2026-12-04", "2026-12-11"),
    ],
    ids=["the same day", "over a week-end", "stopped over a week-end", "a week"],
)
def test_the_meter_service_counts_working_days(
    install_sqlite: Install, stopped: str, resumed: str, due: str, wanted: str
) -> None:
    site = install_sqlite(installed())
    days = {
        name: calendar.end_of(datetime.fromisoformat(day).date())
        for name, day in (("stopped", stopped), ("resumed", resumed), ("due", due))
    }
    with site.database.read() as connection:
        found = calendar.prolonged(connection, days["due"], days["stopped"], days["resumed"])
    assert found.date().isoformat() == wanted
