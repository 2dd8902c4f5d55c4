"""
What every kind of field accepts, refuses, and shows again.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.kinds import KINDS, Limits, Refused, clean, displayable


def outcome(kind: str, text: str, limits: Limits | None = None) -> object:
    try:
        return KINDS[kind]().parse(text, limits or Limits())
    except Refused as refused:
        return refused.code


ACCEPTED = {
    "decimal": {
        "0": Decimal(0),
        "0,000": Decimal("0.000"),
        "00012": Decimal(12),
        "12,5": Decimal("12.5"),
        "12.5": Decimal("12.5"),
        "1 234,5": Decimal("1234.5"),
        "1\u00a0234,5": Decimal("1234.5"),
        "123.456": Decimal("123.456"),
    },
    "number": {"-3": Decimal(-3), "\u22123,25": Decimal("-3.25"), "1e": "number", "-0": Decimal(0)},
    "date": {
        "27.11.2026": "2026-11-27",
        "7.1.2026": "2026-01-07",
        "27/11/2026": "2026-11-27",
        "27-11-2026": "2026-11-27",
        "27 11 2026": "2026-11-27",
        "27. 11. 2026.": "2026-11-27",
        "27112026": "2026-11-27",
        "2026-11-27": "2026-11-27",
        "29.02.2028": "2028-02-29",
    },
    "time": {"14:30": "14:30", "9.05": "09:05", "09-05": "09:05"},
    "datetime": {"27.11.2026 14:30": "2026-11-27T14:30", "27.11.2026, 9:05": "2026-11-27T09:05"},
    "telephone": {
        "050 123 45 67": "+994501234567",
        "0501234567": "+994501234567",
        "501234567": "+994501234567",
        "(010) 123-45-67": "+994101234567",
        "060 123 45 67": "+994601234567",
        "994501234567": "+994501234567",
        "00994 50 123 45 67": "+994501234567",
        "+994 (12) 498-55-31": "+994124985531",
        "+90 532 123 45 67": "+905321234567",
    },
    "email": {
        "ad.soyad@mail.az": "ad.soyad@mail.az",
        "Ad.Soyad@MAIL.AZ": "Ad.Soyad@mail.az",
        "a@ünvan.az": "a@xn--nvan-zra.az",
    },
    "subscriber_code": {"0012345": "0012345", "1000 000-001": "1000000001"},
    "person_name": {"Əliyeva  Ülviyyə Şıxəli qızı": "Əliyeva Ülviyyə Şıxəli qızı", "О'Генри": "О'Генри"},
    "meter_number": {"ab 12-34": "AB12-34", "İx 12ı": "IX12I", "26-0145678": "26-0145678"},
    "seal_numbers": {"a1, B2": ["A1", "B2"], "1;2\n3,": ["1", "2", "3"], "A 123456": ["A123456"]},
    "uppercase_code": {"5aa-b c1": "5AABC1"},
    "text": {"Şəkil": "Şəkil"},
}

REFUSED = {
    "decimal": {
        "1.234,5": "reading",
        "-1": "reading",
        "12.": "reading",
        ",5": "reading",
        "1e3": "reading",
        "٣": "reading",
        "NaN": "reading",
        "12.3456": "too_many_places",
        "1234567890": "reading",
    },
    "number": {"1.234.567": "number", "Infinity": "number", "--1": "number"},
    "date": {
        "31.02.2026": "date_unreal",
        "29.02.2026": "date_unreal",
        "27.11.26": "date_year",
        "27.11.0206": "date_year",
        "27 noyabr": "date",
        "٢٧.11.2026": "date",
        "27.11": "date",
    },
    "time": {"24:00": "time", "12:60": "time", "12": "time"},
    "datetime": {"27.11.2026": "moment", "27.11.2026 25:00": "time", "x 10:00": "date"},
    "telephone": {
        "955": "telephone",
        "050 ABC DEFG": "telephone",
        "٠٥٠١٢٣٤٥٦٧": "telephone",
        "+": "telephone",
        "0" * 50: "telephone",
        "050 123 45 67 ext 5": "telephone",
    },
    "email": {
        "ad": "email",
        "ad@soyad": "email",
        "ə@mail.az": "email",
        "a@mail.az, b@mail.az": "email_several",
        "a@mail.az;b@mail.az": "email_several",
        "a@mail.az\nBcc: b@mail.az": "email",
        "a@mail.az\r\nBcc: b": "email",
        "a" * 250 + "@mail.az": "email",
    },
    "subscriber_code": {"123": "subscriber_code", "12a45": "subscriber_code", "١٢٣٤٥": "subscriber_code"},
    "person_name": {"A": "person_name", "Əli2": "person_name", "<b>Əli</b>": "person_name"},
    "meter_number": {"sayğac": "code_letters", "12": "meter_number", "-12-": "meter_number", "ß12": "code_letters"},
    "seal_numbers": {
        ", ;": "seal_number",
        "A1, a1": "seal_number_twice",
        "A_1": "seal_number",
        "Ş1": "code_letters",
        ",".join(map(str, range(11))): "seal_numbers_many",
    },
    "uppercase_code": {"5AA_": "code", "Ə": "code_letters"},
    "text": {"x" * 201: "too_long"},
}


@pytest.mark.parametrize(
    ("kind", "text", "value"), [(kind, *row) for kind, rows in ACCEPTED.items() for row in rows.items()]
)
def test_reads_what_people_type(kind: str, text: str, value: object) -> None:
    assert outcome(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text", "code"), [(kind, *row) for kind, rows in REFUSED.items() for row in rows.items()]
)
def test_says_what_is_wrong(kind: str, text: str, code: str) -> None:
    assert outcome(kind, text) == code


def test_every_kind_has_examples_of_both() -> None:
    assert KINDS.keys() == ACCEPTED.keys() == REFUSED.keys()


@pytest.mark.parametrize(
    ("kind", "text"),
    [(kind, text) for kind, rows in ACCEPTED.items() for text in rows if not isinstance(outcome(kind, text), str)]
    + [(kind, text) for kind in ("date", "time", "datetime", "telephone", "email") for text in ACCEPTED[kind]],
)
def test_what_is_shown_reads_back_to_the_same_value(kind: str, text: str) -> None:
    value = outcome(kind, text)
    assert outcome(kind, KINDS[kind]().show(value)) == value


@given(st.decimals(min_value=0, max_value=Decimal("999999999.999"), places=3), st.sampled_from(",."))
def test_every_reading_round_trips(reading: Decimal, sign: str) -> None:
    read = outcome("decimal", format(reading, "f").replace(".", sign))
    assert read == reading
    assert outcome("decimal", KINDS["decimal"]().show(read)) == reading


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)), st.sampled_from(["{0.day}.{0.month}.{0.year}", "{0}"]))
def test_every_day_round_trips(day: date, shape: str) -> None:
    read = outcome("date", shape.format(day))
    assert read == day.isoformat()
    assert outcome("date", KINDS["date"]().show(read)) == read


@given(st.sampled_from(sorted(KINDS)), st.text(max_size=80))
def test_no_text_makes_a_kind_stumble(kind: str, text: str) -> None:
    outcome(kind, text)


@pytest.mark.parametrize(
    ("text", "limits", "code"),
    [
        ("5", Limits(least=Decimal(6)), "too_small"),
        ("7", Limits(most=Decimal(6)), "too_big"),
        ("6,5", Limits(places=0), "whole_number"),
        ("6,55", Limits(places=1), "too_many_places"),
    ],
)
def test_numbers_keep_their_limits(text: str, limits: Limits, code: str) -> None:
    assert outcome("number", text, limits) == code


def test_a_whole_number_is_an_int() -> None:
    assert type(outcome("number", "7", Limits(places=0))) is int


@pytest.mark.parametrize(("text", "code"), [("22.11.2026", "too_early"), ("25.11.2026", "too_late")])
def test_dates_keep_their_limits(text: str, code: str) -> None:
    limits = Limits(least=date(2026, 11, 23), most=date(2026, 11, 24))
    assert outcome("date", text, limits) == code


def test_text_keeps_lengths_and_pattern() -> None:
    limits = Limits(min_length=2, max_length=3, pattern=re.compile("^[a-z]+$"))
    assert [outcome("text", text, limits) for text in ("a", "abcd", "12", "abc")] == [
        "too_short",
        "too_long",
        "pattern",
        "abc",
    ]


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "a\u202eb", "a\ud800b", "a\x7fb", "a\nb"])
def test_unseen_characters_are_refused_and_not_shown_again(text: str) -> None:
    with pytest.raises(Refused, match="control"):
        clean(text)
    assert clean(displayable(text).replace("\n", " ")) in ("ab", "a b")


def test_text_is_trimmed_and_has_plain_line_ends() -> None:
    assert clean("\u200b\u00a0 a\r\nb\rc \t", multiline=True) == "a\nb\nc"


@given(st.text())
def test_accepted_text_is_nfc(text: str) -> None:
    try:
        cleaned = clean(text, multiline=True)
    except Refused:
        return
    assert unicodedata.is_normalized("NFC", cleaned)
    assert clean(cleaned, multiline=True) == cleaned


def test_a_decomposed_letter_becomes_one() -> None:
    assert clean("s\u0327") == "ş"
