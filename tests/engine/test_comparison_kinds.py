"""
Every kind of change that a release can have, one by one: what an analyst did, and the sentence that says it.
"""

# ruff: noqa: E501 - an edit and what is said of it stand on one line each

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from engine.comparison import compare

LANGUAGES = ("az", "ru", "en")
DIAGRAM = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t"
  xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core">
  <message id="m1" name="paid"/>
  <message id="m2" name="sent"/>
  <signal id="g1" name="storm"/>
  <signal id="g2" name="calm"/>
  <error id="e1" errorCode="no_stock"/>
  <error id="e2" errorCode="closed"/>
  <escalation id="c1" escalationCode="late"/>
  <escalation id="c2" escalationCode="very_late"/>
  <collaboration id="col"><participant id="pool" name="Pool" processRef="p"/>
    <participant id="bank" name="Bank"/><messageFlow id="mf" name="Pays" sourceRef="bank" targetRef="got"/>
  </collaboration>
  <process id="p" name="Service" isExecutable="true">
    <documentation>What it is for</documentation>
    <extensionElements><s:properties><s:property name="endedStatus" value="Ended"/></s:properties></extensionElements>
    <laneSet id="ls">
      <lane id="l1" name="Citizen"><extensionElements><s:properties><s:property name="role" value="citizen"/>
        </s:properties></extensionElements>
        <flowNodeRef>begun</flowNodeRef><flowNodeRef>ask</flowNodeRef><flowNodeRef>go</flowNodeRef></lane>
      <lane id="l2" name="Office"><extensionElements><s:properties><s:property name="role" value="dispatcher"/>
        </s:properties></extensionElements><flowNodeRef>work</flowNodeRef><flowNodeRef>both</flowNodeRef></lane>
      <lane id="l3" name="Desk"><extensionElements><s:properties><s:property name="role" value="dispatcher"/>
        </s:properties></extensionElements><flowNodeRef>box</flowNodeRef></lane>
    </laneSet>
    <startEvent id="begun" name="Begun"><outgoing>f1</outgoing></startEvent>
    <sequenceFlow id="f1" sourceRef="begun" targetRef="ask"/>
    <userTask id="ask" name="Ask"><documentation>Ask kindly</documentation><extensionElements><s:properties>
      <s:property name="formKey" value="ask"/><s:property name="dueDate" value="duration(&quot;P2D&quot;)"/>
      <s:property name="publicStatus" value="Asked"/></s:properties></extensionElements></userTask>
    <boundaryEvent id="late" name="Late" attachedToRef="ask" cancelActivity="false"><timerEventDefinition id="t1">
      <timeDuration>duration("PT48H")</timeDuration></timerEventDefinition></boundaryEvent>
    <boundaryEvent id="out" name="Out" attachedToRef="work"><errorEventDefinition errorRef="e1"/></boundaryEvent>
    <boundaryEvent id="up" name="Up" attachedToRef="box" cancelActivity="false"><escalationEventDefinition
      escalationRef="c1"/></boundaryEvent>
    <sequenceFlow id="f2" sourceRef="ask" targetRef="go"/>
    <exclusiveGateway id="go" name="Go?" default="f4"/>
    <sequenceFlow id="f3" name="yes" sourceRef="go" targetRef="work"><conditionExpression>a = 1</conditionExpression>
    </sequenceFlow>
    <sequenceFlow id="f5" name="maybe" sourceRef="go" targetRef="rule"><conditionExpression>a = 2</conditionExpression>
    </sequenceFlow>
    <sequenceFlow id="f4" name="no" sourceRef="go" targetRef="done"/>
    <serviceTask id="work" name="Work"><extensionElements><s:serviceTaskOperator id="look_up" resultVariable="found">
      <s:parameters><s:parameter id="code" type="any" value="a"/></s:parameters></s:serviceTaskOperator>
      </extensionElements></serviceTask>
    <scriptTask id="write" name="Write" scriptFormat="x"><script>note</script></scriptTask>
    <businessRuleTask id="rule" name="Rule"><extensionElements><s:calledDecisionId>term</s:calledDecisionId>
      </extensionElements></businessRuleTask>
    <receiveTask id="got" name="Got" messageRef="m1"><extensionElements><s:properties>
      <s:property name="correlationKey" value="a"/></s:properties></extensionElements></receiveTask>
    <intermediateCatchEvent id="stormy" name="Stormy"><signalEventDefinition signalRef="g1"/></intermediateCatchEvent>
    <intermediateCatchEvent id="until" name="Until"><conditionalEventDefinition><condition>a &gt; 1</condition>
      </conditionalEventDefinition></intermediateCatchEvent>
    <intermediateCatchEvent id="day" name="Day"><timerEventDefinition><timeDate>now()</timeDate>
      </timerEventDefinition></intermediateCatchEvent>
    <userTask id="both" name="Both"><multiInstanceLoopCharacteristics isSequential="false">
      <loopDataInputRef>people</loopDataInputRef><loopDataOutputRef>answers</loopDataOutputRef>
      <inputDataItem id="i" name="person"/><outputDataItem id="o" name="answer"/>
      <completionCondition>numberOfCompletedInstances = 2</completionCondition></multiInstanceLoopCharacteristics>
      </userTask>
    <userTask id="again" name="Again"><standardLoopCharacteristics testBefore="false" loopMaximum="3">
      <loopCondition>a = 1</loopCondition></standardLoopCharacteristics></userTask>
    <userTask id="times" name="Times"><multiInstanceLoopCharacteristics isSequential="true">
      <loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics></userTask>
    <callActivity id="call" name="Call" calledElement="check"><extensionElements><s:properties>
      <s:property name="input:code" value="a"/><s:property name="output:good" value="good"/></s:properties>
      </extensionElements></callActivity>
    <subProcess id="box" name="Box"><startEvent id="b1" name="In"/><endEvent id="b2" name="Out of it">
      <escalationEventDefinition escalationRef="c1"/></endEvent></subProcess>
    <subProcess id="withdrawn" name="Withdrawn" triggeredByEvent="true"><startEvent id="w1" name="Withdraws"
      isInterrupting="true"><messageEventDefinition messageRef="m2"/></startEvent></subProcess>
    <endEvent id="done" name="Done"/>
    <endEvent id="stop" name="Stop"><terminateEventDefinition/></endEvent>
    <textAnnotation id="note"><text>Remember</text></textAnnotation>
    <dataObjectReference id="paper" name="Paper"/>
  </process>
  <BPMNDiagram xmlns="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC">
    <BPMNPlane><BPMNShape bpmnElement="ask"><dc:Bounds x="10" y="10" width="100" height="80"/></BPMNShape></BPMNPlane>
  </BPMNDiagram>
