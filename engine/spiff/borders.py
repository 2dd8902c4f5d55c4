"""
Events on the border of a task or box: which of them wait, and what a box's event takes along of what was known inside.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.boxes import Called
from engine.spiff.keeping import kept_of
from engine.spiff.state import BEGINS, EACH, OPEN
from engine.spiff.tokens import Inner

#: what an event took along until its token goes on, in the same step
_TAKEN = "taken"


class Border(BoundaryEvent):
    """
    An event on the border of a task or box.
    """

    def _run_hook(self, my_task: Task) -> bool | None:
        if _TAKEN not in my_task.internal_data:
            take_along(my_task)
        taken = my_task.internal_data.pop(_TAKEN, None)
        if taken is not None:
            my_task.data = taken
        return super()._run_hook(my_task)


def take_along(event: Task) -> None:
    """
    Keep for an event what is known now in the open box that it sits on; what throws an error may close the box before
    the event's token goes on.
    """
    boxes = event.workflow.top_workflow.subprocesses
    for holder in event.parent.children:
        if holder.id in boxes and holder.state == TaskState.STARTED and not isinstance(holder.task_spec, Called):
            event.internal_data[_TAKEN] = _known(boxes[holder.id])


def borders(task: Task) -> Iterator[list[Task]]:
    """
    Yield the waiting events on the border of a task, then those of each box around it, the innermost first.
    """
    inside: Task | None = task
    while inside is not None:
        before = inside.parent
        if inside.task_spec.name.endswith(EACH):
            inside = before
            continue
        if before is not None and isinstance(before.task_spec, BoundaryEventSplit):
            yield [event for event in before.children if isinstance(event.task_spec, Border) and _waits(event)]
        holder = inside.workflow.parent_task_id
        inside = inside.workflow.top_workflow.find(holder) if holder is not None else None


def _waits(event: Task) -> bool:
    return event.state == TaskState.WAITING


def _known(inner: Inner) -> dict[str, Any]:
    """What is known in an open box, the newest last: of what would be stored, so that a reload changes nothing."""
    boxes = inner.top_workflow.subprocesses
    found: dict[str, Any] = {}
    for task in kept_of(inner):
        passed = task.state == TaskState.COMPLETED and not isinstance(task.task_spec, BoundaryEventSplit)
        if task.has_state(OPEN) or (passed and task.task_spec.name != BEGINS):
            holds = task.id in boxes and task.has_state(OPEN) and not isinstance(task.task_spec, Called)
            found.update(_known(boxes[task.id]) if holds else deepcopy(task.data))
    return found
