"""
Decision files beyond tables: boxed expressions, knowledge models, types and allowed values, input data.
"""

from __future__ import annotations

from typing import Any

import pytest

from engine.decisions import DecisionFailed, DecisionProblems, load_decisions
from tests.engine.decision_files import (
    decision_xml,
    file_xml,
    knows_xml,
    literal_xml,
    load,
    load_one,
    model_xml,
    table_xml,
)


def _entry(name: str, logic: str, type_: str = "") -> str:
    variable = f'<variable name="{name}"{type_ and f" typeRef={chr(34)}{type_}{chr(34)}"}/>' if name else ""
    return f"<contextEntry>{variable}{logic}</contextEntry>"


def _binding(name: str, text: str) -> str:
    return f'<binding><parameter name="{name}"/>{literal_xml(text)}</binding>'


def _part(name: str, text: str) -> str:
    return f"<{name}>{literal_xml(text)}</{name}>"


FUNCTION = f'<functionDefinition><formalParameter name="x"/>{literal_xml("x * n")}</functionDefinition>'
TABLE = table_xml(["n"], ["x"], (["> 1"], ["n * 3"]))


@pytest.mark.parametrize(
    ("logic", "value"),
    [
        (literal_xml("n + 1"), 6),
        (f"<context>{_entry('a', literal_xml('n'))}{_entry('b', literal_xml('a * 2'))}</context>", {"a": 5, "b": 10}),
        (f"<context>{_entry('a b', literal_xml('n'))}{_entry('', literal_xml('a b * 2'))}</context>", 10),
        ("<context/>", {}),
        (f"<list>{literal_xml('n')}{literal_xml('2')}</list>", [5, 2]),
        (
            '<relation><column name="a"/><column name="b"/>'
            f"<row>{literal_xml('1')}{literal_xml('n')}</row><row>{literal_xml('3')}{literal_xml('4')}</row></relation>",
            [{"a": 1, "b": 5}, {"a": 3, "b": 4}],
        ),
        (f"<conditional>{_part('if', 'n > 1')}{_part('then', '1')}{_part('else', '2')}</conditional>", 1),
        (f"<conditional>{_part('if', 'null')}{_part('then', '1')}{_part('else', '2')}</conditional>", 2),
        (f"<filter>{_part('in', '[1, 2, 7]')}{_part('match', 'item > 1 and item < n')}</filter>", [2]),
        (f"<filter>{_part('in', '[{a: 1}, {a: 7}]')}{_part('match', 'a > n')}</filter>", [{"a": 7}]),
        (f"<filter>{_part('in', 'null')}{_part('match', 'a > n')}</filter>", None),
        (f'<for iteratorVariable="i">{_part("in", "[1, 2]")}{_part("return", "i + n")}</for>', [6, 7]),
        (f'<for iteratorVariable="i">{_part("in", "1..3")}{_part("return", "count(partial)")}</for>', [0, 1, 2]),
        (f'<some iteratorVariable="i">{_part("in", "[1, 9]")}{_part("satisfies", "i > n")}</some>', True),
        (f'<every iteratorVariable="i">{_part("in", "[1, 9]")}{_part("satisfies", "i > n")}</every>', False),
        (f'<every iteratorVariable="i">{_part("in", "null")}{_part("satisfies", "i > n")}</every>', None),
        (f"<context>{_entry('f', FUNCTION)}{_entry('', literal_xml('f(2)'))}</context>", 10),
        (f"<invocation>{literal_xml('function(a, b) a - b')}{_binding('b', '1')}{_binding('a', 'n')}</invocation>", 4),
        (f"<invocation>{literal_xml('function(a) a')}{_binding('b', '1')}</invocation>", None),
        (f"<invocation>{literal_xml('1')}{_binding('b', '1')}</invocation>", None),
        (
            f"<context>{_entry('t', TABLE)}{_entry('', literal_xml('t + 1'))}</context>",
            16,
        ),
    ],
)
def test_a_boxed_expression_means(logic: str, value: Any) -> None:
    logic = logic.replace("<text>1..3</text>", "<text>[1..3]</text>")
    decision = load_one(logic)
    outcome = decision.evaluate({"n": 5})
    assert outcome.value == value
    assert outcome.result == {"d": value}
    assert decision.names <= {"n", "a"}
    assert decision.names - decision.filter_names <= {"n"}


