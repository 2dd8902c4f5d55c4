"""
Gateways and ends at which ways meet: which tokens they wait for, and what is known behind them.

SpiffWorkflow's own count a token of the round before, overlook an open task that leads straight to an inclusive
gateway, and let what one way left as it was undo what another has written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import InclusiveGateway, ParallelGateway
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.diagram.reach import closure
from engine.spiff.state import OPEN
from engine.spiff.tokens import line_of

#: in the own data of a token that came to a join: when, among those that came; and the token that it went on with
_CAME, _MET = "came", "met"


class Parallel(ParallelGateway):
    """
    A gateway that goes on once a token has come on each of its ways.
    """

    def _check_threshold_unstructured(self, my_task: Task) -> bool:
        return {task.parent.task_spec for task in waiting_at(my_task)} == set(self.inputs)


class Inclusive(InclusiveGateway):
    """
    A gateway that goes on once no token that is still under way can bring what has not come.
    """

    def _check_threshold_unstructured(self, my_task: Task) -> bool:
        came = {task.parent.task_spec for task in waiting_at(my_task)}
        missing = set(self.inputs) - came
        reached = (_reached(task.task_spec, self) for task in self._under_way(my_task))
        return not any(ways & missing and not ways & came for ways in reached)

    def _under_way(self, my_task: Task) -> Iterator[Task]:
        """The tokens elsewhere, and those that are just being put on the other flows behind a gateway."""
        for task in my_task.workflow.tasks.values():
            begins = task.state == TaskState.FUTURE and task.parent.state == TaskState.COMPLETED
            if task.task_spec is not self and (task.has_state(OPEN) or begins):
                yield task


def waiting_at(join: Task) -> list[Task]:
    """
    Return what has come to a join and not yet gone on with another token, `join` included, in that order.
    """
    came = [
        task
        for task in join.workflow.tasks.values()
        if task.task_spec is join.task_spec and task.parent.state == TaskState.COMPLETED and not has_met(task)
    ]
    return sorted(came, key=_came)


def has_met(task: Task) -> bool:
    """
    Tell whether what came to a join has gone on, itself or as part of another token.
    """
    return _MET in task.internal_data


def met_with(join: Task) -> Iterator[Task]:
    """
    Yield what came to a join beside the token that went on.
    """
    for task in join.workflow.tasks.values():
        if task is not join and task.task_spec is join.task_spec and task.internal_data.get(_MET) == join.id.hex:
            yield task


def together(tokens: Sequence[tuple[Task, Mapping[str, Any]]]) -> dict[str, Any]:
    """
    Return what tokens know together: what was known where their ways parted, and what each has learned since. Of what
    two have learned the later token's counts.

    Args:
        tokens: each with what it knows.
    """
    lines = [line_of(task) for task, _ in tokens]
    fork = next(task.data for key, task in lines[0].items() if all(key in line for line in lines))
    known = dict(fork)
    for _, data in tokens:
        for name in fork.keys() - data.keys():
            known.pop(name, None)
        known.update({name: value for name, value in data.items() if name not in fork or fork[name] != value})
    return deepcopy(known)


def _note_arrival(self: UnstructuredJoin, my_task: Task) -> bool:
    if _CAME not in my_task.internal_data:
        my_task.internal_data[_CAME] = 1 + max(map(_came, waiting_at(my_task)), default=0)
    return _update_hook(self, my_task)


def _go_on(self: UnstructuredJoin, my_task: Task) -> bool:
    came = _one_of_each(my_task) if isinstance(self, Parallel | Inclusive) else waiting_at(my_task)
    my_task.data = together([(task.parent, task.parent.data) for task in came])
    for task in came:
        task.internal_data[_MET] = my_task.id.hex
    return True


def _one_of_each(my_task: Task) -> list[Task]:
    """A gateway takes one token of each way: of those that came by another way than `my_task` the first."""
    ways = {my_task.parent.task_spec: my_task}
    for task in waiting_at(my_task):
        ways.setdefault(task.parent.task_spec, task)
    return sorted(ways.values(), key=_came)


def _came(task: Task) -> int:
    return int(task.internal_data.get(_CAME, 0))


_update_hook = UnstructuredJoin._update_hook
# Where the ends of a process or box meet is one of them, too, and nothing but its base class is its own.
UnstructuredJoin._update_hook = _note_arrival
UnstructuredJoin._run_hook = _go_on


def _reached(begin: TaskSpec, gateway: TaskSpec) -> set[TaskSpec]:
    """What a token at `begin` can come to, itself included, before it comes to the gateway."""
    return closure([begin], lambda spec: (output for output in spec.outputs if output is not gateway))
