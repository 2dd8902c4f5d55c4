"""
The README's table of elements is what the gate does.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.diagram import DRAWN_ONLY, SUPPORTED
from engine.diagram.ad_hoc import AD_HOC
from engine.diagram.calls import CALL
from engine.diagram.transactions import TRANSACTION
from engine.gate.supported import EVENT_DEFINITIONS, LOOPS
from tests.gate.building import bundle, found, judge
from tests.support.drawing import node, task

README = Path(__file__).parent.parent.parent / "README.md"
ROW = re.compile(r"^\| ((?:`\w+`(?:, )?)+) \| (executed|drawn only|refused)([^|]*)\|$", re.MULTILINE)
NAME = re.compile(r"`(\w+)`")


def listed(fate: str) -> set[str]:
    return {name for names, said, _ in ROW.findall(README.read_text()) if said == fate for name in NAME.findall(names)}


def definitions() -> set[str]:
    rows = [more for _, said, more in ROW.findall(README.read_text()) if said == "executed"]
    return {name for more in rows for name in NAME.findall(more)} | {"linkEventDefinition"}


def test_the_readme_lists_what_is_executed() -> None:
    assert listed("executed") == SUPPORTED | LOOPS | {
        AD_HOC,
        CALL,
        TRANSACTION,
        "sequenceFlow",
        "laneSet",
        "linkEventDefinition",
    }
    assert definitions() == {name for names in EVENT_DEFINITIONS.values() for name in names} | {"linkEventDefinition"}


def test_the_readme_lists_what_is_only_drawn() -> None:
    assert listed("drawn only") == DRAWN_ONLY - {"laneSet"}


@pytest.mark.parametrize("kind", sorted(listed("refused")))
def test_what_the_readme_calls_refused_is_refused_by_name(kind: str) -> None:
    if kind.endswith("EventDefinition"):
        drawn = node("intermediateCatchEvent", "it", inside=f"<{kind}/>")
    elif kind.endswith("Characteristics"):
        drawn = f'<userTask id="it" name="it"><{kind}/></userTask>'
    else:
        drawn = node(kind, "it")
    verdict = judge(bundle([task("ask"), drawn], [("begun", "ask"), ("ask", "it"), ("it", "done")]))

    assert ("unsupported", "it") in found(verdict)
    assert kind in {finding.params.get("kind") for finding in verdict.findings}
