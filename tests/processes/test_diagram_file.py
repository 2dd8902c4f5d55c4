"""
The diagram as a file: what an analyst sees wrong at a glance, and what the engine needs to find in it.

Nothing is executed here; the journeys through the diagram are tested with the engine.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from lxml import etree

PROCESSES = Path(__file__).parents[2] / "processes"
NS = {
    "b": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "di": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "dd": "http://www.omg.org/spec/DD/20100524/DI",
    "s": "http://spiffworkflow.org/bpmn/schema/1.0/core",
    "m": "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "mdi": "https://www.omg.org/spec/DMN/20191111/DMNDI/",
}
TASKS = frozenset({"userTask", "serviceTask", "businessRuleTask"})
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway"})
EVENTS = frozenset({"startEvent", "endEvent", "intermediateCatchEvent", "boundaryEvent"})
ROLES = {"Abonent": "citizen", "Dispetçer": "dispatcher", "Usta": "fitter", "İdarə rəisi": "head"}
TONES = frozenset({"blue", "yellow", "green", "red", "grey"})
SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_{1,2}[a-z0-9]+)*")
HAPPY_PATH = (
    "application_begun",
    "enter_subscriber_code",
    "look_up_subscriber",
    "is_subscriber_known",
    "has_active_meter",
    "apply",
    "check_answers",
    "are_answers_confirmed",
    "register_case",
    "choose_office",
    "choose_term",
    "forward_to_office",
    "confirm_registration",
    "begin_execution",
    "assign_executor",
    "assignment_decision",
    "announce_visit",
    "record_visit",
    "visit_result",
    "record_act",
    "book_installation",
    "meter_installed",
)


@dataclass(frozen=True)
class Box:
    """
    A rectangle of the picture, in its pixels.
    """

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    def meets(self, other: Box) -> bool:
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom

    def holds(self, other: Box) -> bool:
        return self.x <= other.x and self.y <= other.y and other.right <= self.right and other.bottom <= self.bottom

    def has_on_border(self, point: tuple[float, float]) -> bool:
        x, y = point
        on_side = x in (self.x, self.right) and self.y <= y <= self.bottom
        return on_side or (y in (self.y, self.bottom) and self.x <= x <= self.right)


@dataclass(frozen=True)
class Line:
    """
    One straight piece of an edge.
    """

    start: tuple[float, float]
    end: tuple[float, float]

    @property
    def box(self) -> Box:
        (x1, y1), (x2, y2) = self.start, self.end
        return Box(min(x1, x2), min(y1, y2), abs(x1 - x2), abs(y1 - y2))

    @property
    def upright(self) -> bool:
        return self.start[0] == self.end[0]

    @property
    def straight(self) -> bool:
        return self.upright != (self.start[1] == self.end[1])

    def meets(self, other: Line) -> bool:
        """
        Tell whether the two pieces cross or run on top of each other; touching ends are none.
        """
        mine, theirs = self.box, other.box
        if self.upright == other.upright:
            on_one_line = mine.x == theirs.x if self.upright else mine.y == theirs.y
            shared = (
                min(mine.bottom, theirs.bottom) - max(mine.y, theirs.y)
                if self.upright
                else min(mine.right, theirs.right) - max(mine.x, theirs.x)
            )
            return on_one_line and shared > 0
        up, flat = (mine, theirs) if self.upright else (theirs, mine)
        return flat.x < up.x < flat.right and up.y < flat.y < up.bottom


class Drawing:
    """
    The parsed file with the look-ups that the tests want.
    """

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.process = root.find("b:process", NS)
        self.nodes = {n.get("id"): n for n in self.process if kind(n) in TASKS | GATEWAYS | EVENTS}
        self.flows = {f.get("id"): f for f in self.process.findall("b:sequenceFlow", NS)}
        self.lanes = {lane.get("id"): lane for lane in self.process.iterfind(".//b:lane", NS)}
        self.boxes = {s.get("bpmnElement"): box(s) for s in root.iterfind(".//di:BPMNShape", NS)}
        self.lines = {e.get("bpmnElement"): lines(e) for e in root.iterfind(".//di:BPMNEdge", NS)}
        labelled = root.xpath(".//di:BPMNShape[di:BPMNLabel] | .//di:BPMNEdge[di:BPMNLabel]", namespaces=NS)
        self.labels = {d.get("bpmnElement"): box(d.find("di:BPMNLabel", NS)) for d in labelled}

    def of(self, *kinds: str) -> dict[str, etree._Element]:
        return {key: node for key, node in self.nodes.items() if kind(node) in kinds}

    def outgoing(self, key: str) -> list[etree._Element]:
        return [flow for flow in self.flows.values() if flow.get("sourceRef") == key]

    def lanes_of(self, key: str) -> list[str]:
        return [lane for lane, node in self.lanes.items() if key in [r.text for r in node.findall("b:flowNodeRef", NS)]]


def kind(node: etree._Element) -> str:
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def box(shape: etree._Element) -> Box:
    bounds = shape.find("dc:Bounds", NS)
    return Box(*(float(bounds.get(name)) for name in ("x", "y", "width", "height")))


def lines(edge: etree._Element) -> tuple[Line, ...]:
    points = [(float(p.get("x")), float(p.get("y"))) for p in edge.findall("dd:waypoint", NS)]
    return tuple(Line(start, end) for start, end in pairwise(points))


def properties(node: etree._Element) -> dict[str, str]:
    found = node.findall("b:extensionElements/s:properties/s:property", NS)
    return {item.get("name"): item.get("value") for item in found}


ROOT = etree.parse(PROCESSES / "meter_installation.bpmn").getroot()
DRAWING = Drawing(ROOT)
WAITS = sorted(
    key
    for key, node in DRAWING.of("userTask", "intermediateCatchEvent", "endEvent").items()
    if "silent" not in properties(node)
)
RESULTS = {"meter_installed": "installed", "meter_registered": "registered", "case_refused": "refused"}


# What the engine and the pages need ---------------------------------------------------------------


def test_one_pool_holds_one_executable_process():
    participants = ROOT.findall(".//b:participant", NS)
    assert [p.get("processRef") for p in participants] == ["meter_installation"]
    assert [p.get("isExecutable") for p in ROOT.findall("b:process", NS)] == ["true"]
    assert participants[0].get("name") == DRAWING.process.get("name") == "Su sayğaclarının quraşdırılması müraciəti"


def test_ids_are_snake_case_and_used_once():
    ids = ROOT.xpath("//b:*/@id | //di:*/@id", namespaces=NS)
    assert [found for found in ids if not SNAKE_CASE.fullmatch(found)] == []
    assert sorted(ids) == sorted(set(ids))


def test_lanes_name_the_roles():
    assert {lane.get("name"): properties(lane).get("role") for lane in DRAWING.lanes.values()} == ROLES


@pytest.mark.parametrize("key", sorted(DRAWING.nodes))
def test_every_node_lies_in_one_lane_and_says_what_it_is(key):
    node = DRAWING.nodes[key]
    assert len(DRAWING.lanes_of(key)) == 1
    assert node.get("name")
    assert len(node.findtext("b:documentation", "", NS)) > 20


@pytest.mark.parametrize("key", sorted(DRAWING.of("userTask")))
def test_user_task_opens_the_form_of_its_own_name(key):
    assert properties(DRAWING.nodes[key])["formKey"] == key


@pytest.mark.parametrize("key", sorted(DRAWING.of("userTask")))
def test_staff_tasks_have_a_date_by_which_they_are_due(key):
    of_citizen = DRAWING.lanes_of(key) == ["lane_citizen"]
    assert ("dueDate" in properties(DRAWING.nodes[key])) != of_citizen


@pytest.mark.parametrize("key", WAITS)
def test_wherever_the_case_rests_the_citizen_reads_where_it_stands(key):
    said = properties(DRAWING.nodes[key])
    assert said["publicStatus"]
    assert said["statusTone"] in TONES
    assert said["whatNext"].endswith(".")
    assert set(re.findall(r"\{(\w*)\}", said["whatNext"])) <= {"term", "visit_date", "visit_window"}


def test_only_the_watch_over_terms_is_silent():
    silent = {key for key, node in DRAWING.nodes.items() if "silent" in properties(node)}
    assert silent == {"term_over", "assignment_reminded", "overdue_reviewed"}


def test_statuses_come_in_one_tone_each():
    tones: dict[str, set[str]] = {}
    for said in map(properties, DRAWING.nodes.values()):
        if "publicStatus" in said:
            tones.setdefault(said["publicStatus"], set()).add(said["statusTone"])
    assert [status for status, found in tones.items() if len(found) > 1] == []


def test_the_number_is_confirmed_in_the_words_of_the_manual():
    assert properties(DRAWING.nodes["register_case"])["confirmation"] == (
        "Müraciətiniz qeydiyyata alındı. Xidmətimizdən istifadə etdiyiniz üçün sizə təşəkkür edirik. "
        "Müraciət nömrəniz: {case_number}"
    )


def test_results_end_everything_and_other_ends_only_their_branch():
    ends = DRAWING.of("endEvent")
    assert {k: properties(n)["outcome"] for k, n in ends.items() if "outcome" in properties(n)} == RESULTS
    assert {k for k, n in ends.items() if n.find("b:terminateEventDefinition", NS) is not None} == set(RESULTS)


@pytest.mark.parametrize("key", sorted(DRAWING.of("exclusiveGateway")))
def test_every_decision_has_a_question_a_default_and_conditions_on_the_other_ways(key):
    gateway = DRAWING.nodes[key]
    ways = {flow.get("id"): flow for flow in DRAWING.outgoing(key)}
    conditions = {k: flow.findtext("b:conditionExpression", None, NS) for k, flow in ways.items()}
    default = gateway.get("default")
    assert gateway.get("name").endswith("?")
    assert len(ways) >= 2
    assert conditions.pop(default) is None
    assert all(conditions.values())
    assert all(flow.get("name") for flow in ways.values())


def test_conditions_stand_only_behind_gateways():
    sources = {f.get("sourceRef") for f in DRAWING.flows.values() if f.find("b:conditionExpression", NS) is not None}
    assert sources == set(DRAWING.of("exclusiveGateway"))


@pytest.mark.parametrize("key", sorted(DRAWING.of("intermediateCatchEvent", "boundaryEvent")))
def test_timers_say_in_feel_when_they_go_off(key):
    assert DRAWING.nodes[key].findtext("b:timerEventDefinition/b:timeDate", "", NS).strip()


@pytest.mark.parametrize("key", sorted(DRAWING.of("serviceTask")))
def test_service_task_names_its_operation_and_the_value_of_each_parameter(key):
    operator = DRAWING.nodes[key].find("b:extensionElements/s:serviceTaskOperator", NS)
    assert SNAKE_CASE.fullmatch(operator.get("id"))
    assert all(p.get("id") and p.get("value") for p in operator.iterfind("s:parameters/s:parameter", NS))


@pytest.mark.parametrize("key", sorted(DRAWING.of("businessRuleTask")))
def test_rule_task_calls_a_decision_whose_table_is_a_file_that_can_be_drawn(key):
    called = DRAWING.nodes[key].findtext("b:extensionElements/s:calledDecisionId", "", NS)
    table = etree.parse(PROCESSES / f"{called}.dmn").getroot()
    decision = table.find("m:decision", NS)
    assert decision.get("id") == called
    assert [shape.get("dmnElementRef") for shape in table.iterfind(".//mdi:DMNShape", NS)] == [called]
    columns = len(decision.findall(".//m:input", NS))
    for rule in decision.iterfind(".//m:rule", NS):
        assert len(rule.findall("m:inputEntry", NS)) == columns
        assert all(entry.findtext("m:text", "", NS) for entry in rule.iterfind("*[@id]", NS))
    last = decision.findall(".//m:rule", NS)[-1]
    assert {entry.findtext("m:text", "", NS) for entry in last.iterfind("m:inputEntry", NS)} == {"-"}


def test_nodes_know_their_flows():
    for direction, end in (("incoming", "targetRef"), ("outgoing", "sourceRef")):
        written = {(key, ref.text) for key, n in DRAWING.nodes.items() for ref in n.findall(f"b:{direction}", NS)}
        assert written == {(flow.get(end), key) for key, flow in DRAWING.flows.items()}


def test_every_node_is_reached_from_the_start_and_reaches_an_end():
    steps = {(f.get("sourceRef"), f.get("targetRef")) for f in DRAWING.flows.values()}
    steps |= {(n.get("attachedToRef"), key) for key, n in DRAWING.of("boundaryEvent").items()}
    assert closure(set(DRAWING.of("startEvent")), steps) == set(DRAWING.nodes)
    assert closure(set(DRAWING.of("endEvent")), {(b, a) for a, b in steps}) == set(DRAWING.nodes)


def closure(found: set[str], steps: set[tuple[str, str]]) -> set[str]:
    while more := {target for source, target in steps if source in found} - found:
        found = found | more
    return found


# What the eye needs -------------------------------------------------------------------------------


def test_everything_is_drawn_once_and_nothing_else():
    pool = [p.get("id") for p in ROOT.findall(".//b:participant", NS)]
    shapes = [s.get("bpmnElement") for s in ROOT.iterfind(".//di:BPMNShape", NS)]
    edges = [e.get("bpmnElement") for e in ROOT.iterfind(".//di:BPMNEdge", NS)]
    assert sorted(shapes) == sorted([*pool, *DRAWING.lanes, *DRAWING.nodes])
    assert sorted(edges) == sorted(DRAWING.flows)


def test_names_beside_their_shapes_have_a_place():
    outside = set(DRAWING.of(*GATEWAYS, *EVENTS)) | {k for k, flow in DRAWING.flows.items() if flow.get("name")}
    assert set(DRAWING.labels) == outside


def test_shapes_of_one_kind_have_one_size():
    for kinds in (TASKS, GATEWAYS, EVENTS):
        assert len({(DRAWING.boxes[k].width, DRAWING.boxes[k].height) for k in DRAWING.of(*kinds)}) == 1


def test_lanes_fill_the_pool_from_top_to_bottom():
    pool = DRAWING.boxes["meter_installation_pool"]
    lanes = [DRAWING.boxes[key] for key in DRAWING.lanes]
    assert [lane.y for lane in lanes] == [pool.y, *(lane.bottom for lane in lanes[:-1])]
    assert lanes[-1].bottom == pool.bottom
    assert {(lane.x, lane.right) for lane in lanes} == {(pool.x + 30, pool.right)}


def test_the_story_reads_from_left_to_right():
    places = [DRAWING.boxes[key].x + DRAWING.boxes[key].width / 2 for key in HAPPY_PATH]
    steps = {(f.get("sourceRef"), f.get("targetRef")) for f in DRAWING.flows.values()}
    assert places == sorted(places)
    assert set(pairwise(HAPPY_PATH)) <= steps


def out_of_lane(drawing: Drawing) -> Iterator[str]:
    for key in drawing.nodes:
        for lane in drawing.lanes_of(key):
            if not drawing.boxes[lane].holds(drawing.boxes[key]):
                yield f"{key} leaves {lane}"


def shapes_over_shapes(drawing: Drawing) -> Iterator[str]:
    hosts = {(n.get("attachedToRef"), key) for key, n in drawing.of("boundaryEvent").items()}
    for one, two in combinations(drawing.nodes, 2):
        if not {(one, two), (two, one)} & hosts and drawing.boxes[one].meets(drawing.boxes[two]):
            yield f"{one} lies over {two}"


def loose_or_slanting_edges(drawing: Drawing) -> Iterator[str]:
    for key, pieces in drawing.lines.items():
        flow = drawing.flows[key]
        if not drawing.boxes[flow.get("sourceRef")].has_on_border(pieces[0].start):
            yield f"{key} does not begin at its source"
        if not drawing.boxes[flow.get("targetRef")].has_on_border(pieces[-1].end):
            yield f"{key} does not end at its target"
        if not all(piece.straight for piece in pieces):
            yield f"{key} slants"


def edges_through_shapes(drawing: Drawing) -> Iterator[str]:
    for key, pieces in drawing.lines.items():
        for node in drawing.nodes:
            if any(piece.box.meets(drawing.boxes[node]) for piece in pieces):
                yield f"{key} runs through {node}"


def edges_over_edges(drawing: Drawing) -> Iterator[str]:
    for one, two in combinations(drawing.flows.values(), 2):
        trunk = one.get("sourceRef") == two.get("sourceRef")
        pieces = ((a, b) for a in drawing.lines[one.get("id")] for b in drawing.lines[two.get("id")])
        if any(a.meets(b) and not (trunk and a.upright == b.upright) for a, b in pieces):
            yield f"{one.get('id')} crosses {two.get('id')}"


def hidden_labels(drawing: Drawing) -> Iterator[str]:
    for one, two in combinations(drawing.labels, 2):
        if drawing.labels[one].meets(drawing.labels[two]):
            yield f"the labels of {one} and {two} lie over each other"
    borders = {key: drawing.boxes[key] for key in drawing.lanes}
    for key, label in drawing.labels.items():
        yield from (f"the label of {key} lies over {n}" for n in drawing.nodes if label.meets(drawing.boxes[n]))
        for edge, pieces in drawing.lines.items():
            if any(label.meets(piece.box) for piece in pieces):
                yield f"the label of {key} is crossed by {edge}"
        if not any(lane.holds(label) for lane in borders.values()):
            yield f"the label of {key} leaves its lane"


CHECKS = (
    out_of_lane,
    shapes_over_shapes,
    loose_or_slanting_edges,
    edges_through_shapes,
    edges_over_edges,
    hidden_labels,
)


@pytest.mark.parametrize("check", CHECKS)
def test_the_picture_is_tidy(check):
    assert list(check(DRAWING)) == []


def moved(key: str, by: tuple[float, float], part: str = "dc:Bounds") -> Drawing:
    """
    Return the drawing with one shape or label moved, its edges left where they are.
    """
    root = copy.deepcopy(ROOT)
    bounds = root.find(f".//*[@bpmnElement='{key}']", NS).find(part, NS)
    bounds.set("x", str(float(bounds.get("x")) + by[0]))
    bounds.set("y", str(float(bounds.get("y")) + by[1]))
    return Drawing(root)


def bent(key: str, points: str) -> Drawing:
    """
    Return the drawing with other bends in one edge, "x,y x,y".
    """
    root = copy.deepcopy(ROOT)
    edge = root.find(f".//di:BPMNEdge[@bpmnElement='{key}']", NS)
    found = edge.findall("dd:waypoint", NS)
    for point in found[1:-1]:
        edge.remove(point)
    for place, text in enumerate(points.split(), 1):
        x, y = text.split(",")
        edge.insert(place, etree.Element(f"{{{NS['dd']}}}waypoint", x=x, y=y))
    return Drawing(root)


@pytest.mark.parametrize(
    ("check", "spoilt"),
    [
        (out_of_lane, moved("record_act", (0, -100))),
        (shapes_over_shapes, moved("choose_term", (-100, 0))),
        (loose_or_slanting_edges, moved("choose_term", (0, 100))),
        (loose_or_slanting_edges, bent("choose_office__choose_term", "1500,610")),
        (edges_through_shapes, bent("record_visit__visit_result", "2450,870 2450,900 2500,900 2500,870")),
        (edges_over_edges, bent("begin_execution__term_over", "2020,1000 2400,1000 2400,1400 2020,1400")),
        (hidden_labels, moved("code_known", (0, 14), "di:BPMNLabel/dc:Bounds")),
        (hidden_labels, moved("term_over", (60, 0), "di:BPMNLabel/dc:Bounds")),
    ],
)
def test_an_untidy_picture_would_be_noticed(check: Callable[[Drawing], Iterator[str]], spoilt: Drawing):
    assert list(check(spoilt)) != []


# What the reader of another language needs --------------------------------------------------------


def texts() -> set[str]:
    found = {DRAWING.process.get("name")}
    for node in (*DRAWING.nodes.values(), *DRAWING.flows.values(), *DRAWING.lanes.values()):
        said = properties(node)
        found |= {node.get("name")} | {said.get(name) for name in ("publicStatus", "whatNext", "confirmation")}
    return {text for text in found if text}


def catalogue(language: str) -> Catalog:
    with (PROCESSES / "catalogues" / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_text_of_the_diagram_is_translated_with_its_placeholders(language):
    known = catalogue(language)
    strings = {text: str(known[text].string) if text in known else "" for text in texts()}
    assert sorted(text for text, string in strings.items() if not string) == []
    places = re.compile(r"\{\w+\}")
    assert [t for t, s in strings.items() if sorted(places.findall(t)) != sorted(places.findall(s))] == []
