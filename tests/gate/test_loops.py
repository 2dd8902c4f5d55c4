"""
Elements that run more than once: for each of a list, beside each other or in turn, or while a condition holds.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.storage.data import load
from tests.gate.building import bundle, found, judge
from tests.gate.living import Lived, compiled, on, passed
from tests.support.drawing import again, box, many, node, service, task

FORMS = {"ask": [{"key": "crews", "type": "taglist", "values": [{"value": v, "label": v} for v in "abc"]}]}
FORMS |= {"visit": [{"key": "found"}], "rest": [{"key": "note"}], "more": [{"key": "enough"}]}
LINE = [("begun", "ask"), ("ask", "visit"), ("visit", "rest"), ("rest", "done")]


def repeated(how: str, key: str = "visit") -> str:
    return task(key).replace("</userTask>", how + "</userTask>")


def lived(how: str, nodes: Sequence[str] = (), flows: Sequence[tuple[str, ...]] = ()) -> Lived:
    return Lived(passed([task("ask"), repeated(how), task("rest"), *nodes], [*LINE, *flows], FORMS))


def test_each_of_a_list_gets_a_task_beside_the_others() -> None:
    case = lived(many("crews", item="crew", each="found", to="all_found")).do("ask", crews=["a", "b", "c"])

    assert case.open == ["visit"] * 3
    assert [one.data["crew"] for one in case.walk.run.tasks] == ["a", "b", "c"]
    assert [one.data["loopCounter"] for one in case.walk.run.tasks] == [1, 2, 3]
    case.do("visit", at=2, found="third").do("visit", at=0, found="first").do("visit", found="second")
    assert case.data("rest") == {"crews": ["a", "b", "c"], "all_found": ["first", "second", "third"]}


def test_in_turn_the_next_begins_when_the_one_before_has_ended() -> None:
    case = lived(many("crews", item="crew", each="found", to="all_found", in_turn=True)).do("ask", crews=["a", "c"])

    assert case.open == ["visit"] and case.data("visit")["crew"] == "a"
    case.do("visit", found="x")
    assert case.open == ["visit"] and case.data("visit")["crew"] == "c"
    assert "found" not in case.data("visit")
    case.do("visit", found="y")
    assert case.data("rest")["all_found"] == ["x", "y"]


@pytest.mark.parametrize("in_turn", [True, False])
def test_for_none_of_an_empty_list_nothing_runs(in_turn: bool) -> None:
    case = lived(many("crews", item="crew", each="found", to="all_found", in_turn=in_turn)).do("ask", crews=[])

    assert case.open == ["rest"]
    assert case.data("rest")["all_found"] == []


@pytest.mark.parametrize("in_turn", [True, False])
def test_once_enough_have_ended_the_others_need_not(in_turn: bool) -> None:
    how = many("3", each="found", to="all_found", in_turn=in_turn, until="numberOfCompletedInstances = 2")
    case = lived(how).do("ask").do("visit", found="x").do("visit", found="y")

    assert case.open == ["rest"]
    assert case.data("rest")["all_found"] == ["x", "y"]


def test_what_was_answered_in_one_instance_is_not_known_in_the_next() -> None:
    case = lived(many("2")).do("ask").do("visit", found="x")

    assert "found" not in case.walk.context(case.walk.run.tasks[0])
    assert "found" not in case.do("visit", found="y").walk.context(case.walk.run.tasks[0])


def test_an_event_on_the_border_ends_every_instance() -> None:
    case = lived(many("crews"), [on("visit", "late"), task("sorry")], [("late", "sorry"), ("sorry", "done")])
    case.do("ask", crews=["a", "b"]).do("visit").do("late")

    assert case.open == ["sorry"]


def test_a_service_runs_for_each_and_its_error_ends_them_all() -> None:
    how = many("crews", item="crew", each="known", to="all_known")
    looks = service("look", "look_up", "known", code="crew").replace("</serviceTask>", how + "</serviceTask>")
    nodes, flows = [task("ask"), looks, task("rest")], [("begun", "ask"), ("ask", "look"), ("look", "rest")]
    case = Lived(passed(nodes, [*flows, ("rest", "done")], FORMS)).do("ask", crews=["a", "b"])

    assert len(case.data("rest")["all_known"]) == 2
    assert [one.operation for one in case.walk.stubs.performed] == ["look_up", "look_up"]


INSIDE = [node("startEvent", "in_begun"), task("visit"), task("more"), node("endEvent", "in_done")]
INNER = [("in_begun", "visit"), ("visit", "more"), ("more", "in_done")]
OUTER = [("begun", "ask"), ("ask", "inside"), ("inside", "rest"), ("rest", "done")]


def boxed(how: str, *nodes: str) -> list[str]:
    return [task("ask"), box("inside", INSIDE, INNER).replace("</subProcess>", how + "</subProcess>"), *nodes]


def test_a_box_runs_for_each_with_what_it_learns_kept_inside() -> None:
    how = many("crews", item="crew", each="found", to="all_found")
    case = Lived(passed(boxed(how, task("rest")), OUTER, FORMS)).do("ask", crews=["a", "b"])

    assert case.open == ["visit", "visit"]
    case.do("visit", at=1, found="b's")
    assert case.open == ["more", "visit"]
    assert case.data("more") == {"crews": ["a", "b"], "crew": "b", "loopCounter": 2, "found": "b's"}
    case.do("more").do("visit", found="a's").do("more")
    assert case.data("rest") == {"crews": ["a", "b"], "all_found": ["a's", "b's"]}


def test_an_event_on_the_border_of_a_repeated_box_ends_all_that_is_in_it() -> None:
    how = many("crews", in_turn=False)
    nodes = boxed(how, task("rest"), on("inside", "late"), task("sorry"))
    case = Lived(passed(nodes, [*OUTER, ("late", "sorry"), ("sorry", "done")], FORMS)).do("ask", crews=["a", "b"])
    case.do("visit").do("late")

    assert case.open == ["sorry"]
    assert b"Start" in case.walk.run.dump() and len(load(case.walk.run.dump())["t"]) == 2


def test_a_loop_goes_on_with_what_the_time_before_knew() -> None:
    case = lived(again('found = null or found != "all"')).do("ask").do("visit", found="some")

    assert case.open == ["visit"]
    assert case.data("visit")["found"] == "some"
    assert case.do("visit", found="all").open == ["rest"]
    assert case.data("rest")["found"] == "all"


def test_a_loop_ends_at_its_highest_number_of_times() -> None:
    case = lived(again(most="2")).do("ask").do("visit").do("visit")

    assert case.open == ["rest"]


def test_a_loop_may_ask_before_the_first_time() -> None:
    case = lived(again("crews != null and count(crews) > 1 and loopCounter < 1", first=True))

    assert case.do("ask", crews=["a"]).open == ["rest"]


def test_a_box_loops() -> None:
    case = Lived(passed(boxed(again('enough != "yes"'), task("rest")), OUTER, FORMS)).do("ask")
    case.do("visit").do("more", enough="no")

    assert case.open == ["visit"]
    assert case.do("visit").do("more", enough="yes").open == ["rest"]


REFUSED = {
    "nothing to count": (many("3").replace("<loopCardinality>3</loopCardinality>", ""), "loop_over_what"),
    "a list and a number": (
        many("crews").replace("<loopDataInputRef>", "<loopCardinality>2</loopCardinality><loopDataInputRef>"),
        "loop_over_what",
    ),
    "a loop without an end": (again(), "loop_for_ever"),
    "a list that nobody takes": (many("crews", to="all_found"), "loop_gives_half"),
    "an item of a number": (many("3", item="crew"), "loop_item_of_nothing"),
    "a name that is none": (many("crews", item="a crew"), "variable_name"),
    "a number where a list is wanted": (many("count(crews)"), "wrong_type"),
    "an unknown list": (many("nobody"), "unknown_variable"),
    "a condition over what nobody writes": (many("2", until="all_found = null or nothing > 1"), "unknown_variable"),
    "a condition that can't be read": (again("= ="), "expression"),
    "an event for each": (
        many("2").replace("isSequential", 'behavior="One" isSequential'),
        "unsupported_attribute",
    ),
}


@pytest.mark.parametrize(("how", "code"), REFUSED.values(), ids=REFUSED)
def test_a_repetition_that_would_not_run_as_drawn_is_refused(how: str, code: str) -> None:
    nodes = [task("ask"), repeated(how), task("rest")]

    assert code in {one for one, _ in found(judge(bundle(nodes, LINE, forms=FORMS)))}


def test_what_an_instance_learned_is_unknown_behind_it() -> None:
    way = node("exclusiveGateway", "which", attributes='default="which__done"')
    flows = [("begun", "ask"), ("ask", "visit"), ("visit", "which"), ("which", "rest", 'found = "x"')]
    nodes = [task("ask"), repeated(many("crews")), way, task("rest")]
    verdict = judge(bundle(nodes, [*flows, ("which", "done"), ("rest", "done")], forms=FORMS))

    assert ("unknown_variable", "which__rest") in found(verdict)


def test_an_item_whose_name_is_words_goes_by_its_id() -> None:
    how = many("crews", item="the crew", each="what it found", to="all_found")
    how = how.replace('name="the crew"', 'id="crew" name="the crew"')
    how = how.replace('name="what it found"', 'id="found" name="what it found"')
    case = Lived(compiled([task("ask"), repeated(how), task("rest")], LINE, FORMS)).do("ask", crews=["a"])

    assert case.data("visit")["crew"] == "a"
    assert case.do("visit", found="x").data("rest")["all_found"] == ["x"]
