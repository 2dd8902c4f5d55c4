"""
What was answered, in words.
"""

from __future__ import annotations

from decimal import Decimal

from forms import SummaryRow
from tests.forms.building import component, form


def test_every_kind_of_answer_is_said() -> None:
    told = form(
        component("radio", "signed", values=[{"value": "a", "label": "Abonent"}]),
        component("checklist", "people", valuesKey="fitters"),
        component("datetime", "day"),
        component("number", "reading", appearance={"prefixAdorner": "~", "suffixAdorner": "m³"}),
        component("textfield", "telephone", properties={"kind": "telephone"}),
        component("checkbox", "old"),
        component("filepicker", "photos"),
        component("textarea", "note"),
        component("textfield", "seals", properties={"kind": "seal_numbers"}),
        component("textfield", "hidden"),
    )
    values = {
        "signed": "a",
        "people": [7, 9],
        "day": "2026-11-27",
        "reading": Decimal("123.456"),
        "telephone": "+994501234567",
        "old": False,
        "photos": [{"id": "1", "name": "a.jpg", "type": "image/jpeg", "size": 1}, {"name": "b.jpg"}],
        "note": None,
        "seals": ["A1", "B2"],
        "undeclared": "x",
    }
    rows = told.summary(values, {"fitters": [{"value": 7, "label": "Rauf"}, {"value": 8, "label": "Əli"}]})
    assert [(row.key, row.value_text) for row in rows] == [
        ("signed", "Abonent"),
        ("people", "Rauf, 9"),
        ("day", "27.11.2026"),
        ("reading", "~ 123,456 m³"),
        ("telephone", "050 123 45 67"),
        ("old", "Xeyr"),
        ("photos", "a.jpg, b.jpg"),
        ("note", "Göstərilməyib"),
        ("seals", "A1, B2"),
    ]


def test_labels_and_fixed_options_are_translated_but_not_what_people_wrote() -> None:
    told = form(
        component("radio", "signed", values=[{"value": "a", "label": "Abonent"}]),
        component("textfield", "name"),
        component("checkbox", "old"),
        component("textarea", "note"),
    )
    rows = told.summary({"signed": "a", "name": "Sual", "old": True, "note": ""}, translate=lambda text: f"en({text})")
    assert rows == [
        SummaryRow("en(Sual)", "signed", "en(Abonent)"),
        SummaryRow("en(Sual)", "name", "Sual", "text"),
        SummaryRow("en(Sual)", "old", "en(Bəli)"),
        SummaryRow("en(Sual)", "note", "en(Göstərilməyib)"),
    ]
