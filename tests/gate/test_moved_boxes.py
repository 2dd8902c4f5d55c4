"""
Cases in boxes and instances, carried over to another drawing: they go on there, or the move is refused with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest

from engine.gate.compiling import Parts
from engine.moving.positions import CannotMove, Carrying
from engine.simulation.stubs import MONDAY
from engine.spiff import read_state, write_state
from tests.gate.living import Lived, compiled, on
from tests.gate.test_boxes import INSIDE, LINE, at_any_time
from tests.gate.test_loops import repeated
from tests.support.drawing import box, many, node, task

FORMS = {"one": [{"key": "first"}], "two": [{"key": "second"}], "ask": [{"key": "asked"}]}
FORMS |= {"visit": [{"key": "found"}]}
BORDER = [*LINE, ("late", "sorry"), ("sorry", "done")]
OLD = ([task("ask"), INSIDE, on("inside", "late"), task("sorry")], BORDER)


def released(nodes: Sequence[str], flows: Sequence[tuple[str, ...]]) -> Parts:
    return compiled(nodes, flows, FORMS)


def carried(case: Lived, to: Parts, names: Mapping[str, str] | None = None) -> Lived:
    """
    Take a case to another release, as `engine.moving.moves` does without its tables.
    """
    old, new = case.walk.release, to
    moment = MONDAY + timedelta(days=30)
    begun = {"event_value": moment.isoformat(), "event_fired": False}
    carrying = Carrying(old.diagram, new.diagram, names or {}, new.program.specs, lambda event, data: begun)
    before = {one.id for one in case.walk.run.tasks}
    state = write_state(carrying.carry(read_state(case.walk.run.dump())))
    case.walk.release = new
    case.walk.run = new.program.resume(state, case.walk.world())
    assert {one.id for one in case.walk.run.tasks} == before
    case.walk.reload()
    return case


def test_a_case_in_a_box_keeps_its_place_and_its_timer() -> None:
    longer = [task("ask"), INSIDE, on("inside", "late", 'duration("P9D")'), task("sorry")]
    case = Lived(released(*OLD)).do("ask").do("one", first="y")
    due = case.walk.run.timers[0].due_at
    carried(case, released(longer, BORDER))

    assert case.open == ["late", "two"]
    assert case.walk.run.timers[0].due_at == due
    assert case.do("two").walk.run.ended


def test_an_event_on_the_border_comes_and_goes_with_the_move() -> None:
    without = box(
        "inside",
        [node("startEvent", "in_begun"), task("one"), task("two"), node("endEvent", "in_done"), at_any_time("stop")],
        [("in_begun", "one"), ("one", "two"), ("two", "in_done")],
    )
    both = [task("ask"), INSIDE, on("inside", "late"), on("inside", "soon"), task("sorry")]
    case = Lived(released(*OLD)).do("ask").do("one", first="y")
    carried(case, released(both, [*BORDER, ("soon", "sorry")]))
    assert case.open == ["late", "soon", "two"]
    assert case.do("soon").data("sorry")["first"] == "y"

    case = Lived(released(both, [*BORDER, ("soon", "sorry")])).do("ask").do("one", first="y")
    assert carried(case, released(*OLD)).open == ["late", "two"]
    with pytest.raises(CannotMove) as refused:
        carried(case, released([task("ask"), without], LINE))
    assert refused.value.reason.code in ("move.other_box", "move.other_kind", "move.no_place")


@pytest.mark.parametrize("step", ["ask", "inside"])
def test_a_running_case_can_be_withdrawn_by_what_was_drawn_later(step: str) -> None:
    nodes, flows = OLD
    case = Lived(released(nodes, flows))
    if step == "inside":
        case.do("ask", asked="x").do("one", first="y")
    later = released([*nodes, at_any_time("withdraw")], flows)
    carried(case, later)

    assert "withdraw_begun" in case.open
    case.do("withdraw_begun")
    assert case.open == ["withdraw_why"]
    assert case.data("withdraw_why").get("first") == ("y" if step == "inside" else None)
    assert case.do("withdraw_why").walk.run.ended


@pytest.mark.parametrize("step", ["ask", "inside"])
def test_what_could_happen_at_any_time_can_be_taken_away(step: str) -> None:
    nodes, flows = OLD
    case = Lived(released([*nodes, at_any_time("withdraw")], flows))
    if step == "inside":
        case.do("ask", asked="x")
    carried(case, released(nodes, flows))

    assert "withdraw_begun" not in case.open
    if step == "ask":
        case.do("ask")
    assert case.do("one").do("two").walk.run.ended


def test_a_case_whose_way_ended_waits_at_the_end_of_the_process_after_the_move() -> None:
    fork = [node("parallelGateway", "part"), task("one"), task("two"), node("endEvent", "also_done")]
    flows = [("begun", "part"), ("part", "one"), ("part", "two"), ("one", "done"), ("two", "also_done")]
    later = released([*fork, at_any_time("withdraw")], flows)
    case = carried(Lived(released(fork, flows)).do("one"), later)

    assert case.open == ["two", "withdraw_begun"]
    assert case.do("two").walk.run.ended
    back = carried(Lived(later).do("one"), released(fork, flows))
    assert back.do("two").walk.run.ended


def test_instances_move_one_by_one() -> None:
    line = [("begun", "visit"), ("visit", "done")]
    old = released([repeated(many("3", each="found", to="all_found"))], line)
    new = released(
        [repeated(many("3", each="found", to="all_found"), "visit"), on("visit", "late")], [*line, ("late", "done")]
    )
    case = carried(Lived(old).do("visit", found="a"), new)

    assert case.open == ["late", "visit", "visit"]
    assert case.do("visit", found="b").do("visit", found="c").walk.run.ended


def test_a_task_of_one_is_not_made_several_under_way() -> None:
    line = [("begun", "visit"), ("visit", "done")]
    one, three = released([task("visit")], line), released([repeated(many("3"))], line)

    with pytest.raises(CannotMove, match=r"move\.other_kind"):
        carried(Lived(one), three)
    with pytest.raises(CannotMove, match=r"move\.other_kind"):
        carried(Lived(three), one)


def test_a_task_that_was_put_into_a_box_does_not_move_until_it_is_done() -> None:
    nodes = [task("ask"), task("one"), task("two")]
    old = released(nodes, [("begun", "ask"), ("ask", "one"), ("one", "two"), ("two", "done")])

    with pytest.raises(CannotMove, match=r"move\.other_box"):
        carried(Lived(old).do("ask"), released(*OLD))
    assert carried(Lived(old), released(*OLD)).do("ask").open == ["late", "one"]


def test_a_gateway_where_the_ways_parted_may_be_gone() -> None:
    nodes = [task("ask"), node("parallelGateway", "part"), task("one"), task("two"), node("parallelGateway", "met")]
    flows = [("begun", "ask"), ("ask", "part"), ("part", "one"), ("part", "two"), ("one", "met"), ("two", "met")]
    renamed = [tuple(key.replace("part", "fork") for key in flow) for flow in flows]
    old = released(nodes, [*flows, ("met", "done")])
    new = released([one.replace('"part"', '"fork"') for one in nodes], [*renamed, ("met", "done")])

    assert carried(Lived(old).do("ask").do("one"), new).do("two").walk.run.ended
    assert carried(Lived(old).do("ask"), new).do("one").do("two").walk.run.ended
