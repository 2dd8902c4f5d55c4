"""
Sub-processes and links without a boundary of their own: what is drawn inside is put where the box stands.

An embedded sub-process becomes its inner elements and, behind them, the box itself as a milestone; a pair of link
events becomes a flow. What happens is the same, and SpiffWorkflow, which would lose the token at a link, sees neither.
A sub-process that is more than a box (one that has events on its border, that repeats or ends by itself) stays as it
is; what an event sub-process stands for is drawn out first (`engine.diagram.event_boxes`).
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.diagram.ad_hoc import draw_in_order
from engine.diagram.calls import CALLED
from engine.diagram.event_boxes import HANDLER, draw_out
from engine.diagram.namespaces import BPMN
from engine.diagram.reach import closure
from engine.diagram.transactions import draw_plain

#: attribute of a box whose inside stands beside it
OPENED = "opened"
_MILESTONE = f"{{{BPMN}}}intermediateThrowEvent"
_SUB_PROCESS = f"{{{BPMN}}}subProcess"
_FLOW = f"{{{BPMN}}}sequenceFlow"
_LINK = f"{{{BPMN}}}linkEventDefinition"
#: children that stay with the box
_OWN = frozenset({"documentation", "extensionElements", "incoming", "outgoing", *("property", "ioSpecification")})
#: gateways that may send a token each way, and that wait for those that come
_FORKING = ("parallelGateway", "inclusiveGateway")
_DATA = frozenset({"dataInputAssociation", "dataOutputAssociation"})


def flatten(process: etree._Element) -> None:
    """
    Rewrite a process in place; done twice, it changes nothing more.
    """
    draw_plain(process)
    draw_in_order(process)
    for box in reversed(list(process.iter(_SUB_PROCESS))):
        draw_out(box)
    draw_out(process)
    for box in reversed(list(process.iter(_SUB_PROCESS))):
        if _is_plain(box):
            _open(process, box)
    for scope in (process, *process.iter(_SUB_PROCESS)):
        _link(scope)


def _children(node: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    """The children in BPMN's namespace, by their kind."""
    for child in node.iterchildren(etree.Element):
        name = etree.QName(child)
        if name.namespace == BPMN:
            yield name.localname, child


def _inside(box: etree._Element, kind: str) -> list[etree._Element]:
    return [child for name, child in _children(box) if name == kind]


def _defined(event: etree._Element) -> bool:
    return any(name.endswith("EventDefinition") or name == "eventDefinitionRef" for name, _ in _children(event))


def _is_plain(box: etree._Element) -> bool:
    starts, ends = _inside(box, "startEvent"), _inside(box, "endEvent")
    return (
        box.get("triggeredByEvent", "false") == "false"
        and box.get(HANDLER) is None
        and box.get(CALLED) is None
        and not any(event.get("attachedToRef") == box.get("id") for event in _inside(box.getparent(), "boundaryEvent"))
        # then several tokens come to its ends, and it leads on only once
        and not any(event.get("cancelActivity") == "false" for event in _inside(box, "boundaryEvent"))
        and not _parts_for_good(box)
        and not any(name.endswith("LoopCharacteristics") for name, _ in _children(box))
        and len(starts) == 1
        and bool(ends)
        and not any(map(_defined, [*starts, *ends]))
    )


def _parts_for_good(box: etree._Element) -> bool:
    """Tell whether ways that a gateway parts may come to the ends without having met at one gateway before."""
    after: dict[str | None, list[str]] = {}
    for flow in _inside(box, "sequenceFlow"):
        after.setdefault(flow.get("sourceRef"), []).append(flow.get("targetRef") or "")
    for event in _inside(box, "boundaryEvent"):
        after.setdefault(event.get("attachedToRef"), []).append(event.get("id") or "")
    gates = {gate.get("id") or "" for kind in _FORKING for gate in _inside(box, kind)}
    ends = {end.get("id") or "" for end in _inside(box, "endEvent")}

    def ends_beyond(gate: str, met: str) -> set[str]:
        return ends & closure([gate], lambda key: () if key == met else after.get(key, ()))

    parting = [gate for gate in gates if len(after.get(gate, ())) > 1]
    return any(all(ends_beyond(gate, met) for met in gates - {gate}) for gate in parting)


def _open(process: etree._Element, box: etree._Element) -> None:
    outside = box.getparent()
    key = box.get("id") or ""
    (start,) = _inside(box, "startEvent")
    for flow in outside.findall(_FLOW):
        if flow.get("targetRef") == key:
            flow.set("targetRef", start.get("id") or "")
    for end in _inside(box, "endEvent"):
        source = end.get("id") or ""
        flow = {"id": f"{source}__{key}", "sourceRef": source, "targetRef": key}
        etree.SubElement(outside, _FLOW, flow)
        end.tag = _MILESTONE
    start.tag = _MILESTONE
    inner = [child for name, child in _children(box) if name not in _OWN | _DATA]
    _list_in_lanes(process, key, [child.get("id") or "" for child in inner if child.tag != _FLOW])
    outside.extend(inner)
    box.set(OPENED, "true")


def _list_in_lanes(process: etree._Element, box: str, keys: list[str]) -> None:
    """What is inside a box lies in the lane of the box, unless a lane says otherwise."""
    refs = list(process.iter(f"{{{BPMN}}}flowNodeRef"))
    listed = {(ref.text or "").strip() for ref in refs}
    for ref in refs:
        if (ref.text or "").strip() == box:
            for key in keys:
                if key not in listed:
                    etree.SubElement(ref.getparent(), f"{{{BPMN}}}flowNodeRef").text = key


def _link(scope: etree._Element) -> None:
    """Join each throwing link with the one that catches its name, where there is exactly one."""
    throws = [node for node in scope.findall(_MILESTONE) if node.find(_LINK) is not None]
    catches = [node for node in scope.findall(f"{{{BPMN}}}intermediateCatchEvent") if node.find(_LINK) is not None]
    named: dict[str, list[etree._Element]] = {}
    for catch in catches:
        named.setdefault(_name(catch), []).append(catch)
    for name, found in named.items():
        sources = [throw for throw in throws if _name(throw) == name]
        if len(found) != 1 or not sources:
            continue
        target = found[0].get("id") or ""
        for throw in sources:
            source = throw.get("id") or ""
            etree.SubElement(scope, _FLOW, {"id": f"{source}__{target}", "sourceRef": source, "targetRef": target})
        for event in (*sources, found[0]):
            event.remove(event.find(_LINK))
            event.tag = _MILESTONE


def _name(event: etree._Element) -> str:
    definition = event.find(_LINK)
    return (definition.get("name") if definition is not None else None) or event.get("name") or ""
