"""
Puts the e-mails together: words from `mail/<letter>.<language>.txt`, values from whoever sends.

A file is plain text: the subject on its first line, then paragraphs. Placeholders are fixed names in braces, never a
template language. HTML is made from the same text. Nothing is sent here.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from processes.letters import words
from processes.letters.glyphs import visible
from processes.letters.texts import LANGUAGES, TextsRefused, filled, placeholders

FOLDER = Path(__file__).parent / "mail"

#: to the citizen
CITIZEN = ("registered", "visit_planned", "term_extended", "meter_installed", "meter_registered", "refused")

#: to dispatchers and heads of office
STAFF = ("assignment_late", "overdue")

LETTERS = CITIZEN + STAFF

#: stands under every letter
FOOTER = "footer"

#: everything that a letter may name
PLACEHOLDERS = frozenset(
    {
        "case_number",
        "district",
        "due_on",
        "expected_date",
        "name",
        "office",
        "office_address",
        "office_telephone",
        "organisation",
        "reason",
        "registered_on",
        "status_url",
        "telephone",
        "visit_date",
        "visit_window",
    }
)

#: a subject goes into a header: nothing that a person wrote may stand in it
IN_SUBJECT = frozenset({"case_number"})

#: placeholders whose values become links
LINKS = frozenset({"status_url"})

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


@dataclass(frozen=True)
class Template:
    """
    A letter with its placeholders.
    """

    subject: str
    #: paragraphs, each a tuple of lines
    paragraphs: tuple[tuple[str, ...], ...]

    @property
    def placeholders(self) -> frozenset[str]:
        """
        Return every name in braces.
        """
        lines = (line for paragraph in self.paragraphs for line in paragraph)
        return placeholders(self.subject).union(*(placeholders(line) for line in lines))


def compose(letter: str, language: str, facts: Mapping[str, str]) -> Letter:
    """
    Return a letter with its values in place.

    Parameters
    ----------
    letter
        One of `LETTERS`.
    facts
        Values in the letter's language; may hold more than the letter names. A line `name: {value}` whose value is
        empty is left out.

    Raises KeyError for an unknown letter or a missing value, ValueError for an unknown language.
    """
    template, footer = load(letter, language), load(FOOTER, language)
    values = {key: _one_line(key, value) for key, value in facts.items()}
    subject = filled(template.subject, values)
    body = _without_empty(template.paragraphs, values)
    foot = _without_empty(footer.paragraphs, values)
    return Letter(subject=subject, text=_text(body, foot, values), html=_html(language, subject, body, foot, values))


@cache
def load(letter: str, language: str) -> Template:
    """
    Return a letter as its file has it.

    Raises KeyError for an unknown letter, ValueError for an unknown language, TextsRefused.
    """
    if letter not in (*LETTERS, FOOTER):
        raise KeyError(letter)
    if language not in LANGUAGES:
        raise ValueError(f"letters are written in {', '.join(LANGUAGES)}; not in {language!r}")
    name = f"{letter}.{language}.txt"
    text = (FOLDER / name).read_text(encoding="utf-8")
    return read_template(name, text, has_subject=letter != FOOTER)


def read_template(name: str, text: str, *, has_subject: bool = True) -> Template:
    """
    Return the template that a file's text is.

    Raises TextsRefused, listing everything that an analyst must mend.
    """
    blocks = [block.split("\n") for block in re.split(r"\n[ \t]*\n+", text.strip())]
    subject = ""
    problems: list[str] = []
    if has_subject:
        first, *blocks = blocks
        subject = first[0]
        if len(first) != 1:
            problems.append(f"{name}: the first line is the subject, an empty line follows")
        problems += _unknown(f"{name}, subject", subject, IN_SUBJECT)
    if not blocks:
        problems.append(f"{name}: there is no text under the subject")
    problems += [problem for block in blocks for line in block for problem in _unknown(name, line, PLACEHOLDERS)]
    if problems:
        raise TextsRefused(problems)
    return Template(subject, tuple(tuple(line.rstrip() for line in block) for block in blocks))


def _unknown(place: str, line: str, known: frozenset[str]) -> list[str]:
    try:
        unknown = placeholders(line) - known
    except ValueError as problem:
        return [f"{place}: {problem}: {line}"]
    return [f"{place}: unknown placeholder {{{each}}}" for each in sorted(unknown)]


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
