"""
Run a scenario, and say where what happened is not what was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from engine.diagram import Element
from engine.errors import CannotGoOn
from engine.findings import Finding, Severity
from engine.operations import Operations
from engine.payloads import payload_shape
from engine.safe_xml import Place
from engine.scenarios.nodes import Unreadable
from engine.scenarios.reading import Scenario, Step, read_scenario
from engine.shapes import Shape, read_text
from engine.simulation.searching import stubs_of
from engine.simulation.stubs import Throws
from engine.simulation.walking import Unanswered, Wait, Walk
from engine.simulation.words import words_of
from engine.spiff import OpenTask, WaitingEvent, WaitingTimer
from forms import Form, Upload

#: field -> texts, as somebody types them
Answers = Mapping[str, Sequence[str]]

T = TypeVar("T")


@dataclass
class Ran:
    """
    What a scenario came to.
    """

    scenario: Scenario | None
    walk: Walk | None = None
    findings: list[Finding] = field(default_factory=list)


class First:
    """
    Takes the first of every choice: a scenario says what matters, and nothing else may vary.
    """

    def pick(self, _name: str, choices: Sequence[T]) -> T:
        """
        Return the first.
        """
        return choices[0]


def run_file(release: Any, operations: Operations, file: str, content: bytes) -> Ran:
    """
    Read and run the file of a scenario.
    """
    try:
        scenario = read_scenario(file, content)
    except Unreadable as error:
        finding = Finding("scenario_unreadable", file, None, Severity.ERROR, *error.place, {"reason": error.reason})
        return Ran(None, None, [finding])
    return run_scenario(release, operations, scenario)


def run_scenario(release: Any, operations: Operations, scenario: Scenario) -> Ran:
    """
    Run a scenario.

    Args:
        release: what `engine.releases.Release` has; the gate's `Parts` before there is a release.
    """
    ran = Ran(scenario)
    words = words_of(release.diagram, release.decisions.values(), operations.function_names)
    stubs = stubs_of(release, operations, words, First())
    stubs.scripted = _script(ran, scenario, operations)
    if ran.findings:
        return ran
    walk = ran.walk = Walk(release, stubs, now=scenario.begin)
    opens = _carried(ran, next(release.diagram.of_kind("startEvent")), scenario.opens, _where(scenario, "opens"))
    if ran.findings:
        return ran
    if _took(ran, lambda: walk.begin(opens), _where(scenario, "begin")):
        for step in scenario.steps:
            if not _step(ran, walk, step):
                return ran
        _compare(ran, scenario, walk)
    return ran


def _where(scenario: Scenario, word: str) -> Place:
    return scenario.places.get(word, (0, 0))


def _note(ran: Ran, code: str, element: str | None, place: Place, **params: object) -> None:
    file = ran.scenario.file if ran.scenario is not None else ""
    ran.findings.append(Finding(code, file, element, Severity.ERROR, *place, params))


def _script(ran: Ran, scenario: Scenario, operations: Operations) -> dict[str, list[Any]]:
    """What operations and sources answer, as values of the shapes that they declare."""
    found: dict[str, list[Any]] = {}
    for name, given in scenario.services.items():
        signature = operations.signatures.get(name)
        if signature is None:
            _note(ran, "scenario_unknown", name, scenario.places["services"], name=name)
            continue
        found[name] = [_answer(ran, name, signature.result, one) for one in given]
    for name, given in scenario.sources.items():
        shape = operations.source_shapes.get(name)
        if shape is None:
            _note(ran, "scenario_unknown", name, scenario.places["sources"], name=name)
        else:
            found[name] = [_offered(ran, name, shape, given)]
    return found


def _answer(ran: Ran, name: str, shape: Shape, given: Any) -> Any:
    if isinstance(given, dict) and given.keys() == {"error"}:
        return Throws(given["error"])
    return _value(ran, name, shape, given)


def _offered(ran: Ran, name: str, shape: Shape, given: Any) -> Any:
    """A choice's options may be written as values alone."""
    item = shape.item
    if item is None or "value" not in item.members or not isinstance(given, list):
        return _value(ran, name, shape, given)
    values = [_value(ran, name, item.members["value"], one) for one in given]
    return [{"value": value, "label": str(value)} for value in values]


def _value(ran: Ran, name: str, shape: Shape, given: Any) -> Any:
    unknown = given.keys() - shape.members.keys() if isinstance(given, dict) and shape.members else ()
    for member in sorted(unknown):
        _note(ran, "scenario_unknown", name, _place(ran), name=f"{name}.{member}")
    try:
        return read_text(shape, given)
    except ValueError as error:
        _note(ran, "scenario_value", name, _place(ran), name=name, value=str(error), wanted=shape.kind)
        return None


def _place(ran: Ran) -> Place:
    return ran.scenario.places.get("services", (0, 0)) if ran.scenario is not None else (0, 0)


