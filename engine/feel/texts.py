"""
FEEL's values written: as texts of FEEL, and as JSON.

Source: DMN 1.5 §10.3.2.3, §10.3.4.1; ISO 8601.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal

from engine.feel import limits
from engine.feel.errors import FeelError
from engine.feel.values import (
    CONTEXT,
    Spend,
    YearsMonths,
    adopt,
    check_depth,
    check_size,
    is_whole,
    kind_of,
    no_spending,
)


def text_of(value: object, spend: Spend = no_spending, depth: int = 0) -> str:
    """
    Write a value as FEEL's `string` does; strings inside lists and contexts are quoted.
    """
    if isinstance(value, str):
        return value if depth == 0 else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    kind = kind_of(value)
    if kind in ("list", "context", "range"):
        return _text_of_many(value, kind, spend, depth)
    return _SCALAR_TEXTS[kind](value)


def _text_of_many(value: object, kind: str, spend: Spend, depth: int) -> str:
    check_depth(depth)
    if kind == "range":
        low, high = (text_of(end, spend, depth + 1) for end in (value.low, value.high))
        return f"{'[' if value.low_closed else '('}{low}..{high}{']' if value.high_closed else ')'}"
    parts = []
    size = 0
    for entry in value.items() if kind == "context" else value:
        spend(1)
        if kind == "context":
            part = f"{entry[0]}: {text_of(entry[1], spend, depth + 1)}"
        else:
            part = text_of(entry, spend, depth + 1)
        size += len(part)
        check_size(size)
        parts.append(part)
    return ("{%s}" if kind == "context" else "[%s]") % ", ".join(parts)


def _number_text(value: Decimal | int) -> str:
    if isinstance(value, int):
        return format(CONTEXT.create_decimal(value), "f")
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def zone_text(value: time | datetime) -> str:
    """
    Write the zone: its name after @ if it has one, else the offset from UTC.
    """
    name = getattr(value.tzinfo, "key", None)
    if name:
        return f"@{name}"
    offset = value.utcoffset()
    if offset is None:
        return ""
    if not offset:
        return "Z"
    minutes, seconds = divmod(int(abs(offset).total_seconds()), 60)
    text = f"{'-' if offset < timedelta(0) else '+'}{minutes // 60:02}:{minutes % 60:02}"
    return f"{text}:{seconds:02}" if seconds else text


def _clock_text(value: time | datetime) -> str:
    text = f"{value.hour:02}:{value.minute:02}:{value.second:02}"
    if value.microsecond:
        text += f".{value.microsecond:06}".rstrip("0")
    return text + zone_text(value)


def _moment_text(value: datetime) -> str:
    return f"{value.date().isoformat()}T{_clock_text(value)}"


def _timedelta_text(value: timedelta) -> str:
    sign = "-" if value < timedelta(0) else ""
    value = abs(value)
    hours, seconds = divmod(value.seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    text = f"{seconds}" + (f".{value.microseconds:06}".rstrip("0") if value.microseconds else "")
    clock = "".join(
        f"{amount}{unit}" for amount, unit in ((hours, "H"), (minutes, "M"), (text, "S")) if amount not in (0, "0")
    )
    days = f"{value.days}D" if value.days else ""
    if not days and not clock:
        return "PT0S"
    return f"{sign}P{days}{'T' + clock if clock else ''}"


def _years_months_text(value: YearsMonths) -> str:
    sign = "-" if value.months < 0 else ""
    years, months = divmod(abs(value.months), 12)
    text = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
    return f"{sign}P{text or '0M'}"


_SCALAR_TEXTS: dict[str, Callable[[object], str]] = {
    "null": lambda value: "null",
    "number": _number_text,
    "boolean": lambda value: "true" if value else "false",
    "date": date.isoformat,
    "time": _clock_text,
    "date and time": _moment_text,
    "days and time duration": _timedelta_text,
    "years and months duration": _years_months_text,
    "function": lambda value: f"function {value.name}".strip(),
    "unknown": lambda value: "null",
}


def to_json(value: object) -> object:
    """
    Turn a FEEL value into JSON's: int for whole numbers (Decimal beyond 34 digits or with a fraction), ISO
    8601 texts for dates, times and durations, FEEL's text for a range.

    Raises:
        FeelError: the value is too deep or too large.
    """
    left = limits.STEPS

    def spend(steps: int) -> None:
        nonlocal left
        left -= steps
        if left < 0:
            raise FeelError("value_too_large", limit=limits.STEPS)

    return _json(value, spend, 0)


def _json(value: object, spend: Spend, depth: int) -> object:
    value = adopt(value)
    if isinstance(value, Decimal):
        return int(value) if value.is_finite() and is_whole(value) and value.adjusted() < 34 else value
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, list | dict):
        check_depth(depth)
        spend(len(value))
        if isinstance(value, dict):
            return {str(key): _json(entry, spend, depth + 1) for key, entry in value.items()}
        return [_json(item, spend, depth + 1) for item in value]
    if isinstance(value, datetime):
        return _iso_moment(value)
    return text_of(value)


def _iso_moment(value: datetime) -> str:
    """Write ISO 8601, which knows offsets but no names of zones."""
    if value.tzinfo is not None:
        value = value.replace(tzinfo=timezone(value.utcoffset()))
    return _moment_text(value)
