"""
Reads the one executable process of BPMN 2.0 XML into a diagram; what is drawn wrongly is judged elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lxml import etree

from engine.diagram.calls import CALL, call_of
from engine.diagram.definitions import Definitions
from engine.diagram.elements import Element, Flow, OperationCall
from engine.diagram.event_boxes import IMPLIED
from engine.diagram.flattening import OPENED, flatten
from engine.diagram.kinds import BOX, SUPPORTED
from engine.diagram.loops import loop_of
from engine.diagram.model import Diagram
from engine.diagram.namespaces import BPMN, SPIFF
from engine.errors import ReleaseRefused
from engine.findings import Finding
from engine.safe_xml import Source, Unsafe, read_xml

_NS = {"b": BPMN, "s": SPIFF}

MOST_NODES = 200  # a chain of more than 489 tasks ends SpiffWorkflow's parser in a RecursionError


def read_diagram(file: str, content: bytes) -> Diagram:
    """
    Read the one executable process of a BPMN file.

    Raises:
        ReleaseRefused: if the file can't be read at all; what is drawn is judged by `engine.gate`.
    """
    try:
        source = read_xml(file, content)
    except Unsafe as unsafe:
        raise ReleaseRefused((unsafe.finding,)) from None
    return diagram_of(source)


def diagram_of(source: Source) -> Diagram:
    """
    Read the one executable process of a file that may be looked at.

    Raises:
        ReleaseRefused: if there is none, or more than one, or it is too large.
    """
    process = _process(source)
    flatten(process)
    return _diagram(source, process, SUPPORTED, (BOX,))


def drawing_of(source: Source) -> Diagram:
    """
    Read the same as it was drawn: nothing is put elsewhere, and what is not executed is there too.

    Raises:
        ReleaseRefused: as `diagram_of`.
    """
    boxes = (BOX, "transaction", "adHocSubProcess")
    return _diagram(source, _process(source), SUPPORTED | {*boxes, CALL, "task", "complexGateway"}, boxes)


def _process(source: Source) -> etree._Element:
    root = source.root
    if root.tag != f"{{{BPMN}}}definitions":
        raise ReleaseRefused((Finding("not_bpmn", source.file),))
    processes = [node for node in root.findall(f"{{{BPMN}}}process") if node.get("isExecutable") == "true"]
    if len(processes) != 1:
        many = {"kind": "many"} if processes else {}
        raise ReleaseRefused((Finding("one_process", source.file, params={"count": len(processes), **many}),))
    return processes[0]


def _diagram(source: Source, process: etree._Element, kinds: frozenset[str], boxes: Sequence[str]) -> Diagram:
    root = source.root
    definitions = Definitions(root)
    lanes, lane_refs = _lanes(process)
    lane_of = {key: names[0] for key, names in lane_refs.items()}
    elements: dict[str, Element] = {}
    for node in _nodes(process, kinds, boxes):
        element = _element(node, etree.QName(node).localname, lanes, lane_of, definitions)
        elements.setdefault(element.id, element)
    if len(elements) > MOST_NODES:
        raise ReleaseRefused((Finding("too_many_nodes", source.file, params={"limit": MOST_NODES}),))
    drawn = (node for scope in scopes(process, boxes) for node in scope.findall(f"{{{BPMN}}}sequenceFlow"))
    # A flow without an id is refused by the gate, and is none the less drawn.
    flows = {flow.id or f"{flow.source} → {flow.target}": flow for flow in map(_flow, drawn)}
    participant = root.xpath(".//b:participant[@processRef=$id]/@name", namespaces=_NS, id=process.get("id"))
    title = process.get("name") or (participant[0] if participant else "")
    return Diagram(process.get("id") or "", title, elements, flows, lanes, lane_refs, _properties(process))


def scopes(process: etree._Element, boxes: Sequence[str] = (BOX,)) -> Iterator[etree._Element]:
    """
    Yield a flattened process and every box in it that is executed as one, each before those inside it.
    """
    yield process
    for box in process.iter(*(f"{{{BPMN}}}{kind}" for kind in boxes)):
        if box.get(OPENED) != "true":
            yield box


def _nodes(process: etree._Element, kinds: frozenset[str], boxes: Sequence[str]) -> Iterator[etree._Element]:
    for scope in scopes(process, boxes):
        for node in scope.iterchildren(etree.Element):
            name = etree.QName(node)
            if name.namespace == BPMN and name.localname in kinds:
                yield node


def _within(node: etree._Element) -> str | None:
    """A flow node lies in the process or in a box."""
    above = node.getparent()
    return None if above.tag == f"{{{BPMN}}}process" else above.get("id") or ""


def _lane(node: etree._Element, lane_of: Mapping[str, str]) -> str | None:
    """Its own, or that of what it sits on or lies in."""
    found = lane_of.get(node.get("id") or "") or lane_of.get(node.get("attachedToRef") or "")
    above = node.getparent()
    return found or (_lane(above, lane_of) if above is not None and above.get("id") else None)


def _lanes(process: etree._Element) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """The roles of the lanes, and the lanes that list each element; of nested lanes the innermost."""
    roles: dict[str, str] = {}
    refs: dict[str, dict[str, int]] = {}
    for lane in process.iterfind(f".//{{{BPMN}}}lane"):
        name = lane.get("name") or ""
        roles[name] = _properties(lane).get("role", "")
        depth = len(list(lane.iterancestors(f"{{{BPMN}}}lane")))
        for node in lane.findall(f"{{{BPMN}}}flowNodeRef"):
            refs.setdefault((node.text or "").strip(), {})[name] = depth
    return roles, {key: _innermost(found) for key, found in refs.items()}


def _innermost(depths: Mapping[str, int]) -> tuple[str, ...]:
    deepest = max(depths.values())
    return tuple(name for name, depth in depths.items() if depth == deepest)


def _element(
    node: etree._Element,
    kind: str,
    lanes: Mapping[str, str],
    lane_of: Mapping[str, str],
    definitions: Definitions,
) -> Element:
    key = node.get("id") or ""
    properties = _properties(node)
    lane = _lane(node, lane_of)
    timer_kind, timer = _timer(node)
    referred = definitions.of(node)
    local = [etree.QName(child).localname for child in node if isinstance(child.tag, str)]
    return Element(
        id=key,
        kind=kind,
        name=" ".join((node.get("name") or "").split()),
        lane=lane,
        role=properties.get("candidateRole") or (lanes.get(lane) if lane else None) or None,
        properties=properties,
        documentation=" ".join((node.findtext(f"{{{BPMN}}}documentation") or "").split()),
        operation=_operation(node) or _script(node),
        decision=(node.findtext(f".//{{{SPIFF}}}calledDecisionId") or "").strip() or None,
        timer=timer,
        timer_kind=timer_kind,
        error_code=referred.error_code,
        message=referred.message,
        signal=referred.signal,
        escalation_code=referred.escalation_code,
        condition=referred.condition,
        attached_to=node.get("attachedToRef"),
        interrupting=node.get("cancelActivity", "true") == "true",
        terminates=node.find(f"{{{BPMN}}}terminateEventDefinition") is not None,
        default_flow=node.get("default"),
        events=tuple(name for name in local if name.endswith("EventDefinition")),
        within=_within(node),
        loop=loop_of(node),
        call=call_of(node, properties),
        implied=node.get(IMPLIED) is not None,
    )


def _properties(node: etree._Element) -> dict[str, str]:
    found = node.findall(f"{{{BPMN}}}extensionElements/{{{SPIFF}}}properties/{{{SPIFF}}}property")
    return {item.get("name") or "": item.get("value") or "" for item in found}


def _operation(node: etree._Element) -> OperationCall | None:
    operator = node.find(f"{{{BPMN}}}extensionElements/{{{SPIFF}}}serviceTaskOperator")
    if operator is None:
        return None
    parameters = operator.iterfind(f"{{{SPIFF}}}parameters/{{{SPIFF}}}parameter")
    return OperationCall(
        operator.get("id") or "",
        tuple((item.get("id") or "", item.get("value") or "") for item in parameters),
        operator.get("resultVariable") or None,
    )


def _script(node: etree._Element) -> OperationCall | None:
    """A script may only be the name of an operation."""
    name = (node.findtext(f"{{{BPMN}}}script") or "").strip()
    return OperationCall(name, (), None) if name else None


def _timer(node: etree._Element) -> tuple[str | None, str | None]:
    definition = node.find(f"{{{BPMN}}}timerEventDefinition")
    if definition is None:
        return None, None
    for kind in ("timeDate", "timeDuration", "timeCycle"):
        text = definition.findtext(f"{{{BPMN}}}{kind}")
        if text is not None:
            return kind, text.strip()
    return None, None


def _flow(node: etree._Element) -> Flow:
    condition = node.findtext(f"{{{BPMN}}}conditionExpression")
    return Flow(
        node.get("id") or "",
        node.get("sourceRef") or "",
        node.get("targetRef") or "",
        " ".join((node.get("name") or "").split()),
        condition.strip() if condition is not None else None,
    )
