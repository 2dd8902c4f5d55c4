"""
Whether a release can go on with the data that a case has: everything read from where its tokens stand was written.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.findings import Reason
from engine.gate.collecting import Candidate
from engine.gate.variables import unwritten
from engine.moving.refusals import CannotMove
from engine.operations import Operations
from engine.releases import Release
from engine.safe_xml import read_xml
from engine.spiff import Token

#: elements where tokens stand, each with the names that it carries
_Place = frozenset[tuple[str, frozenset[str]]]


class Readiness:
    """
    What one release reads, judged once for all cases that stand alike.
    """

    def __init__(self, release: Release, operations: Operations) -> None:
        self._candidate = candidate_of(release, operations)
        self._judged: dict[_Place, tuple[str, str] | None] = {}

    def judge(self, tokens: Sequence[Token]) -> None:
        """
        Check that the release can go on from `tokens`.

        Raises:
            CannotMove: if it reads what the case never got.
        """
        diagram = self._candidate.diagram
        elements = diagram.elements
        place = frozenset(
            (one.spec, frozenset(one.data))
            for one in tokens
            # what is in a box has its own tokens; a box that repeats begins anew with what its holder knows
            if one.waits and one.spec in elements and not (diagram.inside(one.spec) and elements[one.spec].loop is None)
        )
        if place not in self._judged:
            self._judged[place] = next(unwritten(self._candidate, dict(place)), None)
        missing = self._judged[place]
        if missing is not None:
            element, name = missing
            label = elements[element].name or element
            raise CannotMove(Reason("move.unwritten", {"place": label, "name": name}), element)


def candidate_of(release: Release, operations: Operations) -> Candidate:
    """
    Return a release as the gate's passes want it.
    """
    source = read_xml("", release.bpmn)
    parts = {"forms": dict(release.forms), "decisions": dict(release.decisions)}
    found = Candidate("", release.bpmn, source, release.diagram, operations, frozenset(), **parts)
    found.files |= dict.fromkeys((*release.forms, *release.decisions), "")
    return found
