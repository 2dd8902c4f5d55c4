"""
A diagram as drawn: elements, flows, lanes and their properties, read from BPMN 2.0 XML.

It executes nothing, judges nothing and knows no SpiffWorkflow; `engine.gate` judges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from lxml import etree

from engine.calls import Call, call_of
from engine.definitions import MESSAGE, SIGNAL, Definitions
from engine.errors import ReleaseRefused
from engine.event_boxes import IMPLIED
from engine.findings import Finding
from engine.flattening import OPENED, flatten
from engine.loops import Loop, loop_of
from engine.namespaces import BPMN, SPIFF
from engine.rounds import Rounds
from engine.safe_xml import Source, Unsafe, read_xml

_NS = {"b": BPMN, "s": SPIFF}

MOST_NODES = 200  # a chain of more than 489 tasks ends SpiffWorkflow's parser in a RecursionError

TASKS = frozenset({"userTask", "manualTask"})
WORK = frozenset({"serviceTask", "businessRuleTask", "scriptTask", "sendTask"})
#: waits for a message
RECEIVE = "receiveTask"
#: the first of the events behind it that happens decides
EVENT_GATEWAY = "eventBasedGateway"
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", EVENT_GATEWAY})
EVENTS = frozenset({"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"})
#: a sub-process; of a plain one only a milestone is left, its inside stands before it (`engine.flattening`)
BOX = "subProcess"
SUPPORTED = TASKS | WORK | GATEWAYS | EVENTS | {BOX, RECEIVE}
#: elements that only ever wait to be told
_CATCHING = frozenset({"startEvent", "intermediateCatchEvent", "boundaryEvent", RECEIVE})
#: of the picture alone: none of them changes what happens
DRAWN_ONLY = frozenset(
    {
        *("laneSet", "documentation", "extensionElements", "textAnnotation", "association", "group"),
        *("dataObject", "dataObjectReference", "dataStoreReference", "ioSpecification", "property"),
    }
)
#: the same, inside an element
DATA_ASSOCIATIONS = frozenset(
    {
        *("dataInputAssociation", "dataOutputAssociation", "property", "ioSpecification"),
        *("dataInput", "dataOutput", "inputSet", "outputSet"),
    }
)


@dataclass(frozen=True)
class OperationCall:
    """
    What a service task runs.
    """

    name: str
    #: parameter -> FEEL text
    parameters: tuple[tuple[str, str], ...]
    #: variable that takes the result, None: the result is dropped
    result: str | None


@dataclass(frozen=True)
class Flow:
    """
    A sequence flow.
    """

    id: str
    source: str
    target: str
    name: str
    #: FEEL text
    condition: str | None


@dataclass(frozen=True)
class Element:
    """
    A node of the diagram.
    """

    id: str
    #: BPMN's name of the kind, e.g. userTask
    kind: str
    #: Azerbaijani
    name: str
    #: name of the lane it lies in, None outside lanes
    lane: str | None = None
    #: role that does it: `candidateRole`, else the lane's role
    role: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    documentation: str = ""
    operation: OperationCall | None = None
    decision: str | None = None
    #: FEEL text of a timer
    timer: str | None = None
    #: timeDate, timeDuration or timeCycle
    timer_kind: str | None = None
    error_code: str | None = None
    #: names of a message and of a signal, thrown or caught
    message: str | None = None
    signal: str | None = None
    escalation_code: str | None = None
    #: FEEL text that a conditional event waits for
    condition: str | None = None
    attached_to: str | None = None
    interrupting: bool = True
    terminates: bool = False
    default_flow: str | None = None
    #: names of event definitions inside
    events: tuple[str, ...] = ()
    #: id of the box that it lies in, None: in none that is executed as one
    within: str | None = None
    #: how often it runs; None: once
    loop: Loop | None = None
    #: what it hands to another process and takes back; None: it calls none
    call: Call | None = None
    #: True: nobody drew it (`engine.event_boxes`)
    implied: bool = False

    @property
    def told(self) -> tuple[str, str] | None:
        """
        What it waits to be told, or tells: (message or signal, name); None: neither.
        """
        if self.message is not None:
            return MESSAGE, self.message
        return (SIGNAL, self.signal) if self.signal is not None else None

    @property
    def catches(self) -> bool:
        """
        Tell whether it waits to be told.
        """
        return self.kind in _CATCHING and self.told is not None

    @property
    def throws(self) -> bool:
        """
        Tell whether it sends a message or a signal.
        """
        return self.kind not in _CATCHING and self.told is not None and self.operation is None


@dataclass(frozen=True)
class Diagram:
    """
    One executable process.
    """

    process: str
    #: Azerbaijani title
    title: str
    elements: Mapping[str, Element]
    flows: Mapping[str, Flow]
    #: lane name -> role
    lanes: Mapping[str, str]
    #: id that a lane lists -> names of the innermost lanes that list it
    lane_refs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: of the process as a whole
    properties: Mapping[str, str] = field(default_factory=dict)

    def outgoing(self, element: str) -> tuple[Flow, ...]:
        """
        Return the flows that leave `element`, in the order of the file.
        """
        return self._outgoing.get(element, ())

    def incoming(self, element: str) -> tuple[Flow, ...]:
        """
        Return the flows that enter `element`.
        """
        return self._incoming.get(element, ())

    def boundary(self, element: str) -> tuple[Element, ...]:
        """
        Return the boundary events that sit on `element`.
        """
        return tuple(event for event in self.of_kind("boundaryEvent") if event.attached_to == element)

    def catching(self, element: str) -> tuple[Element, ...]:
        """
        Return the error events on the border of an element and of the boxes around it, the innermost first.
        """
        borders = (element, *(box.id for box in self.around(element)))
        found = (event for border in borders for event in self.boundary(border))
        return tuple(event for event in found if "errorEventDefinition" in event.events)

    def flow_between(self, source: str, target: str) -> str | None:
        """
        Return the id of the flow from `source` to `target`, None if there is none.
        """
        return self._between.get((source, target))

    def of_kind(self, *kinds: str) -> Iterator[Element]:
        """
        Yield the elements of these kinds.
        """
        return (element for element in self.elements.values() if element.kind in kinds)

    @cached_property
    def drawn(self) -> Mapping[str, Element]:
        """
        The elements that somebody drew.
        """
        return {key: element for key, element in self.elements.items() if not element.implied}

    @cached_property
    def ends(self) -> tuple[Element, ...]:
        """
        The end events that somebody drew, of the process and of boxes.
        """
        return tuple(element for element in self.drawn.values() if element.kind == "endEvent")

    @cached_property
    def throwing(self) -> tuple[Element, ...]:
        """
        The end events that throw an error.
        """
        return tuple(element for element in self.ends if "errorEventDefinition" in element.events)

    def around(self, element: str) -> Iterator[Element]:
        """
        Yield the boxes that an element lies in, the innermost first.
        """
        found = self.elements.get(element)
        while found is not None and found.within is not None:
            found = self.elements.get(found.within)
            if found is not None:
                yield found

    def inside(self, box: str) -> tuple[Element, ...]:
        """
        Return what lies in a box, but not in a box inside it; nothing of what is no box.
        """
        return self._inside.get(box, ())

    def scope(self, element: str) -> str | None:
        """
        Return the id of the box that an element lies in.
        """
        found = self.elements.get(element)
        return found.within if found is not None else None

    def following(self, element: str) -> list[str]:
        """
        Return what can come next after an element, events on its border included.
        """
        inner = [one.id for one in self.inside(element) if one.kind == "startEvent"]
        found = [flow.target for flow in self.outgoing(element)]
        if inner:
            found = inner + (found if self._may_be_skipped(element) else [])
        box = self.scope(element)
        if box is not None and self.elements[element].kind == "endEvent":
            thrown = self.elements[element] in self.throwing
            found = [event.id for event in self.catching(element)] if thrown else self._behind(box)
        return found + [event.id for event in self.boundary(element)]

    def preceding(self, element: str) -> list[str]:
        """
        Return what can have come just before an element; for an event on a border, what it sits on.
        """
        drawn = self.elements.get(element)
        if drawn is not None and drawn.attached_to is not None:
            return [drawn.attached_to]
        if drawn is not None and drawn.kind == "startEvent" and drawn.within is not None:
            return [drawn.within]
        found: list[str] = []
        for flow in self.incoming(element):
            ends = self.exits(flow.source)
            found += ends if ends and not self._is_apart(flow.source) else [flow.source]
        return found

    def exits(self, box: str) -> list[str]:
        """
        Return the end events inside a box after which it leads on: all but those that throw an error.
        """
        return [one.id for one in self.inside(box) if one.kind == "endEvent" and one not in self.throwing]

    def _behind(self, box: str) -> list[str]:
        return [flow.target for flow in self.outgoing(box)]

    def repeated(self, element: str) -> bool:
        """
        Tell whether an element has instances that know nothing of each other, itself or as part of a box.
        """
        chain = (self.elements.get(element), *self.around(element))
        return any(one is not None and one.loop is not None and one.loop.is_apart for one in chain)

    def shown_at(self, element: str) -> str:
        """
        Return what the picture has for an element: of what a called process does, the call.
        """
        return next((box.id for box in reversed(list(self.around(element))) if box.call is not None), element)

    def _is_apart(self, element: str) -> bool:
        """Tell whether what is learned inside an element comes out only where it is named."""
        found = self.elements.get(element)
        return found is not None and (found.call is not None or (found.loop is not None and found.loop.is_apart))

    def _may_be_skipped(self, element: str) -> bool:
        loop = self.elements[element].loop
        return loop is not None and (loop.is_apart or loop.asks_first)

    def texts(self) -> Iterator[str]:
        """
        Yield every text of the diagram that a person may read.
        """
        yield self.title
        yield self.properties.get("endedStatus", "")
        for element in self.elements.values():
            yield element.name
            for name in ("publicStatus", "whatNext", "confirmation", "whatNeeded"):
                yield element.properties.get(name, "")
        yield from (flow.name for flow in self.flows.values())
        yield from self.lanes

    @cached_property
    def rounds(self) -> Rounds:
        """
        How the user tasks lie to each other.
        """
        after = {name: tuple(self.following(name)) for name in self.elements}
        starts = (event.id for event in self.of_kind("startEvent") if event.within is None)
        apart = frozenset(task.id for task in self.of_kind(*TASKS) if self.repeated(task.id))
        tasks = (task.id for task in self.of_kind(*TASKS) if task.id not in apart)
        return replace(Rounds.of(starts, tasks, after), apart=apart)

    @cached_property
    def _inside(self) -> dict[str, tuple[Element, ...]]:
        found: dict[str, tuple[Element, ...]] = {}
        for element in self.elements.values():
            if element.within is not None:
                found[element.within] = (*found.get(element.within, ()), element)
        return found

    @cached_property
    def conditional(self) -> bool:
        """
        Tell whether an event waits for a condition.
        """
        return any(element.condition is not None for element in self.elements.values())

    @cached_property
    def apart(self) -> frozenset[str]:
        """
        The elements that run in several instances, whose data stays in each.
        """
        return frozenset(
            element.id
            for element in self.elements.values()
            if any(one.loop is not None and one.loop.is_apart for one in (element, *self.around(element.id)))
        )

    @cached_property
    def _outgoing(self) -> dict[str, tuple[Flow, ...]]:
        found: dict[str, tuple[Flow, ...]] = {}
        for flow in self.flows.values():
            found[flow.source] = (*found.get(flow.source, ()), flow)
        return found

    @cached_property
    def _incoming(self) -> dict[str, tuple[Flow, ...]]:
        found: dict[str, tuple[Flow, ...]] = {}
        for flow in self.flows.values():
            found[flow.target] = (*found.get(flow.target, ()), flow)
        return found

    @cached_property
    def _between(self) -> dict[tuple[str, str], str]:
        return {(flow.source, flow.target): flow.id for flow in self.flows.values()}


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
    root = source.root
    if root.tag != f"{{{BPMN}}}definitions":
        raise ReleaseRefused((Finding("not_bpmn", source.file),))
    processes = [node for node in root.findall(f"{{{BPMN}}}process") if node.get("isExecutable") == "true"]
    if len(processes) != 1:
        many = {"kind": "many"} if processes else {}
        raise ReleaseRefused((Finding("one_process", source.file, params={"count": len(processes), **many}),))
    process = processes[0]
    flatten(process)
    definitions = Definitions(root)
    lanes, lane_refs = _lanes(process)
    lane_of = {key: names[0] for key, names in lane_refs.items()}
    elements: dict[str, Element] = {}
    for node in _nodes(process):
        element = _element(node, etree.QName(node).localname, lanes, lane_of, definitions)
        elements.setdefault(element.id, element)
    if len(elements) > MOST_NODES:
        raise ReleaseRefused((Finding("too_many_nodes", source.file, params={"limit": MOST_NODES}),))
    drawn = (node for scope in scopes(process) for node in scope.findall(f"{{{BPMN}}}sequenceFlow"))
    # A flow without an id is refused by the gate, and is none the less drawn.
    flows = {flow.id or f"{flow.source} → {flow.target}": flow for flow in map(_flow, drawn)}
    participant = root.xpath(".//b:participant[@processRef=$id]/@name", namespaces=_NS, id=process.get("id"))
    title = process.get("name") or (participant[0] if participant else "")
    return Diagram(process.get("id") or "", title, elements, flows, lanes, lane_refs, _properties(process))


def scopes(process: etree._Element) -> Iterator[etree._Element]:
    """
    Yield a flattened process and every box in it that is executed as one, each before those inside it.
    """
    yield process
    for box in process.iter(f"{{{BPMN}}}{BOX}"):
        if box.get(OPENED) != "true":
            yield box


def _nodes(process: etree._Element) -> Iterator[etree._Element]:
    for scope in scopes(process):
        for node in scope.iterchildren(etree.Element):
            name = etree.QName(node)
            if name.namespace == BPMN and name.localname in SUPPORTED:
                yield node


def _within(node: etree._Element) -> str | None:
    above = node.getparent()
    return (above.get("id") or "") if above.tag == f"{{{BPMN}}}{BOX}" else None


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
