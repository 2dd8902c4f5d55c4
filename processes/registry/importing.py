"""
Reads the books from CSV files as Excel writes them: UTF-8 with or without BOM, separated by semicolons or commas.

A file is taken as a whole or not at all; every line that can't be taken is reported with its number and the reason.
Lines for what the register has already change it, so that a file can be read twice.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from engine.clock import Clock
from engine.search import fold
from engine.storage.database import Database
from forms.kinds import KINDS, Limits, Refused
from processes.registry import lists, offices, stock
from processes.registry.tables import Meter, Office, Subscriber

#: rows of one executemany
BATCH = 5_000

SUBSCRIBER_COLUMNS = ("code", "kind", "name", "address", "district")
SUBSCRIBER_OPTIONAL = (
    "fin",
    "telephone",
    "email",
    "meter_number",
    "meter_make",
    "meter_type",
    "meter_diameter",
    "meter_installed_on",
)
STOCK_COLUMNS = ("office", "diameter", "make", "type", "quantity")

METER_TYPES = frozenset({"mechanical", "smart_card", "smart"})

_CODE = re.compile(r"[0-9]{4,20}")
_FIN = re.compile(r"[0-9A-HJ-NP-Z]{7}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

#: told after every batch how many bytes of the file have been read
Progress = Callable[[int], None]


@dataclass(frozen=True)
class RefusedLine:
    """
    A line that can't be taken.
    """

    #: as an editor counts, the header is line 1
    line: int
    #: English sentence
    reason: str


@dataclass(frozen=True)
class Report:
    """
    What an import came to.
    """

    #: data lines read
    lines: int
    #: rows written; 0 if any line was refused
    written: int
    refused: tuple[RefusedLine, ...] = ()

    @property
    def taken(self) -> bool:
        """
        Tell whether the file was taken.
        """
        return not self.refused


class FileRefused(ValueError):
    """
    The file as a whole can't be read; the message says why.
    """


class _LineRefused(ValueError):
    pass


def import_file(
    database: Database, kind: str, path: Path, *, clock: Clock, progress: Progress = lambda _: None
) -> Report:
    """
    Take a file into the books, in one transaction.

    Args:
        kind: `subscribers` or `stock`.

    Raises:
        FileRefused: not UTF-8, no header, or columns missing or unknown.
    """
    take = {"subscribers": _subscribers, "stock": _stock}[kind]
    try:
        with database.step() as connection:
            report = take(connection, path, clock.now(), progress)
            if report.refused:
                raise _Undo(report)
    except _Undo as undone:
        return undone.report
    except UnicodeDecodeError as error:
        raise FileRefused("the file is not UTF-8: in Excel, save it as «CSV UTF-8»") from error
    except csv.Error as error:
        raise FileRefused(f"the file is not CSV: {error}") from error
    return report


class _Undo(Exception):
    """
    Leaves the transaction without keeping anything.
    """

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


@dataclass
class _Taken:
    """
    What a run over the lines has found so far.
    """

    lines: int = 0
    written: int = 0
    refused: list[RefusedLine] = field(default_factory=list)

    def report(self) -> Report:
        return Report(self.lines, 0 if self.refused else self.written, tuple(self.refused))


def _subscribers(connection: Connection, path: Path, now: datetime, progress: Progress) -> Report:
    taken = _Taken()
    read = _SubscriberLines(connection)
    for batch in _batches(path, SUBSCRIBER_COLUMNS, SUBSCRIBER_OPTIONAL, progress):
        subscribers, meters = [], []
        for line, row in batch:
            taken.lines += 1
            try:
                subscriber, meter = read(line, row, now.date())
            except _LineRefused as refusal:
                taken.refused.append(RefusedLine(line, str(refusal)))
                continue
            subscribers.append(subscriber)
            if meter is not None:
                meters.append(meter)
        if not taken.refused:
            _write_subscribers(connection, subscribers, read.known)
            _write(connection, insert(Meter), meters)
            taken.written += len(subscribers) + len(meters)
    return taken.report()


class _SubscriberLines:
    """
    Reads lines of subscribers against what the register knows.
    """

    def __init__(self, connection: Connection) -> None:
        self.known = set(connection.execute(select(Subscriber.code)).scalars())
        self._districts = offices.districts(connection)
        self._meters = dict(
            connection.execute(select(Meter.number, Meter.subscriber_code).where(Meter.state == "active")).all()
        )
        self._codes: dict[str, int] = {}

    def __call__(self, line: int, row: Mapping[str, str], today: date) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """
        Return the rows of the subscriber and of the meter, if the line names a new one.

        Raises:
            _LineRefused: with the reason.
        """
        _demand(not any(map(_CONTROL.search, row.values())), "the line holds control characters or line ends")
        code = re.sub(r"[\s-]", "", row["code"])
        _demand(_CODE.fullmatch(code), f"code {row['code']!r} is not 4 to 20 digits")
        _demand(code not in self._codes, f"code {code} is also in line {self._codes.get(code)}")
        self._codes[code] = line
        _demand(row["kind"] in ("household", "non_household"), "kind is neither household nor non_household")
        _demand(row["name"], "name is empty")
        _demand(row["address"], "address is empty")
        _demand(row["district"] in self._districts, f"district {row['district']!r} is not in the register")
        subscriber = {
            "code": code,
            "kind": row["kind"],
            "name": row["name"],
            "fin": _fin(row.get("fin", "")),
            "address": row["address"],
            "district": row["district"],
            "telephone": _kind("telephone", row.get("telephone", ""), "telephone"),
            "email": _kind("email", row.get("email", ""), "email"),
            "search_key": fold(f"{row['name']} {row['address']}"),
        }
        return subscriber, self._meter(code, row, today)

    def _meter(self, code: str, row: Mapping[str, str], today: date) -> dict[str, Any] | None:
        number = _kind("meter_number", row.get("meter_number", ""), "meter_number")
        if number is None:
            return None
        holder = self._meters.get(number)
        if holder == code:
            return None
        _demand(holder is None, f"meter {number} is active at subscriber {holder}")
        self._meters[number] = code
        kind = row.get("meter_type", "") or "mechanical"
        _demand(kind in METER_TYPES, f"meter_type {kind!r} is none of {', '.join(sorted(METER_TYPES))}")
        _demand(row.get("meter_make", ""), "meter_make is empty")
        return {
            "number": number,
            "make": row["meter_make"],
            "type": kind,
            "diameter": _count(row.get("meter_diameter", ""), "meter_diameter", least=1),
            "state": "active",
            "subscriber_code": code,
            "installed_on": _day(row.get("meter_installed_on", "")) or today,
        }


def _write_subscribers(connection: Connection, rows: Sequence[Mapping[str, Any]], known: set[str]) -> None:
    changes = ("kind", "name", "fin", "address", "district", "telephone", "email", "search_key")
    change = (
        update(Subscriber)
        .where(Subscriber.code == bindparam("of_code"))
        .values({name: bindparam(f"to_{name}") for name in changes})
    )
    _write(connection, insert(Subscriber), [row for row in rows if row["code"] not in known])
    _write(
        connection,
        change,
        [
            {"of_code": row["code"], **{f"to_{name}": row[name] for name in changes}}
            for row in rows
            if row["code"] in known
        ],
    )


def _write(connection: Connection, statement: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(statement, list(rows))


def _stock(connection: Connection, path: Path, now: datetime, progress: Progress) -> Report:
    taken = _Taken()
    known = frozenset(connection.execute(select(Office.code)).scalars())
    makes, diameters = frozenset(lists.makes(connection)), frozenset(lists.diameters(connection))
    seen: dict[tuple[str, stock.Lot], int] = {}
    for batch in _batches(path, STOCK_COLUMNS, (), progress):
        for line, row in batch:
            taken.lines += 1
            try:
                _demand(row["office"] in known, f"office {row['office']!r} is not in the register")
                _demand(row["make"] in makes, f"make {row['make']!r} is not in the list of makes")
                _demand(row["type"] in METER_TYPES, f"type is none of {', '.join(sorted(METER_TYPES))}")
                diameter = _count(row["diameter"], "diameter", least=1)
                _demand(diameter in diameters, f"diameter {diameter} is not in the list of diameters")
                quantity = _count(row["quantity"], "quantity", least=0)
                place = row["office"], stock.Lot(diameter, row["make"], row["type"])
                _demand(place not in seen, f"the same meters are also in line {seen.get(place)}")
            except _LineRefused as refusal:
                taken.refused.append(RefusedLine(line, str(refusal)))
                continue
            seen[place] = line
            if not taken.refused:
                stock.count(connection, *place, quantity, now=now)
                taken.written += 1
    return taken.report()


def _batches(
    path: Path, required: Sequence[str], optional: Sequence[str], progress: Progress
) -> Iterator[list[tuple[int, dict[str, str]]]]:
    with path.open("rb") as raw:
        lines = (line.decode("utf-8-sig" if at == 0 else "utf-8") for at, line in enumerate(raw))
        header = next(lines, "")
        separator = ";" if header.count(";") >= header.count(",") else ","
        names = _columns(next(csv.reader([header], delimiter=separator), []), required, optional)
        reader = csv.reader(lines, delimiter=separator)
        while batch := list(islice(_rows(reader, names), BATCH)):
            yield batch
            progress(raw.tell())


def _columns(header: Iterable[str], required: Sequence[str], optional: Sequence[str]) -> list[str]:
    names = [name.strip() for name in header]
    missing = [name for name in required if name not in names]
    unknown = [name for name in names if name not in (*required, *optional)]
    if missing:
        raise FileRefused(f"columns are missing: {', '.join(missing)}")
    if unknown:
        raise FileRefused(f"columns are unknown: {', '.join(unknown)}")
    if len(set(names)) < len(names):
        raise FileRefused("a column is there twice")
    return names


def _rows(reader: Any, names: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    for cells in reader:
        if any(cell.strip() for cell in cells):
            cells = [cell.strip() for cell in cells] + [""] * (len(names) - len(cells))
            # the header was read apart
            yield reader.line_num + 1, dict(zip(names, cells, strict=False))


def _demand(fact: object, reason: str) -> None:
    if not fact:
        raise _LineRefused(reason)


def _fin(text: str) -> str | None:
    if not text:
        return None
    fin = re.sub(r"[\s-]", "", text)
    # only ASCII may be capitalised: «ß» and «ı» would become other letters
    fin = fin.upper() if fin.isascii() else fin
    _demand(_FIN.fullmatch(fin), "fin is not 7 letters and digits (O and I do not occur)")
    return fin


def _kind(name: str, text: str, column: str) -> str | None:
    """
    Return what a form would have made of the text, so that a number is the same wherever it was typed.
    """
    if not text:
        return None
    try:
        return KINDS[name]().parse(text, Limits())  # type: ignore[return-value]
    except Refused as refusal:
        raise _LineRefused(f"{column} can't be read ({refusal.code})") from refusal


def _count(text: str, name: str, *, least: int) -> int:
    _demand(re.fullmatch(r"[0-9]{1,6}", text) and int(text) >= least, f"{name} is not a whole number from {least}")
    return int(text)


def _day(text: str) -> date | None:
    if not text:
        return None
    match = re.fullmatch(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})", text)
    try:
        return date(int(match[3]), int(match[2]), int(match[1])) if match else date.fromisoformat(text)
    except ValueError as error:
        raise _LineRefused(f"{text!r} is not a date such as 27.11.2026") from error
