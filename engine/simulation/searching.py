"""
Many walks, until every branch was taken or nothing new is found; and what is wrong with those that did not end well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.diagram import Element
from engine.errors import CannotGoOn, StateUnreadable, StepBudgetSpent, Stuck
from engine.findings import Finding, Severity
from engine.operations import Operations
from engine.payloads import payload_shape
from engine.shapes import NUMBER, TEXT, record
from engine.simulation.choosing import Chooser
from engine.simulation.drawn import strays
from engine.simulation.stubs import Stubs
from engine.simulation.values import value_of
from engine.simulation.walking import MOST_STEPS, Unanswered, Walk
from engine.simulation.words import Words, words_of
from engine.spiff import OpenTask, WaitingEvent, WaitingTimer
from forms.components import Choices, Field
from forms.inventing import invent

SEED = 1
#: walks at least, at most, and without anything new before it is enough; fewer once the release is refused anyway
FEWEST, MOST, IDLE, IDLE_REFUSED = 30, 200, 60, 6
#: tries to fill in one form
TRIES = 6


@dataclass(frozen=True)
class Simulated:
    """
    What the walks found.
    """

    seed: int
    walks: int
    #: element or flow -> how many walks passed it
    coverage: Mapping[str, int]
    #: end event -> how many walks ended there
    ends: Mapping[str, int]
    findings: tuple[Finding, ...] = ()


@dataclass
class _Search:
    release: Any
    operations: Operations
    file: str
    words: Words
    chooser: Chooser
    coverage: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    found: dict[tuple[str, str | None], Finding] = field(default_factory=dict)

    @property
    def patience(self) -> int:
        """
        Walks without anything new after which nothing more is looked for.
        """
        return IDLE_REFUSED if any(finding.refuses for finding in self.found.values()) else IDLE

    def note(
        self, code: str, element: str | None, walk: Walk, severity: Severity = Severity.ERROR, **more: object
    ) -> None:
        key = (code, element)
        if key not in self.found:
            way = " → ".join(walk.done) or "–"
            self.found[key] = Finding(code, self.file, element, severity, params={"way": way, **more})


def simulate(release: Any, operations: Operations, *, file: str = "", seed: int = SEED, most: int = MOST) -> Simulated:
    """
    Walk through a release.

    Args:
        release: what `engine.releases.Release` has: diagram, program, forms, decisions, translate.
        file: path of the diagram, for the findings.
        seed: the same seed takes the same walks.
        most: walks.
    """
    diagram = release.diagram
    words = words_of(diagram, release.decisions.values(), operations.function_names)
    search = _Search(release, operations, file, words, Chooser(seed))
    every = {**diagram.drawn, **diagram.drawn_flows}
    walks = idle = 0
    while walks < most and idle < search.patience and not (walks >= FEWEST and every.keys() <= search.coverage.keys()):
        before = len(search.coverage) + len(search.found)
        _walk(search, reload=walks % 2 == 0)
        walks += 1
        idle = 0 if len(search.coverage) + len(search.found) > before else idle + 1
    for key in every:
        if key not in search.coverage:
            search.found["never_reached", key] = Finding(
                "never_reached", file, key, Severity.WARNING, params={"walks": walks, "seed": seed}
            )
    return Simulated(seed, walks, dict(search.coverage), dict(search.ends), tuple(search.found.values()))


def stubs_of(release: Any, operations: Operations, words: Words, chooser: Any) -> Stubs:
    """
    Return stubs that know which variable takes what, and who chooses from what.
    """
    diagram = release.diagram
    stubs = Stubs(operations, chooser, words)
    stubs.variables = {
        element.id: element.operation.result
        for element in diagram.elements.values()
        if element.operation is not None and element.operation.result is not None
    }
    stubs.catching = {
        element.id: [
            code
            for event in diagram.catching(element.id)
            for code in ([event.error_code] if event.error_code else _errors(operations, element.operation))
        ]
        for element in diagram.elements.values()
        if element.operation is not None
    }
    choosers: dict[str, list[str]] = {}
    for form in release.forms.values():
        for own in form.fields:
            if isinstance(own, Field) and own.choices != Choices() and own.choices.source:
                choosers.setdefault(own.choices.source, []).append(own.key)
    stubs.choosers = choosers
    return stubs


def _errors(operations: Operations, operation: Any) -> Sequence[str]:
    signature = operations.signatures.get(operation.name)
    return signature.errors if signature is not None else ()


def _walk(search: _Search, *, reload: bool) -> None:
    walk = Walk(search.release, stubs_of(search.release, search.operations, search.words, search.chooser))
    try:
        start = next(search.release.diagram.of_kind("startEvent"))
        walk.begin(_carried(search, start, walk.now) if start.catches else None)
        _look(search, walk)
        while not walk.run.ended and len(walk.done) < MOST_STEPS:
            _step(search, walk)
            _look(search, walk)
            if reload:
                _count(search, walk)  # of what is read back it is not known
                walk.reload()
        _count(search, walk)
    except Unanswered as refused:
        fields = ", ".join(f"{error.key} ({error.code})" for error in refused.errors)
        search.note("unanswerable", refused.element, walk, Severity.WARNING, fields=fields)
    except Stuck as stuck:
        search.note("deadlock", stuck.element, walk)
    except StepBudgetSpent as spent:
        search.note("endless_loop", spent.element, walk)
    except StateUnreadable:
        search.note("state_lost", None, walk)
    except CannotGoOn as failed:
        search.note("walk_failed", failed.element, walk, reason=failed.reason)
    search.coverage.update(set(walk.path))
    if walk.run.ended:
        search.ends.update({key for key in walk.path if key in search.release.diagram.elements} & _ends(search.release))


def _ends(release: Any) -> set[str]:
    return {element.id for element in release.diagram.ends}


def _step(search: _Search, walk: Walk) -> None:
    waiting = walk.waiting
    names = sorted({one.element for one in waiting})
    chosen = search.chooser.pick("+".join(names), names)
    one = next(one for one in waiting if one.element == chosen)
    if isinstance(one, WaitingTimer):
        walk.fire(one)
    elif isinstance(one, WaitingEvent):
        walk.tell(one, _carried(search, search.release.diagram.elements[one.element], walk.now))
    else:
        _fill_in(search, walk, one)


def _carried(search: _Search, event: Element, now: datetime) -> Any:
    """What a message or signal carries: what its event says, else what the diagram asks of it."""
    variable = event.properties.get("payloadVariable")
    if not variable:
        return None
    shape = payload_shape(event)
    asked = {name: known for name, known in search.words.items() if name.startswith(f"{variable}.")}
    if shape.kind == "any" and asked:
        kinds = {name: TEXT if isinstance(known[0], str) else NUMBER for name, known in asked.items()}
        shape = record(**{name.removeprefix(f"{variable}."): kind for name, kind in kinds.items()})
    return value_of(shape, variable, search.chooser.pick, search.words, now)


def _fill_in(search: _Search, walk: Walk, task: OpenTask) -> None:
    form = search.release.forms[search.release.diagram.elements[task.element].properties["formKey"]]
    for attempt in range(TRIES):
        filled = invent(form, walk.context(task), search.chooser.pick, search.words)
        try:
            walk.answer(task, filled.posted, filled.uploads)
        except Unanswered:
            if attempt == TRIES - 1:
                raise
        else:
            return


def _count(search: _Search, walk: Walk) -> None:
    """Find what two tokens of the case came to."""
    for key in walk.run.doubled:
        search.note("double_run", key, walk)


def _look(search: _Search, walk: Walk) -> None:
    """Compare what happened with what is drawn."""
    for stray in strays(search.release.diagram, walk.run):
        search.note("not_as_drawn", stray, walk)
