"""
What a diagram sees of the world during one step: expressions over its data, decisions, and operations inside the
transaction.

Everything that operations ask for is collected here and written by `engine.cases` in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from engine import feel, numbers
from engine.cycles import following
from engine.decisions import DecisionFailed
from engine.diagram import Element
from engine.diagram.definitions import MESSAGE
from engine.diagram.rounds import Standing
from engine.errors import StepFailed
from engine.findings import Reason, kind_words, why
from engine.operations import (
    ANSWERS_OF,
    Actor,
    Call,
    CaseFacts,
    Following,
    JobRequest,
    Look,
    Operations,
    Ports,
    own_key,
)
from engine.payloads import misfit, payload_shape
from engine.shapes import kind_of
from forms import Form
from forms.expressions import Scope

if TYPE_CHECKING:
    from engine.releases import Release

#: where the office's day is
ZONE = ZoneInfo("Asia/Baku")
#: a timer that names only a day fires when the office opens
OPENING = time_of_day(9, 0)


@dataclass(frozen=True)
class Sent:
    """
    A message or signal that a step sends.
    """

    #: message or signal
    kind: str
    name: str
    #: under which a case waits for the message; empty: a signal
    key: str
    payload: Any
    #: element that sent it, and the engine's task there
    element: str
    task_id: str


@dataclass
class StepWorld:
    """
    One step's world.
    """

    connection: Connection
    now: datetime
    case: CaseFacts
    actor: Actor | None
    release: Release
    operations: Operations
    ports: Ports
    #: latest answers of every form, personal ones included
    answers: dict[str, Any]
    #: words by which the case is to be found from now on
    terms: list[str] = field(default_factory=list)
    jobs: list[JobRequest] = field(default_factory=list)
    #: decision -> ids of the rules that fired
    rules: dict[str, list[str]] = field(default_factory=dict)
    facets: dict[str, str] = field(default_factory=dict)
    #: True once the case got its number in this step
    numbered: bool = False
    sent: list[Sent] = field(default_factory=list)
    #: facets as they were before the step
    known_facets: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """
        Remember what lists know already: an operation that runs a second time describes the case anew.
        """
        self.known_facets = self.case.facets

    def evaluate(self, text: str, data: Mapping[str, Any]) -> bool:
        """
        Judge a condition; null is false.

        Raises:
            StepFailed: if the text has another value than true, false or null.
        """
        value = self.value(text, data)
        if value is not None and not isinstance(value, bool):
            raise _gives("failed.condition", text, value, "true or false")
        return value is True

    def value(self, text: str, data: Mapping[str, Any]) -> Any:
        """
        Return the value of a FEEL text over `data`.
        """
        try:
            return feel.compile(text, functions=self.operations.function_names)(data, self.functions(data))
        except feel.FeelError as error:
            reason = Reason("failed.expression", {"text": text, "why": why(error)})
            raise StepFailed(f"{text}: {error}", reason=reason) from error

    def moment(self, text: str, data: Mapping[str, Any]) -> datetime:
        """
        Return the moment that a FEEL text means.

        Raises:
            StepFailed: if it means none.
        """
        value = self.value(text, data)
        found = _moment(value, self.now)
        if found is None:
            raise _gives("failed.moment", text, value, "a date, a date and time with zone, or a duration")
        return found

    def following(
        self, text: str, data: Mapping[str, Any], due: datetime | None, left: int | None
    ) -> tuple[datetime | None, int | None]:
        """
        Return when a repeating timer is due after `due`, and how often it may still come; as `engine.cycles`.

        Raises:
            StepFailed: if the text gives nothing that repeats.
        """
        value = self.value(text, data)
        if value is None and due is not None:
            return None, None
        try:
            return following(value, _moment(value, self.now), self.now, due, left, _duration)
        except ValueError as error:
            raise _gives("failed.cycle", text, value, str(error)) from None

    def due(self, element: str, data: Mapping[str, Any]) -> datetime | None:
        """
        Return when a task that opens now is due, None if the diagram does not say.

        Raises:
            StepFailed: if what it says is no moment.
        """
        text = self._property(element, "dueDate")
        return self.moment(text, data) if text else None

    def priority(self, element: str, data: Mapping[str, Any]) -> int:
        """
        Return the priority of a task that opens now.

        Raises:
            StepFailed: if the diagram gives something else than a whole number or null.
        """
        text = self._property(element, "priority")
        value = self.value(text, data) if text else 0
        return _whole(value or 0, text, element)

    def candidates(self, element: str, data: Mapping[str, Any]) -> tuple[int, ...]:
        """
        Return the persons who alone may do a task that opens now; nobody: whoever has the role.

        Raises:
            StepFailed: if the diagram gives something else than a list of persons or null.
        """
        text = self._property(element, "candidates")
        named = self.value(text, data) if text else None
        if not isinstance(named, list | tuple | None):
            raise _gives("failed.candidates", text, named, "a list of persons", element)
        return tuple(dict.fromkeys(_whole(person, text, element) for person in named or ()))

    def _property(self, element: str, name: str) -> str:
        return self.release.diagram.elements[element].properties.get(name, "")

    def perform(self, element: str, task_id: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """
        Run the decision or operation of `element`; return what enters the data.
        """
        drawn = self.release.diagram.elements[element]
        if drawn.throws:
            self.send(element, task_id, data)
            return {}
        try:
            if drawn.operation is None:
                return self._decide(drawn.decision or "", data)
            parameters = {name: feel.to_json(self.value(text, data)) for name, text in drawn.operation.parameters}
        except feel.FeelError as error:
            raise StepFailed(str(error), element=element, reason=why(error)) from error
        except DecisionFailed as error:
            reason = Reason(f"failed.{error.code}", error.params)
            raise StepFailed(str(error), element=element, reason=reason) from error
        call = self._call(element, task_id, data)
        result = self.operations.steps[drawn.operation.name](call, **parameters)
        self._take(call)
        return {} if drawn.operation.result is None else {drawn.operation.result: result}

    def tell(self, follows: Following | None, key: str) -> None:
        """
        Let the installation do what follows from something that was done to the case by hand.

        Args:
            key: the same on every repetition.
        """
        if follows is not None:
            call = self._call("", key, {})
            follows(call)
            self._take(call)

    def _call(self, element: str, task_id: str, data: Mapping[str, Any]) -> Call:
        return Call(
            connection=self.connection,
            now=self.now,
            case=self.case,
            actor=self.actor,
            answers=self.answers_at(element),
            data=dict(data),
            element=element,
            task_id=task_id,
        )

    def key(self, element: str, data: Mapping[str, Any]) -> str:
        """
        Return the key of the message that an element waits for or sends.

        Raises:
            StepFailed: if the diagram gives something else than a text or a number.
        """
        text = self._property(element, "correlationKey")
        if not text:
            return self.case.key
        value = self.value(text, data)
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal) or value == "":
            raise StepFailed(f"{text} gives {type(value).__name__}: a text or a number is wanted.", element=element)
        key = key_of(value)
        return own_key(self.case.id) if key == self.case.number else key

    def begun(self, event: Element, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """
        Return what the token of an event keeps that begins to wait now, as `engine.spiff` keeps it.

        Raises:
            StepFailed: if the diagram gives no moment, or no key.
        """
        if event.timer is not None:
            return {"event_value": self.moment(event.timer, data).isoformat(), "event_fired": False}
        if event.told is None:
            return {}
        return {"event_key": self.key(event.id, data) if event.message is not None else None}

    def carried(self, element: str, payload: Any) -> Mapping[str, Any]:
        """
        Return what enters the data of what came with a message or signal.

        Raises:
            StepFailed: if it is not what the event says that it carries.
        """
        event = self.release.diagram.elements[element]
        wrong = misfit(payload_shape(event), payload, event.properties.get("payloadVariable", "payload"))
        if wrong is not None:
            raise StepFailed(f"What came carries something else than wanted: {wrong}.", element=element)
        variable = event.properties.get("payloadVariable")
        return {variable: payload} if variable else {}

    def send(self, element: str, task_id: str, data: Mapping[str, Any]) -> None:
        """
        Send the message or signal of an element, once the step is written.

        Raises:
            StepFailed: if what the diagram says of it can't be worked out.
        """
        told = self.release.diagram.elements[element].told
        if told is None:
            raise StepFailed("The element sends nothing.", element=element)
        kind, name = told
        text = self._property(element, "payload")
        payload = feel.to_json(self.value(text, data)) if text else None
        key = self.key(element, data) if kind == MESSAGE else ""
        self.sent.append(Sent(kind, name, key, payload, element, task_id))

    def _decide(self, decision: str, data: Mapping[str, Any]) -> dict[str, Any]:
        outcome = self.release.decisions[decision].evaluate(data, self.functions(data))
        self.rules[decision] = list(outcome.fired)
        return {name: feel.to_json(value) for name, value in outcome.result.items()}

    def functions(self, data: Mapping[str, Any]) -> Mapping[str, Callable[..., Any]]:
        """
        Return the host functions of expressions, bound to this step.
        """
        look = self.look(data)
        bound: dict[str, Callable[..., Any]] = {
            "now": lambda: self.now,
            "today": lambda: self.now.astimezone(ZONE).date(),
            "case number": lambda: self.case.number,
        }
        bound.update((name, partial(function, look)) for name, function in self.operations.functions.items())
        return bound

    def answers_at(self, element: str) -> dict[str, Any]:
        """
        Return the answers that count now of the process that an element belongs to.
        """
        call = self.release.diagram.called_by(element)
        return self.answers.of(call) if isinstance(self.answers, Standing) else self.answers

    def look(self, data: Mapping[str, Any], language: str = "az", element: str = "") -> Look:
        """
        Return what sources and functions read from, at an element.
        """
        return Look(
            self.connection,
            self.now,
            self.case,
            self.actor,
            self.answers_at(element),
            data,
            language=language,
            ports=self.ports,
        )

    def context(self, element: str, data: Mapping[str, Any], language: str = "az") -> Scope:
        """
        Return what the form of `element` reads: process data, earlier answers, and the sources that it wants.
        """
        form = self._form(element)
        look = self.look(data, language, element)
        found = Scope({**data, **self.answers_at(element)}, self.functions(data))
        for name in sorted(form.sources | (form.names & set(self.operations.sources))):
            if name.startswith(ANSWERS_OF):
                found[name] = self._answered(name.removeprefix(ANSWERS_OF), look)
            else:
                found[name] = self.operations.sources[name](look)
        return found

    def _form(self, element: str) -> Form:
        return self.release.forms[self.release.diagram.elements[element].properties["formKey"]]

    def _answered(self, element: str, look: Look) -> list[dict[str, str]]:
        """The answers to an earlier form, in words."""
        form = self._form(element)
        values = {name: value for name, value in self.answers_at(element).items() if name in form.keys}
        options = {
            name: self.operations.sources[name](look) for name in form.sources if name in self.operations.sources
        }
        rows = form.summary(values, options, lambda text: self.release.translate(text, look.language))
        return [{"label": row.label, "value": row.value_text, "key": row.key, "kind": row.kind} for row in rows]

    def _take(self, call: Call) -> None:
        self.terms += call.terms
        self.jobs += call.jobs
        self.facets |= call.facets
        self.numbered |= call.number is not None and self.case.number is None
        self.case = replace(
            self.case,
            number=call.number or self.case.number,
            unit=call.unit or self.case.unit,
            due_at=call.due_at or self.case.due_at,
            facets={**self.case.facets, **call.facets},
        )


def facts_of(row: Row[Any]) -> CaseFacts:
    """
    Return what operations may know of a case, from its row as `engine.store` reads it.
    """
    return CaseFacts(
        row.case_id,
        row.number,
        row.process,
        row.case_unit,
        row.applicant_id,
        row.language,
        row.case_opened_at,
        row.case_due_at,
        row.facets,
        row.case_term_stopped_at,
        row.conversation,
    )


def key_of(value: str | int | Decimal) -> str:
    """
    Return the text under which a key is kept: a case number without its hyphens, a number as it is written shortest.

    What begins like a key that only a case has of its own can't be taken for one.
    """
    if isinstance(value, str):
        return numbers.read(value) or (f"#{value}" if value.startswith("#") else value)
    return format(Decimal(value).normalize(), "f")


def _gives(code: str, text: str, value: Any, wanted: str, element: str | None = None) -> StepFailed:
    """The failure of an expression that gives something else than is wanted."""
    reason = Reason(code, {"text": text, "given": kind_words(kind_of(value))})
    return StepFailed(f"{text} gives {type(value).__name__}, wanted: {wanted}.", element=element, reason=reason)


def _whole(value: Any, text: str, element: str) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise _gives("failed.whole", text, value, "a whole number", element) from None


def _duration(text: str) -> timedelta | None:
    value = feel.compile(f'duration("{text}")')({}, {})
    return value if isinstance(value, timedelta) else None


def _moment(value: Any, now: datetime) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, timedelta):
        return now + value
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo is not None else None
    if isinstance(value, date):
        return datetime.combine(value, OPENING, ZONE).astimezone(UTC)
    return None
