"""
A box: a sub-process that is executed as one, with a table of tasks of its own while it is open.

Its inside begins with the data that its holder, the box's own task, has, and what its last end carries is the holder's
data afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.task import Task

from engine.diagram.calls import Call
from engine.feel import to_json

if TYPE_CHECKING:
    from engine.spiff.tokens import Inner


class Box(SubWorkflowTask, BpmnSpecMixin):
    """
    The task that holds a box. While the inside runs it is neither ready nor waiting.
    """

    def copy_data(self, my_task: Task, subworkflow: Inner) -> None:
        subworkflow.task_tree.data = deepcopy(my_task.data)

    def start_workflow(self, my_task: Task) -> None:
        inner = my_task.workflow.top_workflow.create_subprocess(my_task, self.spec)
        watch(my_task, inner)
        self.copy_data(my_task, inner)
        inner.task_tree.run()


class Called(Box):
    """
    A box with what another process does: it begins with what is handed over, and gives back what is asked for.
    """

    call: Call

    def copy_data(self, my_task: Task, subworkflow: Inner) -> None:
        given = _values(my_task, self.call.inputs, my_task.data)
        subworkflow.task_tree.data = {**dict.fromkeys(self.call.wants), **given}

    def update_data(self, my_task: Task, subworkflow: Inner) -> None:
        my_task.data.update(_values(my_task, self.call.outputs, subworkflow.last_task.data))


def _values(my_task: Task, wanted: Iterable[tuple[str, str]], data: Mapping[str, Any]) -> dict[str, Any]:
    world = my_task.workflow.top_workflow.script_engine.world
    return {name: to_json(world.value(text, data)) for name, text in wanted}


def watch(holder: Task, inner: Inner) -> None:
    """
    Let a box's task become ready when its inside has ended.
    """
    inner.completed_event.connect(holder.task_spec._on_subworkflow_completed, holder)
