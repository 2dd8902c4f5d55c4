"""
Dates and readings as letters print them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processes.letters import words


@pytest.mark.parametrize(
    ("value", "az", "ru", "en"),
    [
        ("0", "0,000 m³", "0,000 м³", "0.000 m³"),
        ("12.5", "12,500 m³", "12,500 м³", "12.500 m³"),
        ("123.456", "123,456 m³", "123,456 м³", "123.456 m³"),
        ("1234.5", "1234,500 m³", "1234,500 м³", "1234.500 m³"),
        ("123456789.001", "123 456 789,001 m³", "123 456 789,001 м³", "123 456 789.001 m³"),
    ],
)
def test_a_reading_has_all_places_of_the_counter(value: str, az: str, ru: str, en: str) -> None:
    shown = [words.reading(Decimal(value), language).replace(words.NO_BREAK, " ") for language in ("az", "ru", "en")]
    assert shown == [az, ru, en]


@given(st.decimals(min_value=0, max_value=999_999_999, places=3))
def test_no_digit_of_a_reading_is_lost(value: Decimal) -> None:
    shown = words.reading(value, "az").removesuffix(f"{words.NO_BREAK}m³").replace(words.NO_BREAK, "")
    assert Decimal(shown.replace(",", ".")) == value


def test_the_day_is_the_day_in_baku() -> None:
    moment = datetime(2026, 12, 31, 20, 30, tzinfo=UTC)
    assert words.local_day(moment) == "01.01.2027"
    assert words.local_moment(moment) == "01.01.2027, 00:30"
    assert words.day(date(2026, 2, 3)) == "03.02.2026"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        words.local_moment(datetime(2026, 1, 1))


@pytest.mark.parametrize(
    ("number", "shown"),
    [("483177209155", "4831-7720-9155"), ("4831-7720-9155", "4831-7720-9155"), ("", ""), ("TEST", "TEST")],
)
def test_a_case_number_stands_in_groups(number: str, shown: str) -> None:
    assert words.case_number(number) == shown
