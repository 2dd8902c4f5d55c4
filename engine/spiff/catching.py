"""
Events that wait: for a message or a signal, for a condition over the case's data, for an error or escalation from
inside. Nothing here knows who tells them; of SpiffWorkflow's own events nothing is left but their places.
"""

from __future__ import annotations

from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent, IntermediateCatchEvent, ReceiveTask
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.diagram import Element
from engine.diagram.ad_hoc import ENOUGH

#: in a token's own data: it may go on; under which key it waits; what the message carried
FIRED, KEY, PAYLOAD = "event_fired", "event_key", "event_payload"
#: it waits for its condition to become true; false: to become false first
_ARMED = "event_armed"
#: of an open ad-hoc sub-process: something in it has been done
DONE = "activity_done"


class EventChoice(BpmnSpecMixin, TaskSpec):
    """
    An event-based gateway: a token waits at each event behind it, and the first that goes on ends the others.
    """


class _Chosen:
    """
    Part of an event that may stand behind an event-based gateway.
    """

    def _on_ready_hook(self, my_task: Task) -> None:
        super()._on_ready_hook(my_task)  # type: ignore[misc]
        if isinstance(my_task.parent.task_spec, EventChoice):
            for other in my_task.parent.children:
                if other is not my_task and not other.has_state(TaskState.FINISHED_MASK):
                    other.cancel()

    def _update(self, my_task: Task) -> None:
        if not my_task.has_state(TaskState.FINISHED_MASK):  # an earlier one may have ended it
            super()._update(my_task)  # type: ignore[misc]


class Catch(_Chosen, IntermediateCatchEvent):
    """
    An intermediate event that waits.
    """


class Receive(_Chosen, ReceiveTask):
    """
    A task that waits for a message.
    """


class Told(EventDefinition):
    """
    Waits for a message under a key, or for a signal.
    """

    def __init__(self, element: Element) -> None:
        super().__init__(element.told[1] if element.told is not None else element.id)
        self.element = element

    def has_fired(self, my_task: Task) -> bool:
        internal = my_task.internal_data
        if internal.get(FIRED):
            return True
        if KEY not in internal:
            world = my_task.workflow.top_workflow.script_engine.world
            internal[KEY] = world.key(self.element.id, my_task.data) if self.element.message is not None else None
        return False

    def update_task_data(self, my_task: Task) -> None:
        """Called when its token goes on."""
        wait_again(my_task, {})
        workflow = my_task.workflow.top_workflow
        payload = my_task.internal_data.pop(PAYLOAD, None)
        carried = workflow.script_engine.world.carried(self.element.id, payload)
        my_task.data.update(carried)
        workflow.note(self.element.id, carried)


class Holds(EventDefinition):
    """
    Waits until a condition over the case's data is true; where it waits again, until it becomes true anew. That of an
    ad-hoc sub-process is looked at once something in it has been done.
    """

    def __init__(self, element: Element) -> None:
        super().__init__(element.id)
        self.text = element.condition or ""
        self.of_ad_hoc = element.id.endswith(ENOUGH)

    def has_fired(self, my_task: Task) -> bool:
        internal = my_task.internal_data
        if internal.get(FIRED):
            return True
        if self.of_ad_hoc and not any(DONE in box.internal_data for box in my_task.parent.children):
            return False
        workflow = my_task.workflow.top_workflow
        holds = workflow.script_engine.world.evaluate(self.text, {**my_task.data, **workflow.newest})
        fired = holds and internal.get(_ARMED, True)
        internal.update({FIRED: fired, _ARMED: not holds})
        return bool(fired)

    def update_task_data(self, my_task: Task) -> None:
        """Called when its token goes on."""
        wait_again(my_task, {_ARMED: False})


class FromInside(EventDefinition):
    """
    Waits at a boundary for an error or escalation with a code; without a code, for any.
    """

    def __init__(self, element: Element) -> None:
        self.kind = "error" if "errorEventDefinition" in element.events else "escalation"
        self.code = element.error_code if self.kind == "error" else element.escalation_code
        super().__init__(self.kind)

    def update_task_data(self, my_task: Task) -> None:
        """Called when its token goes on."""
        wait_again(my_task, {})


def wait_again(my_task: Task, internal: dict[str, object]) -> None:
    """
    Let another token wait in the place of one that goes on beside its task: such an event can happen again.
    """
    spec = my_task.task_spec
    if isinstance(spec, BoundaryEvent) and not spec.cancel_activity:
        successor = my_task.parent._add_child(spec, TaskState.WAITING)
        successor.data = dict(my_task.data)
        successor.internal_data.update(internal)
        spec.event_definition.has_fired(successor)


def catching(element: Element) -> EventDefinition | None:
    """
    Return what an element waits for; None: a timer, or nothing.
    """
    if element.catches and element.kind != "startEvent":
        return Told(element)
    if "conditionalEventDefinition" in element.events:
        return Holds(element)
    if element.kind == "boundaryEvent" and {"errorEventDefinition", "escalationEventDefinition"} & {*element.events}:
        return FromInside(element)
    return None
