"""
Ad-hoc sub-processes: what no flow leads to is offered at once, until all is done or the condition holds.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.gate.compiling import Parts
from tests.gate import living
from tests.gate.building import bundle, found, judge
from tests.gate.living import Lived, on
from tests.gate.test_boxes import at_any_time
from tests.gate.test_moved_boxes import carried
from tests.support.drawing import again, box, many, node, service, task

FORMS = {"ask": [{"key": "answer"}], "one": [{"key": "first"}], "two": [{"key": "second"}]}
LINE = [("begun", "ask"), ("ask", "free"), ("free", "after"), ("after", "done")]
THREE = [task("one"), task("two"), task("three")]


def free(
    nodes: Sequence[str], flows: Sequence[tuple[str, ...]] = (), *, until: str = "", how: str = "", attributes: str = ""
) -> str:
    condition = f"<completionCondition>{until}</completionCondition>" if until else ""
    return box("free", [how, *nodes, condition], flows, kind="adHocSubProcess", attributes=attributes)


def passed(drawn: str, *more: str, ways: Sequence[tuple[str, ...]] = ()) -> Parts:
    return living.passed([task("ask"), drawn, task("after"), *more], [*LINE, *ways], FORMS)


def test_what_no_flow_leads_to_is_offered_at_once_and_all_of_it_is_waited_for() -> None:
    case = Lived(passed(free(THREE, [("two", "three")]))).do("ask")

    assert case.open == ["one", "two"]
    assert case.do("two", second="s").open == ["one", "three"]
    assert case.do("three").open == ["one"]
    assert case.do("one", first="f").open == ["after"]
    assert case.data("after") == {"answer": None, "first": "f", "second": "s"}
    assert case.do("after").walk.run.ended
    assert case.walk.path.count("free") == 1


def test_once_the_condition_holds_what_is_open_ends() -> None:
    parts = passed(free(THREE, [("two", "three")], until='first = "x"'))
    case = Lived(parts).do("ask").do("two", second="s").do("one", first="x")

    assert case.open == ["after"]
    assert case.data("after") == {"answer": None, "first": "x", "second": "s"}
    assert Lived(parts).do("ask").do("one", first="y").do("two").do("three").open == ["after"]


def test_the_condition_is_asked_after_a_task_and_not_before() -> None:
    parts = passed(free(THREE[:2], until='answer = "x"'))
    case = Lived(parts).do("ask", answer="x")

    assert case.open == ["one", "two"]
    assert case.do("two").open == ["after"]


def test_an_operation_in_it_is_done_at_once() -> None:
    drawn = free([service("tell", "notify", letter='"hello"'), task("one")], until='answer = "x"')
    parts = living.compiled([task("ask"), drawn, task("after")], LINE, FORMS)

    assert Lived(parts).do("ask", answer="y").open == ["one"]
    assert Lived(parts).do("ask", answer="x").open == ["after"]


def test_it_may_have_events_on_its_border_and_on_its_tasks_and_run_several_times() -> None:
    nodes = [task("one"), on("one", "soon"), task("two")]
    parts = passed(free(nodes, until='second = "x"'), on("free", "late", 'duration("P9D")'), ways=[("late", "after")])

    assert Lived(parts).do("ask").open == ["late", "one", "soon", "two"]
    assert Lived(parts).do("ask").do("late").open == ["after"]
    assert Lived(parts).do("ask").do("soon").do("two").open == ["after"]
    for how in (many("2"), again(most="2")):
        case = Lived(passed(free(THREE[:2], how=how))).do("ask")
        for _ in range(2):
            case.do("one").do("two")
        assert case.open == ["after"]


def test_something_can_happen_in_it_at_any_time() -> None:
    parts = passed(free([task("one"), task("two"), at_any_time("stop")], until='first = "x"'))

    assert Lived(parts).do("ask").open == ["one", "stop_begun", "two"]
    assert Lived(parts).do("ask").do("stop_begun").open == ["stop_why"]
    assert Lived(parts).do("ask").do("one", first="x").open == ["after"]


def test_a_link_in_it_is_a_flow() -> None:
    link = '<linkEventDefinition name="there"/>'
    jump = [node("intermediateThrowEvent", "jump", inside=link), node("intermediateCatchEvent", "land", inside=link)]
    case = Lived(passed(free([*THREE, *jump], [("two", "jump"), ("land", "three")]))).do("ask")

    assert case.open == ["one", "two"]
    assert case.do("two").open == ["one", "three"]


def test_a_case_in_it_moves_to_a_newer_release() -> None:
    old = passed(free(THREE, [("two", "three")], until='first = "x"'))
    longer = [*THREE, node("manualTask", "four", formKey="two", candidateRole="citizen")]
    new = passed(free(longer, [("two", "four"), ("four", "three")], until='first = "y"'))
    case = carried(Lived(old).do("ask").do("two", second="s"), new)

    assert case.open == ["one", "three"]
    assert case.do("one", first="y").open == ["after"]


REFUSED = {
    "tasks in turn": (free(THREE, attributes='ordering="Sequential"'), ("unsupported_attribute", "free")),
    "what is open goes on": (
        free(THREE, until='answer = "x"', attributes='cancelRemainingInstances="false"'),
        ("unsupported_attribute", "free"),
    ),
    "nothing in it": (free([]), ("unsupported", "free")),
    "a start in it": (free([node("startEvent", "in_begun"), task("one")]), ("unsupported", "free")),
    "a condition that can't be read": (free(THREE, until="= ="), ("expression", "free")),
    "a condition over nothing": (free(THREE, until="nothing = 1"), ("unknown_variable", "free")),
    "a condition of each of several": (
        free(THREE, until='answer = "x"', how=again(most="2")),
        ("condition_apart", "free"),
    ),
}


@pytest.mark.parametrize(("drawn", "expected"), REFUSED.values(), ids=REFUSED)
def test_one_that_would_not_run_as_drawn_is_refused_where_it_is_drawn(drawn: str, expected: tuple[str, str]) -> None:
    verdict = judge(bundle([task("ask"), drawn, task("after")], LINE, forms=FORMS))

    assert expected in found(verdict)
    assert all(one.line for one in verdict.findings if one.element == "free")