@pytest.mark.parametrize(
    "logic",
    [
        f"<conditional>{_part('if', '1')}{_part('then', '1')}{_part('else', '2')}</conditional>",
        f"<filter>{_part('in', '[1]')}{_part('match', 'item')}</filter>",
        f'<some iteratorVariable="i">{_part("in", "[1]")}{_part("satisfies", "i")}</some>',
    ],
)
def test_a_condition_that_is_no_boolean_fails_and_is_null_in_a_lax_reading(logic: str) -> None:
    with pytest.raises(DecisionFailed, match="neither true nor false"):
        load_one(logic).evaluate({})
    lax = load_decisions(file_xml(decision_xml("d", logic)), lax=True)["d"]
    assert lax.evaluate({}).value is None


RATE = model_xml("rate", {"age": "number"}, table_xml(["age"], ["x"], (["< 18"], ["1"]), ([">= 18"], ["2"])))
KNOWS_RATE = knows_xml("rate")


def test_a_decision_calls_a_knowledge_model_in_its_text_and_by_invocation() -> None:
    fee = model_xml("fee", {"price": "number", "age": "number"}, literal_xml("price * rate(age)"), knows=("rate",))
    text = decision_xml("a", literal_xml("fee(10, n)"), more=knows_xml("fee"))
    logic = f"<invocation>{literal_xml('fee')}{_binding('age', 'n')}{_binding('price', '10')}</invocation>"
    boxed = decision_xml("b", logic, more=knows_xml("fee"))
    decisions = load(RATE, fee, text, boxed)
    assert set(decisions) == {"a", "b"}
    for decision in decisions.values():
        outcome = decision.evaluate({"n": 20})
        assert outcome.value == 20
        assert outcome.fired == ("r2",)
        assert decision.names == {"n"}


def test_a_knowledge_model_given_a_value_of_another_type_is_null() -> None:
    model = model_xml("double", {"n": "number"}, literal_xml("n * 2"))
    decision = load(model, decision_xml("d", literal_xml('double("a")'), more=knows_xml("double")))["d"]
    assert decision.evaluate({}).value is None


TWICE = model_xml("twice", {"n": "Any"}, literal_xml("n * 2"))


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ([TWICE, decision_xml("d", literal_xml("twice(1)"))], ("d", "expression")),
        ([TWICE, decision_xml("d", literal_xml("half(1)"), more=knows_xml("twice"))], ("d", "expression")),
        (
            [model_xml("m", {"a": "Any"}, literal_xml("a + b")), decision_xml("d", literal_xml("1"))],
            ("m", "unknown_name"),
        ),
        (
            [model_xml("m", {}, literal_xml("m()"), knows=("m",)), decision_xml("d", literal_xml("1"))],
            ("m", "circle"),
        ),
        (
            [TWICE.replace("<encapsulatedLogic>", '<encapsulatedLogic kind="Java">'), decision_xml("d", "")],
            ("twice", "external"),
        ),
        ([decision_xml("d", literal_xml("1"), more='<variable name="d" typeRef="tNothing"/>')], (None, "unknown_type")),
        ([decision_xml("d", f"<conditional>{_part('if', 'true')}</conditional>")], ("d", "missing_part")),
        (
            [
                decision_xml(
                    "d", f'<relation><column name="a"/><row>{literal_xml("1")}{literal_xml("2")}</row></relation>'
                )
            ],
            ("d", "row_cells"),
        ),
        ([decision_xml("d", "<list>" * 40 + literal_xml("1") + "</list>" * 40)], ("d", "too_nested")),
        (
            [decision_xml(f"d{n}", literal_xml("1"), requires=[f"d{n + 1}"]) for n in range(60)]
            + [decision_xml("d60", literal_xml("1"))],
            ("d50", "long_chain"),
        ),
    ],
)
def test_refused_at_load(parts: list[str], problem: tuple[str | None, str]) -> None:
    with pytest.raises(DecisionProblems) as caught:
        load(*parts)
    assert problem in {(one.element, one.code) for one in caught.value.problems}


