"""
A case that went through boxes, several instances, a called process and a message becomes a scenario that goes the same
way, and in which nothing is left of what its people typed, chose or sent.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from engine.jobs import Worker
from engine.linking import pinned
from engine.operations import Actor, Call, Operations
from engine.scenarios.reading import read_scenario, write_scenario
from engine.scenarios.recording import lived, record
from engine.scenarios.running import run_scenario
from engine.steps import messages
from engine.tables import Case, Submission
from forms import Upload
from tests.gate import building
from tests.gate.living import on
from tests.gate.test_boxes import INSIDE
from tests.gate.test_calls import call, inspection
from tests.gate.test_loops import repeated
from tests.support.drawing import declared, many, node, service, task, told
from tests.support.installation import Install, Installation, posts

#: in everything that somebody typed or that is about a person
MARK = "Gizli"
_PERSONAL = {"properties": {"personal": "true"}}
_OPTIONS = [{"value": value, "label": value} for value in ("first", MARK)]
FORMS = {
    "ask": [
        {"key": "asked"},
        {"key": "crews", "type": "checklist", "values": [{"value": value, "label": value} for value in "abc"]},
        {"key": "who", **_PERSONAL},
        {"key": "status", "type": "radio", "values": _OPTIONS, **_PERSONAL},
    ],
    "visit": [{"key": "found"}, {"key": "note", "type": "textarea"}, {"key": "photo", "type": "filepicker"}],
    "sorry": [{"key": "why", "type": "textarea"}],
    "rest": [{"key": "how", "type": "select", "values": [{"value": value, "label": value} for value in "xy"]}],
}
NODES = [
    *(task("ask"), service("number", "number"), node("parallelGateway", "part"), INSIDE, on("inside", "late")),
    *(task("sorry"), node("exclusiveGateway", "over"), node("parallelGateway", "meet"), call(), task("rest")),
    repeated(many("crews", item="crew", each="found", to="all_found")),
    told(
        "intermediateCatchEvent", "paid", "message", "money", payloadVariable="sum", payloadType="context<by: string>"
    ),
]
WAYS = [
    *(("begun", "ask"), ("ask", "number"), ("number", "part"), ("part", "inside"), ("part", "visit")),
    *(("part", "inspect"), ("inside", "over"), ("late", "sorry"), ("sorry", "over"), ("over", "meet")),
    *(("visit", "meet"), ("inspect", "meet"), ("meet", "paid"), ("paid", "rest"), ("rest", "done")),
]


def operations() -> Operations:
    made = building.booking()

    @made.step("number")
    def number(call: Call) -> None:
        call.give_number()

    return made


class Life:
    """
    One case of that diagram.
    """

    def __init__(self, site: Installation) -> None:
        self.site = site
        files = building.bundle(NODES, WAYS, forms=FORMS, declares=declared(message=["money"]))
        self.release = site.releases.deploy(pinned(files, {"inspection": inspection()}.get), now=site.clock.now())
        self.person = site.person("Aysel", ("dispatcher", "*"), ("operator", "*"))
        self.case = site.cases.start("t", self.person, key="s", language="az").case_id

    def do(self, key: str, *, file: str = "", **answers: str | list[str]) -> None:
        self.site.clock.advance(timedelta(minutes=5))
        uploads = {"photo": [Upload(file, 10, "image/jpeg", "f" * 32)]} if file else {}
        now = self.site.clock.now().isoformat()
        task = self.site.open_tasks(self.case)[key]
        self.site.cases.submit(task, self.person, key=now, posted=posts(**answers), uploads=uploads)

    def work(self) -> None:
        worker = Worker(self.site.database, self.site.operations, self.site.cases, self.site.ports)
        while worker.run_once():
            pass

    @property
    def number(self) -> str:
        return next(row.number or "" for row in self.site.rows(Case))


def live(life: Life, late: bool) -> None:
    life.do("ask", asked=f"{MARK} 12", crews=["a", "c"], who=f"{MARK} Vəli", status=MARK)
    life.do("one")
    life.do("visit", found=f"{MARK} 1", note=f"{MARK} 2", file=f"{MARK}.jpg")
    life.do("inspect__look_at", answer=f"{MARK} 3", note=f"{MARK} 4")
    life.do("visit", found=f"{MARK} 5")
    if late:
        life.site.clock.advance(timedelta(days=2))
        life.work()
        life.do("sorry", why=f"{MARK} 6")
    else:
        life.do("two")
    now = life.site.clock.now()
    sender: Actor = life.person
    site = life.site
    payload = {"by": f"{MARK} 7"}
    messages.send(site.database, site.releases, sender, "money", key="k", now=now, number=life.number, payload=payload)
    life.work()
    life.do("rest", how="y")


@pytest.mark.parametrize("late", [False, True])
def test_a_case_through_boxes_becomes_a_scenario_without_its_people(install_sqlite: Install, late: bool) -> None:
    life = Life(install_sqlite(operations()))
    live(life, late)
    with life.site.database.read() as connection:
        release_id, steps = lived(connection, life.number)
        assert MARK in everything(connection)
    release = life.site.releases.get(release_id)
    written = write_scenario(record(release, life.site.operations, "Qutular", steps))

    assert MARK not in written and life.number not in written
    scenario = read_scenario("x", written.encode())
    assert [step.element for step in scenario.steps] == [
        *("ask", "one", "visit", "inspect__look_at", "visit"),
        *(("late", "sorry") if late else ("two",)),
        *("paid", "rest"),
    ]
    (ask, *_, rest) = scenario.steps
    assert ask.answers is not None and ask.answers["crews"] == ["a", "c"]
    assert rest.answers == {"how": ["y"]}
    assert run_scenario(release, life.site.operations, scenario).findings == []
    assert scenario.end == "done" and ("late" in scenario.passes) is late


def everything(connection: Connection) -> str:
    """What is kept of the answers: it holds what must not be in the scenario."""
    return "".join(map(str, connection.scalars(select(Submission.answers))))
