"""
Whatever a diagram raised, as an error that an operator can read.
"""

from __future__ import annotations

from SpiffWorkflow.util.task import TaskState

from engine.errors import EngineError, StepFailed
from engine.findings import Reason
from engine.spiff.places import element_of
from engine.spiff.tokens import Tokens


class Incident:
    """
    Turns whatever the diagram raised into an error that an operator can read.
    """

    def __init__(self, workflow: Tokens) -> None:
        self._workflow = workflow

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, EngineError) or not isinstance(error, Exception):
            return
        element = next((element_of(t) for t in self._workflow.every() if t.state == TaskState.ERROR), None)
        inner = getattr(error, "exception", None) or error.__cause__
        if isinstance(inner, EngineError):
            raise inner from error
        # The message of a foreign error may quote personal data; its kind and place are enough to look further.
        kind = type(error).__name__
        reason = Reason("failed.raised", {"error": kind})
        raise StepFailed(f"{kind} was raised here.", element=element, reason=reason) from error
