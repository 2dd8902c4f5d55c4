"""
One walk: a case from its start, each wait answered by whoever chooses, until it ends or can't go on.

Each step is taken as production takes it: the form is posted and read, the run advances, the state is written and read
back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from engine.errors import StateUnreadable
from engine.simulation.stubs import MONDAY, Stubs, world_of
from engine.spiff import OpenTask, Run, WaitingEvent, WaitingTimer
from engine.world import StepWorld
from forms import FieldError, Upload

#: steps of one walk
MOST_STEPS = 40
#: between two steps
PAUSE = timedelta(hours=1)

#: what a case can wait for
Wait = OpenTask | WaitingTimer | WaitingEvent


class Unanswered(Exception):
    """
    What was typed into a form was refused.
    """

    def __init__(self, element: str, errors: Sequence[FieldError]) -> None:
        super().__init__(element)
        self.element = element
        self.errors = tuple(errors)


@dataclass
class Walk:
    """
    A case that nobody opened.
    """

    release: Any
    stubs: Stubs
    now: datetime = MONDAY
    #: element -> its latest answers, oldest first
    latest: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    #: elements and flows, in the order in which tokens passed them
    path: list[str] = field(default_factory=list)
    #: what somebody did, or what came: elements of tasks, timers and events
    done: list[str] = field(default_factory=list)
    #: what each task was answered with, in that order
    given: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    run: Run = field(init=False)

    def begin(self, payload: Any = None) -> None:
        """
        Open the case and run to the first wait.

        Args:
            payload: what the message or signal carries that opens it.

        Raises:
            CannotGoOn: the diagram can't go on.
        """
        world = self.world()
        start = next(self.release.diagram.of_kind("startEvent"))
        self.run = self.release.program.begin(world, world.carried(start.id, payload) if start.catches else None)
        self._advance(world, frozenset(), self.run.advance)

    def world(self) -> StepWorld:
        """
        Return the world of the next step.
        """
        return world_of(self.release, self.stubs, self.now, self.release.standing(self.latest))

    @property
    def waiting(self) -> tuple[Wait, ...]:
        """
        What can happen next.
        """
        return (*self.run.tasks, *self.run.timers, *self.run.events)

    def context(self, task: OpenTask) -> Mapping[str, Any]:
        """
        Return what the form of an open task reads.
        """
        return self.world().context(task.element, self.run.data(task.id))

    def answer(
        self,
        task: OpenTask,
        posted: Mapping[str, Sequence[str]],
        uploads: Mapping[str, Sequence[Upload]],
    ) -> None:
        """
        Complete a task with what was posted.

        Raises:
            Unanswered: the form refuses it; nothing has happened.
            CannotGoOn: the diagram can't go on.
        """
        world = self.world()
        form = self.release.forms[self.release.diagram.elements[task.element].properties["formKey"]]
        read = form.parse(posted, uploads, world.context(task.element, self.run.data(task.id)))
        if read.errors:
            raise Unanswered(task.element, read.errors)
        self.latest.pop(task.element, None)
        self.latest[task.element] = read.values  # the newest answers come last
        gone = set(world.answers_at(task.element))
        world.answers = self.release.standing(self.latest)
        gone -= set(world.answers_at(task.element))
        kept = {name: value for name, value in read.values.items() if name not in form.personal}
        before = frozenset(open_.id for open_ in self.run.tasks)
        self.done.append(task.element)
        self.given.append((task.element, read.values))
        self.run.hand_to(world)
        self._advance(world, before, lambda: self.run.complete(task.id, kept, (form.keys | gone) - set(kept)))

    def fire(self, timer: WaitingTimer) -> None:
        """
        Let a timer's moment come.

        Raises:
            CannotGoOn: the diagram can't go on.
        """
        self.now = max(self.now, timer.due_at)
        self._happens(timer)

    def tell(self, event: WaitingEvent, payload: Any = None) -> None:
        """
        Let a message or signal come.

        Args:
            payload: what it carries.

        Raises:
            CannotGoOn: the diagram can't go on.
        """
        self._happens(event, payload)

    def _happens(self, one: WaitingTimer | WaitingEvent, payload: Any = None) -> None:
        world = self.world()
        before = frozenset(open_.id for open_ in self.run.tasks)
        self.done.append(one.element)
        self.run.hand_to(world)
        self._advance(world, before, lambda: self.run.fire(one.id, payload))

    def _advance(self, world: StepWorld, before: frozenset[str], step: Any) -> None:
        try:
            step()
        finally:
            self.path += self.run.path
        for task in self.run.tasks:
            if task.id not in before:
                world.due(task.element, task.data)
                world.priority(task.element, task.data)
                world.candidates(task.element, task.data)
        self.now += PAUSE

    def reload(self) -> None:
        """
        Write the state and read it back, as every step of production does.

        Raises:
            StateUnreadable: it does not come back as it was.
        """
        kept = self.release.program.resume(self.run.dump(), self.world())
        if _ids(kept) != _ids(self.run):
            raise StateUnreadable("The state does not come back as it was stored.")
        path, self.run = self.run.path, kept
        self.run.path = path


def _ids(run: Run) -> tuple[frozenset[str], frozenset[str], frozenset[WaitingEvent]]:
    return frozenset(task.id for task in run.tasks), frozenset(timer.id for timer in run.timers), frozenset(run.events)
