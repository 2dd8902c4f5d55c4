"""
The inclusive gateway as BPMN has it: it opens once no token that is still under way can bring what has not come.

SpiffWorkflow's own overlooks an open task that leads straight to the gateway, and opens twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from SpiffWorkflow.bpmn.specs.defaults import InclusiveGateway
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.state import OPEN


class Inclusive(InclusiveGateway):
    """
    A gateway that joins whichever of its ways were taken.
    """

    def _check_threshold_unstructured(self, my_task: Task) -> bool:
        came = {
            task.parent.task_spec
            for task in my_task.workflow.tasks.values()
            if task.task_spec is self
            and task.parent.state == TaskState.COMPLETED
            and not my_task.is_descendant_of(task)
        }
        missing = set(self.inputs) - came
        reached = (_reached(task.task_spec, self) for task in self._under_way(my_task))
        return not any(ways & missing and not ways & came for ways in reached)

    def _under_way(self, my_task: Task) -> Iterator[Task]:
        """The tokens elsewhere, and those that are just being put on the other flows behind a gateway."""
        for task in my_task.workflow.tasks.values():
            begins = task.state == TaskState.FUTURE and task.parent.state == TaskState.COMPLETED
            if task.task_spec is not self and (task.has_state(OPEN) or begins):
                yield task


def _reached(begin: TaskSpec, gateway: TaskSpec) -> set[TaskSpec]:
    """What a token at `begin` can come to, itself included, before it comes to the gateway."""
    found: set[TaskSpec] = set()
    rest: list[TaskSpec] = [begin]
    while rest:
        spec = rest.pop()
        if spec not in found and spec is not gateway:
            found.add(spec)
            outputs: Iterable[TaskSpec] = spec.outputs
            rest.extend(outputs)
    return found
