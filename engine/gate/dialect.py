"""
The dialect: BPMN 2.0 with our part of `spiffworkflow:`. What another engine would execute is refused, not passed over.

Diagrams of other dialects are converted before they come here; what only draws (colours, positions) is welcome.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.diagram import BPMN, SPIFF
from engine.diagram.calls import INPUTS, WAYS
from engine.gate.collecting import Candidate

#: namespaces whose attributes and elements another engine executes
_ENGINES = {
    "http://camunda.org/schema/1.0/bpmn": "Camunda 7",
    "http://camunda.org/schema/zeebe/1.0": "Camunda 8",
    "http://operaton.org/schema/1.0/bpmn": "Operaton",
    "http://activiti.org/bpmn": "Activiti",
    "http://flowable.org/bpmn": "Flowable",
    "http://flowable.org/design": "Flowable",
    "http://www.jboss.org/drools": "jBPM",
    "http://www.bonitasoft.org/ns/bpmn": "Bonita",
}
#: namespaces of what BPMN itself has: the model and the picture
_DRAWING = frozenset(
    {
        BPMN,
        "http://www.omg.org/spec/BPMN/20100524/DI",
        "http://www.omg.org/spec/DD/20100524/DC",
        "http://www.omg.org/spec/DD/20100524/DI",
    }
)
#: of our dialect: element -> attributes
_OURS = {
    "properties": frozenset[str](),
    "property": frozenset({"name", "value"}),
    "serviceTaskOperator": frozenset({"id", "resultVariable"}),
    "parameters": frozenset[str](),
    "parameter": frozenset({"id", "type", "value"}),
    "calledDecisionId": frozenset[str](),
}
_PROPERTIES = frozenset(
    [
        *("role", "formKey", "publicStatus", "statusTone", "whatNext", "silent", "confirmation", "outcome"),
        *("dueDate", "priority", "candidates", "candidateRole", "stopsTerm", "keepsAnswers", "endedStatus", INPUTS),
        *("correlationKey", "payload", "payloadVariable", "payloadType", "whatNeeded"),
    ]
)
_TONES = frozenset({"grey", "blue", "yellow", "green", "red"})


def judge_dialect(candidate: Candidate) -> None:
    """
    Find what is written in another dialect, or in ours with words that mean nothing.
    """
    seen: set[tuple[str, str]] = set()
    for node in candidate.source.root.iter(etree.Element):
        owner = _owner(node)
        for namespace in _namespaces(node):
            if namespace in _ENGINES and (owner, namespace) not in seen:
                seen.add((owner, namespace))
                candidate.add("dialect", owner or None, engine=_ENGINES[namespace])
        name = etree.QName(node)
        if name.namespace not in _DRAWING and not _extends(node):
            candidate.add("foreign", node.get("id") or owner or None, name=str(name))
        if name.namespace == SPIFF:
            _judge_ours(candidate, node, name.localname, owner)


def _extends(node: etree._Element) -> bool:
    """Tell whether a node is inside the extensions of an element, or of the picture."""
    return any(etree.QName(above).localname in ("extensionElements", "extension") for above in node.iterancestors())


def _judge_ours(candidate: Candidate, node: etree._Element, name: str, owner: str) -> None:
    if name not in _OURS:
        candidate.add("extension", owner, name, name=name)
        return
    for attribute in set(node.attrib) - _OURS[name]:
        candidate.add("extension", owner, name, name=f"{name} {attribute}")
    if name != "property":
        return
    key, value = node.get("name") or "", node.get("value") or ""
    if key not in _PROPERTIES and not key.startswith(WAYS):
        candidate.warn("unknown_property", owner, f"property:{key}", name=key)
    if key == "statusTone" and value not in _TONES:
        candidate.add("tone", owner, "property:statusTone", value=value, known=", ".join(sorted(_TONES)))


def _namespaces(node: etree._Element) -> Iterator[str]:
    for name in (node.tag, *node.attrib):
        namespace = etree.QName(name).namespace
        if namespace and namespace != BPMN:
            yield namespace


def _owner(node: etree._Element) -> str:
    """The id of the element of BPMN that a node belongs to."""
    found: etree._Element | None = node
    while found is not None:
        name = etree.QName(found)
        if name.namespace == BPMN and found.get("id"):
            return found.get("id") or ""
        found = found.getparent()
    return ""
