"""
Our own dialect: `spiffworkflow:` with properties, operators and decisions.
"""

from __future__ import annotations

from lxml import etree

from engine.diagram import SPIFF
from engine.dialects.facts import Facts, drop, extensions
from engine.dialects.repeating import put_loop, take_loop

_S = f"{{{SPIFF}}}"


class Ours:
    """
    What `engine.diagram` reads.
    """

    namespaces = {"spiffworkflow": SPIFF}

    def open(self, root: etree._Element) -> dict[str, bytes]:
        """
        Nothing stands apart here.
        """
        return {}

    def close(self, root: etree._Element) -> None:
        """
        Nothing stands apart here.
        """

    def take(self, node: etree._Element) -> Facts:
        """
        Read what an element says, and remove it there.
        """
        facts = Facts()
        for item in node.findall(f"{{*}}extensionElements/{_S}properties/{_S}property"):
            facts.properties[item.get("name") or ""] = item.get("value") or ""
            drop(item)
        for operator in node.findall(f"{{*}}extensionElements/{_S}serviceTaskOperator"):
            facts.operation, facts.result = operator.get("id"), operator.get("resultVariable")
            for item in operator.iter(f"{_S}parameter"):
                facts.parameters[item.get("id") or ""] = item.get("value") or ""
            drop(operator)
        for called in node.findall(f"{{*}}extensionElements/{_S}calledDecisionId"):
            facts.decision = (called.text or "").strip()
            drop(called)
        facts.loop = take_loop(node)
        return facts

    def put(self, node: etree._Element, facts: Facts) -> list[str]:
        """
        Write what an element says.
        """
        if facts.properties:
            inside = etree.SubElement(extensions(node), f"{_S}properties")
            for name, value in facts.properties.items():
                etree.SubElement(inside, f"{_S}property", name=name, value=value)
        if facts.operation is not None:
            operator = etree.SubElement(extensions(node), f"{_S}serviceTaskOperator", id=facts.operation)
            if facts.result:
                operator.set("resultVariable", facts.result)
            inside = etree.SubElement(operator, f"{_S}parameters")
            for name, value in facts.parameters.items():
                etree.SubElement(inside, f"{_S}parameter", id=name, type="any", value=value)
        if facts.decision:
            etree.SubElement(extensions(node), f"{_S}calledDecisionId").text = facts.decision
        put_loop(node, facts.loop)
        return []

    def condition(self, text: str) -> str | None:
        """
        Return the text: it is FEEL.
        """
        return text.strip().removeprefix("=").strip()

    def written(self, feel: str) -> str:
        """
        Return the text: it is FEEL.
        """
        return feel
