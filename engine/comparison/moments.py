"""
Spans of time in words: `duration("PT48H")` is 48 hours, `add working days(now(), 3)` is 3 working days.

Texts of another form are said as they stand.
"""

from __future__ import annotations

import re

from babel import Locale
from babel.units import format_unit

_DURATION = re.compile(r'=?\s*(?:duration\()?\s*"?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?"?\s*\)?\s*')
_WORKING_DAYS = re.compile(r"=?\s*add working days\(\s*now\(\)\s*,\s*(\d+)\s*\)\s*")
_UNITS = ("duration-day", "duration-hour", "duration-minute")
#: Babel knows none of them in Azerbaijani
_AZERBAIJANI = ("gün", "saat", "dəqiqə")
_WORKING = {
    "az": {"one": "{n} iş günü", "other": "{n} iş günü"},
    "ru": {
        "one": "{n} рабочий день",
        "few": "{n} рабочих дня",
        "many": "{n} рабочих дней",
        "other": "{n} рабочего дня",
    },
    "en": {"one": "{n} working day", "other": "{n} working days"},
}


def moment_words(text: str, language: str) -> str:
    """
    Return how long a FEEL text waits, in words; the text itself if it is of another form.
    """
    span = _DURATION.fullmatch(text)
    if span is not None and any(span.groups()):
        amounts = [(number, int(amount)) for number, amount in enumerate(span.groups()) if amount]
        if language == "az":
            return " ".join(f"{amount} {_AZERBAIJANI[number]}" for number, amount in amounts)
        return " ".join(
            format_unit(amount, _UNITS[number], length="long", locale=language) for number, amount in amounts
        )
    days = _WORKING_DAYS.fullmatch(text)
    if days is not None:
        number = int(days[1])
        return _WORKING[language][Locale.parse(language).plural_form(number)].format(n=number)
    return text
