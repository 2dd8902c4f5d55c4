"""
The recommended rules of bpmnlint, for whoever installed the extra `lint`: warnings about the drawing's style.

What refuses a release is judged without it.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.findings import Finding, Reason, Severity
from engine.safe_xml import Unsafe, read_xml

try:
    from bpmn_io import BpmnModdle
    from bpmn_io.lint import Linter
    from bpmn_io.lint.resolver import NodeResolver

    INSTALLED = True
except ImportError:
    INSTALLED = False

_RULES = {"extends": "bpmnlint:recommended"}


def recommend(file: str, content: bytes) -> Iterator[Finding]:
    """
    Yield what bpmnlint has against a diagram; nothing if the file can't be looked at. A rule that has no words here
    speaks its own English.

    Raises:
        RuntimeError: the extra is not installed.
    """
    if not INSTALLED:
        raise RuntimeError("bpmnlint needs the extra `lint`: pip install 'saygac[lint]'")
    try:
        source = read_xml(file, content)
    except Unsafe:
        return
    root = BpmnModdle().from_xml(content.decode("utf-8")).root_element
    for rule, reports in Linter(resolver=NodeResolver()).lint(root, _RULES).items():
        for report in reports:
            element = report.get("id") or None
            params = {"rule": rule, "message": Reason(f"bpmnlint.{rule}", otherwise=report["message"])}
            yield Finding("bpmnlint", file, element, Severity.WARNING, *source.place(element), params)
