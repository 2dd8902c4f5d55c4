"""
Drawings that SpiffWorkflow takes and then treats otherwise than they are drawn, and others that lead nowhere: each is
refused with its element, or runs as drawn.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.gate.building import bundle, found, judge
from tests.support.drawing import node, service, task, timer

XOR, AND, OR = "exclusiveGateway", "parallelGateway", "inclusiveGateway"
LINE = [("begun", "ask"), ("ask", "done")]
ASK = [task("ask")]


def plain(kind: str, key: str, default: str = "", inside: str = "") -> str:
    return node(kind, key, attributes=f'default="{default}"' if default else "", inside=inside)


def event(kind: str, key: str, definition: str, attributes: str = "") -> str:
    return node(kind, key, inside=f"<{definition}/>", attributes=attributes)


Flows = Sequence[tuple[str, ...]]

DRAWINGS: dict[str, tuple[list[str], Flows, tuple[str, str | None]]] = {
    # workbench.md §2.5
    "a node called Start": ([task("Start")], [("begun", "Start"), ("Start", "done")], ("id", "Start")),
    "a task called End": ([task("End")], [("begun", "End"), ("End", "done")], ("id", "End")),
    "a condition behind a task": (
        ASK,
        [("begun", "ask"), ("ask", "done", "1 = 1")],
        ("useless_condition", "ask__done"),
    ),
    "a task that nothing leads to": ([*ASK, task("alone")], [*LINE, ("alone", "done")], ("unreachable", "alone")),
    "tasks that lead to each other only": (
        [*ASK, task("one"), task("two")],
        [*LINE, ("one", "two"), ("two", "one")],
        ("unreachable", "one"),
    ),
    "an event sub-process": (
        [*ASK, node("subProcess", "withdraw", attributes='triggeredByEvent="true"')],
        LINE,
        ("unsupported", "withdraw"),
    ),
    "a closed sub-process": ([node("subProcess", "ask")], LINE, ("unsupported", "ask")),
    "a link to nowhere": (
        [*ASK, node("intermediateThrowEvent", "jump", inside='<linkEventDefinition name="there"/>')],
        [("begun", "ask"), ("ask", "jump")],
        ("unsupported", "jump"),
    ),
    "a signal without a name": (
        [*ASK, event("endEvent", "sent", "signalEventDefinition")],
        [("begun", "ask"), ("ask", "sent")],
        ("no_signal", "sent"),
    ),
    "no default flow": (
        [*ASK, plain(XOR, "which")],
        [("begun", "ask"), ("ask", "which"), ("which", "done", "1 = 1"), ("which", "ask", "1 = 2")],
        ("no_default", "which"),
    ),
    "a default flow of another gateway": (
        [*ASK, plain(XOR, "which", "begun__ask")],
        [("begun", "ask"), ("ask", "which"), ("which", "done"), ("which", "ask", "1 = 2")],
        ("foreign_default", "which"),
    ),
    "a condition on the default flow": (
        [*ASK, plain(XOR, "which", "which__done")],
        [("begun", "ask"), ("ask", "which"), ("which", "done", "1 = 1"), ("which", "ask", "1 = 2")],
        ("condition_on_default", "which__done"),
    ),
    "a flow without condition": (
        [*ASK, plain(XOR, "which", "which__done")],
        [("begun", "ask"), ("ask", "which"), ("which", "done"), ("which", "ask")],
        ("no_condition", "which__ask"),
    ),
    # rules of drawing
    "two flows out of a task": ([*ASK, task("two")], [*LINE, ("ask", "two"), ("two", "done")], ("many_ways", "ask")),
    "a task without a way on": ([*ASK, task("two")], [*LINE, ("begun", "two")], ("dead_end", "two")),
    "a circle without a way out": (
        [*ASK, task("again"), plain(XOR, "which", "which__ask")],
        [
            *(("begun", "ask"), ("ask", "which"), ("which", "ask"), ("which", "again", "1 = 2")),
            *(("again", "again2"), ("again2", "again")),
            ("which", "done", "1 = 3"),
        ],
        ("no_way_to_end", "again"),
    ),
    "a flow back to the start": (ASK, [*LINE, ("ask", "begun")], ("way_in", "begun")),
    "a flow out of the end": (ASK, [*LINE, ("done", "ask")], ("way_out", "done")),
    "a flow to nowhere": (ASK, [*LINE, ("ask", "gone")], ("loose_flow", "ask__gone")),
    "a boundary event on nothing": (
        [*ASK, timer("boundaryEvent", "late", duration='duration("P1D")', attributes='attachedToRef="gone"')],
        [*LINE, ("late", "done")],
        ("unattached", "late"),
    ),
    "a timer on a service task": (
        [
            service("tell", "notify", letter='"hello"'),
            timer("boundaryEvent", "late", duration='duration("P1D")', attributes='attachedToRef="tell"'),
        ],
        [("begun", "tell"), ("tell", "done"), ("late", "done")],
        ("timer_on_work", "late"),
    ),
    "an error that nothing catches": (
        [service("it", "book")],
        [("begun", "it"), ("it", "done")],
        ("error_uncaught", "it"),
    ),
    "an error that is never thrown": (
        [
            service("it", "notify", letter='"hello"'),
            event("boundaryEvent", "failed", "errorEventDefinition", 'attachedToRef="it"'),
        ],
        [("begun", "it"), ("it", "done"), ("failed", "done")],
        ("error_never_thrown", "failed"),
    ),
    "an error event on a person's task": (
        [*ASK, event("boundaryEvent", "failed", "errorEventDefinition", 'attachedToRef="ask"')],
        [*LINE, ("failed", "done")],
        ("error_on_task", "failed"),
    ),
    "an event that waits for nothing": (
        [node("intermediateCatchEvent", "wait")],
        [("begun", "wait"), ("wait", "done")],
        ("no_event", "wait"),
    ),
    "a wait for a repeating timer": (
        [
            node(
                "intermediateCatchEvent",
                "wait",
                inside="<timerEventDefinition><timeCycle>R3/PT1H</timeCycle></timerEventDefinition>",
            )
        ],
        [("begun", "wait"), ("wait", "done")],
        ("cycle_of_one", "wait"),
    ),
    # elements
    "an own process called": (
        [node("callActivity", "call", attributes='calledElement="t"')],
        [("begun", "call"), ("call", "done")],
        ("call_itself", "call"),
    ),
    "several instances": (
        [node("userTask", "ask", formKey="ask", inside="<multiInstanceLoopCharacteristics/>")],
        LINE,
        ("loop_over_what", "ask"),
    ),
    "a task that loops": (
        [node("userTask", "ask", formKey="ask", inside="<standardLoopCharacteristics/>")],
        LINE,
        ("loop_for_ever", "ask"),
    ),
    "a plain task": ([node("task", "ask")], LINE, ("unsupported", "ask")),
    "a compensation": (
        [node("userTask", "ask", formKey="ask", attributes='isForCompensation="true"')],
        LINE,
        ("unsupported_attribute", "ask"),
    ),
    # simulation
    "× parts and + joins": (
        [*ASK, plain(XOR, "which", "which__one"), task("one"), task("two"), node(AND, "join")],
        [
            *(("begun", "ask"), ("ask", "which"), ("which", "one"), ("which", "two", 'answer = "two"')),
            *(("one", "join"), ("two", "join"), ("join", "done")),
        ],
        ("deadlock", "join"),
    ),
    "+ parts and × joins": (
        [node(AND, "part"), task("one"), task("two"), plain(XOR, "merge"), task("after")],
        [
            *(("begun", "part"), ("part", "one"), ("part", "two"), ("one", "merge"), ("two", "merge")),
            *(("merge", "after"), ("after", "done")),
        ],
        ("double_run", "after"),
    ),
    "+ parts and a service comes twice": (
        [node(AND, "part"), plain(XOR, "merge"), service("tell", "notify", letter='"hello"'), *ASK, task("two")],
        [
            *(("begun", "part"), ("part", "ask"), ("part", "two"), ("ask", "merge"), ("two", "merge")),
            *(("merge", "tell"), ("tell", "done")),
        ],
        ("double_run", "tell"),
    ),
    "a circle without a person": (
        [service("tell", "notify", letter='"hello"'), plain(XOR, "which", "which__tell")],
        [("begun", "tell"), ("tell", "which"), ("which", "tell"), ("which", "done", "today() = date(2000, 1, 1)")],
        ("endless_loop", "tell"),
    ),
    "an operation that gets nothing": (
        [task("ask"), service("find", "look_up", "found", code="answer")],
        [("begun", "ask"), ("ask", "find"), ("find", "done")],
        ("walk_failed", "find"),
    ),
    "a due date that may be missing": (
        [task("ask"), task("later", dueDate="day")],
        [("begun", "ask"), ("ask", "later"), ("later", "done")],
        ("walk_failed", None),
    ),
}
FORMS = {
    "ask": (
        {"key": "answer", "type": "textfield"},
        {"key": "day", "type": "datetime", "subtype": "date", "dateLabel": "Gün"},
    )
}


@pytest.mark.parametrize(("nodes", "flows", "expected"), DRAWINGS.values(), ids=DRAWINGS)
def test_a_drawing_that_would_not_run_as_drawn_is_refused_at_its_element(
    nodes: list[str], flows: Flows, expected: tuple[str, str | None]
) -> None:
    extra = [task("again2")] if any("again2" in flow for flow in flows) else []
    verdict = judge(bundle([*nodes, *extra], flows, forms=FORMS))

    assert not verdict.passed
    assert expected in found(verdict)
    assert all(finding.line > 0 for finding in verdict.findings if finding.element and finding.file == "t.bpmn")


def inner_flow(source: str, target: str, condition: str = "") -> str:
    inside = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
    return f'<sequenceFlow id="{source}__{target}" sourceRef="{source}" targetRef="{target}">{inside}</sequenceFlow>'


INSIDE = (
    '<subProcess id="inside" name="inside">'
    + node("startEvent", "in_begun")
    + plain(XOR, "in_which", "in_which__in_one")
    + task("in_one")
    + node("endEvent", "in_done")
    + node("endEvent", "in_other")
    + inner_flow("in_begun", "in_which")
    + inner_flow("in_which", "in_one")
    + inner_flow("in_which", "in_other", 'answer = "other"')
    + inner_flow("in_one", "in_done")
    + "</subProcess>"
)

RUNNING: dict[str, tuple[list[str], Flows]] = {
    "a task": (ASK, LINE),
    "both ways, joined": (
        [node(AND, "part"), task("one"), task("two"), node(AND, "join")],
        [("begun", "part"), ("part", "one"), ("part", "two"), ("one", "join"), ("two", "join"), ("join", "done")],
    ),
    "some of the ways, joined": (
        [*ASK, plain(OR, "part", "part__one"), task("one"), task("two"), node(OR, "join")],
        [
            *(("begun", "ask"), ("ask", "part"), ("part", "one"), ("part", "two", 'answer = "two"')),
            *(("one", "join"), ("two", "join"), ("join", "done")),
        ],
    ),
    "a milestone": (
        [*ASK, node("intermediateThrowEvent", "reached")],
        [("begun", "ask"), ("ask", "reached"), ("reached", "done")],
    ),
    "an error that is caught": (
        [
            service("book", "book"),
            node("boundaryEvent", "failed", inside="<errorEventDefinition/>", attributes='attachedToRef="book"'),
            task("repair"),
        ],
        [("begun", "book"), ("book", "done"), ("failed", "repair"), ("repair", "done")],
    ),
    "a reminder beside a task": (
        [
            *ASK,
            timer(
                "boundaryEvent",
                "late",
                duration='duration("P1D")',
                attributes='attachedToRef="ask" cancelActivity="false"',
            ),
            service("tell", "notify", letter='"hello"'),
            node("endEvent", "told"),
        ],
        [*LINE, ("late", "tell"), ("tell", "told")],
    ),
    "a script that names an operation": (
        [
            node("scriptTask", "tell", inside="<script>book</script>"),
            event("boundaryEvent", "failed", "errorEventDefinition", 'attachedToRef="tell"'),
        ],
        [("begun", "tell"), ("tell", "done"), ("failed", "done")],
    ),
    "a send task": (
        [
            service("tell", "notify", letter='"hello"')
            .replace("serviceTask ", "sendTask ")
            .replace("/serviceTask", "/sendTask")
        ],
        [("begun", "tell"), ("tell", "done")],
    ),
    "a sub-process": ([*ASK, INSIDE], [("begun", "ask"), ("ask", "inside"), ("inside", "done")]),
    "a link": (
        [
            *ASK,
            node("intermediateThrowEvent", "jump", inside='<linkEventDefinition name="there"/>'),
            node("intermediateCatchEvent", "land", inside='<linkEventDefinition name="there"/>'),
            task("two"),
        ],
        [("begun", "ask"), ("ask", "jump"), ("land", "two"), ("two", "done")],
    ),
    "a picture of data": (
        [*ASK, '<dataObject id="data"/>', '<dataObjectReference id="data_shown" dataObjectRef="data"/>'],
        LINE,
    ),
}


@pytest.mark.parametrize(("nodes", "flows"), RUNNING.values(), ids=RUNNING)
def test_a_drawing_that_runs_as_drawn_passes_with_every_flow_taken(nodes: list[str], flows: Flows) -> None:
    verdict = judge(bundle(nodes, flows, forms=FORMS))

    assert verdict.passed, verdict.findings
    assert verdict.simulated is not None
    assert {f"{flow[0]}__{flow[1]}" for flow in flows} <= verdict.simulated.coverage.keys()


def test_a_case_goes_through_a_sub_process_and_on() -> None:
    verdict = judge(bundle([*ASK, INSIDE], [("begun", "ask"), ("ask", "inside"), ("inside", "done")], forms=FORMS))
    coverage = verdict.simulated.coverage

    assert coverage["inside"] == coverage["done"] == coverage["begun"]
    assert coverage["in_one"] + coverage["in_other"] == coverage["inside"]
    assert verdict.parts.diagram.elements["in_one"].role == "citizen"  # as the box


def test_flows_are_asked_in_the_order_of_the_file_wherever_their_boxes_stand() -> None:
    nodes = [*ASK, plain(XOR, "which", "which__done"), task("low"), task("high")]
    flows = [
        *(("begun", "ask"), ("ask", "which"), ("which", "low", "1 = 1"), ("which", "high", "1 = 1")),
        *(("which", "done"), ("low", "done"), ("high", "done")),
    ]
    files = bundle(nodes, flows, forms=FORMS)
    picture = (
        b'<d:BPMNDiagram xmlns:d="http://www.omg.org/spec/BPMN/20100524/DI" '
        b'xmlns:c="http://www.omg.org/spec/DD/20100524/DC"><d:BPMNPlane>'
        b'<d:BPMNShape bpmnElement="low"><c:Bounds x="0" y="900" width="1" height="1"/></d:BPMNShape>'
        b'<d:BPMNShape bpmnElement="high"><c:Bounds x="0" y="0" width="1" height="1"/></d:BPMNShape>'
        b"</d:BPMNPlane></d:BPMNDiagram></definitions>"
    )
    files["t.bpmn"] = files["t.bpmn"].replace(b"</definitions>", picture)
    coverage = judge(files).simulated.coverage

    assert "low" in coverage and "high" not in coverage


def test_every_finding_of_a_file_is_told_at_once() -> None:
    nodes = [task("ask", candidateRole="mayor"), service("tell", "shout", letter='"hello"'), plain(XOR, "which")]
    flows = [("begun", "ask"), ("ask", "tell"), ("tell", "which"), ("which", "ask", "= ="), ("which", "done", "x = 1")]
    codes = {code for code, _ in found(judge(bundle(nodes, flows)))}

    assert codes >= {"unknown_role", "unknown_operation", "no_default", "expression", "unknown_variable"}
