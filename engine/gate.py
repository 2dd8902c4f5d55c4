"""
The gate: what a release must satisfy before a case may start on it. Every problem is found at once, with file and
element.

It checks that everything drawn is executed as drawn, that every name leads somewhere and that every expression
compiles. Walking all branches is done by the tests of a process.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine import feel
from engine.catalogue import Catalogues, read_catalogue
from engine.decisions import Decision, DecisionProblems, load_decisions
from engine.diagram import GATEWAYS, TASKS, WORK, Diagram, Element, read_diagram
from engine.errors import Problem, ReleaseRefused
from engine.operations import Operations
from engine.spiff import Program
from forms import Form, FormProblems, load_form

#: functions that every expression may call, beside those that the installation registers
CLOCK_FUNCTIONS = ("now", "today")
#: sources that the engine itself supplies: the answers given to earlier forms
ANSWERS_OF = "answers_of:"

_ID = re.compile(r"[a-z][a-z0-9_]*")
_ALLOWED_EVENTS = {
    "startEvent": frozenset[str](),
    "endEvent": frozenset({"terminateEventDefinition"}),
    "intermediateCatchEvent": frozenset({"timerEventDefinition"}),
    "boundaryEvent": frozenset({"timerEventDefinition", "errorEventDefinition"}),
}
#: properties that hold FEEL
_EXPRESSIONS = ("candidates", "dueDate", "priority")


@dataclass(frozen=True)
class Parts:
    """
    A release's files, compiled.
    """

    diagram: Diagram
    program: Program
    forms: Mapping[str, Form]
    decisions: Mapping[str, Decision]
    catalogues: Catalogues
    bpmn: bytes


def function_names(operations: Operations) -> tuple[str, ...]:
    """
    Return the host functions that expressions of this installation may call.
    """
    return (*CLOCK_FUNCTIONS, *sorted(operations.functions))


def compile_bundle(bundle: Mapping[str, bytes], operations: Operations, roles: frozenset[str]) -> Parts:
    """
    Compile the files of a release.

    Raises:
        ReleaseRefused: with every problem.
    """
    drawn = [path for path in bundle if path.endswith(".bpmn")]
    if len(drawn) != 1:
        raise ReleaseRefused((Problem("", None, "one_diagram", "A release holds exactly one .bpmn file."),))
    file = drawn[0]
    diagram = read_diagram(file, bundle[file])
    check = _Check(file, diagram, operations, roles)
    check.load_forms(bundle)
    check.load_decisions(bundle)
    check.load_catalogues(bundle)
    check.judge()
    program = None if check.problems else check.compile(bundle[file])
    if check.problems or program is None:
        raise ReleaseRefused(tuple(check.problems))
    return Parts(diagram, program, check.forms, check.decisions, Catalogues(check.catalogues), bundle[file])


class _Check:
    def __init__(self, file: str, diagram: Diagram, operations: Operations, roles: frozenset[str]) -> None:
        self.file = file
        self.diagram = diagram
        self.operations = operations
        self.roles = roles
        self.functions = function_names(operations)
        self.problems: list[Problem] = []
        self.forms: dict[str, Form] = {}
        self.decisions: dict[str, Decision] = {}
        self.catalogues: dict[str, dict[str, str]] = {}

    def add(self, element: str | None, code: str, text: str, file: str | None = None) -> None:
        self.problems.append(Problem(file or self.file, element, code, text))

    def load_forms(self, bundle: Mapping[str, bytes]) -> None:
        for path, content in _under(bundle, "forms/", ".form"):
            try:
                form = load_form(json.loads(content), compile=self.compile_text)
            except FormProblems as refused:
                for problem in refused.problems:
                    self.add(problem.component_id, problem.code, problem.text, path)
            except (ValueError, RecursionError) as error:
                self.add(None, "not_json", f"The form is not JSON: {error}", path)
            else:
                unknown = sorted(
                    name for name in form.sources - set(self.operations.sources) if not name.startswith(ANSWERS_OF)
                )
                for name in unknown:
                    self.add(name, "unknown_source", f"Nothing supplies {name}: name a registered source.", path)
                self.forms[path.removeprefix("forms/").removesuffix(".form")] = form

    def load_decisions(self, bundle: Mapping[str, bytes]) -> None:
        for path, content in _under(bundle, "decisions/", ".dmn"):
            try:
                self.decisions |= load_decisions(content, self.functions)
            except DecisionProblems as refused:
                for problem in refused.problems:
                    self.add(problem.element, problem.code, problem.text, path)

    def load_catalogues(self, bundle: Mapping[str, bytes]) -> None:
        for path, content in _under(bundle, "catalogues/", ".po"):
            try:
                self.catalogues[path.removeprefix("catalogues/").removesuffix(".po")] = read_catalogue(content)
            except ValueError as error:
                self.add(None, "not_po", f"The catalogue can't be read: {error}", path)

    def compile_text(self, text: str) -> feel.Expression:
        return feel.compile(text, functions=self.functions)

    def expression(self, element: str, text: str, what: str) -> None:
        try:
            self.compile_text(text)
        except feel.FeelError as error:
            self.add(element, "expression", f"{what}: {error}")

    def judge(self) -> None:
        for key, kind in self.diagram.foreign:
            self.add(key, "unsupported", f"{kind} is not executed here: draw it with supported elements.")
        if len(list(self.diagram.of_kind("startEvent"))) != 1:
            self.add(None, "one_start", "Draw exactly one start event.")
        for element in self.diagram.elements.values():
            if not _ID.fullmatch(element.id):
                self.add(element.id, "id", "Ids are small letters, digits and _; begin with a letter.")
            for extra in element.extras:
                self.add(element.id, "unsupported", f"{extra} is not executed here.")
            self.judge_ways(element)
            self.judge_kind(element)
            for name in _EXPRESSIONS:
                if element.properties.get(name):
                    self.expression(element.id, element.properties[name], name)
        self.judge_flows()

    def judge_ways(self, element: Element) -> None:
        ways_in, ways_out = self.diagram.incoming(element.id), self.diagram.outgoing(element.id)
        starts = element.kind in {"startEvent", "boundaryEvent"}
        if starts and ways_in:
            self.add(element.id, "way_in", "No flow may lead here.")
        if not starts and not ways_in:
            self.add(element.id, "unreachable", "No flow leads here: connect it or remove it.")
        if element.kind == "endEvent" and ways_out:
            self.add(element.id, "way_out", "No flow may leave an end event.")
        if element.kind != "endEvent" and not ways_out:
            self.add(element.id, "dead_end", "No flow leaves here: connect it to what comes next.")
        if len(ways_out) > 1 and element.kind not in GATEWAYS:
            self.add(element.id, "many_ways", "More than one flow leaves: put a gateway there.")
        if element.kind == "boundaryEvent" and element.attached_to not in self.diagram.elements:
            self.add(element.id, "unattached", "Attach the boundary event to a task.")

    def judge_kind(self, element: Element) -> None:
        if element.kind in TASKS:
            self.judge_task(element)
        elif element.kind in WORK:
            self.judge_work(element)
        elif element.kind in GATEWAYS:
            self.judge_gateway(element)
        else:
            self.judge_event(element)

    def judge_task(self, element: Element) -> None:
        if element.role is None:
            self.add(element.id, "no_role", "The task lies in no lane with a role: nobody could do it.")
        elif element.role not in self.roles:
            known = ", ".join(sorted(self.roles))
            self.add(element.id, "unknown_role", f"The role {element.role} does not exist; known are {known}.")
        key = element.properties.get("formKey")
        if key is None:
            self.add(element.id, "no_form", "Give the task a form by the property formKey.")
        elif key not in self.forms:
            self.add(element.id, "unknown_form", f"There is no form {key}.form.")

    def judge_work(self, element: Element) -> None:
        if element.kind == "businessRuleTask":
            if element.decision not in self.decisions:
                self.add(element.id, "unknown_decision", f"There is no decision {element.decision}.")
            return
        operation = element.operation
        if operation is None:
            self.add(element.id, "no_operation", "Name the operation that the service task runs.")
            return
        if operation.name not in self.operations.steps:
            self.add(element.id, "unknown_operation", f"There is no operation {operation.name}.")
        for name, text in operation.parameters:
            self.expression(element.id, text, f"parameter {name}")

    def judge_gateway(self, element: Element) -> None:
        ways = self.diagram.outgoing(element.id)
        if element.kind == "parallelGateway" or len(ways) == 1:
            return
        if element.default_flow not in {flow.id for flow in ways}:
            self.add(element.id, "no_default", "Mark the flow that is taken when no condition holds as default.")
        for flow in ways:
            if flow.condition is None and flow.id != element.default_flow:
                self.add(flow.id, "no_condition", "Give the flow a condition.")

    def judge_event(self, element: Element) -> None:
        for event in set(element.events) - _ALLOWED_EVENTS[element.kind]:
            self.add(element.id, "unsupported", f"{event} is not executed at a {element.kind}.")
        if element.kind == "intermediateCatchEvent" and not element.events:
            self.add(element.id, "no_event", "Say what the event waits for: a timer.")
        if element.timer_kind == "timeCycle":
            self.add(element.id, "unsupported", "Cycles are not executed: use timeDate or timeDuration.")
        elif element.timer is not None:
            self.expression(element.id, element.timer, "timer")
        elif "timerEventDefinition" in element.events:
            self.add(element.id, "no_moment", "Say when the timer fires.")

    def judge_flows(self) -> None:
        seen: set[tuple[str, str]] = set()
        for flow in self.diagram.flows.values():
            for end in (flow.source, flow.target):
                if end not in self.diagram.elements:
                    self.add(flow.id, "loose_flow", f"The flow's end {end} does not exist.")
            if (flow.source, flow.target) in seen:
                self.add(flow.id, "twin_flow", "Two flows connect the same elements: keep one.")
            seen.add((flow.source, flow.target))
            if flow.condition is not None:
                source = self.diagram.elements.get(flow.source)
                if source is not None and source.kind not in {"exclusiveGateway", "inclusiveGateway"}:
                    self.add(
                        flow.id,
                        "useless_condition",
                        "A condition counts only on a flow that leaves a gateway.",
                    )
                self.expression(flow.id, flow.condition, "condition")

    def compile(self, content: bytes) -> Program | None:
        try:
            program = Program(self.diagram, content)
        except ValueError as error:
            self.add(None, "not_compiled", str(error))
            return None
        for key in sorted(set(self.diagram.elements) ^ program.compiled):
            self.add(key, "not_executed", "The element was drawn but would not be executed: connect it.")
        return program


def _under(bundle: Mapping[str, bytes], folder: str, ending: str) -> Iterator[tuple[str, bytes]]:
    return ((path, content) for path, content in bundle.items() if path.startswith(folder) and path.endswith(ending))
