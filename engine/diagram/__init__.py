"""
A diagram as drawn: elements, flows, lanes and their properties, read from BPMN 2.0 XML.

It executes nothing, judges nothing and knows no SpiffWorkflow; `engine.gate` judges.
"""

from engine.diagram.elements import Element, Flow, OperationCall
from engine.diagram.kinds import (
    ACTIVE,
    BOX,
    DATA_ASSOCIATIONS,
    DRAWN_ONLY,
    EVENT_GATEWAY,
    EVENTS,
    GATEWAYS,
    RECEIVE,
    SUPPORTED,
    TASKS,
    WORK,
)
from engine.diagram.model import Diagram
from engine.diagram.namespaces import BPMN, SPIFF
from engine.diagram.reading import MOST_NODES, diagram_of, drawing_of, read_diagram, scopes

__all__ = [
    "ACTIVE",
    "BOX",
    "BPMN",
    "DATA_ASSOCIATIONS",
    "DRAWN_ONLY",
    "Diagram",
    "EVENTS",
    "EVENT_GATEWAY",
    "Element",
    "Flow",
    "GATEWAYS",
    "MOST_NODES",
    "OperationCall",
    "RECEIVE",
    "SPIFF",
    "SUPPORTED",
    "TASKS",
    "WORK",
    "diagram_of",
    "drawing_of",
    "read_diagram",
    "scopes",
]
