"""
Event sub-processes that run beside the scope in which they were drawn: whatever ends that scope ends them too.
"""

from __future__ import annotations

from collections.abc import Iterable

from SpiffWorkflow.task import Task

from engine.diagram.event_boxes import SCOPE
from engine.spiff.boxes import Box
from engine.spiff.state import OPEN


def end_beside(tasks: Iterable[Task]) -> None:
    """
    End the event sub-processes that run beside a scope, if one of `tasks` holds it.
    """
    for scope in tasks:
        if scope.task_spec.name.endswith(SCOPE):
            for other in list(scope.workflow.tasks.values()):
                if other is not scope and isinstance(other.task_spec, Box) and other.has_state(OPEN):
                    other.cancel()
