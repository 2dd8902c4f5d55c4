"""
Attributes by which the engine remembers what it made of a drawing: in a file that comes from outside they would hide
elements from every judge after this one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.diagram.calls import CALLED, REFUSED, WANTS
from engine.diagram.event_boxes import HANDLER, IMPLIED
from engine.diagram.flattening import OPENED
from engine.diagram.namespaces import BPMN
from engine.findings import Finding
from engine.safe_xml import Unsafe, read_xml

_MARKS = frozenset({CALLED, REFUSED, WANTS, HANDLER, IMPLIED, OPENED})


def judge_marks(bundle: Mapping[str, bytes]) -> Iterator[Finding]:
    """
    Yield the attributes of the diagrams of a release that only the engine may write.
    """
    for file in sorted(path for path in bundle if path.endswith(".bpmn")):
        try:
            source = read_xml(file, bundle[file])
        except Unsafe:
            continue  # said where the file is read
        for node in source.root.iter(f"{{{BPMN}}}*"):
            for name in sorted(_MARKS & set(node.attrib)):
                line, column = source.place(node.get("id"))
                yield Finding("mark", file, node.get("id"), line=line, column=column, params={"name": name})
