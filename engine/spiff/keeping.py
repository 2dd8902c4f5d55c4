"""
What is stored of a case's tasks: the open ones, and of the past only what joins, boundary events and event-based
gateways still ask for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit, _EndJoin
from SpiffWorkflow.specs.Join import Join
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.catching import EventChoice
from engine.spiff.joins import Inclusive, Parallel, has_met
from engine.spiff.state import OPEN, Token
from engine.spiff.tokens import Inner, Tokens, above


def kept(workflow: Tokens) -> list[Token]:
    """
    Return the rows to store, each after the row above it.
    """
    found = {task.id: task for task in _kept(workflow)}
    tokens = []
    for task in found.values():
        before = above(task)
        while before is not None and before.id not in found:
            before = above(before)
        parent = before.id.hex if before is not None else None
        tokens.append(Token(task.id.hex, parent, task.task_spec.name, task.state, task.data, task.internal_data))
    return tokens


def _kept(workflow: Tokens) -> Iterator[Task]:
    yield from kept_of(workflow)
    for holder, inner in workflow.subprocesses.items():
        task = workflow.find(holder)
        if task is not None and task.state & OPEN:
            yield from kept_of(inner)


def kept_of(workflow: Tokens | Inner) -> Iterator[Task]:
    """
    Yield what is stored of one table, each task after the one before it.
    """
    tasks = workflow.tasks
    keep = {workflow.task_tree.id}
    joins = set()
    goes_on = workflow.parent_task_id is not None  # behind the last end of a box its data is still asked for
    for task in tasks.values():
        if not task.state & OPEN:
            continue
        keep.add(task.id)
        split = task.parent if isinstance(task.parent.task_spec, BoundaryEventSplit | EventChoice) else None
        if isinstance(task.task_spec, BoundaryEventJoin):
            split = task.find_ancestor(task.task_spec.split_task)
        elif isinstance(task.task_spec, Join) and (goes_on or not isinstance(task.task_spec, _EndJoin)):
            joins.add(task.task_spec.name)
        if split is not None:
            keep.update((split.id, *split._children))
    for task in tasks.values() if joins else ():
        if task.task_spec.name in joins and not task.has_state(TaskState.PREDICTED_MASK) and not has_met(task):
            keep.update((task.id, task.parent.id))
    keep.update(_forks(tasks[key] for key in list(keep)))
    predicted = TaskState.PREDICTED_MASK | TaskState.FUTURE
    yield from (task for key, task in tasks.items() if key in keep and not task.has_state(predicted))


def _forks(tokens: Iterable[Task]) -> Iterator[UUID]:
    """Yield the gateways where the ways of tokens parted: what was known there is asked for where they meet."""
    below: dict[UUID, UUID] = {}
    for token in tokens:
        task, before = token, token.parent
        while before is not None and before.id not in below:
            below[before.id] = task.id
            task, before = before, before.parent
        if before is not None and below[before.id] != task.id and isinstance(before.task_spec, Parallel | Inclusive):
            yield before.id
