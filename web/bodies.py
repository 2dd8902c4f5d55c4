"""
How much of a request's body is read: a form's texts whole, of each file only as much as can be taken.

A file that is too large must not cost what else was typed, so its rest is read over, and the page says so.
"""

from __future__ import annotations

import tempfile
from typing import IO

import flask

from web.uploads import FILE_BYTES

#: of a task's texts
TEXT_BYTES = 2 * 1024 * 1024
#: of a task's form with all its files; the server itself takes no more
FORM_BYTES = 1024 * 1024 * 1024
_IN_MEMORY = 512 * 1024


class CutFile(tempfile.SpooledTemporaryFile[bytes]):
    """
    Keep one byte more than a file may have, and read over the rest.
    """

    def __init__(self) -> None:
        super().__init__(max_size=_IN_MEMORY)
        self._room = FILE_BYTES + 1

    def write(self, content: bytes) -> int:  # type: ignore[override]
        """
        Write what there is room for; return how much was given, as if all had been written.
        """
        super().write(content[: self._room])
        self._room -= min(self._room, len(content))
        return len(content)


class Request(flask.Request):
    """
    A request whose files are cut at the size from which they are refused.
    """

    def take_task(self) -> None:
        """
        Allow what the form of a task may hold: long texts, and files if it has any.
        """
        with_files = self.mimetype == "multipart/form-data"
        self.max_content_length = FORM_BYTES if with_files else TEXT_BYTES
        self.max_form_memory_size = TEXT_BYTES

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return CutFile()
