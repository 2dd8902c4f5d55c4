"""
Decision files that would take endless work: read and evaluated in a straight line, or stopped.
"""

from __future__ import annotations

import pytest

from engine.decisions import DecisionFailed, load_decisions
from engine.feel import FeelError
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


def test_all_parts_of_an_evaluation_share_one_budget() -> None:
    loop = decision_xml("a", literal_xml("for x in 1..20000 return x"))
    rest = [
        decision_xml(f"b{n}", literal_xml("for x in 1..20000 return x"), requires=["a" if n == 0 else f"b{n - 1}"])
        for n in range(12)
    ]
    decisions = load(loop, *rest)
    decisions["a"].evaluate({})
    with pytest.raises(FeelError, match="steps"):
        decisions["b11"].evaluate({})


def test_functions_that_call_each_other_without_end_are_stopped() -> None:
    endless = "{f: function(g, n) g(g, n + 1), r: f(f, 1)}.r"
    with pytest.raises(FeelError) as caught:
        load_one(literal_xml(endless)).evaluate({})
    assert caught.value.code == "calls_too_deep"


def test_knowledge_models_that_many_ways_lead_to_are_made_once() -> None:
    models = [model_xml("m0", {}, literal_xml("1")), model_xml("n0", {}, literal_xml("1"))]
    for step in range(1, 40):
        for name in "mn":
            before = (f"m{step - 1}", f"n{step - 1}")
            models.append(model_xml(f"{name}{step}", {}, literal_xml("1"), knows=before))
    decision = load(*models, decision_xml("d", literal_xml("m39()"), more=knows_xml("m39")))["d"]
    assert decision.evaluate({}).value == 1


def _doubled_types(count: int) -> str:
    """Each type has two entries of the next one."""
    return "".join(
        f'<itemDefinition name="t{step}"><itemComponent name="a"><typeRef>t{step + 1}</typeRef></itemComponent>'
        f'<itemComponent name="b"><typeRef>t{step + 1}</typeRef></itemComponent></itemDefinition>'
        for step in range(count)
    ) + (f'<itemDefinition name="t{count}"><typeRef>number</typeRef></itemDefinition>')


DOUBLED = (
    "{" + ", ".join(["v0: 1"] + [f"v{step}: {{a: v{step - 1}, b: v{step - 1}}}" for step in range(1, 31)]) + "}.v30"
)


@pytest.mark.parametrize(
    "text",
    [
        DOUBLED,
        f"({DOUBLED}) instance of t0",
        "(function(x: t0) x) instance of function<t0> -> t0",
    ],
)
def test_types_that_double_are_not_written_out(text: str) -> None:
    declared = "t0" if text is DOUBLED else "boolean"
    decision = load(
        _doubled_types(30), decision_xml("d", literal_xml(text), more=f'<variable name="d" typeRef="{declared}"/>')
    )["d"]
    with pytest.raises(FeelError, match="steps"):
        decision.evaluate({})


def test_many_decisions_that_all_require_each_other_are_read() -> None:
    rows = [[f"d{level}_{place}" for place in range(20)] for level in range(12)]
    decisions = [
        decision_xml(key, literal_xml("1"), requires=rows[level - 1] if level else ())
        for level, row in enumerate(rows)
        for key in row
    ]
    assert load(*decisions)["d11_0"].evaluate({}).value == 1


def test_rules_of_any_that_give_long_lists_are_compared_within_the_budget() -> None:
    rows = [(["-"], ["long"]) for _ in range(200)]
    decision = load_one(table_xml(["n"], ["x"], *rows, attributes='hitPolicy="ANY"'))
    with pytest.raises(FeelError, match="steps"):
        decision.evaluate({"long": list(range(5_000))})


def test_a_loop_of_boxes_over_a_wide_scope_is_stopped() -> None:
    loop = f'<for iteratorVariable="i"><in>{literal_xml("[1..9999]")}</in><return>{literal_xml("i")}</return></for>'
    with pytest.raises(FeelError, match="steps"):
        load_one(loop).evaluate({f"n{place}": 1 for place in range(500)})


def test_allowed_values_of_many_items_are_asked_within_the_budget() -> None:
    types = (
        '<itemDefinition name="tOne"><typeRef>number</typeRef><allowedValues>'
        "<text>count(for x in 1..1000 return x) = ?</text></allowedValues></itemDefinition>"
        '<itemDefinition name="tMany" isCollection="true"><typeRef>tOne</typeRef></itemDefinition>'
    )
    decided = decision_xml("d", literal_xml("numbers"), more='<variable name="d" typeRef="tMany"/>')
    assert load(types, decided)["d"].evaluate({"numbers": [1_000, 1_000]}).value == [1_000, 1_000]
    with pytest.raises(FeelError, match="steps"):
        load(types, decided)["d"].evaluate({"numbers": [1_000] * 1_000})
    with pytest.raises(DecisionFailed):
        load(types, decided)["d"].evaluate({"numbers": [1]})
    assert load_decisions(file_xml(types, decided), lax=True)["d"].evaluate({"numbers": [1]}).value is None
