"""
Diagrams that nobody here drew, at the gate: `python -m tests.foreign DIR [--fit]`.

Says of every .bpmn file below DIR whether it passes, or by which findings it is refused, then of each reason some of
its sentences; ends with 1 if the gate itself fails on one. With --fit each diagram first gets what only an installation
can give it: ids of our form, roles, forms, operations, and a lot in place of each condition; then what is left of
findings is about the drawing.
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

from lxml import etree

from engine.diagram import BPMN, SPIFF, TASKS, WORK
from engine.errors import BpmnError
from engine.findings import Finding
from engine.gate.checking import Verdict, check_bundle
from engine.operations import Call, Look, Operations
from engine.shapes import BOOLEAN

#: seconds of work after which a file counts as hanging
PATIENCE = 60
#: sentences that are shown of each reason
SAMPLES = 3
ROLES = frozenset({"anybody"})
_CODES = ("failed",)
#: texts of which only an installation knows the names
_TEXTS = {
    **dict.fromkeys(("timeDate", "timeDuration"), 'duration("P1D")'),
    **dict.fromkeys(("completionCondition", "loopCondition"), "by lot()"),
    "loopCardinality": "2",
    "loopDataInputRef": "[1, 2]",
}
#: who does a task: an installation's roles take their place
_ASSIGNMENTS = frozenset({"potentialOwner", "performer", "humanPerformer", "resourceRole"})


def operations() -> Operations:
    """
    Return operations for whatever a fitted diagram asks.
    """
    made = Operations()

    @made.step("work")
    def work(call: Call) -> None:
        return None

    @made.step("try", errors=_CODES)
    def attempt(call: Call) -> None:
        raise BpmnError(_CODES[0])

    @made.function("by lot", gives=BOOLEAN)
    def by_lot(look: Look) -> bool:
        return True

    return made


def fitted(content: bytes) -> dict[str, bytes]:
    """
    Return the release that a foreign diagram becomes; the file alone if it can't be read.
    """
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return {"t.bpmn": content}
    _name(root)
    _declare(root)
    forms = {}
    for process in list(root.iter(f"{{{BPMN}}}process"))[:1]:
        process.set("isExecutable", "true")
        for node in list(process.iter(etree.Element)):
            _fit(node, process)
            if etree.QName(node).localname in TASKS:
                raw = {"type": "default", "schemaVersion": 19, "id": node.get("id"), "components": []}
                forms[f"forms/{node.get('id')}.form"] = json.dumps(raw).encode()
    return {"t.bpmn": etree.tostring(root), **forms}


def _fit(node: etree._Element, process: etree._Element) -> None:
    kind = etree.QName(node).localname
    if kind in _ASSIGNMENTS:
        node.getparent().remove(node)
    elif kind in TASKS or kind == "task":
        node.tag = f"{{{BPMN}}}userTask"
        _extend(node, {"formKey": node.get("id") or "", "candidateRole": "anybody"})
    elif kind in WORK:
        _fit_work(node, process)
    elif kind in ("exclusiveGateway", "inclusiveGateway"):
        _fit_gateway(node, process)
    elif kind == "errorEventDefinition" and not _is_end(node):
        node.attrib.pop("errorRef", None)
    elif kind in _TEXTS:
        node.text = _TEXTS[kind]
    elif kind in ("loopDataOutputRef", "outputDataItem"):
        node.getparent().remove(node)
    elif kind == "multiInstanceLoopCharacteristics" and not len(node):
        etree.SubElement(node, f"{{{BPMN}}}loopCardinality").text = "2"  # other engines write the list as an extension


def _name(root: etree._Element) -> None:
    """Give every element an id of our form, and take out what other engines execute."""
    names: dict[str, str] = {}
    for node in root.iter(etree.Element):
        if node.get("id"):
            names[node.get("id")] = f"n{len(names)}_" + re.sub(r"[^a-z0-9_]", "_", node.get("id").lower())[:40]
    for node in root.iter(etree.Element):
        for attribute, value in list(node.attrib.items()):
            if etree.QName(attribute).namespace not in (None, "http://www.w3.org/2001/XMLSchema-instance"):
                del node.attrib[attribute]
            elif value in names:
                node.set(attribute, names[value])
        if (node.text or "").strip() in names:
            node.text = names[(node.text or "").strip()]
    for node in list(root.iter(f"{{{BPMN}}}extensionElements")):
        node.getparent().remove(node)


def _declare(root: etree._Element) -> None:
    """Give what is told a name where the drawing has none: each its own."""
    attributes = {"message": "name", "signal": "name", "error": "errorCode", "escalation": "escalationCode"}
    named = {
        node.get("id"): bool(node.get(attribute))
        for kind, attribute in attributes.items()
        for node in root.findall(f"{{{BPMN}}}{kind}")
    }
    wanted = [(node, "message") for node in root.iter(f"{{{BPMN}}}receiveTask")]
    for kind in attributes:
        found = root.iter(f"{{{BPMN}}}{kind}EventDefinition")
        wanted += [(node, kind) for node in found if kind in ("message", "signal") or _is_end(node)]
    for at, (node, kind) in enumerate(wanted):
        if not named.get((node.get(f"{kind}Ref") or "").rpartition(":")[2]):
            node.set(f"{kind}Ref", f"told_{at}")
            etree.SubElement(root, f"{{{BPMN}}}{kind}", {"id": f"told_{at}", attributes[kind]: f"told_{at}"})


def _is_end(definition: etree._Element) -> bool:
    return etree.QName(definition.getparent()).localname == "endEvent"


def _extend(node: etree._Element, properties: dict[str, str]) -> etree._Element:
    extensions = etree.Element(f"{{{BPMN}}}extensionElements")
    node.insert(0, extensions)
    held = etree.SubElement(extensions, f"{{{SPIFF}}}properties")
    for name, value in properties.items():
        etree.SubElement(held, f"{{{SPIFF}}}property", name=name, value=value)
    return extensions


def _fit_work(node: etree._Element, process: etree._Element) -> None:
    node.tag = f"{{{BPMN}}}serviceTask"
    for script in node.findall(f"{{{BPMN}}}script"):
        node.remove(script)
    events = process.iterfind(f".//{{{BPMN}}}boundaryEvent[@attachedToRef='{node.get('id')}']")
    fails = any(event.find(f"{{{BPMN}}}errorEventDefinition") is not None for event in events)
    etree.SubElement(_extend(node, {}), f"{{{SPIFF}}}serviceTaskOperator", id="try" if fails else "work")


def _fit_gateway(node: etree._Element, process: etree._Element) -> None:
    flows = process.findall(f".//{{{BPMN}}}sequenceFlow[@sourceRef='{node.get('id')}']")
    default = node.get("default") or (flows[-1].get("id") if len(flows) > 1 else None)
    for flow in flows:
        for condition in flow.findall(f"{{{BPMN}}}conditionExpression"):
            flow.remove(condition)
        if len(flows) > 1 and flow.get("id") != default:
            etree.SubElement(flow, f"{{{BPMN}}}conditionExpression").text = "by lot()"
    if default and len(flows) > 1:
        node.set("default", default)


def judge(content: bytes, *, fit: bool) -> Verdict:
    """
    Let the gate judge a foreign diagram.
    """
    return check_bundle(fitted(content) if fit else {"t.bpmn": content}, operations(), ROLES)


def _hang(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError("hangs")


def _label(finding: Finding) -> str:
    return f"{finding.code} {finding.params.get('kind', '')}".strip()


def main() -> None:
    """
    Judge every diagram below a folder.
    """
    arguments = argparse.ArgumentParser(description=main.__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--fit", action="store_true", help="give each diagram what only an installation can")
    arguments.add_argument("--language", default="en")
    given = arguments.parse_args()
    signal.signal(signal.SIGPROF, _hang)
    came: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    samples: dict[str, list[str]] = {}
    for path in sorted(given.folder.rglob("*.bpmn")):
        signal.setitimer(signal.ITIMER_PROF, PATIENCE)
        try:
            verdict = judge(path.read_bytes(), fit=given.fit)
        except Exception as error:  # noqa: BLE001 - whatever escapes the gate is what this looks for
            came["gate failed"] += 1
            print(f"{path}: THE GATE FAILED: {type(error).__name__}: {error}")
            continue
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        refusing = [finding for finding in verdict.findings if finding.refuses]
        came["refused" if refusing else "runs"] += 1
        codes.update({_label(one) for one in refusing})
        for finding in refusing:
            samples.setdefault(_label(finding), []).append(f"{path.name}: {finding.say(given.language)[:200]}")
        print(f"{path.name}: {'refused' if refusing else 'runs'}")
        for finding in refusing[:5]:
            print(f"    {finding.element or '–'}: {finding.say(given.language)[:200]} [{finding.code}]")
    print(dict(came))
    for code, times in codes.most_common():
        print(f"{times:6} files: {code}")
        for sample in samples[code][:: max(1, len(samples[code]) // SAMPLES)][:SAMPLES]:
            print(f"              {sample}")
    sys.exit(1 if came["gate failed"] else 0)


if __name__ == "__main__":
    main()
