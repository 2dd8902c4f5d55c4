"""
The lists that staff edit: reasons for applying, grounds of refusal, rules of law, makes and diameters.

An entry that was ever used is never deleted: it is made inactive, and old cases go on showing its words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, insert, select, update

from processes.registry.tables import Diameter, LegalGround, MeterMake, Reason, RefusalGround

LANGUAGES = ("az", "ru", "en")

_TABLES = {"reasons": Reason, "refusal_grounds": RefusalGround, "legal_grounds": LegalGround}

#: the lists of worded entries, by the names that forms use
WORDED = tuple(_TABLES)

_CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True)
class Entry:
    """
    One entry of a worded list.
    """

    #: lower-case Latin letters, digits and underscores; decision tables name it
    code: str
    #: language -> words
    texts: Mapping[str, str]
    position: int
    active: bool = True
    #: legal grounds only: language -> wording of the answer
    answers: Mapping[str, str] = field(default_factory=dict)
    #: legal grounds only: the refusal ground that it usually answers
    refusal_ground: str | None = None


def entries(connection: Connection, name: str, *, active_only: bool = False) -> tuple[Entry, ...]:
    """
    Return the entries of the list `name` (one of WORDED), in their order.
    """
    table = _TABLES[name].__table__
    query = select(table).order_by(table.c.position, table.c.code)
    if active_only:
        query = query.where(table.c.active)
    return tuple(_entry(row._mapping) for row in connection.execute(query))


def entry(connection: Connection, name: str, code: str) -> Entry | None:
    """
    Return one entry, active or not, or None.
    """
    table = _TABLES[name].__table__
    row = connection.execute(select(table).where(table.c.code == code)).one_or_none()
    return _entry(row._mapping) if row else None


def words(connection: Connection, name: str, code: str, language: str = "az") -> str:
    """
    Return the words of an entry; the code itself if the list doesn't have it.
    """
    found = entry(connection, name, code)
    return found.texts[language] if found else code


def save(connection: Connection, name: str, changed: Entry) -> None:
    """
    Enter an entry, or change the one with its code.

    Raises:
        ValueError: the code or a text can't be taken.
    """
    if not _CODE.fullmatch(changed.code):
        raise ValueError("a code is made of lower-case Latin letters, digits and underscores")
    if any(not changed.texts.get(language, "").strip() for language in LANGUAGES):
        raise ValueError("an entry needs its words in every language")
    table = _TABLES[name]
    values: dict[str, object] = {"position": changed.position, "active": changed.active}
    values |= {f"text_{language}": changed.texts[language] for language in LANGUAGES}
    if table is LegalGround:
        values |= {f"answer_{language}": changed.answers.get(language, "") for language in LANGUAGES}
        values["refusal_ground"] = changed.refusal_ground
    if not connection.execute(update(table).where(table.code == changed.code).values(values)).rowcount:
        connection.execute(insert(table).values(code=changed.code, **values))


def options(connection: Connection, name: str, language: str) -> list[dict[str, str]]:
    """
    Return the active entries as a form's choices.
    """
    return [
        {"value": found.code, "label": found.texts[language]} for found in entries(connection, name, active_only=True)
    ]


def fill(template: str, values: Mapping[str, str]) -> str:
    """
    Put values at the places `{name}` of a template; one without a value stays, for a person to see.
    """
    return _PLACEHOLDER.sub(lambda place: values.get(place[1], place[0]), template)


def makes(connection: Connection) -> tuple[str, ...]:
    """
    Return the active makes of meters in their order.
    """
    return tuple(
        connection.execute(
            select(MeterMake.name).where(MeterMake.active).order_by(MeterMake.position, MeterMake.name)
        ).scalars()
    )


def diameters(connection: Connection) -> tuple[int, ...]:
    """
    Return the active diameters (DN in millimetres), smallest first.
    """
    return tuple(connection.execute(select(Diameter.dn).where(Diameter.active).order_by(Diameter.dn)).scalars())


def put_make(connection: Connection, name: str, position: int, *, active: bool = True) -> None:
    """
    Enter a make, or change the one with this name.
    """
    values = {"position": position, "active": active}
    if not connection.execute(update(MeterMake).where(MeterMake.name == name).values(values)).rowcount:
        connection.execute(insert(MeterMake).values(name=name, **values))


def put_diameter(connection: Connection, dn: int, *, active: bool = True) -> None:
    """
    Enter a diameter, or change whether it is active.
    """
    if not connection.execute(update(Diameter).where(Diameter.dn == dn).values(active=active)).rowcount:
        connection.execute(insert(Diameter).values(dn=dn, active=active))


def _entry(row: Mapping[str, object]) -> Entry:
    return Entry(
        code=row["code"],
        texts={language: row[f"text_{language}"] for language in LANGUAGES},
        position=row["position"],
        active=row["active"],
        answers={language: row[f"answer_{language}"] for language in LANGUAGES if f"answer_{language}" in row},
        refusal_ground=row.get("refusal_ground"),
    )
