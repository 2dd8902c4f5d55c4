"""
Templates compiled once in a process, however many apps it makes: compiling costs more than all else about a page.
"""

from __future__ import annotations

from types import CodeType

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class Compiled(BytecodeCache):
    """
    The code of templates, by their file and the checksum of its text; in memory only, for whoever can write code to a
    file can run it.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """
        Put kept code into the bucket.
        """
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """
        Keep the bucket's code.
        """
        if bucket.code is not None:
            self._kept[bucket.key, bucket.checksum] = bucket.code


#: of this process
TEMPLATES = Compiled()
