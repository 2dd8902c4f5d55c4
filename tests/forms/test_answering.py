"""
What a post becomes: values only of declared, visible fields, errors in document order.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from forms import Upload
from tests.forms.building import component, form, scope

ASSIGN = [{"value": "assign", "label": "Təyin et"}, {"value": "refuse", "label": "İmtina et"}]
STORY = form(
    component("radio", "decision", values=ASSIGN, validate={"required": True}),
    {
        "type": "group",
        "id": "visit",
        "label": "Baxış",
        "conditional": {"hide": '=decision != "assign"'},
        "components": [
            component("datetime", "day", properties={"min": "=today()"}, validate={"required": True}),
            component("datetime", "later", properties={"min": '=date(day) + duration("P1D")'}),
        ],
    },
    component("textarea", "why", conditional={"hide": '=decision != "refuse"'}, validate={"required": True}),
    component("textfield", "note"),
)


def read(form_: object, values: dict[str, str | list[str]] | None = None, **context: object) -> object:
    posted = {key: [value] if isinstance(value, str) else value for key, value in (values or {}).items()}
    return form_.parse(posted, {}, scope(**context))


def codes(answers: object) -> dict[str, str]:
    return {error.key: error.code for error in answers.errors}


def test_only_visible_fields_are_kept() -> None:
    answers = read(STORY, {"decision": "refuse", "day": "27.11.2026", "why": "Yararsızdır", "extra": "x"})
    assert answers.values == {"decision": "refuse", "why": "Yararsızdır", "note": None}
    assert answers.errors == ()


def test_a_group_is_hidden_with_all_it_holds() -> None:
    assert read(STORY, {"decision": "assign", "day": "27.11.2026", "why": "x"}).values == {
        "decision": "assign",
        "day": "2026-11-27",
        "later": None,
        "note": None,
    }


def test_errors_come_in_document_order() -> None:
    answers = read(STORY, {"note": "\x00", "decision": "assign", "later": "x", "day": "x"})
    assert [error.key for error in answers.errors] == ["day", "later", "note"]


def test_an_earlier_answer_decides_nothing_about_this_post() -> None:
    answers = read(STORY, {}, decision="assign")
    assert codes(answers) == {"decision": "appeared"}
    assert answers.values == {"note": None}


def test_a_limit_may_be_an_answer_above() -> None:
    assert codes(read(STORY, {"decision": "assign", "day": "27.11.2026", "later": "27.11.2026"})) == {
        "later": "too_early"
    }
    assert codes(read(STORY, {"decision": "assign", "day": "22.11.2026", "later": "1.1.2020"})) == {"day": "too_early"}


def test_a_form_is_read_without_any_context() -> None:
    assert form(component("textfield")).parse({"it": [" a "]}).values == {"it": "a"}


@pytest.mark.parametrize(
    ("control", "more", "code"),
    [
        ("textfield", {}, "required"),
        ("textarea", {}, "required"),
        ("number", {}, "required"),
        ("datetime", {}, "required_date"),
        ("radio", {"values": ASSIGN}, "required_choice"),
        ("select", {"values": ASSIGN}, "required_choice"),
        ("checklist", {"values": ASSIGN}, "required_choices"),
        ("checkbox", {}, "required_checkbox"),
        ("filepicker", {}, "required_file"),
    ],
)
def test_a_required_answer_must_be_there(control: str, more: dict[str, object], code: str) -> None:
    asked = form(component(control, validate={"required": True}, **more))
    for posted in ({}, {"it": ""}, {"it": " \u00a0 "}):
        expected = codes(read(asked, posted))
        if control == "checkbox" and posted:
            continue
        assert expected == {"it": code}
    own = component(control, validate={"required": True}, **{**more, "properties": {"requiredText": "Bunu doldurun"}})
    assert read(form(own)).errors[0].params == {"text": "Bunu doldurun"}
    optional = form(component(control, **more))
    assert read(optional).errors == ()


def test_an_answer_may_be_required_only_at_times() -> None:
    asked = form(
        component("checkbox", "old"),
        component("textfield", "number", properties={"requiredWhen": "=old = true"}),
    )
    assert codes(read(asked, {"old": "true"})) == {"number": "required"}
    assert read(asked).values == {"old": False, "number": None}


def test_a_required_field_that_the_page_did_not_have_asks_for_a_look() -> None:
    asked = form(component("textfield", validate={"required": True}, properties={"prefillFrom": "wording"}))
    assert codes(read(asked, {}, wording="Hörmətli abonent")) == {"it": "appeared"}
    assert codes(read(asked, {"it": ""}, wording="Hörmətli abonent")) == {"it": "required"}


@pytest.mark.parametrize(
    "where",
    [
        {"values": [{"value": 15, "label": "15 mm"}, {"value": "x", "label": "X"}]},
        {"valuesKey": "offered"},
        {"valuesExpression": "=offered"},
    ],
)
def test_choices_are_checked_against_the_list(where: dict[str, object]) -> None:
    offered = [{"value": 15, "label": "15 mm"}, {"value": "x", "label": "X"}]
    one, many = form(component("select", **where)), form(component("checklist", **where))
    assert read(one, {"it": "15"}, offered=offered).values == {"it": 15}
    assert codes(read(one, {"it": "20"}, offered=offered)) == {"it": "choice"}
    assert codes(read(one, {"it": ["15", "x"]}, offered=offered)) == {"it": "choice"}
    assert read(many, {"it": ["x", "15", "x"]}, offered=offered).values == {"it": [15, "x"]}
    assert codes(read(many, {"it": ["x", "y"]}, offered=offered)) == {"it": "choice"}
    assert read(many, {}, offered=offered).values == {"it": []}


def test_a_source_that_is_not_there_offers_nothing() -> None:
    assert codes(read(form(component("select", valuesKey="gone")), {"it": "a"})) == {"it": "choice"}


@pytest.mark.parametrize(("text", "ticked"), [("true", True), ("on", True), ("1", True), ("false", False), ("", False)])
def test_a_checkbox_is_true_or_false(text: str, ticked: bool) -> None:
    assert read(form(component("checkbox")), {"it": text}).values == {"it": ticked}


def test_what_is_only_shown_is_not_read() -> None:
    shown = form(
        component("textfield", "a", readonly=True),
        component("textfield", "b", disabled=True),
        component("textfield", "c", readonly="=locked"),
    )
    posted = {"a": "x", "b": "x", "c": "x"}
    assert read(shown, posted, a="1", b="2", c="3", locked=True).values == {"c": "3"}
    assert read(shown, posted, a="1", b="2", c="3", locked=False).values == {"c": "x"}


def test_computed_values_read_what_was_typed_above() -> None:
    sums = form(
        component("number", "a", decimalDigits=2),
        component("datetime", "day"),
        component("expression", "double", expression="=a * 2"),
        component("expression", "next", expression='=date(day) + duration("P1D")'),
    )
    values = read(sums, {"a": "1,25", "double": "7", "day": "30.11.2026"}).values
    assert values["double"] == Decimal("2.50")
    assert values["next"] == "2026-12-01"


def test_a_second_button_says_that_it_was_pressed() -> None:
    buttons = form(
        {"type": "button", "id": "go", "label": "Müraciət et"},
        {"type": "button", "id": "x", "label": "Dəyiş", "properties": {"key": "confirmed", "value": "no"}},
        {"type": "button", "id": "y", "label": "Ləğv et", "properties": {"key": "confirmed", "value": "never"}},
    )
    for text, value in (("no", "no"), ("never", "never"), ("yes", None)):
        assert read(buttons, {"confirmed": text}).values == {"confirmed": value}
    assert read(buttons).values == {"confirmed": None}


def test_default_lengths() -> None:
    for control, longest in (("textfield", 200), ("textarea", 4_000)):
        asked = form(component(control))
        assert read(asked, {"it": "ə" * longest}).errors == ()
        assert codes(read(asked, {"it": "ə" * (longest + 1)})) == {"it": "too_long"}


def test_lengths_may_be_set_but_have_an_end() -> None:
    asked = form(component("textarea", validate={"minLength": 2, "maxLength": 999_999_999}))
    assert codes(read(asked, {"it": "a"})) == {"it": "too_short"}
    assert codes(read(asked, {"it": "a" * 20_001})) == {"it": "too_long"}


def test_a_pattern_may_have_its_own_sentence() -> None:
    asked = form(component("textfield", validate={"pattern": "^[0-9]{2}$", "patternErrorMessage": "İki rəqəm yazın"}))
    assert read(asked, {"it": "1"}).errors[0].params == {"text": "İki rəqəm yazın"}
    assert read(asked, {"it": "12"}).values == {"it": "12"}


@pytest.mark.parametrize(
    ("type_", "kind"), [("email", "email"), ("phone", "telephone"), ("custom", None), (None, None)]
)
def test_validation_types_of_the_editor(type_: str | None, kind: str | None) -> None:
    asked = form(component("textfield", validate={"validationType": type_}))
    assert codes(read(asked, {"it": "?"})) == ({"it": kind} if kind else {})


def test_dates_not_in_the_past() -> None:
    asked = form(component("datetime", disallowPassedDates=True))
    assert codes(read(asked, {"it": "22.11.2026"})) == {"it": "too_early"}
    assert codes(read(asked, {"it": "23.11.2026"})) == {}


PHOTOS = form(
    component("filepicker", multiple=True, accept=".jpg,.png", properties={"maxFiles": "2", "maxMegabytes": "1"})
)


def upload(**more: object) -> Upload:
    return Upload(**{"name": "şəkil.jpg", "size": 10, "type": "image/jpeg", "reference": "f1", **more})


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ([upload(size=0)], "file_empty"),
        ([upload(size=1024 * 1024 + 1)], "file_too_big"),
        ([upload(type="application/pdf")], "file_type"),
        ([upload()] * 3, "files_too_many"),
    ],
)
def test_files_are_checked(files: list[Upload], code: str) -> None:
    assert [error.code for error in PHOTOS.parse({}, {"it": files}, {}).errors] == [code]


def test_files_become_what_the_case_keeps() -> None:
    answers = PHOTOS.parse({"it": ["forged"]}, {"it": [upload()], "other": [upload()]}, {})
    assert answers.values == {"it": [{"id": "f1", "name": "şəkil.jpg", "type": "image/jpeg", "size": 10}]}


def test_one_file_where_one_is_asked() -> None:
    assert form(component("filepicker")).parse({}, {"it": [upload()] * 2}, {}).errors[0].code == "files_too_many"


def test_typed_text_is_kept_for_the_next_page() -> None:
    answers = read(STORY, {"decision": "assign", "day": " 31.02.2026 \x00", "undeclared": "x"})
    assert answers.typed == {"decision": ["assign"], "day": [" 31.02.2026 "]}


@pytest.mark.parametrize(
    ("known", "shown"),
    [({}, []), ({"visit": None}, ["when"]), ({"visit": "2026-11-27"}, ["when"])],
)
def test_a_name_is_defined_only_if_somebody_gave_it(known: dict[str, object], shown: list[str]) -> None:
    asked = form(component("textfield", "when", conditional={"hide": "=not(is defined(visit))"}))
    assert list(read(asked, {"when": "x"}, **known).values) == shown
    assert [row.key for row in asked.show(scope(**known)).rows] == shown


@pytest.mark.parametrize(("earlier", "chosen"), [(None, None), ("refuse", None), (None, "assign")])
def test_an_own_field_is_defined_once_it_was_asked(earlier: str | None, chosen: str | None) -> None:
    asked = form(
        component("radio", "decision", values=ASSIGN, conditional={"hide": "=open != true"}),
        component("textfield", "why", conditional={"hide": "=not(is defined(decision))"}),
    )
    answers = {"why": "x"} | ({"decision": chosen} if chosen else {})
    context = {"open": chosen is not None, "decision": earlier}
    assert ("why" in read(asked, answers, **context).values) is (chosen is not None)


WORDINGS = {"": "Yazın", "assign": "Usta\ngələcək", "refuse": "İmtina edildi"}
WORDED = form(
    component("radio", "decision", values=ASSIGN),
    component("textarea", "letter", properties={"prefillFrom": "wordings", "prefillBy": "decision"}),
)


@pytest.mark.parametrize(
    ("typed", "codes_", "shown"),
    [
        ("Usta\r\ngələcək ", {}, "Usta\ngələcək"),
        ("İmtina edildi", {"letter": "follows_choice"}, "Usta\ngələcək"),
        ("Yazın", {"letter": "follows_choice"}, "Usta\ngələcək"),
        ("İmtina edildi!", {}, "İmtina edildi!"),
        ("", {}, ""),
    ],
)
def test_an_offered_text_follows_the_choice_and_an_own_text_stays(
    typed: str, codes_: dict[str, str], shown: str
) -> None:
    posted = {"decision": "assign", "letter": typed}
    assert codes(read(WORDED, posted, wordings=WORDINGS)) == codes_
    view = WORDED.show(scope(wordings=WORDINGS), typed={key: [text] for key, text in posted.items()})
    assert view.rows[1].value == shown


def test_a_text_made_anew_is_the_one_of_the_choice() -> None:
    view = WORDED.show(scope(wordings=WORDINGS), typed={"decision": ["refuse"]})
    assert view.rows[1].value == "İmtina edildi" and view.rows[1].anew
    assert WORDED.show(scope(wordings=WORDINGS)).rows[1].value == "Yazın"
    assert WORDED.show(scope()).rows[1].value == ""
