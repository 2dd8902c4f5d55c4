"""
Timers that fire at a moment judged by the step's own clock, once or again and again.
"""

from __future__ import annotations

from datetime import datetime

from SpiffWorkflow.bpmn.specs.defaults import StartEvent
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import CycleTimerEventDefinition, TimerEventDefinition
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.errors import StepFailed
from engine.findings import Reason

#: SpiffWorkflow keeps a timer's moment under this name
MOMENT = "event_value"


class Due(TimerEventDefinition):
    """
    A timer that fires at a moment, judged by the step's own clock.
    """

    def has_fired(self, my_task: Task) -> bool:
        internal = my_task.internal_data
        if internal.get("event_fired"):
            return True
        world = my_task.workflow.top_workflow.script_engine.world
        due = internal.get(MOMENT)
        if due is None:
            due = world.moment(self.expression, my_task.data).isoformat()
            internal[MOMENT] = due
        fired = datetime.fromisoformat(due) <= world.now
        internal["event_fired"] = fired
        return fired


class Cycle(Due):
    """
    A timer that fires again and again: each time it fires, its successor begins to wait beside it.
    """

    def has_fired(self, my_task: Task) -> bool:
        internal = my_task.internal_data
        if internal.get(MOMENT) is None:
            world = my_task.workflow.top_workflow.script_engine.world
            due, left = world.following(self.expression, my_task.data, None, None)
            if due is None:
                element = my_task.task_spec.bpmn_id
                raise StepFailed("The timer would never fire.", element=element, reason=Reason("failed.never"))
            internal.update({MOMENT: due.isoformat(), "left": left})
        return super().has_fired(my_task)

    def update_task_data(self, my_task: Task) -> None:
        """Called when the timer has fired and its token goes on."""
        world, internal = my_task.workflow.top_workflow.script_engine.world, my_task.internal_data
        last = datetime.fromisoformat(internal[MOMENT])
        due, left = world.following(self.expression, my_task.data, last, internal.get("left"))
        if due is not None:
            successor = my_task.parent._add_child(my_task.task_spec, TaskState.WAITING)
            successor.data = dict(my_task.data)
            successor.internal_data.update({MOMENT: due.isoformat(), "event_fired": False, "left": left})
            my_task.workflow.top_workflow.event_manager.add_task(successor)


def timer_of(spec: TaskSpec, timer: TimerEventDefinition) -> EventDefinition:
    """
    Return what takes the place of a timer of SpiffWorkflow's at `spec`.
    """
    if isinstance(spec, StartEvent):
        return NoneEventDefinition()  # when a case begins is not the case's own affair
    kind = Cycle if isinstance(timer, CycleTimerEventDefinition) else Due
    return kind(timer.name, timer.expression)
