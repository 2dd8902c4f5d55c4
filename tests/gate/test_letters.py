"""
The gate on letters: each wrong thing is found with its file and line, and nothing in braces is ever a program.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import forms
import processes
from engine.comparison import compare
from engine.gate.checking import Verdict, check_bundle
from engine.gate.child import compile_here
from engine.gate.lettering import judge_letters, judge_mail
from engine.releases import Bundle, bundle_of
from engine.releases.bundles import find
from engine.words.letters import MAILS, TEXTS, URGENT, Letters, mail_bytes, mail_name, split_mail
from processes.letters.texts import rules

SHIPPED = bundle_of(processes.FOLDER / "meter_installation.bpmn", Path(forms.__file__).parent / "meter_installation")
VISIT = f"{MAILS}visit_planned.az.txt"


@cache
def operations() -> object:
    return processes.installed()


def judged(files: Bundle) -> Verdict:
    """
    Let the whole gate judge a release.
    """
    return check_bundle(files, operations(), processes.ROLES, compile=compile_here)


def found(files: Mapping[str, bytes]) -> list[tuple[str, str, int]]:
    """
    Return (code, file, line) of what is wrong with the letters among files.
    """
    return [(finding.code, finding.file, finding.line) for finding in judge_letters(files, rules())]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("Mövzu {name}\n\nMətn", "letter_placeholder", 1),
        ("Mövzu\n\nMətn {nmae}", "letter_placeholder", 3),
        ("Mövzu\n\nMətn {{name}}", "letter_brace", 3),
        ("Mövzu\n\nMətn\n{name.__class__}", "letter_brace", 4),
        ("Mövzu\n\nMətn {name!r}", "letter_brace", 3),
        ("Mövzu\n\n{% for x in y %}", "letter_brace", 3),
        ("Mövzu\n\n${7*7} #{7*7}", "letter_brace", 3),
        ("Mövzu\nMətn", "letter_subject", 1),
        ("Mövzu", "letter_empty", 0),
        ("", "letter_subject", 1),
        ("M" * 121 + "\n\nMətn", "letter_long", 1),
        ("Mövzu\n\n" + "m" * 2001, "letter_long", 3),
        ("Mövzu\x00\n\nMətn", "letter_control", 1),
        ("Mövzu\n\nMətn\x1b[31m", "letter_control", 3),
        ("Mövzu\n\n" + "mətn\n" * 4000, "too_big", 0),
    ],
)
def test_a_mail_that_could_not_be_sent_is_refused_with_its_line(text: str, code: str, line: int) -> None:
    wrong = list(judge_mail(VISIT, text.encode(), rules()))
    assert (code, line) in {(finding.code, finding.line) for finding in wrong}
    assert all(finding.refuses and finding.say(language) for finding in wrong for language in ("az", "ru", "en"))


def test_a_mail_in_another_encoding_is_refused() -> None:
    assert [finding.code for finding in judge_mail(VISIT, "Mövzu\n\nSöz".encode("cp1254"), rules())] == ["encoding"]


@pytest.mark.parametrize("name", ["visit_planned.de.txt", "visit_planned.txt", "../x.az.txt", "Ad.az.txt"])
def test_a_file_that_is_no_letter_is_refused(name: str) -> None:
    assert found({f"{MAILS}{name}": b"x\n\ny"}) == [("letter_file", f"{MAILS}{name}", 0)]


def test_a_missing_language_and_a_placeholder_of_one_language_are_found() -> None:
    files = {
        f"{MAILS}greeting.az.txt": b"Salam\n\n{name}\n",
        f"{MAILS}greeting.ru.txt": "Привет\n\nэто\n".encode(),
    }
    assert found(files) == [
        ("letter_language", f"{MAILS}greeting.en.txt", 0),
        ("letter_differs", f"{MAILS}greeting.ru.txt", 0),
    ]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('ru = "Телефон"', 'ru = " "', "letter_text"),
        ('ru = "Телефон"\n', "", "letter_text"),
        ('en = "Telephone"', 'en = "Telephone {basis}"', "letter_placeholder"),
        ('en = "QR code: {url}"', 'en = "QR code"', "letter_differs"),
        ('en = "QR code: {url}"', 'en = "{% print(url) %}"', "letter_brace"),
        ("[common.telephone]", "[common.telefon]", "letter_text_missing"),
        ('en = "Telephone"', 'en = "Telephone', "letter_not_toml"),
    ],
)
def test_words_that_could_not_be_printed_are_refused(old: str, new: str, code: str) -> None:
    toml = SHIPPED[TEXTS].decode()
    assert old in toml
    wrong = [finding for finding in judge_letters({TEXTS: toml.replace(old, new).encode()}, rules()) if finding.refuses]
    assert {finding.code for finding in wrong} == {code}
    assert {finding.file for finding in wrong} == {TEXTS}
    if code not in {"letter_text_missing", "letter_not_toml"}:
        at = toml[: toml.index(old)].count("\n") + 1
        assert {finding.line for finding in wrong} <= {at - 3, at - 2, at - 1, at, at + 1}


def test_a_letter_that_is_urgent_must_be_there() -> None:
    files = {**SHIPPED, URGENT: b"registered\n\n  nowhere\nfooter\n"}
    wrong = [one for one in judge_letters(files, rules()) if one.file == URGENT]
    assert [(one.code, one.line, one.params["name"]) for one in wrong] == [
        ("letter_urgent", 3, "nowhere"),
        ("letter_urgent", 4, "footer"),
    ]


def test_a_release_says_which_letters_the_night_does_not_keep_back() -> None:
    assert Letters({URGENT: b"refused\n"}, rules()).urgent == {"refused"}
    assert Letters({}, rules()).urgent == {"registered", "meter_installed", "meter_registered"}
    changes = compare({URGENT: b"refused\nended\n"}, {URGENT: b"refused\noverdue\n"}).changes
    assert [change.say("en") for change in changes] == [
        "The letter «ended» is now not sent at night: it waits for the morning.",
        "The letter «overdue» is now sent at night, too.",
    ]


def test_the_shipped_release_has_letters_and_passes() -> None:
    assert TEXTS in SHIPPED
    assert judged(SHIPPED).findings == ()
    (beside,) = find(processes.FOLDER)
    assert beside.read() == SHIPPED


def test_every_letter_that_the_diagram_names_must_be_there() -> None:
    lacking = {path: content for path, content in SHIPPED.items() if "/visit_planned." not in path}
    assert {(one.code, one.element) for one in judged(lacking).findings} == {
        ("letter_missing", "announce_visit"),
    }
    none = {path: content for path, content in SHIPPED.items() if not path.startswith("letters/")}
    missing = [finding for finding in judged(none).findings if finding.code == "letter_missing"]
    assert {finding.params["name"] for finding in missing} == {
        *("registered", "visit_planned", "term_extended", "meter_installed", "meter_registered", "refused"),
        *("assignment_late", "overdue"),
    }
    assert all(finding.line for finding in missing)


def test_all_wrong_letters_are_told_at_once() -> None:
    wrong = {**SHIPPED, VISIT: b"x {a}\n\n{b}\n", f"{MAILS}overdue.ru.txt": b"{"}
    assert {finding.file for finding in judged(wrong).findings} == {VISIT, f"{MAILS}overdue.ru.txt"}


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"x {gone}\n\ny", b"x"])
def test_a_stored_letter_that_nobody_can_read_any_more_is_that_of_the_installation(content: bytes) -> None:
    kept = Letters({VISIT: content, TEXTS: content}, rules())
    if content != b"x" and content != b"":
        assert kept.mail("visit_planned", "az") == Letters({}, rules()).mail("visit_planned", "az")
    assert kept.words("act", "az") == Letters({}, rules()).words("act", "az")


@given(st.text(max_size=60), st.text(min_size=1, max_size=200))
def test_a_mail_that_is_judged_well_can_be_read_again(subject: str, body: str) -> None:
    content = mail_bytes(subject, body)
    if not list(judge_mail(VISIT, content, rules())):
        mail = split_mail(content.decode())
        assert mail.subject == subject.strip()
        assert [line for block in mail.paragraphs for line in block] == [
            line.rstrip() for line in body.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n") if line.strip()
        ]


@given(st.binary(max_size=300))
def test_no_file_stops_the_judge(content: bytes) -> None:
    list(judge_letters({VISIT: content, TEXTS: content}, rules()))


def test_the_name_of_a_mail_is_read_from_its_path() -> None:
    assert mail_name(VISIT) == ("visit_planned", "az")
    assert mail_name("letters/texts.toml") is None
