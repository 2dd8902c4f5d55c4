"""
Event sub-processes: what can happen at any time in a scope, drawn as an event on the border of what it happens to.

Everything else in the scope goes into a box of its own; the event that an event sub-process begins with becomes an
event on that box, and leads to the event sub-process as to any other. SpiffWorkflow, which would let the open tasks run
on beside an interrupting one, sees only events on borders. The parts that nobody drew have a dot in their ids.
"""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from engine.diagram.namespaces import BPMN

#: attribute of an event sub-process that was drawn out
HANDLER = "handler"
#: attribute of what nobody drew
IMPLIED = "implied"
#: endings of the ids of what nobody drew: the box around everything else, where a box begins, what comes behind it
SCOPE, BEGIN, END = ".scope", ".begin", ".end"
_SUB_PROCESS, _FLOW = f"{{{BPMN}}}subProcess", f"{{{BPMN}}}sequenceFlow"
_START, _BOUNDARY = f"{{{BPMN}}}startEvent", f"{{{BPMN}}}boundaryEvent"
#: children that stay with the scope
_OWN = frozenset(
    {
        *("documentation", "extensionElements", "incoming", "outgoing", "laneSet", "property", "ioSpecification"),
        *("dataInputAssociation", "dataOutputAssociation", "textAnnotation", "association", "group"),
        *("multiInstanceLoopCharacteristics", "standardLoopCharacteristics"),
    }
)


def draw_out(scope: etree._Element) -> None:
    """
    Rewrite a process or sub-process in place whose event sub-processes are all as they should be.
    """
    handlers = [box for box in scope.findall(_SUB_PROCESS) if box.get("triggeredByEvent") == "true"]
    starts = scope.findall(_START)
    if not handlers or len(starts) != 1 or not all(map(_is_sound, handlers)):
        return
    key = scope.get("id") or ""
    inner = etree.Element(_SUB_PROCESS, {"id": key + SCOPE, IMPLIED: "true"})
    for child in list(scope.iterchildren(etree.Element)):
        if child not in handlers and child not in starts and etree.QName(child).localname not in _OWN:
            inner.append(child)
    scope.append(inner)
    _begin(scope, inner, starts[0])
    _end(scope, key + SCOPE)
    for box in handlers:
        _attach(scope, box, inner)


def _is_sound(box: etree._Element) -> bool:
    """One start event, defined by one event, and nothing that leads in or out."""
    starts = box.findall(_START)
    key = box.get("id")
    flows = box.getparent().iterfind(_FLOW)
    return (
        len(starts) == 1
        and len(_definitions(starts[0])) == 1
        and not any(key in (flow.get("sourceRef"), flow.get("targetRef")) for flow in flows)
    )


def _definitions(event: etree._Element) -> Sequence[etree._Element]:
    return [node for node in event.iterchildren(etree.Element) if node.tag.endswith("EventDefinition")]


def _begin(scope: etree._Element, inner: etree._Element, start: etree._Element) -> None:
    """The scope begins as it was drawn; inside, its first flow begins at a start that nobody drew."""
    key = scope.get("id") or ""
    etree.SubElement(inner, _START, {"id": key + BEGIN, IMPLIED: "true"})
    for flow in inner.findall(_FLOW):
        if flow.get("sourceRef") == start.get("id"):
            flow.set("sourceRef", key + BEGIN)
    _flow(scope, start.get("id") or "", key + SCOPE)


def _attach(scope: etree._Element, box: etree._Element, inner: etree._Element) -> None:
    key = box.get("id") or ""
    (event,) = box.findall(_START)
    etree.SubElement(box, _START, {"id": key + BEGIN, IMPLIED: "true"})
    for flow in box.findall(_FLOW):
        if flow.get("sourceRef") == event.get("id"):
            flow.set("sourceRef", key + BEGIN)
    event.tag = _BOUNDARY
    event.set("attachedToRef", inner.get("id") or "")
    event.set("cancelActivity", event.attrib.pop("isInterrupting", "true"))
    scope.append(event)
    del box.attrib["triggeredByEvent"]
    box.set(HANDLER, "true")
    _flow(scope, event.get("id") or "", key)
    _end(scope, key)


def _end(scope: etree._Element, source: str) -> None:
    etree.SubElement(scope, f"{{{BPMN}}}endEvent", {"id": source + END, IMPLIED: "true"})
    _flow(scope, source, source + END)


def _flow(scope: etree._Element, source: str, target: str) -> None:
    ends = {"id": f"{source}__{target}", "sourceRef": source, "targetRef": target, IMPLIED: "true"}
    etree.SubElement(scope, _FLOW, ends)
