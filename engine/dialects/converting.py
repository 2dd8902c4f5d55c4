"""
A diagram from one dialect to another, and what could not be said there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from lxml import etree

from engine.diagram import BPMN, SPIFF
from engine.dialects.camunda import CAMUNDA, Camunda
from engine.dialects.facts import Dialect, drop
from engine.dialects.ours import Ours
from engine.dialects.repeating import REPEATING
from engine.dialects.zeebe import ZEEBE, Zeebe
from engine.safe_xml import read_xml

DIALECTS: Mapping[str, Dialect] = {"spiffworkflow": Ours(), "camunda": Camunda(), "zeebe": Zeebe()}
_BY_NAMESPACE = {CAMUNDA: "camunda", "http://operaton.org/schema/1.0/bpmn": "camunda", ZEEBE: "zeebe"}
CAMUNDA_TABLES = "http://camunda.org/schema/1.0/dmn"
_MODELER = "http://camunda.org/schema/modeler/1.0"
_BY_PLATFORM = {"Camunda Platform": "camunda", "Camunda Cloud": "zeebe"}
_TIMES = frozenset(f"{{{BPMN}}}{name}" for name in ("timeDate", "timeDuration", "timeCycle"))
_CONDITION = f"{{{BPMN}}}conditionExpression"
#: elements whose text is an expression
_TEXTS = (*_TIMES, _CONDITION, *(f"{{{BPMN}}}{name}" for name in ("condition", "loopCondition", *REPEATING)))
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
#: extensions that only hold others, each named by itself
_HOLDERS = frozenset({"inputOutput", "ioMapping", "properties", "taskHeaders", "executionListeners", "taskListeners"})
#: what belongs to the element around it
_PARTS = ("EventDefinition", "LoopCharacteristics")
#: characters of something that was left
LONGEST = 120
#: of a form: what only says which product it was made for
_PLATFORM = ("executionPlatform", "executionPlatformVersion")


@dataclass(frozen=True)
class Left:
    """
    Something that one dialect said and the other can't.
    """

    element: str
    #: the attribute or extension, or the text of an expression
    what: str


@dataclass(frozen=True)
class Converted:
    """
    A file in another dialect.
    """

    content: bytes
    left: tuple[Left, ...] = ()
    #: forms that stood in the diagram: name -> content
    forms: Mapping[str, bytes] = field(default_factory=dict)


def dialect_of(content: bytes, file: str = "") -> str:
    """
    Return the dialect of a diagram: by what it uses, else by the product that it says it is for, else by what it
    declares; ours if it tells nothing.

    Raises:
        Unsafe: if the file can't be looked at.
    """
    root = read_xml(file, content).root
    used = {etree.QName(name).namespace for node in root.iter(etree.Element) for name in (node.tag, *node.attrib)}
    platform = _BY_PLATFORM.get(root.get(f"{{{_MODELER}}}executionPlatform") or "")
    found = [dialect for uri, dialect in _BY_NAMESPACE.items() if uri in used]
    if SPIFF not in used and not found:
        found = [dialect for uri, dialect in _BY_NAMESPACE.items() if uri in root.nsmap.values()]
    if platform in found or (platform and not found):
        return platform
    return found[0] if found else "spiffworkflow"


def convert(content: bytes, to: str, file: str = "") -> Converted:
    """
    Say a diagram in another dialect.

    Args:
        to: a name of `DIALECTS`.

    Raises:
        Unsafe: if the file can't be looked at.
    """
    root = read_xml(file, content.replace(b"http://operaton.org/schema/1.0/bpmn", CAMUNDA.encode())).root
    source, target = DIALECTS[dialect_of(content, file)], DIALECTS[to]
    if source is target:
        return Converted(_text(root, target))
    forms = source.open(root)
    unread = _read_expressions(root, source)
    left = [Left(_owner(node), (node.text or "").strip()) for node in unread]
    for node in list(root.iter(f"{{{BPMN}}}*")):
        if node.get("id") is not None:
            left += [Left(node.get("id") or "", what) for what in target.put(node, source.take(node))]
    _write_expressions(root, target, unread)
    target.close(root)
    left += _strip(root, {CAMUNDA, ZEEBE, SPIFF, _MODELER} - set(target.namespaces.values()))
    return Converted(_text(root, target), tuple(left), forms)


def convert_table(content: bytes, file: str = "") -> Converted:
    """
    Take a file of decision tables of Camunda Modeler: what its products add is left, and what is not FEEL is named.

    Raises:
        Unsafe: if the file can't be looked at.
    """
    root = read_xml(file, content).root
    left = []
    for node in root.iter(etree.Element):
        language = node.get("expressionLanguage")
        if language is not None and language.lower().rpartition("/")[2] in ("feel", ""):
            del node.attrib["expressionLanguage"]
        elif language is not None:
            left.append(Left(_named(node), f"expressionLanguage={language}"))
    left += _strip(root, {CAMUNDA_TABLES, ZEEBE, _MODELER})
    etree.cleanup_namespaces(root)
    return Converted(etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n", tuple(left))


def convert_form(content: bytes) -> Converted:
    """
    Take a form of Camunda Modeler: the same schema, less what names its product.

    Raises:
        ValueError: if it is no form.
    """
    form = json.loads(content)
    if not isinstance(form, dict):
        raise ValueError("no form")
    form = {name: value for name, value in form.items() if name not in _PLATFORM}
    return Converted(json.dumps(form, ensure_ascii=False, indent=2).encode() + b"\n")


def _read_expressions(root: etree._Element, source: Dialect) -> list[etree._Element]:
    """Say every expression in FEEL, and return those that can't be said so; they stay as they are."""
    unread = []
    for node in root.iter(*_TEXTS):
        text = (node.text or "").strip()
        feel = source.condition(text) if text else ""
        if feel is None:
            unread.append(node)
        else:
            node.text = feel
    return unread


