"""
Make a scenario of a case that was lived: the same way through the diagram, with other people's words.

Choices and numbers stay; days, whatever somebody typed freely, and every answer that is personal are made up anew. What
services said is not kept anywhere: it is found again, as that with which the case goes the way that it went.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from engine.diagram.definitions import MESSAGE, SIGNAL
from engine.errors import CannotGoOn, EngineError, NotFound
from engine.findings import Reason, say
from engine.naming import called
from engine.operations import Operations
from engine.payloads import payload_shape
from engine.scenarios.reading import Scenario, Step, read_scenario, write_scenario
from engine.scenarios.running import First, run_scenario, sent
from engine.shapes import read_text
from engine.simulation.searching import stubs_of
from engine.simulation.stubs import Throws
from engine.simulation.values import value_of
from engine.simulation.walking import Unanswered, Walk
from engine.simulation.words import Words, words_of
from engine.spiff import OpenTask, WaitingEvent, WaitingTimer
from engine.storage.data import load
from engine.tables import Audit, Case, Submission
from forms import Form
from forms.components import Field
from forms.inventing import invent

#: combinations of what services may have said in one step that are tried
MOST_TRIES = 256


class NotRecorded(EngineError):
    """
    The case's way can't be gone again with made-up answers; `reason` says why, to an analyst.
    """

    code = "not_recorded"

    def __init__(self, reason: Reason) -> None:
        super().__init__(say(reason, "en"))
        self.reason = reason


@dataclass(frozen=True)
class Lived:
    """
    One step of a case as the audit has it.
    """

    at: datetime
    #: started, submitted, timer, message or signal
    event: str
    #: of a submitted task, or of an event that was told
    element: str
    path: tuple[str, ...]
    answers: Mapping[str, Any]


def lived(connection: Connection, number: str) -> tuple[str, list[Lived]]:
    """
    Return the release of a case, and its steps in their order.

    Args:
        number: as people call it, see `engine.naming`.

    Raises:
        NotFound: there is no such case.
    """
    case = connection.execute(select(Case.id, Case.release_id).where(called(number))).one_or_none()
    if case is None:
        raise NotFound
    given = (
        select(Submission.element, Submission.given_at, Submission.answers)
        .where(Submission.case_id == case.id)
        .order_by(Submission.given_at)
    )
    answers = {(row.element, row.given_at): load(row.answers) for row in connection.execute(given)}
    steps = (
        select(Audit.at, Audit.event, Audit.element, Audit.detail)
        .where(Audit.case_id == case.id, Audit.event.in_(("started", "submitted", "timer", MESSAGE, SIGNAL)))
        .order_by(Audit.revision)
    )
    return case.release_id, [
        Lived(row.at, row.event, row.element or "", tuple(row.detail["path"]), answers.get((row.element, row.at), {}))
        for row in connection.execute(steps)
    ]


def record(release: Any, operations: Operations, name: str, steps: Sequence[Lived]) -> Scenario:
    """
    Make a scenario of the steps of a case.

    Args:
        release: the release on which the case ran.

    Raises:
        NotRecorded: with the step at which the way is lost.
    """
    if not steps:
        raise NotRecorded(Reason("recording.no_steps"))
    unknown = [step.element for step in steps if step.element and step.element not in release.diagram.elements]
    if unknown:
        raise NotRecorded(Reason("recording.moved", {"place": unknown[0]}))
    recorder = _Recorder(release, operations, steps)
    for step in steps:
        recorder.take(step)
    made = recorder.scenario(name)
    again = run_scenario(release, operations, read_scenario(name, write_scenario(made).encode()))
    if again.findings:
        raise NotRecorded(Reason(again.findings[0].code, again.findings[0].params))
    return made


class _Recorder:
    """
    Goes the way of a case once more, step by step; each step is tried until it goes where the case went.
    """

    def __init__(self, release: Any, operations: Operations, steps: Sequence[Lived]) -> None:
        self._release = release
        self._operations = operations
        self._words: Words = words_of(release.diagram, release.decisions.values(), operations.function_names)
        self._begin = steps[0].at
        self._start = next(release.diagram.of_kind("startEvent"))
        opens = self._start.properties.get("payloadVariable") if self._start.catches else None
        self._opens = self._payloads(self._start.id, self._begin)[0] if opens else None
        self._steps: list[Step] = []
        self._said: dict[str, list[Any]] = {}
        self._walk: Walk | None = None
        self._passed: list[str] = []

    def take(self, lived: Lived) -> None:
        calls = [key for key in lived.path if self._result_of(key) is not None]
        choices = [self._possible(key, lived) for key in calls]
        for step, *said in itertools.islice(itertools.product(self._possible_steps(lived), *choices), MOST_TRIES):
            trial = self._replayed([*self._steps, *([step] if step else [])], list(zip(calls, said, strict=True)))
            if trial is not None and trial.path == [*self._passed, *lived.path]:
                self._keep(trial, step, zip(calls, said, strict=True))
                return
        raise NotRecorded(self._lost(lived))

    @staticmethod
    def _lost(lived: Lived) -> Reason:
        return Reason("recording.way_lost", {"place": lived.element or next(iter(lived.path), lived.event)})

    def _keep(self, trial: Walk, step: Step | None, said: Iterable[tuple[str, Any]]) -> None:
        self._walk, self._passed = trial, list(trial.path)
        self._steps += [step] if step else []
        for key, answer in said:
            self._said.setdefault(self._operation(key), []).append(answer)

    def _replayed(self, steps: Sequence[Step], said: Sequence[tuple[str, Any]]) -> Walk | None:
        """Walk from the beginning; None if somewhere it does not go on."""
        stubs = stubs_of(self._release, self._operations, self._words, First())
        stubs.scripted = {name: list(answers) for name, answers in self._said.items()}
        for key, answer in said:
            stubs.scripted.setdefault(self._operation(key), []).append(answer)
        walk = Walk(self._release, stubs, now=self._begin)
        try:
            walk.begin(self._read(self._start, self._opens))
            for step in steps:
                self._act(walk, step)
        except (Unanswered, CannotGoOn, LookupError):
            return None
        return walk

    def _act(self, walk: Walk, step: Step) -> None:
        waiting = next((one for one in walk.waiting if one.element == step.element), None)
        if waiting is None:
            raise LookupError(step.element)
        if isinstance(waiting, WaitingTimer):
            walk.fire(waiting)
            return
        if isinstance(waiting, WaitingEvent):
            walk.tell(waiting, self._read(self._release.diagram.elements[step.element], step.payload))
            return
        walk.answer(waiting, *sent(self._form(step.element), step.answers or {}))

    def _possible_steps(self, lived: Lived) -> list[Step | None]:
        """What somebody did, or what may have come."""
        if lived.event == "started":
            return [None]
        if lived.event == "timer":
            # one that begins again and again has passed nothing new of its own but what it leads to
            return [Step(next(key for key in lived.path if key in self._release.diagram.elements))]
        if lived.event in (MESSAGE, SIGNAL):
            return [
                Step(lived.element, told=True, payload=payload) for payload in self._payloads(lived.element, lived.at)
            ]
        return [Step(lived.element, self._answers(lived))]

    def _payloads(self, element: str, at: datetime) -> list[Any]:
        event = self._release.diagram.elements[element]
        variable = event.properties.get("payloadVariable")
        if not variable:
            return [None]
        shape = payload_shape(event)
        found = (value_of(shape, variable, _turning(turn), self._words, at) for turn in range(_TURNS))
        return [*{repr(one): _written(one) for one in found}.values()]

    @staticmethod
    def _read(event: Any, written: Any) -> Any:
        return read_text(payload_shape(event), written) if written is not None else None

    def _answers(self, lived: Lived) -> dict[str, list[str]]:
        """What was answered, as texts; personal and free words made up anew."""
        form = self._form(lived.element)
        task = next((one for one in self._walk.waiting if one.element == lived.element), None) if self._walk else None
        if not isinstance(task, OpenTask) or self._walk is None:
            raise NotRecorded(self._lost(lived))
        fields = {own.key: own for own in form.fields}

        def pick(name: str, choices: Sequence[Any]) -> Any:
            key = name.removeprefix(f"{form.id}.")
            return _as_answered(fields.get(key), lived.answers.get(key), choices)

        made = invent(form, self._walk.context(task), pick, self._kept_words(fields, lived.answers))
        return made.posted | {key: [upload.name for upload in uploads] for key, uploads in made.uploads.items()}

    @staticmethod
    def _kept_words(fields: Mapping[str, Field], answers: Mapping[str, Any]) -> dict[str, list[Any]]:
        """The answers that may stay, so that they are among what can be typed."""
        return {
            key: [answers[key]]
            for key, own in fields.items()
            if own.kind in ("number", "decimal") and not own.personal and answers.get(key) is not None
        }

    def _possible(self, key: str, lived: Lived) -> list[Any]:
        """What a service may have said at an element."""
        signature = self._operations.signatures[self._operation(key)]
        interrupted = [event for event in self._release.diagram.catching(key) if event.id in lived.path]
        if interrupted:
            return [Throws(event.error_code or signature.errors[0]) for event in interrupted]
        name = self._result_of(key) or ""
        found: list[Any] = []
        for at in (lived.at + _FAR, lived.at):
            for turn in range(_TURNS):
                value = value_of(signature.result, name, _turning(turn), self._words, at)
                if value not in found:
                    found.append(value)
        return found

    def _operation(self, key: str) -> str:
        operation = self._release.diagram.elements[key].operation
        return operation.name if operation is not None else ""

    def _result_of(self, key: str) -> str | None:
        element = self._release.diagram.elements.get(key)
        return element.operation.result if element is not None and element.operation is not None else None

    def _form(self, element: str) -> Form:
        return self._release.forms[self._release.diagram.elements[element].properties["formKey"]]

    def scenario(self, name: str) -> Scenario:
        walk = self._walk
        assert walk is not None, "there is a step"
        ends = [key for key in walk.path if self._release.diagram.elements.get(key) in self._ends()]
        return Scenario(
            file="",
            name=name,
            begin=self._begin,
            opens=self._opens,
            services={key: [_written(one) for one in said] for key, said in sorted(self._said.items())},
            sources={},
            steps=tuple(self._steps),
            passes=tuple(key for key in walk.path if key in self._release.diagram.drawn),
            end=ends[-1] if ends and walk.run.ended else "",
            mails=tuple(walk.stubs.letters),
        )

    def _ends(self) -> tuple[Any, ...]:
        return tuple(self._release.diagram.ends)


#: a term that a service gave is mostly far: whatever happened before it was over must be able to happen before
_FAR = timedelta(days=60)
#: rounds in which every choice inside a service's answer is turned on
_TURNS = 32


def _turning(turn: int) -> Any:
    """Choose so that the first choices change fastest: turn 0 takes the first of everything."""
    rest = [turn]

    def pick(_name: str, choices: Sequence[Any]) -> Any:
        at = rest[0] % len(choices)
        rest[0] //= len(choices)
        return choices[at]

    return pick


def _as_answered(own: Field | None, answer: Any, choices: Sequence[Any]) -> Any:
    """The choice that was made; where it can't be told or is personal, the first."""
    if own is None:  # a button
        return answer if answer in choices else choices[0]
    given = answer not in (None, "", [])
    if own.control == "filepicker":
        return given
    if not own.personal:
        wanted = answer if isinstance(answer, list) and own.is_choice else [answer]
        same = [choice for choice in choices if choice is not None and any(_is(choice, one) for one in wanted)]
        if own.control == "checklist" and same:
            return same
        if same:
            return same[0]
    if not given and None in choices:
        return None
    return next((choice for choice in choices if choice is not None), choices[0])


def _is(choice: Any, answer: Any) -> bool:
    return choice == answer or (answer is not None and str(choice) == str(answer))


def _written(answer: Any) -> Any:
    """A service's answer as texts, as `read_nodes` gives them back."""
    match answer:
        case Throws():
            return {"error": answer.code}
        case dict():
            return {key: _written(value) for key, value in answer.items()}
        case list():
            return [_written(value) for value in answer]
        case None:
            return "null"
        case bool():
            return "true" if answer else "false"
        case _:
            return str(answer)
