"""
The inbox: what waits for this member of the staff, for their office, and every case that they may see.

Which lines there are, and in which order, is `engine.reading.inbox`'s; here they get words, dates and links.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, current_app, g, render_template, request, url_for
from flask_babel import gettext, lazy_gettext

from engine import reading
from engine.operations import Actor
from engine.reading import inbox
from engine.reading.inbox import Filters, InboxLine, TaskInLine, View
from engine.rights import sees_figures_only, sees_masked_only
from engine.tables import APPLICANT
from processes.registry import offices
from web import readings, texts
from web.access import staff
from web.due import Due, due_words
from web.exporting import CHUNK, TYPES, Cell, export
from web.facets import facet_text, names_applicant
from web.services import Services, services

blueprint = Blueprint("inbox", __name__)

#: name of a view in the address -> view and its tab
TABS: dict[str, tuple[View, Any]] = {
    "menim": ("mine", lazy_gettext("Mənim")),
    "idarem": ("office", lazy_gettext("İdarəmin")),
    "hamisi": ("all", lazy_gettext("Hamısı")),
}
#: facets' names in the address begin so
FACET = "f."
#: characters of one argument in the address
_LONGEST = 200
_KNOWN = frozenset({"siyahi", "veziyyet", "idare", "axtar", "davam"})
#: values to choose from are read anew after this
_KEPT = timedelta(minutes=5)


@dataclass(frozen=True)
class Work:
    """
    An open task in a line.
    """

    title: str
    #: address of the task's page, empty when it is not for this person
    href: str
    #: who holds it, empty when nobody does
    holder: str
    mine: bool
    #: id of the task when it may be claimed
    claim: str


@dataclass(frozen=True)
class Row:
    """
    One line of the list, ready to be shown.
    """

    number: str
    #: address of the case's page
    case: str
    #: what is to be done; nothing while the case waits
    work: tuple[Work, ...]
    applicant: str
    office: str
    facets: tuple[tuple[str, str], ...]
    status: str
    tone: str
    suspended: bool
    due: Due | None
    #: None while it is open
    closed_at: datetime | None


@blueprint.get("/novbe")
@staff()
def page() -> Any:
    """
    Show a page of the inbox.
    """
    here = services()
    with here.database.read() as connection:
        counts = inbox.counts(connection, g.actor)
        name = _tab(counts)
        view = TABS[name][0]
        filters = _filters(view)
        found = inbox.page(connection, g.actor, view, filters, request.args.get("davam"))
        names = offices.names(connection, texts.language())
    now = here.ports.clock.now()
    readings.note_list([line.case_id for line in found.lines if line.applicant])
    return render_template(
        "inbox/page.html",
        tab=name,
        tabs=_tabs(name, counts),
        filters=filters,
        facets=_facets(here, now),
        offices={code: text for code, text in names.items() if code in _units(g.actor, names)},
        rows=[_row(here, line, names, of_cases=view == "all") for line in found.lines],
        narrowed=filters.narrow or filters.state != "open",
        first=_address(siyahi=name, davam=None) if request.args.get("davam") else "",
        following=_address(siyahi=name, davam=found.next_cursor) if found.next_cursor else "",
        everywhere=url_for("inbox.page", siyahi="hamisi", axtar=filters.search) if view != "all" else "",
        finished=_address(davam=None, veziyyet="bitmis", siyahi="hamisi") if filters.state == "open" else "",
        files={one: _address("inbox.file", siyahi=name, davam=None, bildiris=None, ending=one) for one in TYPES},
        notice=request.args.get("bildiris"),
        blind=sees_figures_only(g.actor),
    )


@blueprint.get("/novbe/siyahi.<ending>")
@staff()
def file(ending: str) -> Any:
    """
    Hand the list out as a file: the same view, filters and search, to its end.
    """
    here = services()
    view = TABS[_tab()][0]
    filters = _filters(view)
    with here.database.read() as connection:
        names = offices.names(connection, texts.language())

    def rows() -> Iterator[list[Cell]]:
        cursor: str | None = None
        while True:
            with here.database.read() as connection:
                found = inbox.page(connection, g.actor, view, filters, cursor, limit=CHUNK)
            readings.note_list_now([line.case_id for line in found.lines if line.applicant])
            yield from (_cells(_row(here, line, names, of_cases=view == "all"), line) for line in found.lines)
            cursor = found.next_cursor
            if cursor is None:
                return

    heads = (
        gettext("Müraciət"),
        gettext("Müraciət edən"),
        gettext("İdarə"),
        gettext("Ünvan və səbəb"),
        gettext("Vəziyyət"),
        gettext("Hazırkı iş"),
        gettext("İcraçı"),
        gettext("Müddət"),
        gettext("Yekunlaşıb"),
    )
    return export(ending, "muracietler", heads, rows())


def _cells(row: Row, line: InboxLine) -> list[Cell]:
    return [
        row.number,
        row.applicant,
        row.office,
        "; ".join(facet_text(name, text) for name, text in row.facets),
        in_words(row.status, suspended=row.suspended),
        "; ".join(work.title for work in row.work),
        "; ".join(work.holder for work in row.work if work.holder),
        row.due.at if row.due else None,
        line.closed_at,
    ]


def case_name(number: str | None, case_id: int) -> str:
    """
    Return by what a case is named in addresses and lists.
    """
    return texts.number(number) or f"{reading.UNNUMBERED}{case_id}"


def in_words(status: str, *, suspended: bool) -> str:
    """
    Return the status of a case as a file says it, which has no second tag for what is suspended.
    """
    return f"{status} ({gettext('Dayandırılıb')})" if suspended else status


def _tab(counts: inbox.Counts | None = None) -> str:
    """Return the tab that is asked for, else the first in which something waits for this person."""
    asked = request.args.get("siyahi", "")
    if asked in TABS:
        return asked
    if sees_masked_only(g.actor):
        return "hamisi"
    return "idarem" if counts is not None and counts.office and not counts.mine else "menim"


def _filters(view: View) -> Filters:
    facets = {
        _printable(name.removeprefix(FACET)): _printable(value)
        for name, value in request.args.items()
        if name.startswith(FACET) and value
    }
    return Filters(
        state="finished" if view == "all" and request.args.get("veziyyet") == "bitmis" else "open",
        unit=_printable(request.args.get("idare", "")),
        facets=facets,
        search=_printable(request.args.get("axtar", "")).strip(),
    )


def _printable(text: str) -> str:
    """Return a text of an address without what neither pages nor databases can hold, cut to a sane length."""
    return "".join(letter for letter in text if letter.isprintable())[:_LONGEST]


def _tabs(here: str, counts: inbox.Counts) -> list[dict[str, Any]]:
    return [
        {
            "text": text,
            "count": _count(getattr(counts, view)),
            "href": url_for("inbox.page", siyahi=name),
            "here": name == here,
        }
        for name, (view, text) in TABS.items()
    ]


def _count(number: int) -> str:
    return f"{inbox.MOST_COUNTED}+" if number > inbox.MOST_COUNTED else str(number)


def _address(endpoint: str = "inbox.page", **changes: str | None) -> str:
    arguments = {name: value for name, value in request.args.items() if value and name in _KNOWN} | changes
    facets = {name: value for name, value in request.args.items() if name.startswith(FACET)}
    return url_for(endpoint, **facets, **{name: value for name, value in arguments.items() if value})


def _units(actor: Actor, names: dict[str, str]) -> frozenset[str]:
    return frozenset(names) if "*" in actor.units else actor.units


def _facets(here: Services, now: datetime) -> dict[str, tuple[str, ...]]:
    """
    Return what lists can be narrowed by; read again only after some minutes, because it changes slowly.
    """
    kept: tuple[datetime, dict[str, tuple[str, ...]]] | None = current_app.extensions.get("saygac.facets")
    if kept is None or not kept[0] <= now < kept[0] + _KEPT:
        with here.database.read() as connection:
            kept = (now, inbox.facet_values(connection))
        current_app.extensions["saygac.facets"] = kept
    return kept[1]


def _row(here: Services, line: InboxLine, names: dict[str, str], *, of_cases: bool) -> Row:
    release = here.releases.get(line.release_id)
    language = texts.language()

    def work(task: TaskInLine) -> Work:
        element = release.diagram.elements.get(task.element)
        mine = task.holder_id == g.actor.person_id
        return Work(
            title=release.translate(element.name, language) if element else task.element,
            href=url_for("tasks.show", task_id=task.id) if mine or task.claimable else "",
            holder=task.holder or "",
            mine=mine,
            claim=task.id if task.claimable else "",
        )

    name = case_name(line.number, line.case_id)
    # a list of tasks is in the order of their own dates, a list of cases in that of the answers
    due_at = line.due_at if of_cases else line.tasks[0].due_at
    return Row(
        number=name,
        case=url_for("dossier.page", number=name),
        work=tuple(work(task) for task in line.tasks if task.role != APPLICANT),
        applicant=line.applicant,
        office=names.get(line.unit or "", line.unit or ""),
        facets=_without_repetition(line.facets),
        status=release.translate(line.public_status, language),
        tone=line.tone,
        suspended=line.suspended_at is not None,
        due=None if line.closed_at else due_words(here, due_at),
        closed_at=line.closed_at,
    )


def _without_repetition(facets: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """
    Return the facets that nothing else in the line says: it shows the applicant, and an address names its district.
    """
    said = [(name, text) for name, text in facets.items() if text and not names_applicant(name)]
    return tuple((name, text) for name, text in said if not any(text in other and text != other for _, other in said))
