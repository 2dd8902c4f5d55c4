"""
What a BPMN file declares beside its processes: messages, signals, errors, escalations; and what an event refers to.

It judges nothing; what lacks a declaration or a name simply has none here, and the gate says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from engine.diagram.flattening import BPMN

MESSAGE, SIGNAL = "message", "signal"
#: kind of declaration -> attribute that holds what it is known by
_KNOWN_BY = {MESSAGE: "name", SIGNAL: "name", "error": "errorCode", "escalation": "escalationCode"}


@dataclass(frozen=True)
class Referred:
    """
    What an event, or a task that sends or receives, refers to; None: nothing, or nothing with a name.
    """

    message: str | None = None
    signal: str | None = None
    error_code: str | None = None
    escalation_code: str | None = None
    #: FEEL text that a conditional event waits for
    condition: str | None = None


class Definitions:
    """
    The declarations of one file.
    """

    def __init__(self, root: etree._Element) -> None:
        self._names: Mapping[str, Mapping[str | None, str]] = {
            kind: {node.get("id"): _words(node.get(attribute)) for node in root.findall(f"{{{BPMN}}}{kind}")}
            for kind, attribute in _KNOWN_BY.items()
        }

    def of(self, node: etree._Element) -> Referred:
        """
        Return what an element of a process refers to.
        """
        condition = node.findtext(f"{{{BPMN}}}conditionalEventDefinition/{{{BPMN}}}condition")
        return Referred(
            message=self._named(node, MESSAGE) or self._name(MESSAGE, node.get("messageRef")),
            signal=self._named(node, SIGNAL),
            error_code=self._named(node, "error"),
            escalation_code=self._named(node, "escalation"),
            condition=(condition or "").strip() or None,
        )

    def _named(self, node: etree._Element, kind: str) -> str | None:
        definition = node.find(f"{{{BPMN}}}{kind}EventDefinition")
        return self._name(kind, definition.get(f"{kind}Ref")) if definition is not None else None

    def _name(self, kind: str, reference: str | None) -> str | None:
        # a reference may be written with a prefix that means this file
        local = reference.rpartition(":")[2] if reference is not None else None
        known = self._names[kind]
        return known.get(reference) or known.get(local) or None


def _words(text: str | None) -> str:
    return " ".join((text or "").split())
