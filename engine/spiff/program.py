"""
A compiled diagram, shared by all its cases: it begins runs and takes them up again from a stored state.
"""

from __future__ import annotations

from uuid import UUID

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.diagram import Diagram
from engine.errors import StateUnreadable
from engine.spiff.asking import Engine, World
from engine.spiff.compiling import compile_process
from engine.spiff.run import Run
from engine.spiff.state import OPEN, read_state
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
        self._spec = compile_process(diagram.process, content)

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
        return Run(self.diagram, Tokens(self._spec, script_engine=Engine(world)))

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

    def _read(self, state: bytes, engine: Engine) -> Tokens:
        workflow = Tokens(self._spec, script_engine=engine, deserializing=True)
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
        workflow.completed = not any(task.state & OPEN for task in found.values())
        return workflow
