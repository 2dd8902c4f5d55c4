"""
BPMN's names of what a diagram may hold, sorted by what each does; it knows no XML.
"""

from __future__ import annotations

TASKS = frozenset({"userTask", "manualTask"})
WORK = frozenset({"serviceTask", "businessRuleTask", "scriptTask", "sendTask"})
#: waits for a message
RECEIVE = "receiveTask"
#: the first of the events behind it that happens decides
EVENT_GATEWAY = "eventBasedGateway"
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", EVENT_GATEWAY})
EVENTS = frozenset({"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"})
#: a sub-process; of a plain one only a milestone is left, its inside stands before it (`engine.diagram.flattening`)
BOX = "subProcess"
#: what is done, and can have events on its border
ACTIVE = TASKS | WORK | {BOX, RECEIVE}
SUPPORTED = TASKS | WORK | GATEWAYS | EVENTS | {BOX, RECEIVE}
#: elements that only ever wait to be told
CATCHING = frozenset({"startEvent", "intermediateCatchEvent", "boundaryEvent", RECEIVE})
#: of the picture alone: none of them changes what happens
DRAWN_ONLY = frozenset(
    {
        *("laneSet", "documentation", "extensionElements", "textAnnotation", "association", "group"),
        *("dataObject", "dataObjectReference", "dataStoreReference", "ioSpecification", "property"),
    }
)
#: the same, inside an element
DATA_ASSOCIATIONS = frozenset(
    {
        *("dataInputAssociation", "dataOutputAssociation", "property", "ioSpecification"),
        *("dataInput", "dataOutput", "inputSet", "outputSet"),
    }
)
