"""
The e-mails: every letter in every language, and nothing in them but text.
"""

from __future__ import annotations

import re

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.words.letters import LANGUAGES, mail_path
from processes.letters import mail, texts

VALUES = {
    "case_number": "483177209155",
    "district": "Nəsimi",
    "due_today": "1 (4831-7720-9155)",
    "incidents": "2",
    "inbox_url": "https://saygac.example/novbe",
    "overdue": "3 (4831-7720-9155, …)",
    "task": "İcraçıları təyin edin",
    "task_due_on": "28.10.2026",
    "task_url": "https://saygac.example/tapsiriq/5f3c",
    "today": "28.10.2026",
    "unassigned": "4",
    "due_on": "11.11.2026",
    "expected_date": "20.11.2026",
    "name": "Günel Əliyeva",
    "office": "Nəsimi rayon Sukanal idarəsi",
    "office_address": "Bakı şəhəri, Ə. Əlizadə küçəsi 3",
    "office_telephone": "(012) 498 55 31",
    "organisation": "«Azərsu» Açıq Səhmdar Cəmiyyəti",
    "reason": "Sayğacım yoxdur",
    "registered_on": "20.10.2026",
    "status_url": "https://saygac.example/cases/483177209155",
    "telephone": "955",
    "visit_date": "28.10.2026",
    "visit_window": "09:00–12:00",
}

#: what each letter must tell, whatever its wording
MUST_TELL = {
    "registered": {"case_number", "due_on", "registered_on", "status_url"},
    "visit_planned": {"case_number", "visit_date", "visit_window", "telephone", "status_url"},
    "term_extended": {"case_number", "expected_date", "due_on", "status_url"},
    "meter_installed": {"case_number", "telephone", "status_url"},
    "meter_registered": {"case_number", "telephone", "status_url"},
    "refused": {"case_number", "telephone", "status_url"},
    "ended": {"case_number", "telephone", "status_url"},
    "assignment_late": {"case_number", "office", "due_on", "status_url"},
    "overdue": {"case_number", "office", "due_on", "status_url"},
    "task_assigned": {"case_number", "task", "task_due_on", "office", "task_url"},
    "task_due": {"case_number", "task", "task_due_on", "office", "task_url"},
    "digest": {"overdue", "due_today", "unassigned", "incidents", "inbox_url"},
    "footer": {"organisation", "telephone"},
}


def test_every_file_in_the_folder_is_a_letter_and_every_letter_is_there() -> None:
    letters = (*texts.LETTERS, texts.FOOTER)
    mails = {path for path in texts.rules().shipped if "/mail/" in path}
    assert mails == {mail_path(letter, language) for letter in letters for language in LANGUAGES}
    assert set(MUST_TELL) == set(letters)
    assert set(VALUES) == texts.PLACEHOLDERS | texts.OF_TASK | texts.OF_DIGEST


@pytest.mark.parametrize("letter", MUST_TELL)
def test_a_letter_says_the_same_in_every_language(letter: str) -> None:
    found = [texts.shipped().mail(letter, language) for language in LANGUAGES]
    assert {one.placeholders for one in found} == {found[0].placeholders}
    assert len({tuple(map(len, one.paragraphs)) for one in found}) == 1
    assert MUST_TELL[letter] <= found[0].placeholders


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("letter", texts.LETTERS)
def test_a_letter_is_filled_and_laid_out(letter: str, language: str) -> None:
    composed = mail.compose(letter, language, VALUES)
    assert composed.subject.endswith("28.10.2026" if letter == texts.DIGEST else "4831-7720-9155")
    assert "\n" not in composed.subject
    for key in MUST_TELL[letter]:
        value = "4831-7720-9155" if key == "case_number" else VALUES[key]
        assert value in composed.text
        assert value in composed.html
    assert not re.search(r"[{}]", composed.subject + composed.text)
    assert "\n-- \n«Azərsu» Açıq Səhmdar Cəmiyyəti\n" in composed.text
    html5lib.HTMLParser(strict=True).parse(composed.html)
    assert f'<html lang="{language}">' in composed.html
    assert composed.html.count("<a ") == 1
    assert not re.search(r"<(img|script|table|link|form)\b|https?://(?!saygac\.example)", composed.html)


def test_the_first_letter_says_the_sentence_of_the_manual() -> None:
    text = mail.compose("registered", "az", VALUES).text
    assert (
        "Müraciətiniz qeydiyyata alındı. Xidmətimizdən istifadə etdiyiniz üçün sizə təşəkkür edirik.\n\n"
        "Müraciət nömrəniz: 4831-7720-9155" in text
    )


def test_a_fact_without_a_value_is_left_out_with_its_name() -> None:
    composed = mail.compose("registered", "az", VALUES | {"office": ""})
    assert "İcra edən idarə" not in composed.text + composed.html
    assert "Cavab müddəti" in composed.text


@pytest.mark.parametrize("missing", sorted(MUST_TELL["registered"] | {"organisation"}))
def test_a_missing_value_is_an_error_and_no_hole_in_a_letter(missing: str) -> None:
    with pytest.raises(KeyError, match=missing):
        mail.compose("registered", "az", {key: value for key, value in VALUES.items() if key != missing})


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_a_value_is_one_line_of_text_and_never_markup(value: str) -> None:
    composed = mail.compose("registered", "az", VALUES | {"office": value, "organisation": value})
    plain = mail.compose("registered", "az", VALUES)
    assert re.findall(r"<[a-z][^>]*>", composed.html) == (
        re.findall(r"<[a-z][^>]*>", plain.html)
        if "İcra edən idarə" in composed.text
        else re.findall(r"<[a-z][^>]*>", mail.compose("registered", "az", VALUES | {"office": ""}).html)
    )
    assert composed.subject == plain.subject


@pytest.mark.parametrize(
    "hostile",
    ["<b>x</b>", "https://evil.example/", "{telephone}", "– bənd", "Ad: qiymət", "x\r\nBcc: e@x.example", "\u202egnp"],
)
def test_a_value_makes_neither_link_nor_list_nor_header(hostile: str) -> None:
    composed = mail.compose("registered", "az", VALUES | {"office": hostile})
    assert composed.html.count("<a ") == 1
    assert composed.html.count("<li>") == 3
    assert "<b>" not in composed.html
    assert "955" not in composed.text.split("İcra edən idarə:")[1].split("\n")[0]
    assert "\nBcc" not in composed.text


def test_an_address_of_another_kind_is_no_link() -> None:
    composed = mail.compose("registered", "az", VALUES | {"status_url": "javascript:alert(1)"})
    assert "<a " not in composed.html


def test_unknown_letters_and_languages_are_refused() -> None:
    with pytest.raises(KeyError):
        mail.compose("../../etc/passwd", "az", VALUES)
    with pytest.raises(ValueError, match="not in 'de'"):
        mail.compose("registered", "de", VALUES)
