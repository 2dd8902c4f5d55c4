"""
What a diagram says beyond BPMN, apart from how a dialect writes it; and the means to read and write it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from lxml import etree

from engine.diagram import BPMN

EXTENSIONS = f"{{{BPMN}}}extensionElements"


@dataclass
class Facts:
    """
    What one element of BPMN says beyond BPMN. Expressions are FEEL, without a sign before them.
    """

    #: name -> text, as `engine.diagram.Element.properties`
    properties: dict[str, str] = field(default_factory=dict)
    operation: str | None = None
    #: of the operation: name -> FEEL
    parameters: dict[str, str] = field(default_factory=dict)
    #: variable that takes what the operation answers
    result: str | None = None
    decision: str | None = None
    #: of several instances: collection, item, output, each -> FEEL, or a variable
    loop: dict[str, str] = field(default_factory=dict)


class Dialect(Protocol):
    """
    One way to write facts. Whatever `take` understands it removes from the element; what is left is reported.
    """

    namespaces: Mapping[str, str]

    def open(self, root: etree._Element) -> dict[str, bytes]:
        """
        Put what stands apart from the elements that it is about at these, and return the forms that stood in the
        diagram: name -> content.
        """
        ...

    def close(self, root: etree._Element) -> None:
        """
        Put what this dialect keeps apart from its element there.
        """
        ...

    def take(self, node: etree._Element) -> Facts:
        """
        Read what an element says, and remove it there.
        """
        ...

    def put(self, node: etree._Element, facts: Facts) -> list[str]:
        """
        Write what an element says, and return what this dialect does not execute of it; that is kept as a property.
        """
        ...

    def condition(self, text: str) -> str | None:
        """
        Return a condition or a timer of this dialect as FEEL; None if it can't be said in FEEL.
        """
        ...

    def written(self, feel: str) -> str:
        """
        Return FEEL as a condition or a timer of this dialect.
        """
        ...


#: what an operation can stand at
WORK = frozenset(f"{{{BPMN}}}{name}" for name in ("serviceTask", "sendTask", "scriptTask"))
CALL = f"{{{BPMN}}}callActivity"


def extensions(node: etree._Element) -> etree._Element:
    """
    Return where extensions of `node` stand; BPMN wants them first, behind the documentation.
    """
    found = node.find(EXTENSIONS)
    if found is None:
        found = etree.Element(EXTENSIONS)
        documentation = node.findall(f"{{{BPMN}}}documentation")
        node.insert(len(documentation), found)
    return found


def drop(node: etree._Element) -> None:
    """
    Remove an extension; what held it goes too when nothing is left in it.
    """
    parent = node.getparent()
    if parent is None:
        return
    parent.remove(node)
    empty = len(parent) == 0 and not parent.attrib
    if empty and (parent.tag == EXTENSIONS or etree.QName(parent).namespace != BPMN):
        drop(parent)
