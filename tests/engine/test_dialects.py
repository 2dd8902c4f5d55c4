"""
Diagrams of Camunda 7 and 8 come in, and ours go out for its Modeler and come back the same.
"""

# ruff: noqa: E501 - XML as modelers write it
from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.comparison import compare
from engine.diagram import drawing_of, read_diagram
from engine.dialects import DIALECTS, convert, convert_form, convert_table, dialect_of
from engine.feel import compile as feel_of
from engine.safe_xml import Unsafe, read_xml
from forms import load_form

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
    assert left == {
        ("ask", "asyncBefore=true"),
        ("tell", "inputParameter name=bean ${mailer.send(letter)}"),
        ("no", "${bean.isLate()}"),
    }


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
    assert left == {
        ("ask", "assignmentDefinition assignee==boss"),
        ("ask", "taskSchedule followUpDate==later"),
        ("tell", "taskDefinition retries=3"),
        ("tell", "header key=k value=v"),
        ("rule", "calledDecision resultVariable=t"),
    }


#: of Camunda 7: what repeats, calls, has a form of its own, listens
WHOLE_7 = f"""{_HEAD}
  <bpmn:userTask id="visit" camunda:candidateGroups="a,b"><bpmn:extensionElements><camunda:formData>
      <camunda:formField id="name" label="Name" type="string"><camunda:validation>
        <camunda:constraint name="required"/><camunda:constraint name="maxlength" config="40"/></camunda:validation>
      </camunda:formField>
      <camunda:formField id="why" type="enum"><camunda:value id="x" name="New"/></camunda:formField>
      <camunda:formField id="day" label="Day" type="date"/><camunda:formField id="sum" type="long" defaultValue="3"/>
    </camunda:formData><camunda:taskListener class="org.example.Tell" event="create"><camunda:field name="x"/></camunda:taskListener></bpmn:extensionElements>
    <bpmn:multiInstanceLoopCharacteristics isSequential="true" camunda:collection="${{crews}}" camunda:elementVariable="crew">
      <bpmn:completionCondition xsi:type="bpmn:tFormalExpression">${{nrOfCompletedInstances == 2}}</bpmn:completionCondition>
    </bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>
  <bpmn:userTask id="thrice"><bpmn:multiInstanceLoopCharacteristics>
    <bpmn:loopCardinality xsi:type="bpmn:tFormalExpression">${{many}}</bpmn:loopCardinality>
    </bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>
  <bpmn:callActivity id="inspect" calledElement="inspection" camunda:calledElementBinding="latest"><bpmn:extensionElements>
    <camunda:in source="code" target="number"/><camunda:in sourceExpression="${{price * 2}}" target="double"/>
    <camunda:in variables="all"/><camunda:out source="good" target="answer"/></bpmn:extensionElements></bpmn:callActivity>
  <bpmn:intermediateThrowEvent id="tell"><bpmn:messageEventDefinition id="told" camunda:type="external"
    camunda:topic="mail"/></bpmn:intermediateThrowEvent>
  <bpmn:boundaryEvent id="again" attachedToRef="visit" cancelActivity="false"><bpmn:timerEventDefinition>
    <bpmn:timeCycle>R3/PT10M</bpmn:timeCycle></bpmn:timerEventDefinition></bpmn:boundaryEvent>
</bpmn:process></bpmn:definitions>""".encode()
#: the same of Camunda 8
WHOLE_8 = f"""{_HEAD.replace('<bpmn:startEvent id="begun"/>', "")}
  <bpmn:extensionElements><zeebe:userTaskForm id="f1">{{"type": "default", "id": "x", "components": []}}</zeebe:userTaskForm>
    </bpmn:extensionElements><bpmn:startEvent id="begun"/>
  <bpmn:userTask id="visit"><bpmn:extensionElements><zeebe:formDefinition formKey="camunda-forms:bpmn:f1"/>
      <zeebe:assignmentDefinition candidateGroups="fitter"/></bpmn:extensionElements>
    <bpmn:multiInstanceLoopCharacteristics isSequential="true"><bpmn:extensionElements><zeebe:loopCharacteristics
      inputCollection="=crews" inputElement="crew" outputCollection="found" outputElement="=answer"/></bpmn:extensionElements>
      <bpmn:completionCondition xsi:type="bpmn:tFormalExpression">=numberOfCompletedInstances = 2</bpmn:completionCondition>
    </bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>
  <bpmn:callActivity id="inspect"><bpmn:extensionElements><zeebe:calledElement processId="inspection"
    propagateAllChildVariables="true"/><zeebe:ioMapping><zeebe:input source="=code" target="number"/>
    <zeebe:output source="=good" target="answer"/></zeebe:ioMapping></bpmn:extensionElements></bpmn:callActivity>
  <bpmn:scriptTask id="reckon"><bpmn:extensionElements><zeebe:script expression="=a + 1" resultVariable="b"/>
    </bpmn:extensionElements></bpmn:scriptTask>
  <bpmn:receiveTask id="got" messageRef="m"/>
  <bpmn:serviceTask id="work"><bpmn:extensionElements><zeebe:taskDefinition type="work"/><zeebe:executionListeners>
    <zeebe:executionListener eventType="start" type="log"/></zeebe:executionListeners></bpmn:extensionElements></bpmn:serviceTask>
</bpmn:process><bpmn:message id="m" name="paid"><bpmn:extensionElements><zeebe:subscription correlationKey="=order"/>
</bpmn:extensionElements></bpmn:message></bpmn:definitions>""".encode()


