"""
Differences between files that are read as text: line by line, catalogues text by text.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from engine.comparison.change import Change
from engine.words.catalogue import read_catalogue


def compare_texts(file: str, old: bytes, new: bytes) -> Iterator[Change]:
    """
    Yield each run of lines that differs; a file that is no text is one change.
    """
    name = file.rpartition("/")[2]
    try:
        before, after = old.decode().splitlines(), new.decode().splitlines()
    except UnicodeDecodeError:
        yield Change("file", "changed", file, None, name)
        return
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    for kind, first, last, start, end in matcher.get_opcodes():
        if kind == "equal":
            continue
        was, now = "\n".join(before[first:last]), "\n".join(after[start:end])
        yield Change("text", "changed", file, None, f"{name}:{start + 1}", old=was, new=now)


def compare_catalogues(file: str, old: bytes, new: bytes) -> Iterator[Change]:
    """
    Yield each text whose translation differs.

    Raises:
        ValueError: if one of the catalogues can't be read.
    """
    before, after = read_catalogue(old), read_catalogue(new)
    for text in sorted(before.keys() | after.keys()):
        was, now = before.get(text, ""), after.get(text, "")
        if was != now:
            yield Change("translation", "changed", file, None, text, old=was, new=now)
