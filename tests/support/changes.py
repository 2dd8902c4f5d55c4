"""
Ten kinds of change to our process, as an analyst would make them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from engine.releases import Bundle

DIAGRAM = "meter_installation.bpmn"


def edit(*changes: tuple[str, str], file: str = DIAGRAM) -> Callable[[Bundle], Bundle]:
    """
    Return what puts other texts into a file.
    """

    def make(bundle: Bundle) -> Bundle:
        text = bundle[file].decode()
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        return {**bundle, file: text.encode()}

    return make


def renamed(bundle: Bundle) -> Bundle:
    """
    Call the task `plan_new_visit` and its form `plan_again`.
    """
    made = edit(('"plan_new_visit"', '"plan_again"'), (">plan_new_visit<", ">plan_again<"))(bundle)
    form = bundle["forms/plan_new_visit.form"].replace(b'"plan_new_visit"', b'"plan_again"')
    others = {path: content for path, content in made.items() if path != "forms/plan_new_visit.form"}
    return {**others, "forms/plan_again.form": form}


_TIMER = """<bpmn:boundaryEvent id="visit_late" name="Gecikir" cancelActivity="false" attachedToRef="record_visit">
      <bpmn:outgoing>visit_late__visit_reminded</bpmn:outgoing>
      <bpmn:timerEventDefinition id="visit_late_timer">
        <bpmn:timeDuration xsi:type="bpmn:tFormalExpression">duration("P30D")</bpmn:timeDuration>
      </bpmn:timerEventDefinition>
    </bpmn:boundaryEvent>
    <bpmn:endEvent id="visit_reminded" name="Gecikir">
      <bpmn:incoming>visit_late__visit_reminded</bpmn:incoming>
    </bpmn:endEvent>
    <bpmn:sequenceFlow id="visit_late__visit_reminded" sourceRef="visit_late" targetRef="visit_reminded" />
    <bpmn:userTask id="record_visit\""""
_STEP = """<bpmn:userTask id="check_place" name="Yeri yoxlayın">
      <bpmn:extensionElements><spiffworkflow:properties>
        <spiffworkflow:property name="formKey" value="check_place" />
      </spiffworkflow:properties></bpmn:extensionElements>
      <bpmn:incoming>check_place_in</bpmn:incoming><bpmn:outgoing>check_place_out</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:sequenceFlow id="check_place_in" sourceRef="announce_visit" targetRef="check_place" />
    <bpmn:sequenceFlow id="check_place_out" sourceRef="check_place" targetRef="record_visit" />"""
_IN_LANE = "<bpmn:flowNodeRef>record_visit</bpmn:flowNodeRef>"


def _with_step(bundle: Bundle) -> Bundle:
    flow = '<bpmn:sequenceFlow id="announce_visit__record_visit" sourceRef="announce_visit" targetRef="record_visit" />'
    edge = '<bpmndi:BPMNEdge id="announce_visit__record_visit_di" bpmnElement="announce_visit__record_visit">'
    made = edit(
        (flow, _STEP),
        (_IN_LANE, _IN_LANE + "<bpmn:flowNodeRef>check_place</bpmn:flowNodeRef>"),
        (
            "<bpmn:outgoing>announce_visit__record_visit</bpmn:outgoing>",
            "<bpmn:outgoing>check_place_in</bpmn:outgoing>",
        ),
        (
            "<bpmn:incoming>announce_visit__record_visit</bpmn:incoming>",
            "<bpmn:incoming>check_place_out</bpmn:incoming>",
        ),
        (edge, edge.replace("announce_visit__record_visit", "check_place_in")),
    )(bundle)
    form = b'{"type": "default", "schemaVersion": 19, "id": "check_place", "components": []}'
    return {**made, "forms/check_place.form": form}


def without_boundary(bundle: Bundle) -> Bundle:
    """
    Take the reminder of a late assignment out of the diagram.
    """
    text = bundle[DIAGRAM].decode()
    gone = ("assignment_late", "remind_assignment", "assignment_reminded")
    flows = [
        key for key, source in re.findall(r'<bpmn:sequenceFlow id="(\w+)" sourceRef="(\w+)"', text) if source in gone
    ]
    for key in (*gone, *flows):
        text = re.sub(rf'\s*<bpmn:(\w+) id="{key}"[^>]*/>', "", text)
        text = re.sub(rf'\s*<bpmn:(\w+) id="{key}".*?</bpmn:\1>', "", text, flags=re.S)
        text = re.sub(rf"\s*<bpmn:flowNodeRef>{key}</bpmn:flowNodeRef>", "", text)
        text = re.sub(
            rf'\s*<bpmndi:BPMN(Shape|Edge) id="[^"]*" bpmnElement="{key}".*?</bpmndi:BPMN\1>', "", text, flags=re.S
        )
    return {**bundle, DIAGRAM: text.encode()}


#: kind of change -> how the release is made, and which elements have another id there
CHANGES: Mapping[str, tuple[Callable[[Bundle], Bundle], Mapping[str, str]]] = {
    "a text": (edit(('name="İcraçıları təyin edin"', 'name="Ustanı seçin"')), {}),
    "a timer's span": (edit(("add working days(now(), 3)</", "add working days(now(), 9)</")), {}),
    "a new boundary timer": (
        edit(
            ('<bpmn:userTask id="record_visit"', _TIMER),
            (
                _IN_LANE,
                _IN_LANE
                + "<bpmn:flowNodeRef>visit_late</bpmn:flowNodeRef><bpmn:flowNodeRef>visit_reminded</bpmn:flowNodeRef>",
            ),
        ),
        {},
    ),
    "a boundary timer is gone": (without_boundary, {}),
    "a step in between": (_with_step, {}),
    "a step is called otherwise": (renamed, {"plan_new_visit": "plan_again"}),
    "another lane": (
        edit(
            ("<bpmn:flowNodeRef>plan_new_visit</bpmn:flowNodeRef>", ""),
            (_IN_LANE, _IN_LANE + "<bpmn:flowNodeRef>plan_new_visit</bpmn:flowNodeRef>"),
        ),
        {},
    ),
    "a form's field": (edit(('"label": "Telefon nömrəsi"', '"label": "Telefon"'), file="forms/apply.form"), {}),
    "a decision table": (edit(("<text>15</text>", "<text>20</text>"), file="decisions/term.dmn"), {}),
    "a condition": (edit(('refusal_decision = "refuse"', 'refusal_decision != "send_back"')), {}),
}
