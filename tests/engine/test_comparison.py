"""
Comparing two releases: every kind of change an analyst can make is seen, and said in three languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.comparison import compare
from engine.releases import bundle_of

TOP = Path(__file__).parents[2]
SHIPPED = bundle_of(TOP / "processes/meter_installation.bpmn", TOP / "forms/meter_installation")
DIAGRAM = "meter_installation.bpmn"
LANGUAGES = ("az", "ru", "en")


def edited(file: str, *changes: tuple[str, str]) -> Mapping[str, bytes]:
    """
    Return the shipped release with texts of one file replaced; each must be there.
    """
    text = SHIPPED[file].decode()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return {**SHIPPED, file: text.encode()}


#: what an analyst did -> the file, the texts replaced, and the kinds of change that must be seen
EDITS = {
    "a timer waits longer": (
        DIAGRAM,
        [("add working days(now(), 3)</", "add working days(now(), 5)</")],
        {"element.timer"},
    ),
    "a task is called otherwise": (
        DIAGRAM,
        [('name="İcraçıları təyin edin"', 'name="Ustanı seçin"')],
        {"element.name"},
    ),
    "a task goes to another lane": (
        DIAGRAM,
        [
            ("<bpmn:flowNodeRef>plan_new_visit</bpmn:flowNodeRef>", ""),
            (
                "<bpmn:flowNodeRef>record_visit</bpmn:flowNodeRef>",
                "<bpmn:flowNodeRef>record_visit</bpmn:flowNodeRef><bpmn:flowNodeRef>plan_new_visit</bpmn:flowNodeRef>",
            ),
        ],
        {"element.lane"},
    ),
    "a lane gets another role": (DIAGRAM, [('name="role" value="fitter"', 'name="role" value="head"')], {"lane.role"}),
    "a flow has another condition": (
        DIAGRAM,
        [('visit_outcome = "existing"', 'visit_outcome = "there"')],
        {"flow.condition"},
    ),
    "a flow leads elsewhere": (
        DIAGRAM,
        [
            (
                'sourceRef="plan_new_visit" targetRef="announce_visit"',
                'sourceRef="plan_new_visit" targetRef="assign_executor"',
            )
        ],
        {"flow.target"},
    ),
    "a public status reads otherwise": (
        DIAGRAM,
        [('value="İcradadır"', 'value="İş gedir"')],
        {"element.property.publicStatus"},
    ),
    "an operation gets another parameter": (
        DIAGRAM,
        [('value="&#34;visit_planned&#34;"', 'value="&#34;visit&#34;"')],
        {"element.parameter.letter"},
    ),
    "an operation is another one": (
        DIAGRAM,
        [('serviceTaskOperator id="note_additional_meter"', 'serviceTaskOperator id="note"')],
        {"element.operation"},
    ),
    "a task gets another id": (
        DIAGRAM,
        [('"plan_new_visit"', '"plan_again"'), (">plan_new_visit<", ">plan_again<")],
        {"element.renamed"},
    ),
    "the drawing is arranged otherwise": (DIAGRAM, [('<dc:Bounds x="', '<dc:Bounds x="1')], {"drawing.moved"}),
    "a field is called otherwise": (
        "forms/apply.form",
        [('"label": "Telefon nömrəsi"', '"label": "Telefon"')],
        {"field.label"},
    ),
    "a field need not be filled in": (
        "forms/apply.form",
        [('"required": true', '"required": false')],
        {"field.validate.required"},
    ),
    "a term is longer": ("decisions/term.dmn", [("<text>15</text>", "<text>20</text>")], {"rule.cell"}),
    "a table picks its rows otherwise": (
        "decisions/term.dmn",
        [('hitPolicy="', 'hitPolicy="ANY" was="')],
        {"table.hit_policy"},
    ),
}


@pytest.mark.parametrize("what", EDITS)
def test_what_an_analyst_changed_is_seen_and_said(what: str) -> None:
    file, changes, expected = EDITS[what]
    found = compare(SHIPPED, edited(file, *changes)).changes
    assert {change.code for change in found} >= expected, [change.code for change in found]
    for change in found:
        said = {change.say(language) for language in LANGUAGES}
        assert all(said) and not any("{" in one for one in said if "{" not in change.old + change.new), said


def test_the_same_release_has_no_difference() -> None:
    assert compare(SHIPPED, dict(SHIPPED)).same


def test_a_time_is_said_in_words_of_the_language() -> None:
    change = compare(SHIPPED, edited(*EDITS["a timer waits longer"][:1], *EDITS["a timer waits longer"][1])).changes[0]
    assert change.say("az") == "«3 iş günü keçdi» üçün müddət dəyişdi: əvvəl 3 iş günü, indi 5 iş günü."
    assert "был 3 рабочих дня, стал 5 рабочих дней" in change.say("ru")
    assert "it was 3 working days, it is 5 working days now" in change.say("en")


def test_a_task_in_another_lane_is_a_change_of_rights_and_comes_first() -> None:
    file, changes, _ = EDITS["a task goes to another lane"]
    found = compare(SHIPPED, edited(file, *changes))
    assert found.changes[0].rights and found.changes[0].element == "plan_new_visit"
    assert found.picture()["rights"] == ("plan_new_visit",)


def test_a_renamed_task_is_neither_added_nor_removed() -> None:
    file, changes, _ = EDITS["a task gets another id"]
    found = compare(SHIPPED, edited(file, *changes))
    assert [change.code for change in found.changes if change.kind in {"added", "removed"}] == []
    assert not found.rights


def test_the_form_of_a_renamed_task_goes_along_with_it_and_is_compared_field_by_field() -> None:
    new = dict(edited(DIAGRAM, ('"plan_new_visit"', '"plan_again"'), (">plan_new_visit<", ">plan_again<")))
    form = new.pop("forms/plan_new_visit.form").replace(b'"plan_new_visit"', b'"plan_again"')
    new["forms/plan_again.form"] = form.replace(b'"required": true', b'"required": false', 1)
    codes = [change.code for change in compare(SHIPPED, new).changes]
    assert codes == ["element.renamed", "file.renamed", "field.validate.required"]


def test_files_that_come_and_go_are_named() -> None:
    less = {path: content for path, content in SHIPPED.items() if path != "decisions/term.dmn"}
    assert [change.code for change in compare(SHIPPED, less).changes] == ["file.removed"]
    assert [change.code for change in compare(less, SHIPPED).changes] == ["file.added"]


def test_letters_are_compared_line_by_line() -> None:
    path = "letters/mail/registered.az.txt"
    old = {path: "Salam\n\nbir\nSağ olun\n".encode()}
    new = {path: "Sabahınız xeyir\n\niki\nüç\nSağ olun\n".encode()}
    changes = compare(old, new).changes
    assert [change.say("az") for change in changes] == [
        "«registered» məktubunun mövzusu dəyişdi (az). Əvvəl: Salam. İndi: Sabahınız xeyir.",
        "«registered» məktubunda sətir dəyişdi (az:3). Əvvəl: bir. İndi: iki.",
        "«registered» məktubuna sətir əlavə olundu (az:4): üç.",
    ]
    assert len({change.say(language) for change in changes for language in LANGUAGES}) == 9


def test_words_of_printed_letters_are_compared_text_by_text() -> None:
    path = "letters/texts.toml"
    old = {path: b'[act.title]\naz = "Akt"\nru = "A"\n[act.old]\naz = "x"\n'}
    new = {path: b'# moved\n[act.title]\naz = "Sened"\nru = "A"\n[act.new]\nen = "y"\n'}
    assert [(change.label, change.element, change.old, change.new) for change in compare(old, new).changes] == [
        ("act.new", "en", "", "y"),
        ("act.old", "az", "x", ""),
        ("act.title", "az", "Akt", "Sened"),
    ]


@settings(deadline=None)
@given(st.data())
def test_no_difference_between_files_goes_unseen(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(SHIPPED)))
    content = SHIPPED[path]
    at = data.draw(st.integers(0, len(content) - 1))
    spoiled = content[:at] + data.draw(st.binary(min_size=1, max_size=3)) + content[at + 1 :]
    assert compare(SHIPPED, {**SHIPPED, path: spoiled}).same == (spoiled == content)
