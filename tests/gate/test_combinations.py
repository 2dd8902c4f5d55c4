"""
Elements beside, inside and behind each other: drawings that BPMN lets run, each with how it runs, worked out by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.gate.compiling import compile_bundle
from engine.simulation.searching import stubs_of
from engine.simulation.walking import Walk
from tests.gate.building import ROLES, bundle, found, judge, operations
from tests.gate.living import First, Lived, on
from tests.support.drawing import again, box, declared, many, node, service, task, timer, told

AND, XOR, CHOICE = "parallelGateway", "exclusiveGateway", "eventBasedGateway"
CATCH, BORDER = "intermediateCatchEvent", "boundaryEvent"
DAY, WEEK = 'duration("P1D")', 'duration("P7D")'
NAMES = declared(message=["paid"], signal=["flood"], error=["broken"])
FORMS = {"ask": [{"key": "answer"}], "one": [{"key": "first"}], "two": [{"key": "second"}]}
LINE = [("begun", "ask"), ("ask", "done")]
TERMINATES = "<terminateEventDefinition/>"
BESIDE = 'cancelActivity="false"'
Flows = Sequence[tuple[str, ...]]


def which(key: str, default: str) -> str:
    return node(XOR, key, attributes=f'default="{key}__{default}"')


def boxed(key: str, nodes: Sequence[str], flows: Flows, how: str = "") -> str:
    """Return a sub-process that begins at `in_begun` and ends at `in_done`."""
    return box(key, [how, node("startEvent", "in_begun"), *nodes, node("endEvent", "in_done")], flows)


def handler(key: str, begun: str) -> str:
    """Return an event sub-process that `begun` begins, with a task in it."""
    inside = [begun, task(f"{key}_why"), node("endEvent", f"{key}_done")]
    flows = [(f"{key}_begun", f"{key}_why"), (f"{key}_why", f"{key}_done")]
    return box(key, inside, flows, attributes='triggeredByEvent="true"')


def waits(key: str, duration: str, *, stops: bool = False) -> str:
    attributes = f'isInterrupting="{str(stops).lower()}"'
    return handler(key, timer("startEvent", f"{key}_begun", duration=duration, attributes=attributes))


#: two ways that part and end apart
APART = ([node(AND, "part"), task("one"), task("two"), node("endEvent", "in_other")],)[0]
APART_FLOWS = [("in_begun", "part"), ("part", "one"), ("part", "two"), ("one", "in_done"), ("two", "in_other")]
PARTED = [("begun", "ask"), ("ask", "part"), ("part", "one"), ("part", "two"), ("one", "met"), ("two", "met")]
MET = [task("ask"), node(AND, "part"), task("one"), task("two"), node(AND, "met")]

RUNNING: dict[str, tuple[list[str], Flows]] = {
    "ways that part end apart in a sub-process": (
        [boxed("inside", APART, APART_FLOWS), task("ask")],
        [("begun", "inside"), ("inside", "ask"), ("ask", "done")],
    ),
    "ways that part come to one end of a sub-process": (
        [
            boxed(
                "inside",
                [node(AND, "part"), task("one"), task("two")],
                [("in_begun", "part"), ("part", "one"), ("part", "two"), ("one", "in_done"), ("two", "in_done")],
            ),
            task("ask"),
        ],
        [("begun", "inside"), ("inside", "ask"), ("ask", "done")],
    ),
    "ways that part come to one end of the process": (
        [node(AND, "part"), task("one"), task("two")],
        [("begun", "part"), ("part", "one"), ("part", "two"), ("one", "done"), ("two", "done")],
    ),
    "what every way wrote is known behind ways that ended apart": (
        [boxed("inside", APART, APART_FLOWS), which("which", "done"), task("ask")],
        [("begun", "inside"), ("inside", "which"), ("which", "done"), ("which", "ask", 'first = "x"'), ("ask", "done")],
    ),
    "ways that part in several instances": (
        [boxed("inside", APART, APART_FLOWS, many("2"))],
        [("begun", "inside"), ("inside", "done")],
    ),
    "ways part and meet in every round": (
        [*MET, which("enough", "done")],
        [*PARTED, ("met", "enough"), ("enough", "ask", 'first = "x"'), ("enough", "done")],
    ),
    "a sub-process with an event in every round": (
        [boxed("inside", [task("ask")], [("in_begun", "ask"), ("ask", "in_done")]), on("inside", "late")]
        + [which("enough", "done")],
        [("begun", "inside"), ("inside", "enough"), ("enough", "inside", 'answer = "x"'), ("enough", "done")]
        + [("late", "done")],
    ),
    "a choice of events in a circle": (
        [
            node(CHOICE, "choice"),
            told(CATCH, "paid", "message", "paid"),
            timer(CATCH, "late", duration=DAY),
            task("ask"),
        ],
        [("begun", "choice"), ("choice", "paid"), ("choice", "late"), ("late", "ask"), ("ask", "choice")]
        + [("paid", "done")],
    ),
    "a circle that only an event leads out of": (
        [task("ask"), task("one"), on("ask", "late")],
        [("begun", "ask"), ("ask", "one"), ("one", "ask"), ("late", "done")],
    ),
    "a reminder that comes three times": (
        [task("ask"), timer(BORDER, "late", cycle='"R3/PT1H"', attributes=f'attachedToRef="ask" {BESIDE}')]
        + [task("one"), node("endEvent", "reminded")],
        [*LINE, ("late", "one"), ("one", "reminded")],
    ),
    "a signal beside a sub-process": (
        [boxed("inside", [task("ask")], [("in_begun", "ask"), ("ask", "in_done")])]
        + [told(BORDER, "flood", "signal", "flood", attributes=f'attachedToRef="inside" {BESIDE}')]
        + [task("one"), node("endEvent", "warned")],
        [("begun", "inside"), ("inside", "done"), ("flood", "one"), ("one", "warned")],
    ),
    "an event sub-process as often as its message comes": (
        [
            task("ask"),
            handler("any", told("startEvent", "any_begun", "message", "paid", attributes='isInterrupting="false"')),
        ],
        LINE,
    ),
    "a process that only an error ends": (
        [task("ask"), told("endEvent", "done", "error", "broken")]
        + [handler("any", told("startEvent", "any_begun", "error", "broken"))],
        LINE,
    ),
    "an end of everything beside a task in a sub-process": (
        [
            box(
                "inside",
                [node("startEvent", "in_begun"), node(AND, "part"), task("one")]
                + [node("endEvent", "in_done"), node("endEvent", "in_over", inside=TERMINATES)],
                [("in_begun", "part"), ("part", "one"), ("part", "in_over"), ("one", "in_done")],
            ),
            task("ask"),
        ],
        [("begun", "inside"), ("inside", "ask"), ("ask", "done")],
    ),
    "a message for each of several": (
        [node("receiveTask", "paid", attributes='messageRef="message_paid"').replace("</rec", many("3") + "</rec")],
        [("begun", "paid"), ("paid", "done")],
    ),
    "an operation again and again": (
        [service("tell", "notify", letter='"hello"').replace("</serv", again(most="3") + "</serv")],
        [("begun", "tell"), ("tell", "done")],
    ),
}
#: what comes only where an end of everything comes first
_SKIPPED = {"an end of everything beside a task in a sub-process"}


@pytest.mark.parametrize("name", RUNNING)
def test_a_sound_drawing_passes_with_everything_reached(name: str) -> None:
    nodes, flows = RUNNING[name]
    verdict = judge(bundle(nodes, flows, forms=FORMS, declares=NAMES))

    assert verdict.passed, verdict.findings
    assert name in _SKIPPED or not found(verdict), found(verdict)


def lived(name: str) -> Lived:
    nodes, flows = RUNNING[name]
    return Lived(compile_bundle(bundle(nodes, flows, forms=FORMS, declares=NAMES), operations(), ROLES))


@pytest.mark.parametrize("order", [("one", "two"), ("two", "one")])
def test_a_sub_process_waits_for_all_that_parted_in_it_and_leads_on_once(order: tuple[str, str]) -> None:
    for name in list(RUNNING)[:2]:
        case = lived(name).do(order[0])
        assert case.open == [order[1]]
        assert case.do(order[1]).open == ["ask"]
        assert case.do("ask").walk.run.ended


def test_a_task_that_an_end_of_everything_overtakes_in_its_sub_process_never_opens() -> None:
    assert lived("an end of everything beside a task in a sub-process").open == ["ask"]


def test_each_of_several_waits_for_a_message_of_its_own() -> None:
    case = lived("a message for each of several")
    for left in (3, 2, 1):
        assert len(case.walk.run.events) == left
        case.walk.tell(case.walk.run.events[0])
    assert case.walk.run.ended


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize("orders", [("12", "21", "12"), ("21", "12", "21"), ("12", "12", "21")])
def test_in_every_round_both_ways_are_waited_for(orders: tuple[str, ...], stored: bool) -> None:
    case = lived("ways part and meet in every round")
    for order in orders:
        answer(case, "ask", stored, answer="a")
        for at, way in enumerate(order):
            assert case.open == sorted(["one" if each == "1" else "two" for each in order[at:]])
            answer(case, "one" if way == "1" else "two", stored, **{"first" if way == "1" else "second": "x"})
    assert case.open == ["ask"]


def answer(case: Lived, key: str, stored: bool, **answers: str) -> None:
    one = next(one for one in case.walk.run.tasks if one.element == key)
    case.walk.answer(one, {name: [said] for name, said in answers.items()}, {})
    if stored:
        case.walk.reload()


CREWS = {"key": "crews", "type": "taglist", "values": [{"value": v, "label": v} for v in "abc"]}


@pytest.mark.parametrize("end", ["a gateway", "two ends"])
@pytest.mark.parametrize("order", [("one", "two"), ("two", "one")])
@pytest.mark.parametrize("stored", [True, False])
def test_what_one_way_wrote_is_not_undone_by_another_that_left_it(
    order: tuple[str, str], end: str, stored: bool
) -> None:
    forms = {"ask": [{"key": "v"}, CREWS], "one": [{"key": "v"}, CREWS], "two": [{"key": "second"}]}
    if end == "a gateway":
        nodes, flows = [*MET, task("after")], [*PARTED, ("met", "after"), ("after", "done")]
    else:
        nodes = [task("ask"), boxed("inside", APART, APART_FLOWS), task("after")]
        flows = [("begun", "ask"), ("ask", "inside"), ("inside", "after"), ("after", "done")]
    parts = compile_bundle(bundle(nodes, flows, forms=forms), operations(), ROLES)
    case = Lived(parts).do("ask", v="old", crews=["a", "b"])
    for key in order:
        one = next(one for one in case.walk.run.tasks if one.element == key)
        said = {"v": ["new"], "crews": ["c"]} if key == "one" else {"second": ["s"]}
        case.walk.answer(one, said, {})
        if stored:
            case.walk.reload()

    assert case.data("after") == {"v": "new", "crews": ["c"], "second": "s"}


def test_what_is_taken_along_by_an_event_is_what_was_written_last() -> None:
    forms = {"ask": [{"key": "v"}], "one": [{"key": "v"}], "two": [{"key": "second"}], "three": [{"key": "third"}]}
    inside = [node(AND, "part"), task("one"), task("two"), task("three"), node("endEvent", "in_other")]
    flows = [("in_begun", "part"), ("part", "one"), ("part", "two"), ("one", "in_done"), ("two", "three")]
    nodes = [task("ask"), boxed("inside", inside, [*flows, ("three", "in_other")]), on("inside", "late"), task("sorry")]
    ways = [("begun", "ask"), ("ask", "inside"), ("inside", "done"), ("late", "sorry"), ("sorry", "done")]
    parts = compile_bundle(bundle(nodes, ways, forms=forms), operations(), ROLES)
    case = Lived(parts).do("ask", v="old").do("one", v="new").do("two", second="s").do("late")

    assert case.data("sorry") == {"v": "new", "second": "s"}


def test_an_event_that_waits_inside_makes_nothing_older_of_what_is_taken_along() -> None:
    forms = {key: [{"key": "v"}] for key in ("ask", "one", "deep")} | {
        "two": [],
        "deeper": [],
        "three": [],
        "sorry": [],
    }
    deep = box(
        "inner",
        [node("startEvent", "deep_in"), task("deep"), task("deeper"), node("endEvent", "deep_out")],
        [("deep_in", "deep"), ("deep", "deeper"), ("deeper", "deep_out")],
    )
    inside = [
        node(AND, "part"),
        task("one"),
        deep,
        on("inner", "soon", WEEK),
        task("two"),
        node("endEvent", "in_other"),
    ]
    flows = [("in_begun", "part"), ("part", "one"), ("one", "inner"), ("inner", "in_done"), ("soon", "in_done")]
    nodes = [task("ask"), boxed("inside", inside, [*flows, ("part", "two"), ("two", "in_other")])]
    nodes += [on("inside", "late"), task("sorry")]
    ways = [("begun", "ask"), ("ask", "inside"), ("inside", "done"), ("late", "sorry"), ("sorry", "done")]
    parts = compile_bundle(bundle(nodes, ways, forms=forms), operations(), ROLES)
    case = Lived(parts).do("ask", v="old").do("one", v="newer").do("deep", v="newest").do("late")

    assert case.data("sorry") == {"v": "newest"}


def test_the_end_of_everything_ends_an_event_sub_process_that_runs_beside() -> None:
    over = node("endEvent", "done", inside=TERMINATES)
    verdict = judge(bundle([task("ask"), over, waits("any", DAY)], LINE, forms=FORMS))
    assert verdict.passed, verdict.findings
    case = Lived(verdict.parts).do("any_begun")

    assert case.open == ["any_why", "ask"]
    assert case.do("ask").walk.run.ended


def test_the_end_of_everything_in_a_sub_process_ends_what_runs_beside_it_and_leads_on() -> None:
    inside = [node("startEvent", "in_begun"), task("one"), node("endEvent", "in_over", inside=TERMINATES)]
    drawn = box("inside", [*inside, waits("any", DAY)], [("in_begun", "one"), ("one", "in_over")])
    verdict = judge(
        bundle([drawn, task("ask")], [("begun", "inside"), ("inside", "ask"), ("ask", "done")], forms=FORMS)
    )
    assert verdict.passed, verdict.findings
    case = Lived(verdict.parts).do("any_begun")

    assert case.open == ["any_why", "one"]
    assert case.do("one").open == ["ask"]


def test_an_event_sub_process_that_interrupts_ends_one_that_runs_beside() -> None:
    nodes = [task("ask"), waits("any", DAY), waits("stop", WEEK, stops=True)]
    verdict = judge(bundle(nodes, LINE, forms=FORMS))
    assert verdict.passed, verdict.findings
    case = Lived(verdict.parts).do("any_begun")

    assert case.open == ["any_why", "ask", "stop_begun"]
    assert case.do("stop_begun").open == ["stop_why"]
    assert case.do("stop_why").walk.run.ended


def test_a_join_in_a_circle_without_a_person_opens_once_a_round() -> None:
    """The rounds of one step are not stored between."""
    nodes = [
        node(AND, "part"),
        service("tell", "notify", letter='"hello"'),
        service("look", "look_up", "seen", code='"x"'),
    ]
    nodes += [node(AND, "met"), which("enough", "done"), service("count", "look_up", "seen", code='"y"')]
    nodes.append(node(XOR, "round"))
    flows = [
        ("begun", "round"),
        ("round", "part"),
        ("part", "tell"),
        ("part", "look"),
        ("tell", "met"),
        ("look", "met"),
        ("met", "enough"),
    ]
    flows += [("enough", "count", "seen.count < 3"), ("count", "round"), ("enough", "done")]
    parts = compile_bundle(bundle(nodes, flows), operations(), ROLES)
    stubs = stubs_of(parts, operations(), {}, First())
    stubs.scripted = {"look_up": [{"known": True, "count": n, "district": None} for n in (1, 1, 2, 2, 3)]}
    walk = Walk(parts, stubs)
    walk.begin()

    assert walk.run.ended
    assert [walk.path.count(key) for key in ("part", "tell", "look", "met", "count")] == [3, 3, 3, 3, 2]


def test_what_waits_for_ever_is_found_at_the_gateway_that_waits() -> None:
    nodes = [*MET, node("endEvent", "other"), which("which", "other")]
    flows = [*PARTED[:4], ("one", "which"), ("which", "met", 'first = "x"'), ("which", "other"), ("two", "met")]
    verdict = judge(bundle(nodes, [*flows, ("met", "done")], forms=FORMS))

    assert {element for code, element in found(verdict) if code == "deadlock"} == {"met"}


@pytest.mark.parametrize(
    ("must", "passes"), [("", True), ('mustUnderstand="false"', True), ('mustUnderstand="true"', False)]
)
def test_the_extension_of_another_program_is_no_matter_unless_it_must_be_understood(must: str, passes: bool) -> None:
    files = bundle([task("ask")], LINE, declares=f'<extension definition="x:model" {must}/>')

    assert judge(files).passed is passes


def test_a_call_of_another_process_of_the_same_file_is_not_called_a_circle() -> None:
    files = bundle([node("callActivity", "go", attributes='calledElement="other"')], [("begun", "go"), ("go", "done")])
    other = b'<process id="other" isExecutable="false"><startEvent id="o"/></process></definitions>'
    files["t.bpmn"] = files["t.bpmn"].replace(b"</definitions>", other)

    assert {code for code, _ in found(judge(files))} == {"call_unknown"}


def test_a_flow_without_an_id_is_shown_where_it_begins() -> None:
    files = bundle([task("ask")], LINE)
    files["t.bpmn"] = files["t.bpmn"].replace(b'<sequenceFlow id="ask__done"', b"<sequenceFlow")
    (finding,) = (one for one in judge(files).findings if one.code == "flow_without_id")

    assert finding.element == "ask" and finding.line
