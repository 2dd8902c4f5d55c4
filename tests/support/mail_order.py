"""
Two small processes that talk: an order that waits for its goods, and a store that a message opens; and a hearing that a
signal opens.
"""

from __future__ import annotations

from engine.operations import Call, Operations
from tests.support.drawing import declared, draw, form, node, service, task, timer, told

_NAMES = declared(message=["ordered", "delivered", "withdrawn"], signal=["flood"])
_CHOICE, _CATCH, _BORDER = "eventBasedGateway", "intermediateCatchEvent", "boundaryEvent"
_STATED = "context<pieces: number>"


def operations() -> Operations:
    """
    Return the operations of both.
    """
    made = Operations()

    @made.step("register")
    def register(call: Call) -> None:
        call.route("north")
        call.give_number()

    return made


def order() -> dict[str, bytes]:
    """
    Return the order: apply, register, send, then the first of delivered, withdrawn, a flood or a week.
    """
    nodes = [
        *(node("startEvent", "begun"), task("apply"), service("register_case", "register")),
        told("intermediateThrowEvent", "send", "message", "ordered", payload="{pieces: 3, number: case number()}"),
        node(_CHOICE, "which"),
        told(_CATCH, "delivered", "message", "delivered", payloadVariable="goods", payloadType=_STATED),
        told(_CATCH, "withdrawn", "message", "withdrawn"),
        told(_CATCH, "flooded", "signal", "flood"),
        timer(_CATCH, "late", duration='duration("P7D")'),
        task("check", candidateRole="dispatcher"),
        *(node("endEvent", "done", outcome="done"), node("endEvent", "gone", outcome="gone")),
    ]
    flows = [
        *(("begun", "apply"), ("apply", "register_case"), ("register_case", "send"), ("send", "which")),
        *(("which", "delivered"), ("which", "withdrawn"), ("which", "flooded"), ("which", "late")),
        *(("delivered", "check"), ("check", "done"), ("withdrawn", "gone"), ("flooded", "gone"), ("late", "gone")),
    ]
    keys = ["begun", "apply", "register_case", "send", "which", "delivered", "withdrawn", "flooded", "late", "check"]
    lanes = {"Abonent": ("citizen", [*keys, "done", "gone"])}
    files = {"order.bpmn": draw("order", nodes, flows, lanes, _NAMES)}
    return files | {"forms/apply.form": form("apply", {"key": "what"}), "forms/check.form": form("check")}


def store() -> dict[str, bytes]:
    """
    Return the store: a message opens it; it packs, hears of withdrawals beside that, and sends the goods.
    """
    nodes = [
        told("startEvent", "begun", "message", "ordered", payloadVariable="wanted"),
        task("pack"),
        told(_BORDER, "stop", "message", "withdrawn", attributes='attachedToRef="pack"'),
        told("endEvent", "sent", "message", "delivered", payload="{pieces: packed}"),
        node("endEvent", "stopped"),
    ]
    flows = [("begun", "pack"), ("pack", "sent"), ("stop", "stopped")]
    lanes = {"Anbar": ("dispatcher", ["begun", "pack", "stop", "sent", "stopped"])}
    number = {"key": "packed", "type": "number", "validate": {"required": True}}
    return {"store.bpmn": draw("store", nodes, flows, lanes, _NAMES), "forms/pack.form": form("pack", number)}


def hearing() -> dict[str, bytes]:
    """
    Return the hearing, which a signal opens.
    """
    nodes = [told("startEvent", "begun", "signal", "flood"), task("hear"), node("endEvent", "done")]
    lanes = {"Anbar": ("dispatcher", ["begun", "hear", "done"])}
    drawn = draw("hearing", nodes, [("begun", "hear"), ("hear", "done")], lanes, _NAMES)
    return {"hearing.bpmn": drawn, "forms/hear.form": form("hear")}


def alarm() -> dict[str, bytes]:
    """
    Return a process that only sends the signal.
    """
    nodes = [node("startEvent", "begun"), task("see"), told("endEvent", "warned", "signal", "flood")]
    lanes = {"Anbar": ("dispatcher", ["begun", "see", "warned"])}
    drawn = draw("alarm", nodes, [("begun", "see"), ("see", "warned")], lanes, _NAMES)
    return {"alarm.bpmn": drawn, "forms/see.form": form("see")}
