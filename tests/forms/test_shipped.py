"""
The form files of the repository: each loads, reads as people would fill it in, and withstands garbage.
"""

from __future__ import annotations

import json
import unicodedata
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms import Answers, Form, FormProblems, Scope, Upload, load_form
from forms.view import ComponentView
from tests.forms.building import FILES, TODAY, compile_feel, scope

IDS = [path.stem for path in FILES]
#: what the sources of the meter installation offer, in the shape they have
OFFERED = {
    "reasons": [{"value": "new_meter", "label": "Su sayğacının ilk dəfə quraşdırılması"}],
    "refusal_grounds": [{"value": code, "label": code} for code in ("no_stock", "line_unsuitable")],
    "legal_grounds": [{"value": "rules_6_5", "label": "Su istifadəsi Qaydaları, bənd 6.5"}],
    "refusal_texts": {
        "": "Hörmətli abonent, müraciətinizə baxıldı.",
        "rules_6_5": "Hörmətli abonent, bənd 6.5 üzrə baxıldı.",
    },
    "fitters": [{"value": 7, "label": "Rauf"}, {"value": 8, "label": "Elşən"}],
    "fitter_load": [{"name": "Rauf", "position": "Usta", "tasks": 3}],
    "second_specialists": [{"value": 9, "label": "Nigar, xidmət sahəsinin rəisi"}],
    "stock_by_diameter": [{"diameter": "DN 15", "quantity": 4, "meters": "Alfasu: 4"}],
    "diameters_in_stock": [{"value": 15, "label": "15 mm"}],
    "diameters": [{"value": dn, "label": f"{dn} mm"} for dn in (15, 20)],
    "meter_makes": [{"value": "Alfasu", "label": "Alfasu"}],
    "today": TODAY.isoformat(),
}


@cache
def shipped(name: str) -> Form:
    (path,) = (path for path in FILES if path.stem == name)
    return load_form(json.loads(path.read_text("utf-8")), compile=compile_feel)


def world(**more: object) -> Scope:
    return scope(**OFFERED, **more)


def fill_in(name: str, **typed: object) -> Answers:
    posted = {
        key: [str(item) for item in (value if isinstance(value, list) else [value])] for key, value in typed.items()
    }
    return shipped(name).parse(posted, {}, world())


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_each_file_is_a_form_of_its_name(path: Path) -> None:
    raw = json.loads(path.read_text("utf-8"))
    assert (raw["id"], raw["type"], raw["schemaVersion"]) == (path.stem, "default", 19)
    assert shipped(path.stem).buttons


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_each_file_is_laid_out_as_the_editor_saves_it(path: Path) -> None:
    written = path.read_text("utf-8")
    assert written == json.dumps(json.loads(written), ensure_ascii=False, indent=2) + "\n"


@pytest.mark.parametrize("name", IDS)
def test_texts_are_composed_and_have_no_straight_quotes(name: str) -> None:
    for text in shipped(name).texts():
        assert unicodedata.is_normalized("NFC", text)
        assert '"' not in text
        assert text == text.strip()


@pytest.mark.parametrize("name", IDS)
def test_each_required_field_says_what_to_do(name: str) -> None:
    assert [own.key for own in shipped(name).fields if own.required and not own.required_text] == []


@pytest.mark.parametrize("name", IDS)
def test_each_source_is_one_that_is_offered(name: str) -> None:
    assert {source for source in shipped(name).sources if not source.startswith("answers_of:")} <= OFFERED.keys()


@pytest.mark.parametrize("name", IDS)
def test_what_people_tell_of_themselves_stays_out_of_the_process(name: str) -> None:
    told = {"telephone", "email", "notes", "representative_name", "representative_basis", "photos", "answer_text"}
    assert shipped(name).keys & told <= shipped(name).personal


KEYS = {
    "enter_subscriber_code": "subscriber_code",
    "confirm_additional_meter": "additional_meter",
    "apply": "reason telephone email notes",
    "check_answers": "answers_confirmed",
    "assign_executor": "assignment executors visit_date visit_window dispatcher_note refusal_ground refusal_note",
    "record_visit": "visit_outcome visit_note visit_photos",
    "record_act": "meter_make meter_type meter_number diameter seal_numbers initial_reading verified_on "
    "next_verification_on installation_place pipe_diameter signed_by representative_name representative_basis "
    "second_specialist old_meter_removed old_meter_number old_meter_reading old_meter_reason photos copy_given_on "
    "copy_given_how",
    "record_registration": "meter_make meter_type meter_number diameter seal_numbers initial_reading verified_on "
    "next_verification_on installation_place signed_by representative_name representative_basis second_specialist "
    "photos copy_given_on copy_given_how",
    "propose_refusal": "refusal_ground refusal_note refusal_photos",
    "decide_without_stock": "stock_decision expected_date refusal_ground stock_note",
    "plan_new_visit": "visit_date visit_window executors",
    "decide_refusal": "refusal_decision legal_ground answer_text send_back_note",
    "review_overdue": "overdue_note",
}


