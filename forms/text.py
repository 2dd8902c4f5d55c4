"""
Read the small, safe part of Markdown that a form's texts may use, as a tree that templates draw.

Headings, paragraphs, lists, bold and links. It makes no HTML, and knows nothing of placeholders' values.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

_INLINE = re.compile(r"\*\*(?P<bold>.+?)\*\*|\[(?P<label>[^\]\[]+)\]\((?P<href>[^()\s]+)\)")
_SAFE_LINK = re.compile(r"(?:https://|mailto:|tel:|/(?!/)|#)[^\s\"'<>\\]*")
_HEADING = re.compile(r"(#{1,4})\s+(.+)")
_BULLET = re.compile(r"[-*+]\s+(.+)")
_NUMBERED = re.compile(r"[0-9]{1,3}[.)]\s+(.+)")
_UNSUPPORTED = re.compile(r"<[A-Za-z/!?]|!\[|`|^\s*\|.*\|\s*$", re.MULTILINE)
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}", re.DOTALL)


@dataclass(frozen=True)
class Span:
    """
    Hold a run of text with one look.
    """

    text: str
    bold: bool = False
    #: where the text leads, or nothing
    href: str = ""


@dataclass(frozen=True)
class Block:
    """
    Hold one block: `kind` is heading, paragraph, list or numbered.
    """

    kind: str
    #: of a heading and a paragraph
    spans: tuple[Span, ...] = ()
    #: of a list
    items: tuple[tuple[Span, ...], ...] = ()
    #: of a heading, 1 to 4
    level: int = 0


def unsupported(text: str) -> str:
    """
    Return the first piece of Markdown or HTML in `text` that pages do not show, or the empty text.
    """
    found = _UNSUPPORTED.search(_PLACEHOLDER.sub("", text))
    return found[0].strip() if found else ""


def _spans(text: str) -> tuple[Span, ...]:
    spans: list[Span] = []
    end = 0
    for match in _INLINE.finditer(text):
        if match["href"] is not None and not _SAFE_LINK.fullmatch(match["href"]):
            continue
        if match.start() > end:
            spans.append(Span(text[end : match.start()]))
        if match["bold"] is not None:
            spans.append(Span(match["bold"], bold=True))
        else:
            spans.append(Span(match["label"], href=match["href"]))
        end = match.end()
    if end < len(text):
        spans.append(Span(text[end:]))
    return tuple(spans)


def _item(line: str) -> tuple[str, str] | None:
    if match := _BULLET.fullmatch(line):
        return "list", match[1]
    if match := _NUMBERED.fullmatch(line):
        return "numbered", match[1]
    return None


class _Blocks:
    """
    Collect lines into blocks.
    """

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._lines: list[str] = []

    def close(self) -> None:
        if self._lines:
            self.blocks.append(Block("paragraph", _spans(" ".join(self._lines))))
            self._lines = []

    def add(self, line: str) -> None:
        if not line:
            self.close()
            self.blocks.append(Block("gap"))
        elif heading := _HEADING.fullmatch(line):
            self.close()
            self.blocks.append(Block("heading", _spans(heading[2]), level=len(heading[1])))
        elif item := _item(line):
            self.close()
            self._add_item(*item)
        else:
            self._lines.append(line)

    def _add_item(self, kind: str, text: str) -> None:
        last = self.blocks[-1] if self.blocks else Block("gap")
        if last.kind == kind:
            self.blocks[-1] = replace(last, items=(*last.items, _spans(text)))
        else:
            self.blocks.append(Block(kind, items=(_spans(text),)))


def read(text: str, fill: Callable[[str], str]) -> tuple[Block, ...]:
    """
    Return the blocks of a text; `fill` replaces the placeholders of each run.

    Values enter after the text was read, so that nothing a person typed can become a heading or a link. A paragraph
    that its values leave empty is left out.
    """
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match[0])
        return f"\ue000{len(kept) - 1}\ue001"

    def restore(run: str) -> str:
        return re.sub("\ue000([0-9]+)\ue001", lambda match: fill(kept[int(match[1])]), run)

    blocks = _Blocks()
    for line in _PLACEHOLDER.sub(keep, re.sub("[\ue000\ue001]", "", text)).splitlines():
        blocks.add(line.strip())
    blocks.close()

    def filled(spans: tuple[Span, ...]) -> tuple[Span, ...]:
        return tuple(replace(span, text=restore(span.text)) for span in spans)

    read_blocks = (
        replace(block, spans=filled(block.spans), items=tuple(filled(item) for item in block.items))
        for block in blocks.blocks
    )
    return tuple(block for block in read_blocks if block.items or any(span.text for span in block.spans))
