"""
Every name leads somewhere: forms, decisions, operations with their parameters, letters, errors, roles.
"""

from __future__ import annotations

import re

from engine.diagram import TASKS, WORK, Diagram, Element
from engine.diagram.reach import closure
from engine.feel.nodes import Literal
from engine.findings import Finding, Severity
from engine.gate.collecting import Candidate
from engine.gate.expressions import parsed
from engine.operations import Signature
from forms import Form

_PLACE = re.compile(r"\{(\w+)\}")
#: what sentences for the citizen may name beside the keys of forms
_KNOWN_PLACES = frozenset({"term", "case_number"})
#: characters of a name that is none, a program text perhaps
_SHOWN = 60


def judge_references(candidate: Candidate) -> None:
    """
    Find the names of an element's properties that lead nowhere.
    """
    for element in candidate.diagram.elements.values():
        if element.kind in TASKS:
            _judge_task(candidate, element)
        elif element.kind == "businessRuleTask":
            if element.decision is None:
                candidate.add("no_decision", element.id)
            elif element.decision not in candidate.decisions:
                candidate.add("unknown_decision", element.id, "calledDecisionId", name=element.decision)
        elif element.kind in WORK and not element.throws:
            _judge_work(candidate, element)
        if "errorEventDefinition" in element.events and element.kind == "boundaryEvent":
            _judge_error(candidate, element)
        _judge_words(candidate, element)
    for file, key in ((candidate.files[key], key) for key in candidate.forms):
        if not any(element.properties.get("formKey") == key for element in candidate.diagram.elements.values()):
            candidate.findings.append(Finding("unused_form", file, severity=Severity.WARNING))


def _judge_task(candidate: Candidate, element: Element) -> None:
    if element.role is None:
        candidate.add("no_role", element.id)
    elif element.role not in candidate.roles:
        candidate.add("unknown_role", element.id, role=element.role, known=", ".join(sorted(candidate.roles)))
    key = element.properties.get("formKey")
    if key is None:
        candidate.add("no_form", element.id)
    elif key not in candidate.forms:
        candidate.add("unknown_form", element.id, "property:formKey", name=key)
    else:
        _judge_buttons(candidate, element, candidate.forms[key])


def _judge_buttons(candidate: Candidate, element: Element, form: Form) -> None:
    """A button that lets change an earlier answer can lead there: over gateways, with no work between."""
    reached = _behind_gateways(candidate.diagram, element.id)
    for button in form.buttons:
        if button.changes and button.changes not in reached:
            candidate.add("button_leads_elsewhere", element.id, button=button.label, name=button.changes)


def _behind_gateways(diagram: Diagram, element: str) -> set[str]:
    """Return the user tasks to which a way leads from `element` over nothing but gateways."""

    def kind(key: str) -> str:
        return diagram.elements[key].kind if key in diagram.elements else ""

    def onward(key: str) -> list[str]:
        leads = key == element or kind(key).endswith("Gateway")
        return [flow.target for flow in diagram.outgoing(key)] if leads else []

    return {key for key in closure([element], onward) if kind(key) == "userTask"}


def _judge_work(candidate: Candidate, element: Element) -> None:
    operation = element.operation
    if operation is None or not operation.name:
        candidate.add("no_operation", element.id)
        return
    signature = candidate.operations.signatures.get(operation.name)
    if signature is None:
        known = ", ".join(sorted(candidate.operations.steps))
        script = {"kind": "script"} if element.kind == "scriptTask" else {}
        name = operation.name.splitlines()[0][:_SHOWN]
        candidate.add("unknown_operation", element.id, name=name, known=known, **script)
        return
    given = dict(operation.parameters)
    for name in given.keys() - signature.parameters.keys():
        known = ", ".join(sorted(signature.parameters)) or "–"
        candidate.add("unknown_parameter", element.id, f"parameter:{name}", name=name, known=known)
    for name, wanted in signature.parameters.items():
        if name not in given:
            if wanted.required:
                candidate.add("missing_parameter", element.id, name=name, operation=operation.name)
        else:
            _judge_value(candidate, element, name, given[name], signature)
    caught = {event.error_code for event in candidate.diagram.catching(element.id)}
    uncaught = [] if None in caught else [code for code in signature.errors if code not in caught]
    if uncaught:
        candidate.add("error_uncaught", element.id, operation=operation.name, errors=", ".join(uncaught))
    if operation.result is not None and signature.result.kind == "null":
        candidate.warn("no_result", element.id, name=operation.result, operation=operation.name)


def _judge_value(candidate: Candidate, element: Element, name: str, text: str, signature: Signature) -> None:
    """A parameter that takes one of few values, such as the name of a letter, takes no other."""
    wanted = signature.parameters[name].shape
    node = parsed(text, candidate.operations.function_names)
    if wanted.values and isinstance(node, Literal) and node.value not in wanted.values:
        known = ", ".join(map(str, wanted.values))
        candidate.add("unknown_value", element.id, f"parameter:{name}", name=name, value=node.value, known=known)


def _judge_error(candidate: Candidate, element: Element) -> None:
    """Something that the event sits on, or that lies in it, throws what it waits for."""
    diagram, signatures = candidate.diagram, candidate.operations.signatures
    below = [one for one in diagram.elements.values() if one.operation and element in diagram.catching(one.id)]
    named = {one.operation.name: signatures.get(one.operation.name) for one in below if one.operation}
    if None in named.values() or element.attached_to not in diagram.elements:
        return
    codes = [code for signature in named.values() if signature for code in signature.errors]
    codes += [one.error_code for one in diagram.throwing if one.error_code and element in diagram.catching(one.id)]
    thrown = tuple(dict.fromkeys(codes))
    if not thrown or element.error_code not in (None, *thrown):
        said = {"operation": ", ".join(named) or "–", "known": ", ".join(thrown) or "–"}
        kind = {} if element.error_code else {"kind": "any"}
        candidate.add("error_never_thrown", element.id, error=element.error_code or "", **said, **kind)


def _judge_words(candidate: Candidate, element: Element) -> None:
    keys = {key for form in candidate.forms.values() for key in form.keys} | _KNOWN_PLACES
    for name in ("whatNext", "confirmation"):
        for place in _PLACE.findall(element.properties.get(name, "")):
            if place not in keys:
                candidate.add("unknown_place", element.id, f"property:{name}", name=place)
