"""
Camunda 8: elements of `zeebe:`. Its expressions are FEEL behind `=`.
"""

from __future__ import annotations

import json
import re

from lxml import etree

from engine.diagram import BPMN
from engine.diagram.calls import INPUT, OUTPUT
from engine.dialects.facts import CALL, WORK, Facts, drop, extensions
from engine.dialects.repeating import CARDINALITY, loop_node, take_loop
from engine.dialects.times import as_feel, as_iso

ZEEBE = "http://camunda.org/schema/zeebe/1.0"
_Z = f"{{{ZEEBE}}}"
_USER_TASK, _RULE_TASK = f"{{{BPMN}}}userTask", f"{{{BPMN}}}businessRuleTask"
_MESSAGE, _CATCHING = f"{{{BPMN}}}message", ("receiveTask", "intermediateCatchEvent", "boundaryEvent", "startEvent")
#: our property -> (element, attribute)
_USERS = {
    "formKey": ("formDefinition", "formId"),
    "dueDate": ("taskSchedule", "dueDate"),
    "priority": ("priorityDefinition", "priority"),
    "candidates": ("assignmentDefinition", "candidateUsers"),
    "candidateRole": ("assignmentDefinition", "candidateGroups"),
}
_NAMES = frozenset({"formKey", "candidateRole"})
#: of a loop: our name -> attribute; those whose value is FEEL
_LOOP = {"collection": "inputCollection", "item": "inputElement", "output": "outputCollection", "each": "outputElement"}
_LOOP_TEXTS = frozenset({"collection", "each"})
#: a number of times, as Camunda 8 must write it
_TIMES = re.compile(r"for i in 1\.\.(.+) return i", re.S)
#: a form that stands in the diagram, as tasks name it
_INSIDE = "camunda-forms:bpmn:"
_KEY = "correlationKey"
_ROLE = re.compile(r"[^\W\d]\w*")


