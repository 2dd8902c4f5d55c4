"""
Findings for machines: JSON, and SARIF 2.1.0 as code hosts read it.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from engine.findings import Finding, sentences

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#: path inside the release -> the file
Paths = Mapping[str, Path]


def as_json(findings: Iterable[Finding], paths: Paths, language: str) -> list[dict[str, Any]]:
    """
    Return findings as plain values.
    """
    return [
        {
            "code": finding.code,
            "severity": str(finding.severity),
            "file": file_of(finding, paths),
            "line": finding.line,
            "column": finding.column,
            "element": finding.element,
            "message": finding.say(language),
        }
        for finding in findings
    ]


def as_sarif(findings: Iterable[Finding], paths: Paths, language: str) -> dict[str, Any]:
    """
    Return findings as a SARIF log.
    """
    found = tuple(findings)
    rules = [
        {"id": code, "shortDescription": {"text": sentences()[code].get(language, code)}}
        for code in sorted({finding.code for finding in found} & sentences().keys())
    ]
    run = {
        "tool": {"driver": {"name": "saygac", "informationUri": "https://saygac.example", "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, paths, language) for finding in found],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(finding: Finding, paths: Paths, language: str) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(file_of(finding, paths))}}
    if finding.line:
        place["region"] = {"startLine": finding.line, "startColumn": max(finding.column, 1)}
    location: dict[str, Any] = {"physicalLocation": place}
    if finding.element:
        location["logicalLocations"] = [{"name": finding.element, "kind": "element"}]
    message = {"text": finding.say(language)}
    return {"ruleId": finding.code, "level": str(finding.severity), "message": message, "locations": [location]}


def file_of(finding: Finding, paths: Paths) -> str:
    """
    Return the file of a finding as whoever called knows it.
    """
    path = paths.get(finding.file)
    return path.as_posix() if path is not None else finding.file