def test_a_problem_names_the_line_of_the_file() -> None:
    parts = file_xml(decision_xml("d", "\n\n" + literal_xml("1 +")))
    with pytest.raises(DecisionProblems) as caught:
        load_decisions(parts)
    assert [one.line for one in caught.value.problems] == [3]


TYPES = """
<itemDefinition name="tGrade">
  <typeRef>string</typeRef><allowedValues><text>"A", "B"</text></allowedValues>
</itemDefinition>
<itemDefinition name="tGrades" isCollection="true"><typeRef>tGrade</typeRef></itemDefinition>
<itemDefinition name="tFew">
  <typeRef>tGrades</typeRef><typeConstraint><text>count(?) &lt; 3</text></typeConstraint>
</itemDefinition>
<itemDefinition name="tPerson">
  <itemComponent name="full name"><typeRef>string</typeRef></itemComponent>
  <itemComponent name="age"><typeRef>number</typeRef></itemComponent>
</itemDefinition>
<itemDefinition name="tCircle"><itemComponent name="next"><typeRef>tCircle</typeRef></itemComponent></itemDefinition>
<itemDefinition name="tTest">
  <functionItem outputTypeRef="boolean"><parameters name="a" typeRef="number"/></functionItem>
</itemDefinition>
"""


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("number", "1", 1),
        ("number", "[1]", 1),
        ("number", "[[1]]", DecisionFailed),
        ("number", '"a"', DecisionFailed),
        ("number", "null", None),
        ("integer", "1", 1),
        ("feel:string", '"a"', "a"),
        ("tGrade", '"A"', "A"),
        ("tGrade", '"C"', DecisionFailed),
        ("tGrade", "null", None),
        ("tGrades", '["A", "B"]', ["A", "B"]),
        ("tGrades", '"A"', ["A"]),
        ("tGrades", '["A", "C"]', DecisionFailed),
        ("tFew", '["A", "B"]', ["A", "B"]),
        ("tFew", '["A", "B", "A"]', DecisionFailed),
        ("tPerson", '{full name: "x", age: 1}', {"full name": "x", "age": 1}),
        ("tPerson", '{full name: "x", age: 1, more: 2}', {"full name": "x", "age": 1, "more": 2}),
        ("tPerson", '{full name: "x"}', DecisionFailed),
        ("tPerson", '{full name: "x", age: "y"}', DecisionFailed),
        ("tCircle", "{next: {next: null}}", {"next": {"next": None}}),
        ("tCircle", "{}", DecisionFailed),
        ("boolean", "(function(a: number) a > 1) instance of tTest", True),
        ("boolean", "(function(a: string) true) instance of tTest", False),
        ("boolean", '"C" instance of tGrade', True),
        ("boolean", '{full name: "x", age: 1} instance of tPerson', True),
    ],
)
def test_a_decision_has_the_type_that_it_declares(type_: str, text: str, value: Any) -> None:
    decided = decision_xml("d", literal_xml(text), more=f'<variable name="d" typeRef="{type_}"/>')
    decision = load(TYPES, decided)["d"]
    lax = load_decisions(file_xml(TYPES, decided), lax=True)["d"]
    if value is DecisionFailed:
        with pytest.raises(DecisionFailed, match="is not of the type"):
            decision.evaluate({})
        assert lax.evaluate({}).value is None
    else:
        assert decision.evaluate({}).value == value
        assert lax.evaluate({}).value == value


def test_input_data_is_checked_against_its_type_and_may_have_names_of_several_words() -> None:
    data = '<inputData id="p" name="the person"><variable name="the person" typeRef="tPerson"/></inputData>'
    needs = '<informationRequirement><requiredInput href="#p"/></informationRequirement>'
    decision = load(TYPES, data, decision_xml("d", literal_xml("the person.full name"), more=needs))["d"]
    assert decision.evaluate({"the person": {"full name": "x", "age": 1}}).value == "x"
    assert decision.evaluate({}).value is None
    assert decision.names == {"the person"}
    with pytest.raises(DecisionFailed, match="the person is not of the type context"):
        decision.evaluate({"the person": 1})