</definitions>
"""
FORM = """{"type": "default", "id": "ask", "components": [
 {"type": "textfield", "id": "a", "key": "phone", "label": "Phone", "description": "Yours", "validate": {"required": true, "maxLength": 9},
  "properties": {"personal": "true", "autocomplete": "tel"}, "conditional": {"hide": "=a = 1"}, "layout": {"row": "r1"}},
 {"type": "group", "id": "g", "label": "Group", "components": [
  {"type": "number", "id": "n", "key": "count", "label": "Count", "decimalDigits": 0, "validate": {"min": 1}}]},
 {"type": "select", "id": "s", "key": "why", "label": "Why", "values": [{"value": "x", "label": "New"}, {"value": "y", "label": "Old"}]},
 {"type": "text", "id": "t", "text": "Hello"}]}"""
TABLES = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="Terms" namespace="n">
  <inputData id="code" name="Code"/>
  <decision id="term" name="Term"><description>How long</description>
    <informationRequirement><requiredInput href="#code"/></informationRequirement>
    <decisionTable id="t" hitPolicy="FIRST">
      <input id="why" label="Why"><inputExpression typeRef="string"><text>reason</text></inputExpression>
        <inputValues><text>"new","old"</text></inputValues></input>
      <output id="days" label="Days" name="days" typeRef="number"><outputValues><text>1,2</text></outputValues></output>
      <annotation name="Note"/>
      <rule id="r1"><description>New ones</description><inputEntry><text>"new"</text></inputEntry>
        <outputEntry><text>15</text></outputEntry><annotationEntry><text>by law</text></annotationEntry></rule>
      <rule id="r2"><inputEntry><text>-</text></inputEntry><outputEntry><text>10</text></outputEntry></rule>
    </decisionTable></decision>
  <decision id="twice" name="Twice"><informationRequirement><requiredDecision href="#term"/></informationRequirement>
    <literalExpression><text>term * 2</text></literalExpression></decision>
  <decision id="boxed" name="Boxed"><context><contextEntry><variable name="a"/><literalExpression><text>1</text>
    </literalExpression></contextEntry></context></decision>
</definitions>
"""
#: old text, new text, and everything that is said of it; with `!` where other people may do something
Edit = tuple[str, str, Sequence[str]]
#: what was done to the diagram
DRAWN: Mapping[str, Edit] = {
    "the process is another one": (
        'id="p" name="Service"',
        'id="q" name="Service"',
        ["The id of the process changed: it was p, it is q now. That is another process."],
    ),
    "the service is called otherwise": (
        'name="Service"',
        'name="Help"',
        ["The service «Service» is called «Help» now."],
    ),
    "the process says otherwise what it is for": (
        "What it is for",
        "Why",
        ["«Service»: description changed. Before: What it is for. Now: Why."],
    ),
    "the status of an ended application": (
        'value="Ended"',
        'value="Over"',
        ["«Service»: status of an application that was ended changed. Before: Ended. Now: Over."],
    ),
    "a task comes": (
        '<endEvent id="done"',
        '<userTask id="more" name="More"/><endEvent id="done"',
        ["! «More» was added (more)."],
    ),
    "a task goes": (
        '<scriptTask id="write" name="Write" scriptFormat="x"><script>note</script></scriptTask>',
        "",
        ["«Write» was removed (write)."],
    ),
    "a task gets another id": (
        '"write"',
        '"put_down"',
        ["The id of «Write» changed: it was write, it is put_down now."],
    ),
    "a task is called otherwise": ('name="Write"', 'name="Put down"', ["«Write» is called «Put down» now."]),
    "a task says otherwise what to do": (
        "Ask kindly",
        "Ask",
        ["«Ask»: description changed. Before: Ask kindly. Now: Ask."],
    ),
    "a task goes to a lane of another role": (
        "<flowNodeRef>ask</flowNodeRef><flowNodeRef>go</flowNodeRef></lane>",
        '<flowNodeRef>go</flowNodeRef></lane><lane id="l9" name="New"/>',
        [
            "! «Ask» was taken out of the lane «Citizen»: its role does it no longer.",
            "! New lane: «New» (role: ).",
            "«Late» was taken out of the lane «Citizen»; this changes nobody's task.",
        ],
    ),
    "a task goes to a lane of the same role": (
        "<flowNodeRef>work</flowNodeRef><flowNodeRef>both</flowNodeRef></lane>",
        "<flowNodeRef>work</flowNodeRef></lane>",
        ["! «Both» was taken out of the lane «Office»: its role does it no longer."],
    ),
    "a task gets a role of its own": (
        '<s:property name="formKey" value="ask"/>',
        '<s:property name="formKey" value="ask"/><s:property name="candidateRole" value="head"/>',
        ["! Another role does «Ask» now: it was citizen, it is head now."],
    ),
    "a task is for certain people only": (
        '<s:property name="formKey" value="ask"/>',
        '<s:property name="formKey" value="ask"/><s:property name="candidates" value="[executor]"/>',
        ["! «Ask»: people who may do it was added: [executor]."],
    ),
    "a lane is called otherwise": (
        'name="Citizen"',
        'name="People"',
        ["The lane «Citizen» is called «People» now; its role is the same."],
    ),
    "a lane has another role": (
        'value="citizen"',
        'value="head"',
        [
            "! Another role does «Ask» now: it was citizen, it is head now.",
            "! The role of the lane «Citizen» changed: it was citizen, it is head now.",
        ],
    ),
    "a task has another form": (
        'name="formKey" value="ask"',
        'name="formKey" value="beg"',
        ["«Ask»: form changed. Before: ask. Now: beg."],
    ),
    "a task is due later": ("P2D", "P3D", ["«Ask»: due date changed. Before: 2 days. Now: 3 days."]),
    "a public status": (
        'value="Asked"',
        'value="Was asked"',
        ["«Ask»: status that the citizen sees changed. Before: Asked. Now: Was asked."],
    ),
    "a timer waits longer": ("PT48H", "PT72H", ["The time for «Late» changed: it was 48 hours, it is 72 hours now."]),
    "a timer is of another kind": (
        "<timeDate>now()</timeDate>",
        "<timeDuration>now()</timeDuration>",
        ["The timer «Day» counts otherwise: it was a moment, it is a span of time now."],
    ),
    "an event ends its task now": (
        'attachedToRef="ask" cancelActivity="false"',
        'attachedToRef="ask"',
        ["«Late» ends the task now; before, it lets the task go on."],
    ),
    "an event sits on another task": (
        'name="Late" attachedToRef="ask"',
        'name="Late" attachedToRef="both"',
        [
            "«Late» moved from the lane «Citizen» to the lane «Office»; this changes nobody's task.",
            "«Late» sits on another element now: it was «Ask», it is «Both» now.",
        ],
    ),
    "an event is of another kind": (
        '<signalEventDefinition signalRef="g1"/>',
        '<messageEventDefinition messageRef="m1"/>',
        [
            "«Stormy» is another event: it was signal, it is message now.",
            "«Stormy» is about the message «paid» now.",
            "«Stormy»: signal was removed. Before: storm.",
        ],
    ),
    "an event waits for nothing": (
        '<endEvent id="stop" name="Stop"><terminateEventDefinition/></endEvent>',
        '<endEvent id="stop" name="Stop"/>',
        ["«Stop» is a plain event now; it was: ends everything."],
    ),
    "an event waits for another message": (
        'isInterrupting="true"><messageEventDefinition messageRef="m2"',
        'isInterrupting="true"><messageEventDefinition messageRef="m1"',
        ["«Withdraws» is about another message: it was «sent», it is «paid» now."],
    ),
    "a message is called otherwise": (
        'name="paid"',
        'name="payed"',
        ["«Got» is about another message: it was «paid», it is «payed» now."],
    ),
    "a task waits for another message": (
        'messageRef="m1"><ext',
        'messageRef="m2"><ext',
        ["«Got» is about another message: it was «paid», it is «sent» now."],
    ),
    "a message is found by another key": (
        'name="correlationKey" value="a"',
        'name="correlationKey" value="b"',
        ["«Got»: key of correlation changed. Before: a. Now: b."],
    ),
    "another signal": (
        'signalRef="g1"',
        'signalRef="g2"',
        ["«Stormy» is about another signal: it was «storm», it is «calm» now."],
    ),
    "another error": (
        'errorRef="e1"',
        'errorRef="e2"',
        ["«Out» is about another error: it was no_stock, it is closed now."],
    ),
    "every error": (' errorRef="e1"', "", ["«Out» is no longer about the error no_stock only."]),
    "an error has another code": (
        'errorCode="no_stock"',
        'errorCode="empty"',
        ["«Out» is about another error: it was no_stock, it is empty now."],
    ),
    "another escalation": (
        '\n      escalationRef="c1"',
        '\n      escalationRef="c2"',
        ["«Up» is about another escalation: it was late, it is very_late now."],
    ),
    "an escalation is thrown otherwise": (
        'name="Out of it">\n      <escalationEventDefinition escalationRef="c1"/>',
        'name="Out of it">\n      <escalationEventDefinition escalationRef="c2"/>',
        ["«Out of it» is about another escalation: it was late, it is very_late now."],
    ),
    "a condition is waited for": (
        "a &gt; 1",
        "a &gt; 2",
        ["«Until» waits for another condition. Before: a > 1. Now: a > 2."],
    ),
    "a declaration comes": (
        '<message id="m1"',
        '<message id="m9" name="nobody"/><message id="m1"',
        ["«nobody»: message was added: nobody."],
    ),
    "a declaration goes": (
        '<escalation id="c2" escalationCode="very_late"/>',
        "",
        ["«c2»: escalation was removed. Before: c2."],
    ),
    "a gateway has another default": (
        'default="f4"',
        'default="f3"',
        ["The default way of «Go?» changed: it was Go? → Done, it is Go? → Work now."],
    ),
    "a gateway has no default": (' default="f4"', "", ["«Go?» has no default way any more; it was Go? → Done."]),
    "a way comes": (
        '<endEvent id="done"',
        '<sequenceFlow id="f9" sourceRef="work" targetRef="done"/><endEvent id="done"',
        ["New flow: Work → Done."],
    ),
    "a way goes": ('<sequenceFlow id="f2" sourceRef="ask" targetRef="go"/>', "", ["A flow was removed: Ask → Go?."]),
    "a way is called otherwise": ('name="yes"', 'name="sure"', ["«sure»: name changed. Before: yes. Now: sure."]),
    "a way has another condition": (
        "a = 1</conditionExpression>",
        "a = 3</conditionExpression>",
        ["The condition of the flow «yes» changed. Before: a = 1. Now: a = 3."],
    ),
    "a way has no condition": (
        "<conditionExpression>a = 2</conditionExpression>",
        "",
        ["«maybe»: condition was removed. Before: a = 2."],
    ),
    "a way leads elsewhere": (
        'targetRef="done"',
        'targetRef="stop"',
        ["The flow «no» leads elsewhere: it was Done, it is Stop now."],
    ),
    "a way begins elsewhere": (
        'sourceRef="ask" targetRef="go"',
        'sourceRef="begun" targetRef="go"',
        ["The flow «Begun → Go?» begins elsewhere: it was Ask, it is Begun now."],
    ),
    "a way gets another id": ('id="f2"', 'id="f2b"', ["«Ask → Go?»: was f2, is f2b now."]),
    "another operation": (
        'serviceTaskOperator id="look_up"',
        'serviceTaskOperator id="search"',
        ["«Work» runs another operation: it was look_up, it is search now."],
    ),
    "an operation's parameter": (
        'id="code" type="any" value="a"',
        'id="code" type="any" value="b"',
        ["«Work»: parameter «code» changed. Before: a. Now: b."],
    ),
    "a parameter comes": (
        "<s:parameters>",
        '<s:parameters><s:parameter id="kind" type="any" value="1"/>',
        ["«Work»: parameter «kind» was added: 1."],
    ),
    "an operation's result": (
        'resultVariable="found"',
        'resultVariable="seen"',
        ["«Work»: variable of the result changed. Before: found. Now: seen."],
    ),
    "another script": (
        "<script>note</script>",
        "<script>mark</script>",
        ["«Write» runs another operation: it was note, it is mark now."],
    ),
    "the language of a script": (
        'scriptFormat="x"',
        'scriptFormat="y"',
        ["«Write»: language of the script changed. Before: x. Now: y."],
    ),
    "another decision": (">term<", ">office<", ["«Rule» asks another decision table: it was term, it is office now."]),
    "in turn": (
        'isSequential="false"',
        'isSequential="true"',
        ["How «Both» runs more than once: it was beside each other, it is in turn now."],
    ),
    "another list": (
        "<loopDataInputRef>people",
        "<loopDataInputRef>staff",
        ["«Both»: list of the instances changed. Before: people. Now: staff."],
    ),
    "another item": ('name="person"', 'name="who"', ["«Both»: item of the list changed. Before: person. Now: who."]),
    "another output list": (
        "<loopDataOutputRef>answers",
        "<loopDataOutputRef>replies",
        ["«Both»: list of the results changed. Before: answers. Now: replies."],
    ),
    "another result of each": (
        'name="answer"',
        'name="reply"',
        ["«Both»: result of each instance changed. Before: answer. Now: reply."],
    ),
    "enough sooner": (
        "numberOfCompletedInstances = 2",
        "numberOfCompletedInstances = 1",
        [
            "«Both»: condition for enough changed. Before: numberOfCompletedInstances = 2. Now: numberOfCompletedInstances = 1."
        ],
    ),
    "another number": (
        "<loopCardinality>3",
        "<loopCardinality>4",
        ["«Times»: number of instances changed. Before: 3. Now: 4."],
    ),
    "another loop condition": (
        "<loopCondition>a = 1",
        "<loopCondition>a = 2",
        ["«Again»: condition of the loop changed. Before: a = 1. Now: a = 2."],
    ),
    "another maximum": (
        'loopMaximum="3"',
        'loopMaximum="5"',
        ["«Again»: highest number of times changed. Before: 3. Now: 5."],
    ),
    "asked first": (
        'testBefore="false"',
        'testBefore="true"',
        ["«Again»: asking before the first time changed. Before: no. Now: yes."],
    ),
    "a task runs once": (
        '<multiInstanceLoopCharacteristics isSequential="true">\n      <loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>',
        "",
        [
            "«Times» runs once now; it was: once for each.",
            "«Times» ran more than once like this: in turn.",
            "«Times»: number of instances was removed. Before: 3.",
        ],
    ),
    "a task runs more than once": (
        '<userTask id="ask" name="Ask">',
        '<userTask id="ask" name="Ask"><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>',
        [
            "«Ask» runs more than once now: once for each.",
            "«Ask» runs more than once like this: beside each other.",
            "«Ask»: number of instances was added: 2.",
        ],
    ),
    "another process is called": (
        'calledElement="check"',
        'calledElement="examine"',
        ["«Call» calls another process: it was check, it is examine now."],
    ),
    "a call hands over something else": (
        'name="input:code" value="a"',
        'name="input:code" value="b"',
        ["«Call»: what the called process is handed as «code» changed. Before: a. Now: b."],
    ),
    "a call takes something back": (
        'name="output:good" value="good"',
        'name="output:good" value="not(good)"',
        ["«Call»: what the called process gives back as «good» changed. Before: good. Now: not(good)."],
    ),
    "a task goes into a box": (
        '<startEvent id="b1" name="In"/>',
        '<startEvent id="b1" name="In"/><userTask id="inner" name="Inner"/>',
        ["! «Inner» was added (inner)."],
    ),
    "a task is of another kind": (
        '<scriptTask id="write" name="Write" scriptFormat="x"><script>note</script></scriptTask>',
        '<manualTask id="write" name="Write"/>',
        [
            "«Write» is another kind of element now: it was script task, it is manual task now.",
            "«Write»: operation was removed. Before: note.",
            "«Write»: language of the script was removed. Before: x.",
        ],
    ),
    "a gateway asks its ways in another order": (
        '<sequenceFlow id="f3" name="yes" sourceRef="go" targetRef="work"><conditionExpression>a = 1</conditionExpression>\n    </sequenceFlow>\n    <sequenceFlow id="f5" name="maybe" sourceRef="go" targetRef="rule"><conditionExpression>a = 2</conditionExpression>\n    </sequenceFlow>',
        '<sequenceFlow id="f5" name="maybe" sourceRef="go" targetRef="rule"><conditionExpression>a = 2</conditionExpression></sequenceFlow><sequenceFlow id="f3" name="yes" sourceRef="go" targetRef="work"><conditionExpression>a = 1</conditionExpression></sequenceFlow>',
        ["«Go?» asks its ways in another order: it was yes, maybe, no; it is maybe, yes, no now."],
    ),
    "a property that nobody knows": (
        '<s:property name="formKey" value="ask"/>',
        '<s:property name="formKey" value="ask"/><s:property name="colour" value="red"/>',
        ["«Ask»: property «colour» was added: red."],
    ),
    "the file can't be read any more": (
        "</process>",
        "</proces>",
        ["d.bpmn:76: the text changed. Before:   </process>. Now:   </proces>."],
    ),
    "a box becomes a transaction": (
        '<subProcess id="box" name="Box"><startEvent id="b1" name="In"/><endEvent id="b2" name="Out of it">\n      <escalationEventDefinition escalationRef="c1"/></endEvent></subProcess>',
        '<transaction id="box" name="Box"><startEvent id="b1" name="In"/><endEvent id="b2" name="Out of it">\n      <escalationEventDefinition escalationRef="c1"/></endEvent></transaction>',
        ["«Box» is another kind of element now: it was sub-process, it is transaction now."],
    ),
    "an end leaves a box": (
        '<endEvent id="b2" name="Out of it">\n      <escalationEventDefinition escalationRef="c1"/></endEvent></subProcess>',
        '</subProcess><endEvent id="b2" name="Out of it">\n      <escalationEventDefinition escalationRef="c1"/></endEvent>',
        [
            "«Out of it» was taken out of the lane «Desk»; this changes nobody's task.",
            "«Out of it» was taken out of the sub-process «Box».",
        ],
    ),
    "a box is begun by itself": (
        ' triggeredByEvent="true"',
        "",
        ["«Withdrawn»: being begun by an event was removed. Before: yes."],
    ),
    "an event sub-process lets the rest go on": (
        'isInterrupting="true"',
        'isInterrupting="false"',
        ["«Withdraws»: interrupting the rest changed. Before: yes. Now: no."],
    ),
    "a note": ("Remember", "Forget", ["«Forget»: note changed. Before: Remember. Now: Forget."]),
    "a note comes": (
        "<dataObjectReference",
        '<textAnnotation id="note2"><text>New</text></textAnnotation><dataObjectReference',
        ["«New»: note was added: New."],
    ),
    "a data object": ('name="Paper"', 'name="Sheet"', ["«Sheet»: data object changed. Before: Paper. Now: Sheet."]),
    "a pool": ('name="Bank"', 'name="Post"', ["«Post»: pool changed. Before: Bank. Now: Post."]),
    "a message flow": ('name="Pays"', 'name="Sends"', ["«Sends»: message flow changed. Before: Pays. Now: Sends."]),
    "the drawing": (
        'x="10"',
        'x="90"',
        ["Elements placed or sized otherwise in the drawing: 1; this does not change what is executed."],
    ),
    "an unknown attribute": (
        '<userTask id="ask"',
        '<userTask completionQuantity="2" id="ask"',
        ["«Ask»: attribute «completionQuantity» was added: 2."],
    ),
    "an unknown extension": (
        '<s:property name="formKey" value="ask"/>',
        '</s:properties><s:other>1</s:other><s:properties><s:property name="formKey" value="ask"/>',
        ["Something else was added to «Ask»; this part is not executed."],
    ),
    "an unknown of the task": (
        "Ask kindly</documentation>",
        'Ask kindly</documentation><x:y xmlns:x="u"/>',
        ["Something else was added to «Ask»; this part is not executed."],
    ),
}
#: what was done to the form
FILLED_IN: Mapping[str, Edit] = {
    "a field comes": (
        '{"type": "text", "id"',
        '{"type": "textarea", "id": "m", "key": "more", "label": "More"}, {"type": "text", "id"',
        ["The field «More» was added to the form."],
    ),
    "a field goes": (
        ' {"type": "select", "id": "s", "key": "why", "label": "Why", "values": [{"value": "x", "label": "New"}, {"value": "y", "label": "Old"}]},\n',
        "",
        ["The field «Why» was removed from the form."],
    ),
    "a field is called otherwise": (
        '"label": "Phone"',
        '"label": "Number"',
        ["«Number»: label changed. Before: Phone. Now: Number."],
    ),
    "a field explains itself otherwise": (
        '"Yours"',
        '"Anybody\'s"',
        ["«Phone»: description changed. Before: Yours. Now: Anybody's."],
    ),
    "a field is of another type": (
        '"type": "textfield"',
        '"type": "textarea"',
        ["«Phone»: type changed. Before: textfield. Now: textarea."],
    ),
    "a field has another key": (
        '"key": "phone"',
        '"key": "telephone"',
        ["«Phone»: key changed. Before: phone. Now: telephone."],
    ),
    "a field need not be filled in": (
        '"required": true',
        '"required": false',
        ["«Phone»: being required changed. Before: yes. Now: no."],
    ),
    "a field takes more": (
        '"maxLength": 9',
        '"maxLength": 12',
        ["«Phone»: greatest length changed. Before: 9. Now: 12."],
    ),
    "a number may be smaller": ('"min": 1', '"min": 0', ["«Count»: least value changed. Before: 1. Now: 0."]),
    "a number has digits": (
        '"decimalDigits": 0',
        '"decimalDigits": 2',
        ["«Count»: digits after the comma changed. Before: 0. Now: 2."],
    ),
    "a field is hidden otherwise": (
        '"=a = 1"',
        '"=a = 2"',
        ["«Phone»: condition of being hidden changed. Before: =a = 1. Now: =a = 2."],
    ),
    "a field is personal no longer": (
        '"personal": "true"',
        '"personal": "false"',
        [
            "! Whether the field «Phone» is personal data changed: it was yes, it is no now. Other staff may see it now, or no longer."
        ],
    ),
    "a property of a field": (
        '"tel"',
        '"tel-national"',
        ["«Phone»: what a browser fills in changed. Before: tel. Now: tel-national."],
    ),
    "a field goes into a group": (
        '"type": "text", "id": "t", "text": "Hello"}]}',
        '"type": "separator", "id": "z"}]}',
        ["The field «Hello» was removed from the form.", "The field «z» was added to the form."],
    ),
    "an option comes": (
        '{"value": "y", "label": "Old"}',
        '{"value": "y", "label": "Old"}, {"value": "z", "label": "Other"}',
        ["«Other» was added to the list «Why»."],
    ),
    "an option goes": (', {"value": "y", "label": "Old"}', "", ["«Old» was removed from the list «Why»."]),
    "an option is called otherwise": (
        '"label": "Old"',
        '"label": "Used"',
        ["In the list «Why», «Old» is called «Used» now."],
    ),
    "the options in another order": (
        '{"value": "x", "label": "New"}, {"value": "y", "label": "Old"}',
        '{"value": "y", "label": "Old"}, {"value": "x", "label": "New"}',
        ["The order of the list «Why» changed."],
    ),
    "the fields in another order": (
        '{"type": "default", "id": "ask", "components": [\n',
        '{"type": "default", "id": "ask", "components": [{"type": "text", "id": "t", "text": "Hello"},\n',
        ["Form «ask»: the order of the fields changed."],
    ),
    "a text": ('"Hello"', '"Welcome"', ["«Welcome»: text changed. Before: Hello. Now: Welcome."]),
    "the layout alone": ('"row": "r1"', '"row": "r2"', ["The file changed: forms/ask.form."]),
    "no JSON": (
        '{"type": "default"',
        '{type: "default"',
        [
            'ask.form:1: the text changed. Before: {"type": "default", "id": "ask", "components": [. Now: {type: "default", "id": "ask", "components": [.'
        ],
    ),
}
#: what was done to the tables
DECIDED: Mapping[str, Edit] = {
    "a decision comes": (
        "</definitions>",
        '<decision id="more" name="More"><literalExpression><text>1</text></literalExpression></decision></definitions>',
        ["«More» was added."],
    ),
    "a decision goes": (
        '<decision id="twice" name="Twice"><informationRequirement><requiredDecision href="#term"/></informationRequirement>\n    <literalExpression><text>term * 2</text></literalExpression></decision>',
        "",
        ["«Twice» was removed."],
    ),
    "a decision is called otherwise": (
        'name="Term"',
        'name="Span"',
        ["«Span»: name changed. Before: Term. Now: Span."],
    ),
    "what a decision is for": (
        "How long",
        "How many",
        ["«Term»: description changed. Before: How long. Now: How many."],
    ),
    "what a decision asks": (
        '<requiredInput href="#code"/>',
        '<requiredInput href="#kind"/>',
        ["«Term»: input data that it asks changed. Before: code. Now: kind."],
    ),
    "which decisions a decision asks": (
        '<requiredDecision href="#term"/>',
        '<requiredDecision href="#boxed"/>',
        ["«Twice»: decisions that it asks changed. Before: term. Now: boxed."],
    ),
    "an expression": ("term * 2", "term * 3", ["«Twice»: expression changed. Before: term * 2. Now: term * 3."]),
    "a boxed expression": (
        "<text>1</text>",
        "<text>2</text>",
        ["«Boxed»: how it is reckoned changed. Before: 1. Now: 2."],
    ),
    "how rows are picked": ('"FIRST"', '"UNIQUE"', ["«Term»: hit policy changed. Before: FIRST. Now: UNIQUE."]),
    "how hits are put together": (
        'hitPolicy="FIRST"',
        'hitPolicy="COLLECT" aggregation="SUM"',
        ["«Term»: hit policy changed. Before: FIRST. Now: COLLECT.", "«Term»: aggregation was added: SUM."],
    ),
    "what a column asks": (
        "<text>reason</text>",
        "<text>cause</text>",
        ["«Term: Why»: expression changed. Before: reason. Now: cause."],
    ),
    "what a column is called": (
        'label="Why"',
        'label="Reason"',
        ["«Term: Reason»: label changed. Before: Why. Now: Reason."],
    ),
    "the type of a column": (
        'typeRef="string"',
        'typeRef="number"',
        ["«Term: Why»: type changed. Before: string. Now: number."],
    ),
    "what may stand in a column": (
        '"new","old"',
        '"new"',
        ['«Term: Why»: allowed values changed. Before: "new","old". Now: "new".'],
    ),
    "what an output may be": (
        "<text>1,2</text>",
        "<text>1,2,3</text>",
        ["«Term: Days»: allowed values changed. Before: 1,2. Now: 1,2,3."],
    ),
    "the name of an output": ('name="days"', 'name="span"', ["«Term: Days»: name changed. Before: days. Now: span."]),
    "a column comes": (
        '<annotation name="Note"/>',
        '<output id="kind" name="kind"/><annotation name="Note"/>',
        ["A column was added to the table «Term»: kind.", "Term, 1: Note: was by law, is - now."],
    ),
    "a rule comes": (
        '<rule id="r2">',
        '<rule id="r3"><inputEntry><text>"old"</text></inputEntry><outputEntry><text>5</text></outputEntry></rule><rule id="r2">',
        ['New row – Term: 2. Why: "old"; Days: 5.'],
    ),
    "a rule goes": (
        '<rule id="r2"><inputEntry><text>-</text></inputEntry><outputEntry><text>10</text></outputEntry></rule>',
        "",
        ["A row was removed – Term: 2. Why: -; Days: 10."],
    ),
    "a cell": ("<text>15</text>", "<text>20</text>", ["Term, 1: Days: was 15, is 20 now."]),
    "a note of a rule": ("by law", "by custom", ["Term, 1: Note: was by law, is by custom now."]),
    "what a rule says of itself": (
        "New ones",
        "Fresh ones",
        ["«Term, 1»: description changed. Before: New ones. Now: Fresh ones."],
    ),
    "input data": ('name="Code"', 'name="Number"', ["«Number» beside the decision tables changed."]),
}
ALL = [
    pytest.param(file, content, edit, id=what)
    for file, content, edits in (
        ("d.bpmn", DIAGRAM, DRAWN),
        ("forms/ask.form", FORM, FILLED_IN),
        ("decisions/t.dmn", TABLES, DECIDED),
    )
    for what, edit in edits.items()
]


