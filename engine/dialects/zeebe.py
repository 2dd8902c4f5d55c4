"""
Camunda 8: elements of `zeebe:`. Its expressions are FEEL behind `=`.
"""

from __future__ import annotations

from lxml import etree

from engine.diagram import BPMN
from engine.dialects.facts import Facts, drop, extensions
from engine.dialects.times import as_feel, as_iso

ZEEBE = "http://camunda.org/schema/zeebe/1.0"
_Z = f"{{{ZEEBE}}}"
_USER_TASK = f"{{{BPMN}}}userTask"
#: our property -> (element, attribute)
_USERS = {
    "formKey": ("formDefinition", "formId"),
    "dueDate": ("taskSchedule", "dueDate"),
    "priority": ("priorityDefinition", "priority"),
    "candidates": ("assignmentDefinition", "candidateUsers"),
    "candidateRole": ("assignmentDefinition", "candidateGroups"),
}
_NAMES = frozenset({"formKey", "candidateRole"})


class Zeebe:
    """
    `zeebe:`, as Camunda Modeler writes it for Camunda 8.
    """

    namespaces = {"zeebe": ZEEBE}

    def take(self, node: etree._Element) -> Facts:
        """
        Read what an element says, and remove it there.
        """
        facts = Facts()
        for item in node.findall(f"{{*}}extensionElements/{_Z}properties/{_Z}property"):
            facts.properties[item.get("name") or ""] = item.get("value") or ""
            drop(item)
        self._take_user_task(node, facts)
        for item in node.findall(f"{{*}}extensionElements/{_Z}taskDefinition"):
            facts.operation = item.get("type")
            drop(item)
        for item in node.findall(f"{{*}}extensionElements/{_Z}ioMapping/{_Z}input"):
            if facts.operation is not None:
                facts.parameters[item.get("target") or ""] = self.condition(item.get("source") or "") or ""
                drop(item)
        for item in node.findall(f"{{*}}extensionElements/{_Z}ioMapping/{_Z}output"):
            if facts.operation is not None and item.get("source") == "=result":
                facts.result = item.get("target")
                drop(item)
        for item in node.findall(f"{{*}}extensionElements/{_Z}calledDecision"):
            facts.decision = item.get("decisionId")
            drop(item)
        return facts

    def _take_user_task(self, node: etree._Element, facts: Facts) -> None:
        for ours, (element, attribute) in _USERS.items():
            item = node.find(f"{{*}}extensionElements/{_Z}{element}")
            value = item.attrib.pop(attribute, None) if item is not None else None
            if item is not None and value is not None:
                facts.properties[ours] = value if ours in _NAMES else self.condition(value) or value
                if not item.attrib:
                    drop(item)
        for item in node.findall(f"{{*}}extensionElements/{_Z}userTask"):
            drop(item)

    def put(self, node: etree._Element, facts: Facts) -> None:
        """
        Write what an element says.
        """
        properties = dict(facts.properties)
        if node.tag == _USER_TASK:
            etree.SubElement(extensions(node), f"{_Z}userTask")
            for ours, (element, attribute) in _USERS.items():
                if ours in properties:
                    value = properties.pop(ours)
                    item = node.find(f"{{*}}extensionElements/{_Z}{element}")
                    if item is None:
                        item = etree.SubElement(extensions(node), _Z + element)
                    item.set(attribute, value if ours in _NAMES else self.written(value))
        if properties:
            inside = etree.SubElement(extensions(node), f"{_Z}properties")
            for name, value in properties.items():
                etree.SubElement(inside, f"{_Z}property", name=name, value=value)
        if facts.operation is not None:
            etree.SubElement(extensions(node), f"{_Z}taskDefinition", type=facts.operation)
            self._put_mapping(node, facts)
        if facts.decision:
            called = {"decisionId": facts.decision, "resultVariable": facts.decision}
            etree.SubElement(extensions(node), f"{_Z}calledDecision", called)

    def _put_mapping(self, node: etree._Element, facts: Facts) -> None:
        if not facts.parameters and not facts.result:
            return
        inside = etree.SubElement(extensions(node), f"{_Z}ioMapping")
        for name, text in facts.parameters.items():
            etree.SubElement(inside, f"{_Z}input", source=f"={text}", target=name)
        if facts.result:
            etree.SubElement(inside, f"{_Z}output", source="=result", target=facts.result)

    def condition(self, text: str) -> str | None:
        """
        Return a condition or a timer as FEEL; without `=` it is a span, a moment or a plain text.
        """
        text = text.strip()
        return text[1:].strip() if text.startswith("=") else as_feel(text) or text

    def written(self, feel: str) -> str:
        """
        Return FEEL behind `=`, a plain span or moment as ISO text.
        """
        return as_iso(feel) or f"={feel}"
