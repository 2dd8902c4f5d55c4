"""
The small part of Markdown, and values in texts.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms import display, text
from forms.text import Block, Span
from tests.forms.building import form, problems, scope


def shown(written: str, **values: object) -> tuple[Block, ...]:
    (view,) = form({"type": "text", "id": "t", "text": written}).show(scope(**values)).rows
    return view.blocks


def test_blocks() -> None:
    assert shown("# Bir\n\nİki\nüç\n\n\n- a\n- **b**\n1. c\n2) d\n#### Dörd") == (
        Block("heading", (Span("Bir"),), level=1),
        Block("paragraph", (Span("İki üç"),)),
        Block("list", items=((Span("a"),), (Span("b", bold=True),))),
        Block("numbered", items=((Span("c"),), (Span("d"),))),
        Block("heading", (Span("Dörd"),), level=4),
    )


@pytest.mark.parametrize("href", ["https://e-su.az", "/yardim", "tel:955", "mailto:a@mail.az", "#a"])
def test_safe_links_lead_somewhere(href: str) -> None:
    assert shown(f"Bax: [burada]({href})") == (Block("paragraph", (Span("Bax: "), Span("burada", href=href))),)


@pytest.mark.parametrize("href", ["javascript:alert(1)", "//evil.az", "http://e.az", "data:x", "/\\evil.az"])
def test_other_links_stay_text(href: str) -> None:
    (block,) = shown(f"[x]({href})")
    assert all(not span.href for span in block.spans)


def test_a_value_is_never_read_as_markdown() -> None:
    typed = "# a\n- [x](https://evil.az) **b** {{name}}"
    assert shown("{{ name }} və **{{=name}}**", name=typed) == (
        Block("paragraph", (Span(f"{typed} və "), Span(typed, bold=True))),
    )


def test_values_may_be_computed() -> None:
    assert shown("{{=count + 1}} sayğac, {{subscriber.code}}{{missing}}", count=2, subscriber={"code": "01"}) == (
        Block("paragraph", (Span("3 sayğac, 01"),)),
    )


@pytest.mark.parametrize("piece", ["<b>", "</p>", "<!--", "![x](y)", "`x`", "| a | b |"])
def test_what_pages_do_not_show_is_refused(piece: str) -> None:
    assert [problem.code for problem in problems({"type": "text", "id": "t", "text": f"a\n{piece}"})] == [
        "text_unsupported"
    ]


def test_a_comparison_in_a_placeholder_is_no_html() -> None:
    assert problems({"type": "text", "id": "t", "text": "{{=if a<b then 1 else 2}}"}) == ()


@given(st.text())
def test_any_text_becomes_blocks(written: str) -> None:
    for block in text.read(written, lambda placeholder: ""):
        assert block.kind in ("heading", "paragraph", "list", "numbered")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, ""),
        (True, "Bəli"),
        (False, "Xeyr"),
        (1200, "1200"),
        (Decimal("123.456"), "123,456"),
        (Decimal("1E+3"), "1000"),
        (date(2026, 11, 3), "03.11.2026"),
        (datetime(2026, 11, 3, 21, 30, tzinfo=UTC), "04.11.2026 01:30"),
        (time(9, 5), "09:05"),
        ("2026-11-03", "03.11.2026"),
        ("2026-11-03T21:30:00+00:00", "04.11.2026 01:30"),
        ("2026-11-03T21:30", "03.11.2026 21:30"),
        ("2026-99-03", "2026-99-03"),
        ("2026-11-03Tsaat", "2026-11-03Tsaat"),
        ("2026-11-03T10:00x", "2026-11-03T10:00x"),
        (["A1", None, "B2"], "A1, B2"),
        ({"label": "Bakı"}, "Bakı"),
        ({"x": 1}, ""),
    ],
)
def test_values_are_said_as_people_here_write_them(value: object, said: str) -> None:
    assert display.say(value) == said


@given(st.text())
def test_any_text_is_said(value: str) -> None:
    display.say(value)
    display.say_telephone(value)


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-11-03", date(2026, 11, 3)),
        (datetime(2026, 11, 3, 21, tzinfo=UTC), date(2026, 11, 4)),
        (date(2026, 11, 3), date(2026, 11, 3)),
        ("03.11.2026", None),
        ("2026-02-30", None),
        (7, None),
    ],
)
def test_days_are_recognised(value: object, day: date | None) -> None:
    assert display.date_of(value) == day
