"""
Puts the e-mails together: words from the letters of a release, values from whoever sends.

HTML is made from the same text. What a letter's file may hold is said elsewhere, and nothing is sent here.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

from engine.words.letters import Letters, filled, placeholders
from processes.letters import words
from processes.letters.glyphs import visible
from processes.letters.texts import FOOTER, shipped

#: placeholders whose values become links
LINKS = frozenset({"status_url", "task_url", "inbox_url"})

_FACT = re.compile(r"(?P<name>[^:{}]{2,40}): (?P<value>.*\{[a-z_]+\}.*)")
_POINT = "– "

_STYLE = {
    "page": "margin:0;padding:24px 16px;background:#f2f5f6;",
    "sheet": "max-width:560px;margin:0 auto;padding:28px;background:#ffffff;border-top:5px solid #0b5c7d;"
    "font-family:'Noto Sans',Arial,sans-serif;font-size:16px;line-height:1.5;color:#16232b;",
    "heading": "margin:0 0 20px;font-size:20px;line-height:1.3;",
    "paragraph": "margin:0 0 16px;",
    "fact": "margin:0 0 4px;",
    "facts": "margin:0 0 20px;padding:2px 0 2px 14px;border-left:3px solid #b4c1c8;",
    "name": "color:#52626b;",
    "points": "margin:0 0 16px;padding-left:20px;",
    "link": "color:#0b5c7d;",
    "footer": "margin:28px 0 0;padding-top:14px;border-top:1px solid #b4c1c8;font-size:14px;color:#52626b;",
}


@dataclass(frozen=True)
class Letter:
    """
    An e-mail ready to be addressed.
    """

    #: one line
    subject: str
    text: str
    #: a whole document
    html: str


def compose(letter: str, language: str, facts: Mapping[str, str], letters: Letters | None = None) -> Letter:
    """
    Return a letter with its values in place.

    Args:
        facts: values in the letter's language; may hold more than the letter names. A line `name: {value}` whose value
            is empty is left out.
        letters: of the case's release; those that came with the installation if absent.

    Raises KeyError for an unknown letter or a missing value, ValueError for an unknown language.
    """
    letters = letters or shipped()
    template, footer = letters.mail(letter, language), letters.mail(FOOTER, language)
    values = {key: _one_line(key, value) for key, value in facts.items()}
    subject = filled(template.subject, values)
    body = _without_empty(template.paragraphs, values)
    foot = _without_empty(footer.paragraphs, values)
    return Letter(subject=subject, text=_text(body, foot, values), html=_html(language, subject, body, foot, values))


def _one_line(key: str, value: str) -> str:
    """
    Return a value as it stands in a line: without line breaks, controls and invisible direction marks.
    """
    line = " ".join(visible(value).split())
    return words.case_number(line) if key == "case_number" else line


def _without_empty(paragraphs: tuple[tuple[str, ...], ...], values: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    """
    Drop the lines `name: {value}` that have nothing to say.
    """
    kept = (
        tuple(line for line in paragraph if not _FACT.fullmatch(line) or any(values[n] for n in placeholders(line)))
        for paragraph in paragraphs
    )
    return tuple(paragraph for paragraph in kept if paragraph)


def _text(body: tuple[tuple[str, ...], ...], foot: tuple[tuple[str, ...], ...], values: Mapping[str, str]) -> str:
    shown = ["\n".join(filled(line, values) for line in paragraph) for paragraph in body]
    # RFC 3676 §4.3: what follows this line is a signature
    return "\n\n".join(shown) + "\n\n-- \n" + "\n".join(filled(line, values) for block in foot for line in block) + "\n"


def _html(
    language: str,
    subject: str,
    body: tuple[tuple[str, ...], ...],
    foot: tuple[tuple[str, ...], ...],
    values: Mapping[str, str],
) -> str:
    """
    Lay the letter out; its structure comes from the template alone, never from a value.
    """
    blocks = "\n".join(_block(paragraph, values) for paragraph in body)
    footer = "<br>\n".join(_line(line, values) for paragraph in foot for line in paragraph)
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(subject)}</title>\n</head>\n"
        f'<body style="{_STYLE["page"]}">\n<div style="{_STYLE["sheet"]}">\n'
        f'<h1 style="{_STYLE["heading"]}">{html.escape(subject)}</h1>\n'
        f'{blocks}\n<p style="{_STYLE["footer"]}">{footer}</p>\n</div>\n</body>\n</html>\n'
    )


def _block(paragraph: tuple[str, ...], values: Mapping[str, str]) -> str:
    facts = [_FACT.fullmatch(line) for line in paragraph]
    if all(facts) and not any(placeholders(line) & LINKS for line in paragraph):
        rows = "\n".join(
            f'<p style="{_STYLE["fact"]}"><span style="{_STYLE["name"]}">{html.escape(fact["name"])}:</span> '
            f"<strong>{_line(fact['value'], values)}</strong></p>"
            for fact in facts
            if fact
        )
        return f'<div style="{_STYLE["facts"]}">\n{rows}\n</div>'
    head = [line for line in paragraph if not line.startswith(_POINT)]
    points = [line.removeprefix(_POINT) for line in paragraph if line.startswith(_POINT)]
    parts = []
    if head:
        lines = "<br>\n".join(_line(line, values) for line in head)
        parts.append(f'<p style="{_STYLE["paragraph"]}">{lines}</p>')
    if points:
        items = "\n".join(f"<li>{_line(point, values)}</li>" for point in points)
        parts.append(f'<ul style="{_STYLE["points"]}">\n{items}\n</ul>')
    return "\n".join(parts)


def _line(line: str, values: Mapping[str, str]) -> str:
    """
    Return one line as HTML: everything escaped, addresses of pages as links.
    """
    escaped = {key: html.escape(value) for key, value in values.items()}
    for key in placeholders(line) & LINKS:
        if values[key].startswith(("https://", "http://")):
            escaped[key] = f'<a href="{escaped[key]}" style="{_STYLE["link"]}">{escaped[key]}</a>'
    return filled(html.escape(line), escaped)