class Zeebe:
    """
    `zeebe:`, as Camunda Modeler writes it for Camunda 8.
    """

    namespaces = {"zeebe": ZEEBE}

    def open(self, root: etree._Element) -> dict[str, bytes]:
        """
        Put the keys of messages at the events that wait for them, and take the forms out that stand in the diagram.
        """
        for message in root.findall(_MESSAGE):
            for item in message.findall(f"{{*}}extensionElements/{_Z}subscription"):
                key = self.condition(item.get(_KEY) or "")
                waiting = list(_waiting(root, message.get("id")))
                for node in waiting if key else ():
                    _add_property(node, _KEY, key or "")
                if key and waiting:
                    drop(item)
        return self._take_forms(root)

    def _take_forms(self, root: etree._Element) -> dict[str, bytes]:
        found = {}
        inside = {item.get("id"): item for item in root.iter(f"{_Z}userTaskForm")}
        for definition in root.iter(f"{_Z}formDefinition"):
            task = next(iter(definition.iterancestors(_USER_TASK)), None)
            item = inside.get((definition.get("formKey") or "").removeprefix(_INSIDE))
            try:
                form = json.loads(item.text or "") if item is not None else None
            except ValueError:
                form = None
            name = (task.get("id") if task is not None else None) or ""
            if name.isidentifier() and isinstance(form, dict):  # it becomes the name of a file
                found[name] = json.dumps({**form, "id": name}, ensure_ascii=False, indent=2).encode() + b"\n"
                del definition.attrib["formKey"]
                definition.set("formId", name)
                inside.pop(item.get("id"), None)
                drop(item)
        return found

    def close(self, root: etree._Element) -> None:
        """
        Put the key of events where Camunda 8 keeps it, at their message, if all that wait for it have the same.
        """
        for message in root.findall(_MESSAGE):
            items = [_property(node, _KEY) for node in _waiting(root, message.get("id"))]
            keys = {item.get("value") if item is not None else None for item in items}
            if len(keys) == 1 and None not in keys:
                key = keys.pop() or ""
                etree.SubElement(extensions(message), f"{_Z}subscription", {_KEY: self.written(key)})
                for item in items:
                    drop(item)

    def take(self, node: etree._Element) -> Facts:
        """
        Read what an element says, and remove it there.
        """
        facts = Facts()
        for item in node.findall(f"{{*}}extensionElements/{_Z}properties/{_Z}property"):
            facts.properties[item.get("name") or ""] = item.get("value") or ""
            drop(item)
        if node.tag == _USER_TASK:
            self._take_user_task(node, facts)
        if node.tag in WORK:
            self._take_operation(node, facts)
        for item in node.findall(f"{{*}}extensionElements/{_Z}calledDecision") if node.tag == _RULE_TASK else ():
            facts.decision = item.attrib.pop("decisionId", None)
            if item.get("resultVariable") == facts.decision:
                del item.attrib["resultVariable"]
            if not item.attrib:
                drop(item)
        if node.tag == CALL:
            self._take_call(node, facts)
        self._take_loop(node, facts)
        return facts

    def _take_user_task(self, node: etree._Element, facts: Facts) -> None:
        for ours, (element, attribute) in _USERS.items():
            item = node.find(f"{{*}}extensionElements/{_Z}{element}")
            value = item.get(attribute) if item is not None else None
            if ours == "candidateRole" and not _ROLE.fullmatch(value or ""):
                continue  # several groups, or an expression: a task has one role
            if item is not None and value is not None:
                facts.properties[ours] = value if ours in _NAMES else self.condition(value) or value
                del item.attrib[attribute]
                if not item.attrib:
                    drop(item)
        for item in node.findall(f"{{*}}extensionElements/{_Z}userTask"):
            drop(item)

    def _take_operation(self, node: etree._Element, facts: Facts) -> None:
        for item in node.findall(f"{{*}}extensionElements/{_Z}taskDefinition"):
            facts.operation = item.attrib.pop("type", None)
            if not item.attrib:
                drop(item)
        if facts.operation is None:
            return
        for item in node.findall(f"{{*}}extensionElements/{_Z}ioMapping/{_Z}input"):
            facts.parameters[item.get("target") or ""] = self.condition(item.get("source") or "") or ""
            drop(item)
        for item in node.findall(f"{{*}}extensionElements/{_Z}ioMapping/{_Z}output"):
            if item.get("source") == "=result":
                facts.result = item.get("target")
                drop(item)

    def _take_call(self, node: etree._Element, facts: Facts) -> None:
        for item in node.findall(f"{{*}}extensionElements/{_Z}calledElement"):
            process = item.get("processId") or ""
            if process and not process.startswith("="):
                node.set("calledElement", process)
                del item.attrib["processId"]
            for name in ("propagateAllChildVariables", "propagateAllParentVariables"):
                if item.get(name) == "false":
                    del item.attrib[name]
            if not item.attrib:
                drop(item)
        for way, kind in ((INPUT, "input"), (OUTPUT, "output")):
            for item in node.findall(f"{{*}}extensionElements/{_Z}ioMapping/{_Z}{kind}"):
                facts.properties[way + (item.get("target") or "")] = self.condition(item.get("source") or "") or ""
                drop(item)

    def _take_loop(self, node: etree._Element, facts: Facts) -> None:
        facts.loop, loop = take_loop(node), loop_node(node)
        item = loop.find(f"{{*}}extensionElements/{_Z}loopCharacteristics") if loop is not None else None
        if loop is None or item is None:
            return
        said = {ours: item.attrib.pop(theirs) for ours, theirs in _LOOP.items() if item.get(theirs)}
        facts.loop |= {
            ours: (self.condition(text) or "") if ours in _LOOP_TEXTS else text for ours, text in said.items()
        }
        times = _TIMES.fullmatch(facts.loop.get("collection", ""))
        if times is not None and "item" not in facts.loop:
            del facts.loop["collection"]
            number = etree.Element(CARDINALITY)
            number.text = times[1]
            loop.insert(1, number)  # behind the extensions
        if not item.attrib:
            drop(item)

    def put(self, node: etree._Element, facts: Facts) -> list[str]:
        """
        Write what an element says, and return what Camunda 8 does not execute of it.
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
        if node.tag == CALL:
            self._put_call(node, properties)
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
        return self._put_loop(node, facts)

    def _put_call(self, node: etree._Element, properties: dict[str, str]) -> None:
        called = {"processId": node.attrib.pop("calledElement", "")}
        called |= dict.fromkeys(("propagateAllChildVariables", "propagateAllParentVariables"), "false")
        etree.SubElement(extensions(node), f"{_Z}calledElement", called)
        ways = [(way, name) for way in (INPUT, OUTPUT) for name in properties if name.startswith(way)]
        inside = etree.SubElement(extensions(node), f"{_Z}ioMapping") if ways else None
        for way, name in ways:
            mapped = {"source": f"={properties.pop(name)}", "target": name.removeprefix(way)}
            etree.SubElement(inside, f"{_Z}{way.removesuffix(':')}", mapped)

    def _put_loop(self, node: etree._Element, facts: Facts) -> list[str]:
        loop = loop_node(node)
        if loop is None:
            return (
                ["standardLoopCharacteristics"]
                if node.find(f"{{{BPMN}}}standardLoopCharacteristics") is not None
                else []
            )
        said = {_LOOP[ours]: f"={text}" if ours in _LOOP_TEXTS else text for ours, text in facts.loop.items()}
        number = loop.find(CARDINALITY)
        if number is not None:
            said["inputCollection"] = f"=for i in 1..{(number.text or '').strip()} return i"
            loop.remove(number)
        etree.SubElement(extensions(loop), f"{_Z}loopCharacteristics", said)
        return []

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
        Return a condition or a timer as FEEL; without `=` it is a span, a moment, a cycle or a plain text.
        """
        text = text.strip()
        return text[1:].strip() if text.startswith("=") else as_feel(text) or text

    def written(self, feel: str) -> str:
        """
        Return FEEL behind `=`, a plain span, moment or cycle as ISO text.
        """
        return as_iso(feel) or f"={feel}"


def _waiting(root: etree._Element, message: str | None) -> list[etree._Element]:
    """The events and tasks that wait for a message."""
    found = []
    for kind in _CATCHING:
        for node in root.iter(f"{{{BPMN}}}{kind}"):
            definition = node.find(f"{{{BPMN}}}messageEventDefinition")
            refers = node.get("messageRef") or (definition.get("messageRef") if definition is not None else None)
            found += [node] if message and refers == message else []
    return found


def _property(node: etree._Element, name: str) -> etree._Element | None:
    return node.find(f"{{*}}extensionElements/{_Z}properties/{_Z}property[@name='{name}']")


def _add_property(node: etree._Element, name: str, value: str) -> None:
    inside = node.find(f"{{*}}extensionElements/{_Z}properties")
    if inside is None:
        inside = etree.SubElement(extensions(node), f"{_Z}properties")
    etree.SubElement(inside, f"{_Z}property", name=name, value=value)
