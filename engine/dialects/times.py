"""
Plain spans, moments and cycles: ISO 8601 as other engines write them in timers, and the same in FEEL.
"""

from __future__ import annotations

import re

_SPAN = r"P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?"
_MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?"
_CYCLE = rf"R\d*/{_SPAN}"
_KINDS = (("duration", _SPAN), ("date and time", _MOMENT))


def as_feel(text: str) -> str | None:
    """
    Return an ISO span, moment or cycle as FEEL, None if `text` is neither.
    """
    if re.fullmatch(_CYCLE, text):
        return f'"{text}"'
    return next((f'{name}("{text}")' for name, form in _KINDS if re.fullmatch(form, text)), None)


def as_iso(feel: str) -> str | None:
    """
    Return a plain span, moment or cycle of FEEL as ISO text, None if it is more than that.
    """
    for name, form in _KINDS:
        found = re.fullmatch(rf'{name}\(\s*"({form})"\s*\)', feel.strip())
        if found is not None:
            return found[1]
    cycle = re.fullmatch(rf'"({_CYCLE})"', feel.strip())
    return cycle[1] if cycle is not None else None
