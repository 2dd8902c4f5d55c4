"""
Dates, moments and readings as letters print them.

Short and the same in all languages where that is usual: `03.11.2026`. No words, no time zones of the machine.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from engine.numbers import shown

BAKU = ZoneInfo("Asia/Baku")

#: keeps a figure and its unit on one line
NO_BREAK = "\u00a0"

#: the places of a water meter's counter
READING_PLACES = 3


def day(value: date) -> str:
    """
    Return `03.11.2026`.
    """
    return f"{value:%d.%m.%Y}"


def local_day(moment: datetime) -> str:
    """
    Return the day in Baku: `03.11.2026`.

    Raises ValueError for a moment without a zone.
    """
    return day(_in_baku(moment))


def local_moment(moment: datetime) -> str:
    """
    Return day and time in Baku: `03.11.2026, 14:05`.

    Raises ValueError for a moment without a zone.
    """
    return f"{_in_baku(moment):%d.%m.%Y, %H:%M}"


def reading(value: Decimal, language: str) -> str:
    """
    Return cubic metres with all places of the counter: `1 234,500 m³`; a point in English.
    """
    whole, _, places = f"{value:.{READING_PLACES}f}".partition(".")
    grouped = f"{int(whole):,}".replace(",", NO_BREAK) if len(whole) > 4 else whole
    unit = "м³" if language == "ru" else "m³"
    return f"{grouped}{'.' if language == 'en' else ','}{places}{NO_BREAK}{unit}"


def millimetres(value: int, language: str) -> str:
    """
    Return `20 mm`.
    """
    return f"{value}{NO_BREAK}{'мм' if language == 'ru' else 'mm'}"


def case_number(number: str) -> str:
    """
    Return a case number in groups of four; text that is no such number comes back as it is.
    """
    return shown(number) if len(number) == 12 and number.isascii() and number.isdigit() else number


def _in_baku(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs its zone")
    return moment.astimezone(BAKU)
