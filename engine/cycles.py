"""
When a repeating timer is due next: after a duration, at a moment worked out anew each time, or so often by ISO 8601.

Cycles that were missed come once: the next one always lies ahead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

#: ISO 8601 §4.5: R, how often, and the interval
_REPEATING = re.compile(r"R(\d{0,6})/(P[0-9A-Z.]+)")

#: what FEEL gives for the text of a duration; None if it is none
Durations = Callable[[str], timedelta | None]


def repeats(text: str) -> bool:
    """
    Tell whether a text says by ISO 8601 how often and after which interval something comes.
    """
    return _REPEATING.fullmatch(text) is not None


def following(
    value: Any, moment: datetime | None, now: datetime, due: datetime | None, left: int | None, durations: Durations
) -> tuple[datetime | None, int | None]:
    """
    Return the next moment (None: it never comes again) and how often it may come from then on (None: for ever).

    Args:
        value: what the timer's text gave: a duration, a moment, or a text like R3/P1D.
        moment: the moment that `value` means, if it means one.
        due: when the timer was due last; None when it begins to wait.
        left: how often it may come, the last time included; None: for ever, or not yet known.

    Raises:
        ValueError: `value` is none of these.
    """
    repeating = _REPEATING.fullmatch(value) if isinstance(value, str) else None
    if repeating is None and not isinstance(value, timedelta):
        return _at(moment, now, due), None
    length = durations(repeating[2]) if repeating is not None else value
    if length is None or length <= timedelta(0):
        raise ValueError("the interval must be a duration longer than nothing")
    if due is None:
        allowed = int(repeating[1]) if repeating is not None and repeating[1] else None
        return (now + length, allowed) if allowed != 0 else (None, None)
    passed = max(0, (now - due) // length) + 1
    after = left - passed if left is not None else None
    if after is not None and after <= 0:
        return None, None
    return due + passed * length, after


def _at(moment: datetime | None, now: datetime, due: datetime | None) -> datetime | None:
    if moment is None:
        raise ValueError("a duration, a moment, or a text like R3/P1D is wanted")
    return moment if due is None or moment > now else None
