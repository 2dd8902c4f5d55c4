"""
What one element of a diagram says, part by part and as text: what the model reads of it, then whatever else its XML
holds, attribute by attribute. Of a role it says only where it decides who does a task.
"""

from __future__ import annotations

from lxml import etree

from engine.diagram import BPMN, SPIFF, TASKS, Element
from engine.diagram.loops import MULTIPLE, STANDARD

#: attributes that the model reads, or that only carry an id
_READ_ATTRIBUTES = frozenset(
    {
        *("id", "name", "default", "cancelActivity", "attachedToRef", "sourceRef", "targetRef", "processRef"),
        *("messageRef", "calledElement", "called", "refused", "wants"),
    }
)
#: children that the model reads, or that other elements say
_READ = frozenset({"documentation", "script", "incoming", "outgoing", "flowNodeRef", "conditionExpression"})
_READ_ENDINGS = ("EventDefinition", "LoopCharacteristics")
_READ_EXTENSIONS = frozenset(f"{{{SPIFF}}}{name}" for name in ("properties", "serviceTaskOperator", "calledDecisionId"))
#: kind of repetition -> what only the other one says
_OTHER_LOOPS = {MULTIPLE: "asks_first", STANDARD: "in_turn"}


def facts_of(element: Element, node: etree._Element) -> dict[str, str]:
    """
    Return everything that an element says, by part; nothing said is an empty text.
    """
    return _known(element, node) | unread(node)


def _known(element: Element, node: etree._Element) -> dict[str, str]:
    facts = {
        "kind": element.kind,
        "name": element.name,
        "lane": element.lane or "",
        "role": (element.role or "") if element.kind in TASKS else "",
        "documentation": element.documentation,
        "decision": element.decision or "",
        "events": ", ".join(element.events),
        "timer_kind": element.timer_kind or "",
        "timer": element.timer or "",
        "message": element.message or "",
        "signal": element.signal or "",
        "error_code": element.error_code or "",
        "escalation_code": element.escalation_code or "",
        "condition": element.condition or "",
        "attached_to": element.attached_to or "",
        "interrupting": _flag(element.interrupting) if element.attached_to else "",
        "default_flow": element.default_flow or "",
        "within": element.within or "",
        "call": element.call.process if element.call is not None else node.get("calledElement") or "",
    }
    if element.loop is not None:
        other = _OTHER_LOOPS[element.loop.kind]
        said = {name: value for name, value in vars(element.loop).items() if value is not None and name != other}
        facts |= {f"loop.{name}": _text(value) for name, value in said.items()}
    facts |= {f"property.{name}": value for name, value in element.properties.items()}
    if element.operation is not None:
        facts |= {"operation": element.operation.name, "result": element.operation.result or ""}
        facts |= {f"parameter.{name}": text for name, text in element.operation.parameters}
    return facts


def unread(node: etree._Element) -> dict[str, str]:
    """
    Return what else an element says: `attribute.NAME` -> value, and as `rest` its other children.
    """
    found = {f"attribute.{name}": value for name, value in _attributes(node).items()}
    rest = [plain(child) for child in _children(node)]
    return found | ({"rest": repr(rest)} if rest else {})


def plain(node: etree._Element) -> object:
    """
    Return an element as plain values, without what has an id of its own inside: that is compared by itself.
    """
    children = [plain(child) for child in node.iterchildren(etree.Element) if child.get("id") is None]
    return node.tag, sorted(node.attrib.items()), " ".join((node.text or "").split()), children


def _attributes(node: etree._Element) -> dict[str, str]:
    names = ((etree.QName(name).localname, value) for name, value in node.attrib.items())
    return {name: value for name, value in names if name not in _READ_ATTRIBUTES}


def _children(node: etree._Element) -> list[etree._Element]:
    """The children that neither the model reads nor another element says."""
    found = []
    for child in node.iterchildren(etree.Element):
        name = etree.QName(child)
        if name.localname == "extensionElements":
            found += [one for one in child.iterchildren(etree.Element) if one.tag not in _READ_EXTENSIONS]
        elif not (name.namespace == BPMN and (name.localname in _READ or name.localname.endswith(_READ_ENDINGS))):
            found += [child] if child.get("id") is None else []
    return found


def _text(value: object) -> str:
    return _flag(value) if isinstance(value, bool) else str(value)


def _flag(value: bool) -> str:
    return "true" if value else "false"
