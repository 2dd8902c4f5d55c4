"""
What is stored of a case's tasks: the open ones, and of the past only what joins and boundary events still ask for.
"""

from __future__ import annotations

from collections.abc import Iterator

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit, _EndJoin
from SpiffWorkflow.specs.Join import Join
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.state import OPEN, Token
from engine.spiff.tokens import Tokens


def kept(workflow: Tokens) -> list[Token]:
    """
    Return the rows to store, each after the row above it.
    """
    found = {task.id: task for task in _kept(workflow)}
    tokens = []
    for task in found.values():
        above = task.parent
        while above is not None and above.id not in found:
            above = above.parent
        parent = above.id.hex if above is not None else None
        tokens.append(Token(task.id.hex, parent, task.task_spec.name, task.state, task.data, task.internal_data))
    return tokens


def _kept(workflow: Tokens) -> Iterator[Task]:
    tasks = workflow.tasks
    keep = {workflow.task_tree.id}
    joins = set()
    for task in tasks.values():
        if not task.state & OPEN:
            continue
        keep.add(task.id)
        split = task.parent if isinstance(task.parent.task_spec, BoundaryEventSplit) else None
        if isinstance(task.task_spec, BoundaryEventJoin):
            split = task.find_ancestor(task.task_spec.split_task)
        elif isinstance(task.task_spec, Join) and not isinstance(task.task_spec, _EndJoin):
            joins.add(task.task_spec.name)
        if split is not None:
            keep.update((split.id, *split._children))
    for task in tasks.values() if joins else ():
        if task.task_spec.name in joins and not task.has_state(TaskState.PREDICTED_MASK):
            keep.update((task.id, task.parent.id))
    predicted = TaskState.PREDICTED_MASK | TaskState.FUTURE
    return (task for key, task in tasks.items() if key in keep and not task.has_state(predicted))