def test_what_repeats_and_calls_in_camunda_7_comes_in_with_the_forms_of_the_diagram() -> None:
    found = convert(WHOLE_7, "spiffworkflow")
    drawn = read_diagram("", found.content).elements
    loop = drawn["visit"].loop
    assert loop is not None and (loop.in_turn, loop.collection, loop.item) == (True, "crews", "crew")
    assert loop.until == "numberOfCompletedInstances = 2"
    assert drawn["thrice"].loop is not None and drawn["thrice"].loop.cardinality == "many"
    assert b'calledElement="inspection"' in found.content
    for name, text in (("input:number", "code"), ("input:double", "price * 2"), ("output:answer", "good")):
        assert f'name="{name}" value="{text}"'.encode() in found.content
    assert drawn["visit"].properties == {"formKey": "visit"}
    assert drawn["again"].timer == '"R3/PT10M"'
    form = load_form(json.loads(found.forms["visit"]), compile=feel_of)
    assert [(field.key, field.label.text) for field in form.fields] == [
        ("name", "Name"),
        ("why", "why"),
        ("day", "Day"),
        ("sum", "sum"),
    ]
    assert {(one.element, one.what) for one in found.left} == {
        ("visit", "candidateGroups=a,b"),
        ("visit", "taskListener class=org.example.Tell event=create"),
        ("inspect", "in variables=all"),
        ("tell", "type=external"),
        ("tell", "topic=mail"),
    }


def test_what_repeats_calls_and_waits_in_camunda_8_comes_in_with_the_forms_of_the_diagram() -> None:
    found = convert(WHOLE_8, "spiffworkflow")
    drawn = read_diagram("", found.content).elements
    loop = drawn["visit"].loop
    assert loop is not None and (loop.collection, loop.item, loop.output, loop.each) == (
        "crews",
        "crew",
        "found",
        "answer",
    )
    assert loop.until == "numberOfCompletedInstances = 2"
    assert b'calledElement="inspection"' in found.content and b'name="output:answer" value="good"' in found.content
    assert drawn["got"].properties == {"correlationKey": "order"} and drawn["got"].message == "paid"
    assert drawn["visit"].properties == {"formKey": "visit", "candidateRole": "fitter"}
    assert json.loads(found.forms["visit"])["id"] == "visit"
    assert {(one.element, one.what) for one in found.left} == {
        ("inspect", "calledElement propagateAllChildVariables=true"),
        ("reckon", "script expression==a + 1 resultVariable=b"),
        ("work", "executionListener eventType=start type=log"),
    }


