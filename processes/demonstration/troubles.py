"""
What goes wrong in the demonstration, and what operators and heads do about it: their pages look like life, too.

All of it is really so: a mail server refuses letters, the register does not answer during a step, and people act
through the engine's own doors. Nothing is written into tables.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select

from engine import incidents
from engine.cases import Cases
from engine.clock import Clock
from engine.deeds import Deed
from engine.errors import StepFailed
from engine.interventions import ChangeDue, End, Intervention, Interventions, Suspend
from engine.mail import Mailer, MailRefused, Message
from engine.operating import batches
from engine.operating.incidents import OPEN
from engine.operating.sieve import Sieve
from engine.operations import Actor, Operations, Ports
from engine.releases import Releases
from engine.storage.database import Database
from engine.tables import Incident, Task, TaskCandidate
from processes.demonstration import stories
from processes.demonstration.people import EMPTY_DISTRICT
from processes.demonstration.stories import Scene

#: hours ago at which the mail server that blocked ours was talked round
UNBLOCKED = timedelta(hours=20)
_REASONS = {
    "mail": "Poçt serverinin sahibi ilə danışıldı: göndəricimiz icazə siyahısına salındı.",
    "note": "Abonentə zəng edildi: ünvanı səhv yazıb. Düzgün ünvanı sabah bildirəcək.",
    "suspend": "Binanın su xətti təmir olunur; təmir bir həftəyə bitəcək.",
    "end": "Abonent idarəyə gəlib müraciəti geri götürdüyünü yazılı bildirdi.",
    "due": "Abonent xaricdədir, baxış vaxtı onun xahişi ilə razılaşdırılır.",
}
_EXPLANATION = "Müraciətinizi öz yazılı xahişinizlə geri götürdünüz. İstədiyiniz vaxt yenidən müraciət edə bilərsiniz."
#: numbers of the scenes (`stories.PLOTS`) in which something is done by hand
_SUSPENDED, _ENDED, _PROLONGED = 101, 40, 96
#: those in which a fitter has an act to draw up
_WITH_ACT = range(69, 75)


class FussyPost:
    """
    Hands over to a mailer what no server refuses: one domain is mistyped, the server of another blocked ours.
    """

    def __init__(self, mailer: Mailer, clock: Clock, unblocked: datetime) -> None:
        self._mailer = mailer
        self._clock = clock
        self._unblocked = unblocked

    def send(self, message: Message) -> str:
        """
        Hand over a message.

        Raises MailRefused.
        """
        domain = message.recipient.rpartition("@")[2]
        if domain == stories.MISTYPED:
            raise MailRefused(f"The mail server refused the recipient: 550 5.1.2 {domain}: no such domain.")
        if domain == stories.BLOCKING and self._clock.now() < self._unblocked:
            raise MailRefused("The mail server refused the message: 550 5.7.1 sender is not on the list.")
        return self._mailer.send(message)


@dataclass(frozen=True)
class Interlude:
    """
    Something that is not in the stories.
    """

    at: datetime
    play: Callable[[], None]


class Troubles:
    """
    The interludes of the demonstration. Each happens once, however often its loading is cut off.
    """

    def __init__(
        self, database: Database, releases: Releases, operations: Operations, ports: Ports, scenes: Mapping[int, Scene]
    ) -> None:
        self._database = database
        self._ports = ports
        self._scenes = scenes
        self._interventions = Interventions(database, releases, operations, ports)
        broken = copy.copy(operations)
        broken.steps = {**operations.steps, "book_installation": _away}
        self._broken = Cases(database, releases, broken, ports)

    def interludes(self, operator: Actor, end: datetime) -> list[Interlude]:
        """
        Return what happens until `end`, in the order of time.
        """

        def ago(hours: float, play: Callable[[], None]) -> Interlude:
            return Interlude(end - timedelta(hours=hours), play)

        return [
            Interlude(end - UNBLOCKED, lambda: self._send_again(operator)),
            ago(19, lambda: self._write_note(operator)),
            ago(8, lambda: self._act(operator, _SUSPENDED, Suspend(), "suspend")),
            ago(6, lambda: self._act(operator, _ENDED, End(_EXPLANATION), "end")),
            ago(4, lambda: self._act(None, _PROLONGED, ChangeDue(None, end + timedelta(days=20)), "due")),
            ago(2, self._fail),
        ]

    def _send_again(self, operator: Actor) -> None:
        """Let all refused letters be tried again in the background; those with a mistyped address fail again."""
        if self._is_done("mail"):
            return
        sieve = Sieve(OPEN, code=MailRefused.code)
        batches.retry_all(self._database, sieve, operator, reason=_REASONS["mail"], now=self._ports.clock.now())

    def _write_note(self, operator: Actor) -> None:
        found = self._first(select(Incident.id).where(Incident.resolved_at.is_(None), Incident.kind == incidents.MAIL))
        if found is not None and not self._is_done("note"):
            incidents.annotate(self._database, found, operator, _REASONS["note"], now=self._ports.clock.now())

    def _act(self, actor: Actor | None, number: int, wish: Intervention, name: str) -> None:
        """Intervene in the case of a scene; without an `actor` the head of its office does."""
        scene = self._scenes[number]
        if not scene.over or self._is_done(name):
            return
        assert scene.case_id is not None
        who = actor or scene.cast.staff[scene.unit, "head"][0]
        effect = self._interventions.preview(scene.case_id, who, wish)
        more = {"reason": _REASONS[name], "key": f"demonstration:{name}", "revision": effect.revision}
        self._interventions.do(scene.case_id, who, wish, **more)

    def _fail(self) -> None:
        """Let a fitter draw up an act while the register does not answer; what was typed is kept."""
        found = (self._scenes[number] for number in _WITH_ACT)
        scene = next((one for one in found if one.over and one.applicant.district != EMPTY_DISTRICT), None)
        if scene is None or self._is_there(Incident.kind == incidents.STEP):
            return
        task = self._first(select(Task.id).where(Task.case_id == scene.case_id, Task.element == stories.ACT.element))
        fitter = self._first(select(TaskCandidate.person_id).where(TaskCandidate.task_id == task))
        who = next(one for one in scene.cast.staff[scene.unit, "fitter"] if one.person_id == fitter)
        scene.now = self._ports.clock.now()
        with suppress(StepFailed):
            self._broken.submit(task, who, key="demonstration:failed", posted=stories.posted(stories.ACT, scene))

    def _is_done(self, name: str) -> bool:
        return self._is_there(Deed.reason == _REASONS[name])

    def _is_there(self, condition: ColumnElement[bool]) -> bool:
        return bool(self._first(select(exists().where(condition))))

    def _first(self, query: Select[Any]) -> Any:
        with self._database.read() as connection:
            return connection.scalar(query.limit(1))


def _away(*_: object, **__: object) -> None:
    raise TimeoutError("the register does not answer")
