"""
Whether a step went as it is drawn: an oracle of its own, which knows the picture and not the engine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from engine.diagram import EVENT_GATEWAY, Diagram, Element
from engine.spiff import Run

_ONE_WAY = frozenset({"exclusiveGateway"})
_SOME_WAYS = frozenset({"inclusiveGateway"})


def strays(diagram: Diagram, run: Run) -> Iterator[str]:
    """
    Yield elements and flows of the last step that were passed otherwise than they are drawn.

    A token that passes an element leaves by all of its flows, by one of an exclusive gateway's, by at least one of an
    inclusive gateway's, by none of an event-based gateway's until one of its events happens; and a flow leads to an
    element that was passed then or where a token waits now.
    """
    passed = Counter(run.path)
    ended = run.ended
    for key, times in passed.items():
        element = diagram.elements.get(key)
        if element is None:
            target = diagram.flows[key].target
            if not ended and target not in passed and target not in run.tokens and not _left(diagram, target, passed):
                yield key
            continue
        taken = [passed[flow.id] for flow in diagram.outgoing(key)]
        if element.kind in _ONE_WAY:
            right = sum(taken) == times
        elif element.kind in _SOME_WAYS:
            right = sum(taken) >= times
        elif element.kind == EVENT_GATEWAY:
            waiting = any(flow.target in run.tokens for flow in diagram.outgoing(key))
            right = sum(taken) == times or (sum(taken) < times and (waiting or ended))
        else:
            # what an error interrupts is left by its boundary event
            interrupted = sum(passed[event.id] for event in _interrupting(diagram, key))
            right = all(times - interrupted <= count <= times for count in taken)
        if not right:
            yield key


def _interrupting(diagram: Diagram, key: str) -> Iterator[Element]:
    """The events that end an element before its time: on its border, or on that of a box around it."""
    for border in (key, *(box.id for box in diagram.around(key))):
        yield from (event for event in diagram.boundary(border) if event.interrupting)


def _left(diagram: Diagram, key: str, passed: Counter[str]) -> bool:
    """Tell whether what an element lies in, or runs beside, may have ended before a token could go on there."""
    around = list(diagram.around(key))
    if any(box.loop is not None and box.loop.until is not None for box in around):
        return True
    inside = [box.id for box in around]
    scopes = [*inside, *filter(None, (_beside(diagram, one) for one in (key, *inside)))]
    ending = [event for border in (key, *scopes) for event in diagram.boundary(border) if event.interrupting]
    ending += [end for scope in scopes for end in diagram.inside(scope) if end.terminates]
    return any(passed[one.id] for one in ending)


def _beside(diagram: Diagram, key: str) -> str | None:
    """The scope that an event sub-process was drawn in, None of anything else."""
    for flow in diagram.incoming(key):
        source = diagram.elements.get(flow.source)
        scope = diagram.elements.get(source.attached_to or "") if source is not None else None
        if scope is not None and scope.implied:
            return scope.id
    return None
