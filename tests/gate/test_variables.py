"""
Variables and types: what is read was written before, on every way, and is compared with what it can be.
"""

from __future__ import annotations

import pytest

from tests.gate.building import bundle, found, judge
from tests.support.drawing import node, service, task, timer

XOR = "exclusiveGateway"
FIELDS = (
    {"key": "name", "type": "textfield", "validate": {"required": True}},
    {"key": "count", "type": "number", "decimalDigits": 0, "validate": {"required": True}},
    {"key": "day", "type": "datetime", "subtype": "date", "dateLabel": "Gün", "validate": {"required": True}},
    {"key": "agreed", "type": "checkbox"},
    {
        "key": "colour",
        "type": "radio",
        "values": [{"value": "red", "label": "Qırmızı"}, {"value": "blue", "label": "Mavi"}],
        "validate": {"required": True},
    },
    {"key": "secret", "type": "textfield", "properties": {"personal": "true"}},
)


def asked(condition: str) -> set[tuple[str, str | None]]:
    """
    Return the findings of a process that asks everything and then decides by a condition.
    """
    nodes = [
        task("ask"),
        service("find", "look_up", "person", code="name"),
        node(XOR, "which", attributes='default="d"'),
    ]
    flows = [("begun", "ask"), ("ask", "find"), ("find", "which"), ("which", "done", condition)]
    files = bundle(nodes, flows, forms={"ask": FIELDS})
    back = b'<sequenceFlow id="d" sourceRef="which" targetRef="ask"/></process>'
    verdict = judge({**files, "t.bpmn": files["t.bpmn"].replace(b"</process>", back)})
    return {(finding.code, finding.element) for finding in verdict.findings if finding.refuses}


@pytest.mark.parametrize(
    "condition",
    [
        'name = "x"',
        "count > 3 and agreed",
        "date(day) > today()",
        'colour = "red" or colour in ("blue")',
        "person.known and person.count >= 2",
        'person.district = null or person.district = "x"',
        "count(for n in [1, 2] return n) > 1",
        "some n in [1, 2] satisfies n = count",
        "if agreed then count = 1 else count = 2",
        'colour != "red"',
    ],
)
def test_a_condition_that_fits_is_taken(condition: str) -> None:
    assert asked(condition) == set()


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("nmae = 1", "unknown_variable"),
        ('secret = "x"', "unknown_variable"),  # personal answers never enter the data
        ('count = "3"', "types_differ"),
        ("name > 3", "types_differ"),
        ('agreed = "true"', "types_differ"),
        ("day > today()", "date_as_text"),
        ('colour = "green"', "never_value"),
        ('colour in ("green", "red")', "never_value"),
        ("person.age > 3", "no_member"),
        ('person.count = "1"', "types_differ"),
        ("name.length > 3", "no_member"),
        ("count", "wrong_type"),
        ('count between 1 and "9"', "types_differ"),
        ('count + name = "x"', "types_differ"),
    ],
)
def test_a_condition_that_can_never_hold_is_refused(condition: str, code: str) -> None:
    assert (code, "which__done") in asked(condition)


def branches(condition: str, second: str) -> set[tuple[str, str | None]]:
    """
    One way asks «extra», the other not; behind their meeting something reads it.
    """
    nodes = [
        *(task("ask"), node(XOR, "which", attributes='default="which__meet"'), task("more")),
        *(node(XOR, "meet"), node(XOR, "last", attributes='default="last__done"'), task("again")),
    ]
    flows = [
        *(("begun", "ask"), ("ask", "which"), ("which", "more", 'colour = "red"'), ("which", "meet"), ("more", "meet")),
        *(("meet", "last"), ("last", "done"), ("last", "again", condition), ("again", "done")),
    ]
    extra = ({"key": "extra", "type": "number", "validate": {"required": True}},)
    return found(judge(bundle(nodes, flows, forms={"ask": FIELDS, "more": extra if second == "more" else ()})))


