"""
The workflow of a case: its tasks in flat tables, one for the process and one for each box that is open. Its log records
are emptied, for they carry the data of the task; it predicts one step only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.boxes import watch

_PREDICTED = TaskState.PREDICTED_MASK


def _no_extras(self: Task, dct: dict[str, Any] | None = None) -> dict[str, Any]:
    return {}


# Its records carry task data, that is, personal data; building them also costs a tenth of a step.
Task.collect_log_extras = _no_extras  # type: ignore[method-assign]
BpmnWorkflow.collect_log_extras = _no_extras  # type: ignore[method-assign]
BpmnSubWorkflow.collect_log_extras = _no_extras  # type: ignore[method-assign]


def _predict_next(self: TaskSpec, my_task: Task, seen: object = None, ahead: int = 0, mask: int = _PREDICTED) -> None:
    if my_task.has_state(mask):
        self._predict_hook(my_task)


# It looks ahead to the end, for ever where only an event leads out of a circle. A token needs to know what comes next.
TaskSpec._predict = _predict_next  # type: ignore[method-assign]

#: in the root's own data
_NEWEST = "newest"


class _Flat:
    """
    Finds tasks in the flat table instead of walking the tree after every one of them.
    """

    tasks: dict[UUID, Task]

    def update_waiting_tasks(self) -> None:
        for task in [task for task in self.tasks.values() if task.state == TaskState.WAITING]:
            if task.state == TaskState.WAITING:
                task.task_spec._update(task)

    def _task_removed_notify(self, task: Task) -> None:
        """What a task that is no more held open ends with it."""
        top = task.workflow.top_workflow
        top.event_manager.remove_task(task)
        _close(top, task.id)


def _close(top: Tokens, holder: UUID) -> None:
    inner = top.subprocesses.pop(holder, None)
    if inner is not None:
        inner.cancel()
        for key in inner.tasks:
            _close(top, key)


class Inner(_Flat, BpmnSubWorkflow):
    """
    The inside of a box.
    """


class Tokens(_Flat, BpmnWorkflow):
    """
    The process, and whatever is inside it.
    """

    #: True: the diagram has conditional events, which look at what was written anywhere in the case
    conditional = False
    #: elements that run in several instances: what is written there stays there
    apart: Collection[str] = ()

    @property
    def newest(self) -> Mapping[str, Any]:
        """
        What was written last under each name, in whichever branch; kept for conditional events only.
        """
        found: Mapping[str, Any] = self.task_tree.internal_data.get(_NEWEST, {})
        return found

    def note(self, element: str, written: Mapping[str, Any]) -> None:
        """
        Remember what was written at an element.
        """
        if self.conditional and element not in self.apart:
            self.task_tree.internal_data.setdefault(_NEWEST, {}).update(written)

    def create_subprocess(self, my_task: Task, spec_name: str, deserializing: bool = False) -> Inner:
        """
        Open the inside of a box; `my_task` holds it.
        """
        spec = self.subprocess_specs[spec_name]
        inner = Inner(spec, parent_task_id=my_task.id, top_workflow=self, deserializing=deserializing)
        self.subprocesses[my_task.id] = inner
        return inner

    def take_up(self, my_task: Task) -> Inner:
        """
        Open the inside of a box whose tasks are about to be read.
        """
        inner = self.create_subprocess(my_task, my_task.task_spec.spec, deserializing=True)
        watch(my_task, inner)
        return inner

    def every(self) -> Iterator[Task]:
        """
        Yield the tasks of the process, then those of every box.
        """
        yield from self.tasks.values()
        for inner in self.subprocesses.values():
            yield from inner.tasks.values()

    def find(self, task_id: UUID) -> Task | None:
        """
        Return a task, wherever it is.
        """
        tables = (self.tasks, *(inner.tasks for inner in self.subprocesses.values()))
        return next((table[task_id] for table in tables if task_id in table), None)

    def ready(self) -> list[Task]:
        """
        Return the tasks that need no person and can run.
        """
        return [task for task in self.every() if task.state == TaskState.READY and not task.task_spec.manual]


def above(task: Task) -> Task | None:
    """
    Return the task before a task; before the first of a box, the task that holds the box.
    """
    if task.parent is not None:
        return task.parent
    holder = task.workflow.parent_task_id
    return task.workflow.top_workflow.find(holder) if holder is not None else None


def line_of(task: Task) -> dict[UUID, Task]:
    """
    Return a task and all above it, from below.
    """
    found: dict[UUID, Task] = {}
    before: Task | None = task
    while before is not None:
        found[before.id] = before
        before = above(before)
    return found
