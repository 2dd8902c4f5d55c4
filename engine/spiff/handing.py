"""
A token taken by hand from where it waits and put at another element; all tokens taken away; data put right.

Nothing runs here, and nothing asks whether the diagram allows it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.state import OPEN, SPLIT
from engine.spiff.tokens import Tokens

_ABSENT = object()


def put_at(task: Task, element: str) -> None:
    """
    End the waiting of `task`, and of the events on it, and let its token come to `element` with its data.

    What a boundary event has begun beside the task goes on.
    """
    specs = task.workflow.spec.task_specs
    spec = specs.get(element + SPLIT) or specs[element]
    _end_around(task)
    if task.state == TaskState.WAITING:
        task.workflow.top_workflow.event_manager.remove_task(task)
    task._drop_children(force=True)
    # As if it were done: what follows takes over its data, and joins find it passed.
    task._set_state(TaskState.COMPLETED)
    child = task._add_child(spec, TaskState.FUTURE)
    spec._update(child)


def _end_around(task: Task) -> None:
    split = task.parent
    if split is None or not isinstance(split.task_spec, BoundaryEventSplit):
        return
    beside = [other for other in split.children if other is not task and other.state == TaskState.WAITING]
    waiting = [
        other
        for other in task.workflow.tasks.values()
        if isinstance(other.task_spec, BoundaryEventJoin)
        and other.state & OPEN
        and other.find_ancestor(other.task_spec.split_task) is split
    ]
    for other in (*beside, *waiting):
        other.cancel()


def take_all(workflow: Tokens) -> None:
    """
    Take every token away.
    """
    for task in [task for task in workflow.every() if task.state & OPEN]:
        if task.state & OPEN:
            task.cancel()


def put_right(
    workflow: Tokens, asked: Collection[str], before: Mapping[str, Any], after: Mapping[str, Any]
) -> frozenset[str]:
    """
    Put `after` into the data in place of `before`, wherever a token has passed what asked for it; what was written
    over it since stays. Return the names that changed.

    Args:
        asked: all names that were asked together.
        before, after: values by name; a name that is missing has no value.
    """
    changed = {name for name in asked if before.get(name, _ABSENT) != after.get(name, _ABSENT)}
    found: set[str] = set()
    for task in workflow.every():
        if not any(name in task.data for name in asked):
            continue
        for name in changed:
            if task.data.get(name, _ABSENT) != before.get(name, _ABSENT):
                continue
            found.add(name)
            if name in after:
                task.data[name] = after[name]
            else:
                task.data.pop(name, None)
    return frozenset(found)
