"""
From the XML of a diagram to SpiffWorkflow's specification, without anything that it would evaluate or treat wrongly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser, full_tag
from SpiffWorkflow.bpmn.parser.event_parsers import (
    BoundaryEventParser,
    IntermediateCatchEventParser,
    ReceiveTaskParser,
)
from SpiffWorkflow.bpmn.parser.task_parsers import ConditionalGatewayParser, GatewayParser, SubWorkflowParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.specs.base import TaskSpec

from engine.diagram import BOX, BPMN, DATA_ASSOCIATIONS, EVENT_GATEWAY, RECEIVE, Diagram
from engine.diagram.calls import CALLED
from engine.diagram.flattening import OPENED, flatten
from engine.diagram.loops import MULTIPLE, STANDARD
from engine.spiff.borders import Border
from engine.spiff.boxes import Box, Called
from engine.spiff.catching import Catch, EventChoice, Receive, catching
from engine.spiff.joins import Inclusive, Parallel
from engine.spiff.several import wrap
from engine.spiff.throwing import throwing
from engine.spiff.timers import timer_of
from engine.spiff.work import Work


class BoxParser(SubWorkflowParser):
    def create_task(self) -> TaskSpec:
        if self.node.get(CALLED) is not None:
            self.spec_class = Called
        return super().create_task()


class Parser(BpmnParser):
    OVERRIDE_PARSER_CLASSES = {
        full_tag("serviceTask"): (TaskParser, Work),
        full_tag("businessRuleTask"): (TaskParser, Work),
        full_tag("scriptTask"): (TaskParser, Work),
        full_tag("sendTask"): (TaskParser, Work),
        full_tag("parallelGateway"): (GatewayParser, Parallel),
        full_tag("inclusiveGateway"): (ConditionalGatewayParser, Inclusive),
        full_tag("subProcess"): (BoxParser, Box),
        full_tag("boundaryEvent"): (BoundaryEventParser, Border),
        full_tag(RECEIVE): (ReceiveTaskParser, Receive),
        full_tag(EVENT_GATEWAY): (GatewayParser, EventChoice),
        full_tag("intermediateCatchEvent"): (IntermediateCatchEventParser, Catch),
    }


#: of what a file declares beside its processes, what SpiffWorkflow's parser looks names up in; correlation, which it
#: would evaluate, is not among it
_DECLARED = frozenset({"process", "message", "signal", "error", "escalation"})
#: what `engine.diagram` reads itself, and what is only drawn
_NOT_EXECUTED = (
    # an operation named like its task would hide the task
    *("extensionElements", "script"),
    *("dataObject", "dataObjectReference", "dataStoreReference", "dataStore"),
    *sorted(DATA_ASSOCIATIONS),
    *(MULTIPLE, STANDARD),
)


def keep_executed(root: etree._Element) -> None:
    """Leave nothing that SpiffWorkflow would evaluate, and no positions: it would take flows in their order."""
    found = [node for name in _NOT_EXECUTED for node in root.iter(f"{{{BPMN}}}{name}")]
    found += [node for node in root.iterchildren(etree.Element) if not _is_declared(node)]
    for node in found:
        if node.getparent() is not None:
            node.getparent().remove(node)


def _is_declared(node: etree._Element) -> bool:
    name = etree.QName(node)
    return name.namespace == BPMN and name.localname in _DECLARED


@dataclass(frozen=True)
class Compiled:
    """
    The specification of a process, and those of its boxes by id.
    """

    process: BpmnProcessSpec
    boxes: Mapping[str, BpmnProcessSpec]

    @property
    def every(self) -> Iterator[TaskSpec]:
        """
        The specifications of all tasks.
        """
        for one in (self.process, *self.boxes.values()):
            yield from one.task_specs.values()


def compile_process(diagram: Diagram, content: bytes) -> Compiled:
    """
    Return the specification of a diagram's process.

    Raises:
        ValueError: if SpiffWorkflow can't make a process of the diagram.
    """
    parser = Parser()
    try:
        parser.add_bpmn_xml(_executed(content))
        compiled = Compiled(parser.get_spec(diagram.process), parser.get_subprocess_specs(diagram.process))
    except (ValidationException, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise ValueError(f"SpiffWorkflow can't compile the diagram: {error}") from error
    for spec in compiled.every:
        if hasattr(spec, "event_definition"):
            spec.event_definition = _event(diagram, spec)
    for element in diagram.elements.values():
        scope = compiled.boxes[element.within] if element.within is not None else compiled.process
        if element.call is not None:
            scope.task_specs[element.id].call = element.call
        if element.loop is not None:
            wrap(scope, element.id, element.loop)
    return compiled


def _executed(content: bytes) -> etree._Element:
    """The diagram as it is executed, with nothing else in it."""
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    for process in root.iterfind(f"{{{BPMN}}}process"):
        flatten(process)
    keep_executed(root)
    for box in root.iter(f"{{{BPMN}}}{BOX}"):
        if box.get(OPENED) == "true":
            box.tag = f"{{{BPMN}}}intermediateThrowEvent"
    return root


def _event(diagram: Diagram, spec: TaskSpec) -> EventDefinition:
    """What takes the place of SpiffWorkflow's own event at `spec`."""
    theirs = spec.event_definition
    if isinstance(theirs, TimerEventDefinition):
        return timer_of(spec, theirs)
    element = diagram.elements.get(spec.bpmn_id)
    found = (catching(element) or throwing(element)) if element is not None else None
    return found or NoneEventDefinition()
