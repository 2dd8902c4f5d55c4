"""
Mutants of our diagrams, a few of the ten thousand of `python -m tests.mutants`; and foreign diagrams made to fit.
"""

from __future__ import annotations

import random
import time

import pytest

from engine.findings import Finding
from engine.gate.compiling import compile_bundle
from engine.simulation.searching import simulate
from tests import foreign, mutants
from tests.gate.building import bundle
from tests.support.drawing import node, task


@pytest.mark.parametrize(("which", "number"), [(0, 30), (1, 120)])
def test_a_mutant_is_refused_with_a_reason_or_runs_on_other_walks_too(which: int, number: int) -> None:
    came = mutants.run(number, seed=1_000, stock_of=[mutants.stocks()[which]])

    assert set(came) <= {"refused", "accepted"}, came
    assert came["refused"] > came["accepted"] > 0


def test_mutants_differ_from_what_they_come_from() -> None:
    stock = mutants.stocks()[1]
    content = stock.files[stock.file]
    made = {mutants.mutate(content, random.Random(n)) for n in range(50)}

    assert len(made) > 40


def test_our_own_diagram_is_walked_through_in_two_seconds() -> None:
    stock = mutants.stocks()[0]
    parts = compile_bundle(stock.files, stock.operations, stock.roles)
    begun = time.process_time()
    simulated = simulate(parts, stock.operations)

    assert time.process_time() - begun < 2
    assert parts.diagram.drawn.keys() <= simulated.coverage.keys()


#: as other tools write it: ids, roles, forms, operations and conditions are theirs
FOREIGN = (
    b'<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    b'xmlns:x="http://camunda.org/schema/1.0/bpmn">'
    b'<bpmn:process id="Process_1" isExecutable="false"><bpmn:startEvent id="Start"/>'
    b'<bpmn:task id="Task_1" x:topic="t"/>'
    b'<bpmn:exclusiveGateway id="Gateway-1"/><bpmn:scriptTask id="_2"><bpmn:script>import os</bpmn:script>'
    b'</bpmn:scriptTask><bpmn:endEvent id="End"/>'
    b'<bpmn:sequenceFlow id="f1" sourceRef="Start" targetRef="Task_1"/>'
    b'<bpmn:sequenceFlow id="f2" sourceRef="Task_1" targetRef="Gateway-1"/>'
    b'<bpmn:sequenceFlow id="f3" sourceRef="Gateway-1" targetRef="_2"><bpmn:conditionExpression>${a == 1}'
    b"</bpmn:conditionExpression></bpmn:sequenceFlow>"
    b'<bpmn:sequenceFlow id="f4" sourceRef="Gateway-1" targetRef="End"/>'
    b'<bpmn:sequenceFlow id="f5" sourceRef="_2" targetRef="End"/></bpmn:process></bpmn:definitions>'
)


def test_a_foreign_diagram_is_refused_for_what_it_lacks_and_runs_once_it_has_it() -> None:
    as_it_is = foreign.judge(FOREIGN, fit=False)
    made_to_fit = foreign.judge(FOREIGN, fit=True)

    assert {finding.code for finding in as_it_is.findings} == {"one_process"}
    assert made_to_fit.passed, made_to_fit.findings
    assert len(made_to_fit.simulated.coverage) == 10


#: chains of as many tasks: beyond 489 SpiffWorkflow's parser ends in a RecursionError
@pytest.mark.parametrize(("tasks", "code"), [(120, None), (600, "too_many_nodes")])
def test_a_long_chain_runs_or_is_refused(tasks: int, code: str | None) -> None:
    names = [f"t{n}" for n in range(tasks)]
    nodes = [node("manualTask", name, formKey="t0") for name in names]
    files = bundle([task("t0"), *nodes[1:]], list(zip(["begun", *names], [*names, "done"], strict=True)))
    verdict = foreign.check_bundle(files, foreign.operations(), frozenset({"citizen"}))

    assert refusing(verdict.findings) == ({code} if code else set())


def refusing(findings: tuple[Finding, ...]) -> set[str]:
    return {finding.code for finding in findings if finding.refuses}
