"""
A compiled diagram, shared by all its cases: it begins runs and takes them up again from a stored state.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.diagram import Diagram
from engine.errors import StateUnreadable
from engine.spiff.asking import Engine, World
from engine.spiff.compiling import compile_process
from engine.spiff.run import Run
from engine.spiff.state import BEGINS, EACH, OPEN, Token, read_state
from engine.spiff.tokens import Tokens


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
        self._compiled = compile_process(diagram, content)

    @property
    def compiled(self) -> frozenset[str]:
        """
        The ids of the elements that would be executed.
        """
        return frozenset(spec.bpmn_id for spec in self._compiled.every if getattr(spec, "bpmn_id", None))

    @property
    def specs(self) -> frozenset[str]:
        """
        The names of everything that a row of a state can stand at.
        """
        return frozenset(spec.name for spec in self._compiled.every)

    def begin(self, world: World, data: Mapping[str, Any] | None = None) -> Run:
        """
        Put a token on the start event.

        Args:
            data: what the case knows from the beginning.
        """
        workflow = self._tokens(Engine(world))
        workflow.task_tree.data.update(data or {})
        workflow.note("", data or {})
        return Run(self.diagram, workflow)

    def resume(self, state: bytes, world: World) -> Run:
        """
        Take up a stored run.

        Raises:
            StateUnreadable: if the state was not written for this diagram, or not by `Run.dump`.
        """
        try:
            return Run(self.diagram, self._read(state, Engine(world)))
        except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
            raise StateUnreadable(f"The stored state can't be read: {type(error).__name__}: {error}") from error

    def _tokens(self, engine: Engine, *, deserializing: bool = False) -> Tokens:
        process, boxes = self._compiled.process, self._compiled.boxes
        workflow = Tokens(process, boxes, script_engine=engine, deserializing=deserializing)
        workflow.conditional = self.diagram.conditional
        workflow.apart = self.diagram.apart
        return workflow

    def _read(self, state: bytes, engine: Engine) -> Tokens:
        workflow = self._tokens(engine, deserializing=True)
        found: dict[str | None, Task] = {}
        for token in read_state(state):
            task = _read_task(workflow, token, found.get(token.parent))
            found[token.id] = task
            if token.status == TaskState.WAITING and hasattr(task.task_spec, "event_definition"):
                workflow.event_manager.add_task(task)
        workflow.completed = not any(task.state & OPEN for task in workflow.tasks.values())
        return workflow


def _read_task(workflow: Tokens, token: Token, above: Task | None) -> Task:
    """Put a token back. Where the process or a box begins, there is no task before it in the same table."""
    begins = token.spec == BEGINS
    table = workflow if above is None else workflow.take_up(above) if begins else above.workflow
    spec = table.spec.task_specs[token.spec]
    task = Task(table, spec, None if begins else above, token.status, UUID(hex=token.id))
    task.data = dict(token.data)
    task.internal_data = dict(token.internal)
    task.triggered = token.spec.endswith(EACH)
    if begins:
        table.task_tree = task
    return task
