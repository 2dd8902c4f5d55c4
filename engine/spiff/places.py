"""
Which element of the diagram a task of SpiffWorkflow stands for.
"""

from __future__ import annotations

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.task import Task

from engine.spiff.state import SPLIT
from engine.spiff.tokens import above


def element_of(task: Task | None) -> str | None:
    """
    Return the element of a task; of a part around it, the nearest one above.
    """
    while task is not None:
        if getattr(task.task_spec, "bpmn_id", None):
            return task.task_spec.bpmn_id
        task = above(task)
    return None


def inner_of(task: Task) -> str | None:
    """
    Return the element that a flow into `task` leads to: for a task with boundary events, the task itself.
    """
    name = task.task_spec.name
    if isinstance(task.task_spec, BoundaryEventSplit):
        return name.removesuffix(SPLIT)
    return getattr(task.task_spec, "bpmn_id", None)
