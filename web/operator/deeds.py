"""
What operators did and why, newest first, and as a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask import g, render_template, request
from flask_babel import gettext

from engine import rights
from engine.deeds import DeedLine
from engine.operating import deeds as engine_deeds
from engine.operating.pages import Page
from engine.operating.sieve import PAGE, Sieve
from web import names
from web.access import may
from web.exporting import Cell, export
from web.inbox import case_name
from web.operator import sifting
from web.operator.sifting import blueprint
from web.services import services


@blueprint.get("/emeller")
@may(rights.INCIDENTS)
def deeds() -> Any:
    """
    List what operators did.
    """
    sieve = sifting.sieve({"": ""})
    with services().database.read() as connection:
        found = _page(sieve)(connection, request.args.get(sifting.CURSOR), PAGE)
    return render_template(
        "operator/deeds.html",
        sieve=sieve,
        choices=(
            sifting.deed_choice(sieve),
            sifting.person_choice(sieve),
            sifting.process_choice(sieve),
            sifting.office_choice(sieve),
            sifting.age_choice(sieve),
        ),
        rows=[(row, names.deed_name(row.deed), _about(row), _case(row)) for row in found.rows],
        first=sifting.first(),
        following=sifting.following(found),
    )


@blueprint.get("/emeller/siyahi.<ending>")
@may(rights.INCIDENTS)
def deeds_file(ending: str) -> Any:
    """
    Hand the list out as a file.
    """
    sieve = sifting.sieve({"": ""})

    def rows() -> Iterator[list[Cell]]:
        for row in sifting.whole(_page(sieve)):
            yield [row.at, row.person, names.deed_name(row.deed), _about(row), _case(row), row.reason]

    heads = (
        gettext("Nə vaxt"),
        gettext("Kim"),
        gettext("Nə edib"),
        gettext("Nəyi"),
        gettext("Müraciət"),
        gettext("Səbəb"),
    )
    return export(ending, "emeller", heads, rows())


def _page(sieve: Sieve) -> Callable[[Any, str | None, int], Page[DeedLine]]:
    now = services().ports.clock.now()
    return lambda connection, cursor, limit: engine_deeds.page(connection, g.actor, sieve, cursor, now=now, limit=limit)


def _about(row: DeedLine) -> str:
    detail = row.detail
    if "code" in detail:
        return names.code_name(detail["code"])
    if "kind" in detail:
        return names.letter_name(detail["letter"]) if "letter" in detail else names.job_name(detail["kind"])
    if "move" in detail:
        return gettext("Köçürmə %(number)s", number=detail["move"])
    return gettext("Toplu iş %(number)s", number=detail["batch"]) if "batch" in detail else ""


def _case(row: DeedLine) -> str:
    return case_name(row.case_number, row.case_id) if row.case_id is not None else ""
