"""
Elements that run more than once: a holder, and an instance below it for each time.

SpiffWorkflow's own would lose the instances of a state that was read back, and merge what they know. Here a holder
keeps what is still to begin and what the instances gave; nothing else that an instance learns leaves it, but in a
standard loop, where each time goes on with what the time before knew.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.diagram.loops import COUNTER, COUNTERS, Loop
from engine.errors import StepFailed
from engine.feel import to_json
from engine.findings import Reason, kind_words
from engine.shapes import kind_of
from engine.spiff.boxes import Box
from engine.spiff.catching import Receive
from engine.spiff.state import EACH, OPEN

#: instances that one element may have
MOST_INSTANCES = 200


class Several(BpmnSpecMixin):
    """
    An element with instances: one for each of a list, or a number of them.
    """

    def __init__(self, wf_spec: BpmnProcessSpec, bpmn_id: str, loop: Loop) -> None:
        super().__init__(wf_spec, bpmn_id)
        self.loop = loop

    def _update_hook(self, my_task: Task) -> bool | None:
        super()._update_hook(my_task)
        items = self._items(my_task)
        my_task.internal_data.update(count=len(items), done=0, given={})
        if not items:
            self._finish(my_task)
            return True
        my_task._set_state(TaskState.STARTED)
        if self.loop.in_turn:
            my_task.internal_data["rest"] = items[1:]
            self._begin(my_task, 1, items[0])
        else:
            for at, item in enumerate(items, 1):
                self._begin(my_task, at, item)
        return None

    def gather(self, workflow: BpmnWorkflow, instance: Task) -> None:
        """
        Take what an instance that has just ended gives, and go on.
        """
        my_task, internal = instance.parent, instance.parent.internal_data
        if self.loop.each is not None:
            value = to_json(_world(my_task).value(self.loop.each, instance.data))
            internal["given"] = {**internal["given"], str(instance.internal_data["at"]): value}
        internal["done"] += 1
        rest = internal.get("rest") or []
        if self._enough(my_task, instance):
            for one in my_task.children:
                if one is not instance and one.state & OPEN and one.task_spec.name.endswith(EACH):
                    one.cancel()
        elif rest:
            internal["rest"] = rest[1:]
            self._begin(my_task, internal["done"] + 1, rest[0])
            return
        elif internal["done"] < internal["count"]:
            return
        self._finish(my_task)
        my_task._set_state(TaskState.READY)

    def _items(self, my_task: Task) -> list[Any]:
        text = self.loop.collection or self.loop.cardinality or ""
        value = _world(my_task).value(text, my_task.data)
        if self.loop.collection is None:
            return [None] * _whole(value, text, self.bpmn_id)
        if not isinstance(value, list | tuple):
            reason = Reason("failed.list", {"text": text, "given": kind_words(kind_of(value))})
            raise StepFailed(f"{text} gives no list.", element=self.bpmn_id, reason=reason)
        _whole(len(value), text, self.bpmn_id)
        return list(to_json(value))

    def _begin(self, my_task: Task, at: int, item: Any) -> None:
        data = {**deepcopy(my_task.data), COUNTER: at}
        if self.loop.item is not None:
            data[self.loop.item] = item
        begin(my_task, data, at)

    def _enough(self, my_task: Task, instance: Task) -> bool:
        if self.loop.until is None:
            return False
        count, done = my_task.internal_data["count"], my_task.internal_data["done"]
        known: dict[str, Any] = dict(zip(COUNTERS, (count, count - done, done), strict=True))
        if self.loop.output is not None:
            known[self.loop.output] = _gathered(my_task)
        return bool(_world(my_task).evaluate(self.loop.until, {**instance.data, **known}))

    def _finish(self, my_task: Task) -> None:
        if self.loop.output is not None:
            my_task.data[self.loop.output] = _gathered(my_task)
        my_task.internal_data.clear()


class Again(BpmnSpecMixin):
    """
    An element that runs again while a condition holds.
    """

    def __init__(self, wf_spec: BpmnProcessSpec, bpmn_id: str, loop: Loop) -> None:
        super().__init__(wf_spec, bpmn_id)
        self.loop = loop

    def _update_hook(self, my_task: Task) -> bool | None:
        super()._update_hook(my_task)
        if self.loop.asks_first and not self._goes_on(my_task, 0):
            return True
        my_task._set_state(TaskState.STARTED)
        begin(my_task, deepcopy(my_task.data), 1)
        return None

    def gather(self, workflow: BpmnWorkflow, instance: Task) -> None:
        """
        Take over what is known after one time, and begin another or end.
        """
        my_task, done = instance.parent, instance.internal_data["at"]
        my_task.data = deepcopy(instance.data)
        if self._goes_on(my_task, done):
            begin(my_task, deepcopy(my_task.data), done + 1)
        else:
            my_task._set_state(TaskState.READY)

    def _goes_on(self, my_task: Task, done: int) -> bool:
        if self.loop.maximum is not None and done >= self.loop.maximum:
            return False
        text = self.loop.condition
        return text is None or bool(_world(my_task).evaluate(text, {**my_task.data, COUNTER: done}))


def begin(holder: Task, data: Mapping[str, Any], at: int) -> None:
    """
    Begin an instance that knows `data`; it is the one number `at`.
    """
    spec = holder.workflow.spec.task_specs[holder.task_spec.name + EACH]
    instance = holder._add_child(spec, TaskState.FUTURE)
    instance.triggered = True
    instance.data = dict(data)
    instance.internal_data["at"] = at
    if isinstance(spec, Box):
        instance._set_state(TaskState.STARTED)
        spec.start_workflow(instance)
    elif isinstance(spec, Receive):
        spec._update(instance)
    else:
        instance._ready()


def wrap(spec: BpmnProcessSpec, element: str, loop: Loop) -> None:
    """
    Put a holder in the place of an element of a compiled process, and the element below it.
    """
    one = spec.task_specs.pop(element)
    holder = (Several if loop.is_apart else Again)(spec, element, loop)
    holder._inputs, holder._outputs = one._inputs, one._outputs
    one._inputs, one._outputs = [element], []
    one.name = element + EACH
    spec.task_specs[one.name] = one
    one.completed_event.connect(holder.gather)


def _gathered(my_task: Task) -> list[Any]:
    """What the instances gave, in their order; those that were ended give nothing."""
    given: Mapping[str, Any] = my_task.internal_data["given"]
    return [given[at] for at in sorted(given, key=int)]


def _world(my_task: Task) -> Any:
    return my_task.workflow.top_workflow.script_engine.world


def _whole(value: Any, text: str, element: str) -> int:
    try:
        found = int(value)
    except (TypeError, ValueError):
        found = -1
    if found != value or not 0 <= found <= MOST_INSTANCES:
        reason = Reason("failed.instances", {"text": text, "most": MOST_INSTANCES})
        raise StepFailed(f"{text} gives no number from 0 to {MOST_INSTANCES}.", element=element, reason=reason)
    return found
