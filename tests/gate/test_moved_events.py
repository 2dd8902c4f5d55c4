"""
Cases that wait for messages, signals and timers, carried over to another release.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from engine.moving.positions import CannotMove, Carrying
from engine.simulation.walking import Walk
from engine.spiff import read_state, write_state
from tests.gate.test_events import (
    BORDER,
    CATCH,
    CHOICE,
    ON_ASK,
    RUNNING,
    Flows,
    compiled,
    happens,
    waits,
    walk,
)
from tests.support.drawing import node, task, timer, told

LINE = [("begun", "ask"), ("ask", "done")]
FIRST = RUNNING["the first of a message, a signal and a timer"]


def carried(case: Walk, nodes: Sequence[str], flows: Flows, names: Mapping[str, str] | None = None) -> Walk:
    """Take a case to another release, as `engine.moving.moves` does without its tables."""
    new: Any = compiled(nodes, flows)
    old, case.release = case.release, new
    carrying = Carrying(old.diagram, new.diagram, names or {}, new.program.specs, case.world().begun)
    state = write_state(carrying.carry(read_state(case.run.dump())))
    case.run = new.program.resume(state, case.world())
    case.reload()
    return case


def changed(old: str, new: str) -> list[str]:
    return [drawn.replace(old, new) for drawn in FIRST[0]]


def test_what_waits_behind_a_gateway_goes_on_waiting_with_its_key_and_moment() -> None:
    case = walk(*FIRST)
    events, timers = case.run.events, case.run.timers
    carried(case, changed("P3D", "P9D"), FIRST[1])

    assert (case.run.events, case.run.timers) == (events, timers)
    happens(case, "paid")
    assert case.run.ended


def test_a_new_event_behind_a_gateway_begins_to_wait_and_one_that_is_gone_ends() -> None:
    nodes = [
        *(one for one in FIRST[0] if 'id="flood"' not in one),
        told(CATCH, "asked", "message", "asked", correlationKey="7"),
    ]
    flows = [*(flow for flow in FIRST[1] if "flood" not in flow), ("which", "asked"), ("asked", "two")]
    case = carried(walk(*FIRST), nodes, flows)

    assert waits(case) == {"paid", "late", "asked"}
    assert next(one.key for one in case.run.events if one.element == "asked") == "7"
    happens(case, "asked")
    assert waits(case) == {"two"}


def test_another_message_at_the_same_event_is_waited_for_from_now_on() -> None:
    case = carried(walk(*FIRST), changed("message_paid", "message_asked"), FIRST[1])

    assert {one.name for one in case.run.events} == {"asked", "flood"}


def test_a_renamed_event_keeps_waiting() -> None:
    nodes = changed('"paid"', '"paid_now"')
    flows = [tuple("paid_now" if end == "paid" else end for end in flow) for flow in FIRST[1]]
    case = walk(*FIRST)
    token = next(one.id for one in case.run.events if one.element == "paid")
    carried(case, nodes, flows, {"paid": "paid_now"})

    assert next(one.element for one in case.run.events if one.id == token) == "paid_now"


def test_a_gateway_that_is_gone_refuses_the_move() -> None:
    with pytest.raises(CannotMove) as refused:
        carried(walk(*FIRST), [task("ask")], LINE)

    assert refused.value.reason.code == "move.no_place"


def test_a_timer_that_became_a_message_is_another_event() -> None:
    late = timer(BORDER, "late", duration='duration("P1D")', attributes=ON_ASK)
    case = walk([task("ask"), late], [*LINE, ("late", "done")])
    message = told(BORDER, "late", "message", "asked", attributes=ON_ASK)
    carried(case, [task("ask"), message], [*LINE, ("late", "done")])

    assert [one.name for one in case.run.events] == ["asked"]
    assert case.run.timers == ()


def test_a_receive_task_keeps_waiting_and_gets_its_new_timer() -> None:
    receive = node("receiveTask", "paid", attributes='messageRef="message_paid"')
    case = walk([receive], [("begun", "paid"), ("paid", "done")])
    late = timer(BORDER, "late", duration='duration("P1D")', attributes='attachedToRef="paid"')
    carried(case, [receive, late], [("begun", "paid"), ("paid", "done"), ("late", "done")])

    assert waits(case) == {"paid", "late"}
    happens(case, "late")
    assert case.run.ended


def test_a_catching_event_is_not_a_gateway() -> None:
    case = walk([told(CATCH, "paid", "message", "paid")], [("begun", "paid"), ("paid", "done")])
    nodes = [node(CHOICE, "paid"), told(CATCH, "one", "message", "paid"), told(CATCH, "two", "signal", "flood")]
    flows = [("begun", "paid"), ("paid", "one"), ("paid", "two"), ("one", "done"), ("two", "done")]
    with pytest.raises(CannotMove):
        carried(case, nodes, flows)
