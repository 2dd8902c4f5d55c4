"""
Why a case must stay on its release.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.diagram import Element
from engine.errors import EngineError
from engine.findings import Reason


class CannotMove(EngineError):
    """
    A case must stay on its release; `reason` says why, to an analyst.
    """

    code = "cannot_move"

    def __init__(self, reason: Reason, element: str) -> None:
        super().__init__(f"{reason.code}: {element}")
        self.reason = reason
        self.element = element


class NotToMove(EngineError):
    """
    There is nothing to move; `cases` are those that were asked for and do not run on another release of the process.
    """

    code = "not_to_move"

    def __init__(self, cases: Sequence[int] = ()) -> None:
        super().__init__(f"{list(cases)}")
        self.cases = tuple(cases)


def refused(code: str, element: Element) -> CannotMove:
    """
    Return the refusal of a case that stands at `element`.
    """
    return CannotMove(Reason(code, {"place": element.name or element.id}), element.id)
