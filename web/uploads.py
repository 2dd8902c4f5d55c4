"""
Files that people attach: looked into, cleaned and stored before a form sees them.

What a file is, its first bytes and its decoder say, never its name. Pictures are drawn anew, which drops where and with
which camera they were taken. Who may have a file later is decided in `engine.reading.handouts`.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import PurePosixPath

from PIL import Image, ImageOps
from sqlalchemy import Connection, insert, or_, select
from werkzeug.datastructures import FileStorage

from engine.storage.database import Database
from engine.storage.files import Files
from engine.tables import File
from forms import FieldError, Upload

FILE_BYTES = 7 * 1024 * 1024
#: a picture of more would need too much memory
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 2560  # pixels; larger pictures are made smaller
LONGEST_NAME = 120
MOST_FILES = 20
#: what is told apart, as people know it
KNOWN = "PDF, JPG, PNG"

_PICTURES = {"image/jpeg": "JPEG", "image/png": "PNG"}


class FileRefused(Exception):
    """
    A file can't be taken; `error` says why.
    """

    def __init__(self, error: FieldError) -> None:
        super().__init__(error.code)
        self.error = error


def kind_of(content: bytes) -> str | None:
    """
    Return the media type that the first bytes tell, None if it is none of ours.
    """
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content[:1024].lstrip().startswith(b"%PDF-"):
        return "application/pdf"
    return None


def clean(content: bytes, kind: str) -> bytes:
    """
    Return a picture drawn anew, upright and without its hidden data; other files as they are.

    Raises:
        ValueError: if it is no whole picture, or too large to draw.
    """
    if kind not in _PICTURES:
        return content
    try:
        with Image.open(io.BytesIO(content), formats=[_PICTURES[kind]]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise ValueError("too many pixels")
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            drawn = (
                upright.convert("RGB") if kind == "image/jpeg" or upright.mode not in {"L", "RGB", "RGBA"} else upright
            )
            bare = Image.new(drawn.mode, drawn.size)
            bare.paste(drawn)
            into = io.BytesIO()
            bare.save(into, _PICTURES[kind], quality=85, optimize=True)
            return into.getvalue()
    except (OSError, SyntaxError, Image.DecompressionBombError) as problem:
        raise ValueError("not a whole picture") from problem


def bare_name(name: str | None) -> str:
    """
    Return a file's name as it was sent, without folders and control signs.
    """
    bare = PurePosixPath((name or "").replace("\\", "/")).name
    return "".join(letter for letter in bare if letter.isprintable()).strip(" .")[:LONGEST_NAME]


def shown_name(name: str | None, kind: str) -> str:
    """
    Return the name under which people know the file: without folders and control signs, with the right ending.
    """
    bare = bare_name(name)
    ending = {"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}.get(kind, "")
    stem = bare.rpartition(".")[0] or bare or "fayl"
    return stem[: LONGEST_NAME - len(ending)] + ending


def store(database: Database, files: Files, key: str, sent: FileStorage, owner_id: int, now: datetime) -> Upload:
    """
    Look into one sent file, store it, and write its row.

    Raises:
        FileRefused: with the error at field `key`.
    """
    named = bare_name(sent.filename)
    content = sent.stream.read(FILE_BYTES + 1)
    if not content:
        raise FileRefused(FieldError(key, "file_empty", {"name": named}))
    if len(content) > FILE_BYTES:
        raise FileRefused(FieldError(key, "file_too_big", {"name": named, "limit": FILE_BYTES // 1024 // 1024}))
    kind = kind_of(content)
    if kind is None:
        raise FileRefused(FieldError(key, "file_type", {"name": named, "types": KNOWN}))
    try:
        content = clean(content, kind)
    except ValueError:
        raise FileRefused(FieldError(key, "file_failed", {"name": named})) from None
    stored = files.put(content)
    name = shown_name(sent.filename, kind)
    row = {"id": stored.id, "owner_id": owner_id, "case_id": None, "name": name, "type": kind}
    with database.step() as connection:
        connection.execute(insert(File).values(**row, size=stored.size, sha256=stored.sha256, stored_at=now))
    return Upload(name, stored.size, kind, stored.id)


def kept(connection: Connection, ids: Sequence[str], owner_id: int, case_id: int) -> list[Upload]:
    """
    Return the files of `ids` that this person uploaded or that are the case's already, in that order.
    """
    wanted = list(dict.fromkeys(ids))[:MOST_FILES]
    if not wanted:
        return []
    rows = connection.execute(
        select(File.id, File.name, File.size, File.type).where(
            File.id.in_(wanted),
            or_((File.owner_id == owner_id) & File.case_id.is_(None), File.case_id == case_id),
        )
    )
    found = {row.id: Upload(row.name, row.size, row.type, row.id) for row in rows}
    return [found[key] for key in wanted if key in found]


def really_sent(sent: Iterable[FileStorage]) -> list[FileStorage]:
    """
    Return the files of a file field; an empty field is sent as one file without a name.
    """
    return [file for file in sent if file.filename]
