"""
Elements and flows of a diagram, each as its own words and properties say; how they lie to each other is the model's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.diagram.calls import Call
from engine.diagram.definitions import MESSAGE, SIGNAL
from engine.diagram.kinds import CATCHING
from engine.diagram.loops import Loop


@dataclass(frozen=True)
class OperationCall:
    """
    What a service task runs.
    """

    name: str
    #: parameter -> FEEL text
    parameters: tuple[tuple[str, str], ...]
    #: variable that takes the result, None: the result is dropped
    result: str | None


@dataclass(frozen=True)
class Flow:
    """
    A sequence flow.
    """

    id: str
    source: str
    target: str
    name: str
    #: FEEL text
    condition: str | None


@dataclass(frozen=True)
class Element:
    """
    A node of the diagram.
    """

    id: str
    #: BPMN's name of the kind, e.g. userTask
    kind: str
    #: Azerbaijani
    name: str
    #: name of the lane it lies in, None outside lanes
    lane: str | None = None
    #: role that does it: `candidateRole`, else the lane's role
    role: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    documentation: str = ""
    operation: OperationCall | None = None
    decision: str | None = None
    #: FEEL text of a timer
    timer: str | None = None
    #: timeDate, timeDuration or timeCycle
    timer_kind: str | None = None
    error_code: str | None = None
    #: names of a message and of a signal, thrown or caught
    message: str | None = None
    signal: str | None = None
    escalation_code: str | None = None
    #: FEEL text that a conditional event waits for
    condition: str | None = None
    attached_to: str | None = None
    interrupting: bool = True
    terminates: bool = False
    default_flow: str | None = None
    #: names of event definitions inside
    events: tuple[str, ...] = ()
    #: id of the box that it lies in, None: in none that is executed as one
    within: str | None = None
    #: how often it runs; None: once
    loop: Loop | None = None
    #: what it hands to another process and takes back; None: it calls none
    call: Call | None = None
    #: True: nobody drew it (`engine.diagram.event_boxes`)
    implied: bool = False

    @property
    def told(self) -> tuple[str, str] | None:
        """
        What it waits to be told, or tells: (message or signal, name); None: neither.
        """
        if self.message is not None:
            return MESSAGE, self.message
        return (SIGNAL, self.signal) if self.signal is not None else None

    @property
    def catches(self) -> bool:
        """
        Tell whether it waits to be told.
        """
        return self.kind in CATCHING and self.told is not None

    @property
    def throws(self) -> bool:
        """
        Tell whether it sends a message or a signal.
        """
        return self.kind not in CATCHING and self.told is not None and self.operation is None
