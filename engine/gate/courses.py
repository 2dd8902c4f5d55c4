"""
What is written on every course through a box whose ways part and end apart: all of them have ended when it leads on.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.diagram import Diagram

#: names; None: whatever, for nothing comes out of the box this way
_Names = frozenset[str] | None


def written_by_all(diagram: Diagram, box: str, certain: Callable[[str], frozenset[str]]) -> frozenset[str]:
    """
    Return the names that are written whichever course a case takes through a box.

    Args:
        certain: element -> names that are certainly written where a token leaves it.
    """
    inside = {element.id: element for element in diagram.inside(box)}
    exits = {*diagram.exits(box)}
    parts = any(one.kind == "parallelGateway" and len(diagram.outgoing(one.id)) > 1 for one in inside.values())
    if not parts or any(inside[key].terminates for key in exits):
        return frozenset()
    found: dict[str, _Names] = dict.fromkeys(inside, None)

    def ahead(key: str) -> _Names:
        ways = [certain(key) if flow.target in exits else found.get(flow.target) for flow in diagram.outgoing(key)]
        if inside[key].kind == "parallelGateway":
            return None if None in ways else frozenset[str]().union(*ways)
        ways += [found[event.id] for event in diagram.boundary(key) if event.interrupting]
        known = [names for names in ways if names is not None]
        return frozenset.intersection(*known) if known else None

    changed = True
    while changed:
        changed = False
        for key in inside:
            names = ahead(key)
            if names != found[key]:
                found[key], changed = names, True
    starts = [found[key] for key, element in inside.items() if element.kind == "startEvent"]
    return frozenset[str]().union(*(names for names in starts if names is not None))
