"""
Variables: each that is read was written before, on every way that leads there; and what is read fits what is done
with it.

A pass over the graph follows what forms, decisions and operations write. Where ways meet, a variable is certain if
each of them wrote it; behind a parallel gateway, if any did.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping

from engine.cycles import repeats
from engine.diagram import TASKS, Element
from engine.diagram.calls import INPUTS, names_of
from engine.diagram.loops import COUNTER, COUNTERS, Loop
from engine.findings import kind_words
from engine.gate.answers import shapes_of_decision, shapes_of_form
from engine.gate.collecting import Candidate
from engine.gate.courses import written_by_all
from engine.gate.expressions import Written, parsed, written
from engine.gate.fitting import judge_decision, judge_form
from engine.gate.inference import Inference, Misfit, asked_for_null
from engine.gate.overlaps import judge_overlaps
from engine.gate.scope import Known, Scope, shapes_of
from engine.payloads import payload_shape
from engine.shapes import ANY, NUMBER, Shape, list_of, optional

#: what the use of an expression wants it to give, by kind
_WANTED = {
    "condition": frozenset({"boolean", "null", "any"}),
    "event_condition": frozenset({"boolean", "null", "any"}),
    "correlationKey": frozenset({"string", "number", "any"}),
    "timer": frozenset({"date", "date and time", "duration", "string", "any"}),
    "dueDate": frozenset({"date", "date and time", "duration", "string", "any"}),
    "priority": frozenset({"number", "null", "any"}),
    "candidates": frozenset({"list", "null", "any"}),
    "collection": frozenset({"list", "any"}),
    "cardinality": frozenset({"number", "any"}),
    "until": frozenset({"boolean", "null", "any"}),
    "again": frozenset({"boolean", "null", "any"}),
}


#: a time as other tools write it, without the quotes of FEEL
_BARE_TIME = re.compile(r"(R\d*/)?P[\dYMWDTHS.,]+", re.ASCII)


class Variables:
    """
    What is known before and after each element.
    """

    def __init__(self, candidate: Candidate, begin: Mapping[str, Scope] | None = None) -> None:
        """
        Args:
            begin: where tokens stand, and what is known there; by default nothing, at the start event.
        """
        self._candidate = candidate
        self._diagram = candidate.diagram
        self._writes = {key: self._written(element) for key, element in self._diagram.elements.items()}
        starts: Mapping[str, Scope] = {
            element.id: _handed(names_of(self._diagram.properties.get(INPUTS)))
            for element in self._diagram.of_kind("startEvent")
            if element.within is None
        }
        self._begin = starts if begin is None else begin
        self._before: dict[str, Scope] = {}
        self._follow()

    def reached(self, element: str) -> bool:
        """
        Tell whether a token can come to an element.
        """
        return element in self._before

    def before(self, element: str) -> Scope:
        """
        Return what is known when a token comes to an element.
        """
        return self._before.get(element, {})

    def after(self, element: str) -> Scope:
        """
        Return what is known when a token leaves an element.
        """
        loop = self._diagram.elements[element].loop
        if loop is None:
            learned = self._learned(element) if self._diagram.elements[element].call is None else self.at_end(element)
            return {**self.before(element), **learned}
        if loop.is_apart:
            return {**self.before(element), **self._gathered(element, loop)}
        known = {**self.before(element), **self._learned(element)}
        return _either([known, self.before(element)]) if loop.asks_first else known

    def inside(self, element: str) -> Scope:
        """
        Return what is known where an element runs: of several instances, in each of them.
        """
        loop = self._diagram.elements[element].loop
        before = self.before(element)
        if loop is None:
            return before
        if not loop.is_apart:
            return _either([before, {**before, **self._learned(element)}])
        known = {COUNTER: Known(NUMBER, certain=True)}
        if loop.item is not None:
            listed = self._shape(loop.collection, before) if loop.collection else ANY
            known[loop.item] = Known(listed.item or ANY, certain=True)
        return {**before, **known}

    def at_end(self, element: str) -> Scope:
        """
        Return what is known where one instance of an element has ended.
        """
        call = self._diagram.elements[element].call
        if call is not None:
            given = {name: Known(self._shape(text, self.at_ends(element)), certain=True) for name, text in call.outputs}
            return {**self.inside(element), **given}
        return self.at_ends(element) or {**self.inside(element), **self._learned(element)}

    def at_ends(self, box: str) -> Scope:
        """
        Return what is known at the ends inside a box.
        """
        scopes = [self.after(key) for key in self._diagram.exits(box) if key in self._before]
        found = _either(scopes) if scopes else {}
        for name in written_by_all(self._diagram, box, self._certain) & found.keys():
            shape = _union([scope[name] for scope in scopes if name in scope])
            found[name] = Known(shape, certain=True)
        return found

    def _certain(self, element: str) -> frozenset[str]:
        return frozenset(name for name, known in self.after(element).items() if known.certain)

    def first(self, box: str) -> Scope:
        """
        Return what is known where the inside of a box begins.
        """
        element, known = self._diagram.elements[box], self.inside(box)
        if element.call is None:
            return known
        given = {name: Known(self._shape(text, known), certain=True) for name, text in element.call.inputs}
        return {**_handed(element.call.wants), **given}

    def _learned(self, element: str) -> Scope:
        return {name: Known(shape, certain=True) for name, shape in self._writes[element].items()}

    def _gathered(self, element: str, loop: Loop) -> Scope:
        if loop.output is None:
            return {}
        each = self._shape(loop.each, self.at_end(element)) if loop.each else ANY
        return {loop.output: Known(list_of(each), certain=True)}

    def _shape(self, text: str | None, scope: Scope) -> Shape:
        functions = self._candidate.operations
        node = parsed(text or "", functions.function_names)
        return Inference(shapes_of(scope), functions.function_shapes).of(node) if node is not None else ANY

    def anywhere(self) -> Scope:
        """
        Return what other branches may write meanwhile: an event that waits for a condition sees it.
        """
        found: dict[str, Known] = {}
        for key, shapes in self._writes.items():
            for name, shape in shapes.items() if key not in self._diagram.apart else ():
                known = found[name].shape | shape if name in found else shape
                found[name] = Known(optional(known), certain=False)
        return found

    def _written(self, element: Element) -> dict[str, Shape]:
        candidate = self._candidate
        if element.kind in TASKS:
            form = candidate.forms.get(element.properties.get("formKey", ""))
            if form is None:
                return {}
            shapes = shapes_of_form(form, candidate.operations)
            return {name: shape for name, shape in shapes.items() if name not in form.personal}
        if element.decision is not None:
            decision = candidate.decisions.get(element.decision)
            return shapes_of_decision(decision, candidate.operations.function_names) if decision is not None else {}
        variable = element.properties.get("payloadVariable")
        if variable and element.catches:
            return {variable: payload_shape(element)}
        operation = element.operation
        if operation is None or operation.result is None:
            return {}
        signature = candidate.operations.signatures.get(operation.name)
        return {operation.result: signature.result} if signature is not None else {}

    def _follow(self) -> None:
        rest = deque(self._begin)
        self._before = dict(self._begin)
        while rest:
            key = rest.popleft()
            for target in self._next(key):
                if target not in self._diagram.elements:
                    continue
                joined = self._joined(target)
                if self._before.get(target) != joined:
                    self._before[target] = joined
                    rest.append(target)

    def _next(self, key: str) -> Iterator[str]:
        """What can come next, and the events on the borders around: they take along what was known inside."""
        yield from self._diagram.following(key)
        for box in self._diagram.around(key):
            yield from (event.id for event in self._diagram.boundary(box.id))

    def _joined(self, key: str) -> Scope:
        element = self._diagram.elements[key]
        if element.kind == "boundaryEvent":
            scopes = self._on_border(element)
        else:
            sources = [source for source in self._diagram.preceding(key) if source in self._before]
            left = {source: self._box_left(source) for source in sources}
            scopes = [self._from(source, key) for source, box in left.items() if box is None]
            scopes += [self.at_ends(box) for box in dict.fromkeys(left.values()) if box is not None]
        if key in self._begin:
            scopes.append(self._begin[key])
        return _both(scopes) if element.kind == "parallelGateway" else _either(scopes)

    def _box_left(self, source: str) -> str | None:
        """The box that a token leaves by an element; None: it leaves none."""
        element = self._diagram.elements[source]
        return element.within if element.kind == "endEvent" else None

    def _from(self, source: str, key: str) -> Scope:
        """What is known on the way from one element to the next; a box's first stands inside it."""
        if self._diagram.scope(key) != source:
            return self.after(source)
        element = self._diagram.elements[source]
        if element.call is not None or element.loop is None or element.loop.is_apart:
            return self.first(source)
        known = self.at_ends(source)
        return _either([self.before(source), *([known] if known else [])])

    def _on_border(self, event: Element) -> list[Scope]:
        """An event on a border leaves before its task has answered, but with what was known anywhere in its box."""
        at = event.attached_to or ""
        if at in self._diagram.elements and self._diagram.elements[at].call is not None:
            return [self.before(at)]
        inside = (
            one for one in self._diagram.elements.values() if at in {box.id for box in self._diagram.around(one.id)}
        )
        known = [self.before(at)] if at in self._before else []  # unless a case is in the box already
        return known + [self.after(one.id) for one in inside if one.id in self._before]


