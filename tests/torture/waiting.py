"""
A million timers that wait for days: what they cost whoever looks for work, and which way the database takes.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import event, insert, text

from engine.jobs import Ledger, known
from engine.lanes import LANES
from engine.tables import Job
from tests.support.installation import Installation
from tests.torture.ground import Figure
from tests.torture.work import ground_of

_AT_ONCE, _LOOKS = 20_000, 60
#: milliseconds that a look may take, in the middle, on a machine that does other things too
MOST_MS = 25.0


def waiting(kind: str, timers: int) -> Figure:
    """
    Let `timers` wait for the next hundred days, and look for work among them.
    """
    with ground_of(kind) as ground, ground.open() as site:
        ledger = Ledger(site.database, site.ports, known(site.operations))
        empty = _looked(ledger)
        _fill(site, timers)
        full = _looked(ledger)
        plans = _plans(site, ledger)
        found = _claimed(site, ledger)
    whole = [plan for plan in plans if "SCAN job" in plan.replace("USING", "") or "Seq Scan on job" in plan]
    return Figure(
        "timers wait",
        kind,
        {
            "timers": timers,
            **{f"ms: {name}": f"{full[name]:.1f} (empty {empty[name]:.1f})" for name in full},
        },
        {
            "slow looks": sum(spent > MOST_MS for spent in full.values()),
            "tables read whole": len(whole),
            "due ones not found": not found,
        },
    )


def _fill(site: Installation, timers: int) -> None:
    now = site.clock.now()
    row = {"lane": "timer", "kind": "timer", "payload": {}, "state": "ready", "created_at": now}
    for first in range(0, timers, _AT_ONCE):
        rows = [
            {**row, "key": f"t{number}", "run_at": now + timedelta(days=1, seconds=number * 8.64e6 / timers)}
            for number in range(first, min(first + _AT_ONCE, timers))
        ]
        with site.database.step() as connection:
            connection.execute(insert(Job), rows)
    with site.database.step() as connection:
        connection.execute(text("ANALYZE job"))


def _looked(ledger: Ledger) -> dict[str, float]:
    looks: dict[str, Callable[[], object]] = {
        "empty claim": lambda: ledger.claim("timer"),
        "empty claim, all lanes": ledger.claim,
        "next due": lambda: ledger.next_due(LANES),
        "lost leases": ledger.free_lost,
        "unsent": lambda: ledger.unsent(again_after=timedelta(seconds=15), limit=200),
    }
    return {name: _middle(look) for name, look in looks.items()}


def _middle(look: Callable[[], object]) -> float:
    spent = []
    for _ in range(_LOOKS):
        began = time.perf_counter()
        look()
        spent.append((time.perf_counter() - began) * 1000)
    return statistics.median(spent)


def _plans(site: Installation, ledger: Ledger) -> list[str]:
    """The ways that the database takes for each of the looks."""
    sent: list[tuple[str, object]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if "job" in statement and not statement.startswith(("BEGIN", "EXPLAIN")):
            sent.append((statement, parameters))

    for engine in (site.database._writing, site.database._reading):
        event.listen(engine, "before_cursor_execute", note)
    ledger.claim("timer")
    ledger.claim()
    ledger.next_due(LANES)
    for engine in {site.database._writing, site.database._reading}:
        event.remove(engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN " if site.database.is_sqlite else "EXPLAIN "
    plans = []
    with site.database.step() as connection:
        for statement, parameters in sent:
            rows = connection.exec_driver_sql(explain + statement, parameters).all()  # type: ignore[arg-type]
            plans.append("\n".join(str(row[-1]) for row in rows))
    return plans


def _claimed(site: Installation, ledger: Ledger) -> bool:
    """One that is due among a million that are not is taken at once."""
    now = site.clock.now()
    row = {"lane": "timer", "kind": "timer", "payload": {}, "state": "ready", "created_at": now, "run_at": now}
    with site.database.step() as connection:
        connection.execute(insert(Job).values(**row, key="due"))
    job = ledger.claim("timer")
    return job is not None and job.key == "due"
