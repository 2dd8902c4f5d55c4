"""
Events on the border of a task or box: which of them wait, and what a box's event takes along of what was known inside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.beside import end_beside
from engine.spiff.boxes import Called
from engine.spiff.joins import together, waiting_at
from engine.spiff.state import EACH, OPEN
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
        if self.cancel_activity:
            end_beside(my_task.parent.children)
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
    """
    What is known in an open box: by what waits in it, and by what has come to a join or an end. An event on a border
    knows nothing that what it sits on does not know.
    """
    boxes = inner.top_workflow.subprocesses
    found: list[tuple[Task, Mapping[str, Any]]] = []
    for task in inner.tasks.values():
        if not task.has_state(OPEN) or isinstance(task.task_spec, Border | BoundaryEventJoin):
            continue
        if isinstance(task.task_spec, UnstructuredJoin):
            found += [(came.parent, came.parent.data) for came in waiting_at(task)]
        else:
            holds = task.id in boxes and not isinstance(task.task_spec, Called)
            found.append((task, _known(boxes[task.id]) if holds else task.data))
    return together(found) if found else deepcopy(inner.task_tree.data)
