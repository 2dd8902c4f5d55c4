"""
Camunda 7 (and Operaton, CIB seven): attributes and elements of `camunda:`.

Its own expressions are JUEL, `${…}`: plain comparisons are said in FEEL, calls of Java are not. Ours go out as FEEL,
marked as such, which its FEEL engine runs; where it takes JUEL only, plain ones go out as JUEL.
"""

from __future__ import annotations

import re

from lxml import etree

from engine.diagram import BPMN
from engine.diagram.calls import INPUT, OUTPUT
from engine.dialects.facts import CALL, WORK, Facts, drop, extensions
from engine.dialects.generated import form_of
from engine.dialects.repeating import loop_node, put_loop, take_loop
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
_RULE_TASK = f"{{{BPMN}}}businessRuleTask"
#: what only says again what we always do, by attribute
_AS_WE_DO = {"mapDecisionResult": ("singleEntry", "singleResult"), "decisionRefBinding": ("latest",)}
_JUEL = re.compile(r"[$#]\{(.*)\}", re.S)
_NAME = re.compile(r"[^\W\d]\w*")
#: what is alike in JUEL and FEEL once operators are exchanged: names, numbers, texts, comparisons, and, or
_PLAIN = re.compile(r"""(?:[\w.]+|"[^"]*"|[<>]=?|!=|=|\(|\)|[-+*/]|\s)+""")
_SAME = (("==", "="), ("&&", " and "), ("||", " or "), ("'", '"'), (" eq ", " = "), (" ne ", " != "))
#: two ways to ask that FEEL has other words for
_EQUALS = re.compile(r"""(!?)\s*\b([\w.]+)\.equals\(('[^']*'|"[^"]*")\)""")
_NOT = re.compile(r"!\s*(\w[\w.]*+)(?!\s*[(=<>!])")
#: what is known of the instances
_COUNTERS = {
    "nrOfInstances": "numberOfInstances",
    "nrOfActiveInstances": "numberOfActiveInstances",
    "nrOfCompletedInstances": "numberOfCompletedInstances",
}


