"""
Transactions: a sub-process that can be cancelled from inside. The end event that cancels it throws an error which only
the cancel event on its border catches; nothing is compensated.
"""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from engine.diagram.namespaces import BPMN

#: BPMN's name of it
TRANSACTION = "transaction"
#: ending of the code of the error in place of a cancellation
CANCELLED = ".cancelled"
_CANCEL, _ERROR = f"{{{BPMN}}}cancelEventDefinition", f"{{{BPMN}}}errorEventDefinition"


def draw_plain(process: etree._Element) -> None:
    """
    Rewrite the transactions of a process in place, as sub-processes.
    """
    for box in list(process.iter(f"{{{BPMN}}}{TRANSACTION}")):
        box.tag = f"{{{BPMN}}}subProcess"
        key = (box.get("id") or "") + CANCELLED
        beside = box.getparent().findall(f"{{{BPMN}}}boundaryEvent")
        on_border = [event for event in beside if event.get("attachedToRef") == box.get("id")]
        thrown = _definitions(box.findall(f"{{{BPMN}}}endEvent"))
        caught = _definitions(on_border)
        if not thrown or not caught:
            continue  # refused as it is drawn
        for definition in (*thrown, *caught):
            definition.tag = _ERROR
            definition.set("errorRef", key)
        process.getparent().insert(0, etree.Element(f"{{{BPMN}}}error", {"id": key, "errorCode": key}))


def _definitions(events: Iterable[etree._Element]) -> list[etree._Element]:
    return [definition for event in events for definition in event.findall(_CANCEL)]
