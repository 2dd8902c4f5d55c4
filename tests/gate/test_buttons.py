"""
A button that says which task it leads back to has a way there.
"""

from __future__ import annotations

import pytest

from tests.gate.building import bundle, found, judge
from tests.support.drawing import node, service, task

XOR = "exclusiveGateway"
FIELD = {"key": "answer", "type": "textfield"}


def changes(name: str) -> dict[str, object]:
    properties = {"key": "checked", "value": "no", "changes": name}
    return {"type": "button", "key": "back", "action": "submit", "label": "Dəyiş", "properties": properties}


@pytest.mark.parametrize(("name", "refused"), [("ask", False), ("between", True), ("elsewhere", True), ("tell", True)])
def test_a_button_leads_back_over_gateways_only(name: str, refused: bool) -> None:
    send = {"type": "button", "key": "send", "action": "submit", "label": "Göndər"}
    sure = node(XOR, "sure", attributes='default="sure__tell"')
    nodes = [task("ask"), task("check"), sure, service("tell", "notify", letter='"hello"'), task("between")]
    flows = [
        *(("begun", "ask"), ("ask", "check"), ("check", "sure"), ("sure", "ask", 'checked = "no"')),
        *(("sure", "tell"), ("tell", "between"), ("between", "done")),
    ]
    verdict = judge(bundle(nodes, flows, forms={"ask": [FIELD], "check": [send, changes(name)]}))

    assert (("button_leads_elsewhere", "check") in found(verdict)) is refused
    assert verdict.passed is not refused
