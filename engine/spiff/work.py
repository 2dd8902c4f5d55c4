"""
Tasks that need no person: an operation or a decision answers, or throws an error that a boundary event catches.
"""

from __future__ import annotations

from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import ErrorEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.bpmn.util import BpmnEvent
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task

from engine.errors import BpmnError, StepFailed
from engine.findings import Reason
from engine.spiff.borders import borders


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
            catching = ([one for one in events if one.task_spec.catches(one, event)] for events in borders(my_task))
            boundary = next((found for found in catching if found), None)
            if not boundary:
                raise StepFailed(
                    f"The operation threw error {error.error_code} and no boundary event catches it.",
                    element=self.bpmn_id,
                    reason=Reason("failed.uncaught", {"error": error.error_code}),
                ) from error
            for task in boundary:
                task.task_spec.catch(task, event)
                task.task_spec._update(task)
            return None
        return True