def test_the_forms_give_what_diagram_and_operations_read() -> None:
    assert {name: shipped(name).keys for name in KEYS} == {name: set(keys.split()) for name, keys in KEYS.items()}
    assert set(KEYS) == {path.stem for path in FILES if path.parent.name == "meter_installation"}


METER = {
    "meter_make": "Alfasu",
    "meter_type": "mechanical",
    "diameter": "15",
    "meter_number": "26-0145678",
    "seal_numbers": "a123456, A123457",
    "initial_reading": "0,125",
    "verified_on": "01.11.2026",
    "next_verification_on": "01.11.2030",
    "installation_place": "Mətbəx",
    "signed_by": "subscriber",
    "copy_given_on": "23.11.2026",
    "copy_given_how": "in_person",
}
FILLED = {
    "enter_subscriber_code": [{"subscriber_code": "1000 000 001"}],
    "confirm_additional_meter": [{}, {"additional_meter": "no"}],
    "apply": [{"reason": "new_meter", "telephone": "050 123 45 67", "email": "ad@mail.az", "notes": ""}],
    "check_answers": [{}, {"answers_confirmed": "no"}, {"answers_confirmed": "code"}],
    "assign_executor": [
        {"assignment": "assign", "executors": ["7", "8"], "visit_date": "27.11.2026", "visit_window": "09:00–12:00"},
        {"assignment": "refuse", "refusal_ground": "no_stock", "refusal_note": "Anbar boşdur"},
    ],
    "record_visit": [
        *({"visit_outcome": outcome} for outcome in ("installed", "existing")),
        *(
            {"visit_outcome": outcome, "visit_note": "Səbəb"}
            for outcome in ("line_unsuitable", "no_stock", "no_access")
        ),
    ],
    "record_act": [
        METER | {"pipe_diameter": "20"},
        METER
        | {
            "pipe_diameter": "20",
            "signed_by": "representative",
            "representative_name": "Əliyev Vaqif Şıxəli oğlu",
            "representative_basis": "Etibarnamə № 12",
            "old_meter_removed": "true",
            "old_meter_number": "07-99",
            "old_meter_reading": "1 234,5",
            "old_meter_reason": "Nasazdır",
        },
        METER | {"pipe_diameter": "20", "signed_by": "refused", "second_specialist": "9"},
    ],
    "record_registration": [METER],
    "propose_refusal": [{"refusal_ground": "line_unsuitable", "refusal_note": "Boru çürüyüb"}],
    "decide_without_stock": [
        {"stock_decision": "wait", "expected_date": "24.12.2026", "stock_note": "DN 15 sifariş edilib"},
        {"stock_decision": "refuse", "refusal_ground": "no_stock", "stock_note": "Təchizat yoxdur"},
    ],
    "plan_new_visit": [{"executors": ["7"], "visit_date": "30.11.2026", "visit_window": "15:00–18:00"}],
    "decide_refusal": [
        {"refusal_decision": "refuse", "legal_ground": "rules_6_5", "answer_text": "Hörmətli abonent"},
        {"refusal_decision": "send_back", "send_back_note": "Yenidən baxın"},
    ],
    "review_overdue": [{"overdue_note": "Usta xəstədir"}],
}
CASES = [(name, typed) for name, all_typed in FILLED.items() for typed in all_typed]


@pytest.mark.parametrize(("name", "typed"), CASES)
def test_a_form_filled_in_with_care_is_accepted(name: str, typed: dict[str, object]) -> None:
    answers = fill_in(name, **typed)
    assert answers.errors == ()
    assert {key for key, value in answers.values.items() if value not in (None, [], False)} == {
        key for key, value in typed.items() if value
    }


@pytest.mark.parametrize(("name", "typed"), CASES)
def test_what_was_typed_comes_again_and_means_the_same(name: str, typed: dict[str, object]) -> None:
    first = fill_in(name, **typed)
    second = sent_again(name, first, {key: [str(value)] for key, value in typed.items()})
    assert (second.values, second.errors) == (first.values, ())


@pytest.mark.parametrize(("name", "typed"), CASES)
def test_stored_answers_come_again_and_mean_the_same(name: str, typed: dict[str, object]) -> None:
    answers = fill_in(name, **typed)
    fresh = {own.key for own in shipped(name).fields if own.fresh}
    page = posted_from(shipped(name).show(world(**answers.values)).rows)
    read = shipped(name).parse(page, {}, world())
    # buttons are not fields, and fresh fields are asked anew
    same = {key: value for key, value in answers.values.items() if key in page and key not in fresh}
    assert {key: read.values.get(key) for key in same} == same


