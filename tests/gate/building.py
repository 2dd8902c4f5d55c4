"""
Small releases for tests of the gate: a few elements in one lane, changed in one place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.errors import BpmnError
from engine.gate.checking import Verdict, check_bundle
from engine.gate.child import compile_here
from engine.operations import Call, Operations
from engine.shapes import BOOLEAN, DAY, NUMBER, TEXT, one_of, optional, record
from tests.support.drawing import draw, form, node

ROLES = frozenset({"citizen", "dispatcher"})


def operations() -> Operations:
    """
    Return operations of every kind of declaration.
    """
    made = Operations()

    @made.step("look_up", result=record(known=BOOLEAN, count=NUMBER, district=optional(TEXT)))
    def look_up(call: Call, *, code: str) -> dict[str, object]:
        return {"known": True, "count": 1, "district": None}

    @made.step("notify", letter=one_of("hello", "bye"), letters=("{letter}",))
    def notify(call: Call, *, letter: str) -> None:
        return None

    @made.step("plan", day=DAY)
    def plan(call: Call, *, day: str) -> None:
        return None

    @made.step("book", errors=("no_stock",))
    def book(call: Call) -> None:
        raise BpmnError("no_stock")

    @made.source("districts")
    def districts(look: object) -> list[object]:
        return []

    return made


def booking() -> Operations:
    """
    Return the same operations, of which `book` always succeeds.
    """
    made = operations()
    made.signatures["book"] = replace(made.signatures["book"], errors=())
    made.steps["book"] = lambda call: None
    return made


def bundle(
    nodes: Sequence[str],
    flows: Sequence[tuple[str, ...]],
    *,
    forms: Mapping[str, Sequence[Mapping[str, object]]] | None = None,
    more: Mapping[str, bytes] | None = None,
    declares: str = "",
) -> dict[str, bytes]:
    """
    Return a release whose elements all lie in the citizen's lane.

    Args:
        flows: as for `draw`; «begun» and «done» are there already, unless drawn.
        forms: fields by form; a user task without an entry gets a form without fields.
    """
    given = " ".join(nodes)
    drawn = [*([] if '<startEvent id="begun"' in given else [node("startEvent", "begun")]), *nodes]
    drawn += [] if '<endEvent id="done"' in given else [node("endEvent", "done")]
    keys = [part.split('id="', 1)[1].split('"', 1)[0] for part in drawn]
    files = {"t.bpmn": draw("t", drawn, flows, {"Abonent": ("citizen", keys)}, declares)}
    tasks = re.findall(r'<userTask id="(\w+)"', "".join(drawn))
    for key in tasks:
        files[f"forms/{key}.form"] = form(key, *(forms or {}).get(key, ()))
    return files | dict(more or {})


def judge(files: Mapping[str, bytes]) -> Verdict:
    """
    Let the gate judge a release, compiling in this process.
    """
    return check_bundle(files, operations(), ROLES, compile=compile_here)


def found(verdict: Verdict) -> set[tuple[str, str | None]]:
    """
    Return (code, element) of every finding.
    """
    return {(finding.code, finding.element) for finding in verdict.findings}
