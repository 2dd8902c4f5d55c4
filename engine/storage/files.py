"""
Stored files: bytes under random names in one folder, written so that a crash leaves the whole file or none.

What a file is and whom it belongs to is in the table `file`; nothing here looks inside.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Stored:
    """
    A file that lies in the folder.
    """

    id: str
    size: int
    #: hexadecimal
    sha256: str


class Files:
    """
    The folder of stored files; `durable` ones survive a machine that loses power.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder
        self._durable = durable

    def put(self, content: bytes) -> Stored:
        """
        Store `content` under a new random name.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        name = secrets.token_hex(16)
        handle, draft = tempfile.mkstemp(dir=self.folder, prefix=".")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                if self._durable:
                    os.fsync(file.fileno())
            os.replace(draft, self.folder / name)
        except OSError:
            Path(draft).unlink(missing_ok=True)
            raise
        return Stored(name, len(content), hashlib.sha256(content).hexdigest())

    def path(self, file_id: str) -> Path:
        """
        Return where the file lies; `file_id` must be one that `put` gave.
        """
        if len(file_id) != 32 or not all(digit in "0123456789abcdef" for digit in file_id):
            raise ValueError("not a file id")
        return self.folder / file_id

    def read(self, file_id: str) -> bytes:
        """
        Return the file's bytes.
        """
        return self.path(file_id).read_bytes()

    def discard(self, file_id: str) -> None:
        """
        Remove a file that no row refers to; nothing happens if it is gone.
        """
        self.path(file_id).unlink(missing_ok=True)
