"""
Hand the words that every form shows to the collector of texts (`web/babel.cfg`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import BinaryIO

import forms


def form_words(
    fileobj: BinaryIO, keywords: Mapping[str, object], comment_tags: Collection[str], options: Mapping[str, object]
) -> Iterator[tuple[int, str, str, list[str]]]:
    """
    Yield every sentence of `forms` as Babel's extraction methods do: line, function, text, comments.

    `forms` knows no gettext, so its words stand in plain tables; the file only says when to ask for them.
    """
    yield from ((1, "gettext", text, []) for text in forms.words())
