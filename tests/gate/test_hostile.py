"""
Files that somebody wrote to harm: nothing of them runs, is fetched or hangs; each is refused, within a second.
"""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import feel
from engine.gate.checking import Verdict, check_bundle
from tests.gate.building import ROLES, bundle, found, judge, operations
from tests.support.drawing import draw, form, node, task

LINE = [("begun", "ask"), ("ask", "done")]
CLEAN = bundle([task("ask")], LINE)["t.bpmn"].decode()
HEAD, BODY = CLEAN.split("<process", 1)
BODY = "<process" + BODY


def with_doctype(internal: str, use: str = "") -> bytes:
    body = BODY.replace('name="ask"', f'name="{use}"') if use else BODY
    return f"<!DOCTYPE definitions {internal}>{HEAD}{body}".encode()


def entities(count: int) -> str:
    lines = ['<!ENTITY a0 "ha">']
    for n in range(1, count):
        times_ten = f"&a{n - 1};" * 10
        lines.append(f'<!ENTITY a{n} "{times_ten}">')
    return f"[{''.join(lines)}]"


def nested(depth: int) -> bytes:
    return (HEAD + "<a>" * depth + "</a>" * depth + BODY).encode()


#: name -> (content, code); the address is filled in where one is asked for
FILES: dict[str, tuple[bytes, str]] = {
    "a file as an entity": (with_doctype('[<!ENTITY x SYSTEM "file:///etc/passwd">]', "&x;"), "doctype"),
    "an address as an entity": (with_doctype('[<!ENTITY x SYSTEM "http://127.0.0.1:PORT/x">]', "&x;"), "doctype"),
    "a parameter entity": (with_doctype('[<!ENTITY % x SYSTEM "http://127.0.0.1:PORT/x"> %x;]'), "doctype"),
    "an external document type": (with_doctype('SYSTEM "http://127.0.0.1:PORT/x.dtd"'), "doctype"),
    "a public document type": (with_doctype('PUBLIC "-//X//Y" "http://127.0.0.1:PORT/x.dtd"'), "doctype"),
    "an internal entity": (with_doctype('[<!ENTITY x "y">]', "&x;"), "doctype"),
    "a billion laughs": (with_doctype(entities(10), "&a9;"), "doctype"),
    "quadratic laughs": (with_doctype("[<!ENTITY x '" + "h" * 20_000 + "'>]", "&x;" * 2_000), "doctype"),
    "an entity in itself": (with_doctype('[<!ENTITY x "&y;"><!ENTITY y "&x;">]', "&x;"), "doctype"),
    "an attribute list": (with_doctype('[<!ATTLIST process isExecutable CDATA "true">]'), "doctype"),
    "a notation": (with_doctype('[<!NOTATION n SYSTEM "/bin/sh">]'), "doctype"),
    "an undefined entity": (CLEAN.replace('name="ask"', 'name="&nothing;"').encode(), "not_xml"),
    "too deep": (nested(5_000), "too_deep"),
    "too many elements": ((HEAD + "<a/>" * 40_000 + BODY).encode(), "too_many_elements"),
    "too large": ((HEAD + " " * 600_000 + BODY).encode(), "too_big"),
    "a text without end": (CLEAN.replace('name="ask"', 'name="' + "x" * 100_000 + '"').encode(), "too_long"),
    "many attributes": (
        (HEAD + "<a " + " ".join(f'a{n}="x"' for n in range(50_000)) + "/>" + BODY).encode(),
        "too_big",
    ),
    "half a file": (CLEAN[: len(CLEAN) // 2].encode(), "not_xml"),
    "nothing": (b"", "not_xml"),
    "no XML": (b"PK\x03\x04" + b"\x00" * 100, "encoding"),
    "another encoding": (CLEAN.encode("utf-16"), "encoding"),
    "another encoding declared": (b'<?xml version="1.0" encoding="UTF-7"?>' + CLEAN.encode(), "encoding"),
    "half a character": (CLEAN.encode().replace(b'name="ask"', b'name="\xc3"'), "encoding"),
    "another language": (b'<html xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></html>', "not_bpmn"),
    "an included file": (
        (
            HEAD + '<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/>' + BODY
        ).encode(),
        "foreign",
    ),
    "two processes": ((CLEAN.replace("</definitions>", BODY)).encode(), "one_process"),
    "too many nodes": (
        draw("t", [task(f"t{n}") for n in range(250)], [], {"Abonent": ("citizen", [])}),
        "too_many_nodes",
    ),
}


@pytest.fixture(scope="module")
def listener() -> Iterator[tuple[int, list[str]]]:
    """
    Listen to whoever asks for anything.
    """
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port, asked
    server.shutdown()
    thread.join()
    server.server_close()


def in_a_second(files: dict[str, bytes]) -> Verdict:
    begun = time.process_time()
    verdict = check_bundle(files, operations(), ROLES)
    assert time.process_time() - begun < 1
    return verdict


@pytest.mark.parametrize(("content", "code"), FILES.values(), ids=FILES)
def test_a_hostile_diagram_is_refused_and_asks_nobody(
    content: bytes, code: str, listener: tuple[int, list[str]]
) -> None:
    port, asked = listener
    verdict = in_a_second({"t.bpmn": content.replace(b"PORT", str(port).encode())})

    assert code in {finding.code for finding in verdict.findings}
    assert not verdict.passed
    assert asked == []
    assert not any("root:" in str(finding) for finding in verdict.findings)


@pytest.mark.parametrize("name", ["a file as an entity", "a billion laughs", "too deep", "half a file", "no XML"])
def test_a_hostile_decision_table_is_refused(name: str) -> None:
    content, code = FILES[name]
    verdict = in_a_second(bundle([task("ask")], LINE, more={"decisions/x.dmn": content}))

    assert code in {finding.code for finding in verdict.findings if finding.file == "decisions/x.dmn"}


def attack(place: Path) -> str:
    return f"__import__('os').system('touch {place}')"


#: the eleven places in which SpiffWorkflow evaluates a text of the diagram; CODE stands for the text
HOOKS: dict[str, tuple[list[str], list[tuple[str, ...]]]] = {
    "a script": ([node("scriptTask", "ask", inside="<script>CODE</script>")], LINE),
    "a condition": (
        [task("ask"), node("exclusiveGateway", "which", attributes='default="which__done"')],
        [("begun", "ask"), ("ask", "which"), ("which", "done"), ("which", "ask", "CODE")],
    ),
    "a timer": (
        [
            node(
                "intermediateCatchEvent",
                "ask",
                inside="<timerEventDefinition><timeDate>CODE</timeDate></timerEventDefinition>",
            )
        ],
        LINE,
    ),
    "a conditional event": (
        [
            node(
                "intermediateCatchEvent",
                "ask",
                inside="<conditionalEventDefinition><condition>CODE</condition></conditionalEventDefinition>",
            )
        ],
        LINE,
    ),
    "a loop's condition": (
        [
            node(
                "userTask",
                "ask",
                inside="<standardLoopCharacteristics><loopCondition>CODE</loopCondition></standardLoopCharacteristics>",
            )
        ],
        LINE,
    ),
    "a number of instances": (
        [
            node(
                "userTask",
                "ask",
                inside="<multiInstanceLoopCharacteristics><loopCardinality>CODE</loopCardinality></multiInstanceLoopCharacteristics>",
            )
        ],
        LINE,
    ),
    "the end of an ad-hoc sub-process": (
        [node("adHocSubProcess", "free", inside=task("ask") + "<completionCondition>CODE</completionCondition>")],
        [("begun", "free"), ("free", "done")],
    ),
    "a message's correlation": (
        [
            node("receiveTask", "ask", attributes='messageRef="m"'),
            '<correlationSubscription id="c"><correlationPropertyBinding correlationPropertyRef="p">'
            "<dataPath>CODE</dataPath></correlationPropertyBinding></correlationSubscription>",
        ],
        LINE,
    ),
    "a script before a task": (
        [node("userTask", "ask", inside="<s:preScript>CODE</s:preScript>", formKey="ask")],
        LINE,
    ),
    "a script after a task": (
        [node("userTask", "ask", inside="<s:postScript>CODE</s:postScript>", formKey="ask")],
        LINE,
    ),
    "a parameter": (
        [
            node(
                "serviceTask",
                "ask",
                inside='<s:serviceTaskOperator id="notify"><s:parameters>'
                '<s:parameter id="letter" type="any" value="CODE"/></s:parameters></s:serviceTaskOperator>',
            )
        ],
        LINE,
    ),
}


@pytest.mark.parametrize("hook", HOOKS)
def test_no_hook_of_the_engine_runs_a_text(hook: str, tmp_path: Path) -> None:
    nodes, flows = HOOKS[hook]
    mark = tmp_path / "ran"
    files = bundle(nodes, flows)
    files["t.bpmn"] = files["t.bpmn"].replace(b"CODE", attack(mark).encode())

    assert not in_a_second(files).passed
    assert not mark.exists()


@pytest.mark.parametrize(
    "text",
    [
        "().__class__.__base__.__subclasses__()",
        '"{0.__class__}".format(answer)',
        'open("/etc/passwd").read()',
        'eval("1")',
        "lambda: 1",
        "answer := 1",
        "import os",
        "external function",
        'function() external {java: {class: "java.lang.Runtime"}}',
    ],
)
@pytest.mark.parametrize("place", ["condition", "form", "table", "due date"])
def test_no_text_of_another_language_is_an_expression(text: str, place: str) -> None:
    nodes = [task("ask"), node("exclusiveGateway", "which", attributes='default="which__done"')]
    flows = [("begun", "ask"), ("ask", "which"), ("which", "done"), ("which", "ask", "answer = 1")]
    fields: list[dict[str, object]] = [{"key": "answer", "type": "number"}]
    more: dict[str, bytes] = {}
    if place == "condition":
        flows[-1] = ("which", "ask", text)
    elif place == "due date":
        nodes[0] = task("ask", dueDate=text)
    elif place == "form":
        fields.append({"key": "other", "type": "textfield", "conditional": {"hide": f"={text}"}})
    else:
        more["decisions/x.dmn"] = table(text)
    verdict = in_a_second(bundle(nodes, flows, forms={"ask": fields}, more=more))

    assert not verdict.passed


@pytest.mark.parametrize("text", ["answer.__class__", "[].append.__self__", "__builtins__", "helper.__globals__"])
def test_what_python_would_reach_by_a_name_is_nothing_in_an_expression(text: str) -> None:
    assert feel.compile(text)({"answer": 1, "helper": table}) in (None, [])


def table(cell: str) -> bytes:
    written = cell.replace("&", "&amp;").replace("<", "&lt;")
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"><decision id="x" name="x">'
        '<decisionTable hitPolicy="FIRST"><input id="i"><inputExpression><text>answer</text></inputExpression></input>'
        f'<output id="o" name="out"/><rule id="r"><inputEntry id="e"><text>{written}</text></inputEntry>'
        '<outputEntry id="f"><text>1</text></outputEntry></rule></decisionTable></decision></definitions>'
    ).encode()


@pytest.mark.parametrize(
    "text",
    [
        "(" * 3_000 + "1" + ")" * 3_000,
        "not(" * 900 + "true" + ")" * 900,
        "[" * 3_000,
        "1" + "+1" * 1_900,
        "if " * 1_300,
        '"' + "a" * 10_000 + '"',
        'matches(answer, "(a+)+$")',
        'replace("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a|a)*$", "b") = "b"',
        "count(for a in 1..999999, b in 1..999999 return a) > 1",
        "9" * 3_000 + " = 1",
    ],
)
def test_a_long_or_deep_expression_never_hangs_the_gate(text: str) -> None:
    nodes = [task("ask"), node("exclusiveGateway", "which", attributes='default="which__done"')]
    flows = [("begun", "ask"), ("ask", "which"), ("which", "done"), ("which", "ask", text)]
    begun = time.process_time()
    judge(bundle(nodes, flows, forms={"ask": [{"key": "answer"}]}))

    assert time.process_time() - begun < 20


FORMS: dict[str, bytes] = {
    "deep": b'{"components":' + b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000,
    "too large": b" " * 600_000,
    "a list": b"[]",
    "a script in HTML": json.dumps(
        {"type": "default", "id": "ask", "components": [{"id": "a", "type": "html", "content": "<script>1</script>"}]}
    ).encode(),
    "a frame": json.dumps(
        {"type": "default", "id": "ask", "components": [{"id": "a", "type": "iframe", "url": "https://x.example"}]}
    ).encode(),
    "a pattern that takes for ever": form("ask", {"key": "a", "validate": {"pattern": "^(a+)+$"}}),
    "a picture from elsewhere": json.dumps(
        {"type": "default", "id": "ask", "components": [{"id": "a", "type": "image", "source": "//x", "alt": "x"}]}
    ).encode(),
}


@pytest.mark.parametrize("content", FORMS.values(), ids=FORMS)
def test_a_hostile_form_is_refused(content: bytes) -> None:
    verdict = in_a_second(bundle([task("ask")], LINE, more={"forms/ask.form": content}))

    assert any(finding.file == "forms/ask.form" and finding.refuses for finding in verdict.findings)


def test_a_foreign_element_is_refused_by_name() -> None:
    content = CLEAN.replace("<startEvent", '<x:run xmlns:x="urn:x" id="run"/><startEvent', 1)

    assert ("foreign", "run") in found(judge({"t.bpmn": content.encode(), "forms/ask.form": form("ask")}))