def _handed(names: Iterable[str]) -> Scope:
    """What a process may be handed over by a call; begun by itself it is null."""
    return {name: Known(ANY, certain=True) for name in names}


def _either(scopes: list[Scope]) -> Scope:
    """What is known where one of several ways was taken."""
    found: dict[str, Known] = {}
    for name in {name for scope in scopes for name in scope}:
        known = [scope[name] for scope in scopes if name in scope]
        shape = _union(known)
        certain = len(known) == len(scopes) and all(one.certain for one in known)
        found[name] = Known(shape if certain else optional(shape), certain)
    return found


def _both(scopes: list[Scope]) -> Scope:
    """What is known where all ways were taken."""
    found: dict[str, Known] = {}
    for name in {name for scope in scopes for name in scope}:
        known = [scope[name] for scope in scopes if name in scope]
        found[name] = Known(_union(known), any(one.certain for one in known))
    return found


def _union(known: list[Known]) -> Shape:
    shape = known[0].shape
    for one in known[1:]:
        shape |= one.shape
    return shape


def _scope(variables: Variables, one: Written) -> Scope:
    """What is known where an expression is evaluated."""
    if one.use == "condition":
        return variables.after(one.reader)
    if one.use == "output":
        return variables.at_ends(one.reader)
    if one.use in ("until", "each", "again"):
        known = dict(variables.at_end(one.reader))
        if one.use == "until":
            known |= {name: Known(NUMBER, certain=True) for name in COUNTERS}
            known |= {name: shape for name, shape in variables.after(one.reader).items() if name not in known}
        elif one.use == "again":
            known[COUNTER] = Known(NUMBER, certain=True)
        return known
    if one.use in ("collection", "cardinality"):
        return variables.before(one.reader)
    if one.use == "event_condition":
        return {**variables.before(one.reader), **variables.anywhere()}
    return variables.inside(one.reader)


