"""
The operator's list of cases: where each stands and what has stopped in it. Its deeds are on the page of a case.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import g, render_template, request
from flask_babel import gettext, lazy_gettext

from engine import rights
from engine.operating import cases as engine_cases
from engine.operating.cases import CaseRow, Standing
from processes.registry import offices
from web import names, texts
from web.access import may
from web.exporting import Cell, export
from web.inbox import case_name, in_words
from web.operator import sifting
from web.operator.sifting import blueprint
from web.services import services

#: word in the address -> state
STATES = {
    "aciq": engine_cases.OPEN,
    "geciken": engine_cases.OVERDUE,
    "dayanmis": engine_cases.STOPPED,
    "bitmis": engine_cases.FINISHED,
}
WORDS = {
    engine_cases.OPEN: lazy_gettext("Açıq"),
    engine_cases.OVERDUE: lazy_gettext("Tapşırığı gecikən"),
    engine_cases.STOPPED: lazy_gettext("Dayanmış"),
    engine_cases.FINISHED: lazy_gettext("Bitmiş"),
}


@dataclass(frozen=True)
class Place:
    """
    Where a case waits, in words.
    """

    words: str
    #: task, job or incident
    by: str
    #: when the task was due, if that is past
    late_since: datetime | None = None


@blueprint.get("/nezaret/muracietler")
@may(rights.INCIDENTS)
def cases() -> Any:
    """
    List cases by where they stand, open ones oldest first.
    """
    here = services()
    now = here.ports.clock.now()
    sieve = sifting.sieve(STATES)
    with here.database.read() as connection:
        found = engine_cases.page(connection, g.actor, sieve, request.args.get(sifting.CURSOR), now=now)
        called = offices.names(connection, texts.language())
    return render_template(
        "operator/cases.html",
        sieve=sieve,
        states=[(word, state, WORDS[state]) for word, state in STATES.items()],
        choices=(
            sifting.process_choice(sieve),
            sifting.element_choice(sieve),
            sifting.office_choice(sieve),
            sifting.age_choice(sieve),
            sifting.code_choice(sieve, dict.fromkeys(names.CODES, 0)),
        ),
        rows=[
            (row, case_name(row.number, row.id), status(row), [place(row, one, now) for one in row.standing])
            for row in found.rows
        ],
        offices=called,
        first=sifting.first(),
        following=sifting.following(found),
        now=now,
    )


@blueprint.get("/nezaret/muracietler/siyahi.<ending>")
@may(rights.INCIDENTS)
def cases_file(ending: str) -> Any:
    """
    Hand the list out as a file, with the same filters.
    """
    here = services()
    now = here.ports.clock.now()
    sieve = sifting.sieve(STATES)
    with here.database.read() as connection:
        called = offices.names(connection, texts.language())

    def rows() -> Iterator[list[Cell]]:
        for row in sifting.whole(
            lambda connection, cursor, limit: engine_cases.page(
                connection, g.actor, sieve, cursor, now=now, limit=limit
            )
        ):
            yield [
                case_name(row.number, row.id),
                sifting.process_name(row.release_id),
                called.get(row.unit or "", row.unit),
                in_words(status(row), suspended=row.suspended_at is not None),
                "; ".join(place(row, one, now).words for one in row.standing),
                row.opened_at,
                row.due_at,
                row.closed_at,
            ]

    heads = (
        gettext("Müraciət"),
        gettext("Proses"),
        gettext("İdarə"),
        gettext("Vəziyyət"),
        gettext("Harada dayanır"),
        gettext("Başlanıb"),
        gettext("Cavab müddəti"),
        gettext("Yekunlaşıb"),
    )
    return export(ending, "muracietler", heads, rows())


def status(row: CaseRow) -> str:
    """
    Return a case's public status in the reader's language.
    """
    if not row.public_status:
        return gettext("Qaralama")
    return services().releases.get(row.release_id).translate(row.public_status, texts.language())


def place(row: CaseRow, one: Standing, now: datetime) -> Place:
    """
    Return where a case waits, in words.
    """
    element = sifting.element_name(row.release_id, one.element)
    if one.by == "incident":
        return Place(names.code_name(one.detail), one.by)
    if one.by == "task":
        return Place(element, one.by, one.due_at if one.due_at and one.due_at < now else None)
    return Place(element if element != one.element else names.job_name(one.element or ""), one.by)
