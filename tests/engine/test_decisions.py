"""
Decision files: what tables decide under each hit policy, chains of decisions, and everything that is refused at load.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.decisions import MOST_BYTES, DecisionFailed, DecisionProblems, load_decisions
from engine.decisions.reading import MOST_DECISIONS
from engine.feel import FeelError
from tests.engine.decision_files import VERSIONS, decision_xml, file_xml, literal_xml, load, load_one, table_xml

PROCESSES = Path(__file__).parents[2] / "processes"


def _problems(*decisions: str) -> set[tuple[str | None, str]]:
    with pytest.raises(DecisionProblems) as caught:
        load(*decisions)
    return {(problem.element, problem.code) for problem in caught.value.problems}


OVERLAPPING = ((["> 0"], ["1"]), (["> 10"], ["2"]), (["> 100"], ["1"]))


@pytest.mark.parametrize(
    ("policy", "value", "result", "fired"),
    [
        ('hitPolicy="UNIQUE"', 5, 1, ("r1",)),
        ("", 5, 1, ("r1",)),
        ('hitPolicy="UNIQUE"', 0, None, ()),
        ('hitPolicy="FIRST"', 500, 1, ("r1",)),
        ('hitPolicy="ANY"', 5, 1, ("r1",)),
        ('hitPolicy="RULE ORDER"', 500, [1, 2, 1], ("r1", "r2", "r3")),
        ('hitPolicy="RULE ORDER"', 0, [], ()),
        ('hitPolicy="COLLECT"', 50, [1, 2], ("r1", "r2")),
        ('hitPolicy="COLLECT"', 0, [], ()),
        ('hitPolicy="COLLECT" aggregation="SUM"', 500, 4, ("r1", "r2", "r3")),
        ('hitPolicy="COLLECT" aggregation="MIN"', 500, 1, ("r1", "r2", "r3")),
        ('hitPolicy="COLLECT" aggregation="MAX"', 500, 2, ("r1", "r2", "r3")),
        ('hitPolicy="COLLECT" aggregation="COUNT"', 500, 3, ("r1", "r2", "r3")),
        ('hitPolicy="COLLECT" aggregation="COUNT"', 0, 0, ()),
        ('hitPolicy="COLLECT" aggregation="SUM"', 0, None, ()),
    ],
)
def test_a_table_decides_by_its_hit_policy(policy: str, value: int, result: Any, fired: tuple[str, ...]) -> None:
    outcome = load_one(table_xml(["n"], ["x"], *OVERLAPPING, attributes=policy)).evaluate({"n": value})
    assert outcome.result == {"x": result}
    assert outcome.fired == fired


RANKED = '<outputValues><text>"refuse", "ask", "accept"</text></outputValues>'
RANKED_ROWS = ((["> 0"], ['"accept"']), (["> 1"], ['"refuse"']), (["> 2"], ['"ask"']), (["> 3"], ['"other"']))


def test_priority_takes_the_best_of_the_listed_values() -> None:
    table = table_xml(["n"], ["x"], *RANKED_ROWS, attributes='hitPolicy="PRIORITY"', output_parts=RANKED)
    outcome = load_one(table).evaluate({"n": 9})
    assert (outcome.result, outcome.fired) == ({"x": "refuse"}, ("r2",))


def test_output_order_sorts_by_the_listed_values_and_puts_others_behind() -> None:
    table = table_xml(["n"], ["x"], *RANKED_ROWS, attributes='hitPolicy="OUTPUT ORDER"', output_parts=RANKED)
    outcome = load_one(table).evaluate({"n": 9})
    assert (outcome.result, outcome.fired) == ({"x": ["refuse", "ask", "accept", "other"]}, ("r2", "r3", "r1", "r4"))


def test_unique_with_two_rules_is_an_error_that_names_them() -> None:
    with pytest.raises(DecisionFailed, match="d is UNIQUE, but rules r1, r2 all hold"):
        load_one(table_xml(["n"], ["x"], *OVERLAPPING)).evaluate({"n": 50})


def test_any_with_rules_that_differ_is_an_error_that_names_them() -> None:
    table = load_one(table_xml(["n"], ["x"], *OVERLAPPING, attributes='hitPolicy="ANY"'))
    with pytest.raises(DecisionFailed, match="d is ANY, but rules r1, r2 differ"):
        table.evaluate({"n": 50})


def test_any_tells_true_from_one() -> None:
    rows = ((["-"], ["1"]), (["-"], ["true"]))
    with pytest.raises(DecisionFailed):
        load_one(table_xml(["n"], ["x"], *rows, attributes='hitPolicy="ANY"')).evaluate({})


def test_an_aggregation_of_unlike_values_is_an_error() -> None:
    rows = ((["-"], ["1"]), (["-"], ['"a"']))
    table = load_one(table_xml(["n"], ["x"], *rows, attributes='hitPolicy="COLLECT" aggregation="SUM"'))
    with pytest.raises(DecisionFailed, match="SUM needs values of one kind"):
        table.evaluate({})


def test_several_inputs_and_outputs() -> None:
    table = table_xml(
        ["person.age", "count(flags)"],
        ["verdict", "fee"],
        (["< 18", "-"], ['"no"', "null"]),
        ([">= 18", "0"], ['"yes"', "10"]),
        ([">= 18", "> 0"], ['"yes"', "10 + 5 * count(flags)"]),
    )
    decision = load_one(table)
    assert decision.evaluate({"person": {"age": 17}, "flags": []}).result == {"verdict": "no", "fee": None}
    outcome = decision.evaluate({"person": {"age": 18}, "flags": ["a", "b"]})
    assert outcome.result == {"verdict": "yes", "fee": Decimal(20)}
    assert outcome.fired == ("r3",)
    assert decision.inputs == ("person.age", "count(flags)")
    assert decision.outputs == ("verdict", "fee")
    assert decision.names == {"person", "flags"}


def test_the_default_is_taken_when_no_rule_holds() -> None:
    default = "<defaultOutputEntry><text>n * 2</text></defaultOutputEntry>"
    decision = load_one(table_xml(["n"], ["x"], (["1"], ["1"]), output_parts=default))
    assert decision.evaluate({"n": 4}).result == {"x": Decimal(8)}
    assert decision.evaluate({"n": 4}).fired == ()
    assert decision.evaluate({"n": 1}).result == {"x": Decimal(1)}


def test_an_empty_cell_holds_always_and_an_empty_output_is_null() -> None:
    table = (
        '<decisionTable><input><inputExpression><text>n</text></inputExpression></input><output name="x"/>'
        '<rule id="r1"><inputEntry id="i"><text></text></inputEntry><outputEntry id="o"><text/></outputEntry></rule>'
        "</decisionTable>"
    )
    assert load_one(table).evaluate({}).result == {"x": None}


def test_the_one_output_without_a_name_is_called_like_the_decision() -> None:
    table = table_xml([], ["x"], ([], ["1"])).replace(' name="x"', "")
    assert load_one(table).evaluate({}).result == {"d": Decimal(1)}


def test_a_literal_expression_answers_under_its_variable() -> None:
    more = '<variable name="fee"/>'
    decision = load(decision_xml("d", literal_xml("n * 2"), more=more))["d"]
    assert decision.evaluate({"n": 3}).result == {"fee": Decimal(6)}
    assert decision.outputs == ("fee",)
    assert decision.inputs == ()


def test_cells_may_call_the_hosts_functions() -> None:
    decisions = load_decisions(file_xml(decision_xml("d", literal_xml("now() + 1"))), functions=("now",))
    assert decisions["d"].evaluate({}, {"now": lambda: 1}).result == {"d": Decimal(2)}


def test_a_decision_reads_what_it_requires_by_variable_and_by_output() -> None:
    first = decision_xml(
        "size",
        table_xml(
            ["n"],
            ["word", "factor"],
            (["> 10"], ['"big"', "2"]),
            (["-"], ['"small"', "1"]),
            attributes='hitPolicy="FIRST"',
        ),
    )
    second = decision_xml("double", literal_xml("n * 2"))
    third = decision_xml(
        "end", literal_xml('if size.word = "big" then double * factor else 0'), requires=["size", "double"]
    )
    decisions = load(third, first, second)
    outcome = decisions["end"].evaluate({"n": 11})
    assert outcome.result == {"end": Decimal(44)}
    assert outcome.fired == ("r1",)
    assert decisions["end"].names == {"n"}


def test_what_is_not_required_is_not_read() -> None:
    first = decision_xml("a", literal_xml("1"))
    second = decision_xml("b", literal_xml("a + 1"), requires=["a"])
    third = decision_xml("c", literal_xml("a"), requires=["b"])
    decision = load(first, second, third)["c"]
    assert decision.evaluate({}).result == {"c": None}
    assert decision.names == {"a"}


def test_each_required_decision_is_asked_once_however_many_ways_lead_to_it() -> None:
    calls = []

    def ask() -> int:
        calls.append(1)
        return 1

    ladder = [decision_xml("d0", literal_xml("ask()"))]
    for step in range(1, 25):
        before = f"d{step - 1}"
        ladder.append(decision_xml(f"l{step}", literal_xml(before), requires=[before]))
        ladder.append(decision_xml(f"d{step}", literal_xml(f"{before} + l{step}"), requires=[before, f"l{step}"]))
    decision = load_decisions(file_xml(*ladder), functions=("ask",))["d24"]
    assert decision.evaluate({}, {"ask": ask}).result == {"d24": Decimal(2**24)}
    assert len(calls) == 1


@pytest.mark.parametrize("namespace", VERSIONS)
@pytest.mark.parametrize("prefix", ["", "dmn:", "x:"])
def test_every_version_of_dmn_is_read_whatever_its_prefix(namespace: str, prefix: str) -> None:
    mark = f":{prefix.rstrip(':')}" if prefix else ""
    xml = (
        f'<?xml version="1.0" encoding="UTF-8"?><!-- a comment --><{prefix}definitions xmlns{mark}="{namespace}">'
        f'<{prefix}decision id="d"><{prefix}literalExpression><{prefix}text>1</{prefix}text>'
        f"</{prefix}literalExpression>"
        f"</{prefix}decision></{prefix}definitions>"
    )
    assert load_decisions(xml.encode())["d"].evaluate({}).result == {"d": Decimal(1)}


def test_all_problems_come_at_once_with_the_ids_of_their_elements() -> None:
    table = table_xml(["n +", "m"], ["x"], (["1", ")"], ["foo(1)"]), (["1"], ["2"]))
    assert _problems(
        decision_xml("d", table),
        decision_xml("e", ""),
        decision_xml("f", literal_xml("1 +")),
    ) == {
        ("in1", "expression"),
        ("i1_2", "expression"),
        ("o1_1", "expression"),
        ("r2", "cells"),
        ("e", "no_logic"),
        ("f", "expression"),
    }


TABLE = table_xml(["n"], ["x"], (["1"], ["1"]))
KNOWS_X = '<knowledgeRequirement><requiredKnowledge href="#x"/></knowledgeRequirement>'
GOOD = decision_xml("d", TABLE)


@pytest.mark.parametrize(
    ("decisions", "problem"),
    [
        ([], (None, "no_decision")),
        (['<decision name="x"/>'], (None, "no_id")),
        ([GOOD, decision_xml("d", literal_xml("1"))], ("d", "same_id")),
        ([decision_xml("d", TABLE.replace("UNIQUE", "BEST"))], ("d", "policy")),
        (
            [decision_xml("d", TABLE.replace('"UNIQUE"', '"COLLECT" aggregation="MEAN"'))],
            ("d", "policy"),
        ),
        ([decision_xml("d", TABLE.replace('"UNIQUE"', '"FIRST" aggregation="SUM"'))], ("d", "aggregation")),
        ([decision_xml("d", TABLE.replace("UNIQUE", "PRIORITY"))], ("d", "no_ranks")),
        ([decision_xml("d", table_xml(["n"], ["x"]))], ("d", "empty_table")),
        ([decision_xml("d", table_xml(["n"], [], (["1"], [])))], ("d", "empty_table")),
        (
            [decision_xml("d", table_xml(["n"], ["x", "x"], (["1"], ["1", "2"])))],
            ("d", "same_name"),
        ),
        ([decision_xml("d", table_xml([], ["x", ""], ([], ["1", "2"])))], ("out2", "no_name")),
        ([decision_xml("d", TABLE.replace('<rule id="r1">', "<rule>"))], ("d", "no_rule_id")),
        ([decision_xml("d", TABLE.replace("inputExpression", "inputValues"))], ("in1", "no_input")),
        ([decision_xml("d", TABLE.replace("<text>n</text>", "<text> </text>"))], ("in1", "no_input")),
        (
            [
                decision_xml(
                    "d", TABLE.replace('<inputEntry id="i1_1">', '<inputEntry id="i" expressionLanguage="juel">')
                )
            ],
            ("i", "language"),
        ),
        ([decision_xml("d", "<invocation/>")], ("d", "no_logic")),
        ([decision_xml("d", "<conditional/>")], ("d", "missing_part")),
        ([decision_xml("d", literal_xml("1"), requires=["x"])], ("d", "unknown_decision")),
        ([decision_xml("d", literal_xml("1"), requires=["d"])], ("d", "circle")),
        ([decision_xml("d", literal_xml("1"), more=KNOWS_X)], ("d", "unknown_decision")),
        (['<import id="i"/>', GOOD], ("i", "import")),
        (
            [decision_xml(f"d{n}", literal_xml("1")) for n in range(MOST_DECISIONS + 1)],
            (None, "too_many"),
        ),
        (
            [
                decision_xml(
                    "d",
                    table_xml(["n"], ["x"], (["1"], ["1"]), output_parts="<outputValues><text>n</text></outputValues>"),
                )
            ],
            ("out1", "listed_values"),
        ),
        (
            [
                decision_xml(
                    "d",
                    table_xml(
                        ["n"],
                        ["x"],
                        (["1"], ["1"]),
                        output_parts="<defaultOutputEntry><text>(</text></defaultOutputEntry>",
                    ),
                )
            ],
            ("out1", "expression"),
        ),
    ],
)
def test_refused_at_load(decisions: list[str], problem: tuple[str | None, str]) -> None:
    assert problem in _problems(*decisions)


def test_a_circle_of_decisions_is_refused() -> None:
    circle = [
        decision_xml(key, literal_xml("1"), requires=[after]) for key, after in (("a", "b"), ("b", "c"), ("c", "a"))
    ]
    assert ("a", "circle") in _problems(*circle)


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (b"", "not_xml"),
        (b"not xml", "not_xml"),
        (b"<definitions", "not_xml"),
        (b"<definitions/>", "not_dmn"),
        (b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>', "not_dmn"),
        (f'<decision xmlns="{VERSIONS[0]}"/>'.encode(), "not_dmn"),
        (b"<!DOCTYPE definitions>" + file_xml(GOOD), "doctype"),
        (
            b'<!DOCTYPE d [<!ENTITY a "aaa"><!ENTITY b "&a;&a;&a;">]>' + file_xml(decision_xml("d", literal_xml("1"))),
            "doctype",
        ),
        (b'<!DOCTYPE d SYSTEM "file:///etc/passwd">' + file_xml(GOOD), "doctype"),
        (file_xml(GOOD) + b" " * MOST_BYTES, "too_big"),
        (b'<?xml version="1.0" encoding="no-such"?>' + file_xml(GOOD), "not_xml"),
        (b"\x00" * 100, "not_xml"),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_a_file_that_is_unsafe_or_no_dmn_is_refused(xml: bytes, code: str) -> None:
    with pytest.raises(DecisionProblems) as caught:
        load_decisions(xml)
    assert [(problem.element, problem.code) for problem in caught.value.problems] == [(None, code)]


def test_an_entity_is_never_read() -> None:
    secret = b'<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/hostname">]>' + file_xml(
        decision_xml("d", literal_xml("A"))
    ).replace(b"<text>A</text>", b"<text>&a;</text>")
    with pytest.raises(DecisionProblems, match="DOCTYPE"):
        load_decisions(secret)


def test_elements_nested_without_end_are_refused() -> None:
    deep = b"<a>" * 50_000 + b"</a>" * 50_000
    with pytest.raises(DecisionProblems):
        load_decisions(
            file_xml(decision_xml("d", literal_xml("1"))).replace(b"</definitions>", deep + b"</definitions>")
        )


def test_a_cell_without_end_is_stopped() -> None:
    with pytest.raises(FeelError, match="steps"):
        load_one(literal_xml("for a in 1..9999, b in 1..9999 return 1")).evaluate({})


# -- the decisions that we ship


def _shipped() -> list[Path]:
    return sorted(PROCESSES.glob("*.dmn"))


def test_decisions_are_shipped() -> None:
    assert {path.stem for path in _shipped()} >= {"route_office", "term"}


@pytest.mark.parametrize("path", _shipped(), ids=lambda path: path.stem)
def test_each_shipped_file_holds_the_decision_of_its_name(path: Path) -> None:
    decisions = load_decisions(path.read_bytes())
    assert path.stem in decisions
    decisions[path.stem].evaluate({})


@pytest.mark.parametrize("path", _shipped(), ids=lambda path: path.stem)
def test_each_rule_of_a_shipped_table_can_fire(path: Path) -> None:
    """Values are taken from the cells themselves: the first text of a list of texts, a boolean, or none of them."""
    decision = load_decisions(path.read_bytes())[path.stem]
    for rule in decision.logic.rules:
        texts = [test.text.split(",")[0].strip() for test in rule.tests]
        given: dict[str, Any] = {}
        for reads, text in zip(decision.inputs, texts, strict=True):
            value = {"true": True, "false": False, "-": None, "": None}.get(text, text.strip('"'))
            owner, _, member = reads.partition(".")
            given.setdefault(owner, {})
            given[owner] = given[owner] | {member: value} if member else value
        assert rule.id in decision.evaluate(given).fired
