"""
What pages cost: one page of an inbox over 100,000 cases, and a form posted through Flask.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter

from engine.operations import Actor
from engine.reading import inbox
from engine.reading.inbox import Filters
from engine.storage.database import Database
from tests.bench.lifecycle import bare, make_bare
from tests.engine import population
from tests.support.databases import migrated
from tests.support.installation import counted, installed
from tests.support.site import operations, site

CASES = 100_000
VIEWS: tuple[tuple[str, Actor, inbox.View, Filters], ...] = (
    ("mine", population.FITTER, "mine", Filters()),
    ("my office's", population.DISPATCHER, "office", Filters()),
    ("all that I may see", population.CHIEF, "all", Filters()),
    ("by name", population.CHIEF, "all", Filters(search="eliyev")),
)


def inboxes(kind: str) -> None:
    """
    Print statements and milliseconds of a first page and of a page in the depth, for each view.
    """
    with tempfile.TemporaryDirectory() as name, migrated(kind, Path(name)) as url:
        database = Database(url)
        with database.step() as connection:
            population.populate(connection, CASES)
        with database.step() as connection:
            connection.exec_driver_sql("ANALYZE")
        for label, actor, view, filters in VIEWS:
            cursor = None
            for depth in ("first", "tenth"):
                for _ in range(9 if depth == "tenth" else 0):
                    cursor = _page(database, actor, view, filters, cursor).next_cursor or cursor
                with counted(database) as sent:
                    _page(database, actor, view, filters, cursor)
                spent = _median(partial(_page, database, actor, view, filters, cursor))
                print(f"{kind:<12}inbox, {label}, {depth} page: {len(sent)} statements, {spent * 1000:.1f} ms")
        database.close()


def posts() -> None:
    """
    Print what a form costs through Flask: shown, and posted.
    """
    with (
        tempfile.TemporaryDirectory() as name,
        migrated("sqlite", Path(name)) as url,
        installed(url, Path(name), operations()) as installation,
    ):
        here = site(installation)
        browser = here.browser("citizen")
        make_bare(installation.database)
        shown, posted, units = [], [], []
        for _ in range(60):
            browser.begin()
            form = {"csrf": browser.field("csrf"), **browser.form(code="1000000001")}
            address = browser.url
            shown.append(_once(partial(browser.client.get, address)))
            posted.append(_once(partial(browser.client.post, address, data=form)))
            units += bare(installation.database)
        unit = statistics.median(units)
        for what, spent in (("shown", shown), ("posted", posted)):
            spent_once = statistics.median(spent)
            print(f"sqlite      a task's page {what}: {spent_once * 1000:.1f} ms, {spent_once / unit:.1f} x bare")


def _page(database: Database, actor: Actor, view: inbox.View, filters: Filters, cursor: str | None) -> inbox.InboxPage:
    with database.read() as connection:
        return inbox.page(connection, actor, view, filters, cursor)


def _median(work: Callable[[], object]) -> float:
    return statistics.median(_once(work) for _ in range(15))


def _once(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


if __name__ == "__main__":
    posts()
    for kind in ("sqlite", "postgresql"):
        inboxes(kind)
