"""
Events at the gate and in the simulation: each runs as drawn, with what it carries, or is refused at its element.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from engine.gate.checking import Verdict
from engine.gate.compiling import Parts, compile_bundle
from engine.simulation.searching import stubs_of
from engine.simulation.walking import Walk
from tests.gate.building import ROLES, bundle, found, judge, operations
from tests.support.drawing import box, declared, many, node, service, task, timer, told

CHOICE, AND, XOR = "eventBasedGateway", "parallelGateway", "exclusiveGateway"
CATCH, THROW, BORDER = "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"
NAMES = declared(message=["paid", "asked"], signal=["flood"], error=["broken"], escalation=["late"])
SUM = "context<sum: number>"
FORMS = {"ask": [{"key": "answer"}], "two": [{"key": "second"}]}
Flows = Sequence[tuple[str, ...]]


class First:
    def pick(self, _name: str, choices: Any) -> Any:
        return choices[0]


def judged(nodes: Sequence[str], flows: Flows) -> Verdict:
    return judge(bundle(nodes, flows, forms=FORMS, declares=NAMES))


def walk(nodes: Sequence[str], flows: Flows) -> Walk:
    verdict = judged(nodes, flows)
    assert verdict.passed, verdict.findings
    begun = Walk(verdict.parts, stubs_of(verdict.parts, operations(), {}, First()))
    begun.begin()
    begun.reload()
    return begun


def compiled(nodes: Sequence[str], flows: Flows) -> Parts:
    """Return what the gate would refuse, compiled all the same."""
    return compile_bundle(bundle(nodes, flows, forms=FORMS, declares=NAMES), operations(), ROLES)


def happens(begun: Walk, element: str, payload: Any = None, **answers: str) -> None:
    """Let what waits at an element happen, and read the state back."""
    one = next(one for one in begun.waiting if one.element == element)
    if one in begun.run.tasks:
        begun.answer(one, {key: [value] for key, value in answers.items()}, {})
    elif one in begun.run.timers:
        begun.fire(one)
    else:
        begun.tell(one, payload)
    begun.reload()


def waits(begun: Walk) -> set[str]:
    return {one.element for one in begun.waiting}


ON_ASK = 'attachedToRef="ask"'
BESIDE_ASK = 'attachedToRef="ask" cancelActivity="false"'
LINE = [("begun", "ask"), ("ask", "done")]

RUNNING: dict[str, tuple[list[str], Flows]] = {
    "the first of a message, a signal and a timer": (
        [
            node(CHOICE, "which"),
            told(CATCH, "paid", "message", "paid"),
            told(CATCH, "flood", "signal", "flood"),
            timer(CATCH, "late", duration='duration("P3D")'),
            task("two"),
        ],
        [
            *(("begun", "which"), ("which", "paid"), ("which", "flood"), ("which", "late")),
            *(("paid", "done"), ("flood", "done"), ("late", "two"), ("two", "done")),
        ],
    ),
    "the first of two receive tasks": (
        [
            node(CHOICE, "which"),
            node("receiveTask", "paid", attributes='messageRef="message_paid"'),
            node("receiveTask", "asked", attributes='messageRef="message_asked"'),
        ],
        [("begun", "which"), ("which", "paid"), ("which", "asked"), ("paid", "done"), ("asked", "done")],
    ),
    "a receive task that takes too long": (
        [
            node("receiveTask", "paid", attributes='messageRef="message_paid"'),
            timer(BORDER, "late", duration='duration("P3D")', attributes='attachedToRef="paid"'),
        ],
        [("begun", "paid"), ("paid", "done"), ("late", "done")],
    ),
    "a message sent by a task, on the way and at the end": (
        [
            node("sendTask", "tell", attributes='messageRef="message_paid"', payload='{sum: 5, to: "x"}'),
            told(THROW, "ask_back", "message", "asked", correlationKey="7"),
            told("endEvent", "done", "message", "paid"),
        ],
        [("begun", "tell"), ("tell", "ask_back"), ("ask_back", "done")],
    ),
    "a signal on the way and at the end": (
        [told(THROW, "warn", "signal", "flood"), told("endEvent", "done", "signal", "flood")],
        [("begun", "warn"), ("warn", "done")],
    ),
    "a message that ends a task": (
        [task("ask"), told(BORDER, "withdrawn", "message", "asked", attributes=ON_ASK)],
        [*LINE, ("withdrawn", "done")],
    ),
    "a message beside a task": (
        [
            task("ask"),
            told(BORDER, "asked", "message", "asked", attributes=BESIDE_ASK),
            service("tell", "notify", letter='"hello"'),
            node("endEvent", "told"),
        ],
        [*LINE, ("asked", "tell"), ("tell", "told")],
    ),
    "a signal that ends a task": (
        [task("ask"), told(BORDER, "flood", "signal", "flood", attributes=ON_ASK)],
        [*LINE, ("flood", "done")],
    ),
    "what a message carries decides": (
        [
            told(CATCH, "paid", "message", "paid", payloadVariable="bill", payloadType=SUM),
            node(XOR, "which", attributes='default="which__done"'),
            task("two"),
        ],
        [("begun", "paid"), ("paid", "which"), ("which", "done"), ("which", "two", "bill.sum > 7"), ("two", "done")],
    ),
    "what a message carries decides, though it does not say what that is": (
        [
            told(CATCH, "paid", "message", "paid", payloadVariable="bill"),
            node(XOR, "which", attributes='default="which__done"'),
            task("two"),
        ],
        [("begun", "paid"), ("paid", "which"), ("which", "done"), ("which", "two", "bill.sum > 7"), ("two", "done")],
    ),
    "a message that begins the process": (
        [
            told("startEvent", "begun", "message", "asked", payloadVariable="order", payloadType=SUM),
            node(XOR, "which", attributes='default="which__done"'),
            task("two"),
        ],
        [("begun", "which"), ("which", "done"), ("which", "two", "order.sum > 7"), ("two", "done")],
    ),
    "a condition that another branch makes true": (
        [
            node(AND, "part"),
            task("ask"),
            told(CATCH, "ready", "conditional", text='answer = "yes"'),
            node(AND, "join"),
            node(XOR, "again", attributes='default="again__ask"'),
        ],
        [
            *(("begun", "part"), ("part", "ask"), ("part", "ready"), ("ask", "again"), ("again", "ask")),
            *(("again", "join", 'answer = "yes"'), ("ready", "join"), ("join", "done")),
        ],
    ),
    "an error that ends everything": (
        [node(AND, "part"), task("ask"), told("endEvent", "failed", "error", "broken"), task("two")],
        [("begun", "part"), ("part", "ask"), ("part", "two"), ("ask", "failed"), ("two", "done")],
    ),
    "an error that leaves a sub-process": (
        [
            box(
                "inside",
                [
                    *(node("startEvent", "in_begun"), task("ask")),
                    node(XOR, "well", attributes='default="well__in_done"'),
                    *(node("endEvent", "in_done"), told("endEvent", "failed", "error", "broken")),
                ],
                [
                    *(("in_begun", "ask"), ("ask", "well"), ("well", "in_done")),
                    ("well", "failed", 'answer = "broken"'),
                ],
            ),
            told(BORDER, "caught", "error", "broken", attributes='attachedToRef="inside"'),
            task("two"),
        ],
        [("begun", "inside"), ("inside", "done"), ("caught", "two"), ("two", "done")],
    ),
    "an escalation that is told outside while the inside goes on": (
        [
            box(
                "inside",
                [
                    *(node("startEvent", "in_begun"), told(THROW, "warn", "escalation", "late")),
                    *(task("ask"), node("endEvent", "in_done")),
                ],
                [("in_begun", "warn"), ("warn", "ask"), ("ask", "in_done")],
            ),
            told(BORDER, "heard", "escalation", "late", attributes='attachedToRef="inside" cancelActivity="false"'),
            *(task("two"), node("endEvent", "noted")),
        ],
        [("begun", "inside"), ("inside", "done"), ("heard", "two"), ("two", "noted")],
    ),
    "a message at any time": (
        [
            task("ask"),
            box(
                "withdrawal",
                [
                    told("startEvent", "withdrawn", "message", "asked", attributes='isInterrupting="true"'),
                    *(task("two"), node("endEvent", "gone")),
                ],
                [("withdrawn", "two"), ("two", "gone")],
                attributes='triggeredByEvent="true"',
            ),
        ],
        LINE,
    ),
    "a message that ends a sub-process": (
        [
            box(
                "inside",
                [node("startEvent", "in_begun"), task("ask"), task("two"), node("endEvent", "in_done")],
                [("in_begun", "ask"), ("ask", "two"), ("two", "in_done")],
            ),
            told(BORDER, "withdrawn", "message", "asked", attributes='attachedToRef="inside"'),
        ],
        [("begun", "inside"), ("inside", "done"), ("withdrawn", "done")],
    ),
    "an escalation on the way and at the end": (
        [told(THROW, "warn", "escalation", "late"), told("endEvent", "done", "escalation", "late")],
        [("begun", "warn"), ("warn", "done")],
    ),
}


@pytest.mark.parametrize(("nodes", "flows"), RUNNING.values(), ids=RUNNING)
def test_events_run_as_drawn_with_every_flow_taken(nodes: list[str], flows: Flows) -> None:
    verdict = judged(nodes, flows)

    assert verdict.passed, verdict.findings
    assert verdict.simulated is not None
    assert {f"{flow[0]}__{flow[1]}" for flow in flows} <= verdict.simulated.coverage.keys()


@pytest.mark.parametrize("first", ["paid", "flood", "late"])
def test_what_happens_first_behind_an_event_gateway_ends_the_others(first: str) -> None:
    begun = walk(*RUNNING["the first of a message, a signal and a timer"])
    assert waits(begun) == {"paid", "flood", "late"}
    happens(begun, first)

    assert waits(begun) == ({"two"} if first == "late" else set())
    assert [key for key in begun.path if key.startswith("which")] == ["which", f"which__{first}"]


def test_two_timers_that_are_due_together_take_one_way() -> None:
    nodes = [node(CHOICE, "which"), *(timer(CATCH, key, duration='duration("P1D")') for key in ("one", "other"))]
    begun = walk(nodes, [("begun", "which"), ("which", "one"), ("which", "other"), ("one", "done"), ("other", "done")])
    begun.now += timedelta(days=2)
    begun.fire(begun.run.timers[1])

    assert begun.run.ended and begun.path.count("done") == 1


def test_an_event_beside_a_task_comes_as_often_as_it_comes() -> None:
    begun = walk(*RUNNING["a message beside a task"])
    for _ in range(3):
        happens(begun, "asked")
        assert waits(begun) == {"ask", "asked"}
    happens(begun, "ask")

    assert begun.run.ended
    assert begun.path.count("tell") == 3


def test_a_message_that_ends_a_task_ends_it() -> None:
    begun = walk(*RUNNING["a message that ends a task"])
    happens(begun, "withdrawn")

    assert begun.run.ended and "ask" not in begun.path


def test_a_condition_sees_what_another_branch_writes_and_stays_true_once_it_was() -> None:
    begun = walk(*RUNNING["a condition that another branch makes true"])
    happens(begun, "ask", answer="no")
    assert begun.run.tokens == {"ask", "ready"}
    happens(begun, "ask", answer="yes")

    assert begun.run.ended and begun.path.count("ready") == 1


def test_a_condition_that_came_true_before_anybody_waited_for_it_happens_at_once() -> None:
    nodes = [
        *(node(AND, "part"), task("ask"), task("two"), node(AND, "join")),
        told(CATCH, "ready", "conditional", text='answer = "yes"'),
    ]
    flows = [
        *(("begun", "part"), ("part", "ask"), ("part", "two"), ("two", "ready"), ("ready", "join")),
        *(("ask", "join"), ("join", "done")),
    ]
    verdict = judged(nodes, flows)
    assert ("deadlock", "join") in found(verdict) or ("deadlock", "ready") in found(verdict)  # it may never come true
    parts = compiled(nodes, flows)
    begun = Walk(parts, stubs_of(parts, operations(), {}, First()))
    begun.begin()
    happens(begun, "ask", answer="yes")
    happens(begun, "two")

    assert begun.run.ended


def test_a_condition_beside_a_task_comes_each_time_it_becomes_true() -> None:
    nodes = [
        *(node(AND, "part"), task("ask"), task("two"), node(AND, "join")),
        *(node(XOR, "again", attributes='default="again__ask"'), node("endEvent", "noted")),
        told(
            BORDER,
            "high",
            "conditional",
            text='answer = "high"',
            attributes='attachedToRef="two" cancelActivity="false"',
        ),
    ]
    flows = [
        *(("begun", "part"), ("part", "ask"), ("part", "two"), ("ask", "again"), ("again", "ask")),
        *(("again", "join", 'answer = "end"'), ("two", "join"), ("join", "done"), ("high", "noted")),
    ]
    begun = walk(nodes, flows)
    for answer in ("high", "high", "low", "high"):
        happens(begun, "ask", answer=answer)

    assert begun.path.count("high") == 2


def test_an_error_that_nothing_catches_ends_the_case() -> None:
    begun = walk(*RUNNING["an error that ends everything"])
    happens(begun, "ask", answer="x")

    assert begun.run.ended and not begun.run.tasks
    assert begun.path[-1] == "failed"


def test_an_error_that_leaves_a_sub_process_ends_it() -> None:
    begun = walk(*RUNNING["an error that leaves a sub-process"])
    happens(begun, "ask", answer="broken")
    assert waits(begun) == {"two"}
    assert "inside" not in begun.path
    happens(begun, "two")
    assert begun.run.ended and begun.path.count("done") == 1

    fine = walk(*RUNNING["an error that leaves a sub-process"])
    happens(fine, "ask", answer="fine")
    assert fine.run.ended and "caught" not in fine.path


def test_an_escalation_is_heard_outside_while_the_inside_goes_on() -> None:
    begun = walk(*RUNNING["an escalation that is told outside while the inside goes on"])
    assert waits(begun) == {"ask", "two"}
    happens(begun, "ask")
    happens(begun, "two")

    assert begun.run.ended


def test_an_escalation_that_ends_a_sub_process_ends_it() -> None:
    nodes, flows = RUNNING["an escalation that is told outside while the inside goes on"]
    stops = [drawn.replace(' cancelActivity="false"', "") for drawn in nodes]
    parts = compiled(stops, flows)
    begun = Walk(parts, stubs_of(parts, operations(), {}, First()))
    begun.begin()
    begun.reload()

    assert waits(begun) == {"two"}


def test_a_message_that_comes_at_any_time_ends_what_is_open() -> None:
    begun = walk(*RUNNING["a message at any time"])
    assert waits(begun) == {"ask", "withdrawn"}
    happens(begun, "withdrawn")
    assert waits(begun) == {"two"}
    happens(begun, "two")

    assert begun.run.ended


@pytest.mark.parametrize("before", [(), ("ask",)])
def test_a_message_ends_a_sub_process_wherever_it_stands(before: Sequence[str]) -> None:
    begun = walk(*RUNNING["a message that ends a sub-process"])
    for element in before:
        happens(begun, element, answer="x")
    happens(begun, "withdrawn")

    assert begun.run.ended


REFUSED: dict[str, tuple[list[str], Flows, tuple[str, str | None]]] = {
    "a message without a name": (
        [told(CATCH, "wait", "message")],
        [("begun", "wait"), ("wait", "done")],
        ("no_message", "wait"),
    ),
    "a receive task without a message": (
        [node("receiveTask", "wait")],
        [("begun", "wait"), ("wait", "done")],
        ("no_message", "wait"),
    ),
    "a condition without text": (
        [told(CATCH, "wait", "conditional")],
        [("begun", "wait"), ("wait", "done")],
        ("no_event_condition", "wait"),
    ),
    "a condition that is a number": (
        [task("ask"), told(BORDER, "wait", "conditional", text="1 + 1", attributes=ON_ASK)],
        [*LINE, ("wait", "done")],
        ("wrong_type", "wait"),
    ),
    "a condition over a name that nobody writes": (
        [task("ask"), told(BORDER, "wait", "conditional", text="nobody = 1", attributes=ON_ASK)],
        [*LINE, ("wait", "done")],
        ("unknown_variable", "wait"),
    ),
    "an end whose error has no code": (
        [node("endEvent", "done", inside="<errorEventDefinition/>")],
        [("begun", "done")],
        ("no_error_code", "done"),
    ),
    "a gateway with one event": (
        [node(CHOICE, "which"), told(CATCH, "paid", "message", "paid")],
        [("begun", "which"), ("which", "paid"), ("paid", "done")],
        ("choice_of_one", "which"),
    ),
    "a gateway with a task behind it": (
        [node(CHOICE, "which"), told(CATCH, "paid", "message", "paid"), task("ask")],
        [("begun", "which"), ("which", "paid"), ("which", "ask"), ("paid", "done"), ("ask", "done")],
        ("choice_of_no_event", "ask"),
    ),
    "an event behind a gateway that something else leads to": (
        [
            *(node(AND, "part"), node(CHOICE, "which"), task("ask")),
            *(told(CATCH, "paid", "message", "paid"), told(CATCH, "flood", "signal", "flood")),
        ],
        [
            *(("begun", "part"), ("part", "which"), ("part", "ask"), ("ask", "paid")),
            *(("which", "paid"), ("which", "flood"), ("paid", "done"), ("flood", "done")),
        ],
        ("choice_from_elsewhere", "paid"),
    ),
    "two events behind a gateway for one message": (
        [node(CHOICE, "which"), *(told(CATCH, key, "message", "paid") for key in ("one", "other"))],
        [("begun", "which"), ("which", "one"), ("which", "other"), ("one", "done"), ("other", "done")],
        ("twin_event", "other"),
    ),
    "a message at a service task": (
        [
            service("tell", "notify", letter='"hello"'),
            told(BORDER, "asked", "message", "asked", attributes='attachedToRef="tell"'),
        ],
        [("begun", "tell"), ("tell", "done"), ("asked", "done")],
        ("event_on_work", "asked"),
    ),
    "an escalation at a person's task": (
        [task("ask"), told(BORDER, "late", "escalation", "late", attributes=ON_ASK)],
        [*LINE, ("late", "done")],
        ("escalation_on_task", "late"),
    ),
    "an escalation that nothing inside throws": (
        [
            box(
                "inside",
                [node("startEvent", "in_begun"), task("ask"), node("endEvent", "in_done")],
                [("in_begun", "ask"), ("ask", "in_done")],
            ),
            told(BORDER, "late", "escalation", "late", attributes='attachedToRef="inside"'),
        ],
        [("begun", "inside"), ("inside", "done"), ("late", "done")],
        ("escalation_never_thrown", "late"),
    ),
    "a condition where several instances run": (
        [
            node("userTask", "ask", formKey="ask").replace("</userTask>", many("3") + "</userTask>"),
            told(BORDER, "wait", "conditional", text='answer = "x"', attributes=ON_ASK),
        ],
        [*LINE, ("wait", "done")],
        ("condition_apart", "wait"),
    ),
    "a type that is none": (
        [told(CATCH, "paid", "message", "paid", payloadVariable="bill", payloadType="money")],
        [("begun", "paid"), ("paid", "done")],
        ("payload_type", "paid"),
    ),
    "a payload compared with a text": (
        [
            told(CATCH, "paid", "message", "paid", payloadVariable="bill", payloadType=SUM),
            node(XOR, "which", attributes='default="which__done"'),
            task("two"),
        ],
        [("begun", "paid"), ("paid", "which"), ("which", "done"), ("which", "two", 'bill.sum = "x"'), ("two", "done")],
        ("types_differ", "which__two"),
    ),
    "a process that begins by a condition": (
        [told("startEvent", "begun", "conditional", text="1 = 1"), task("ask")],
        LINE,
        ("unsupported", "begun"),
    ),
    "a key that is true or false": (
        [told(CATCH, "paid", "message", "paid", correlationKey="1 = 1")],
        [("begun", "paid"), ("paid", "done")],
        ("wrong_type", "paid"),
    ),
}


@pytest.mark.parametrize(("nodes", "flows", "expected"), REFUSED.values(), ids=REFUSED)
def test_an_event_that_could_not_happen_as_drawn_is_refused_at_its_element(
    nodes: list[str], flows: Flows, expected: tuple[str, str | None]
) -> None:
    verdict = judged(nodes, flows)

    assert not verdict.passed
    assert expected in found(verdict)
