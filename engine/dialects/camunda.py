"""
Camunda 7 (and Operaton, CIB seven): attributes and elements of `camunda:`.

Its own expressions are JUEL, `${…}`: plain comparisons are said in FEEL, calls of Java are not. Ours go out as FEEL,
marked as such, which its FEEL engine runs.
"""

from __future__ import annotations

import re

from lxml import etree

from engine.diagram import BPMN
from engine.dialects.facts import Facts, drop, extensions
from engine.dialects.times import as_feel, as_iso

CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
_C = f"{{{CAMUNDA}}}"
#: attribute of a user task -> our property
_ATTRIBUTES = {
    "formKey": "formKey",
    "formRef": "formKey",
    "dueDate": "dueDate",
    "priority": "priority",
    "candidateUsers": "candidates",
    "candidateGroups": "candidateRole",
}
_PROPERTIES = {ours: theirs for theirs, ours in reversed(_ATTRIBUTES.items())}
_USER_TASK = f"{{{BPMN}}}userTask"
_JUEL = re.compile(r"[$#]\{(.*)\}", re.S)
#: what is alike in JUEL and FEEL once operators are exchanged: names, numbers, texts, comparisons, and, or
_PLAIN = re.compile(r"""(?:[\w.]+|"[^"]*"|[<>]=?|!=|=|\(|\)|[-+*/]|\s)+""")
_SAME = (("==", "="), ("&&", " and "), ("||", " or "), ("'", '"'), (" eq ", " = "), (" ne ", " != "))


class Camunda:
    """
    `camunda:`, as Camunda Modeler writes it for Camunda 7.
    """

    namespaces = {"camunda": CAMUNDA}

    def take(self, node: etree._Element) -> Facts:
        """
        Read what an element says, and remove it there.
        """
        facts = Facts()
        for item in node.findall(f"{{*}}extensionElements/{_C}properties/{_C}property"):
            facts.properties[item.get("name") or ""] = item.get("value") or ""
            drop(item)
        self._take_attributes(node, facts)
        topic = node.attrib.pop(f"{_C}topic", None)
        if topic is not None:
            facts.operation = topic
            node.attrib.pop(f"{_C}type", None)
        for item in node.findall(f"{{*}}extensionElements/{_C}inputOutput/{_C}inputParameter"):
            text = _feel(item)
            if facts.operation is not None and text is not None:
                facts.parameters[item.get("name") or ""] = text
                drop(item)
        for item in node.findall(f"{{*}}extensionElements/{_C}inputOutput/{_C}outputParameter"):
            if facts.operation is not None and _feel(item) == "result":
                facts.result = item.get("name")
                drop(item)
        facts.decision = node.attrib.pop(f"{_C}decisionRef", None)
        if facts.decision is not None:
            for name in ("mapDecisionResult", "decisionRefBinding", "resultVariable"):
                node.attrib.pop(f"{_C}{name}", None)
        return facts

    def _take_attributes(self, node: etree._Element, facts: Facts) -> None:
        for theirs, ours in _ATTRIBUTES.items():
            value = node.get(_C + theirs)
            said = value if ours in ("formKey", "candidateRole") else self.condition(value or "")
            if value is not None and said is not None:
                facts.properties[ours] = said
                del node.attrib[_C + theirs]
        node.attrib.pop(f"{_C}formRefBinding", None)

    def put(self, node: etree._Element, facts: Facts) -> None:
        """
        Write what an element says.
        """
        properties = dict(facts.properties)
        if node.tag == _USER_TASK:
            for ours, theirs in _PROPERTIES.items():
                if ours in properties:
                    value = properties.pop(ours)
                    node.set(_C + theirs, value if ours in ("formKey", "candidateRole") else self.written(value))
        if properties:
            inside = etree.SubElement(extensions(node), f"{_C}properties")
            for name, value in properties.items():
                etree.SubElement(inside, f"{_C}property", name=name, value=value)
        if facts.operation is not None:
            node.set(f"{_C}type", "external")
            node.set(f"{_C}topic", facts.operation)
            self._put_mapping(node, facts)
        if facts.decision:
            node.set(f"{_C}decisionRef", facts.decision)

    def _put_mapping(self, node: etree._Element, facts: Facts) -> None:
        results = {facts.result: "result"} if facts.result else {}
        if not facts.parameters and not results:
            return
        inside = etree.SubElement(extensions(node), f"{_C}inputOutput")
        for kind, texts in (("inputParameter", facts.parameters), ("outputParameter", results)):
            for name, text in texts.items():
                item = etree.SubElement(inside, _C + kind, name=name)
                etree.SubElement(item, f"{_C}script", scriptFormat="feel").text = text

    def condition(self, text: str) -> str | None:
        """
        Return a condition or a timer as FEEL; None if it calls what only Camunda has.
        """
        text = text.strip()
        juel = _JUEL.fullmatch(text)
        if juel is None:
            return as_feel(text) or text
        found = juel[1]
        for theirs, ours in _SAME:
            found = found.replace(theirs, ours)
        found = " ".join(found.split())
        return found if _PLAIN.fullmatch(found) and "(" not in re.sub(r"(?<![\w.])\(", "", found) else None

    def written(self, feel: str) -> str:
        """
        Return FEEL as it is, a plain span or moment as ISO text.
        """
        return as_iso(feel) or feel


def _feel(item: etree._Element) -> str | None:
    script = item.find(f"{_C}script")
    if script is not None:
        return (script.text or "").strip() if script.get("scriptFormat") == "feel" else None
    if len(item):
        return None
    text = (item.text or "").strip()
    juel = Camunda().condition(text) if text.startswith(("${", "#{")) else None
    return juel if juel is not None or text.startswith(("${", "#{")) else f'"{text}"'
