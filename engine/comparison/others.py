"""
Differences between what two diagrams hold beside elements, flows and lanes: declarations, pools, notes, data. Nothing
of it is executed by itself; what refers to a declaration says by itself that it is another one now.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass

from lxml import etree

from engine.comparison.change import Change
from engine.comparison.facts import plain
from engine.diagram import BPMN

#: what events refer to, and the attribute that it is known by
_DECLARED = {"message": "name", "signal": "name", "error": "errorCode", "escalation": "escalationCode"}
_KINDS = frozenset(
    {
        *_DECLARED,
        *("textAnnotation", "association", "group", "dataObject", "dataObjectReference", "dataStoreReference"),
        *("participant", "messageFlow", "dataInputAssociation", "dataOutputAssociation", "category", "categoryValue"),
        *("ioSpecification", "dataInput", "dataOutput", "inputSet", "outputSet", "property", "itemDefinition"),
    }
)


@dataclass(frozen=True)
class _Other:
    kind: str
    #: as people see it
    words: str
    #: all of it, but for what is said elsewhere
    content: object


def compare_others(file: str, old: etree._Element, new: etree._Element) -> Iterator[Change]:
    """
    Yield what differs between two files of BPMN in what is not executed by itself.
    """
    referred = {*_referred(old), *_referred(new)}
    before, after = _others(old, referred), _others(new, referred)
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key), after.get(key)
        if was == now:
            continue
        one = now or was
        assert one is not None
        kind = "added" if was is None else "removed" if now is None else "changed"
        texts = (was.words if was is not None else "", now.words if now is not None else "")
        if texts[0] == texts[1]:
            yield Change("other", "changed", file, key, one.words or key, "rest")
        else:
            yield Change("other", kind, file, key, one.words or key, one.kind, *texts)


def _others(root: etree._Element, referred: Set[str]) -> dict[str, _Other]:
    found: dict[str, _Other] = {}
    for node in root.iter(f"{{{BPMN}}}*"):
        kind, key = etree.QName(node).localname, node.get("id")
        if key is None or kind not in _KINDS:
            continue
        if key in referred and kind in _DECLARED:
            # whoever refers to it says how it is known
            found[key] = _Other(kind, "", _without(node, _DECLARED[kind]))
        else:
            found[key] = _Other(kind, _words(node, key), plain(node))
    return {key: one for key, one in found.items() if one.words or one.content}


def _referred(root: etree._Element) -> Iterator[str]:
    """Ids that some event or task refers to; a reference may have a prefix that means this file."""
    for node in root.iter(f"{{{BPMN}}}*"):
        yield from (value.rpartition(":")[2] for name, value in node.attrib.items() if name.endswith("Ref"))


def _without(node: etree._Element, attribute: str) -> object:
    rest = sorted((name, value) for name, value in node.attrib.items() if name not in ("id", "name", attribute))
    return (rest, [plain(child) for child in node.iterchildren(etree.Element)]) if rest or len(node) else None


def _words(node: etree._Element, key: str) -> str:
    said = node.get("name") or node.findtext(f"{{{BPMN}}}text") or ""
    ends = [end for end in (node.get("sourceRef"), node.get("targetRef")) if end]
    return " ".join(said.split()) or " → ".join(ends) or key
