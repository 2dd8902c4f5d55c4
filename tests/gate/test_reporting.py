"""
Findings for machines: what SARIF demands of a log.
"""

from __future__ import annotations

from pathlib import Path

from engine.findings import Finding
from engine.gate.reporting import as_sarif


def test_a_file_is_named_by_an_address_and_a_place_counts_from_one() -> None:
    finding = Finding("no_default", "a.bpmn", "which", line=3, column=0)
    log = as_sarif([finding], {"a.bpmn": Path("su sayğacı/a.bpmn")}, "en")

    (run,) = log["runs"]
    (result,) = run["results"]
    (place,) = result["locations"]
    physical = place["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "su%20say%C4%9Fac%C4%B1/a.bpmn"
    assert physical["region"] == {"startLine": 3, "startColumn": 1}
    assert result["ruleId"] in {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert result["level"] in {"none", "note", "warning", "error"}
    assert result["message"]["text"]
