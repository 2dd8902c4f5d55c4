"""
Lists as files, CSV and XLSX, written while they are read, so that a list of any length needs little memory.

Who may read what was decided by whoever hands the rows over. A cell that a table program would take for a formula is
marked as text: what people typed is data.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import IO, Any

from flask import Response, abort, stream_with_context
from xlsxwriter import Workbook

from web.services import services
from web.texts import BAKU

Cell = str | int | datetime | None
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
#: of an XLSX sheet, its heading included
MOST_ROWS = 1_048_576
#: lines that are read and written together
CHUNK = 500
#: source: OWASP, CSV injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
#: bytes that are handed on together
_BLOCK = 64 * 1024
_WIDTH = 22


def export(kind: str, name: str, heads: Sequence[object], rows: Iterable[Sequence[Cell]]) -> Response:
    """
    Return a list as a file to be kept.

    Args:
        kind: csv or xlsx; there is no other.
        name: of the file, without date and ending.
    """
    if kind not in TYPES:
        abort(404)
    titles = [str(head) for head in heads]
    today = services().ports.clock.now().astimezone(BAKU)
    body = _csv(titles, rows) if kind == "csv" else _xlsx(titles, rows)
    response = Response(stream_with_context(body), content_type=TYPES[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{today:%Y-%m-%d}.{kind}"'
    return response


def _csv(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    # table programs take a file without the mark for one of the system's old character set
    buffer.write("\ufeff")
    writer.writerow(heads)
    for number, row in enumerate(rows, 1):
        writer.writerow([_plain(cell) for cell in row])
        if number % CHUNK == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def _plain(cell: Cell) -> str | int:
    if isinstance(cell, datetime):
        return f"{cell.astimezone(BAKU):%Y-%m-%d %H:%M}"
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return cell if cell is not None else ""


def _xlsx(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    with tempfile.TemporaryFile() as file:
        _write_book(file, heads, rows)
        file.seek(0)
        while block := file.read(_BLOCK):
            yield block


def _write_book(file: IO[bytes], heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    # each row goes to the disk when the next one begins
    with Workbook(file, {"constant_memory": True}) as book:
        bold, moment = book.add_format({"bold": True}), book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(heads) - 1, _WIDTH)
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head, bold)
        for number, row in enumerate(rows, 1):
            if number == MOST_ROWS:
                break
            for column, cell in enumerate(row):
                _write_cell(sheet, number, column, cell, moment)


def _write_cell(sheet: Any, row: int, column: int, cell: Cell, moment: Any) -> None:
    if isinstance(cell, datetime):
        sheet.write_datetime(row, column, cell.astimezone(BAKU).replace(tzinfo=None), moment)
    elif isinstance(cell, int):
        sheet.write_number(row, column, cell)
    elif cell:
        sheet.write_string(row, column, cell)
