"""
Rules of drawing: every element can be reached, can reach an end, and leads on in one way only.

Most of them forbid what SpiffWorkflow accepts and then treats otherwise than it is drawn.
"""

from __future__ import annotations

import re
from collections import Counter

from engine.diagram import ACTIVE, BPMN, GATEWAYS, RECEIVE, TASKS, WORK, Element
from engine.diagram.calls import INPUT, Call
from engine.diagram.loops import STANDARD, Loop
from engine.diagram.reach import closure
from engine.gate.collecting import Candidate

_ID = re.compile(r"[a-z][a-z0-9_]{0,63}")
#: a variable
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_CONDITIONED = frozenset({"exclusiveGateway", "inclusiveGateway"})


def judge_drawing(candidate: Candidate) -> None:
    """
    Find where the drawing leads nowhere, or in more than one way.
    """
    diagram = candidate.diagram
    if len([event for event in diagram.of_kind("startEvent") if event.within is None]) != 1:
        candidate.add("one_start")
    if not any(diagram.of_kind("endEvent")):
        candidate.add("no_end")
    for element in diagram.elements.values():
        if element.id not in candidate.unsupported:
            _judge_element(candidate, element)
    _judge_flows(candidate)
    _judge_reach(candidate)
    _judge_lanes(candidate)


def _judge_element(candidate: Candidate, element: Element) -> None:
    if not element.implied and not _ID.fullmatch(element.id):
        candidate.add("id", element.id)
    if not element.name and element.kind in TASKS | WORK | {RECEIVE}:
        candidate.warn("no_name", element.id)
    _judge_ways(candidate, element)
    if element.kind in GATEWAYS:
        _judge_gateway(candidate, element)
    elif element.kind == "boundaryEvent":
        _judge_boundary(candidate, element)
    if element.kind in ("boundaryEvent", "intermediateCatchEvent") and not element.events:
        candidate.add("no_event", element.id)
    if "timerEventDefinition" in element.events:
        _judge_timer(candidate, element)
    if element.loop is not None:
        _judge_loop(candidate, element, element.loop)
    if element.call is not None:
        _judge_call(candidate, element, element.call)


def _judge_call(candidate: Candidate, element: Element, call: Call) -> None:
    for name, _ in (*call.inputs, *call.outputs):
        if not NAME.fullmatch(name):
            candidate.add("variable_name", element.id, name=name)
    for name, _ in call.inputs:
        if name not in call.wants:
            known = ", ".join(call.wants) or "–"
            candidate.add("call_unknown_input", element.id, f"property:{INPUT}{name}", name=name, known=known)


def _judge_loop(candidate: Candidate, element: Element, loop: Loop) -> None:
    if loop.kind == STANDARD:
        if loop.condition is None and loop.maximum is None:
            candidate.add("loop_for_ever", element.id)
        return
    if (loop.cardinality is None) == (loop.collection is None):
        candidate.add("loop_over_what", element.id)
    if loop.item is not None and loop.collection is None:
        candidate.add("loop_item_of_nothing", element.id, name=loop.item)
    if (loop.output is None) != (loop.each is None):
        candidate.add("loop_gives_half", element.id)
    for name in filter(None, (loop.item, loop.output)):
        if not NAME.fullmatch(name):
            candidate.add("variable_name", element.id, name=name)


def _judge_ways(candidate: Candidate, element: Element) -> None:
    diagram = candidate.diagram
    ways_in, ways_out = diagram.incoming(element.id), diagram.outgoing(element.id)
    starts = element.kind in ("startEvent", "boundaryEvent")
    if starts and ways_in:
        candidate.add("way_in", element.id)
    if not starts and not ways_in and not element.implied:
        candidate.add("unreachable", element.id)
    if element.kind == "endEvent" and ways_out:
        candidate.add("way_out", element.id)
    if element.kind != "endEvent" and not ways_out:
        candidate.add("dead_end", element.id)
    if len(ways_out) > 1 and element.kind not in GATEWAYS:
        candidate.add("many_ways", element.id)


