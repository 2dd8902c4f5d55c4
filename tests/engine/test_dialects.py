"""
Diagrams of Camunda 7 and 8 come in, and ours go out for its Modeler and come back the same.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.comparison import compare
from engine.diagram import read_diagram
from engine.dialects import convert, convert_form, dialect_of
from engine.safe_xml import Unsafe

SHIPPED = (Path(__file__).parents[2] / "processes/meter_installation.bpmn").read_bytes()
FOREIGN = ("camunda", "zeebe")
_HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" '
    'xmlns:modeler="http://camunda.org/schema/modeler/1.0" modeler:executionPlatform="Camunda">'
    '<bpmn:process id="p" isExecutable="true"><bpmn:startEvent id="begun"/>'
)
CAMUNDA_7 = f"""{_HEAD}
  <bpmn:userTask id="ask" name="Ask" camunda:formRef="ask_form" camunda:formRefBinding="latest"
      camunda:candidateGroups="fitter" camunda:dueDate="${{dueDay}}" camunda:asyncBefore="true"/>
  <bpmn:serviceTask id="tell" camunda:type="external" camunda:topic="notify">
    <bpmn:extensionElements><camunda:inputOutput>
      <camunda:inputParameter name="letter">registered</camunda:inputParameter>
      <camunda:inputParameter name="amount">${{price * 2}}</camunda:inputParameter>
      <camunda:inputParameter name="bean">${{mailer.send(letter)}}</camunda:inputParameter>
    </camunda:inputOutput></bpmn:extensionElements>
  </bpmn:serviceTask>
  <bpmn:businessRuleTask id="rule" camunda:decisionRef="term" camunda:mapDecisionResult="singleResult"/>
  <bpmn:boundaryEvent id="late" attachedToRef="ask"><bpmn:timerEventDefinition id="late_timer">
    <bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT48H</bpmn:timeDuration></bpmn:timerEventDefinition>
  </bpmn:boundaryEvent>
  <bpmn:sequenceFlow id="yes" sourceRef="x" targetRef="y"><bpmn:conditionExpression
      xsi:type="bpmn:tFormalExpression">${{answer == 'yes' &amp;&amp; amount &gt; 3}}</bpmn:conditionExpression>
  </bpmn:sequenceFlow>
  <bpmn:sequenceFlow id="no" sourceRef="x" targetRef="z"><bpmn:conditionExpression
      xsi:type="bpmn:tFormalExpression">${{bean.isLate()}}</bpmn:conditionExpression></bpmn:sequenceFlow>
</bpmn:process></bpmn:definitions>""".encode()
CAMUNDA_8 = f"""{_HEAD}
  <bpmn:userTask id="ask"><bpmn:extensionElements><zeebe:userTask/><zeebe:formDefinition formId="ask_form"/>
    <zeebe:assignmentDefinition assignee="=boss" candidateUsers="=executors"/>
    <zeebe:taskSchedule dueDate="=visit_date" followUpDate="=later"/></bpmn:extensionElements></bpmn:userTask>
  <bpmn:serviceTask id="tell"><bpmn:extensionElements><zeebe:taskDefinition type="notify" retries="3"/>
    <zeebe:ioMapping><zeebe:input source="=&#34;a&#34;" target="letter"/><zeebe:output source="=result" target="sent"/>
    </zeebe:ioMapping><zeebe:taskHeaders><zeebe:header key="k" value="v"/></zeebe:taskHeaders>
  </bpmn:extensionElements></bpmn:serviceTask>
  <bpmn:businessRuleTask id="rule"><bpmn:extensionElements>
    <zeebe:calledDecision decisionId="term" resultVariable="t"/></bpmn:extensionElements></bpmn:businessRuleTask>
  <bpmn:sequenceFlow id="yes" sourceRef="x" targetRef="y"><bpmn:conditionExpression
      xsi:type="bpmn:tFormalExpression">=answer = "yes"</bpmn:conditionExpression></bpmn:sequenceFlow>
</bpmn:process></bpmn:definitions>""".encode()


FILES = {"ours": SHIPPED, "camunda 7": CAMUNDA_7, "camunda 8": CAMUNDA_8}


@pytest.mark.parametrize("dialect", FOREIGN)
def test_our_diagram_goes_out_and_comes_back_without_a_difference(dialect: str) -> None:
    out = convert(SHIPPED, dialect)
    assert dialect_of(out.content) == dialect and b"spiffworkflow" not in out.content
    back = convert(out.content, "spiffworkflow")
    assert (out.left, back.left) == ((), ())
    assert read_diagram("", back.content) == read_diagram("", SHIPPED)
    found = compare({"a.bpmn": SHIPPED}, {"a.bpmn": back.content})
    assert {change.code for change in found.changes} <= {"file.changed"}  # blanks and the order of properties


def test_a_diagram_of_camunda_7_comes_in() -> None:
    found = convert(CAMUNDA_7, "spiffworkflow")
    diagram = read_diagram("", found.content)
    ask, tell = diagram.elements["ask"], diagram.elements["tell"]
    assert ask.properties == {"formKey": "ask_form", "dueDate": "dueDay", "candidateRole": "fitter"}
    assert tell.operation is not None and tell.operation.name == "notify"
    assert dict(tell.operation.parameters) == {"letter": '"registered"', "amount": "price * 2"}
    assert diagram.elements["rule"].decision == "term"
    assert diagram.elements["late"].timer == 'duration("PT48H")'
    assert diagram.flows["yes"].condition == 'answer = "yes" and amount > 3'


def test_what_camunda_7_says_and_we_do_not_is_listed() -> None:
    left = {(one.element, one.what) for one in convert(CAMUNDA_7, "spiffworkflow").left}
    assert left == {("ask", "asyncBefore"), ("tell", "inputOutput"), ("no", "${bean.isLate()}")}


def test_a_diagram_of_camunda_8_comes_in() -> None:
    found = convert(CAMUNDA_8, "spiffworkflow")
    diagram = read_diagram("", found.content)
    properties = {"formKey": "ask_form", "dueDate": "visit_date", "candidates": "executors"}
    assert diagram.elements["ask"].properties == properties
    operation = diagram.elements["tell"].operation
    assert operation is not None and (operation.name, operation.result) == ("notify", "sent")
    assert operation.parameters == (("letter", '"a"'),)
    assert diagram.flows["yes"].condition == 'answer = "yes"'
    left = {(one.element, one.what) for one in found.left}
    assert left == {("ask", "assignmentDefinition"), ("ask", "taskSchedule"), ("tell", "taskHeaders")}


def test_a_form_of_camunda_modeler_comes_in_without_its_platform() -> None:
    found = convert_form(b'{"id": "a", "type": "default", "executionPlatform": "Camunda Cloud", "components": []}')
    assert b"executionPlatform" not in found.content and [one.what for one in found.left] == ["executionPlatform"]


@settings(deadline=None)
@given(st.sampled_from(sorted(FILES)), st.integers(0), st.binary(min_size=1, max_size=4))
def test_a_damaged_file_is_converted_or_refused_and_never_anything_else(name: str, at: int, junk: bytes) -> None:
    content = FILES[name]
    at %= len(content)
    damaged = content[:at] + junk + content[at + 1 :]
    for dialect in ("spiffworkflow", *FOREIGN):
        with suppress(Unsafe):
            convert(damaged, dialect)
