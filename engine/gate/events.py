"""
Rules of events: what each waits for or tells is known, and whatever waits can be told.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.diagram import EVENT_GATEWAY, RECEIVE, TASKS, WORK, Diagram, Element
from engine.diagram.ad_hoc import AD_HOC
from engine.gate.collecting import Candidate
from engine.payloads import type_of

_MESSAGE, _SIGNAL = "messageEventDefinition", "signalEventDefinition"
_ERROR, _ESCALATION = "errorEventDefinition", "escalationEventDefinition"
_CONDITION, _TIMER = "conditionalEventDefinition", "timerEventDefinition"
#: what a person's task may be waited beside
_BESIDE = frozenset({_MESSAGE, _SIGNAL, _CONDITION})
#: properties that only what is told, or tells, has
_CARRIED = ("correlationKey", "payload", "payloadVariable", "payloadType")


def judge_events(candidate: Candidate) -> None:
    """
    Find events that nobody could tell, and that tell nothing.
    """
    for element in candidate.diagram.elements.values():
        if element.id not in candidate.unsupported:
            _judge_told(candidate, element)
            _judge_carried(candidate, element)
            _judge_place(candidate, element)
    _judge_unheard(candidate)
    for gateway in candidate.diagram.of_kind(EVENT_GATEWAY):
        _judge_choice(candidate, gateway)
    for element in candidate.diagram.of_kind(*TASKS, RECEIVE):
        _judge_twins(candidate, candidate.diagram.boundary(element.id))


def _judge_told(candidate: Candidate, element: Element) -> None:
    """What it waits for, or tells, has a name."""
    if element.kind == RECEIVE or _MESSAGE in element.events:
        if element.message is None:
            candidate.add("no_message", element.id)
    elif _SIGNAL in element.events and element.signal is None:
        candidate.add("no_signal", element.id)
    elif _CONDITION in element.events and element.condition is None:
        candidate.add("no_event_condition", element.id)
    elif _CONDITION in element.events and _runs_again(candidate.diagram, element):
        candidate.add("condition_apart", element.id, **({"kind": AD_HOC} if element.implied else {}))
    elif element.kind == "endEvent" and _ERROR in element.events and element.error_code is None:
        candidate.add("no_error_code", element.id)


def _runs_again(diagram: Diagram, event: Element) -> bool:
    """Tell whether what a condition is looked at for runs several times, an ad-hoc sub-process itself included."""
    at = diagram.elements.get(event.attached_to or "")
    looped = event.implied and at is not None and at.loop is not None
    return looped or bool({event.within, event.attached_to} & diagram.apart)


def _judge_carried(candidate: Candidate, element: Element) -> None:
    told = element.told if element.throws or element.catches else None
    allowed = _allowed(element) if told is not None else ()
    for name in _CARRIED:
        if name in element.properties and name not in allowed:
            candidate.warn("not_carried", element.id, f"property:{name}", name=name)
    text = element.properties.get("payloadType")
    if text and type_of(text) is None:
        candidate.add("payload_type", element.id, "property:payloadType", text=text)


def _allowed(element: Element) -> tuple[str, ...]:
    key = ("correlationKey",) if element.message is not None and element.kind != "startEvent" else ()
    return (*key, "payload") if element.throws else (*key, "payloadVariable", "payloadType")


def _judge_place(candidate: Candidate, element: Element) -> None:
    """Where nobody has time to tell it, an event never happens."""
    at = candidate.diagram.elements.get(element.attached_to or "")
    if element.kind != "boundaryEvent" or at is None:
        return
    if at.kind in WORK and _BESIDE & {*element.events}:
        candidate.add("event_on_work", element.id, task=at.id)
    if at.kind == RECEIVE and _ERROR in element.events:
        candidate.add("error_on_task", element.id, task=at.id)
    if _ESCALATION in element.events:
        if at.kind in TASKS | WORK | {RECEIVE}:
            candidate.add("escalation_on_task", element.id, task=at.id)
        elif not any(element in _hearing(candidate.diagram, one) for one in _throwing(candidate.diagram)):
            candidate.add("escalation_never_thrown", element.id, task=at.id)


def _judge_unheard(candidate: Candidate) -> None:
    """What goes up and nobody catches."""
    diagram = candidate.diagram
    for element in _throwing(diagram):
        if not _hearing(diagram, element):
            candidate.warn("escalation_unheard", element.id)
    for element in diagram.throwing:
        caught = {event.error_code for event in diagram.catching(element.id)}
        if element.error_code is not None and not caught & {None, element.error_code}:
            candidate.warn("error_ends_case", element.id)


def _throwing(diagram: Diagram) -> list[Element]:
    thrown = diagram.of_kind("intermediateThrowEvent", "endEvent")
    return [element for element in thrown if _ESCALATION in element.events]


def _hearing(diagram: Diagram, thrown: Element) -> list[Element]:
    """The events on the boxes around an escalation that catch it."""
    events = (event for box in diagram.around(thrown.id) for event in diagram.boundary(box.id))
    return [
        one for one in events if _ESCALATION in one.events and one.escalation_code in (None, thrown.escalation_code)
    ]


def _judge_choice(candidate: Candidate, gateway: Element) -> None:
    diagram = candidate.diagram
    behind = [diagram.elements[flow.target] for flow in diagram.outgoing(gateway.id) if flow.target in diagram.elements]
    if len(behind) < 2:
        candidate.add("choice_of_one", gateway.id)
    for element in behind:
        if not _can_be_chosen(candidate, element):
            candidate.add("choice_of_no_event", element.id, gateway=gateway.id)
        elif len(diagram.incoming(element.id)) > 1:
            candidate.add("choice_from_elsewhere", element.id, gateway=gateway.id)
        elif element.kind == RECEIVE and diagram.boundary(element.id):
            candidate.add("choice_with_border", element.id, gateway=gateway.id)
    _judge_twins(candidate, behind)


def _can_be_chosen(candidate: Candidate, element: Element) -> bool:
    waits = {_MESSAGE, _SIGNAL, _CONDITION, _TIMER} & {*element.events}
    return element.kind == RECEIVE or (element.kind == "intermediateCatchEvent" and bool(waits))


def _judge_twins(candidate: Candidate, events: Iterable[Element]) -> None:
    """Of two events that wait side by side for the same, nobody could say which happens."""
    seen: dict[tuple[object, str], str] = {}
    for element in events:
        if element.told is None:
            continue
        what = (element.told, element.properties.get("correlationKey", ""))
        if what in seen:
            candidate.add("twin_event", element.id, other=seen[what], name=element.told[1])
        seen.setdefault(what, element.id)
