"""
A diagram as it was drawn, its names said in another language. Nothing else of the drawing changes.
"""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from engine.diagram.namespaces import BPMN
from engine.safe_xml import read_xml


def worded(bpmn: bytes, translate: Callable[[str], str]) -> str:
    """
    Return the diagram with every name of an element, a flow and a lane as `translate` gives it.
    """
    root = read_xml("", bpmn).root
    for node in root.iter(etree.Element):
        name = node.get("name")
        if name and etree.QName(node).namespace == BPMN:
            node.set("name", translate(name))
    return etree.tostring(root, encoding="unicode")
