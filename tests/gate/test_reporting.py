"""
Findings for machines: what SARIF demands of a log.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.findings import Finding, Severity
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


#: of each object that we write: what SARIF 2.1.0 demands, and what else it knows (§3.13 to §3.54)
OBJECTS = {
    "log": ({"version", "runs"}, {"$schema", "inlineExternalProperties", "properties"}),
    "run": ({"tool"}, {"columnKind", "results", "artifacts", "invocations", "language"}),
    "tool": ({"driver"}, {"extensions"}),
    "driver": ({"name"}, {"informationUri", "rules", "version", "semanticVersion", "organization", "language"}),
    "rule": ({"id"}, {"shortDescription", "fullDescription", "help", "helpUri", "name", "defaultConfiguration"}),
    "result": ({"message"}, {"ruleId", "ruleIndex", "level", "kind", "locations", "partialFingerprints"}),
    "message": ({"text"}, {"markdown", "id", "arguments"}),
    "location": (set(), {"physicalLocation", "logicalLocations", "message", "id"}),
    "physicalLocation": ({"artifactLocation"}, {"region", "contextRegion"}),
    "artifactLocation": (set(), {"uri", "uriBaseId", "index"}),
    "region": ({"startLine"}, {"startColumn", "endLine", "endColumn", "snippet"}),
    "logicalLocation": (set(), {"name", "fullyQualifiedName", "kind", "index"}),
}
#: where an object stands -> which it is
STANDS = {"runs": "run", "rules": "rule", "results": "result", "locations": "location"}
STANDS |= {"logicalLocations": "logicalLocation", "shortDescription": "message"}


def hold(value: object, what: str) -> int:
    """Hold an object to the standard, and return how many objects were looked at."""
    assert isinstance(value, dict)
    needed, known = OBJECTS[what]
    assert needed <= value.keys() <= needed | known, what
    seen = 1
    for name, inner in value.items():
        for one in inner if isinstance(inner, list) else [inner]:
            seen += hold(one, STANDS.get(name, name)) if isinstance(one, dict) else 0
    return seen


@pytest.mark.parametrize("language", ["az", "ru", "en"])
def test_a_log_is_what_the_standard_says(language: str) -> None:
    found = [
        Finding("no_default", "a.bpmn", "which", line=3, column=0),
        Finding("unused_form", "forms/a.form", severity=Severity.WARNING),
        Finding("nobody knows it", "b.dmn", line=2, column=5),
    ]
    log = as_sarif(found, {}, language)
    assert hold(log, "log") >= 20
    (run,) = log["runs"]
    assert (log["version"], run["columnKind"]) == ("2.1.0", "unicodeCodePoints")
    assert [result["level"] for result in run["results"]] == ["error", "warning", "error"]
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(ids) == len(set(ids)) and json.loads(json.dumps(log)) == log