@pytest.mark.parametrize(
    ("condition", "where", "expected"),
    [
        ("extra = 1", "more", {("maybe_unwritten", "last__again")}),
        ("extra != null and extra = 1", "more", set()),
        ("if is defined(extra) then extra = 1 else false", "more", set()),
        ("extra = 1", "nowhere", {("unknown_variable", "last__again")}),
    ],
)
def test_a_variable_is_written_on_every_way_or_asked_for(
    condition: str, where: str, expected: set[tuple[str, str | None]]
) -> None:
    assert branches(condition, where) == expected


def test_what_both_branches_of_a_parallel_gateway_write_is_there_behind_their_join() -> None:
    nodes = [
        *(node("parallelGateway", "part"), task("one"), task("two"), node("parallelGateway", "join")),
        *(node(XOR, "which", attributes='default="which__done"'), task("three")),
    ]
    flows = [
        *(("begun", "part"), ("part", "one"), ("part", "two"), ("one", "join"), ("two", "join"), ("join", "which")),
        *(("which", "done"), ("which", "three", "a = 1 and b = 2"), ("three", "done")),
    ]
    number = {"type": "number", "validate": {"required": True}}
    forms = {"one": ({"key": "a", **number},), "two": ({"key": "b", **number},)}

    assert found(judge(bundle(nodes, flows, forms=forms))) == set()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("PT48H", "unknown_variable"),
        ('"PT48H"', "no_time"),
        ('"P1.5M"', "no_time"),
        ("1", "wrong_type"),
        ("null", "wrong_type"),
        ("agreed", "wrong_type"),
        ("name", "no_time"),
        ('duration("P99999999D")', "walk_failed"),
        ('duration("soon")', "walk_failed"),
        ("= =", "expression"),
    ],
)
def test_a_timer_that_could_not_be_told_is_refused_before_a_case_waits_for_it(text: str, code: str) -> None:
    nodes = [task("ask"), timer("intermediateCatchEvent", "wait", date=text)]
    findings = found(judge(bundle(nodes, [("begun", "ask"), ("ask", "wait"), ("wait", "done")], forms={"ask": FIELDS})))

    assert code in {name for name, _ in findings}


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [
        (service("it", "notify", letter='"hallo"'), "unknown_value"),
        (service("it", "notify", letter="count"), "wrong_type"),
        (service("it", "notify", lettr='"hello"'), "unknown_parameter"),
        (service("it", "notify"), "missing_parameter"),
        (service("it", "notify", "answer", letter='"hello"'), "no_result"),
        (service("it", "plan", day="agreed"), "wrong_type"),
        (task("it", dueDate="name"), "no_time"),
        (task("it", priority="name"), "wrong_type"),
        (task("it", candidates="name"), "wrong_type"),
        (task("it", whatNext="{cuont}"), "unknown_place"),
        (task("it", statusTone="pink"), "tone"),
        (task("it", fromKey="it"), "unknown_property"),
        (node("businessRuleTask", "it", inside="<s:calledDecisionId>gone</s:calledDecisionId>"), "unknown_decision"),
        (node("businessRuleTask", "it"), "no_decision"),
    ],
)
def test_a_name_or_value_that_leads_nowhere_is_found(drawn: str, expected: str) -> None:
    files = bundle([task("ask"), drawn], [("begun", "ask"), ("ask", "it"), ("it", "done")], forms={"ask": FIELDS})

    assert (expected, "it") in found(judge(files))


def test_a_cell_of_a_table_is_compared_with_what_it_tests() -> None:
    table = (
        b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"><decision id="x" name="x">'
        b'<decisionTable hitPolicy="FIRST"><input id="i"><inputExpression><text>count</text></inputExpression></input>'
        b'<output id="o" name="out"/><rule id="r"><inputEntry id="e"><text>"three"</text></inputEntry>'
        b'<outputEntry id="f"><text>1</text></outputEntry></rule></decisionTable></decision></definitions>'
    )
    rule = node("businessRuleTask", "it", inside="<s:calledDecisionId>x</s:calledDecisionId>")
    files = bundle(
        [task("ask"), rule],
        [("begun", "ask"), ("ask", "it"), ("it", "done")],
        forms={"ask": FIELDS},
        more={"decisions/x.dmn": table},
    )

    assert ("types_differ", "r") in found(judge(files))
