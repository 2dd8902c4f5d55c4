"""
Sub-processes that are executed as one: what is on their border, what happens in them at any time, and what they know.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.gate.compiling import Parts, compile_bundle
from engine.simulation.stubs import Throws
from tests.gate import living
from tests.gate.blocks import wrong
from tests.gate.building import ROLES, bundle, found, judge, operations
from tests.gate.living import Lived, on
from tests.support.drawing import box, declared, node, service, task, timer

FORMS = {"one": [{"key": "first"}], "two": [{"key": "second"}], "ask": [{"key": "asked"}]}
DAY, WEEK = 'duration("P1D")', 'duration("P7D")'
#: two tasks in a row, and what leads to the box and on
INSIDE = box(
    "inside",
    [node("startEvent", "in_begun"), task("one"), task("two"), node("endEvent", "in_done")],
    [("in_begun", "one"), ("one", "two"), ("two", "in_done")],
)
LINE = [("begun", "ask"), ("ask", "inside"), ("inside", "done")]


def passed(nodes: Sequence[str], flows: Sequence[tuple[str, ...]]) -> Parts:
    return living.passed(nodes, flows, FORMS)


def at_any_time(key: str, *, stops: bool = True, duration: str = WEEK, kind: str = "subProcess") -> str:
    attributes = f'isInterrupting="{str(stops).lower()}"'
    begun = timer("startEvent", f"{key}_begun", duration=duration, attributes=attributes)
    return box(
        key,
        [begun, task(f"{key}_why"), node("endEvent", f"{key}_done", outcome=key)],
        [(f"{key}_begun", f"{key}_why"), (f"{key}_why", f"{key}_done")],
        kind=kind,
        attributes='triggeredByEvent="true"',
    )


def test_a_case_goes_through_a_box_with_an_event_on_its_border() -> None:
    nodes, flows = [task("ask"), INSIDE, on("inside", "late"), task("sorry")], [*LINE, ("late", "sorry")]
    lived = Lived(passed(nodes, [*flows, ("sorry", "done")]))
    lived.do("ask", asked="x").do("one", first="y")

    assert lived.open == ["late", "two"]
    assert lived.data("two") == {"asked": "x", "first": "y"}
    lived.do("two", second="z")
    assert lived.walk.run.ended
    assert [key for key in lived.walk.path if key in ("two", "in_done", "inside", "done")] == [
        *("two", "in_done", "inside", "done")
    ]


def test_an_event_on_the_border_ends_what_is_inside_and_takes_along_what_was_known() -> None:
    nodes, flows = [task("ask"), INSIDE, on("inside", "late"), task("sorry")], [*LINE, ("late", "sorry")]
    lived = Lived(passed(nodes, [*flows, ("sorry", "done")]))
    lived.do("ask", asked="x").do("one", first="y").do("late")

    assert lived.open == ["sorry"]
    assert lived.data("sorry") == {"asked": "x", "first": "y"}


def test_an_event_that_does_not_interrupt_leaves_the_box_open() -> None:
    nodes = [task("ask"), INSIDE, on("inside", "late", stops=False), task("hurry"), node("endEvent", "hurried")]
    lived = Lived(passed(nodes, [*LINE, ("late", "hurry"), ("hurry", "hurried")]))
    lived.do("ask").do("late")

    assert lived.open == ["hurry", "one"]
    lived.do("one").do("two")
    assert lived.open == ["hurry"]
    assert lived.do("hurry").walk.run.ended


def test_a_box_in_a_box_is_ended_with_it() -> None:
    inner = INSIDE.replace('id="inside"', 'id="deep"')
    outer = box(
        "inside",
        [node("startEvent", "out_begun"), inner, on("deep", "soon"), node("endEvent", "out_done"), task("again")],
        [("out_begun", "deep"), ("deep", "out_done"), ("soon", "again"), ("again", "out_done")],
    )
    nodes = [task("ask"), outer, on("inside", "late", WEEK), task("sorry")]
    parts = passed(nodes, [*LINE, ("late", "sorry"), ("sorry", "done")])
    lived = Lived(parts).do("ask").do("one", first="y")

    assert lived.open == ["late", "soon", "two"]
    lived.do("late")
    assert lived.open == ["sorry"]
    assert lived.data("sorry")["first"] == "y"
    lived = Lived(parts).do("ask").do("soon")
    assert lived.open == ["again", "late"]


def test_an_error_that_nothing_else_catches_leaves_the_box_it_was_thrown_in() -> None:
    inner = box(
        "inside",
        [node("startEvent", "in_begun"), task("one"), service("book_it", "book"), node("endEvent", "in_done")],
        [("in_begun", "one"), ("one", "book_it"), ("book_it", "in_done")],
    )
    nodes = [task("ask"), inner, FAILED, task("sorry")]
    parts = passed(nodes, [*LINE, ("failed", "sorry"), ("sorry", "done")])
    lived = Lived(parts, book=[Throws("no_stock")]).do("ask").do("one", first="y")

    assert lived.open == ["sorry"]
    assert lived.data("sorry")["first"] == "y"


def test_ways_that_end_beside_each_other_in_a_box_bring_out_what_both_learned() -> None:
    inner = box(
        "inside",
        [
            *(node("startEvent", "in_begun"), node("parallelGateway", "part"), task("one"), task("two")),
            *(node("endEvent", "in_one"), node("endEvent", "in_two")),
        ],
        [("in_begun", "part"), ("part", "one"), ("part", "two"), ("one", "in_one"), ("two", "in_two")],
    )
    nodes = [task("ask"), inner, on("inside", "late"), task("after")]
    flows = [("begun", "ask"), ("ask", "inside"), ("inside", "after"), ("after", "done"), ("late", "after")]
    parts = passed(nodes, flows)
    for order in (("one", "two"), ("two", "one")):
        lived = Lived(parts).do("ask")
        for key in order:
            lived.do(key, **{"first" if key == "one" else "second": key})
        assert lived.data("after") == {"asked": None, "first": "one", "second": "two"}
        lived = Lived(parts).do("ask").do(order[0], **{"first" if order[0] == "one" else "second": "x"}).do("late")
        assert "x" in lived.data("after").values()


@pytest.mark.parametrize("stops", [True, False])
def test_an_event_sub_process_of_the_process_begins_at_any_time(stops: bool) -> None:
    parts = passed([task("ask"), INSIDE, at_any_time("withdraw", stops=stops)], LINE)
    lived = Lived(parts).do("ask", asked="x")
    lived.do("withdraw_begun")

    assert lived.open == (["withdraw_why"] if stops else ["one", "withdraw_why"])
    assert lived.data("withdraw_why") == {"asked": "x"}
    lived.do("withdraw_why")
    if not stops:
        lived.do("one").do("two")
    assert lived.walk.run.ended
    assert "withdraw_done" in lived.walk.path and ("inside" in lived.walk.path) is not stops


def test_an_event_sub_process_of_a_box_begins_while_the_box_is_open() -> None:
    inner = box(
        "inside",
        [node("startEvent", "in_begun"), task("one"), node("endEvent", "in_done"), at_any_time("withdraw")],
        [("in_begun", "one"), ("one", "in_done")],
    )
    parts = passed([task("ask"), inner, task("two")], [*LINE[:2], ("inside", "two"), ("two", "done")])
    assert Lived(parts).open == ["ask"]
    lived = Lived(parts).do("ask")

    assert lived.open == ["one", "withdraw_begun"]
    lived.do("withdraw_begun").do("withdraw_why")
    assert lived.open == ["two"]


def test_what_was_only_known_inside_may_not_be_there_behind_an_event_on_the_border() -> None:
    which = node("exclusiveGateway", "which", attributes='default="which__done"')
    nodes = [task("ask"), INSIDE, on("inside", "late"), which, task("sorry")]
    flows = [*LINE, ("late", "which"), ("which", "sorry", 'first = "a"'), ("which", "done"), ("sorry", "done")]
    refused = judge(bundle(nodes, flows, forms=FORMS))

    assert ("maybe_unwritten", "which__sorry") in found(refused)
    guarded = [(*flow[:2], 'first != null and first = "a"') if len(flow) > 2 else flow for flow in flows]
    assert judge(bundle(nodes, guarded, forms=FORMS)).passed


FAILED = '<boundaryEvent id="failed" attachedToRef="inside"><errorEventDefinition/></boundaryEvent>'
TWICE = [timer("startEvent", "w1", duration=DAY), timer("startEvent", "w2", duration=DAY), node("endEvent", "wd")]
REFUSED = {
    "a flow across the border": (
        [task("ask"), INSIDE, on("inside", "late")],
        [*LINE, ("late", "two")],
        ("crosses_border", "late__two"),
    ),
    "an error that nothing inside throws": (
        [
            task("ask"),
            INSIDE,
            '<boundaryEvent id="failed" attachedToRef="inside"><errorEventDefinition/></boundaryEvent>',
        ],
        [*LINE, ("failed", "done")],
        ("error_never_thrown", "failed"),
    ),
    "an event sub-process that two things begin": (
        [
            *(task("ask"), INSIDE),
            box(
                "withdraw",
                [
                    timer("startEvent", "w1", duration=DAY),
                    timer("startEvent", "w2", duration=DAY),
                    node("endEvent", "wd"),
                ],
                [("w1", "wd"), ("w2", "wd")],
                attributes='triggeredByEvent="true"',
            ),
        ],
        LINE,
        ("unsupported", "withdraw"),
    ),
    "a box with two starts": (
        [
            task("ask"),
            box(
                "inside",
                [node("startEvent", "s1"), node("startEvent", "s2"), node("endEvent", "e1")],
                [("s1", "e1"), ("s2", "e1")],
            ),
        ],
        LINE,
        ("unsupported", "inside"),
    ),
}


@pytest.mark.parametrize(("nodes", "flows", "expected"), REFUSED.values(), ids=REFUSED)
def test_a_box_that_would_not_run_as_drawn_is_refused(
    nodes: list[str], flows: list[tuple[str, ...]], expected: tuple[str, str]
) -> None:
    assert expected in found(judge(bundle(nodes, flows, forms=FORMS)))


@pytest.mark.parametrize("seed", [3, 8, 17])
def test_a_random_drawing_goes_on_alike_whether_it_is_read_back_or_not(seed: int) -> None:
    assert wrong(seed) is None


def test_two_tokens_in_a_box_lead_on_once() -> None:
    inner = box(
        "inside",
        [
            *(node("startEvent", "in_begun"), task("one"), on("one", "remind", stops=False)),
            *(task("two"), node("endEvent", "in_done"), node("endEvent", "reminded")),
        ],
        [("in_begun", "one"), ("one", "in_done"), ("remind", "two"), ("two", "reminded")],
    )
    case = Lived(passed([task("ask"), inner], LINE)).do("ask").do("remind").do("one")

    assert case.open == ["two"]
    assert case.do("two").walk.run.ended
    assert case.walk.path.count("inside") == case.walk.path.count("done") == 1


def test_a_transaction_is_a_box() -> None:
    drawn = INSIDE.replace("<subProcess", "<transaction").replace("</subProcess", "</transaction")
    nodes = [task("ask"), drawn, on("inside", "late"), task("sorry")]
    case = Lived(passed(nodes, [*LINE, ("late", "sorry"), ("sorry", "done")])).do("ask").do("one").do("late")

    assert case.open == ["sorry"]


CANCEL = "<cancelEventDefinition/>"


def transaction(*more: str) -> list[str]:
    which = node("exclusiveGateway", "which", attributes='default="which__in_done"')
    inside = [node("startEvent", "in_begun"), task("one"), which, node("endEvent", "in_done")]
    inside.append(node("endEvent", "in_cancelled", inside=CANCEL))
    flows = [("in_begun", "one"), ("one", "which"), ("which", "in_done"), ("which", "in_cancelled", 'first = "no"')]
    return [task("ask"), box("inside", inside, flows, kind="transaction"), *more]


def test_a_transaction_is_cancelled_from_inside() -> None:
    event = f'<boundaryEvent id="cancelled" attachedToRef="inside">{CANCEL}</boundaryEvent>'
    parts = passed(transaction(event, task("sorry")), [*LINE, ("cancelled", "sorry"), ("sorry", "done")])
    case = Lived(parts).do("ask").do("one", first="no")

    assert case.open == ["sorry"]
    assert case.data("sorry")["first"] == "no"
    assert "inside" not in case.walk.path
    assert Lived(parts).do("ask").do("one", first="yes").walk.run.ended


def test_a_cancellation_that_nothing_catches_is_refused() -> None:
    assert ("unsupported", "in_cancelled") in found(judge(bundle(transaction(), LINE, forms=FORMS)))


def test_an_error_that_an_end_throws_leaves_the_box_and_not_by_its_flow() -> None:
    which = node("exclusiveGateway", "which", attributes='default="which__two"')
    inside = [node("startEvent", "in_begun"), task("one"), which, task("two"), node("endEvent", "in_done")]
    inside.append(node("endEvent", "in_failed", inside='<errorEventDefinition errorRef="error_broken"/>'))
    flows = [("in_begun", "one"), ("one", "which"), ("which", "two"), ("two", "in_done")]
    flows += [("which", "in_failed", 'first = "no"')]
    after = node("exclusiveGateway", "after", attributes='default="after__done"')
    outside = [task("ask"), box("inside", inside, flows), FAILED, task("sorry"), after]
    way = [*LINE[:2], ("inside", "after"), ("after", "done"), ("after", "sorry", 'second = "x"'), ("failed", "sorry")]
    files = bundle(outside, [*way, ("sorry", "done")], forms=FORMS, declares=declared(error=["broken"]))
    verdict = judge(files)
    assert verdict.passed, verdict.findings
    case = Lived(compile_bundle(files, operations(), ROLES)).do("ask").do("one", first="no")

    assert case.open == ["sorry"]
    assert case.data("sorry") == {"asked": None, "first": "no"}


def test_the_end_of_everything_ends_what_is_open_in_a_box() -> None:
    nodes = [node("parallelGateway", "part"), INSIDE, on("inside", "late"), task("sorry"), task("stop")]
    nodes += [node("endEvent", "over", inside="<terminateEventDefinition/>"), node("endEvent", "sorry_done")]
    flows = [("begun", "part"), ("part", "inside"), ("part", "stop"), ("inside", "done"), ("stop", "over")]
    case = Lived(passed(nodes, [*flows, ("late", "sorry"), ("sorry", "sorry_done")]))

    assert case.open == ["late", "one", "stop"]
    assert case.do("stop").walk.run.ended


@pytest.mark.parametrize("mark", ["opened", "implied", "handler", "called", "refused", "wants"])
def test_a_drawing_can_not_hide_what_is_in_a_box(mark: str) -> None:
    hidden = INSIDE.replace('id="inside"', f'id="inside" {mark}="true"')

    assert ("mark", "inside") in found(judge(bundle([task("ask"), hidden], LINE, forms=FORMS)))
