"""
Tasks that need no person: an operation or a decision answers, or throws an error that a boundary event catches.
"""

from __future__ import annotations

from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task

from engine.errors import BpmnError, StepFailed
from engine.findings import Reason
from engine.spiff.throwing import go_up


class Work(BpmnSpecMixin, TaskSpec):
    """
    A service or business rule task: asks the world, and takes what it answers into the data.
    """

    def _run_hook(self, my_task: Task) -> bool | None:
        workflow = my_task.workflow.top_workflow
        try:
            answer = workflow.script_engine.world.perform(self.bpmn_id, my_task.id.hex, my_task.data)
        except BpmnError as error:
            if go_up(my_task, "error", error.error_code):
                return None
            raise StepFailed(
                f"The operation threw error {error.error_code} and no boundary event catches it.",
                element=self.bpmn_id,
                reason=Reason("failed.uncaught", {"error": error.error_code}),
            ) from error
        my_task.data.update(answer)
        workflow.note(self.bpmn_id, answer)
        return True
