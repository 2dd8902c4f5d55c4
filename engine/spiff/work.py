"""
Tasks that need no person: an operation or a decision answers, or throws an error that a boundary event catches.
"""

from __future__ import annotations

from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import ErrorEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.bpmn.util import BpmnEvent
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.errors import BpmnError, StepFailed


class Work(BpmnSpecMixin, TaskSpec):
    """
    A service or business rule task: asks the world, and takes what it answers into the data.
    """

    def _run_hook(self, my_task: Task) -> bool | None:
        world = my_task.workflow.top_workflow.script_engine.world
        try:
            my_task.data.update(world.perform(self.bpmn_id, my_task.id.hex, my_task.data))
        except BpmnError as error:
            event = BpmnEvent(ErrorEventDefinition("", code=error.error_code), target=my_task.workflow)
            boundary = [
                task
                for task in my_task.parent.children
                if task.state == TaskState.WAITING and task.task_spec.event_definition.catches(task, event)
            ]
            if not boundary:
                raise StepFailed(
                    f"The operation threw error {error.error_code} and no boundary event catches it.",
                    element=self.bpmn_id,
                ) from error
            for task in boundary:
                task.task_spec.catch(task, event)
                task.task_spec._update(task)
            return None
        return True