def _write_expressions(root: etree._Element, target: Dialect, unread: Sequence[etree._Element]) -> None:
    for node in root.iter(*_TEXTS):
        if node in unread or not (node.text or "").strip():
            continue
        node.text = target.written(node.text or "")
        if node.tag == _CONDITION:
            node.attrib.pop("language", None)
            if isinstance(target, Camunda):
                node.set("language", "feel")
        node.set(_TYPE, node.get(_TYPE) or f"{node.prefix}:tFormalExpression" if node.prefix else "tFormalExpression")


def _strip(root: etree._Element, namespaces: Set[str]) -> Iterator[Left]:
    """What the other dialect does not know goes, and is named; an engine must not half understand it."""
    for node in list(root.iter(etree.Element)):
        if etree.QName(node).namespace in namespaces:
            continue
        for name in list(node.attrib):
            known = etree.QName(name)
            if known.namespace in namespaces:
                value = node.attrib.pop(name)
                if known.namespace != _MODELER:
                    yield Left(_named(node), f"{known.localname}={value}"[:LONGEST])
    for node in list(root.iter(etree.Element)):
        name = etree.QName(node)
        parent = node.getparent()
        if name.namespace in namespaces and parent is not None and etree.QName(parent).namespace not in namespaces:
            held = list(node) if name.localname in _HOLDERS else []
            yield from (Left(_named(node), _said(one)) for one in held or [node])
            drop(node)


def _said(node: etree._Element) -> str:
    """An extension as people find it again: its name, its attributes, its text."""
    parts = [f"{etree.QName(name).localname}={value}" for name, value in node.attrib.items()]
    text = " ".join("".join(node.itertext()).split())
    return " ".join([etree.QName(node).localname, *parts, *([text] if text else [])])[:LONGEST]


def _owner(node: etree._Element) -> str:
    """The element of BPMN that holds a text of an event or a repetition."""
    return _named(node.getparent()) if node.getparent() is not None else ""


def _named(node: etree._Element) -> str:
    found: etree._Element | None = node
    while found is not None and (not found.get("id") or etree.QName(found).localname.endswith(_PARTS)):
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
