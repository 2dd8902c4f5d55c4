"""
What the applicant reads of a case that was put elsewhere by hand: the words of the place where it waits now.

An element without public words of its own is shown with those of the one before it. Where a case is put there by hand
it has not passed that one, and what stands there would be said of another place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.diagram import Diagram, Element
from engine.diagram.reach import closure
from engine.interventions.effect import Shown

#: status, and what comes next
Words = tuple[str, str]


@dataclass(frozen=True)
class Wording:
    """
    What a case says of itself once it was put elsewhere.
    """

    #: element whose words become the case's; None: they stay
    shows: Element | None = None
    #: True: nobody can say which words are right here
    doubtful: bool = False


def wording(diagram: Diagram, shown: Shown, target: str, reached: Iterable[str], others: Iterable[str]) -> Wording:
    """
    Return what a case says once its token was put at `target`.

    Args:
        shown: what the applicant read until then.
        reached: elements that the token passed or waits at since; the words of one of them are the case's already.
        others: elements at which other tokens wait.
    """
    if any(_words(diagram.elements[key]) for key in reached if key in diagram.elements):
        return Wording()
    now = (shown.status, shown.what_next)
    # what was said before the branches parted is nobody's any more once one of them has spoken
    own = closure([target], diagram.preceding)
    elsewhere = (element for key in others for element in _spoken_at(diagram, key) if element.id not in own)
    if now in map(_words, elsewhere):
        return Wording()
    found = {_words(element): element for element in _spoken_at(diagram, target)}
    if now in found:
        return Wording()
    return Wording(shows=next(iter(found.values()))) if len(found) == 1 else Wording(doubtful=bool(shown.status))


def _spoken_at(diagram: Diagram, place: str) -> list[Element]:
    """The elements whose words a case can show that came to `place` by the diagram, in the order of the file."""
    found = closure([place], lambda key: [] if _words(diagram.elements[key]) else diagram.preceding(key))
    return [element for element in diagram.elements.values() if element.id in found and _words(element)]


def _words(element: Element) -> Words | None:
    status = element.properties.get("publicStatus")
    return (status, element.properties.get("whatNext", "")) if status else None
