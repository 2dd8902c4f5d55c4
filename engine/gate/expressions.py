"""
Every expression of a diagram, with its place: what it is for, and whether it can be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine import feel
from engine.diagram import Diagram, Element
from engine.diagram.loops import Loop
from engine.feel import FeelError
from engine.feel.nodes import Node
from engine.findings import Finding, Severity, why
from engine.gate.collecting import Candidate

#: properties that hold FEEL
EXPRESSIONS = ("candidates", "dueDate", "priority", "correlationKey", "payload")


@dataclass(frozen=True)
class Written:
    """
    One expression of the diagram.
    """

    #: element whose data it reads; of a condition the gateway
    reader: str
    #: element or flow that it is written at
    element: str
    #: condition, event_condition, timer, candidates, dueDate, priority, correlationKey, payload, parameter;
    #: of a loop collection, cardinality, each, until, again; of a call input, output
    use: str
    text: str
    #: as `safe_xml` names the place
    part: str
    #: of a parameter
    name: str = ""


def written(diagram: Diagram) -> Iterator[Written]:
    """
    Yield every expression of a diagram.
    """
    for element in diagram.elements.values():
        yield from _of(element)
        for flow in diagram.outgoing(element.id):
            if flow.condition is not None:
                yield Written(element.id, flow.id, "condition", flow.condition, "conditionExpression")


def _of(element: Element) -> Iterator[Written]:
    for name in EXPRESSIONS:
        if element.properties.get(name):
            yield Written(element.id, element.id, name, element.properties[name], f"property:{name}")
    if element.timer is not None:
        yield Written(element.id, element.id, "timer", element.timer, element.timer_kind or "")
    if element.condition is not None:
        part = "completionCondition" if element.implied else "condition"
        yield Written(element.id, element.id, "event_condition", element.condition, part)
    for name, text in element.operation.parameters if element.operation else ():
        yield Written(element.id, element.id, "parameter", text, f"parameter:{name}", name)
    if element.loop is not None:
        yield from _of_loop(element, element.loop)
    for use, texts in (("input", element.call.inputs), ("output", element.call.outputs)) if element.call else ():
        for name, text in texts:
            yield Written(element.id, element.id, use, text, f"property:{use}:{name}", name)


def _of_loop(element: Element, loop: Loop) -> Iterator[Written]:
    said = {
        "collection": ("loopDataInputRef", loop.collection),
        "cardinality": ("loopCardinality", loop.cardinality),
        "each": ("outputDataItem", loop.each),
        "until": ("completionCondition", loop.until),
        "again": ("loopCondition", loop.condition),
    }
    for use, (part, text) in said.items():
        if text is not None:
            yield Written(element.id, element.id, use, text, part)


def judge_expressions(candidate: Candidate) -> None:
    """
    Find the expressions that can't be read.
    """
    for one in written(candidate.diagram):
        try:
            feel.compile(one.text, functions=candidate.operations.function_names)
        except FeelError as error:
            line, column = candidate.source.place(one.element, one.part)
            if error.line > 1:
                line, column = line + error.line - 1, error.column
            elif error.line == 1 and ":" not in one.part:
                column += error.column - 1
            params = {"text": one.text, "reason": why(error)}
            shown = candidate.source.shown(one.element)
            found = Finding("expression", candidate.file, shown, Severity.ERROR, line, column, params)
            candidate.findings.append(found)


def parsed(text: str, functions: tuple[str, ...]) -> Node | None:
    """
    Return the parts of an expression, None if it can't be read.
    """
    try:
        return feel.compile(text, functions=functions).root
    except FeelError:
        return None


def parsed_cell(text: str, functions: tuple[str, ...]) -> Node | None:
    """
    Return the parts of a cell of a decision table, None if it can't be read.
    """
    try:
        return feel.compile_unary(text, functions=functions).root
    except FeelError:
        return None
