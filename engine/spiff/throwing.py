"""
Events that tell: messages and signals go out through the world; errors and escalations go up to the nearest boundary
that catches them, within the case; a terminate end event ends what is around it.
"""

from __future__ import annotations

from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import TerminateEventDefinition
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.diagram import Element
from engine.spiff.beside import end_beside
from engine.spiff.borders import borders, take_along
from engine.spiff.catching import FIRED, FromInside


class Tells(EventDefinition):
    """
    Sends a message or a signal.
    """

    def __init__(self, element: Element) -> None:
        super().__init__(element.id)
        self.element = element

    def throw(self, my_task: Task) -> None:
        world = my_task.workflow.top_workflow.script_engine.world
        world.send(self.element.id, my_task.id.hex, my_task.data)


class ErrorEnd(EventDefinition):
    """
    Ends everything around it, and lets the nearest boundary that catches the error go on; without one the case ends.
    """

    def __init__(self, element: Element) -> None:
        super().__init__(element.id)
        self.code = element.error_code

    def throw(self, my_task: Task) -> None:
        caught = go_up(my_task, "error", self.code)
        top = my_task.workflow.top_workflow
        for task in [*(my_task.workflow.tasks.values() if caught else top.every())]:
            if task is not my_task and not task.has_state(TaskState.FINISHED_MASK):
                task.cancel()


class Terminates(TerminateEventDefinition):
    """
    Ends everything in the scope that it was drawn in; SpiffWorkflow sees to all but what runs beside that.
    """

    def throw(self, my_task: Task) -> None:
        holder = my_task.workflow.parent_task_id
        if holder is not None:
            end_beside([my_task.workflow.top_workflow.find(holder)])


class Escalates(EventDefinition):
    """
    Tells the nearest boundary that catches the escalation; its own token goes on.
    """

    def __init__(self, element: Element) -> None:
        super().__init__(element.id)
        self.code = element.escalation_code

    def throw(self, my_task: Task) -> None:
        go_up(my_task, "escalation", self.code)


def go_up(task: Task, kind: str, code: str | None) -> bool:
    """
    Let the nearest boundary event around `task` that catches an error or escalation go on; False if there is none.

    One that names the code goes before one that takes any.
    """
    for events in borders(task):
        fitting = [one for one in events if _fits(one, kind, code)]
        if fitting:
            caught = max(fitting, key=lambda one: one.task_spec.event_definition.code is not None)
            take_along(caught)
            caught.internal_data[FIRED] = True
            caught.task_spec._update(caught)
            return True
    return False


def _fits(event: Task, kind: str, code: str | None) -> bool:
    waits = event.task_spec.event_definition
    return isinstance(waits, FromInside) and waits.kind == kind and waits.code in (None, code)


def throwing(element: Element) -> EventDefinition | None:
    """
    Return what an element tells; None: nothing.
    """
    if element.throws:
        return Tells(element)
    if element.kind == "endEvent" and "errorEventDefinition" in element.events:
        return ErrorEnd(element)
    if element.terminates:
        return Terminates(name=element.id)
    if element.kind != "boundaryEvent" and "escalationEventDefinition" in element.events:
        return Escalates(element)
    return None
