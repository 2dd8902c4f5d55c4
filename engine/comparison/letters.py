"""
Differences between letters, as text: e-mails line by line, the words of the printed letters text by text.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from itertools import zip_longest

from engine.comparison.change import Change
from engine.words.letters import TEXTS, URGENT, mail_name, split_texts, split_urgent


def compare_letters(file: str, old: bytes, new: bytes) -> Iterator[Change]:
    """
    Yield what differs between two versions of a file of letters.

    Raises:
        ValueError: if one of them can't be read.
    """
    if file == TEXTS:
        yield from _compare_words(file, old, new)
        return
    if file == URGENT:
        yield from _compare_urgent(file, old, new)
        return
    named = mail_name(file)
    if named is None:
        raise ValueError(file)
    name, language = named
    before, after = old.decode().splitlines(), new.decode().splitlines()
    for number, was, now in _differing(before, after):
        part = "subject" if number == 1 and before[:1] == [was] and after[:1] == [now] else "line"
        place = language if part == "subject" else f"{language}:{number}"
        yield Change("letter", "changed", file, place, name, part, was, now)


def _differing(before: list[str], after: list[str]) -> Iterator[tuple[int, str, str]]:
    """Yield (line in the newer text, was, is), one line after the other; empty lines only part paragraphs."""
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    for kind, first, last, start, end in matcher.get_opcodes():
        if kind == "equal":
            continue
        pairs = zip_longest(before[first:last], after[start:end], fillvalue="")
        for number, (was, now) in enumerate(pairs, start + 1):
            if was.strip() != now.strip():
                yield number, was, now


def _compare_words(file: str, old: bytes, new: bytes) -> Iterator[Change]:
    before, after = _flat(old), _flat(new)
    for label, language in sorted(before.keys() | after.keys()):
        was, now = before.get((label, language), ""), after.get((label, language), "")
        if was != now:
            yield Change("letter", "changed", file, language, label, "words", was, now)


def _compare_urgent(file: str, old: bytes, new: bytes) -> Iterator[Change]:
    before, after = ({name for _, name in split_urgent(content.decode())} for content in (old, new))
    for name in sorted(before ^ after):
        yield Change("letter", "changed", file, name, name, "urgent" if name in after else "patient", "", "")


def _flat(content: bytes) -> dict[tuple[str, str], str]:
    return {
        (f"{part}.{key}", language): text
        for part, keys in split_texts(content).items()
        for key, texts in keys.items()
        for language, text in texts.items()
    }
