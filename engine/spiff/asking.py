"""
What a diagram asks of the world while it runs: FEEL in place of Python, in the script *environment*, which two of
SpiffWorkflow's hooks call directly. It knows no tasks of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from SpiffWorkflow.bpmn.script_engine.python_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.script_engine.python_environment import BasePythonScriptEngineEnvironment
from SpiffWorkflow.task import Task

from engine.errors import StepFailed


class World(Protocol):
    """
    What a diagram asks for while it runs.
    """

    now: datetime

    def evaluate(self, text: str, data: Mapping[str, Any]) -> bool:
        """
        Judge a FEEL condition over `data`.
        """
        ...

    def value(self, text: str, data: Mapping[str, Any]) -> Any:
        """
        Return the value of a FEEL text over `data`, whatever it is.
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

    def key(self, element: str, data: Mapping[str, Any]) -> str:
        """
        Return the key under which `element` waits for its message.
        """
        ...

    def carried(self, element: str, payload: Any) -> Mapping[str, Any]:
        """
        Return what enters the data of what came with a message or signal.
        """
        ...

    def send(self, element: str, task_id: str, data: Mapping[str, Any]) -> None:
        """
        Send the message or signal of `element`, once the step is written.
        """
        ...


class Environment(BasePythonScriptEngineEnvironment):
    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def evaluate(self, expression: str, context: dict[str, Any], external_context: object = None) -> Any:
        return self.world.evaluate(expression, context)

    def execute(self, script: str, context: dict[str, Any], external_context: object = None) -> None:
        raise StepFailed("Scripts are not run.")

    def call_service(self, context: dict[str, Any], **kwargs: Any) -> None:
        raise StepFailed("Services are called by name of an operation only.")


class Engine(PythonScriptEngine):
    def __init__(self, world: World) -> None:
        super().__init__(Environment(world))
        self.world = world

    def evaluate(self, task: Task, expression: str, external_context: object = None) -> Any:
        return self.world.evaluate(expression, task.data)
