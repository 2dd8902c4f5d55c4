"""
Whether two tokens came to one place of which neither followed the other: told from the history since a state was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations, takewhile
from uuid import UUID

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.joins import met_with
from engine.spiff.several import Again, Several
from engine.spiff.state import OPEN
from engine.spiff.tokens import above, line_of


def doubled(tasks: Iterable[Task]) -> frozenset[str]:
    """
    Return the elements to which tokens came beside each other.
    """
    seen: dict[str, list[Task]] = {}
    for task in tasks:
        key = getattr(task.task_spec, "bpmn_id", None)
        if key is not None and task.has_state(OPEN | TaskState.COMPLETED):
            seen.setdefault(key, []).append(task)
    return frozenset(key for key, found in seen.items() if len(found) > 1 and _apart(found))


def _apart(tasks: Sequence[Task]) -> bool:
    """Tell whether two of the tasks are not one behind the other, though one way led to both."""
    before = {task.id: _before(task) for task in tasks}
    pairs = combinations(tasks, 2)
    return any(
        one.id not in before[other.id] and other.id not in before[one.id] and not _two_occasions(one, other)
        for one, other in pairs
    )


def _before(task: Task) -> set[UUID]:
    """What a task followed: all above it, what came to a join beside the token that went on, and whatever has ended."""
    boxes = task.workflow.top_workflow.subprocesses
    found: set[UUID] = set()
    rest: list[Task | None] = [task]
    while rest:
        one = rest.pop()
        if one is None or one.id in found:
            continue
        found.add(one.id)
        if one.parent is not None:
            rest.append(one.parent)
        elif (holder := above(one)) is not None:
            found.add(holder.id)  # what is beside a task in its box did not come before it
            rest.append(holder.parent)
        if one is not task and one.id in boxes and one.has_state(TaskState.FINISHED_MASK):
            rest.extend(boxes[one.id].tasks.values())
        rest.extend(_beside(one))
    return found


def _beside(join: Task) -> Iterable[Task]:
    if isinstance(join.task_spec, BoundaryEventJoin):
        split = join.find_ancestor(join.task_spec.split_task)
        return [task for task in split.children if task.has_state(TaskState.FINISHED_MASK)] if split else []
    return met_with(join) if isinstance(join.task_spec, UnstructuredJoin) else ()


def _two_occasions(one: Task, other: Task) -> bool:
    """Tell whether two tasks come from two instances of an element, or from one event that happened twice."""
    mine, theirs = line_of(one), line_of(other)
    fork = next(task for key, task in mine.items() if key in theirs)
    if isinstance(fork.task_spec, Several | Again):
        return True
    if not isinstance(fork.task_spec, BoundaryEventSplit):
        return False
    # An event of one round and that of the next are two occasions, though the first stands beside the second.
    ways = [[*takewhile(lambda task: task is not fork, line.values())] for line in (mine, theirs)]
    return _again(ways[0][-1], ways[1]) or _again(ways[1][-1], ways[0])


def _again(event: Task, line: Sequence[Task]) -> bool:
    return isinstance(event.task_spec, BoundaryEvent) and any(task.task_spec is event.task_spec for task in line)