def judge_variables(candidate: Candidate) -> None:
    """
    Find variables that are read before they are written, and expressions whose types don't fit.
    """
    variables = Variables(candidate)
    functions = candidate.operations.function_names
    for one in written(candidate.diagram):
        node = parsed(one.text, functions)
        if node is None:
            continue
        scope, guarded = _scope(variables, one), asked_for_null(node)
        names = _read(candidate, one.text)
        _judge_names(candidate, one, names, names if one.use == "event_condition" else guarded, scope)
        inference = Inference(shapes_of(scope), candidate.operations.function_shapes)
        shape = inference.of(node)
        for misfit in inference.misfits:
            _judge_misfit(candidate, one, misfit)
        _judge_use(candidate, one, shape)
    for element in candidate.diagram.elements.values():
        if element.kind == "exclusiveGateway":
            judge_overlaps(candidate, element, variables.after(element.id))
        judge_decision(candidate, element, variables.inside(element.id))
        judge_form(candidate, element, variables.inside(element.id), variables.at_end(element.id))


def unwritten(candidate: Candidate, begin: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, str]]:
    """
    Yield (element, variable) for what is read from here on and was never written.

    Args:
        begin: elements where tokens stand -> names that they carry.
    """
    known = {key: {name: Known(ANY, certain=True) for name in names} for key, names in begin.items()}
    variables = Variables(candidate, known)
    for one in written(candidate.diagram):
        node = parsed(one.text, candidate.operations.function_names)
        if node is not None and variables.reached(one.reader):
            scope = _scope(variables, one)
            certain = {name for name, found in scope.items() if found.certain} | asked_for_null(node)
            missing = frozenset() if one.use == "event_condition" else _read(candidate, one.text) - certain
            yield from ((one.reader, name) for name in sorted(missing))
    for element in candidate.diagram.elements.values():
        decision = candidate.decisions.get(element.decision or "")
        if decision is not None and variables.reached(element.id):
            scope = variables.inside(element.id)
            lacking = {name for name in decision.names if name not in scope or not scope[name].certain}
            yield from ((element.id, name) for name in sorted(lacking))


