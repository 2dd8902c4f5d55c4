"""
Write values as people here read them: dates dd.MM.yyyy, decimals with a comma, telephones by region.

It reads nothing back: that is the work of the field kinds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import phonenumbers

#: where the utility and its subscribers live; UTC+04:00 without summer time since 2016
PLACE = ZoneInfo("Asia/Baku")

YES, NO, NOT_GIVEN = "Bəli", "Xeyr", "Göstərilməyib"
#: what forms say of answers by themselves, so that no process need translate it
OWN_WORDS: Mapping[str, Mapping[str, str]] = {
    "ru": {YES: "Да", NO: "Нет", NOT_GIVEN: "Не указано"},
    "en": {YES: "Yes", NO: "No", NOT_GIVEN: "Not given"},
}

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ISO_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}.*")


def date_of(value: object) -> date | None:
    """
    Return the day that a value means (a date, a moment or their ISO text), or None.
    """
    if isinstance(value, datetime):
        return value.astimezone(PLACE).date() if value.tzinfo else value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str) and (_ISO_DATE.fullmatch(value) or _ISO_MOMENT.fullmatch(value)):
        try:
            return date_of(datetime.fromisoformat(value))
        except ValueError:
            return None
    return None


def say_date(day: date) -> str:
    """
    Return a day as dd.MM.yyyy.
    """
    return f"{day.day:02}.{day.month:02}.{day.year:04}"


def say_moment(moment: datetime) -> str:
    """
    Return a moment as dd.MM.yyyy HH:mm; one with a time zone is taken to the time of the place.
    """
    local = moment.astimezone(PLACE) if moment.tzinfo else moment
    return f"{say_date(local.date())} {local.hour:02}:{local.minute:02}"


def say_number(number: int | Decimal) -> str:
    """
    Return a number without grouping, with a comma before its decimals.
    """
    return format(Decimal(number), "f").replace(".", ",")


def say_telephone(number: str) -> str:
    """
    Return an E.164 number as `050 123 45 67`, or internationally if it is not from here.
    """
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    here = parsed.country_code == 994
    style = phonenumbers.PhoneNumberFormat.NATIONAL if here else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, style)


def _say_text(text: str) -> str:
    if not (_ISO_DATE.fullmatch(text) or _ISO_MOMENT.fullmatch(text)):
        return text
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return say_moment(moment) if "T" in text else say_date(moment.date())


def _say_mapping(value: Mapping[str, object], translate: Callable[[str], str]) -> str:
    for name in ("label", "name"):
        if name in value:
            return say(value[name], translate)
    return ""


def say(value: object, translate: Callable[[str], str] = lambda text: text) -> str:
    """
    Return any value as a person reads it; null is the empty text, an ISO date is written as a date.
    """
    match value:
        case None:
            return ""
        case bool():
            return translate(YES if value else NO)
        case int() | Decimal():
            return say_number(value)
        case datetime():
            return say_moment(value)
        case date():
            return say_date(value)
        case time():
            return f"{value.hour:02}:{value.minute:02}"
        case str():
            return _say_text(value)
        case Mapping():
            return _say_mapping(value, translate)
        case list() | tuple():
            return ", ".join(filter(None, (say(item, translate) for item in value)))
        case _:
            return str(value)
