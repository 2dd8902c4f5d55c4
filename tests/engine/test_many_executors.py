"""
A case in which several people do the same task beside each other, inside what the applicant may withdraw at any time:
its tasks, answers, timers and statements.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from engine.doctor import Doctor
from engine.jobs import Worker
from engine.operations import Actor
from engine.reading import dossier
from engine.tables import Audit, Case, Job, Submission, Task, TaskCandidate
from tests.gate.living import on
from tests.gate.test_boxes import at_any_time
from tests.support.drawing import box, draw, form, many, node, service, task
from tests.support.installation import Install, Installation, counted, posts
from tests.support.small import operations

VISIT = task("visit", candidates="[crew]", publicStatus="İcradadır").replace(
    "</userTask>", many("crews", item="crew", each="found", to="all_found") + "</userTask>"
)
FIELD = box(
    "field",
    [node("startEvent", "out"), VISIT, task("judge"), node("endEvent", "back")],
    [("out", "visit"), ("visit", "judge"), ("judge", "back")],
)
NODES = [
    *(
        node("startEvent", "begun"),
        task("apply"),
        service("register_case", "register", "place"),
        FIELD,
        on("field", "late"),
        task("sorry"),
    ),
    *(node("endEvent", "done", outcome="installed"), at_any_time("withdraw")),
]
FLOWS = [("begun", "apply"), ("apply", "register_case"), ("register_case", "field"), ("field", "done")]
FLOWS += [("late", "sorry"), ("sorry", "done")]
LANES = {
    "Abonent": ("citizen", ["begun", "apply", "register_case", "withdraw"]),
    "Usta": ("fitter", ["field", "late", "sorry", "done"]),
}


def release(crews: list[int]) -> dict[str, bytes]:
    values = ", ".join(map(str, crews))
    keys = {"apply": [{"key": "note"}], "visit": [{"key": "found", "validate": {"required": True}}]}
    keys |= dict.fromkeys(("judge", "sorry", "withdraw_why"), [])
    nodes = [part.replace("<loopDataInputRef>crews<", f"<loopDataInputRef>[{values}]<") for part in NODES]
    forms = {f"forms/{key}.form": form(key, *fields) for key, fields in keys.items()}
    return {"many.bpmn": draw("many", nodes, FLOWS, LANES), **forms}


@dataclass
class Field:
    site: Installation
    citizen: Actor
    crews: list[Actor]
    case_id: int = 0

    def tasks(self, state: str = "open") -> list[Task]:
        return [row for row in self.site.rows(Task) if row.state == state]

    def send(self, task_id: str, actor: Actor, **answers: str) -> None:
        self.site.cases.submit(task_id, actor, key=f"k{task_id}", posted=posts(**answers))

    def timers(self) -> set[str]:
        return {row.payload["element"] for row in self.site.rows(Job) if row.kind == "timer"}

    def work(self, after: timedelta) -> None:
        self.site.clock.advance(after)
        Worker(self.site.database, self.site.operations, self.site.cases, self.site.ports).run_once()

    def ailments(self) -> list[object]:
        site = self.site
        return list(Doctor(site.database, site.releases, site.operations, site.ports).examine())


@pytest.fixture
def field(install_sqlite: Install) -> Field:
    site = install_sqlite(operations())
    crews = [site.person(name, ("fitter", "*")) for name in ("Elçin", "Murad", "Orxan")]
    site.releases.deploy(release([crew.person_id for crew in crews]), now=site.clock.now())
    made = Field(site, site.person("Aysel"), crews)
    made.case_id = site.cases.start("many", made.citizen, key="s", language="az").case_id
    made.send(site.open_tasks(made.case_id)["apply"], made.citizen, note="x")
    return made


def test_each_executor_gets_a_task_of_their_own_and_everything_they_answer_stays(field: Field) -> None:
    rows = field.tasks()
    named = {row.task_id: row.person_id for row in field.site.rows(TaskCandidate)}
    mine = {person: key for key, person in named.items()}

    assert [row.element for row in rows] == ["visit"] * 3
    assert set(mine) == {crew.person_id for crew in field.crews}
    assert field.timers() == {"late", "withdraw_begun"}
    for at, crew in enumerate(field.crews):
        field.send(mine[crew.person_id], crew, found=f"found {at}")
        assert field.ailments() == []
    assert [row.element for row in field.tasks()] == ["judge"]
    assert [row.superseded for row in field.site.rows(Submission) if row.element == "visit"] == [False] * 3
    field.send(field.tasks()[0].id, field.crews[-1])
    (case,) = field.site.rows(Case)
    assert case.outcome == "installed" and field.timers() == set()
    path = [place for row in field.site.rows(Audit) for place in row.detail.get("path", ())]
    assert [place for place in path if place in ("visit", "judge", "back", "field", "done")] == [
        *("visit", "judge", "back", "field", "done")
    ]


def test_what_interrupts_ends_the_tasks_of_all(field: Field) -> None:
    field.work(timedelta(days=1, hours=1))

    assert [row.element for row in field.tasks()] == ["sorry"]
    assert [row.element for row in field.tasks("cancelled")] == ["visit"] * 3
    assert field.timers() == {"withdraw_begun"}
    field.work(timedelta(days=7))
    assert [row.element for row in field.tasks()] == ["withdraw_why"]
    assert field.ailments() == []
    field.send(field.tasks()[0].id, field.citizen)
    (case,) = field.site.rows(Case)
    assert case.outcome == "withdraw" and case.closed_at is not None


def test_the_page_of_the_case_says_where_its_tokens_are_and_what_each_answered(field: Field) -> None:
    first = min(field.tasks(), key=lambda row: row.id)
    owner = next(row.person_id for row in field.site.rows(TaskCandidate) if row.task_id == first.id)
    crew = next(one for one in field.crews if one.person_id == owner)
    with counted(field.site.database) as shown:
        field.site.cases.open_task(first.id, crew)
    with counted(field.site.database) as sent:
        field.send(first.id, crew, found="x")
    assert len(shown) <= 3
    assert len(sent) <= 10
    with field.site.database.read() as connection:
        page = dossier(connection, field.site.releases, field.site.rows(Case)[0].number, crew)
    assert set(page.tokens) == {"visit", "late", "withdraw_begun"}
    assert {one.element for one in page.answers} == {"apply", "visit"}
