"""
A diagram as a whole: what comes before, after, inside and around each element; it reads no XML.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from engine.diagram.elements import Element, Flow
from engine.diagram.kinds import TASKS
from engine.diagram.rounds import PROPERTY as KEPT
from engine.diagram.rounds import Rounds


@dataclass(frozen=True)
class Diagram:
    """
    One executable process.
    """

    process: str
    #: Azerbaijani title
    title: str
    elements: Mapping[str, Element]
    flows: Mapping[str, Flow]
    #: lane name -> role
    lanes: Mapping[str, str]
    #: id that a lane lists -> names of the innermost lanes that list it
    lane_refs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: of the process as a whole
    properties: Mapping[str, str] = field(default_factory=dict)

    def outgoing(self, element: str) -> tuple[Flow, ...]:
        """
        Return the flows that leave `element`, in the order of the file.
        """
        return self._outgoing.get(element, ())

    def incoming(self, element: str) -> tuple[Flow, ...]:
        """
        Return the flows that enter `element`.
        """
        return self._incoming.get(element, ())

    def boundary(self, element: str) -> tuple[Element, ...]:
        """
        Return the boundary events that sit on `element`.
        """
        return tuple(event for event in self.of_kind("boundaryEvent") if event.attached_to == element)

    def catching(self, element: str) -> tuple[Element, ...]:
        """
        Return the error events on the border of an element and of the boxes around it, the innermost first.
        """
        borders = (element, *(box.id for box in self.around(element)))
        found = (event for border in borders for event in self.boundary(border))
        return tuple(event for event in found if "errorEventDefinition" in event.events)

    def flow_between(self, source: str, target: str) -> str | None:
        """
        Return the id of the flow from `source` to `target`, None if there is none.
        """
        return self._between.get((source, target))

    def of_kind(self, *kinds: str) -> Iterator[Element]:
        """
        Yield the elements of these kinds.
        """
        return (element for element in self.elements.values() if element.kind in kinds)

    @cached_property
    def drawn(self) -> Mapping[str, Element]:
        """
        The elements that somebody drew.
        """
        return {key: element for key, element in self.elements.items() if not element.implied}

    @cached_property
    def drawn_flows(self) -> Mapping[str, Flow]:
        """
        The flows between elements that somebody drew.
        """
        ends = self.drawn.keys()
        return {key: flow for key, flow in self.flows.items() if flow.source in ends and flow.target in ends}

    @cached_property
    def ends(self) -> tuple[Element, ...]:
        """
        The end events that somebody drew, of the process and of boxes.
        """
        return tuple(element for element in self.drawn.values() if element.kind == "endEvent")

    @cached_property
    def throwing(self) -> tuple[Element, ...]:
        """
        The end events that throw an error.
        """
        return tuple(element for element in self.ends if "errorEventDefinition" in element.events)

    def around(self, element: str) -> Iterator[Element]:
        """
        Yield the boxes that an element lies in, the innermost first.
        """
        found = self.elements.get(element)
        while found is not None and found.within is not None:
            found = self.elements.get(found.within)
            if found is not None:
                yield found

    def inside(self, box: str) -> tuple[Element, ...]:
        """
        Return what lies in a box, but not in a box inside it; nothing of what is no box.
        """
        return self._inside.get(box, ())

    def scope(self, element: str) -> str | None:
        """
        Return the id of the box that an element lies in.
        """
        found = self.elements.get(element)
        return found.within if found is not None else None

    def following(self, element: str) -> list[str]:
        """
        Return what can come next after an element, events on its border included.
        """
        inner = [one.id for one in self.inside(element) if one.kind == "startEvent"]
        found = [flow.target for flow in self.outgoing(element)]
        if inner:
            found = inner + (found if self._may_be_skipped(element) else [])
        box = self.scope(element)
        if box is not None and self.elements[element].kind == "endEvent":
            thrown = self.elements[element] in self.throwing
            found = [event.id for event in self.catching(element)] if thrown else self._behind(box)
        return found + [event.id for event in self.boundary(element)]

    def preceding(self, element: str) -> list[str]:
        """
        Return what can have come just before an element; for an event on a border, what it sits on.
        """
        drawn = self.elements.get(element)
        if drawn is not None and drawn.attached_to is not None:
            return [drawn.attached_to]
        if drawn is not None and drawn.kind == "startEvent" and drawn.within is not None:
            return [drawn.within]
        found: list[str] = []
        for flow in self.incoming(element):
            ends = self.exits(flow.source)
            found += ends if ends and not self._is_apart(flow.source) else [flow.source]
        return found

    def exits(self, box: str) -> list[str]:
        """
        Return the end events inside a box after which it leads on: all but those that throw an error.
        """
        return [one.id for one in self.inside(box) if one.kind == "endEvent" and one not in self.throwing]

    def _behind(self, box: str) -> list[str]:
        return [flow.target for flow in self.outgoing(box)]

    def repeated(self, element: str) -> bool:
        """
        Tell whether an element has instances that know nothing of each other, itself or as part of a box.
        """
        chain = (self.elements.get(element), *self.around(element))
        return any(one is not None and one.loop is not None and one.loop.is_apart for one in chain)

    def shown_at(self, element: str) -> str:
        """
        Return what the picture has for an element: of what a called process does, the call.
        """
        return next((box.id for box in reversed(list(self.around(element))) if box.call is not None), element)

    def called_by(self, element: str) -> str | None:
        """
        Return the call of the process that an element belongs to; None: it belongs to the diagram's own.
        """
        return next((box.id for box in self.around(element) if box.call is not None), None)

    def _is_apart(self, element: str) -> bool:
        """Tell whether what is learned inside an element comes out only where it is named."""
        found = self.elements.get(element)
        return found is not None and (found.call is not None or (found.loop is not None and found.loop.is_apart))

    def _may_be_skipped(self, element: str) -> bool:
        loop = self.elements[element].loop
        return loop is not None and (loop.is_apart or loop.asks_first)

    def texts(self) -> Iterator[str]:
        """
        Yield every text of the diagram that a person may read.
        """
        yield self.title
        yield self.properties.get("endedStatus", "")
        for element in self.elements.values():
            yield element.name
            for name in ("publicStatus", "whatNext", "confirmation", "whatNeeded"):
                yield element.properties.get(name, "")
        yield from (flow.name for flow in self.flows.values())
        yield from self.lanes

    @cached_property
    def rounds(self) -> Rounds:
        """
        How the user tasks lie to each other.
        """
        after = {name: tuple(self.following(name)) for name in self.elements}
        starts = (event.id for event in self.of_kind("startEvent") if event.within is None)
        apart = frozenset(task.id for task in self.of_kind(*TASKS) if self.repeated(task.id))
        tasks = (task.id for task in self.of_kind(*TASKS) if task.id not in apart)
        kept = frozenset(task.id for task in self.of_kind(*TASKS) if task.properties.get(KEPT) == "true")
        called = {task.id: call for task in self.of_kind(*TASKS) if (call := self.called_by(task.id)) is not None}
        return replace(Rounds.of(starts, tasks, after), apart=apart, called=called, kept=kept)

    @cached_property
    def _inside(self) -> dict[str, tuple[Element, ...]]:
        found: dict[str, tuple[Element, ...]] = {}
        for element in self.elements.values():
            if element.within is not None:
                found[element.within] = (*found.get(element.within, ()), element)
        return found

    @cached_property
    def conditional(self) -> bool:
        """
        Tell whether an event waits for a condition.
        """
        return any(element.condition is not None for element in self.elements.values())

    @cached_property
    def apart(self) -> frozenset[str]:
        """
        The elements that run in several instances, whose data stays in each.
        """
        return frozenset(
            element.id
            for element in self.elements.values()
            if any(one.loop is not None and one.loop.is_apart for one in (element, *self.around(element.id)))
        )

    @cached_property
    def _outgoing(self) -> dict[str, tuple[Flow, ...]]:
        found: dict[str, tuple[Flow, ...]] = {}
        for flow in self.flows.values():
            found[flow.source] = (*found.get(flow.source, ()), flow)
        return found

    @cached_property
    def _incoming(self) -> dict[str, tuple[Flow, ...]]:
        found: dict[str, tuple[Flow, ...]] = {}
        for flow in self.flows.values():
            found[flow.target] = (*found.get(flow.target, ()), flow)
        return found

    @cached_property
    def _between(self) -> dict[tuple[str, str], str]:
        return {(flow.source, flow.target): flow.id for flow in self.flows.values()}