@pytest.mark.parametrize(("name", "typed"), CASES)
def test_every_answer_is_said_in_words(name: str, typed: dict[str, object]) -> None:
    rows = shipped(name).summary(fill_in(name, **typed).values, OFFERED)
    assert [row.key for row in rows if not row.value_text] == []
    assert {row.key for row in rows if row.value_text != "Göstərilməyib"} >= typed.keys() - {
        "additional_meter",
        "answers_confirmed",
        "notes",
    }


@pytest.mark.parametrize("name", IDS)
def test_an_empty_form_asks_for_what_is_missing_in_order(name: str) -> None:
    form = shipped(name)
    answers = form.parse({own.key: [""] for own in form.fields}, {}, world())
    order = [own.key for own in form.fields]
    assert [error.key for error in answers.errors] == sorted((e.key for e in answers.errors), key=order.index)
    assert {own.key for own in form.fields if own.required and own.hide is None} <= {e.key for e in answers.errors}
    view = form.show(world(), typed=answers.typed, errors=answers.errors)
    assert [error.key for error in view.errors] == [error.key for error in answers.errors]
    assert all("{" not in error.text for error in view.errors)


@pytest.mark.parametrize(
    ("name", "change", "codes"),
    [
        ("record_act", {"verified_on": "24.11.2026"}, {"verified_on": "too_late"}),
        ("record_act", {"next_verification_on": "01.11.2026"}, {"next_verification_on": "too_early"}),
        ("record_act", {"verified_on": "x"}, {"verified_on": "date"}),
        ("record_act", {"initial_reading": "-1"}, {"initial_reading": "reading"}),
        ("record_act", {"diameter": "20"}, {"diameter": "choice"}),
        ("record_act", {"copy_given_on": "24.11.2026"}, {"copy_given_on": "too_late"}),
        ("record_act", {"signed_by": "refused"}, {"second_specialist": "required_choice"}),
        ("record_act", {"initial_reading": "0"}, {}),
        ("record_registration", {"next_verification_on": "22.11.2026"}, {"next_verification_on": "too_early"}),
        ("assign_executor", {"visit_date": "22.11.2026"}, {"visit_date": "too_early"}),
        ("assign_executor", {"visit_date": "27.11.2029"}, {"visit_date": "too_late"}),
        ("assign_executor", {"executors": ["7", "99"]}, {"executors": "choice"}),
        ("decide_without_stock", {"expected_date": "23.11.2026"}, {"expected_date": "too_early"}),
        ("record_visit", {"visit_outcome": "no_access"}, {"visit_note": "required"}),
        ("apply", {"reason": "other"}, {"reason": "choice"}),
        ("enter_subscriber_code", {"subscriber_code": "12"}, {"subscriber_code": "subscriber_code"}),
    ],
)
def test_slips_are_found(name: str, change: dict[str, object], codes: dict[str, str]) -> None:
    answers = fill_in(name, **{**FILLED[name][0], **change})
    assert {error.key: error.code for error in answers.errors} == codes


def test_a_reading_is_kept_as_typed_to_the_last_digit() -> None:
    assert fill_in("record_registration", **METER).values["initial_reading"] == Decimal("0.125")


def test_an_unknown_code_opens_with_its_error() -> None:
    view = shipped("enter_subscriber_code").show(world(subscriber_code="999999", subscriber={"known": False}))
    assert "Abonent kodu tapılmadı və ya sizin adınıza deyil" in view.errors[0].text
    assert view.rows[0].value == "999999"


def test_the_warning_before_an_additional_meter_is_the_manuals() -> None:
    (warning,) = shipped("confirm_additional_meter").show(world()).rows
    assert warning.appearance == "warning"
    assert warning.blocks[0].spans[0].text == (
        "Bu abonent kodu üzrə aktiv sayğac mövcuddur. Əlavə sayğac quraşdırılmasını istəyirsinizsə, "
        "«Davam et» düyməsini sıxın."
    )


def test_the_answer_to_a_refusal_starts_from_the_template() -> None:
    rows = shipped("decide_refusal").show(world(), typed={"refusal_decision": ["refuse"]}).rows
    assert {row.key: row.value for row in rows}["answer_text"] == OFFERED["refusal_texts"][""]


