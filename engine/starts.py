"""
Processes that begin by themselves: when the timer of a start event comes, a case is opened on the active release.

The applicant of such a case is the installation itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from engine import store
from engine.cases import Cases
from engine.diagram import Element
from engine.operations import Actor, CaseFacts, Operations, Ports
from engine.releases import Release, Releases
from engine.tables import Person
from engine.world import StepWorld

#: log-in name of the installation's own person, who can't log in
OWN = "@saygac"


@dataclass(frozen=True)
class Next:
    """
    When a process begins next.
    """

    process: str
    release_id: str
    due: datetime
    #: how often it still begins; None: for ever
    left: int | None

    @property
    def key(self) -> str:
        """
        Name this beginning: it happens once.
        """
        return f"start:{self.process}:{self.due.isoformat()}"


class Starts:
    """
    The timed beginnings of one installation.
    """

    def __init__(self, releases: Releases, operations: Operations, cases: Cases, ports: Ports) -> None:
        self._releases = releases
        self._operations = operations
        self._cases = cases
        self._ports = ports

    def upcoming(self, connection: Connection) -> list[Next]:
        """
        Return the next beginning of every process that begins by itself, those that happened left out.

        Raises:
            StepFailed: a start event's text gives no moment.
        """
        found = []
        for release in self._releases.timed():
            following = self._following(connection, release, None, None)
            if following is not None and store.finished_step(connection, following.key) is None:
                found.append(following)
        return found

    def begin(self, connection: Connection, process: str, due: datetime, left: int | None) -> Next | None:
        """
        Open the case of a beginning inside the caller's transaction; return the next one.

        Raises:
            CannotGoOn: the diagram can't begin, or a start event's text gives no moment; the caller must roll back.
        """
        release = next((release for release in self._releases.timed() if release.process == process), None)
        if release is None:
            return None  # the process no longer begins by itself
        this = Next(process, release.id, due, left)
        if store.finished_step(connection, this.key) is None:
            actor = Actor(own_person(connection), "Saygac")
            self._cases.begin(connection, release, actor, key=this.key, language="az", channel="timer")
        return self._following(connection, release, due, left)

    def _following(
        self, connection: Connection, release: Release, due: datetime | None, left: int | None
    ) -> Next | None:
        event = timed_start(release)
        if event is None or event.timer is None:
            return None
        now = self._ports.clock.now()
        facts = CaseFacts(0, None, release.process, None, 0, "az", now, None, {})
        world = StepWorld(connection, now, facts, None, release, self._operations, self._ports, {})
        if event.timer_kind != "timeCycle":
            moment = world.moment(event.timer, {}) if due is None else None
            return Next(release.process, release.id, moment, None) if moment is not None else None
        moment, left = world.following(event.timer, {}, due, left)
        return Next(release.process, release.id, moment, left) if moment is not None else None


def timed_start(release: Release) -> Element | None:
    """
    Return the start event of a release if it has a timer.
    """
    return next((event for event in release.diagram.of_kind("startEvent") if event.timer is not None), None)


def own_person(connection: Connection) -> int:
    """
    Return the installation's own person, who applies for what begins by itself.
    """
    found = connection.scalar(select(Person.id).where(Person.username == OWN))
    if found is None:
        row = {"username": OWN, "given_name": "Saygac", "surname": "", "active": False}
        found = connection.execute(insert(Person).values(**row).returning(Person.id)).scalar_one()
    return int(found)
