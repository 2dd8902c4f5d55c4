"""
Operations that only answer what they declare: no register, no mail, no calendar behind them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from engine.errors import BpmnError, StepFailed
from engine.findings import Reason
from engine.operations import Call, CaseFacts, Look, Operations, Signature
from engine.shapes import ANY, Shape
from engine.simulation.values import value_of
from engine.simulation.words import Words
from engine.world import StepWorld


class Answering(Protocol):
    """
    Who decides what an operation answers.
    """

    def pick(self, name: str, choices: Sequence[Any]) -> Any:
        """
        Return one of the choices.
        """
        ...


@dataclass(frozen=True)
class Performed:
    """
    An operation that ran in a walk.
    """

    element: str
    operation: str
    result: Any
    #: code of the error that it threw instead of answering
    error: str | None = None


@dataclass
class Stubs:
    """
    The stubbed operations of one installation, and what they did.
    """

    real: Operations
    chooser: Answering
    words: Words
    #: what operations answer in turn, before anything is chosen: operation -> results
    scripted: dict[str, list[Any]] = field(default_factory=dict)
    #: codes of the errors that something at an element catches: element -> codes
    catching: Mapping[str, Sequence[str]] = field(default_factory=dict)
    performed: list[Performed] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)

    def operations(self) -> Operations:
        """
        Return a registry that answers like the real one, without doing anything.
        """
        made = Operations()
        for name, signature in self.real.signatures.items():
            made.steps[name] = self._step(name, signature)
        for name in self.real.sources:
            made.sources[name] = self._source(name, self.real.source_shapes.get(name, ANY))
        for name in self.real.functions:
            made.functions[name] = self._function(name, self.real.function_shapes.get(name, ANY))
        return made

    def _step(self, name: str, signature: Signature) -> Any:
        def perform(call: Call, **given: Any) -> Any:
            self._check(call.element, name, signature, given)
            result, error = self._answer(call, name, signature)
            self.performed.append(Performed(call.element, name, result, error))
            if error is not None:
                raise BpmnError(error)
            for letter in signature.letters:
                self.letters.append(letter.format(**given))
            return result

        return perform

    def _check(self, element: str, name: str, signature: Signature, given: Mapping[str, Any]) -> None:
        for key, wanted in signature.parameters.items():
            if wanted.required and key not in given:
                reason = Reason("failed.lacks", {"operation": name, "name": key})
                raise StepFailed(f"{name} needs {key}.", element=element, reason=reason)
            if given.get(key) is None and wanted.required and not wanted.shape.optional:
                reason = Reason("failed.empty", {"operation": name, "name": key})
                raise StepFailed(f"{name}: {key} is null here.", element=element, reason=reason)

    def _answer(self, call: Call, name: str, signature: Signature) -> tuple[Any, str | None]:
        scripted = self.scripted.get(name)
        if scripted:
            # the last one goes for every further call
            return _scripted(scripted.pop(0) if len(scripted) > 1 else scripted[0])
        caught = [code for code in self.catching.get(call.element, ()) if code in signature.errors]
        error = self.chooser.pick(f"{call.element}!", (None, None, *caught)) if caught else None
        if error is not None:
            return None, error
        if signature.result.kind == "null":
            return None, None
        return value_of(signature.result, self._variable(call), self.chooser.pick, self.words, call.now), None

    def _variable(self, call: Call) -> str:
        return self.variables.get(call.element, call.element)

    #: element -> the variable that takes its operation's result
    variables: Mapping[str, str] = field(default_factory=dict)
    #: source -> keys of the fields that choose from it
    choosers: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def _source(self, name: str, shape: Shape) -> Any:
        def look(asked: Look) -> Any:
            if name in self.scripted:
                return self.scripted[name][0]
            item = shape.item
            if item is None or "value" not in item.members:
                return value_of(shape, name, self._first, self.words, asked.now)
            return [{"value": value, "label": str(value)} for value in self._options(name, item.members["value"])]

        return look

    def _options(self, source: str, shape: Shape) -> list[Any]:
        """What a source offers: the values that somebody compares the answer with, and others."""
        known = [word for key in self.choosers.get(source, ()) for word in self.words.get(key, ())]
        if shape.kind == "number":
            numbers = [word for word in known if not isinstance(word, str)]
            return list(dict.fromkeys([*numbers, 1, 2]))
        return list(dict.fromkeys([*(word for word in known if isinstance(word, str)), "sinaq_1"]))

    def _function(self, name: str, shape: Shape) -> Any:
        def call(asked: Look, *_arguments: Any) -> Any:
            return value_of(shape, name, self.chooser.pick, self.words, asked.now)

        return call

    @staticmethod
    def _first(_name: str, choices: Sequence[Any]) -> Any:
        return choices[0]


@dataclass(frozen=True)
class Throws:
    """
    A scripted answer that is an error.
    """

    code: str


def _scripted(answer: Any) -> tuple[Any, str | None]:
    return (None, answer.code) if isinstance(answer, Throws) else (answer, None)


def world_of(release: Any, stubs: Stubs, now: datetime, answers: dict[str, Any]) -> StepWorld:
    """
    Return the world of one step: production's own, with nothing behind it.

    Args:
        release: what `engine.releases.Release` has; the gate's `Parts` before there is a release.
    """
    case = CaseFacts(0, "000000000000", release.diagram.process, "unit", 0, "az", now, None, {})
    return StepWorld(None, now, case, None, release, stubs.operations(), None, answers)  # type: ignore[arg-type]


#: when a simulated case begins: a Monday morning in Baku
MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
