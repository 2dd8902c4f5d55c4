"""
Variables and types: what is read was written before, on every way, and is compared with what it can be.
"""

from __future__ import annotations

import pytest

from engine.findings import Finding
from engine.gate.compiling import open_bundle
from engine.gate.parts import read_parts
from engine.gate.variables import judge_variables
from tests.gate.building import ROLES, bundle, found, judge, operations
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
        ("PT48H", "bare_time"),
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


def read(files: dict[str, bytes]) -> list[Finding]:
    """
    Return what is found by reading alone.
    """
    candidate = open_bundle(files, operations(), ROLES)
    read_parts(candidate, files)
    judge_variables(candidate)
    return candidate.findings


def warned(*conditions: str) -> list[str]:
    """
    Return the examples of two ways that are open at once, of a process that asks everything and then decides.
    """
    nodes = [
        task("ask"),
        service("find", "look_up", "person", code="name"),
        node(XOR, "which", attributes='default="d"'),
        *(task(f"way_{n}") for n, _ in enumerate(conditions)),
    ]
    ways = [("which", f"way_{n}", condition) for n, condition in enumerate(conditions)]
    flows = [("begun", "ask"), ("ask", "find"), ("find", "which"), *ways, *((way[1], "done") for way in ways)]
    files = bundle(nodes, flows, forms={"ask": FIELDS})
    back = b'<sequenceFlow id="d" sourceRef="which" targetRef="ask"/></process>'
    findings = read({**files, "t.bpmn": files["t.bpmn"].replace(b"</process>", back)})
    assert not any(finding.refuses for finding in findings), findings
    return [str(finding.params["example"]) for finding in findings if finding.code == "overlap"]


@pytest.mark.parametrize(
    ("conditions", "examples"),
    [
        (("count > 3", "count > 5"), ["count = 6"]),
        (("count >= 3", "count <= 3"), ["count = 3"]),
        (("count in [1..5]", "count between 5 and 9"), ["count = 5"]),
        (("count > 5", "count < 5"), []),
        (("count < 3", "count in [3..5]", "count > 5"), []),
        (("agreed", "not(agreed)"), []),
        (("agreed = true", "agreed != false"), ["agreed = true"]),
        (('colour = "red"', 'colour != "blue"'), ['colour = "red"']),
        (('colour = "red"', 'colour = "blue"'), []),
        (('name = "a"', 'name != "b"'), ['name = "a"']),
        (("person.count > 1", "person.count < 3"), ["person.count = 2"]),
        (("count > 3", "agreed"), []),
        (("count > 3 and agreed", "count > 4 and agreed"), ["agreed = true, count = 5"]),
        (("modulo(count, 2) = 0", "count > 3"), []),
    ],
)
def test_conditions_that_can_hold_together_are_told_with_an_example(
    conditions: tuple[str, ...], examples: list[str]
) -> None:
    assert warned(*conditions) == examples


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"conditional": {"hide": '=count = "many"'}}, "types_differ"),
        ({"conditional": {"hide": "=count + 1"}}, "wrong_type"),
        ({"properties": {"requiredWhen": '=colour = "green"'}}, "never_value"),
        ({"properties": {"errorWhen": "=name", "errorText": "Səhv"}}, "wrong_type"),
        ({"conditional": {"hide": "=person.age > 3"}}, "no_member"),
        ({"conditional": {"hide": "=count > 3 and agreed"}}, ""),
        ({"conditional": {"hide": "=day > today()"}}, ""),
        ({"properties": {"requiredWhen": '=colour = "red" or person.known'}}, ""),
    ],
)
def test_an_expression_of_a_form_fits_what_it_reads(rule: dict[str, object], code: str) -> None:
    nodes = [task("ask"), service("find", "look_up", "person", code="name"), task("more")]
    flows = [("begun", "ask"), ("ask", "find"), ("find", "more"), ("more", "done")]
    fields = {"ask": FIELDS, "more": ({"key": "note", "type": "textfield", **rule},)}
    findings = [one for one in read(bundle(nodes, flows, forms=fields)) if one.refuses]
    assert [(one.code, one.file, one.element) for one in findings] == (
        [(code, "forms/more.form", "more_0")] if code else []
    )
    assert all(one.line and one.column for one in findings)


@pytest.mark.parametrize(("text", "right"), [("P1D", 'duration("P1D")'), ("PT1H30M", 'duration("PT1H30M")')])
def test_a_time_without_quotes_is_said_how_to_write(text: str, right: str) -> None:
    late = timer("boundaryEvent", "late", duration=text, attributes='attachedToRef="ask"')
    flows = [("begun", "ask"), ("ask", "done"), ("late", "over")]
    (finding,) = read(bundle([task("ask"), late, node("endEvent", "over")], flows))
    assert (finding.code, finding.params["right"]) == ("bare_time", right)
    assert right in finding.say("en")
