"""
How often an element runs: for each of a list or a number of times, beside each other or in turn; or while a condition
holds. Read from BPMN; nothing is judged or executed here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from engine.diagram.namespaces import BPMN

MULTIPLE, STANDARD = "multiInstanceLoopCharacteristics", "standardLoopCharacteristics"
#: what is known of the instances where it is asked whether they are enough
COUNTERS = ("numberOfInstances", "numberOfActiveInstances", "numberOfCompletedInstances")
#: which instance it is, from 1; known inside
COUNTER = "loopCounter"


_LABEL = re.compile(r"\w+(?: \w+)+")


@dataclass(frozen=True)
class Loop:
    """
    How often an element runs. Texts are FEEL.
    """

    #: MULTIPLE or STANDARD
    kind: str
    #: True: one instance begins when the one before has ended
    in_turn: bool = True
    #: number of instances, or the list of which each item gets one
    cardinality: str | None = None
    collection: str | None = None
    #: variable that holds the item inside
    item: str | None = None
    #: variable that takes a list of what the instances give, and what each of them gives
    output: str | None = None
    each: str | None = None
    #: true: no more instances are needed, the open ones end
    until: str | None = None
    #: of a standard loop: it runs again while this is true, at most so often
    condition: str | None = None
    maximum: int | None = None
    #: True: the condition is asked before the first time, too
    asks_first: bool = False

    @property
    def is_apart(self) -> bool:
        """
        Tell whether what an instance learns stays inside, but for what `output` takes.
        """
        return self.kind == MULTIPLE


def loop_of(node: etree._Element) -> Loop | None:
    """
    Return how often a node runs, None: once.
    """
    many, again = node.find(f"{{{BPMN}}}{MULTIPLE}"), node.find(f"{{{BPMN}}}{STANDARD}")
    if many is not None:
        return Loop(
            MULTIPLE,
            in_turn=many.get("isSequential") == "true",
            cardinality=_text(many, "loopCardinality"),
            collection=_text(many, "loopDataInputRef"),
            item=_name(many, "inputDataItem"),
            output=_text(many, "loopDataOutputRef"),
            each=_name(many, "outputDataItem"),
            until=_text(many, "completionCondition"),
        )
    if again is not None:
        most = again.get("loopMaximum") or ""
        return Loop(
            STANDARD,
            condition=_text(again, "loopCondition"),
            maximum=int(most) if most.isascii() and most.isdigit() and len(most) < 6 else None,
            asks_first=again.get("testBefore") == "true",
        )
    return None


def _text(node: etree._Element, name: str) -> str | None:
    return (node.findtext(f"{{{BPMN}}}{name}") or "").strip() or None


def _name(node: etree._Element, name: str) -> str | None:
    """What an item is called: by its name; where that is words for people, as other modelers write, by its id."""
    found = node.find(f"{{{BPMN}}}{name}")
    if found is None:
        return None
    called, key = (found.get("name") or "").strip(), found.get("id") or ""
    return (key if not called or (key and _LABEL.fullmatch(called)) else called) or None
