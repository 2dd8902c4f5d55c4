"""
Decision files whose elements were removed, doubled, copied or changed are refused with problems, or evaluated.
"""

from __future__ import annotations

import contextlib
import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from engine.decisions import DecisionFailed, DecisionProblems, load_decisions
from engine.feel import FeelError
from tests.engine.decision_files import decision_xml, file_xml, literal_xml, table_xml
from tests.engine.test_boxed_expressions import FUNCTION, KNOWS_RATE, RATE, TYPES

LISTED = "<outputValues><text>2, 1</text></outputValues>"
RANKED = table_xml(
    ["n"], ["x"], (["> 1"], ["1"]), (["-"], ["2"]), attributes='hitPolicy="OUTPUT ORDER"', output_parts=LISTED
)
SUM = 'hitPolicy="COLLECT" aggregation="SUM"'
COLLECTED = table_xml(["n", "m"], ["x"], (["> 1", "-"], ["1"]), (["-", "2"], ["n"]), attributes=SUM)
BOXED = (
    f'<context><contextEntry><variable name="f"/>{FUNCTION}</contextEntry><contextEntry><variable name="l"/>'
    f"<list>{literal_xml('f(n)')}{literal_xml('2')}</list></contextEntry><contextEntry>"
    f'<for iteratorVariable="i"><in>{literal_xml("l")}</in><return>{literal_xml("i + count(ranked)")}</return></for>'
    "</contextEntry></context>"
)
NEEDS_N = '<informationRequirement><requiredInput href="#i"/></informationRequirement>'
FILE = etree.fromstring(
    file_xml(
        TYPES,
        '<inputData id="i" name="n"><variable name="n" typeRef="number"/></inputData>',
        RATE.replace('id="r', 'id="k_r').replace('id="k_rate"', 'id="rate"').replace('id="in1', 'id="k_in1'),
        decision_xml("ranked", RANKED.replace('id="', 'id="r_'), more=NEEDS_N),
        decision_xml("collected", COLLECTED.replace('id="', 'id="c_')),
        decision_xml("boxed", BOXED, requires=["ranked"]),
        decision_xml("last", literal_xml("sum(boxed) + rate(n)"), requires=["boxed"], more=KNOWS_RATE),
    ).replace(b'id="out1"', b'id="k_out1"')
)
PLACES = st.integers(0, sum(1 for _ in FILE.iter()))
TEXTS = st.sampled_from(["", "1", "null", "?", "-", "function(x) x", "[1..3]", "(", "n.a", "sum(n)", "{a: 1}", '"B"'])
NAMES = st.sampled_from(["", "number", "tCircle", "tTest", "FIRST", "PRIORITY", "SUM", "#ranked", "#last", "true", "n"])
EDITS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["remove", "double", "copy", "write"]), PLACES, PLACES, TEXTS),
        st.tuples(st.just("name"), PLACES, PLACES, NAMES),
    ),
    min_size=1,
    max_size=5,
)
GIVEN = st.sampled_from([None, 0, 2, "a", True, [1, 2], {"a": 1}])


def _edited(edits: list[tuple[str, int, int, str]]) -> bytes:
    root = copy.deepcopy(FILE)
    for edit, at, other, text in edits:
        elements = list(root.iter())
        node, second = elements[at % len(elements)], elements[other % len(elements)]
        parent = node.getparent()
        if edit == "remove" and parent is not None:
            parent.remove(node)
        elif edit == "double" and parent is not None:
            parent.append(copy.deepcopy(node))
        elif edit == "copy" and parent is not None:
            second.append(copy.deepcopy(node))
        elif edit == "write":
            node.text = text
        elif edit == "name" and node.attrib:
            node.set(sorted(node.attrib)[other % len(node.attrib)], text)
    return etree.tostring(root)


def test_the_file_is_good() -> None:
    decisions = load_decisions(etree.tostring(FILE))
    assert decisions["ranked"].evaluate({"n": 3}).value == [2, 1]
    assert decisions["collected"].evaluate({"n": 3, "m": 2}).value == 4
    assert decisions["boxed"].evaluate({"n": 3}).value == [11, 4]
    assert decisions["last"].evaluate({"n": 3}).value == 16


@given(EDITS, GIVEN, GIVEN)
@settings(max_examples=150, deadline=None)
def test_a_changed_file_is_refused_or_evaluated(
    edits: list[tuple[str, int, int, str]], first: Any, second: Any
) -> None:
    xml = _edited(edits)
    with contextlib.suppress(DecisionProblems):
        for decision in load_decisions(xml).values():
            with contextlib.suppress(DecisionFailed, FeelError):
                decision.evaluate({"n": first, "m": second})
    with contextlib.suppress(DecisionProblems):
        for decision in load_decisions(xml, lax=True).values():
            decision.evaluate({"n": first, "m": second})
