"""
The forms and decision tables of a diagram's tasks: that what they read is there, and fits what they do with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.decisions import Decision
from engine.diagram import TASKS, Element
from engine.feel import Expression
from engine.feel.nodes import Tests
from engine.findings import kind_words
from engine.gate.answers import shapes_of_form
from engine.gate.collecting import Candidate
from engine.gate.expressions import parsed, parsed_cell
from engine.gate.inference import Inference, Misfit
from engine.gate.scope import Scope, shapes_of
from engine.shapes import ANY, Shape, optional
from forms import Form
from forms.components import Component, Computed, Field, Table, walk
from forms.expressions import Template

_TRUTH = frozenset({"boolean", "null", "any"})
_LIST = frozenset({"list", "null", "any"})
_NUMBER = frozenset({"number", "null", "any"})
_DAY = frozenset({"date", "date and time", "string", "null", "any"})
_WHATEVER = frozenset[str]()
#: expression of a form -> kinds that it may give; none: any
_Use = tuple[Expression, frozenset[str]]


def judge_decision(candidate: Candidate, element: Element, scope: Scope) -> None:
    """
    Judge the decision that a rule task asks.
    """
    decision = candidate.decisions.get(element.decision or "")
    if decision is None:
        return
    for name in sorted(decision.names - decision.filter_names):
        known = scope.get(name)
        if known is None or not known.certain:
            code = "unknown_input" if known is None else "maybe_no_input"
            candidate.add(code, element.id, "calledDecisionId", name=name, decision=decision.id)
    file = candidate.files[decision.id]
    for one in (*decision.chain, decision):
        for rule, misfit in _cell_misfits(candidate, one, scope):
            place = candidate.place_in(file, rule)
            candidate.add_in(file, misfit.code, rule, place, **misfit.words(decision.id))


def _cell_misfits(candidate: Candidate, decision: Decision, scope: Scope) -> Iterator[tuple[str, Misfit]]:
    functions = candidate.operations.function_names
    table = decision.logic
    for rule in getattr(table, "rules", ()):
        for read, test in zip(table.inputs, rule.tests, strict=True):
            tested, cell = parsed(read.text, functions), parsed_cell(test.text, functions)
            if tested is None or not isinstance(cell, Tests):
                continue
            inference = Inference(shapes_of(scope), candidate.operations.function_shapes)
            inference.cell(inference.of(tested), cell)
            for misfit in inference.misfits:
                yield rule.id, misfit


def judge_form(candidate: Candidate, element: Element, scope: Scope, later: Scope) -> None:
    """
    Judge the form of a user task. It may read what any earlier form asked, personal answers included.
    """
    form = candidate.forms.get(element.properties.get("formKey", "")) if element.kind in TASKS else None
    if form is None:
        return
    file = candidate.files[element.properties["formKey"]]
    asked = {name for other in candidate.forms.values() for name in other.keys}
    for name in sorted(form.names - candidate.operations.sources.keys()):
        if name not in scope and name not in later and name not in asked:
            candidate.add_in(
                file, "unknown_variable", element.id, candidate.place_in(file, element.id), name=name, text=name
            )
    shapes = _shapes(candidate, form, scope)
    for component in walk(form.components):
        for expression, wanted in _expressions(component, shapes):
            _judge(candidate, file, component, expression, wanted, shapes)


def _shapes(candidate: Candidate, form: Form, scope: Scope) -> Mapping[str, Shape]:
    """What the form's expressions may read; of days it is not told whether they are a text or a day here."""
    known = dict(candidate.operations.source_shapes)
    for other in candidate.forms.values():
        known |= shapes_of_form(other, candidate.operations)
    known |= shapes_of(scope) | shapes_of_form(form, candidate.operations)
    return {name: ANY if shape.written else optional(shape) for name, shape in known.items()}


def _expressions(component: Component, shapes: Mapping[str, Shape]) -> Iterator[_Use]:
    if component.hide is not None:
        yield component.hide, _TRUTH
    match component:
        case Field():
            yield from _of_field(component, shapes)
        case Table(source=Expression() as source):
            yield source, _LIST
        case Computed(expression=Expression() as expression):
            yield expression, _WHATEVER
    for value in vars(component).values():
        if isinstance(value, Template):
            yield from ((expression, _WHATEVER) for expression in value.expressions.values())


def _of_field(own: Field, shapes: Mapping[str, Shape]) -> Iterator[_Use]:
    bound = _DAY if own.kind in ("date", "datetime") else _NUMBER
    found = (
        *((one, _TRUTH) for one in (own.required_when, own.error_when, own.readonly)),
        *((one, bound) for one in (own.least, own.most)),
        *((one, _NUMBER) for one in (own.min_length, own.max_length)),
        (own.choices.expression, _LIST),
    )
    yield from ((one, wanted) for one, wanted in found if isinstance(one, Expression))


def _judge(
    candidate: Candidate,
    file: str,
    component: Component,
    expression: Expression,
    wanted: frozenset[str],
    shapes: Mapping[str, Shape],
) -> None:
    place = candidate.place_in(file, component.id)
    inference = Inference(shapes, candidate.operations.function_shapes)
    given = inference.of(expression.root).kind
    for misfit in inference.misfits:
        candidate.add_in(file, misfit.code, component.id, place, **misfit.words(expression.text))
    if wanted and given not in wanted:
        kinds = tuple(map(kind_words, sorted(wanted - {"any", "null", "string"})))
        kind = "condition" if wanted is _TRUTH else "form"
        said = {"given": kind_words(given), "wanted": kinds, "kind": kind}
        candidate.add_in(file, "wrong_type", component.id, place, text=expression.text, **said)
