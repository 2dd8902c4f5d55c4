"""
A diagram from one dialect to another, and what could not be said there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from engine.diagram import BPMN, SPIFF
from engine.dialects.camunda import CAMUNDA, Camunda
from engine.dialects.facts import Dialect, drop
from engine.dialects.ours import Ours
from engine.dialects.zeebe import ZEEBE, Zeebe
from engine.safe_xml import read_xml

DIALECTS: Mapping[str, Dialect] = {"spiffworkflow": Ours(), "camunda": Camunda(), "zeebe": Zeebe()}
_BY_NAMESPACE = {CAMUNDA: "camunda", "http://operaton.org/schema/1.0/bpmn": "camunda", ZEEBE: "zeebe"}
_MODELER = "http://camunda.org/schema/modeler/1.0"
_TIMES = frozenset(f"{{{BPMN}}}{name}" for name in ("timeDate", "timeDuration", "timeCycle"))
_CONDITION = f"{{{BPMN}}}conditionExpression"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
#: of a form: what only says which product it was made for
_PLATFORM = ("executionPlatform", "executionPlatformVersion")


@dataclass(frozen=True)
class Left:
    """
    Something that one dialect said and the other can't.
    """

    element: str
    #: name of the attribute or extension, or the text of an expression
    what: str


@dataclass(frozen=True)
class Converted:
    """
    A file in another dialect.
    """

    content: bytes
    left: tuple[Left, ...] = ()


def dialect_of(content: bytes, file: str = "") -> str:
    """
    Return the dialect of a diagram, by the namespaces that it uses; ours if it uses none.

    Raises:
        Unsafe: if the file can't be looked at.
    """
    root = read_xml(file, content).root
    for node in root.iter(etree.Element):
        for name in (node.tag, *node.attrib):
            found = _BY_NAMESPACE.get(etree.QName(name).namespace or "")
            if found is not None:
                return found
    return "spiffworkflow"


def convert(content: bytes, to: str, file: str = "") -> Converted:
    """
    Say a diagram or a file of decision tables in another dialect.

    Args:
        to: a name of `DIALECTS`.

    Raises:
        Unsafe: if the file can't be looked at.
    """
    root = read_xml(file, content.replace(b"http://operaton.org/schema/1.0/bpmn", CAMUNDA.encode())).root
    source, target = DIALECTS[dialect_of(content, file)], DIALECTS[to]
    left: list[Left] = []
    for node in list(root.iter(f"{{{BPMN}}}*")):
        if node.get("id") is not None:
            target.put(node, source.take(node))
        if node.tag == _CONDITION or node.tag in _TIMES:
            left += _expression(node, source, target)
    if source is not target:
        left += _strip(root, set(source.namespaces.values()) | {_MODELER})
    return Converted(_text(root, target), tuple(left))


def convert_form(content: bytes) -> Converted:
    """
    Take a form of Camunda Modeler: the same schema, less what names its product.

    Raises:
        ValueError: if it is not JSON.
    """
    form = json.loads(content)
    left = [Left(str(form.get("id", "")), name) for name in _PLATFORM if form.pop(name, None) is not None]
    return Converted(json.dumps(form, ensure_ascii=False, indent=2).encode() + b"\n", tuple(left))


def _expression(node: etree._Element, source: Dialect, target: Dialect) -> Iterator[Left]:
    text = (node.text or "").strip()
    feel = source.condition(text) if text else ""
    owner = node.getparent().get("id") or "" if node.getparent() is not None else ""
    if feel is None:
        yield Left(owner, text)
        return
    node.text = target.written(feel)
    if node.tag == _CONDITION:
        node.attrib.pop("language", None)
        if isinstance(target, Camunda):
            node.set("language", "feel")
    node.set(_TYPE, node.get(_TYPE) or f"{node.prefix}:tFormalExpression" if node.prefix else "tFormalExpression")


def _strip(root: etree._Element, namespaces: set[str]) -> Iterator[Left]:
    """What the other dialect does not know goes, and is named; an engine must not half understand it."""
    for node in list(root.iter(etree.Element)):
        for name in list(node.attrib):
            if etree.QName(name).namespace in namespaces:
                if etree.QName(name).namespace != _MODELER:
                    yield Left(_owner(node), etree.QName(name).localname)
                del node.attrib[name]
    for node in list(root.iter(etree.Element)):
        name = etree.QName(node)
        parent = node.getparent()
        if name.namespace in namespaces and parent is not None and etree.QName(parent).namespace not in namespaces:
            yield Left(_owner(node), name.localname)
            drop(node)


def _owner(node: etree._Element) -> str:
    found: etree._Element | None = node
    while found is not None and not (etree.QName(found).namespace == BPMN and found.get("id")):
        found = found.getparent()
    return found.get("id") or "" if found is not None else ""


def _text(root: etree._Element, target: Dialect) -> bytes:
    spaces = {prefix: uri for prefix, uri in root.nsmap.items() if uri not in {SPIFF, *_BY_NAMESPACE}}
    made = etree.Element(root.tag, dict(root.attrib), nsmap={**spaces, **target.namespaces})
    made.text = root.text
    made.extend(list(root))
    etree.cleanup_namespaces(made, keep_ns_prefixes=[*(p for p in spaces if p), *target.namespaces])
    etree.indent(made, "  ")
    return etree.tostring(made, xml_declaration=True, encoding="UTF-8") + b"\n"
