"""
Which elements of BPMN 2.0 are executed here, and which are only drawn. Whatever is in neither list is refused.

The README's table says the same; a test compares them.
"""

from __future__ import annotations

from lxml import etree

from engine.diagram import BOX, BPMN, DATA_ASSOCIATIONS, DRAWN_ONLY, RECEIVE, SUPPORTED, TASKS, WORK, scopes
from engine.diagram.calls import CALL, REFUSED
from engine.diagram.flattening import OPENED
from engine.diagram.loops import MULTIPLE, STANDARD
from engine.gate.collecting import Candidate

_TOLD = frozenset({"messageEventDefinition", "signalEventDefinition"})
_UPWARD = frozenset({"errorEventDefinition", "escalationEventDefinition"})
#: kind of event -> what may define it
EVENT_DEFINITIONS = {
    "startEvent": frozenset({"timerEventDefinition", *_TOLD}),
    "endEvent": frozenset({"terminateEventDefinition", *_TOLD, *_UPWARD}),
    "intermediateCatchEvent": frozenset({"timerEventDefinition", "conditionalEventDefinition", *_TOLD}),
    "intermediateThrowEvent": frozenset({"escalationEventDefinition", *_TOLD}),
    "boundaryEvent": frozenset({"timerEventDefinition", "conditionalEventDefinition", *_TOLD, *_UPWARD}),
}
#: children of elements that change nothing
_HARMLESS = frozenset({"documentation", "extensionElements", "incoming", "outgoing", "conditionExpression"})
LOOPS = frozenset({MULTIPLE, STANDARD})
_OF_LOOP = frozenset(
    {
        *("loopCardinality", "loopDataInputRef", "loopDataOutputRef", "inputDataItem", "outputDataItem"),
        *("completionCondition", "loopCondition"),
    }
)
#: of a box itself, beside what lies in it
_OF_BOX = _HARMLESS | DATA_ASSOCIATIONS | LOOPS
#: attributes that change how an element runs: attribute -> the only value that is executed
_ONLY = {
    "isForCompensation": "false",
    "startQuantity": "1",
    "completionQuantity": "1",
    "ordering": "Parallel",
    "cancelRemainingInstances": "true",
    "parallelMultiple": "false",
    "isInterrupting": "true",
    "instantiate": "false",
}
_EXPRESSIONS = tuple(
    f"{{{BPMN}}}{name}" for name in ("conditionExpression", "condition", "timeDate", "timeDuration", "timeCycle")
)
_TRUE = frozenset({"true", "1"})
_SCRIPT = frozenset({"script"})
_FEEL = frozenset(
    {
        "feel",
        "http://www.omg.org/spec/FEEL/20140401",
        "https://www.omg.org/spec/DMN/20191111/FEEL/",
        "https://www.omg.org/spec/DMN/20180521/FEEL/",
        "http://www.omg.org/spec/DMN/20180521/FEEL/",
    }
)


def judge_elements(candidate: Candidate) -> None:
    """
    Find everything in the file that would not be executed as it is drawn.
    """
    root = candidate.source.root
    for node in _children(root):
        kind = etree.QName(node).localname
        if kind == "correlationProperty" or (kind == "extension" and node.get("mustUnderstand") in _TRUE):
            candidate.add("unsupported", node.get("id"), kind=kind)
    for key in sorted(candidate.source.repeated):
        candidate.add("repeated_id", key)
    for process in root.iterfind(f"{{{BPMN}}}process"):
        if process.get("isExecutable") == "true":
            for scope in scopes(process):
                _judge_scope(candidate, scope)
    for node in root.iter(*_EXPRESSIONS):
        language = node.get("language")
        if language is not None and language not in _FEEL:
            owner = next((above.get("id") for above in node.iterancestors() if above.get("id")), None)
            candidate.add("language", owner, etree.QName(node).localname, language=language)


def _judge_scope(candidate: Candidate, scope: etree._Element) -> None:
    """The elements of the process or of a box that is executed as one."""
    for node in _children(scope):
        kind = etree.QName(node).localname
        if kind == BOX and node.get(OPENED) != "true":
            _judge_box(candidate, node)
        elif kind == CALL:
            candidate.add(node.get(REFUSED) or "call_unknown", node.get("id"), name=node.get("calledElement") or "–")
        elif kind in SUPPORTED:
            _judge_node(candidate, node, kind)
        elif kind == "sequenceFlow":
            _judge_attributes(candidate, node)
            _judge_children(candidate, node, frozenset())
        elif kind not in DRAWN_ONLY | _OF_BOX:
            candidate.add("unsupported", node.get("id"), kind=kind)
        elif kind.startswith("data") or kind == "ioSpecification":
            candidate.warn("drawn_only", node.get("id"), kind=kind)


def _judge_box(candidate: Candidate, node: etree._Element) -> None:
    inside = [(etree.QName(child).localname, child) for child in _children(node)]
    starts = [child for name, child in inside if name == "startEvent"]
    if node.get("triggeredByEvent") == "true":
        candidate.add("unsupported", node.get("id"), kind="eventSubProcess")
    elif len(starts) != 1 or _defined(starts[0]) or not any(name == "endEvent" for name, _ in inside):
        candidate.add("unsupported", node.get("id"), kind=BOX)
    _judge_attributes(candidate, node)
    _judge_loops(candidate, node)


def _judge_loops(candidate: Candidate, node: etree._Element) -> None:
    for loop in _children(node):
        if etree.QName(loop).localname in LOOPS:
            if loop.get("behavior", "All") != "All":
                candidate.add("unsupported_attribute", node.get("id"), name="behavior", value=loop.get("behavior"))
            for child in _children(loop):
                if (name := etree.QName(child).localname) not in _OF_LOOP:
                    candidate.add("unsupported", node.get("id"), kind=name)


def _defined(event: etree._Element) -> bool:
    return any(etree.QName(child).localname.endswith("EventDefinition") for child in _children(event))


def _judge_node(candidate: Candidate, node: etree._Element, kind: str) -> None:
    _judge_attributes(candidate, node)
    allowed = EVENT_DEFINITIONS.get(kind, _SCRIPT if kind == "scriptTask" else frozenset())
    definitions = [name for child in _children(node) if (name := etree.QName(child).localname) in allowed]
    if len(definitions) > 1:
        candidate.add("many_events", node.get("id"))
    if kind in TASKS | WORK | {RECEIVE}:
        allowed |= LOOPS
        _judge_loops(candidate, node)
    _judge_children(candidate, node, allowed | DATA_ASSOCIATIONS)


def _judge_attributes(candidate: Candidate, node: etree._Element) -> None:
    for name, executed in _ONLY.items():
        value = node.get(name)
        if value is not None and value != executed:
            candidate.add("unsupported_attribute", node.get("id"), name=name, value=value, kind=name)


def _judge_children(candidate: Candidate, node: etree._Element, allowed: frozenset[str]) -> None:
    for child in _children(node):
        name = etree.QName(child).localname
        if name not in allowed and name not in _HARMLESS:
            candidate.add("unsupported", node.get("id"), kind=name)


def _children(node: etree._Element) -> list[etree._Element]:
    """The children in BPMN's namespace."""
    return [child for child in node.iterchildren(etree.Element) if etree.QName(child).namespace == BPMN]
