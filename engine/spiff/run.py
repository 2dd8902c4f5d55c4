"""
One case's tokens while a step is being made.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit, _EndJoin
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.diagram import ACTIVE, GATEWAYS, Diagram
from engine.diagram.ad_hoc import ENOUGH
from engine.errors import StepBudgetSpent, Stuck
from engine.spiff.asking import Engine, World
from engine.spiff.catching import DONE, FIRED, KEY, PAYLOAD, EventChoice, Holds, Told
from engine.spiff.doubles import doubled
from engine.spiff.handing import put_at, put_right, take_all
from engine.spiff.incidents import Incident
from engine.spiff.keeping import kept
from engine.spiff.places import element_of, inner_of
from engine.spiff.state import EACH, OPEN, write_state
from engine.spiff.timers import MOMENT, Due
from engine.spiff.tokens import Tokens

#: elements that one step may run through
STEP_BUDGET = 300
#: depth at which SpiffWorkflow's tree walk goes blind is 1000
MOST_DEPTH = 900


@dataclass(frozen=True)
class OpenTask:
    """
    A user task that waits for a person.
    """

    id: str
    element: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class WaitingTimer:
    """
    A timer that waits for its moment.
    """

    id: str
    element: str
    due_at: datetime


@dataclass(frozen=True)
class WaitingEvent:
    """
    An event that waits to be told.
    """

    id: str
    element: str
    #: message or signal
    kind: str
    name: str
    #: under which a message finds it; None: a signal
    key: str | None


class Run:
    """
    One case's tokens while a step is being made.
    """

    def __init__(self, diagram: Diagram, workflow: Tokens) -> None:
        self._diagram = diagram
        self._workflow = workflow
        self._spent = 0
        #: of these tokens it is not known how they came to be
        self._read = frozenset(task.id for task in workflow.every())
        #: elements and flows in the order in which tokens passed them in this step
        self.path: list[str] = []

    def hand_to(self, world: World) -> None:
        """
        Let `world` answer from now on; a cached run takes up another step so.
        """
        self._workflow.script_engine = Engine(world)
        self._spent = 0
        self.path = []

    def is_open(self, task_id: str) -> bool:
        """
        Tell whether a user task waits under this id.
        """
        task = self._workflow.find(UUID(hex=task_id))
        return task is not None and task.state == TaskState.READY and task.task_spec.manual

    def data(self, task_id: str) -> Mapping[str, Any]:
        """
        Return the process data that a task sees.
        """
        return self._task(task_id).data

    def complete(self, task_id: str, answers: Mapping[str, Any], unanswered: Iterable[str] = ()) -> None:
        """
        Complete a user task with its answers and run until people or timers must act.

        Args:
            unanswered: names that leave the data: asked before, and not answered this time.

        Raises:
            CannotGoOn: if the diagram can't go on; nothing of this run may be stored then.
        """
        task = self._task(task_id)
        gone = dict.fromkeys(unanswered)
        for name in gone:
            task.data.pop(name, None)
        task.data.update(answers)
        self._workflow.note(task.task_spec.bpmn_id, {**gone, **answers})
        with Incident(self._workflow):
            self._before(task)
            task.run()
            self._after(task)
        self.advance()

    def fire(self, task_id: str, payload: Any = None) -> bool:
        """
        Let a timer fire, or tell an event what it waits for, and run on; False when nothing waits under this id any
        more.
        """
        task = self._workflow.find(UUID(hex=task_id))
        if task is None or task.state != TaskState.WAITING:
            return False
        with Incident(self._workflow):
            task.internal_data[FIRED] = True
            if payload is not None:
                task.internal_data[PAYLOAD] = payload
            self._before(task)
            task.task_spec._update(task)
        self.advance()
        return True

    def beside(self, task_id: str) -> frozenset[str]:
        """
        Return the timers at the border of a task that waits.
        """
        parent = self._task(task_id).parent
        return frozenset(task.id.hex for task in self._waiting(Due) if task.parent is parent)

    def let_fire(self, timer_id: str, at: datetime) -> None:
        """
        Let a timer that waits fire at another moment.
        """
        self._task(timer_id).internal_data[MOMENT] = at.isoformat()

    def put(self, token_id: str, element: str, given: Mapping[str, Any]) -> None:
        """
        Take a token from the task or timer where it waits, put it at `element` and run on.

        Args:
            given: what enters its data first.

        Raises:
            CannotGoOn: if the diagram can't go on from there.
        """
        task = self._task(token_id)
        task.data.update(given)
        self._workflow.note(task.task_spec.bpmn_id, given)
        with Incident(self._workflow):
            put_at(task, element)
        self.advance()

    def end(self) -> None:
        """
        Take every token away: the case is over.
        """
        take_all(self._workflow)

    def correct(self, asked: Collection[str], before: Mapping[str, Any], after: Mapping[str, Any]) -> frozenset[str]:
        """
        Put answers right in the data of every token that has passed their form, unless they were written over since.

        Args:
            asked: all names that the form gives.
            before, after: values by name; a name that is missing has no value.

        Returns: the names that changed somewhere.
        """
        return put_right(self._workflow, asked, before, after)

    def advance(self) -> None:
        """
        Run everything that needs no person, until people or timers must act.

        Raises:
            CannotGoOn: if the diagram can't go on.
        """
        with Incident(self._workflow):
            self._run_ready()
            while self._look_at_conditions():
                self._run_ready()
            self._workflow.refresh_timers()
        if not self.ended and not self.tasks and not self.timers and not self.events:
            raise Stuck(sorted(self.tokens))

    def _run_ready(self) -> None:
        while ready := self._workflow.ready():
            for task in ready:
                if task.state == TaskState.READY:  # none that an earlier one of them cancelled
                    self._before(task)
                    task.run()
                    self._after(task)

    def _look_at_conditions(self) -> bool:
        """Let conditional events see what was written; tell whether one of them goes on."""
        for task in self._waiting(Holds) if self._workflow.conditional else ():
            task.task_spec._update(task)
            if task.state != TaskState.WAITING:
                return True
        return False

    @property
    def tokens(self) -> frozenset[str]:
        """
        The elements at which tokens wait, for other tokens too; what has come to an end waits nowhere.
        """
        waiting = (task for task in self._workflow.every() if task.state & OPEN)
        found = (element_of(task) for task in waiting if not isinstance(task.task_spec, _EndJoin))
        return frozenset(key for key in found if key is not None)

    @property
    def doubled(self) -> frozenset[str]:
        """
        The tasks and events that two tokens came to of which neither followed the other, since the state was read.

        Gateways are there for that, and an end where nothing is told takes as many as come.
        """
        met = {element.id for element in self._diagram.of_kind(*GATEWAYS)}
        met |= {element.id for element in self._diagram.of_kind("endEvent") if element.terminates or not element.events}
        return doubled(task for task in self._workflow.every() if task.id not in self._read) - met

    @property
    def ended(self) -> bool:
        """
        Tell whether no token is left.
        """
        return not any(task.state & OPEN for task in self._workflow.every())

    @property
    def tasks(self) -> tuple[OpenTask, ...]:
        """
        The user tasks that wait, oldest first.
        """
        return tuple(
            OpenTask(task.id.hex, task.task_spec.bpmn_id, task.data)
            for task in self._workflow.every()
            if task.state == TaskState.READY and task.task_spec.manual
        )

    @property
    def timers(self) -> tuple[WaitingTimer, ...]:
        """
        The timers that wait.
        """
        return tuple(
            WaitingTimer(task.id.hex, task.task_spec.bpmn_id, datetime.fromisoformat(task.internal_data[MOMENT]))
            for task in self._waiting(Due)
        )

    @property
    def events(self) -> tuple[WaitingEvent, ...]:
        """
        The events that wait to be told.
        """
        return tuple(
            WaitingEvent(task.id.hex, task.task_spec.bpmn_id, *_told(task), task.internal_data.get(KEY))
            for task in self._waiting(Told)
        )

    @property
    def conditions(self) -> tuple[tuple[str, str], ...]:
        """
        The events that wait for a condition: (id, element).
        """
        return tuple((task.id.hex, task.task_spec.bpmn_id) for task in self._waiting(Holds))

    def _waiting(self, kind: type[EventDefinition]) -> list[Task]:
        return [
            task
            for task in self._workflow.every()
            if task.state == TaskState.WAITING and isinstance(getattr(task.task_spec, "event_definition", None), kind)
        ]

    def dump(self) -> bytes:
        """
        Return the state to store: open tasks, and of the past only what joins and boundary events still ask for.
        """
        return write_state(kept(self._workflow))

    def _task(self, task_id: str) -> Task:
        task = self._workflow.find(UUID(hex=task_id))
        if task is None:
            raise KeyError(task_id)
        return task

    def _before(self, task: Task) -> None:
        self._spent += 1
        if self._spent > STEP_BUDGET:
            raise StepBudgetSpent(f"One step ran through {STEP_BUDGET} elements.", element=element_of(task))
        if all(child.triggered for child in task.children):
            # Predictions are not stored; without them a completed task would have no way out.
            task.task_spec._predict_hook(task)

    def _after(self, task: Task) -> None:
        if task.depth > MOST_DEPTH:
            raise StepBudgetSpent("The case has too long a history in one step.", element=element_of(task))
        source = element_of(task)
        if source is None or isinstance(task.task_spec, BoundaryEventSplit) or task.task_spec.name.endswith(EACH):
            return
        if task.parent is not None and isinstance(task.parent.task_spec, EventChoice):
            self.path += filter(None, [self._diagram.flow_between(task.parent.task_spec.bpmn_id, source)])
        if task.task_spec.bpmn_id:
            self.path.append(source)
        if task.state != TaskState.COMPLETED or isinstance(task.task_spec, EventChoice):
            return  # it was interrupted, or waits behind the gateway: no flow was taken
        self._note_done(task, source)
        for child in task.children:
            target = inner_of(child)
            if target is not None and not child.has_state(TaskState.PREDICTED_MASK):
                flow = self._diagram.flow_between(source, target)
                if flow is not None:
                    self.path.append(flow)

    def _note_done(self, task: Task, element: str) -> None:
        """Let an ad-hoc sub-process know that one of its activities is done."""
        elements = self._diagram.elements
        box = next((box.id for box in self._diagram.around(element) if not box.implied), "")
        if box + ENOUGH in elements and elements[element].kind in ACTIVE and not elements[element].implied:
            holder = self._workflow.find(task.workflow.parent_task_id)
            while holder is not None and holder.task_spec.name != box:
                holder = self._workflow.find(holder.workflow.parent_task_id)
            if holder is not None:
                holder.internal_data[DONE] = True


def _told(task: Task) -> tuple[str, str]:
    kind_and_name: tuple[str, str] = task.task_spec.event_definition.element.told
    return kind_and_name
