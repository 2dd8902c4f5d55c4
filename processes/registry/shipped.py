"""
What the books hold on the first day: offices, districts, lists and holidays, from `shipped.toml`.

Fills what is empty and nothing else; changing it afterwards is the staff's.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select

from processes.registry.tables import (
    CalendarDay,
    Diameter,
    District,
    LegalGround,
    MeterMake,
    Office,
    Reason,
    RefusalGround,
)

_FILE = Path(__file__).with_name("shipped.toml")


def fill_empty(connection: Connection) -> None:
    """
    Fill every book that is empty; books that hold anything are left as they are.
    """
    shipped = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    _fill(connection, Office, _offices(shipped))
    _fill(connection, District, _districts(shipped["districts"]))
    _fill(connection, Reason, _worded(shipped["reasons"]))
    _fill(connection, RefusalGround, _worded(shipped["refusal_grounds"]))
    _fill(connection, LegalGround, _worded(shipped["legal_grounds"]))
    _fill(connection, MeterMake, [{"name": name, "position": at} for at, name in enumerate(shipped["makes"])])
    _fill(connection, Diameter, [{"dn": dn} for dn in shipped["diameters"]])
    _fill(connection, CalendarDay, _holidays(shipped["holidays"]))


def _fill(connection: Connection, table: type, rows: Sequence[Mapping[str, Any]]) -> None:
    if connection.execute(select(table.__table__).limit(1)).first() is None:
        connection.execute(insert(table), list(rows))


def _offices(shipped: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "code": office["code"],
            "series": office["series"],
            "name_az": office["az"],
            "name_ru": office["ru"],
            "name_en": office["en"],
            "address": office["address"],
            "telephone": shipped["telephone"],
            "hours": shipped["hours"],
        }
        for office in shipped["offices"]
    ]


def _districts(rows: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    return [{"name": row["az"], "name_ru": row["ru"], "name_en": row["en"], "office": row["office"]} for row in rows]


def _worded(rows: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    return [
        {
            **{f"text_{language}": row[language] for language in ("az", "ru", "en")},
            **{key: row[key] for key in row if key not in ("az", "ru", "en")},
            "position": at,
        }
        for at, row in enumerate(rows)
    ]


def _holidays(notes: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"day": date.fromisoformat(day), "kind": "holiday", "note": note} for day, note in notes.items()]
