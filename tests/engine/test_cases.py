"""
A step happens exactly once, whoever repeats, races or fails.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace

import pytest

from engine.audit import broken
from engine.errors import (
    AnswersRefused,
    FormOutdated,
    NotFound,
    NotYourTask,
    ReleaseRefused,
    StepFailed,
    TaskAlreadyDone,
)
from engine.operations import Actor, CaseFacts
from engine.storage.data import load
from engine.tables import Audit, Case, Draft, Incident, Job, SearchTerm, Submission, Task
from engine.world import StepWorld
from tests.support.installation import Install, Installation, counted, posts
from tests.support.small import bundle, operations


@dataclass
class Small:
    site: Installation
    citizen: Actor
    dispatcher: Actor

    def begin(self, key: str = "s1") -> int:
        return self.site.cases.start("small", self.citizen, key=key, language="az").case_id

    def send(self, case_id: int, element: str, actor: Actor, key: str, **answers: str):
        task = self.site.open_tasks(case_id)[element]
        return self.site.cases.submit(task, actor, key=key, posted=posts(**answers))

    def registered(self) -> int:
        case_id = self.begin()
        self.send(case_id, "apply", self.citizen, "a1", reason="new", telephone="0501234567")
        return case_id


@pytest.fixture
def small(install: Install) -> Small:
    site = install(operations())
    site.releases.deploy(bundle(), now=site.clock.now())
    return Small(site, site.person("Aysel"), site.person("Rəşid", ("dispatcher", "north")))


def test_a_case_lives_from_start_to_end(small: Small) -> None:
    case_id = small.registered()
    small.send(case_id, "assign", small.dispatcher, "b1", decision="go")
    last = small.send(case_id, "record", small.dispatcher, "c1", reading="12")

    assert last.finished
    (case,) = small.site.rows(Case)
    assert (case.outcome, case.public_status, case.closed_at) == ("installed", "İcra olundu", small.site.clock.now())
    assert {row.state for row in small.site.rows(Task)} == {"done"}
    assert [row.payload["letter"] for row in small.site.rows(Job)] == ["done"]


def test_registering_gives_number_office_words_and_timer_in_one_step(small: Small) -> None:
    case_id = small.registered()

    (case,) = small.site.rows(Case)
    assert case.number is not None and len(case.number) == 12
    assert case.unit == "north"
    assert case.facets == {"district": "Nəsimi"}
    assert {row.term for row in small.site.rows(SearchTerm)} == {"eliyev", case.number}
    assert [(row.kind, row.case_id) for row in small.site.rows(Job)] == [("timer", case_id)]


def test_personal_answers_never_enter_the_state(small: Small) -> None:
    small.registered()

    (case,) = small.site.rows(Case)
    (submission,) = small.site.rows(Submission)
    assert b"0501234567" not in case.state
    assert load(submission.answers) == {"reason": "new", "telephone": "0501234567"}


def test_a_repeated_start_opens_one_case(small: Small) -> None:
    first = small.site.cases.start("small", small.citizen, key="same", language="az")
    second = small.site.cases.start("small", small.citizen, key="same", language="az")

    assert second.repeated and not first.repeated
    assert (second.case_id, second.next_task) == (first.case_id, first.next_task)
    assert len(small.site.rows(Case)) == 1


def test_a_repeated_submit_returns_the_first_result(small: Small) -> None:
    case_id = small.begin()
    task = small.site.open_tasks(case_id)["apply"]
    first = small.site.cases.submit(task, small.citizen, key="k", posted=posts(reason="new"))
    second = small.site.cases.submit(task, small.citizen, key="k", posted=posts(reason="new"))

    assert second.repeated
    assert second.number == first.number
    assert len(small.site.rows(Audit)) == 2


def test_of_eight_who_complete_one_task_one_wins(small: Small) -> None:
    case_id = small.registered()
    task = small.site.open_tasks(case_id)["assign"]

    def complete(n: int) -> str:
        try:
            small.site.cases.submit(task, small.dispatcher, key=f"race{n}", posted=posts(decision="go"))
        except TaskAlreadyDone as late:
            return f"late after {late.by}"
        return "won"

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(complete, range(8)))

    assert sorted(results) == [f"late after {small.dispatcher.person_id}"] * 7 + ["won"]
    assert len([row for row in small.site.rows(Task) if row.element == "record"]) == 1


def test_wrong_answers_change_nothing(small: Small) -> None:
    case_id = small.begin()
    with pytest.raises(AnswersRefused) as refused:
        small.send(case_id, "apply", small.citizen, "k", reason="")

    assert [error.key for error in refused.value.errors] == ["reason"]
    assert len(small.site.rows(Audit)) == 1


def test_undeclared_fields_reach_nothing(small: Small) -> None:
    case_id = small.begin()
    small.send(case_id, "apply", small.citizen, "k", reason="new", decision="go", typename="x", place="south")

    (submission,) = small.site.rows(Submission)
    (case,) = small.site.rows(Case)
    assert set(load(submission.answers)) == {"reason", "telephone"}
    assert b"south" not in case.state and b"typename" not in case.state


def test_others_see_no_task(small: Small) -> None:
    case_id = small.registered()
    task = small.site.open_tasks(case_id)["assign"]
    stranger = small.site.person("Kənan", ("dispatcher", "south"))
    for actor in (stranger, small.citizen):
        with pytest.raises(NotFound):
            small.site.cases.open_task(task, actor)
        with pytest.raises(NotFound):
            small.site.cases.submit(task, actor, key="x", posted=posts(decision="go"))


def test_a_held_task_is_completed_by_its_holder_only(small: Small) -> None:
    case_id = small.registered()
    task = small.site.open_tasks(case_id)["assign"]
    colleague = small.site.person("Lalə", ("dispatcher", "north"))
    small.site.cases.claim(task, colleague)

    assert small.site.cases.open_task(task, small.dispatcher).claimed_name == "Lalə Sınaqlı"
    with pytest.raises(NotYourTask):
        small.site.cases.submit(task, small.dispatcher, key="x", posted=posts(decision="go"))
    small.site.cases.put_back(task, colleague)
    assert small.site.cases.submit(task, small.dispatcher, key="x", posted=posts(decision="go")).next_task


def test_a_task_is_given_to_a_colleague_of_the_same_office_only(small: Small) -> None:
    case_id = small.registered()
    task = small.site.open_tasks(case_id)["assign"]
    colleague = small.site.person("Lalə", ("dispatcher", "north"))
    outsider = small.site.person("Kənan", ("dispatcher", "south"))

    with pytest.raises(NotYourTask):
        small.site.cases.give(task, small.dispatcher, outsider.person_id)
    small.site.cases.give(task, small.dispatcher, colleague.person_id)
    assert small.site.cases.open_task(task, colleague).claimed_by == colleague.person_id


def test_a_form_of_another_release_is_refused(small: Small) -> None:
    case_id = small.begin()
    task = small.site.open_tasks(case_id)["apply"]
    with pytest.raises(FormOutdated):
        small.site.cases.submit(task, small.citizen, key="x", posted=posts(reason="new"), release_id="other")


def test_a_case_stays_on_the_release_it_started_on(small: Small) -> None:
    case_id = small.begin()
    first = small.site.releases.active("small").id
    small.site.clock.advance(timedelta(minutes=1))
    small.site.releases.deploy(bundle(late='duration("P5D")'), now=small.site.clock.now())
    small.send(case_id, "apply", small.citizen, "k", reason="new")

    assert small.site.releases.active("small").id != first
    assert small.site.rows(Case)[0].release_id == first


def test_a_due_timer_fires_once_and_the_task_stays(small: Small) -> None:
    case_id = small.registered()
    (job,) = small.site.rows(Job)
    for attempt in ("t1", "t2"):
        with small.site.database.step() as connection:
            small.site.cases.fire(connection, task_id=job.task_id, case_id=case_id, key=attempt)

    assert [row.payload.get("letter") for row in small.site.rows(Job)] == ["late"]
    assert [row.event for row in small.site.rows(Audit)] == ["started", "submitted", "timer"]
    assert "assign" in small.site.open_tasks(case_id)


def test_a_timer_goes_with_its_task(small: Small) -> None:
    case_id = small.registered()
    small.send(case_id, "assign", small.dispatcher, "b1", decision="go")

    assert small.site.rows(Job) == []


def test_a_failing_operation_undoes_the_step_and_opens_an_incident(install: Install) -> None:
    site = install(operations())
    files = bundle()
    files["small.bpmn"] = files["small.bpmn"].replace(b'id="register" ', b'id="fail" ')
    site.releases.deploy(files, now=site.clock.now())
    small = Small(site, site.person("Aysel"), site.person("Rəşid", ("dispatcher", "north")))
    case_id = small.begin()
    with pytest.raises(StepFailed):
        small.send(case_id, "apply", small.citizen, "k", reason="kept for the next try")

    (incident,) = site.rows(Incident)
    assert (incident.element, incident.code) == ("register_case", "step_failed")
    assert "personal" not in incident.message
    assert site.rows(Draft)[0].typed == {"reason": ["kept for the next try"]}
    assert list(site.open_tasks(case_id)) == ["apply"]


def test_the_audit_chain_shows_a_forged_row(small: Small) -> None:
    small.registered()
    rows = small.site.rows(Audit)

    assert broken(rows) == []
    forged = [SimpleNamespace(**{**rows[0]._mapping, "event": "invented"}), *rows[1:]]
    assert broken(forged) == [rows[0].key]


def test_completing_a_task_takes_ten_statements_and_showing_it_three(small: Small) -> None:
    case_id = small.registered()
    task = small.site.open_tasks(case_id)["assign"]
    with counted(small.site.database) as shown:
        small.site.cases.open_task(task, small.dispatcher)
    with counted(small.site.database) as sent:
        small.site.cases.submit(task, small.dispatcher, key="b", posted=posts(decision="go"))

    assert len(shown) <= 3
    # task and case; answers; case; close task; open task; answers; audit; timer dropped
    assert len(sent) <= 10


def test_a_case_of_1200_rounds_still_finds_its_task(install_sqlite: Install) -> None:
    site = install_sqlite(operations())
    site.releases.deploy(bundle(late='duration("P9000D")'), now=site.clock.now())
    small = Small(site, site.person("Aysel"), site.person("Rəşid", ("dispatcher", "north")))
    case_id = small.registered()
    release = site.releases.active("small")
    sizes = []
    with site.database.read() as connection:
        row = connection.execute(Case.__table__.select()).one()
    facts = CaseFacts(case_id, row.number, "small", "north", 1, "az", row.opened_at, None, {})
    world = StepWorld(None, site.clock.now(), facts, None, release, site.operations, site.ports, {})  # type: ignore[arg-type]
    run = release.program.resume(row.state, world)
    for _ in range(1200):
        run.complete(run.tasks[0].id, {"decision": "again"})
        state = run.dump()
        run = release.program.resume(state, world)
        sizes.append(len(state))

    assert [task.element for task in run.tasks] == ["assign"]
    assert not run.ended
    assert max(sizes) <= 3000 and sizes[-1] <= sizes[1] + 10


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ((b'name="role" value="dispatcher"', b'name="role" value="mayor"'), "unknown_role"),
        ((b'name="formKey" value="record"', b'name="formKey" value="act"'), "unknown_form"),
        ((b'id="register" ', b'id="registr" '), "unknown_operation"),
        ((b'decision = "go"', b"decision = = 1"), "expression"),
        ((b'decision = "go"', b"run_shell(1)"), "expression"),
        ((b'default="is_done__assign"', b""), "no_default"),
        ((b"<startEvent", b'<complexGateway id="x"/><startEvent'), "unsupported"),
        ((b"<terminateEventDefinition/>", b"<compensateEventDefinition/>"), "unsupported"),
        ((b'targetRef="done"', b'targetRef="gone"'), "loose_flow"),
    ],
)
def test_a_broken_release_is_refused_with_its_place(
    install_sqlite: Install, change: tuple[bytes, bytes], code: str
) -> None:
    site = install_sqlite(operations())
    files = bundle()
    assert change[0] in files["small.bpmn"]
    files["small.bpmn"] = files["small.bpmn"].replace(*change)
    with pytest.raises(ReleaseRefused) as refused:
        site.releases.deploy(files, now=site.clock.now())

    assert code in {finding.code for finding in refused.value.findings}