#: ours, with what the shipped diagram does not have
OURS = f"""{_HEAD.replace("<bpmn:definitions ", '<bpmn:definitions xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core" ')}
  <bpmn:userTask id="visit"><bpmn:multiInstanceLoopCharacteristics isSequential="false">
    <bpmn:loopDataInputRef>crews</bpmn:loopDataInputRef><bpmn:loopDataOutputRef>found</bpmn:loopDataOutputRef>
    <bpmn:inputDataItem name="crew"/><bpmn:outputDataItem name="answer"/>
    <bpmn:completionCondition>numberOfCompletedInstances = 2</bpmn:completionCondition>
    </bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>
  <bpmn:userTask id="thrice"><bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>3</bpmn:loopCardinality>
    </bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>
  <bpmn:userTask id="again"><bpmn:standardLoopCharacteristics loopMaximum="3"><bpmn:loopCondition>a = 1</bpmn:loopCondition>
    </bpmn:standardLoopCharacteristics></bpmn:userTask>
  <bpmn:callActivity id="inspect" calledElement="inspection"><bpmn:extensionElements><s:properties>
    <s:property name="input:code" value="subscriber_code"/><s:property name="input:much" value="a + 1"/>
    <s:property name="input:found" value="count(items)"/><s:property name="output:good" value="good"/>
    </s:properties></bpmn:extensionElements></bpmn:callActivity>
  <bpmn:receiveTask id="got" messageRef="m"><bpmn:extensionElements><s:properties>
    <s:property name="correlationKey" value="order"/><s:property name="payloadVariable" value="sent"/>
    </s:properties></bpmn:extensionElements></bpmn:receiveTask>
  <bpmn:intermediateCatchEvent id="cleared"><bpmn:conditionalEventDefinition><bpmn:condition>a &gt; 1</bpmn:condition>
    </bpmn:conditionalEventDefinition></bpmn:intermediateCatchEvent>
  <bpmn:subProcess id="box"><bpmn:startEvent id="in"/><bpmn:endEvent id="out"/></bpmn:subProcess>
  <bpmn:boundaryEvent id="late" attachedToRef="box" cancelActivity="false"><bpmn:timerEventDefinition>
    <bpmn:timeCycle>"R3/PT10M"</bpmn:timeCycle></bpmn:timerEventDefinition></bpmn:boundaryEvent>
</bpmn:process><bpmn:message id="m" name="paid"/></bpmn:definitions>""".encode()
NOT_SAID = {
    "camunda": {
        ("visit", "output = found"),
        ("visit", "each = answer"),
        ("inspect", "input:found = count(items)"),
    },
    "zeebe": {("again", "standardLoopCharacteristics")},
}


@pytest.mark.parametrize("dialect", FOREIGN)
def test_boxes_calls_instances_and_messages_go_out_and_come_back_without_a_difference(dialect: str) -> None:
    out = convert(OURS, dialect)
    assert b"spiffworkflow" not in out.content
    assert {(one.element, one.what) for one in out.left} == NOT_SAID[dialect]
    back = convert(out.content, "spiffworkflow")
    assert back.left == ()
    assert drawing_of(read_xml("", back.content)) == drawing_of(read_xml("", OURS))
    assert {change.code for change in compare({"a.bpmn": OURS}, {"a.bpmn": back.content}).changes} <= {"file.changed"}


@pytest.mark.parametrize("content", [WHOLE_7, WHOLE_8], ids=["camunda 7", "camunda 8"])
def test_a_form_never_gets_a_name_that_leads_out_of_its_folder(content: bytes) -> None:
    found = convert(content.replace(b'id="visit"', b'id="../../visit"'), "spiffworkflow")
    assert found.forms == {} and {"formData", "userTaskForm"} & {one.what.split()[0] for one in found.left}


