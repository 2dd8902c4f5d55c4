"""
SpiffWorkflow, behind a wall: the only module that imports it, and nothing of it leaves.

A `Program` is a compiled diagram, shared by all its cases. A `Run` is one case's tokens while a step is being made.
The world that a diagram asks for (expressions, operations, decisions) is handed in; no database, no forms, no files
here.

What the wall guards against (SpiffWorkflow 3.2.0):
- its evaluation is Python's `eval`: replaced in the script *environment*, which two of its hooks call directly;
- its log records carry the data of the task: emptied;
- its tree walk ends at depth 1000 and then says "completed": finished history is left out of the state, so trees
  stay flat, and completion is judged by our own test;
- it evaluates timers against its own clock: replaced by `_Due`;
- a diagram that turns in a circle runs for ever: a step has a budget;
- stored state embeds the diagram and can be a program: our own state holds tasks and data only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any, Protocol
from uuid import UUID

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser, full_tag
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.script_engine.python_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.script_engine.python_environment import BasePythonScriptEngineEnvironment
from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit, _EndJoin
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent, StartEvent
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import ErrorEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import CycleTimerEventDefinition, TimerEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.bpmn.util import BpmnEvent
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.specs.Join import Join
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.data import dump, load
from engine.diagram import BOX, BPMN, DATA_ASSOCIATIONS, GATEWAYS, Diagram
from engine.errors import BpmnError, EngineError, StateUnreadable, StepBudgetSpent, StepFailed, Stuck
from engine.flattening import flatten

#: elements that one step may run through
STEP_BUDGET = 300
#: depth at which SpiffWorkflow's tree walk goes blind is 1000
MOST_DEPTH = 900
STATE_VERSION = 1

_OPEN = TaskState.WAITING | TaskState.READY | TaskState.STARTED
#: status of a stored row
WAITING, COMPLETED = TaskState.WAITING, TaskState.COMPLETED
#: endings of what SpiffWorkflow puts around a task that has boundary events
SPLIT, JOIN = ".BoundaryEventSplit", ".BoundaryEventJoin"
#: ending of what it waits at for the last end event
END = ".EndJoin"


def _no_extras(self: Task, dct: dict[str, Any] | None = None) -> dict[str, Any]:
    return {}


# Its records carry task data, that is, personal data; building them also costs a tenth of a step.
Task.collect_log_extras = _no_extras  # type: ignore[method-assign]
BpmnWorkflow.collect_log_extras = _no_extras  # type: ignore[method-assign]


class World(Protocol):
    """
    What a diagram asks for while it runs.
    """

    now: datetime

    def evaluate(self, text: str, data: Mapping[str, Any]) -> Any:
        """
        Return the value of a FEEL text over `data`.
        """
        ...

    def moment(self, text: str, data: Mapping[str, Any]) -> datetime:
        """
        Return the moment, aware, that a timer's FEEL text means: a date and time, a date, or a duration from now.
        """
        ...

    def following(
        self, text: str, data: Mapping[str, Any], due: datetime | None, left: int | None
    ) -> tuple[datetime | None, int | None]:
        """
        Return when a repeating timer is due after `due`, and how often it may still come; as `engine.cycles`.
        """
        ...

    def perform(self, element: str, task_id: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """
        Run the operation or decision of `element` and return what enters the data.
        """
        ...


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
class Token:
    """
    One row of a stored state: where a token waits, or what of the past is still asked for.
    """

    id: str
    #: id of the row above, None for the root
    parent: str | None
    #: name of SpiffWorkflow's specification: the element's id, with an ending for the parts around boundary events
    spec: str
    status: int
    data: Mapping[str, Any]
    internal: Mapping[str, Any]

    @property
    def waits(self) -> bool:
        """
        Tell whether the row is a token that has not gone on.
        """
        return bool(self.status & _OPEN)


def read_state(state: bytes) -> tuple[Token, ...]:
    """
    Return the rows of a stored state, each after the row above it.

    Raises:
        StateUnreadable: if the state was not written by `write_state`.
    """
    try:
        stored = load(state)
        if stored["v"] != STATE_VERSION:
            raise ValueError(f"state version {stored['v']}")
        rows: list[Token] = []
        for key, parent, spec, status, changed, gone, internal in stored["t"]:
            above = rows[parent] if parent is not None else None
            data = {name: value for name, value in above.data.items() if name not in gone} if above else {}
            rows.append(Token(key, above.id if above else None, spec, status, {**data, **changed}, internal))
        return tuple(rows)
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise StateUnreadable(f"The stored state can't be read: {type(error).__name__}: {error}") from error


def write_state(tokens: Sequence[Token]) -> bytes:
    """
    Return a state to store; each row stands after the row above it. Of the data only what differs from above is kept.
    """
    place = {token.id: at for at, token in enumerate(tokens)}
    rows = []
    for token in tokens:
        base = tokens[place[token.parent]].data if token.parent is not None else {}
        changed = {key: value for key, value in token.data.items() if key not in base or base[key] != value}
        gone = [key for key in base if key not in token.data]
        parent = place[token.parent] if token.parent is not None else None
        rows.append((token.id, parent, token.spec, token.status, changed, gone, token.internal))
    return dump({"v": STATE_VERSION, "t": rows})


class _Due(TimerEventDefinition):
    """
    A timer that fires at a moment, judged by the step's own clock.
    """

    def has_fired(self, my_task: Task) -> bool:
        internal = my_task.internal_data
        if internal.get("event_fired"):
            return True
        world = my_task.workflow.top_workflow.script_engine.world
        due = internal.get("event_value")
        if due is None:
            due = world.moment(self.expression, my_task.data).isoformat()
            internal["event_value"] = due
        fired = datetime.fromisoformat(due) <= world.now
        internal["event_fired"] = fired
        return fired


class _Cycle(_Due):
    """
    A timer that fires again and again: each time it fires, its successor begins to wait beside it.
    """

    def has_fired(self, my_task: Task) -> bool:
        internal = my_task.internal_data
        if internal.get("event_value") is None:
            world = my_task.workflow.top_workflow.script_engine.world
            due, left = world.following(self.expression, my_task.data, None, None)
            if due is None:
                raise StepFailed("The timer would never fire.", element=my_task.task_spec.bpmn_id)
            internal.update(event_value=due.isoformat(), left=left)
        return super().has_fired(my_task)

    def update_task_data(self, my_task: Task) -> None:
        """Called when the timer has fired and its token goes on."""
        world, internal = my_task.workflow.top_workflow.script_engine.world, my_task.internal_data
        last = datetime.fromisoformat(internal["event_value"])
        due, left = world.following(self.expression, my_task.data, last, internal.get("left"))
        if due is not None:
            successor = my_task.parent._add_child(my_task.task_spec, TaskState.WAITING)
            successor.data = dict(my_task.data)
            successor.internal_data.update(event_value=due.isoformat(), event_fired=False, left=left)
            my_task.workflow.top_workflow.event_manager.add_task(successor)


class _Work(BpmnSpecMixin, TaskSpec):
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


class _Tokens(BpmnWorkflow):
    """
    A workflow that finds its tasks in the flat table instead of walking the tree after every one of them.
    """

    def update_waiting_tasks(self) -> None:
        for task in [task for task in self.tasks.values() if task.state == TaskState.WAITING]:
            if task.state == TaskState.WAITING:
                task.task_spec._update(task)

    def ready(self) -> list[Task]:
        """
        Return the tasks that need no person and can run.
        """
        return [task for task in self.tasks.values() if task.state == TaskState.READY and not task.task_spec.manual]


class _Parser(BpmnParser):
    OVERRIDE_PARSER_CLASSES = {
        full_tag("serviceTask"): (TaskParser, _Work),
        full_tag("businessRuleTask"): (TaskParser, _Work),
        full_tag("scriptTask"): (TaskParser, _Work),
        full_tag("sendTask"): (TaskParser, _Work),
    }


#: what `engine.diagram` reads itself, and what is only drawn
_NOT_EXECUTED = (
    # an operation named like its task would hide the task
    *("extensionElements", "script"),
    *("dataObject", "dataObjectReference", "dataStoreReference", "dataStore"),
    *sorted(DATA_ASSOCIATIONS),
)


def _keep_executed(root: etree._Element) -> None:
    """Leave nothing that SpiffWorkflow would evaluate, and no positions: it would take flows in their order."""
    found = [node for name in _NOT_EXECUTED for node in root.iter(f"{{{BPMN}}}{name}")]
    found += [node for node in root if etree.QName(node).namespace != BPMN]
    for node in found:
        if node.getparent() is not None:
            node.getparent().remove(node)


class _Environment(BasePythonScriptEngineEnvironment):
    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def evaluate(self, expression: str, context: dict[str, Any], external_context: object = None) -> Any:
        return self.world.evaluate(expression, context)

    def execute(self, script: str, context: dict[str, Any], external_context: object = None) -> None:
        raise StepFailed("Scripts are not run.")

    def call_service(self, context: dict[str, Any], **kwargs: Any) -> None:
        raise StepFailed("Services are called by name of an operation only.")


class _Engine(PythonScriptEngine):
    def __init__(self, world: World) -> None:
        super().__init__(_Environment(world))
        self.world = world

    def evaluate(self, task: Task, expression: str, external_context: object = None) -> Any:
        return self.world.evaluate(expression, task.data)


class Program:
    """
    A compiled diagram. Its specification is read only and shared by every run.
    """

    def __init__(self, diagram: Diagram, content: bytes) -> None:
        """
        Compile.

        Raises:
            ValueError: if SpiffWorkflow can't make a process of the diagram.
        """
        self.diagram = diagram
        parser = _Parser()
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
        _keep_executed(root)
        for process in root.iterfind(f"{{{BPMN}}}process"):
            flatten(process)
            for box in process.iter(f"{{{BPMN}}}{BOX}"):
                box.tag = f"{{{BPMN}}}intermediateThrowEvent"
        try:
            parser.add_bpmn_xml(root)
            self._spec = parser.get_spec(diagram.process)
        except (ValidationException, KeyError, AttributeError, TypeError, RecursionError) as error:
            raise ValueError(f"SpiffWorkflow can't compile the diagram: {error}") from error
        for spec in self._spec.task_specs.values():
            timer = getattr(spec, "event_definition", None)
            if isinstance(timer, TimerEventDefinition):
                spec.event_definition = _timer(spec, timer)

    @property
    def compiled(self) -> frozenset[str]:
        """
        The ids of the elements that would be executed.
        """
        return frozenset(spec.bpmn_id for spec in self._spec.task_specs.values() if getattr(spec, "bpmn_id", None))

    @property
    def specs(self) -> frozenset[str]:
        """
        The names of everything that a row of a state can stand at.
        """
        return frozenset(self._spec.task_specs)

    def begin(self, world: World) -> Run:
        """
        Put a token on the start event.
        """
        return Run(self, _Tokens(self._spec, script_engine=_Engine(world)))

    def resume(self, state: bytes, world: World) -> Run:
        """
        Take up a stored run.

        Raises:
            StateUnreadable: if the state was not written for this diagram, or not by `Run.dump`.
        """
        try:
            return Run(self, self._read(state, _Engine(world)))
        except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
            raise StateUnreadable(f"The stored state can't be read: {type(error).__name__}: {error}") from error

    def _read(self, state: bytes, engine: _Engine) -> _Tokens:
        workflow = _Tokens(self._spec, script_engine=engine, deserializing=True)
        found: dict[str | None, Task] = {}
        for token in read_state(state):
            spec = self._spec.task_specs[token.spec]
            task = Task(workflow, spec, found.get(token.parent), token.status, UUID(hex=token.id))
            task.data = dict(token.data)
            task.internal_data = dict(token.internal)
            found[token.id] = task
            if token.status == TaskState.WAITING and hasattr(spec, "event_definition"):
                workflow.event_manager.add_task(task)
        workflow.task_tree = next(iter(found.values()))
        workflow.completed = not any(task.state & _OPEN for task in found.values())
        return workflow


def _timer(spec: TaskSpec, timer: TimerEventDefinition) -> EventDefinition:
    if isinstance(spec, StartEvent):
        return NoneEventDefinition()  # when a case begins is not the case's own affair
    kind = _Cycle if isinstance(timer, CycleTimerEventDefinition) else _Due
    return kind(timer.name, timer.expression)


class Run:
    """
    One case's tokens while a step is being made.
    """

    def __init__(self, program: Program, workflow: _Tokens) -> None:
        self._program = program
        self._workflow = workflow
        self._spent = 0
        #: elements and flows in the order in which tokens passed them in this step
        self.path: list[str] = []

    def hand_to(self, world: World) -> None:
        """
        Let `world` answer from now on; a cached run takes up another step so.
        """
        self._workflow.script_engine = _Engine(world)
        self._spent = 0
        self.path = []

    def is_open(self, task_id: str) -> bool:
        """
        Tell whether a user task waits under this id.
        """
        task = self._workflow.tasks.get(UUID(hex=task_id))
        return task is not None and task.state == TaskState.READY and task.task_spec.manual

    def data(self, task_id: str) -> Mapping[str, Any]:
        """
        Return the process data that a task sees.
        """
        return self._workflow.tasks[UUID(hex=task_id)].data

    def complete(self, task_id: str, answers: Mapping[str, Any], unanswered: Iterable[str] = ()) -> None:
        """
        Complete a user task with its answers and run until people or timers must act.

        Args:
            unanswered: names that leave the data: asked before, and not answered this time.

        Raises:
            CannotGoOn: if the diagram can't go on; nothing of this run may be stored then.
        """
        task = self._workflow.tasks[UUID(hex=task_id)]
        for name in unanswered:
            task.data.pop(name, None)
        task.data.update(answers)
        with _Incident(self):
            self._before(task)
            task.run()
            self._after(task)
        self.advance()

    def fire(self, task_id: str) -> bool:
        """
        Let a timer fire and run on; False when no such timer waits any more.
        """
        task = self._workflow.tasks.get(UUID(hex=task_id))
        if task is None or task.state != TaskState.WAITING:
            return False
        with _Incident(self):
            task.internal_data["event_fired"] = True
            self._before(task)
            task.task_spec._update(task)
        self.advance()
        return True

    def advance(self) -> None:
        """
        Run everything that needs no person, until people or timers must act.

        Raises:
            CannotGoOn: if the diagram can't go on.
        """
        with _Incident(self):
            while ready := self._workflow.ready():
                for task in ready:
                    if task.state == TaskState.READY:  # none that an earlier one of them cancelled
                        self._before(task)
                        task.run()
                        self._after(task)
            self._workflow.refresh_timers()
        if not self.ended and not self.tasks and not self.timers:
            raise Stuck(sorted(self.tokens))

    @property
    def tokens(self) -> frozenset[str]:
        """
        The elements at which tokens wait.
        """
        found = (_element(task) for task in self._workflow.tasks.values() if task.state & _OPEN)
        return frozenset(key for key in found if key is not None)

    @property
    def doubled(self) -> frozenset[str]:
        """
        The tasks and events that two tokens came to of which neither followed the other, as far as the history is kept.
        """
        seen: dict[str, list[Task]] = {}
        for task in self._workflow.tasks.values():
            key = getattr(task.task_spec, "bpmn_id", None)
            if key is not None and task.has_state(_OPEN | TaskState.COMPLETED):
                seen.setdefault(key, []).append(task)
        gateways = {element.id for element in self._program.diagram.of_kind(*GATEWAYS)}
        return frozenset(key for key, tasks in seen.items() if key not in gateways and _apart(tasks))

    @property
    def ended(self) -> bool:
        """
        Tell whether no token is left.
        """
        return not any(task.state & _OPEN for task in self._workflow.tasks.values())

    @property
    def tasks(self) -> tuple[OpenTask, ...]:
        """
        The user tasks that wait, oldest first.
        """
        return tuple(
            OpenTask(task.id.hex, task.task_spec.bpmn_id, task.data)
            for task in self._workflow.tasks.values()
            if task.state == TaskState.READY and task.task_spec.manual
        )

    @property
    def timers(self) -> tuple[WaitingTimer, ...]:
        """
        The timers that wait.
        """
        return tuple(
            WaitingTimer(task.id.hex, task.task_spec.bpmn_id, datetime.fromisoformat(task.internal_data["event_value"]))
            for task in self._workflow.tasks.values()
            if task.state == TaskState.WAITING and isinstance(getattr(task.task_spec, "event_definition", None), _Due)
        )

    def dump(self) -> bytes:
        """
        Return the state to store: open tasks, and of the past only what joins and boundary events still ask for.
        """
        kept = {task.id: task for task in self._kept()}
        tokens = []
        for task in kept.values():
            above = task.parent
            while above is not None and above.id not in kept:
                above = above.parent
            parent = above.id.hex if above is not None else None
            tokens.append(Token(task.id.hex, parent, task.task_spec.name, task.state, task.data, task.internal_data))
        return write_state(tokens)

    def _kept(self) -> Iterator[Task]:
        tasks = self._workflow.tasks
        keep = {self._workflow.task_tree.id}
        joins = set()
        for task in tasks.values():
            if not task.state & _OPEN:
                continue
            keep.add(task.id)
            split = task.parent if isinstance(task.parent.task_spec, BoundaryEventSplit) else None
            if isinstance(task.task_spec, BoundaryEventJoin):
                split = task.find_ancestor(task.task_spec.split_task)
            elif isinstance(task.task_spec, Join) and not isinstance(task.task_spec, _EndJoin):
                joins.add(task.task_spec.name)
            if split is not None:
                keep.update((split.id, *split._children))
        for task in tasks.values() if joins else ():
            if task.task_spec.name in joins and not task.has_state(TaskState.PREDICTED_MASK):
                keep.update((task.id, task.parent.id))
        predicted = TaskState.PREDICTED_MASK | TaskState.FUTURE
        return (task for key, task in tasks.items() if key in keep and not task.has_state(predicted))

    def _before(self, task: Task) -> None:
        self._spent += 1
        if self._spent > STEP_BUDGET:
            raise StepBudgetSpent(f"One step ran through {STEP_BUDGET} elements.", element=_element(task))
        if not task._children:
            # Predictions are not stored; without them a completed task would have no way out.
            task.task_spec._predict_hook(task)

    def _after(self, task: Task) -> None:
        if task.depth > MOST_DEPTH:
            raise StepBudgetSpent("The case has too long a history in one step.", element=_element(task))
        source = _element(task)
        if source is None or isinstance(task.task_spec, BoundaryEventSplit):
            return
        if task.task_spec.bpmn_id:
            self.path.append(source)
        if task.state != TaskState.COMPLETED:
            return  # it was interrupted: no flow was taken
        for child in task.children:
            target = _inner(child)
            if target is not None and not child.has_state(TaskState.PREDICTED_MASK):
                flow = self._program.diagram.flow_between(source, target)
                if flow is not None:
                    self.path.append(flow)


class _Incident:
    """
    Turns whatever the diagram raised into an error that an operator can read.
    """

    def __init__(self, run: Run) -> None:
        self._run = run

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, EngineError) or not isinstance(error, Exception):
            return
        element = next((_element(t) for t in self._run._workflow.tasks.values() if t.state == TaskState.ERROR), None)
        inner = getattr(error, "exception", None) or error.__cause__
        if isinstance(inner, EngineError):
            raise inner from error
        # The message of a foreign error may quote personal data; its kind and place are enough to look further.
        raise StepFailed(f"{type(error).__name__} was raised here.", element=element) from error


def _apart(tasks: Sequence[Task]) -> bool:
    """Tell whether two of the tasks are not one behind the other."""
    lines = [_line(task) for task in tasks]
    deepest = max(lines, key=len)
    return any(_diverge(line, deepest) for line in lines if line is not deepest)


def _diverge(above: Mapping[UUID, Task], beside: Mapping[UUID, Task]) -> bool:
    if next(iter(above)) in beside:
        return False
    fork = next(task for key, task in above.items() if key in beside)
    if not isinstance(fork.task_spec, BoundaryEventSplit):
        return True
    # A boundary event of one round and that of the next are two occasions, though the first stands beside the second.
    mine, theirs = ([*takewhile(lambda task: task is not fork, line.values())] for line in (above, beside))
    return not (_again(mine[-1], theirs) or _again(theirs[-1], mine))


def _again(event: Task, line: Sequence[Task]) -> bool:
    return isinstance(event.task_spec, BoundaryEvent) and any(task.task_spec is event.task_spec for task in line)


def _line(task: Task) -> dict[UUID, Task]:
    """A task and all above it, from below."""
    found: dict[UUID, Task] = {}
    above: Task | None = task
    while above is not None:
        found[above.id] = above
        above = above.parent
    return found


def _element(task: Task | None) -> str | None:
    while task is not None:
        if getattr(task.task_spec, "bpmn_id", None):
            return task.task_spec.bpmn_id
        task = task.parent
    return None


def _inner(task: Task) -> str | None:
    """The element that a flow into `task` leads to: for a task with boundary events, the task itself."""
    name = task.task_spec.name
    if isinstance(task.task_spec, BoundaryEventSplit):
        return name.removesuffix(SPLIT)
    return getattr(task.task_spec, "bpmn_id", None)