@pytest.mark.parametrize(("file", "content", "edit"), ALL)
def test_a_change_is_said_by_its_own_sentence(file: str, content: str, edit: Edit) -> None:
    old, new, expected = edit
    assert old in content
    changes = compare({file: content.encode()}, {file: content.replace(old, new).encode()}).changes

    assert [("! " if change.rights else "") + change.say("en") for change in changes] == expected
    for change in changes:
        assert len({change.say(language) for language in LANGUAGES}) == len(LANGUAGES)


def test_a_column_that_goes_takes_its_cells_along() -> None:
    column = TABLES[TABLES.index("<input id") : TABLES.index("<output")]
    less = TABLES.replace(column, "").replace('<inputEntry><text>"new"</text></inputEntry>', "")
    less = less.replace("<inputEntry><text>-</text></inputEntry>", "")
    (change,) = compare({"t.dmn": TABLES.encode()}, {"t.dmn": less.encode()}).changes
    assert change.say("en") == "A column was removed from the table «Term»: Why."


def test_rules_in_another_order_are_one_change() -> None:
    first = TABLES[TABLES.index('<rule id="r1"') : TABLES.index('<rule id="r2"')]
    end = TABLES.index("</decisionTable>")
    turned = TABLES[:end].replace(first, "") + first + TABLES[end:]
    (change,) = compare({"t.dmn": TABLES.encode()}, {"t.dmn": turned.encode()}).changes
    assert change.say("en") == "Table «Term»: the order of the rows changed."


