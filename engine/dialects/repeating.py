"""
How often an element runs, as BPMN itself writes it: the list, what is called its item, and what comes of each.

How many, in turn or not, and when they are enough are written alike everywhere; their texts are converted as
conditions.
"""

from __future__ import annotations

from lxml import etree

from engine.diagram import BPMN

#: our name -> BPMN's element, in the order that BPMN wants
_LISTS = {"collection": "loopDataInputRef", "output": "loopDataOutputRef"}
_ITEMS = {"item": "inputDataItem", "each": "outputDataItem"}
_BEHIND = ("complexBehaviorDefinition", "completionCondition")
CARDINALITY = f"{{{BPMN}}}loopCardinality"
#: whose text is an expression of the dialect
REPEATING = ("loopCardinality", "completionCondition")


def loop_node(node: etree._Element) -> etree._Element | None:
    """
    Return what makes an element run for each of something, None: nothing does.
    """
    return node.find(f"{{{BPMN}}}multiInstanceLoopCharacteristics")


def take_loop(node: etree._Element) -> dict[str, str]:
    """
    Read how an element repeats (collection, item, output, each), and remove it there.
    """
    loop = loop_node(node)
    found: dict[str, str] = {}
    for ours, theirs in (_LISTS | _ITEMS).items() if loop is not None else ():
        item = loop.find(f"{{{BPMN}}}{theirs}")
        if item is None:
            continue
        said = item.text if ours in _LISTS else item.get("name") or item.get("id")
        if said and said.strip():
            found[ours] = said.strip()
            loop.remove(item)
    return found


def put_loop(node: etree._Element, said: dict[str, str]) -> None:
    """
    Write how an element repeats.
    """
    loop = loop_node(node)
    if loop is None:
        return
    at = next((n for n, child in enumerate(loop) if etree.QName(child).localname in _BEHIND), len(loop))
    for ours, theirs in (_LISTS | _ITEMS).items():
        if ours not in said:
            continue
        item = etree.Element(f"{{{BPMN}}}{theirs}")
        if ours in _LISTS:
            item.text = said[ours]
        else:
            item.set("name", said[ours])
        loop.insert(at, item)
        at += 1
