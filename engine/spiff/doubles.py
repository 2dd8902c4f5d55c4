"""
Whether two tokens came to one place of which neither followed the other: told from the history of one step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from uuid import UUID

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.several import Again, Several
from engine.spiff.state import OPEN
from engine.spiff.tokens import above


def doubled(tasks: Iterable[Task]) -> frozenset[str]:
    """
    Return the elements to which tokens came beside each other.
    """
    seen: dict[str, list[Task]] = {}
    for task in tasks:
        key = getattr(task.task_spec, "bpmn_id", None)
        if key is not None and task.has_state(OPEN | TaskState.COMPLETED):
            seen.setdefault(key, []).append(task)
    return frozenset(key for key, found in seen.items() if _apart(found))


def _apart(tasks: Sequence[Task]) -> bool:
    """Tell whether two of the tasks are not one behind the other."""
    lines = [_line(task) for task in tasks]
    deepest = max(lines, key=len)
    return any(_diverge(line, deepest) for line in lines if line is not deepest)


def _diverge(above: Mapping[UUID, Task], beside: Mapping[UUID, Task]) -> bool:
    if next(iter(above)) in beside:
        return False
    fork = next(task for key, task in above.items() if key in beside)
    if isinstance(fork.task_spec, Several | Again):
        return False  # instances of one element
    if not isinstance(fork.task_spec, BoundaryEventSplit):
        return True
    # A boundary event of one round and that of the next are two occasions, though the first stands beside the second.
    mine, theirs = ([*takewhile(lambda task: task is not fork, line.values())] for line in (above, beside))
    return not (_again(mine[-1], theirs) or _again(theirs[-1], mine))


def _again(event: Task, line: Sequence[Task]) -> bool:
    return isinstance(event.task_spec, BoundaryEvent) and any(task.task_spec is event.task_spec for task in line)


def _line(task: Task) -> dict[UUID, Task]:
    """A task and all above it, from below."""
    found: dict[UUID, Task] = {}
    before: Task | None = task
    while before is not None:
        found[before.id] = before
        before = above(before)
    return found
