"""
Calls of other processes: linked into the caller, with what goes in and comes back, or refused with a reason.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from engine.comparison import compare
from engine.gate.compiling import Parts, compile_bundle
from engine.linking import linked, pinned
from engine.simulation.stubs import Throws
from tests.gate.building import ROLES, bundle, found, judge, operations
from tests.gate.living import Lived, on
from tests.support.drawing import draw, form, many, node, service, task

CALL = {"input:code": "asked", "output:result": "answer"}


RUSSIAN = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8"\n\nmsgid "look_at"\nmsgstr "О"\n'


def call(key: str = "inspect", process: str = "inspection", how: str = "", **properties: str) -> str:
    drawn = node("callActivity", key, attributes=f'calledElement="{process}"', **(CALL | properties))
    return drawn.replace("</callActivity>", how + "</callActivity>")


def caller(
    *nodes: str, more: tuple[tuple[str, ...], ...] = (), called: Mapping[str, bytes] | None = None
) -> dict[str, bytes]:
    """
    Return a release that calls the inspection, pinned.
    """
    drawn = list(nodes) or [call()]
    flows = [("begun", "ask"), ("ask", "inspect"), ("inspect", "after"), ("after", "done"), *more]
    files = bundle([task("ask"), *drawn, task("after")], flows, forms={"ask": [{"key": "asked"}]})
    return pinned(files, {"inspection": called or inspection()}.get)


def inspection(answer: str = "answer", *more: str) -> dict[str, bytes]:
    drawn = [node("startEvent", "begun"), task("look_at", candidates="if code = null then [] else []")]
    drawn += [service("book_it", "book"), node("endEvent", "done"), *more]
    flows = [("begun", "look_at"), ("look_at", "book_it"), ("book_it", "done")]
    drawing = draw("inspection", drawn, flows, {"Usta": ("dispatcher", ["look_at", "book_it"])})
    takes = b'<extensionElements><s:properties><s:property name="inputs" value="code, hurry"/></s:properties>'
    files = {
        "inspection.bpmn": drawing.replace(b"<laneSet", takes + b"</extensionElements><laneSet", 1),
        "forms/look_at.form": form("look_at", {"key": answer}, {"key": "note"}),
        "catalogues/ru.po": RUSSIAN.encode(),
        "scenarios/one.yaml": b"name: one",
    }
    return files


FAILED = '<boundaryEvent id="failed" attachedToRef="inspect"><errorEventDefinition/></boundaryEvent>'


def whole(**files: bytes) -> dict[str, bytes]:
    return caller(call(), FAILED, more=(("failed", "after"),), **files)


def parts(files: Mapping[str, bytes]) -> Parts:
    return compile_bundle(files, operations(), ROLES)


def test_a_called_process_runs_where_the_call_stands_with_what_is_handed_over() -> None:
    verdict = judge(whole())
    assert verdict.passed, verdict.findings
    case = Lived(parts(whole()), book=[None]).do("ask", asked="x")

    assert case.open == ["inspect__look_at"]
    assert case.data("inspect__look_at") == {"code": "x", "hurry": None}
    case.do("inspect__look_at", answer="fine", note="n")
    assert case.open == ["after"]
    assert case.data("after") == {"asked": "x", "result": "fine"}
    assert case.do("after").walk.run.ended


def test_its_tasks_have_its_own_roles_forms_and_words() -> None:
    release = parts(whole())
    element = release.diagram.elements["inspect__look_at"]

    assert element.role == "dispatcher"
    assert "answer" in release.forms[element.properties["formKey"]].keys
    assert release.translate("look_at", "ru") == "О"
    assert release.diagram.shown_at("inspect__look_at") == "inspect"
    assert b"callActivity" in release.bpmn


def test_an_error_that_it_does_not_catch_reaches_the_border_of_the_call() -> None:
    case = Lived(parts(whole()), book=[Throws("no_stock")]).do("ask", asked="x").do("inspect__look_at", answer="fine")

    assert case.open == ["after"]
    assert case.data("after") == {"asked": "x"}


def test_a_call_for_each_of_a_list() -> None:
    how = many("[asked, asked]", item="one", each="result", to="results")
    files = caller(call(how=how), FAILED, on("inspect", "late"), more=(("failed", "after"), ("late", "after")))
    assert judge(files).passed, judge(files).findings
    case = Lived(parts(files), book=[None]).do("ask", asked="x")

    assert case.open == ["inspect__look_at", "inspect__look_at", "late"]
    case.do("inspect__look_at", answer="a").do("inspect__look_at", answer="b")
    assert case.data("after")["results"] == ["a", "b"]


def test_what_was_released_since_changes_nothing_until_the_caller_is_released() -> None:
    first = whole()
    second = whole(called=inspection("verdict"))

    assert "forms/inspect__look_at.form" in linked(first)
    assert not any(path.startswith(("called/", "scenarios/")) for path in linked(first))
    assert "scenarios/one.yaml" not in {path.rpartition("called/inspection/")[2] for path in first if "called" in path}
    changed = {change.element for change in compare(first, second).changes if "look_at" in change.file}
    assert changed
    assert compare(first, first).same
    raw = json.loads(linked(second)["forms/inspect__look_at.form"])
    assert [one["key"] for one in raw["components"]] == ["verdict", "note"]


def test_a_called_process_may_call_another() -> None:
    inner = {
        "deep.bpmn": draw(
            "deep",
            [node("startEvent", "b"), task("dig"), node("endEvent", "e")],
            [("b", "dig"), ("dig", "e")],
            {"U": ("dispatcher", ["dig"])},
        )
    }
    inner["forms/dig.form"] = form("dig")
    middle = {
        "inspection.bpmn": draw(
            "inspection",
            [
                node("startEvent", "begun"),
                node("callActivity", "go", attributes='calledElement="deep"'),
                node("endEvent", "over"),
            ],
            [("begun", "go"), ("go", "over")],
            {"U": ("dispatcher", ["go"])},
        )
    }
    files = bundle([call().replace('"input:code"', '"outcome"')], [("begun", "inspect"), ("inspect", "done")])
    files["t.bpmn"] = files["t.bpmn"].replace(b'value="asked"', b'value="x"').replace(b'"answer"', b'"1"')
    whole = pinned(files, {"inspection": middle, "deep": inner}.get)
    verdict = judge(whole)

    assert verdict.passed, verdict.findings
    assert Lived(parts(whole)).open == ["inspect__go__dig"]


def test_caller_and_called_may_ask_by_the_same_name_and_know_nothing_of_each_other() -> None:
    drawn = [node("startEvent", "begun"), task("look_at"), task("again"), node("endEvent", "done")]
    flows = [("begun", "look_at"), ("look_at", "again"), ("again", "done")]
    called = {
        "inspection.bpmn": draw("inspection", drawn, flows, {"Usta": ("dispatcher", ["look_at", "again"])}),
        "forms/look_at.form": form("look_at", {"key": "asked"}, {"key": "answer"}),
        "forms/again.form": form("again", {"key": "asked"}),
    }
    asks = node("callActivity", "inspect", attributes='calledElement="inspection"', **{"output:result": "answer"})
    files = caller(asks, called=called)
    case = Lived(parts(files)).do("ask", asked="mine")

    assert "asked" not in case.walk.context(case.walk.run.tasks[0])
    case.do("inspect__look_at", asked="theirs", answer="fine")
    assert case.walk.context(case.walk.run.tasks[0])["asked"] == "theirs"
    case.do("inspect__again", asked="theirs too")
    assert case.walk.context(case.walk.run.tasks[0]) == {"asked": "mine", "result": "fine"}


@pytest.mark.parametrize(
    ("files", "code"),
    [
        (caller(called={"other.bpmn": b"<x/>"}), "call_unknown"),
        (caller(call(process="nowhere")), "call_unknown"),
        (caller(call(process="t")), "call_itself"),
        (caller(call(), called=inspection()), "error_uncaught"),
        (caller(call(**{"input:code": "nobody"}), FAILED, more=(("failed", "after"),)), "unknown_variable"),
        (caller(call(**{"output:result": "asked"}), FAILED, more=(("failed", "after"),)), "unknown_variable"),
        (caller(call(**{"input:code": "= ="}), FAILED, more=(("failed", "after"),)), "expression"),
        (caller(call(**{"input:other": "asked"}), FAILED, more=(("failed", "after"),)), "call_unknown_input"),
    ],
)
def test_a_call_that_would_not_run_as_drawn_is_refused(files: Mapping[str, bytes], code: str) -> None:
    assert code in {one for one, _ in found(judge(files))}


def test_what_is_wrong_in_a_called_process_is_told_in_its_own_file_and_by_its_own_names() -> None:
    broken = inspection()
    broken["inspection.bpmn"] = (
        broken["inspection.bpmn"].replace(b'"book"', b'"buch"').replace(b"<service", b"\n<service")
    )
    broken["forms/look_at.form"] = b'{"type": "default", "schemaVersion": 19, "id": "x",\n"components": [{"id": "q"}]}'
    broken["decisions/x.dmn"] = b"<x/>"
    folder, files = "called/inspection/", caller(call(), called=broken)
    where = {(one.file, one.element): one for one in judge(files).findings}

    assert where[folder + "inspection.bpmn", "book_it"].line == 2
    assert where[folder + "forms/look_at.form", "q"].line == 2
    assert (folder + "decisions/x.dmn", None) in where
    assert where["t.bpmn", "inspect"].line == 1
    assert where["t.bpmn", "inspect"].column >= files["t.bpmn"].decode().index('id="inspect"')


def test_what_is_wrong_in_a_call_of_a_call_is_told_in_its_own_file() -> None:
    ends, flows = (node("startEvent", "b"), node("endEvent", "e")), [("b", "it"), ("it", "e")]
    deep = {"deep.bpmn": draw("deep", [*ends, node("serviceTask", "it")], flows, {})}
    go = node("callActivity", "it", attributes='calledElement="deep"')
    middle = {"inspection.bpmn": draw("inspection", [*ends, go], flows, {})}
    files = pinned(caller(call()), {"inspection": middle, "deep": deep}.get)

    assert ("called/inspection/called/deep/deep.bpmn", "it") in {
        (one.file, one.element) for one in judge(files).findings
    }


def test_a_circle_of_calls_is_refused() -> None:
    back = node("callActivity", "back", attributes='calledElement="t"')
    files = inspection("answer")
    files["inspection.bpmn"] = draw(
        "inspection",
        [node("startEvent", "begun"), back, node("endEvent", "done")],
        [("begun", "back"), ("back", "done")],
        {},
    )

    assert ("call_itself", "back") in found(judge(caller(call(), called=files)))
