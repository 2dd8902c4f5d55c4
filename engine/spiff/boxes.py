"""
A box: a sub-process that is executed as one, with a table of tasks of its own while it is open.

Its inside begins with the data that its holder, the box's own task, has, and what its last end carries is the holder's
data afterwards.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.task import Task

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


def watch(holder: Task, inner: Inner) -> None:
    """
    Let a box's task become ready when its inside has ended.
    """
    inner.completed_event.connect(holder.task_spec._on_subworkflow_completed, holder)
