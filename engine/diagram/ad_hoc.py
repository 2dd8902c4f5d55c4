"""
Ad-hoc sub-processes, drawn with gateways: whatever no flow leads to is offered at once, each once, and the sub-process
ends when all of it is done, or once its completion condition holds after one of them; then the others end.

The parts that nobody drew have a dot in their ids.
"""

from __future__ import annotations

from lxml import etree

from engine.diagram.event_boxes import END, IMPLIED
from engine.diagram.namespaces import BPMN

#: BPMN's name of it
AD_HOC = "adHocSubProcess"
#: endings of the ids of what nobody drew: where it begins, where the ways part, what waits for the condition, where the
#: ways out meet
FIRST, OFFERS, ENOUGH, DONE = ".first", ".offers", ".enough", ".over"
_CONDITION = f"{{{BPMN}}}completionCondition"
_FLOW = f"{{{BPMN}}}sequenceFlow"
#: leads elsewhere, or is led to, as by a flow
_LINK = f"{{{BPMN}}}linkEventDefinition"
_ENDS = frozenset({"startEvent", "endEvent"})
#: children that no token comes to
_BESIDE = frozenset(
    {
        *("boundaryEvent", "sequenceFlow", "completionCondition", "documentation", "extensionElements", "incoming"),
        *("outgoing", "textAnnotation", "association", "group"),
        *("dataObject", "dataObjectReference", "dataStoreReference"),
        *("property", "ioSpecification", "dataInputAssociation", "dataOutputAssociation"),
        *("multiInstanceLoopCharacteristics", "standardLoopCharacteristics"),
    }
)


def draw_in_order(process: etree._Element) -> None:
    """
    Rewrite the ad-hoc sub-processes of a process in place, the innermost first, where they are as they should be.
    """
    for box in reversed(list(process.iter(f"{{{BPMN}}}{AD_HOC}"))):
        nodes = [node for node in box.iterchildren(f"{{{BPMN}}}*") if etree.QName(node).localname not in _BESIDE]
        nodes = [node for node in nodes if node.get("triggeredByEvent") != "true"]
        led_to = {flow.get("targetRef") for flow in box.findall(_FLOW)}
        led_to |= {node.get("id") for node in nodes if node.find(_LINK) is not None}
        offered = [node.get("id") or "" for node in nodes if node.get("id") not in led_to]
        if offered and not any(etree.QName(node).localname in _ENDS for node in nodes):
            _offer(box, offered)
            _end(box, [node.get("id") or "" for node in nodes if node.find(_LINK) is None])
            _stop(box)
            box.tag = f"{{{BPMN}}}subProcess"


def _offer(box: etree._Element, offered: list[str]) -> None:
    key = box.get("id") or ""
    _add(box, "startEvent", key + FIRST)
    _add(box, "parallelGateway", key + OFFERS)
    for source, target in [(key + FIRST, key + OFFERS), *((key + OFFERS, target) for target in offered)]:
        _flow(box, source, target)


def _end(box: etree._Element, nodes: list[str]) -> None:
    """Every way ends where nothing follows, events on borders included."""
    leading = {flow.get("sourceRef") for flow in box.findall(_FLOW)}
    events = [event.get("id") or "" for event in box.findall(f"{{{BPMN}}}boundaryEvent")]
    for node in (*nodes, *events):
        if node not in leading:
            _add(box, "endEvent", node + END)
            _flow(box, node, node + END)


def _stop(box: etree._Element) -> None:
    """The condition becomes an event on the border, which leads on as the box does."""
    condition, scope, key = box.find(_CONDITION), box.getparent(), box.get("id") or ""
    if condition is None:
        box.attrib.pop("cancelRemainingInstances", None)
        return
    event = _add(scope, "boundaryEvent", key + ENOUGH, attachedToRef=key)
    definition = etree.SubElement(event, f"{{{BPMN}}}conditionalEventDefinition")
    condition.tag = f"{{{BPMN}}}condition"
    definition.append(condition)
    for flow in scope.findall(_FLOW):
        if flow.get("sourceRef") == key:
            flow.set("sourceRef", key + DONE)
    _add(scope, "exclusiveGateway", key + DONE)
    _flow(scope, key, key + DONE)
    _flow(scope, key + ENOUGH, key + DONE)


def _add(scope: etree._Element, kind: str, key: str, **attributes: str) -> etree._Element:
    return etree.SubElement(scope, f"{{{BPMN}}}{kind}", {"id": key, IMPLIED: "true", **attributes})


def _flow(scope: etree._Element, source: str, target: str) -> None:
    _add(scope, "sequenceFlow", f"{source}__{target}", sourceRef=source, targetRef=target)
