"""
Notes who has read whose data: views say what a page shows, one append after the page is made keeps it.

The append is a transaction of its own, before the page leaves: what can't be noted is not shown. The same person
opening the same thing again within a few minutes is one reading, so that going to and fro costs nothing.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Response, current_app, g

from engine.reading import readings
from engine.settings import Settings
from web.services import services

#: the same reading again is not noted within this time
SAME = timedelta(minutes=5)
#: latest readings of a process that are remembered
REMEMBERED = 10_000


class _Latest:
    """
    When each reading was noted last.
    """

    def __init__(self) -> None:
        self._noted: OrderedDict[Hashable, datetime] = OrderedDict()
        self._lock = threading.Lock()

    def is_new(self, key: Hashable, now: datetime) -> bool:
        with self._lock:
            noted = self._noted.get(key)
        return noted is None or now - noted >= SAME

    def keep(self, key: Hashable, now: datetime) -> None:
        with self._lock:
            self._noted[key] = now
            self._noted.move_to_end(key)
            if len(self._noted) > REMEMBERED:
                self._noted.popitem(last=False)


def note(kind: str, case_id: int, subject: str | None = None) -> None:
    """
    Say that the page which is being made shows personal data of a case that is not the reader's own.
    """
    _noted().append({"kind": kind, "case_id": case_id, "subject": subject})


def note_list(case_ids: Sequence[int]) -> None:
    """
    Say that the page which is being made names the applicants of these cases.
    """
    if case_ids:
        _noted().append({"kind": readings.LIST, "cases": sorted(set(case_ids))})


def note_list_now(case_ids: Sequence[int]) -> None:
    """
    Keep that a part of a file names the applicants of these cases, before that part leaves.
    """
    if not case_ids:
        return
    here = services()
    row = {"kind": readings.LIST, "cases": sorted(set(case_ids)), "person_id": g.actor.person_id}
    with here.database.step() as connection:
        readings.note(connection, [{**row, "at": here.ports.clock.now()}])


def _noted() -> list[dict[str, Any]]:
    if "readings" not in g:
        g.readings = []
    found: list[dict[str, Any]] = g.readings
    return found


def keep(response: Response) -> Response:
    """
    Add what this request has read, unless it was refused or has just been noted.
    """
    noted = g.get("readings")
    if not noted or g.actor is None or response.status_code in {403, 404} or response.status_code >= 500:
        return response
    latest: _Latest = current_app.extensions["saygac.readings"]
    here = services()
    now = here.ports.clock.now()
    keyed = {_key(row): row for row in noted}
    new = {key: row for key, row in keyed.items() if latest.is_new(key, now)}
    if new:
        with here.database.step() as connection:
            readings.note(connection, [{**row, "at": now, "person_id": g.actor.person_id} for row in new.values()])
        for key in new:
            latest.keep(key, now)
    return response


def _key(row: dict[str, Any]) -> Hashable:
    person = g.actor.person_id
    return (person, row["kind"], row.get("case_id"), row.get("subject"), tuple(row.get("cases") or ()))


def init_app(app: Flask, _settings: Settings) -> None:
    """
    Keep readings after every request.
    """
    app.extensions["saygac.readings"] = _Latest()
    app.after_request(keep)
