"""
Due dates in words: how many working days are left, or how late something is, by the calendar that the staff edit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import current_app
from flask_babel import gettext, ngettext

from processes.registry import calendar
from web.services import Services

#: due within so many working days is marked
_SOON = 2
#: the calendar is read again after this; who edits it sees the change at once
_KEPT = timedelta(minutes=5)
_EXTENSION = "saygac.calendar"
#: exceptions of the week's rule: day -> holiday or working
Exceptions = Mapping[date, str]


@dataclass(frozen=True)
class Due:
    """
    A due date in words, and how urgent it is.
    """

    at: datetime
    words: str
    #: late, soon or empty
    urgency: str


def due_words(here: Services, at: datetime | None) -> Due | None:
    """
    Return a due date with how long it is still, or how late it is, in Baku's working days.
    """
    if at is None:
        return None
    now = here.ports.clock.now()
    exceptions = _exceptions(here, now)
    today, day = calendar.local_day(now), calendar.local_day(at)
    if at < now:
        return Due(at, _late(calendar.working_days(day, today, exceptions), same_day=day == today), "late")
    if day == today:
        return Due(at, gettext("Bu gün bitir"), "soon")
    days = calendar.working_days(today, day, exceptions)
    if days == 0:
        return Due(at, gettext("İş günü qalmayıb"), "soon")
    words = ngettext("%(num)d iş günü qalır", "%(num)d iş günü qalır", days)
    return Due(at, words, "soon" if days <= _SOON else "")


def forget_exceptions() -> None:
    """
    Read the calendar again next time: it was edited here.
    """
    current_app.extensions.pop(_EXTENSION, None)


def _exceptions(here: Services, now: datetime) -> Exceptions:
    """
    Return the calendar's exceptions; read again only after some minutes, because it changes seldom.
    """
    kept: tuple[datetime, Exceptions] | None = current_app.extensions.get(_EXTENSION)
    if kept is None or not kept[0] <= now < kept[0] + _KEPT:
        with here.database.read() as connection:
            kept = (now, calendar.exceptions(connection))
        current_app.extensions[_EXTENSION] = kept
    return kept[1]


def _late(days: int, *, same_day: bool) -> str:
    if same_day:
        return gettext("Bu gün bitib")
    if days == 0:
        return gettext("Müddət bitib")
    return ngettext("%(num)d iş günü gecikir", "%(num)d iş günü gecikir", days)