def _step(ran: Ran, walk: Walk, step: Step) -> bool:
    if step.at is not None:
        return _pass_time(ran, walk, step.at, step.place)
    waiting = _find(walk.waiting, step.element)
    if waiting is None or not isinstance(waiting, _kind(step)):
        open_now = ", ".join(sorted({one.element for one in walk.waiting})) or "–"
        _note(ran, "scenario_not_open", step.element, step.place, name=step.element, open=open_now)
        return False
    if isinstance(waiting, WaitingTimer):
        return _pass_time(ran, walk, waiting.due_at, step.place, until=waiting)
    if isinstance(waiting, WaitingEvent):
        payload = _carried(ran, walk.release.diagram.elements[waiting.element], step.payload, step.place)
        return not ran.findings and _took(ran, lambda: walk.tell(waiting, payload), step.place)
    return _fill_in(ran, walk, waiting, step)


def _kind(step: Step) -> type[Wait]:
    if step.told:
        return WaitingEvent
    return WaitingTimer if step.answers is None else OpenTask


def _carried(ran: Ran, event: Element, written: Any, place: Place) -> Any:
    """What comes with a message or signal, as a value of the shape that its event says."""
    shape = payload_shape(event)
    try:
        return read_text(shape, written) if written is not None else None
    except ValueError as error:
        _note(ran, "scenario_value", event.id, place, name=event.id, value=str(error), wanted=shape.kind)
        return None


def _find(waiting: Iterable[Wait], element: str) -> Wait | None:
    return next((one for one in waiting if one.element == element), None)


def _pass_time(ran: Ran, walk: Walk, at: datetime, place: Place, until: WaitingTimer | None = None) -> bool:
    """Let every timer fire whose moment comes before `at`, in their order, and then the one waited for."""
    while True:
        due = sorted((timer for timer in walk.run.timers if timer.due_at <= at), key=lambda timer: timer.due_at)
        if not due:
            walk.now = max(walk.now, at)
            return True
        timer = due[0]
        if not _took(ran, lambda timer=timer: walk.fire(timer), place):
            return False
        if until is not None and timer.id == until.id:
            return True


def _fill_in(ran: Ran, walk: Walk, task: OpenTask, step: Step) -> bool:
    form: Form = walk.release.forms[walk.release.diagram.elements[task.element].properties["formKey"]]
    answers = step.answers or {}
    for key in sorted(answers.keys() - form.keys):
        _note(ran, "scenario_no_field", task.element, step.place, name=key)
        return False
    return _took(ran, lambda: walk.answer(task, *sent(form, answers)), step.place)


def sent(form: Form, answers: Answers) -> tuple[Answers, Mapping[str, Sequence[Upload]]]:
    """
    Return the answers of a step as a browser sends them: what is typed, and the files that are only named.
    """
    files = {own.key for own in form.fields if own.control == "filepicker"}
    posted = {key: texts for key, texts in answers.items() if key not in files}
    return posted, {key: [_upload(name) for name in texts] for key, texts in answers.items() if key in files}


def _upload(name: str) -> Upload:
    type_ = "application/pdf" if name.endswith(".pdf") else "image/jpeg"
    return Upload(name, 1_000, type_, name)


def _took(ran: Ran, act: Any, place: Place) -> bool:
    try:
        act()
    except Unanswered as refused:
        fields = ", ".join(f"{error.key} ({error.code})" for error in refused.errors)
        _note(ran, "scenario_refused", refused.element, place, fields=fields)
        return False
    except CannotGoOn as failed:
        _note(ran, "scenario_failed", failed.element, place, reason=failed.reason)
        return False
    return True


def _compare(ran: Ran, scenario: Scenario, walk: Walk) -> None:
    missing = first_missing(scenario.passes, walk.path)
    if missing is not None:
        _note(ran, "scenario_path", missing, scenario.places.get("passes", (0, 0)), name=missing)
    ends = [key for key in walk.path if key in _ends(walk)]
    came = ends[-1] if walk.run.ended and ends else ""
    if came != scenario.end:
        waits = ", ".join(sorted(one.element for one in walk.waiting)) or "–"
        place = scenario.places.get("end", (0, 0))
        _note(ran, "scenario_end", scenario.end or None, place, wanted=scenario.end or "–", came=came or waits)
    if scenario.mails is not None and tuple(walk.stubs.letters) != scenario.mails:
        sent = ", ".join(walk.stubs.letters) or "–"
        _note(ran, "scenario_mails", None, scenario.places["mails"], wanted=", ".join(scenario.mails) or "–", sent=sent)


def _ends(walk: Walk) -> frozenset[str]:
    return frozenset(element.id for element in walk.release.diagram.ends)


def first_missing(wanted: Sequence[str], path: Sequence[str]) -> str | None:
    """
    Return the first of `wanted` that does not follow its forerunners in `path`, None if all do.
    """
    rest = iter(path)
    return next((key for key in wanted if key not in rest), None)
