"""
Diagrams in a few lines, for tests of the engine: BPMN without a picture.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

_HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core" targetNamespace="t">'
)


def node(kind: str, key: str, *, inside: str = "", attributes: str = "", **properties: str) -> str:
    """
    Return a node; `properties` become its extension properties.
    """
    found = "".join(f"<s:property name={quoteattr(k)} value={quoteattr(v)}/>" for k, v in properties.items())
    extension = f"<s:properties>{found}</s:properties>" if found else ""
    if "<s:" in inside:
        extension, inside = extension + inside, ""
    wrapped = f"<extensionElements>{extension}</extensionElements>" if extension else ""
    return f'<{kind} id="{key}" name="{key}" {attributes}>{wrapped}{inside}</{kind}>'


def task(key: str, **properties: str) -> str:
    """
    Return a user task with the form of its own name.
    """
    return node("userTask", key, **{"formKey": key, **properties})


def service(key: str, operation: str, result: str = "", **parameters: str) -> str:
    """
    Return a service task that runs `operation`.
    """
    given = "".join(f"<s:parameter id={quoteattr(k)} type='any' value={quoteattr(v)}/>" for k, v in parameters.items())
    variable = f'resultVariable="{result}"' if result else ""
    inner = f"<s:parameters>{given}</s:parameters>"
    inner = f'<s:serviceTaskOperator id="{operation}" {variable}>{inner}</s:serviceTaskOperator>'
    return node("serviceTask", key, inside=inner)


def timer(kind: str, key: str, date: str = "", duration: str = "", attributes: str = "", cycle: str = "") -> str:
    """
    Return a timer event: a startEvent, an intermediateCatchEvent or a boundaryEvent.
    """
    given = {"timeDuration": duration, "timeCycle": cycle, "timeDate": date}
    name, text = next(((name, text) for name, text in given.items() if text), ("timeDate", ""))
    inside = f"<timerEventDefinition><{name}>{escape(text)}</{name}></timerEventDefinition>"
    return node(kind, key, inside=inside, attributes=attributes)


def box(
    key: str,
    nodes: Sequence[str],
    flows: Sequence[tuple[str, ...]],
    *,
    kind: str = "subProcess",
    attributes: str = "",
) -> str:
    """
    Return a sub-process with what lies in it; its start and end events are among the nodes.
    """
    return f'<{kind} id="{key}" name="{key}" {attributes}>{"".join(nodes)}{"".join(map(_flow, flows))}</{kind}>'


def _flow(ends: tuple[str, ...]) -> str:
    source, target, *condition = ends
    text = f"<conditionExpression>{escape(condition[0])}</conditionExpression>" if condition else ""
    return f'<sequenceFlow id="{source}__{target}" sourceRef="{source}" targetRef="{target}">{text}</sequenceFlow>'


def many(over: str, *, item: str = "", each: str = "", to: str = "", until: str = "", in_turn: bool = False) -> str:
    """
    Return what makes an element run for each of a list; of a number if `over` is one.
    """
    parts = {
        "loopCardinality" if over.isdigit() else "loopDataInputRef": over,
        "loopDataOutputRef": to,
        "completionCondition": until,
    }
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in parts.items() if text)
    items = {"inputDataItem": item, "outputDataItem": each}
    inner += "".join(f"<{name} name={quoteattr(text)}/>" for name, text in items.items() if text)
    attributes = f'isSequential="{str(in_turn).lower()}"'
    return f"<multiInstanceLoopCharacteristics {attributes}>{inner}</multiInstanceLoopCharacteristics>"


def again(condition: str = "", *, most: str = "", first: bool = False) -> str:
    """
    Return what makes an element run again while a condition holds.
    """
    attributes = f'testBefore="{str(first).lower()}"' + (f' loopMaximum="{most}"' if most else "")
    inner = f"<loopCondition>{escape(condition)}</loopCondition>" if condition else ""
    return f"<standardLoopCharacteristics {attributes}>{inner}</standardLoopCharacteristics>"


def told(
    kind: str,
    key: str,
    what: str,
    name: str = "",
    *,
    attributes: str = "",
    text: str = "",
    **properties: str,
) -> str:
    """
    Return an event of a message, signal, error, escalation or condition.

    Args:
        what: message, signal, error, escalation or conditional.
        name: of what it refers to, as `declared` knows it.
        text: of a condition.
    """
    reference = f'{what}Ref="{what}_{name}"' if name else ""
    inside = f"<condition>{escape(text)}</condition>" if text else ""
    definition = f"<{what}EventDefinition {reference}>{inside}</{what}EventDefinition>"
    drawn = node(kind, key, attributes=attributes, **properties)
    return drawn.replace(f"</{kind}>", f"{definition}</{kind}>")


def declared(**names: Sequence[str]) -> str:
    """
    Return what a file declares: message=…, signal=…, error=…, escalation=….
    """
    attribute = {"error": "errorCode", "escalation": "escalationCode"}
    return "".join(
        f'<{what} id="{what}_{name}" {attribute.get(what, "name")}="{name}"/>'
        for what, found in names.items()
        for name in found
    )


def draw(
    process: str,
    nodes: Sequence[str],
    flows: Sequence[tuple[str, ...]],
    lanes: Mapping[str, tuple[str, Sequence[str]]],
    declares: str = "",
) -> bytes:
    """
    Return a BPMN file.

    Args:
        flows: (source, target) or (source, target, condition).
        lanes: lane name -> (role, ids of its nodes).
        declares: what `declared` returns.
    """
    drawn = map(_flow, flows)
    lane_set = "".join(
        f'<lane id="lane_{role}" name={quoteattr(name)}><extensionElements><s:properties>'
        f'<s:property name="role" value="{role}"/></s:properties></extensionElements>'
        + "".join(f"<flowNodeRef>{key}</flowNodeRef>" for key in keys)
        + "</lane>"
        for name, (role, keys) in lanes.items()
    )
    body = f"<laneSet id='lanes'>{lane_set}</laneSet>{''.join(nodes)}{''.join(drawn)}"
    drawn_process = f'<process id="{process}" name="{process}" isExecutable="true">{body}</process>'
    return f"{_HEAD}{declares}{drawn_process}</definitions>".encode()


def form(key: str, *fields: Mapping[str, object]) -> bytes:
    """
    Return a form-js file; a field is {"key": …} and whatever else it needs.
    """
    components = [{"id": f"{key}_{n}", "type": "textfield", "label": str(f["key"]), **f} for n, f in enumerate(fields)]
    return json.dumps({"type": "default", "schemaVersion": 19, "id": key, "components": components}).encode()
