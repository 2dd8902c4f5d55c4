"""
One intervention while it is being made: the case as it was read, and what is to be written of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from engine.diagram import RECEIVE, Element
from engine.errors import InterventionRefused
from engine.findings import Reason
from engine.operations import Actor
from engine.sight import disclosed_to, may_read
from engine.spiff import Run, Token, read_state
from engine.steps.runs import Given
from engine.steps.writing import Closing, Waiting
from engine.tables import Case
from engine.world import StepWorld


@dataclass(frozen=True)
class AnswerChange:
    """
    One answer before and after it was put right, in the reader's words.
    """

    label: str
    before: str
    after: str


@dataclass
class Act:
    """
    What a kind of intervention works on.
    """

    connection: Connection
    #: as `engine.store` reads a case
    row: Row[Any]
    actor: Actor
    world: StepWorld
    run: Run
    #: tasks, timers and events for which it waited until now
    waited: Waiting
    #: latest answers of every form
    given: Given
    #: the same key at every repetition
    key: str
    #: True: the stored state can't be read; `run` has nothing of it
    unreadable: bool = False
    #: language of what the preview says
    language: str = "az"
    #: element that it is about
    element: str | None = None
    #: what the audit says beside the reason
    detail: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    #: columns of the case
    columns: dict[str, Any] = field(default_factory=dict)
    shows: Element | None = None
    closing: Closing | None = None
    #: written once the step is
    then: list[Callable[[], None]] = field(default_factory=list)
    answers: list[AnswerChange] = field(default_factory=list)
    #: timers that wait on as before although the due date that they belong to is another
    keep_their_time: list[str] = field(default_factory=list)
    #: elements that were decided by answers that are put right
    decided: list[str] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        """
        The moment of the intervention.
        """
        return self.world.now

    @property
    def elements(self) -> Mapping[str, Element]:
        """
        The elements of the case's diagram.
        """
        return self.world.release.diagram.elements

    @property
    def tokens(self) -> tuple[Token, ...]:
        """
        The tokens as they were stored.
        """
        return read_state(self.row.case_state)

    def waiting(self, token_id: str, *, catching: bool = False) -> str:
        """
        Return the element at which a task waits under this id; if `catching`, also a timer or an event to be told that
        is a step of its own.

        Raises:
            InterventionRefused: if none does any more.
        """
        spots = [(task.id, task.element) for task in self.run.tasks]
        found = next((element for key, element in spots + (self.caught if catching else []) if key == token_id), None)
        if found is None:
            raise InterventionRefused(Reason("intervention.gone"))
        return found

    @property
    def caught(self) -> list[tuple[str, str]]:
        """
        The timers, events to be told and conditions where a token waits for nothing else: (id, element).
        """
        waits = [(one.id, one.element) for one in (*self.run.timers, *self.run.events)] + [*self.run.conditions]
        diagram = self.world.release.diagram

        def alone(element: str) -> bool:
            before = (diagram.elements.get(flow.source) for flow in diagram.incoming(element))
            choice = any(one is not None and one.kind == "eventBasedGateway" for one in before)
            return diagram.elements[element].kind in ("intermediateCatchEvent", RECEIVE) and not choice

        return [(key, element) for key, element in waits if element in diagram.elements and alone(element)]

    def must_read_answers(self) -> None:
        """
        Refuse whoever may not read what was answered in the case.

        Raises:
            InterventionRefused: it is hidden from the person, who has given no reason to see it.
        """
        readable = or_(may_read(self.actor), disclosed_to(self.actor, self.now))
        if self.connection.scalar(select(Case.id).where(Case.id == self.row.case_id, readable)) is None:
            raise InterventionRefused(Reason("intervention.masked"))

    def label(self, element: str) -> str:
        """
        Return the name of an element, in the source language.
        """
        found = self.elements.get(element)
        return found.name if found is not None and found.name else element