def test_a_key_that_events_of_one_message_do_not_share_stays_at_the_events() -> None:
    other = b'<bpmn:receiveTask id="also" messageRef="m"/><bpmn:subProcess id="box">'
    out = convert(OURS.replace(b'<bpmn:subProcess id="box">', other), "zeebe")
    assert b"subscription" not in out.content and b'name="correlationKey"' in out.content


def test_a_file_of_tables_comes_in_and_what_is_not_feel_is_named() -> None:
    table = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="D" namespace="n"
      xmlns:camunda="http://camunda.org/schema/1.0/dmn"><decision id="a" name="A" camunda:historyTimeToLive="P1D">
      <decisionTable id="t"><input id="i" camunda:inputVariable="x"><inputExpression id="e" expressionLanguage="feel">
      <text>x</text></inputExpression></input><output id="o" name="y"/><rule id="r"><inputEntry id="c"
      expressionLanguage="juel"><text>${x}</text></inputEntry><outputEntry id="v"><text>1</text></outputEntry></rule>
      </decisionTable></decision></definitions>"""
    found = convert_table(table)
    assert b"camunda" not in found.content and b'"feel"' not in found.content
    assert {(one.element, one.what) for one in found.left} == {
        ("a", "historyTimeToLive=P1D"),
        ("i", "inputVariable=x"),
        ("c", "expressionLanguage=juel"),
    }


def test_a_form_of_camunda_modeler_comes_in_without_its_platform() -> None:
    found = convert_form(b'{"id": "a", "type": "default", "executionPlatform": "Camunda Cloud", "components": []}')
    assert b"executionPlatform" not in found.content and found.left == ()
    with pytest.raises(ValueError):
        convert_form(b"null")


@pytest.mark.parametrize(("head", "dialect"), [("Camunda Cloud", "zeebe"), ("Camunda Platform", "camunda")])
def test_a_diagram_that_only_says_which_product_it_is_for_is_read_as_that_product_writes(
    head: str, dialect: str
) -> None:
    plain = f"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
      xmlns:modeler="http://camunda.org/schema/modeler/1.0" modeler:executionPlatform="{head}">
      <process id="p" isExecutable="true"><intermediateCatchEvent id="late"><timerEventDefinition>
      <timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent></process></definitions>""".encode()
    assert dialect_of(plain) == dialect
    timer = read_diagram("", convert(plain, "spiffworkflow").content).elements["late"].timer
    assert timer == 'duration("PT1H")'


@pytest.mark.parametrize(
    ("juel", "feel"),
    [
        ("${approved}", "approved"),
        ("${!approved}", "not(approved)"),
        ("${answer.equals('yes')}", 'answer = "yes"'),
        ("${!answer.equals('yes') && a >= 2}", 'answer != "yes" and a >= 2'),
        ("#{a == 'x' || b != 3}", 'a = "x" or b != 3'),
        ("${!a == b}", None),
        ("${bean.isLate()}", None),
        ("${!bean.isLate()}", None),
        ("${execution.getVariable('a')}", None),
    ],
)
def test_plain_questions_of_camunda_7_are_said_in_feel_and_calls_are_not(juel: str, feel: str | None) -> None:
    assert DIALECTS["camunda"].condition(juel) == feel
    if feel is not None:
        feel_of(feel)


FILES = {"ours": SHIPPED, "camunda 7": CAMUNDA_7, "camunda 8": CAMUNDA_8, "whole 7": WHOLE_7, "whole 8": WHOLE_8}


@settings(deadline=None)
@given(st.sampled_from(sorted(FILES)), st.integers(0), st.binary(min_size=1, max_size=4))
def test_a_damaged_file_is_converted_or_refused_and_never_anything_else(name: str, at: int, junk: bytes) -> None:
    content = FILES[name]
    at %= len(content)
    damaged = content[:at] + junk + content[at + 1 :]
    for dialect in ("spiffworkflow", *FOREIGN):
        with suppress(Unsafe):
            convert(damaged, dialect)