@pytest.mark.parametrize(
    ("type_", "cell", "refused"),
    [
        ("string", "5", True),
        ("number", "5", False),
        ("number", '"5"', True),
        ("number", "", False),
        ("tGrade", '"C"', True),
        ("tGrade", '"A"', False),
        ("tGrades", '"A"', False),
        ("string", "n", False),
    ],
)
def test_a_cell_that_does_not_fit_its_column_is_refused(type_: str, cell: str, refused: bool) -> None:
    table = table_xml(["n"], ["x"], (["-"], [cell])).replace('name="x"', f'name="x" typeRef="{type_}"')
    if refused:
        with pytest.raises(DecisionProblems) as caught:
            load(TYPES, decision_xml("d", table))
        assert [(one.element, one.code) for one in caught.value.problems] == [("o1_1", "cell_type")]
    else:
        load(TYPES, decision_xml("d", table))


@pytest.mark.parametrize(
    ("type_", "value", "text", "expected"),
    [
        ("date", "2026-01-31", 'when + @"P1D" = @"2026-02-01"', True),
        ("date and time", "2026-01-31T10:00:00Z", "when.hour", 10),
        ("days and time duration", "PT36H", "when.days", 1),
        ("tVisits", ["2026-01-31", "2026-02-01"], "when[2].month", 2),
        ("tVisit", {"day": "2026-01-31", "note": "2026-01-31"}, "when.day.year", 2026),
        ("tVisit", {"day": "2026-01-31", "note": "2026-01-31"}, "when.note.year", None),
        ("date", "31.01.2026", "when", DecisionFailed),
        ("number", "1", "when", DecisionFailed),
    ],
)
def test_input_data_of_json_is_read_as_dates_where_the_file_declares_them(
    type_: str, value: Any, text: str, expected: Any
) -> None:
    types = (
        '<itemDefinition name="tVisits" isCollection="true"><typeRef>date</typeRef></itemDefinition>'
        '<itemDefinition name="tVisit"><itemComponent name="day"><typeRef>date</typeRef></itemComponent>'
        '<itemComponent name="note"><typeRef>string</typeRef></itemComponent></itemDefinition>'
    )
    data = f'<inputData id="w" name="when"><variable name="when" typeRef="{type_}"/></inputData>'
    needs = '<informationRequirement><requiredInput href="#w"/></informationRequirement>'
    decision = load(types, data, decision_xml("d", literal_xml(text), more=needs))["d"]
    if expected is DecisionFailed:
        with pytest.raises(DecisionFailed, match="when is not of the type"):
            decision.evaluate({"when": value})
    else:
        assert decision.evaluate({"when": value}).value == expected


LISTED = "<inputValues><text>[0..10]</text></inputValues>"


def test_an_input_that_is_none_of_the_listed_values_fails() -> None:
    table = table_xml(["n"], ["x"], (["-"], ["1"])).replace("</inputExpression>", "</inputExpression>" + LISTED)
    assert load_one(table).evaluate({"n": 10}).value == 1
    assert load_one(table).evaluate({}).value == 1
    with pytest.raises(DecisionFailed, match=r"the value of n is none of \[0\.\.10\]"):
        load_one(table).evaluate({"n": 11})


def test_a_table_of_several_outputs_is_a_context_and_a_list_of_them_for_decisions_that_require_it() -> None:
    rows = ((["-"], ["1", "2"]), (["-"], ["3", "4"]))
    rows_xml = decision_xml("rows", table_xml(["n"], ["a", "b"], *rows, attributes='hitPolicy="RULE ORDER"'))
    first = decision_xml("first", table_xml(["n"], ["a", "b"], *rows, attributes='hitPolicy="FIRST"'))
    first = first.replace('id="', 'id="f_').replace('"f_first"', '"first"')
    last = decision_xml("last", literal_xml("sum(rows.b) + first.a"), requires=["rows", "first"])
    decisions = load(rows_xml, first, last)
    assert decisions["rows"].evaluate({}).value == [{"a": 1, "b": 2}, {"a": 3, "b": 4}]
    assert decisions["rows"].evaluate({}).result == {"a": [1, 3], "b": [2, 4]}
    assert decisions["first"].evaluate({}).result == {"a": 1, "b": 2}
    assert decisions["last"].evaluate({}).value == 7
    assert decisions["last"].evaluate({}).fired == ("r1", "r2", "f_r1")