def test_the_answer_to_a_refusal_follows_the_legal_ground_until_it_is_edited() -> None:
    usual, chosen = OFFERED["refusal_texts"][""], OFFERED["refusal_texts"]["rules_6_5"]
    posted = {"refusal_decision": ["refuse"], "legal_ground": ["rules_6_5"], "answer_text": [usual]}
    refused = shipped("decide_refusal").parse(posted, {}, world())
    assert {error.key: error.code for error in refused.errors} == {"answer_text": "follows_choice"}
    rows = shipped("decide_refusal").show(world(), typed=posted, errors=refused.errors).rows
    assert {row.key: row.value for row in rows}["answer_text"] == chosen
    for text in (chosen, usual + " Sizə zəng edəcəyik."):
        assert not shipped("decide_refusal").parse({**posted, "answer_text": [text]}, {}, world()).errors


def test_the_copy_is_given_today_unless_said_otherwise() -> None:
    rows = list(flat(shipped("record_act").show(world()).rows))
    assert {row.key: row.value for row in rows}["copy_given_on"] == "23.11.2026"


def flat(rows: tuple[ComponentView, ...]) -> list[ComponentView]:
    return [part for row in rows for part in (row, *flat(row.children))]


def posted_from(rows: tuple[ComponentView, ...]) -> dict[str, list[str]]:
    """What a browser would send of a page."""
    posted: dict[str, list[str]] = {}
    for row in flat(rows):
        if row.kind in ("radio", "select", "checklist"):
            chosen = [option.value for option in row.options if option.checked]
            posted |= {row.key: chosen or [""]} if chosen or row.kind == "select" else {}
        elif row.kind == "checkbox":
            posted |= {row.key: ["true"]} if row.checked else {}
        elif row.key and row.kind != "filepicker" and not row.readonly:
            posted[row.key] = [row.value]
    return posted


def sent_again(name: str, first: Answers, posted: dict[str, list[str]]) -> Answers:
    """The page after `first` is sent as it stands, by the same button."""
    page = posted_from(shipped(name).show(world(), typed=first.typed).rows)
    buttons = {button.key: posted[button.key] for button in shipped(name).buttons if button.key in posted}
    return shipped(name).parse(page | buttons, {}, world())


TEXTS = st.text(max_size=30) | st.sampled_from(
    [
        "",
        "assign",
        "refuse",
        "wait",
        "installed",
        "representative",
        "true",
        "7",
        "15",
        "27.11.2026",
        "12,5",
        "\x00",
        "no",
    ]
)
GARBAGE = st.dictionaries(
    st.sampled_from(sorted({key for keys in KEYS.values() for key in keys.split()} | {"x", "form.kept.photos"})),
    st.lists(TEXTS, max_size=3),
    max_size=12,
)


@settings(deadline=None)
@given(st.sampled_from(sorted(KEYS)), GARBAGE, st.dictionaries(st.sampled_from(sorted(OFFERED)), TEXTS, max_size=2))
def test_garbage_never_stumbles_and_never_enters(
    name: str, posted: dict[str, list[str]], other: dict[str, str]
) -> None:
    form, context = shipped(name), scope(**{**OFFERED, **other})
    answers = form.parse(posted, {"photos": [Upload("a", 1, "image/png", "1")]}, context)
    view = form.show(context, typed=answers.typed, errors=answers.errors)
    visible = {row.key for row in flat(view.rows)} | {button.key for button in form.buttons}
    assert answers.values.keys() <= form.keys & visible
    assert {error.key for error in answers.errors} <= visible
    assert not answers.values.keys() & {error.key for error in answers.errors}
    assert answers.typed.keys() <= form.keys
    form.summary(answers.values, OFFERED)


@settings(deadline=None)
@given(st.sampled_from(sorted(KEYS)), GARBAGE)
def test_a_page_shown_again_is_read_as_before(name: str, posted: dict[str, list[str]]) -> None:
    first = shipped(name).parse(posted, {}, world())
    if {error.code for error in first.errors} & {"control", "appeared", "choice", "follows_choice"}:
        return  # the page comes again without those characters, with a prefilled field, or without that option
    second = sent_again(name, first, posted)
    assert second.values == first.values
    assert {e.key: e.code for e in second.errors} == {e.key: e.code for e in first.errors}


@pytest.mark.parametrize("name", IDS)
def test_a_component_that_no_page_can_show_spoils_the_file(name: str) -> None:
    (path,) = (path for path in FILES if path.stem == name)
    raw = json.loads(path.read_text("utf-8"))
    raw["components"].append({"type": "iframe", "id": "foreign", "url": "https://example.com"})
    with pytest.raises(FormProblems) as refused:
        load_form(raw, compile=compile_feel)
    assert [(problem.component_id, problem.code) for problem in refused.value.problems] == [
        ("foreign", "component_unknown")
    ]
