"""
Where a token may be put: wherever its own branch could have brought it. Pure graph; no case, no database.

A branch is what lies between forks and joins. A token that left it would be missing at a join, or come twice: no such
place is offered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.diagram import RECEIVE, TASKS, WORK, Diagram, Element
from engine.diagram.reach import closure

#: what a token can be put at
_HERE = TASKS | WORK | {"exclusiveGateway", "endEvent"}


class Places:
    """
    The branches of one diagram.
    """

    def __init__(self, diagram: Diagram) -> None:
        self._diagram = diagram
        self._forks = frozenset(key for key in diagram.elements if self._divides(key))
        self._before: dict[str, list[str]] = {}
        for key in diagram.elements:
            for target in self._onward(key):
                self._before.setdefault(target, []).append(key)
        self._branch = self._branches()

    def around(self, element: str) -> tuple[str, ...]:
        """
        Return the elements at which a token that waits at `element` may be put, in the order of the file.
        """
        branch = self._branch.get(element)
        if branch is None or self._runs_again(element):
            return ()
        behind = closure([element], lambda key: self._within(self._before.get(key, ()), branch))
        found = closure(behind, self._onward) - {element}
        drawn = (one for one in self._diagram.elements.values() if one.id in found and _takes(one))
        return tuple(one.id for one in drawn if not self._runs_again(one.id) and not self._is_choice(one.id))

    def leads_to(self, element: str, target: str) -> bool:
        """
        Tell whether the diagram leads from `element` to `target` inside one branch.
        """
        return target in closure(self._onward(element), self._onward)

    def _is_choice(self, key: str) -> bool:
        """Tell whether an element is one of several events of which the first counts."""
        before = (self._diagram.elements.get(flow.source) for flow in self._diagram.incoming(key))
        return any(one is not None and one.kind == "eventBasedGateway" for one in before)

    def _runs_again(self, key: str) -> bool:
        """Tell whether an element, or a box around it, runs more than once: what counts its runs would be lost."""
        return any(one.loop is not None for one in (self._diagram.elements[key], *self._diagram.around(key)))

    def _divides(self, key: str) -> bool:
        """Tell whether several tokens leave an element, or it waits for several."""
        element = self._diagram.elements[key]
        if element.kind in ("parallelGateway", "inclusiveGateway"):
            return True
        return element.kind not in ("exclusiveGateway", "eventBasedGateway") and len(self._diagram.outgoing(key)) > 1

    def _onward(self, key: str) -> list[str]:
        """What one token may come to next without leaving its branch."""
        if key in self._forks:
            return []
        targets = [flow.target for flow in self._diagram.outgoing(key)]
        targets += [event.id for event in self._diagram.boundary(key) if event.interrupting]
        return [target for target in targets if target not in self._forks]

    def _branches(self) -> dict[str, frozenset[str]]:
        """Element -> the beginnings of branches through which every way to it leads; unreached elements have none."""
        every = self._reached(None)
        found = {key: set[str]() for key in every}
        for entry in self._entries():
            for key in every - self._reached(entry):
                found[key].add(entry)
        return {key: frozenset(entries) for key, entries in found.items()}

    def _entries(self) -> Iterator[str]:
        """Flows out of forks, and events that begin something beside their task."""
        for key in self._forks:
            yield from (flow.id for flow in self._diagram.outgoing(key))
        yield from (event.id for event in self._diagram.of_kind("boundaryEvent") if not event.interrupting)

    def _reached(self, without: str | None) -> set[str]:
        """What the start leads to; `without` is a flow or an event that no way may pass."""
        diagram = self._diagram
        flow = diagram.flows.get(without or "")

        def more(key: str) -> list[str]:
            barred = flow.target if flow is not None and flow.source in (key, diagram.scope(key)) else without
            return [target for target in diagram.following(key) if target != barred]

        return closure((event.id for event in diagram.of_kind("startEvent") if event.within is None), more)

    def _within(self, keys: Iterable[str], branch: frozenset[str]) -> list[str]:
        return [key for key in keys if self._branch.get(key) == branch]


def _takes(element: Element) -> bool:
    if element.implied:
        return False
    return element.kind in _HERE or element.kind in ("intermediateCatchEvent", RECEIVE)