def _judge_gateway(candidate: Candidate, element: Element) -> None:
    ways = candidate.diagram.outgoing(element.id)
    if element.default_flow is not None and element.default_flow not in {flow.id for flow in ways}:
        candidate.add("foreign_default", element.id, flow=element.default_flow)
    elif element.kind in _CONDITIONED and len(ways) > 1:
        if element.default_flow is None:
            candidate.add("no_default", element.id)
        for flow in ways:
            if flow.condition is None and flow.id != element.default_flow:
                candidate.add("no_condition", flow.id or flow.source)


def _judge_boundary(candidate: Candidate, element: Element) -> None:
    at = candidate.diagram.elements.get(element.attached_to or "")
    if at is None or at.kind not in ACTIVE or at.within != element.within:
        if element.attached_to not in candidate.unsupported:
            candidate.add("unattached", element.id, kind=at.kind if at is not None else "")
        return
    if "timerEventDefinition" in element.events and at.kind in WORK:
        candidate.add("timer_on_work", element.id, task=at.id)
    if "errorEventDefinition" in element.events:
        if at.kind in TASKS:
            candidate.add("error_on_task", element.id, task=at.id)
        elif not element.interrupting:
            candidate.add("error_goes_on", element.id)


def _judge_timer(candidate: Candidate, element: Element) -> None:
    repeats = element.kind == "startEvent" or (element.kind == "boundaryEvent" and not element.interrupting)
    if element.timer_kind == "timeCycle" and not repeats:
        candidate.add("cycle_of_one", element.id)
    elif not element.timer:
        candidate.add("no_moment", element.id)


def _judge_flows(candidate: Candidate) -> None:
    diagram = candidate.diagram
    seen: set[tuple[str, str]] = set()
    for flow in diagram.flows.values():
        at = flow.id or flow.source or None
        if not flow.id:
            candidate.add("flow_without_id", at, source=flow.source, target=flow.target)
        for end in (flow.source, flow.target):
            if end not in diagram.elements and end not in candidate.unsupported:
                candidate.add("loose_flow", at, end=end, **({} if end else {"kind": "open"}))
        if (flow.source, flow.target) in seen:
            candidate.add("twin_flow", at)
        seen.add((flow.source, flow.target))
        source, target = diagram.elements.get(flow.source), diagram.elements.get(flow.target)
        if source is not None and target is not None and source.within != target.within:
            candidate.add("crosses_border", at, source=flow.source, target=flow.target)
        if flow.condition is None or source is None:
            continue
        if source.kind not in _CONDITIONED:
            candidate.add("useless_condition", at)
        elif flow.id == source.default_flow or len(diagram.outgoing(source.id)) == 1:
            candidate.add("condition_on_default", at)


def _judge_reach(candidate: Candidate) -> None:
    diagram = candidate.diagram
    begun = [element.id for element in diagram.of_kind("startEvent") if element.within is None]
    reached = closure(begun, diagram.following)
    ends = [element.id for element in diagram.of_kind("endEvent")]
    leading = closure(ends, diagram.preceding)
    for element in diagram.elements.values():
        if element.id not in reached and diagram.incoming(element.id) and not element.implied:
            candidate.add("unreachable", element.id)
        if element.id in reached and element.id not in leading and diagram.outgoing(element.id) and ends:
            candidate.add("no_way_to_end", element.id)


def _judge_lanes(candidate: Candidate) -> None:
    diagram = candidate.diagram
    for key, lanes in diagram.lane_refs.items():
        if key not in diagram.elements and key not in candidate.unsupported:
            candidate.warn("lane_of_nothing", key, lane=lanes[0])
        elif len(lanes) > 1:
            candidate.add("two_lanes", key, lanes=", ".join(lanes))
    names = Counter(lane.get("name") or "" for lane in candidate.source.root.iter(f"{{{BPMN}}}lane"))
    for name, times in names.items():
        if times > 1:
            candidate.add("twin_lane", None, lane=name, **({} if name else {"kind": "unnamed"}))