def _read(candidate: Candidate, text: str) -> frozenset[str]:
    from_text = candidate.compiled(text)
    return from_text.names - from_text.filter_names


def _judge_names(
    candidate: Candidate, one: Written, names: frozenset[str], guarded: frozenset[str], scope: Scope
) -> None:
    if one.use == "timer" and names and _BARE_TIME.fullmatch(one.text.strip()):
        text = one.text.strip()
        right = f'"{text}"' if text.startswith("R") else f'duration("{text}")'
        candidate.add("bare_time", one.element, one.part, text=text, right=right)
        return
    for name in sorted(names):
        known = scope.get(name)
        if known is None:
            candidate.add("unknown_variable", one.element, one.part, name=name, text=one.text)
        elif not known.certain and name not in guarded:
            candidate.add("maybe_unwritten", one.element, one.part, name=name, text=one.text)


def _judge_misfit(candidate: Candidate, one: Written, misfit: Misfit) -> None:
    candidate.add(misfit.code, one.element, one.part, **misfit.words(one.text))


def _judge_use(candidate: Candidate, one: Written, shape: Shape) -> None:
    wanted = _WANTED.get(one.use)
    if one.use == "parameter":
        operation = candidate.diagram.elements[one.element].operation
        signature = candidate.operations.signatures.get(operation.name if operation else "")
        parameter = signature.parameters.get(one.name) if signature is not None else None
        if parameter is None or "any" in (parameter.shape.kind, shape.kind):
            return
        wanted = frozenset({parameter.shape.kind})
        if shape.kind in ("date", "date and time") and parameter.shape.written:
            return  # handed over as its ISO text
    if wanted is not None and shape.kind not in wanted:
        kinds = tuple(map(kind_words, sorted(wanted - _UNSAID) or sorted(wanted)))
        said = {"use": one.use, "kind": one.use, "given": kind_words(shape.kind), "wanted": kinds}
        candidate.add("wrong_type", one.element, one.part, text=one.text, **said)
    elif one.part == "timeCycle" and repeats(one.text.strip().strip('"')):
        return
    elif one.use in ("timer", "dueDate") and shape.kind == "string" and not shape.written:
        candidate.add("no_time", one.element, one.part, text=one.text)


_UNSAID = frozenset({"any", "null", "string"})
