"""
What a page gets: values, options, errors, hidden and revealed fields, in the reader's language.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from forms import FieldError, Upload
from forms.view import AnswerRow, ButtonView, ComponentView, ErrorView, FormView, Reveal
from tests.forms.building import component, form, scope

OPTIONS = [{"value": "a", "label": "Abonent"}, {"value": "b", "label": "Nümayəndə"}]


def only(view: FormView) -> ComponentView:
    (row,) = view.rows
    return row


def in_english(text: str) -> str:
    return f"en({text})" if text else text


@pytest.mark.parametrize(
    ("context", "typed", "value"),
    [
        ({}, None, "başlanğıc"),
        ({"source": "mənbə"}, None, "mənbə"),
        ({"source": "mənbə", "it": "əvvəlki"}, None, "əvvəlki"),
        ({"source": "mənbə", "it": "əvvəlki"}, {"it": ["yazılmış"]}, "yazılmış"),
        ({"source": "mənbə", "it": "əvvəlki"}, {"it": [""]}, ""),
        ({"source": "mənbə"}, {"other": ["x"]}, "mənbə"),
    ],
)
def test_what_stands_in_a_field(context: dict[str, object], typed: dict[str, list[str]] | None, value: str) -> None:
    asked = form(component("textfield", defaultValue="başlanğıc", properties={"prefillFrom": "source"}))
    assert only(asked.show(context, typed=typed)).value == value


def test_a_fresh_field_forgets_the_earlier_answer() -> None:
    asked = form(component("textfield", properties={"fresh": "true"}))
    assert only(asked.show({"it": "əvvəlki"})).value == ""


@pytest.mark.parametrize(
    ("raw", "stored", "value"),
    [
        (component("datetime"), "2026-11-27", "27.11.2026"),
        (component("datetime", subtype="datetime"), "2026-11-27T09:30", "27.11.2026 09:30"),
        (component("number", decimalDigits=3, properties={"kind": "decimal"}), Decimal("12.500"), "12,500"),
        (component("textfield", properties={"kind": "telephone"}), "+994501234567", "050 123 45 67"),
        (component("textfield", properties={"kind": "telephone"}), "+905321234567", "+90 532 123 45 67"),
        (component("textfield", properties={"kind": "seal_numbers"}), ["A1", "B2"], "A1, B2"),
        (component("textfield"), 7, "7"),
        (component("datetime"), "dünən", "dünən"),
    ],
)
def test_values_are_shown_as_they_would_be_typed(raw: dict[str, object], stored: object, value: str) -> None:
    assert only(form(raw).show({"it": stored})).value == value


def test_options_are_checked_and_numbered() -> None:
    view = only(form(component("radio", values=OPTIONS)).show({"it": "b"}))
    assert [(option.id, option.checked) for option in view.options] == [("field-it", False), ("field-it-2", True)]
    assert (view.id, view.value) == ("field-it", "b")


def test_options_of_a_source_have_hints_and_keep_their_language() -> None:
    offered = [{"value": 7, "label": "Rauf", "hint": "3 açıq tapşırıq"}, "sadə"]
    asked = form(component("checklist", valuesKey="fitters"))
    view = only(asked.show({"fitters": offered, "it": [7]}, translate=in_english))
    assert [(option.value, option.label, option.hint, option.checked) for option in view.options] == [
        ("7", "Rauf", "3 açıq tapşırıq", True),
        ("sadə", "sadə", "", False),
    ]


def test_nothing_ticked_stays_unticked_though_it_was_ticked_before() -> None:
    ticks = form(component("checkbox", "one"), component("checklist", "many", values=OPTIONS))
    one, many = ticks.show({"one": True, "many": ["a"]}, typed={}).rows
    assert not one.checked
    assert not any(option.checked for option in many.options)


def test_every_text_is_translated() -> None:
    asked = form(
        component(
            "select",
            values=OPTIONS,
            description="İzah {{n}}",
            appearance={"suffixAdorner": "m³"},
            validate={"required": True},
            properties={"requiredText": "Seçin"},
        ),
        component("textfield", "note"),
        {
            "type": "table",
            "id": "t",
            "label": "Cədvəl",
            "dataSource": "=rows",
            "columns": [{"label": "Ad", "key": "n"}],
        },
        {"type": "image", "id": "i", "source": "/x.png", "alt": "Şəkil"},
        {"type": "group", "id": "g", "label": "Qrup", "components": []},
        {"type": "button", "id": "b", "label": "Davam et"},
    )
    view = asked.show({"n": 1, "rows": []}, translate=in_english, errors=asked.parse({}).errors, typed={})
    select, note, table, image, group = view.rows
    assert (select.label, select.hint, select.suffix) == ("en(Sual)", "en(İzah 1)", "en(m³)")
    assert select.placeholder == "en(Siyahıdan seçin)"
    assert select.options[0].label == "en(Abonent)"
    assert select.error == "en(Seçin)"
    assert note.label == "en(Sual) (en(məcburi deyil))"
    assert (table.label, table.columns, image.alt, group.label) == ("en(Cədvəl)", ("en(Ad)",), "en(Şəkil)", "en(Qrup)")
    assert view.buttons == (ButtonView("en(Davam et)", primary=True),)
    texts = set(asked.texts())
    assert {"Sual", "İzah {{n}}", "m³", "Abonent", "Nümayəndə", "Seçin", "Cədvəl", "Ad", "Şəkil", "Qrup"} <= texts


def test_only_optional_questions_are_marked() -> None:
    asked = form(
        component("textfield", "a"),
        component("textfield", "b", validate={"required": True}),
        component("textfield", "c", properties={"requiredWhen": "=a = null"}),
        component("textfield", "d", properties={"optionalMark": "false"}),
        component("textfield", "e", readonly=True),
        component("checkbox", "f"),
    )
    assert [row.label for row in asked.show({}).rows] == [
        "Sual (məcburi deyil)",
        "Sual",
        "Sual",
        "Sual",
        "Sual",
        "Sual",
    ]


def test_errors_are_said_at_the_field_and_in_the_summary() -> None:
    asked = form(component("textfield", "a"), component("radio", "b", values=OPTIONS))
    errors = [
        FieldError("gone", "refused", {"text": "Başqa yerdə"}),
        FieldError("b", "required_choice"),
        FieldError("a", "too_long", {"limit": 5, "count": 9}),
    ]
    view = asked.show({}, typed={}, errors=errors)
    assert view.rows[0].error == "«Sual»: ən çoxu 5 simvol yazın. Hazırda 9 simvoldur"
    assert view.errors == (
        ErrorView("a", "field-a", view.rows[0].error),
        ErrorView("b", "field-b", "«Sual»: variantlardan birini seçin"),
        ErrorView("gone", "", "Başqa yerdə"),
    )


def test_a_page_may_open_with_an_error() -> None:
    asked = form(
        component("textfield", properties={"errorWhen": "=subscriber.known = false", "errorText": "Kod tapılmadı"})
    )
    unknown = {"it": "123", "subscriber": {"known": False}}
    assert [error.text for error in asked.show(unknown).errors] == ["Kod tapılmadı"]
    assert only(asked.show(unknown)).value == "123"
    assert asked.show({"subscriber": {"known": True}}).errors == ()
    assert asked.show({}).errors == ()
    assert asked.show(unknown, typed={"it": ["456"]}).errors == ()


CHAIN = form(
    component("radio", "who", values=OPTIONS),
    component("textfield", "basis", conditional={"hide": '=who != "b"'}, defaultValue="etibarnamə"),
    component("checkbox", "old"),
    component("textfield", "number", conditional={"hide": "=old != true"}),
    component("textfield", "both", conditional={"hide": '=who = "a" and old = true'}),
    {"type": "text", "id": "t", "text": "{{basis}}"},
)


def test_hidden_fields_are_not_on_the_page() -> None:
    assert [row.key for row in CHAIN.show({}).rows] == ["who", "old", "both", ""]
    assert [row.key for row in CHAIN.show({}, typed={"who": ["b"], "old": ["true"]}).rows] == [
        *("who", "basis", "old", "number", "both", "")
    ]


def test_a_page_can_be_given_what_a_choice_would_reveal() -> None:
    rows = {row.key: row for row in CHAIN.show({}, unfold=True).rows}
    assert (rows["basis"].hidden, rows["basis"].revealed_by) == (True, Reveal("who", ("b",)))
    assert (rows["number"].hidden, rows["number"].revealed_by) == (True, Reveal("old", ("true",)))
    assert (rows["both"].hidden, rows["both"].revealed_by) == (False, None)
    assert rows[""].blocks == (), "a hidden field's default is no answer"


def test_characters_nobody_sees_are_not_shown_again() -> None:
    assert only(form(component("textfield")).show({}, typed={"it": ["a\x00\u202eb"]})).value == "ab"


def test_tables_show_rows_of_a_source() -> None:
    columns = [{"label": "Ad", "key": "name"}, {"label": "Sayı", "key": "count"}]
    table = form({"type": "table", "id": "t", "label": "", "dataSource": "=stock", "columns": columns})
    rows = [{"name": "DN 15", "count": Decimal("1.5")}, {"count": None}, "not a row"]
    assert only(table.show({"stock": rows})).cells == (("DN 15", "1,5"), ("", ""))
    assert only(table.show({"stock": "no rows"})).cells == ()
    assert only(table.show({})).cells == ()


def test_answers_of_earlier_forms() -> None:
    view = only(
        form({"type": "text", "id": "t", "text": "", "properties": {"summaryOf": "apply,later"}}).show(
            {"answers_of:apply": [{"label": "Səbəb", "value": "Yeni", "key": "reason"}]}
        )
    )
    assert view.kind == "answers"
    assert [(section.element, section.rows) for section in view.sections] == [
        ("apply", (AnswerRow("Səbəb", "Yeni", "reason"),)),
        ("later", ()),
    ]


def test_files_given_before_are_shown() -> None:
    asked = form(component("filepicker", multiple=True, accept=".jpg"))
    stored = [{"id": "f1", "name": "a.jpg", "type": "image/jpeg", "size": 3}]
    view = asked.show({"it": stored})
    assert view.has_files
    assert (only(view).multiple, only(view).attributes["accept"]) == (True, ".jpg")
    assert [file.reference for file in only(view).files] == ["f1"]
    again = asked.show({"it": stored}, uploads={"it": [Upload("b.jpg", 3, "image/jpeg", "f2")]})
    assert [file.reference for file in only(again).files] == ["f2"]


def test_a_form_without_a_button_gets_one() -> None:
    assert form().show({}).buttons == (ButtonView("Davam et", primary=True),)


def test_the_first_button_is_the_main_one() -> None:
    buttons = form(
        {"type": "button", "id": "a", "label": "Göndər"},
        {"type": "button", "id": "b", "label": "Dəyiş", "properties": {"key": "k", "value": "no"}},
    )
    assert buttons.show({}).buttons == (ButtonView("Göndər", primary=True), ButtonView("Dəyiş", "k", "no"))


@pytest.mark.parametrize(
    ("raw", "attributes"),
    [
        (component("textfield", properties={"kind": "telephone"}), {"autocomplete": "tel", "inputmode": "tel"}),
        (component("textfield", validate={"validationType": "email"}), {"autocomplete": "email", "inputmode": "email"}),
        (component("textfield", properties={"autocomplete": "off", "inputmode": "numeric"}), {"inputmode": "numeric"}),
        (component("textarea", validate={"maxLength": 50}), {"maxlength": "50", "rows": "5"}),
        (component("number"), {"inputmode": "decimal", "spellcheck": "false"}),
        (component("datetime"), {"inputmode": "numeric"}),
    ],
)
def test_attributes(raw: dict[str, object], attributes: dict[str, str]) -> None:
    assert attributes.items() <= only(form(raw).show(scope())).attributes.items()