def test_translations_letters_and_scenarios_are_compared_by_their_texts() -> None:
    po = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Salam"\nmsgstr "{}"\n'
    old = {"catalogues/ru.po": po.format("Привет").encode(), "scenarios/a.yaml": b"name: A\n"}
    new = {"catalogues/ru.po": po.format("Здравствуйте").encode(), "scenarios/a.yaml": b"name: B\n"}
    assert [change.say("en") for change in compare(old, new).changes] == [
        "The translation of «Salam» changed (catalogues/ru.po). Before: Привет. Now: Здравствуйте.",
        "a.yaml:1: the text changed. Before: name: A. Now: name: B.",
    ]


def test_a_picture_has_what_was_added_removed_changed_and_moved_to_another_role() -> None:
    text = DIAGRAM.replace(
        '<endEvent id="done" name="Done"/>', '<userTask id="more"/><endEvent id="done" name="Done"/>'
    )
    text = text.replace('<scriptTask id="write" name="Write" scriptFormat="x"><script>note</script></scriptTask>', "")
    text = text.replace("<flowNodeRef>ask</flowNodeRef>", "").replace(
        "<flowNodeRef>work</flowNodeRef>", "<flowNodeRef>work</flowNodeRef><flowNodeRef>ask</flowNodeRef>"
    )
    text = text.replace("PT48H", "PT1H").replace("a = 1</conditionExpression>", "a = 3</conditionExpression>")
    assert compare({"d.bpmn": DIAGRAM.encode()}, {"d.bpmn": text.encode()}).picture() == {
        "added": ("more",),
        "removed": ("write",),
        "changed": ("late", "f3"),
        "rights": ("ask",),
    }
