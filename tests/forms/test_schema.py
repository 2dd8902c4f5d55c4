"""
What a form file may hold, and that everything else is refused at once, with the component's id.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms import FormProblems, load_form, messages
from tests.forms.building import codes, compile_feel, component, form, problems, schema

OPTIONS = [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]

KNOWN = [
    {"type": "text", "id": "t", "text": "# Başlıq"},
    component("textfield"),
    component("textarea"),
    component("number"),
    component("datetime", subtype="date"),
    component("datetime", subtype="time"),
    component("datetime", subtype="datetime"),
    component("checkbox"),
    component("radio", values=OPTIONS),
    component("select", valuesKey="reasons"),
    component("checklist", valuesExpression="=known"),
    component("taglist", values=OPTIONS),
    component("filepicker"),
    component("expression", expression="=1 + 1"),
    {"type": "group", "id": "g", "label": "Qrup", "components": [component("textfield")]},
    {"type": "table", "id": "tb", "dataSource": "=rows", "columns": [{"label": "Ad", "key": "name"}]},
    {"type": "separator", "id": "s"},
    {"type": "spacer", "id": "s", "height": 20},
    {"type": "image", "id": "i", "source": "/static/meter.png", "alt": "Sayğac"},
    {"type": "button", "id": "b", "label": "Davam et", "action": "submit"},
]


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: f"{known['type']} {known.get('subtype', '')}")
def test_known_components_are_read(known: dict[str, object]) -> None:
    assert problems(known) == ()


@pytest.mark.parametrize("type_", ["html", "iframe", "dynamiclist", "documentPreview", "hologram", "", None, 7])
def test_unknown_components_are_refused(type_: object) -> None:
    refused = problems({**component("textfield"), "type": type_})
    assert [(problem.component_id, problem.code) for problem in refused] == [("field_it", "component_unknown")]


def with_properties(**properties: str) -> dict[str, object]:
    return component("textfield", properties=properties)


WRONG = {
    "component_id": component("textfield") | {"id": ""},
    "key_missing": component("textfield") | {"key": "a.b"},
    "label_missing": component("textfield") | {"label": ""},
    "property_unknown": with_properties(prefilFrom="today"),
    "property_unsupported": {"type": "button", "id": "b", "label": "Sil", "action": "reset"},
    "kind_unknown": with_properties(kind="passport"),
    "expression": component("textfield", conditional={"hide": "=1 +"}),
    "text_unsupported": {"type": "text", "id": "t", "text": "<script>alert(1)</script>"},
    "bound": component("number", validate={"min": "çox"}),
    "pattern": component("textfield", validate={"pattern": "^(a+)+$"}),
    "choices": component("radio"),
    "choice_repeated": component("radio", values=[OPTIONS[0], OPTIONS[0]]),
    "choice_empty": component("radio", values=[{"value": "", "label": "A"}]),
    "default": component("radio", values=OPTIONS, defaultValue="c"),
    "columns": {"type": "table", "id": "t", "dataSource": "=rows"},
    "data_source": {"type": "table", "id": "t", "columns": [{"label": "Ad", "key": "name"}]},
    "image": {"type": "image", "id": "i", "source": "https://example.com/x.png", "alt": "x"},
    "file_types": component("filepicker", accept=".exe"),
}


@pytest.mark.parametrize(("code", "wrong"), WRONG.items(), ids=list(WRONG))
def test_mistakes_are_refused(code: str, wrong: dict[str, object]) -> None:
    assert codes(wrong) == [code]


@pytest.mark.parametrize(
    "wrong",
    [
        component("textfield", label="=1"),
        component("textfield", description="{{#if a}}b{{/if}}"),
        component("textfield", validate={"validationType": "iban"}),
        component("datetime", subtype="week"),
        component("filepicker", multiple="=true"),
        {"type": "group", "id": "g", "path": "inner", "components": []},
        with_properties(errorWhen="=true"),
        with_properties(prefillFrom="texts", prefillBy="not_above"),
        {"type": "text", "id": "t", "text": "x", "properties": {"appearance": "loud"}},
    ],
)
def test_what_pages_cannot_do_is_refused(wrong: dict[str, object]) -> None:
    assert codes(wrong) == ["property_unsupported"]


@pytest.mark.parametrize("type_", ["checkbox", "filepicker", "number", "textarea"])
def test_a_kind_belongs_to_its_component(type_: str) -> None:
    assert codes(component(type_, properties={"kind": "email"})) == ["kind_unknown"]


def test_every_problem_has_a_test() -> None:
    elsewhere = {"schema", "schema_version", "too_large", "component_unknown", "key_repeated", "reads_below"}
    assert WRONG.keys() | elsewhere == messages.PROBLEMS.keys()


def test_all_problems_are_found_at_once() -> None:
    found = problems(*(wrong | {"id": f"wrong_{n}", "key": f"k{n}"} for n, wrong in enumerate(WRONG.values()) if n > 1))
    assert {problem.code for problem in found} == WRONG.keys() - {"component_id", "key_missing"}
    assert len({problem.component_id for problem in found}) == len(WRONG) - 2


def test_keys_are_unique() -> None:
    button = {"type": "button", "id": "b", "label": "x", "properties": {"key": "it", "value": "1"}}
    twin = component("textfield") | {"id": "twin"}
    assert codes(component("textfield"), twin, button) == ["key_repeated", "key_repeated"]


def test_ids_are_unique() -> None:
    assert codes(component("textfield"), component("textfield", "that") | {"id": "field_it"}) == ["component_id"]


@pytest.mark.parametrize("where", ["conditional", "validate", "properties", "description"])
def test_an_expression_reads_only_fields_above(where: str) -> None:
    reading = {
        "conditional": {"conditional": {"hide": "=later = 1"}},
        "validate": {"validate": {"min": "=later"}},
        "properties": {"properties": {"requiredWhen": "=it = 1"}},
        "description": {"description": "Bax: {{later}}"},
    }[where]
    assert codes(component("number", **reading), component("number", "later")) == ["reads_below"]
    if where != "properties":
        assert codes(component("number", "later"), component("number", **reading)) == []


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"type": "default", "id": "x"},
        {"type": "default", "components": []},
        {"type": "other", "id": "x", "components": []},
        {"type": "default", "id": "x", "components": {}},
        [],
        None,
    ],
)
def test_what_is_no_form_is_refused(raw: object) -> None:
    with pytest.raises(FormProblems) as refused:
        load_form(raw, compile=compile_feel)
    assert {problem.code for problem in refused.value.problems} == {"schema"}


def test_a_newer_schema_is_refused() -> None:
    with pytest.raises(FormProblems, match="20"):
        load_form({**schema(), "schemaVersion": 20}, compile=compile_feel)


def test_size_and_depth_are_limited() -> None:
    nested: dict[str, object] = component("textfield")
    for level in range(7):
        nested = {"type": "group", "id": f"g{level}", "components": [nested]}
    assert "too_large" in codes(nested)
    assert "too_large" in codes(*(component("textfield", f"k{n}") for n in range(201)))
    assert codes({"type": "text", "id": "t", "text": "x" * 10_001}) == ["too_large"]


def test_a_form_says_what_it_wants_and_gives() -> None:
    loaded = form(
        component("select", "reason", valuesKey="reasons"),
        component("textfield", "email", properties={"personal": "true", "prefillFrom": "mail"}),
        component("textfield", "fixed", readonly=True),
        component("expression", "sum", expression="=price * 2"),
        {"type": "table", "id": "t", "dataSource": "=stock", "columns": [{"label": "Ad", "key": "name"}]},
        {"type": "text", "id": "s", "text": "", "properties": {"summaryOf": "apply, enter"}},
        {"type": "text", "id": "x", "text": "{{case_number}} {{reason}}"},
        {"type": "button", "id": "b", "label": "Geri", "properties": {"key": "back", "value": "yes"}},
    )
    assert loaded.keys == {"reason", "email", "sum", "back"}
    assert loaded.personal == {"email"}
    assert loaded.sources == {"reasons", "mail", "stock", "answers_of:apply", "answers_of:enter"}
    assert loaded.names == {"price", "case_number"}
    assert [own.key for own in loaded.fields] == ["reason", "email", "fixed"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["id", "key", "label", "values", "validate", "conditional", "properties", "text", "components", "columns"]


@settings(deadline=None)
@given(st.sampled_from(KNOWN), st.dictionaries(st.sampled_from(NAMES), JSON, max_size=4))
def test_a_garbled_component_is_read_or_refused(known: dict[str, object], garbled: dict[str, object]) -> None:
    raw = schema({**known, **garbled})
    try:
        loaded = load_form(raw, compile=compile_feel)
    except FormProblems as refused:
        assert refused.problems
    else:
        json.dumps(list(loaded.texts()))
