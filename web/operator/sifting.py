"""
What the operator's lists share: filters that the address carries, choices for them, and words for elements and codes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from flask import Blueprint, g, request, url_for
from flask_babel import gettext

from engine.lanes import LANES
from engine.operating import cases, deeds
from engine.operating.sieve import Sieve
from engine.rights import INCIDENTS
from engine.rights import rights as rights_of
from processes.registry import offices
from web import names, texts
from web.services import services

blueprint = Blueprint("operator", __name__)


@blueprint.context_processor
def words() -> dict[str, object]:
    """
    Give the operator's templates names for codes, and spans of time.
    """
    said = {
        "code_name": names.code_name,
        "failing_name": names.failing_name,
        "lane_name": names.lane_name,
        "span": names.span,
    }
    return {**said, "sifted": sifted, "carried": arguments}


#: argument of the address -> field of the sieve
ARGUMENTS = {
    "zolaq": "lane",
    "nov": "kind",
    "proses": "process",
    "element": "element",
    "kod": "code",
    "idare": "unit",
    "axtar": "search",
}
STATE, DAYS, PERSON, CURSOR = "veziyyet", "gun", "kim", "davam"
_FILTERS = (STATE, DAYS, PERSON, *ARGUMENTS)
#: characters of one argument
_LONGEST = 200
#: lines that an export reads together
_READ = 500
_ELEMENTS = frozenset({"userTask", "serviceTask", "businessRuleTask", "intermediateCatchEvent", "boundaryEvent"})


@dataclass(frozen=True)
class Choice:
    """
    One filter of a list: a name in the address, a label and what can be chosen.
    """

    name: str
    label: str
    #: (value, words)
    options: tuple[tuple[str, str], ...]
    chosen: str


class Page(Protocol):
    """
    A page of any list.
    """

    @property
    def rows(self) -> Sequence[Any]:
        """
        Its lines.
        """
        ...

    @property
    def next_cursor(self) -> str | None:
        """
        None on the last page.
        """
        ...


def sieve(states: Mapping[str, str]) -> Sieve:
    """
    Return what the address narrows the list by.

    Args:
        states: word in the address -> state; the first one is meant where none is named, or an unknown one.
    """
    asked = {field: _printable(request.values.get(name, "")) for name, field in ARGUMENTS.items()}
    state = states.get(request.values.get(STATE, ""), next(iter(states.values())))
    return Sieve(state=state, days=_number(DAYS, 5), person=_number(PERSON, 9), **asked)


def _number(name: str, digits: int) -> int:
    """A number of the address, 0 where there is none."""
    text = request.values.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else 0


def arguments(**changes: str | None) -> dict[str, str]:
    """
    Return the filters of this address, changed; None takes one away. The place in the list is never among them.
    """
    kept = {name: request.values.get(name) for name in _FILTERS} | changes
    return {name: value for name, value in kept.items() if value}


def address(**changes: str | None) -> str:
    """
    Return the address of this list with other filters.
    """
    return url_for(str(request.endpoint), **arguments(**changes))


def sifted(endpoint: str, **changes: Any) -> str:
    """
    Return the address of another page about what this list is narrowed to; None takes a filter away.
    """
    known = {name: changes.pop(name) for name in list(changes) if name in _FILTERS}
    return url_for(endpoint, **arguments(**known), **changes)


def following(page: Page) -> str:
    """
    Return the address of the next page; empty on the last.
    """
    return url_for(str(request.endpoint), **arguments(), davam=page.next_cursor) if page.next_cursor else ""


def first() -> str:
    """
    Return the address of the first page; empty on it.
    """
    return address() if request.args.get(CURSOR) else ""


def whole(read: Callable[[Any, str | None, int], Page]) -> Iterator[Any]:
    """
    Yield all lines of a list, page by page, each in a short reading transaction of its own.

    Args:
        read: (connection, cursor, lines) -> page.
    """
    here, cursor = services(), None
    while True:
        with here.database.read() as connection:
            page = read(connection, cursor, _READ)
        yield from page.rows
        cursor = page.next_cursor
        if cursor is None:
            return


def lane_choice(sieve: Sieve) -> Choice:
    """
    Offer the lanes.
    """
    return Choice("zolaq", gettext("Zolaq"), tuple((lane, names.lane_name(lane)) for lane in LANES), sieve.lane)


def kind_choice(sieve: Sieve) -> Choice:
    """
    Offer the kinds of background work.
    """
    known = services().operations
    kinds = dict.fromkeys((*names.STANDING_JOBS, *known.daily, *known.jobs))
    return Choice("nov", gettext("İş"), tuple((kind, names.job_name(kind)) for kind in kinds), sieve.kind)


def failing_choice(sieve: Sieve) -> Choice:
    """
    Offer what can fail.
    """
    return Choice("nov", gettext("Nə dayanıb"), tuple((k, names.failing_name(k)) for k in names.FAILING), sieve.kind)


def code_choice(sieve: Sieve, codes: Mapping[str, int]) -> Choice:
    """
    Offer the errors that there are.
    """
    known = list(dict.fromkeys([*codes, *([sieve.code] if sieve.code else [])]))
    return Choice("kod", gettext("Səhv"), tuple((code, names.code_name(code)) for code in known), sieve.code)


def deed_choice(sieve: Sieve) -> Choice:
    """
    Offer what is done by hand.
    """
    return Choice("nov", gettext("Əməl"), tuple((code, names.deed_name(code)) for code in names.DEEDS), sieve.kind)


def person_choice(sieve: Sieve) -> Choice:
    """
    Offer those who do something by hand.
    """
    with services().database.read() as connection:
        people = deeds.people(connection)
    options = tuple((str(key), name) for key, name in people)
    return Choice(PERSON, gettext("Kim"), options, str(sieve.person or ""))


def element_choice(sieve: Sieve) -> Choice:
    """
    Offer the elements of the active releases at which a case can wait or stop.
    """
    here, found = services(), {}
    for process in _processes():
        release = here.releases.active(process)
        for element in release.diagram.elements.values():
            if element.kind in _ELEMENTS and element.name:
                found[element.id] = release.translate(element.name, texts.language())
    if sieve.element:
        found.setdefault(sieve.element, sieve.element)
    return Choice("element", gettext("Diaqramın elementi"), tuple(found.items()), sieve.element)


def process_choice(sieve: Sieve) -> Choice:
    """
    Offer the processes, by their names in the diagram.
    """
    here = services()
    found = {name: here.releases.active(name) for name in _processes()}
    options = tuple((name, process_name(one.id)) for name, one in found.items())
    return Choice("proses", gettext("Proses"), options, sieve.process)


def office_choice(sieve: Sieve) -> Choice:
    """
    Offer the offices in which this operator mends.
    """
    with services().database.read() as connection:
        called = offices.names(connection, texts.language())
    mine = {unit for role, unit in g.actor.roles if INCIDENTS in rights_of(role).work}
    options = tuple((code, text) for code, text in called.items() if "*" in mine or code in mine)
    return Choice("idare", gettext("İdarə"), options, sieve.unit)


def age_choice(sieve: Sieve) -> Choice:
    """
    Offer ages.
    """
    days = sorted({1, 3, 7, 30, 90, *([sieve.days] if sieve.days else [])})
    options = tuple((str(number), gettext("%(days)s gündən köhnə", days=number)) for number in days)
    return Choice(DAYS, gettext("Yaşı"), options, str(sieve.days or ""))


def element_name(release_id: str | None, element: str | None) -> str:
    """
    Return the element's name in the diagram of the case, its id where there is none.
    """
    if element is None or release_id is None:
        return element or ""
    return names.element_name(services().releases.get(release_id), element)


def process_name(release_id: str) -> str:
    """
    Return what the diagram calls the process of a case.
    """
    release = services().releases.get(release_id)
    return release.translate(release.title, texts.language()) or release.process


def age_words(began: datetime, now: datetime) -> str:
    """
    Return how long ago something began, in the largest unit that fits.
    """
    return names.span((now - began).total_seconds())


def _processes() -> tuple[str, ...]:
    with services().database.read() as connection:
        return cases.processes(connection)


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())[:_LONGEST].strip()