class Camunda:
    """
    `camunda:`, as Camunda Modeler writes it for Camunda 7.
    """

    namespaces = {"camunda": CAMUNDA}

    def open(self, root: etree._Element) -> dict[str, bytes]:
        """
        Take the forms out that stand in the diagram; each is called as its task.
        """
        forms = {}
        for data in list(root.iter(f"{_C}formData")):
            task = next((node for node in data.iterancestors(_USER_TASK)), None)
            key = (task.get("id") if task is not None else None) or ""
            if task is not None and key.isidentifier():  # it becomes the name of a file
                forms[key] = form_of(key, data)
                task.set(f"{_C}formRef", key)
                drop(data)
        return forms

    def close(self, root: etree._Element) -> None:
        """
        Nothing stands apart here.
        """

    def take(self, node: etree._Element) -> Facts:
        """
        Read what an element says, and remove it there.
        """
        facts = Facts()
        for item in node.findall(f"{{*}}extensionElements/{_C}properties/{_C}property"):
            facts.properties[item.get("name") or ""] = item.get("value") or ""
            drop(item)
        self._take_attributes(node, facts)
        if node.tag in WORK and node.get(f"{_C}topic") is not None:
            self._take_operation(node, facts)
        if node.tag == _RULE_TASK:
            facts.decision = node.attrib.pop(f"{_C}decisionRef", None)
            for name, known in _AS_WE_DO.items():
                if node.get(_C + name) in known:
                    del node.attrib[_C + name]
            if facts.decision is not None and node.get(f"{_C}resultVariable") == facts.decision:
                del node.attrib[f"{_C}resultVariable"]
        if node.tag == CALL:
            self._take_ways(node, facts)
        self._take_loop(node, facts)
        return facts

    def _take_attributes(self, node: etree._Element, facts: Facts) -> None:
        for theirs, ours in _ATTRIBUTES.items():
            value = node.get(_C + theirs)
            said = value if ours in ("formKey", "candidateRole") else self.condition(value or "")
            if ours == "candidateRole" and not _NAME.fullmatch(value or ""):
                continue  # several groups, or an expression: a task has one role
            if value is not None and said is not None:
                facts.properties[ours] = said
                del node.attrib[_C + theirs]
        node.attrib.pop(f"{_C}formRefBinding", None)

    def _take_operation(self, node: etree._Element, facts: Facts) -> None:
        facts.operation = node.attrib.pop(f"{_C}topic")
        node.attrib.pop(f"{_C}type", None)
        for item in node.findall(f"{{*}}extensionElements/{_C}inputOutput/{_C}inputParameter"):
            text = _feel(item)
            if text is not None:
                facts.parameters[item.get("name") or ""] = text
                drop(item)
        for item in node.findall(f"{{*}}extensionElements/{_C}inputOutput/{_C}outputParameter"):
            if _feel(item) == "result":
                facts.result = item.get("name")
                drop(item)

    def _take_ways(self, node: etree._Element, facts: Facts) -> None:
        """What a call hands over and takes back."""
        for way, kind in ((INPUT, "in"), (OUTPUT, "out")):
            for item in node.findall(f"{{*}}extensionElements/{_C}{kind}"):
                source = item.get("source") or self.condition(item.get("sourceExpression") or "")
                if item.get("target") and source:
                    facts.properties[way + (item.get("target") or "")] = source
                    drop(item)
        if node.get(f"{_C}calledElementBinding") == "latest":
            del node.attrib[f"{_C}calledElementBinding"]

    def _take_loop(self, node: etree._Element, facts: Facts) -> None:
        facts.loop, loop = take_loop(node), loop_node(node)
        collection = self.condition(loop.get(f"{_C}collection") or "") if loop is not None else None
        if loop is not None and collection:
            facts.loop["collection"] = collection
            del loop.attrib[f"{_C}collection"]
        if loop is not None and loop.get(f"{_C}elementVariable"):
            facts.loop["item"] = loop.attrib.pop(f"{_C}elementVariable")

    def put(self, node: etree._Element, facts: Facts) -> list[str]:
        """
        Write what an element says, and return what Camunda 7 does not execute of it.
        """
        properties, left = dict(facts.properties), []
        if node.tag == _USER_TASK:
            for ours, theirs in _PROPERTIES.items():
                if ours in properties:
                    value = properties.pop(ours)
                    node.set(_C + theirs, value if ours in ("formKey", "candidateRole") else self.written(value))
        if node.tag == CALL:
            left += self._put_ways(node, properties)
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
        return left + self._put_loop(node, facts)

    def _put_ways(self, node: etree._Element, properties: dict[str, str]) -> list[str]:
        left = []
        for way, kind in ((INPUT, "in"), (OUTPUT, "out")):
            for name in [name for name in properties if name.startswith(way)]:
                juel = _juel(properties[name])
                if juel is None:
                    left.append(f"{name} = {properties[name]}")
                    continue
                given = "source" if _NAME.fullmatch(properties[name]) else "sourceExpression"
                text = properties.pop(name) if given == "source" else juel
                properties.pop(name, None)
                item = {given: text, "target": name.removeprefix(way)}
                etree.SubElement(extensions(node), _C + kind, item)
        return left

    def _put_loop(self, node: etree._Element, facts: Facts) -> list[str]:
        said, left, loop = dict(facts.loop), [], loop_node(node)
        juel = _juel(said.get("collection", "")) if "collection" in said else None
        if loop is not None and juel is not None:
            collection = said.pop("collection")
            loop.set(f"{_C}collection", collection if _NAME.fullmatch(collection) else juel)
            if "item" in said:
                loop.set(f"{_C}elementVariable", said.pop("item"))
        left += [f"{name} = {text}" for name, text in said.items() if name != "item"]
        put_loop(node, said)
        return left

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
            return _counted(as_feel(text) or text, _COUNTERS)
        found = _EQUALS.sub(lambda said: f"{said[2]} {said[1] or '='}= {said[3]}", juel[1])
        found = _NOT.sub(r"not(\1)", found)
        for theirs, ours in _SAME:
            found = found.replace(theirs, ours)
        found = " ".join(found.split())
        return _counted(found, _COUNTERS) if _is_plain(found) else None

    def written(self, feel: str) -> str:
        """
        Return FEEL as it is, a plain span, moment or cycle as ISO text.
        """
        return as_iso(feel) or _counted(feel, {ours: theirs for theirs, ours in _COUNTERS.items()})


def _counted(text: str, names: dict[str, str]) -> str:
    return re.sub(r"\b(?:n|numberO)\w+\b", lambda found: names.get(found[0], found[0]), text)


def _is_plain(feel: str) -> bool:
    """Nothing is called but `not`."""
    return bool(_PLAIN.fullmatch(feel)) and "(" not in re.sub(r"(?:(?<![\w.])|\bnot)\(", "", feel)


def _juel(feel: str) -> str | None:
    """Plain FEEL as JUEL; None: it is more than that."""
    if not _is_plain(feel) or re.search(r"\b(?:not|if|for|some|every|in|between|null)\b", feel):
        return None
    return "${" + re.sub(r"(?<![<>!])=", "==", feel) + "}"


def _feel(item: etree._Element) -> str | None:
    script = item.find(f"{_C}script")
    if script is not None:
        return (script.text or "").strip() if script.get("scriptFormat") == "feel" else None
    if len(item):
        return None
    text = (item.text or "").strip()
    juel = Camunda().condition(text) if text.startswith(("${", "#{")) else None
    return juel if juel is not None or text.startswith(("${", "#{")) else f'"{text}"'
