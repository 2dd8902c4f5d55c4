"""
What SpiffWorkflow 3.2.0 does behind a diagram's back, and what our wall makes of it. Traps that are not here have their
tests beside steps, timers, moves and hostile files.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from engine.errors import StateUnreadable, StepBudgetSpent, StepFailed
from engine.gate.checking import Verdict, check_bundle
from engine.operations import Operations
from engine.simulation.searching import stubs_of
from engine.simulation.walking import Walk
from engine.storage.data import dump, load
from tests.gate.building import ROLES, bundle, judge, operations
from tests.support.drawing import box, node, service, task, timer

LINE = [("begun", "ask"), ("ask", "two"), ("two", "done")]
TWO = [task("ask"), task("two")]


class First:
    def pick(self, _name: str, choices: Any) -> Any:
        return choices[0]


def walk(verdict: Verdict, made: Operations | None = None) -> Walk:
    begun = Walk(verdict.parts, stubs_of(verdict.parts, made or operations(), {}, First()))
    begun.begin()
    return begun


def answered(key: str, value: str, fields: Mapping[str, object] | None = None) -> Walk:
    verdict = judge(bundle(TWO, LINE, forms={"ask": [{"key": key, **(fields or {})}]}))
    begun = walk(verdict)
    begun.answer(begun.run.tasks[0], {key: [value]}, {})
    return begun


@pytest.mark.parametrize("key", ["typename", "__class__", "_", "data", "self", "id", "state", "v", "t", "done"])
def test_no_name_of_a_field_locks_a_case(key: str) -> None:
    begun = answered(key, "x")
    begun.reload()

    assert [one.element for one in begun.run.tasks] == ["two"]
    assert begun.run.tasks[0].data == {key: "x"}


@pytest.mark.parametrize("key", ["chr", "now", "count", "true_", "if_"])
def test_a_field_that_bears_a_helpers_name_breaks_no_condition(key: str) -> None:
    gateway = node("exclusiveGateway", "which", attributes='default="which__done"')
    flows = [
        *(("begun", "ask"), ("ask", "which"), ("which", "done")),
        *(("which", "two", 'count("a") = 1 and now() > @"2020-01-01T00:00:00Z"'), ("two", "done")),
    ]
    files = bundle([*TWO, gateway], flows, forms={"ask": [{"key": key}]})
    begun = walk(judge(files))
    begun.answer(begun.run.tasks[0], {key: ["x"]}, {})

    assert [one.element for one in begun.run.tasks] == ["two"]


def test_what_a_form_does_not_declare_never_enters_the_data() -> None:
    verdict = judge(bundle(TWO, LINE, forms={"ask": [{"key": "name"}]}))
    begun = walk(verdict)
    begun.answer(begun.run.tasks[0], {"name": ["x"], "approved": ["y"], "__builtins__": ["z"]}, {})

    assert begun.run.tasks[0].data == {"name": "x"}


def test_a_step_that_fails_says_where_and_leaves_the_stored_case_as_it_was() -> None:
    verdict = judge(bundle(TWO, LINE, forms={"ask": [{"key": "day"}]}))
    begun = walk(verdict)
    before = begun.run.dump()
    diagram = verdict.parts.diagram
    broken = replace(diagram.elements["two"], properties={**diagram.elements["two"].properties, "dueDate": "day"})
    parts = replace(verdict.parts, diagram=replace(diagram, elements={**diagram.elements, "two": broken}))
    failing = Walk(parts, begun.stubs)
    failing.run = parts.program.resume(before, failing.world())
    with pytest.raises(StepFailed, match="day gives"):
        failing.answer(failing.run.tasks[0], {"day": ["tomorrow"]}, {})

    assert [one.element for one in parts.program.resume(before, failing.world()).tasks] == ["ask"]


@pytest.mark.parametrize("version", ["1.1", "1.5", "99.0", 0, None])
def test_a_state_of_another_version_is_never_read(version: object) -> None:
    begun = walk(judge(bundle(TWO, LINE)))
    state = load(begun.run.dump())

    with pytest.raises(StateUnreadable):
        begun.release.program.resume(dump({**state, "v": version}), begun.world())


def test_a_state_holds_no_specification_and_no_text_of_the_diagram() -> None:
    stored = walk(judge(bundle(TWO, LINE))).run.dump()

    assert b"userTask" not in stored and b"formKey" not in stored
    assert len(stored) < 500


def test_numbers_and_null_come_back_from_the_state_as_they_went() -> None:
    begun = answered("amount", "12,50", {"type": "number", "decimalDigits": 2})
    begun.reload()

    assert begun.run.tasks[0].data == {"amount": Decimal("12.5")}
    assert load(dump({"none": None, "yes": True, "n": 3})) == {"none": None, "yes": True, "n": 3}


def test_the_state_of_a_case_that_is_sent_back_for_ever_does_not_grow() -> None:
    gateway = node("exclusiveGateway", "which", attributes='default="which__ask"')
    flows = [
        *(("begun", "ask"), ("ask", "which"), ("which", "ask"), ("which", "two", 'note = "enough"'), ("two", "done")),
    ]
    verdict = judge(bundle([*TWO, gateway], flows, forms={"ask": [{"key": "note"}]}))
    begun, sizes = walk(verdict), []
    for _ in range(60):
        begun.answer(begun.run.tasks[0], {"note": ["again " * 20]}, {})
        begun.reload()
        begun.now += timedelta(days=1)
        sizes.append(len(begun.run.dump()))

    assert sizes[-1] <= sizes[1] + 20


def test_a_case_with_a_long_history_is_never_taken_for_ended() -> None:
    gateway = node("exclusiveGateway", "which", attributes='default="which__ask"')
    flows = [("begun", "ask"), ("ask", "which"), ("which", "ask"), ("which", "two", 'note = "enough"'), ("two", "done")]
    begun = walk(judge(bundle([*TWO, gateway], flows, forms={"ask": [{"key": "note"}]})))
    rounds = 0
    with pytest.raises(StepBudgetSpent):
        while rounds < 1_000:
            begun.answer(begun.run.tasks[0], {"note": ["again"]}, {})
            rounds += 1

    assert rounds > 100
    assert not begun.run.ended


def test_a_circle_that_forks_is_stopped_in_time() -> None:
    nodes = [node("exclusiveGateway", "again"), node("parallelGateway", "part")]
    nodes += [service(key, "notify", letter='"hello"') for key in ("one", "other")]
    flows = [("begun", "again"), ("again", "part"), ("part", "one"), ("part", "other"), ("one", "again")]
    files = bundle([*nodes, *TWO], [*flows, ("other", "ask"), ("ask", "two"), ("two", "done")])
    began = time.process_time()
    verdict = judge(files)

    assert "endless_loop" in {finding.code for finding in verdict.findings}
    assert time.process_time() - began < 2


def test_a_service_task_without_an_operation_is_refused() -> None:
    verdict = judge(bundle([node("serviceTask", "it")], [("begun", "it"), ("it", "done")]))

    assert {finding.code for finding in verdict.findings} == {"no_operation"}


@pytest.mark.parametrize("text", ["1", "None", "P1.5M", "P99999999D", '"P1.5M"', '"soon"'])
def test_a_time_that_is_none_is_refused_before_a_case_comes_there(text: str) -> None:
    late = timer("intermediateCatchEvent", "late", duration=text)

    assert not judge(bundle([late], [("begun", "late"), ("late", "done")])).passed


def test_a_data_object_deep_inside_hangs_nothing_and_is_told_to_be_a_picture() -> None:
    read = '<dataInputAssociation id="read"><sourceRef>shown</sourceRef><targetRef>x</targetRef></dataInputAssociation>'
    deep = [node("startEvent", "b2"), task("two").replace("</userTask>", read + "</userTask>"), node("endEvent", "e2")]
    inner = box("inner", deep, [("b2", "two"), ("two", "e2")])
    outer = box("outer", [node("startEvent", "b1"), inner, node("endEvent", "e1")], [("b1", "inner"), ("inner", "e1")])
    data = '<dataObject id="data"/><dataObjectReference id="shown" dataObjectRef="data"/>'
    began = time.process_time()
    verdict = check_bundle(bundle([outer, data], [("begun", "outer"), ("outer", "done")]), operations(), ROLES)

    assert verdict.passed, verdict.findings
    assert {(finding.code, finding.element) for finding in verdict.findings} >= {("drawn_only", "data")}
    assert time.process_time() - began < 2
