"""
A small process for tests of the engine: apply, assign, gateway, record, notify, end; with a round trip and timers.
"""

from __future__ import annotations

from engine.operations import Call, Operations
from tests.support.drawing import draw, form, node, service, task, timer

XOR = "exclusiveGateway"


def operations() -> Operations:
    """
    Return the operations that the small process calls.
    """
    made = Operations()

    @made.step("register")
    def register(call: Call) -> dict[str, str]:
        call.route("north")
        call.describe(district="Nəsimi")
        call.find_by("Əliyev", call.give_number())
        return {"unit": "north"}

    @made.step("notify")
    def notify(call: Call, *, letter: str) -> None:
        call.enqueue("note", {"letter": letter})

    @made.step("fail")
    def fail(call: Call) -> None:
        raise RuntimeError("personal data that must not be told")

    return made


def bundle(*, late: str = 'duration("P3D")', cycle: str = "") -> dict[str, bytes]:
    """
    Return the files of the small process.

    Args:
        late: when the task is late, FEEL.
        cycle: in its place, when it is late again and again.
    """
    nodes = [
        node("startEvent", "begun"),
        task("apply", publicStatus="Qaralama"),
        service("register_case", "register", "place"),
        task("assign", publicStatus="Qeydiyyata alındı", whatNext="İcraçı təyin ediləcək"),
        timer(
            "boundaryEvent",
            "late",
            duration="" if cycle else late,
            cycle=cycle,
            attributes='attachedToRef="assign" cancelActivity="false"',
        ),
        service("remind", "notify", letter='"late"'),
        node("endEvent", "reminded"),
        node(XOR, "is_done", attributes='default="is_done__assign"'),
        task("record", publicStatus="İcradadır"),
        service("tell", "notify", letter='"done"'),
        node("endEvent", "done", inside="<terminateEventDefinition/>", outcome="installed", publicStatus="İcra olundu"),
    ]
    flows = [
        ("begun", "apply"),
        ("apply", "register_case"),
        ("register_case", "assign"),
        ("late", "remind"),
        ("remind", "reminded"),
        ("assign", "is_done"),
        ("is_done", "assign"),
        ("is_done", "record", 'decision = "go"'),
        ("record", "tell"),
        ("tell", "done"),
    ]
    staff = ["assign", "late", "remind", "reminded", "is_done", "record", "tell", "done"]
    lanes = {"Abonent": ("citizen", ["begun", "apply", "register_case"]), "Dispetçer": ("dispatcher", staff)}
    return {
        "small.bpmn": draw("small", nodes, flows, lanes),
        "forms/apply.form": form(
            "apply",
            {"key": "reason", "validate": {"required": True}},
            {"key": "telephone", "properties": {"personal": "true"}},
        ),
        "forms/assign.form": form("assign", {"key": "decision"}),
        "forms/record.form": form("record", {"key": "reading"}),
    }
