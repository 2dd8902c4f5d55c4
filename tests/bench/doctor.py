"""
What an examination of the whole database takes as the cases grow: seconds and memory, with the watchdog's round beside.

    python -m tests.bench.doctor [CASES …]
"""

from __future__ import annotations

import json
import re
import resource
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, insert

from engine import watchdog
from engine.audit import sealed
from engine.doctor import Doctor
from engine.numbers import new_number
from engine.tables import Audit, Case, Job, Submission, Task
from tests.support.databases import migrated
from tests.support.installation import Installation, installed, posts
from tests.support.small import bundle, operations

SIZES = (1_000, 10_000)
#: steps of the case that is copied
ROUNDS = 6
_UUID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
_AT_ONCE = 2000


def live(site: Installation) -> None:
    """
    Live one case through several rounds, until it waits for a task and a timer.
    """
    site.releases.deploy(bundle(), now=site.clock.now())
    citizen, dispatcher = site.person("Aysel"), site.person("Rəşid", ("dispatcher", "north"))
    case_id = site.cases.start("small", citizen, key=uuid.uuid4().hex, language="az").case_id
    applied = posts(reason="new", telephone="0501234567")
    site.cases.submit(site.open_tasks(case_id)["apply"], citizen, key=uuid.uuid4().hex, posted=applied)
    for _ in range(ROUNDS):
        again = posts(decision="again")
        site.cases.submit(site.open_tasks(case_id)["assign"], dispatcher, key=uuid.uuid4().hex, posted=again)


class Original:
    """
    The rows of a case that was lived, to be written again under other ids.
    """

    def __init__(self, site: Installation) -> None:
        self.case = dict(site.rows(Case)[0]._mapping)
        self.audit = [dict(row._mapping) for row in sorted(site.rows(Audit), key=lambda row: row.revision)]
        self.others = {table: [dict(row._mapping) for row in site.rows(table)] for table in (Task, Job, Submission)}

    def copies(self, first: int, last: int) -> dict[Any, list[dict[str, Any]]]:
        """
        Return the rows of the cases with these ids.
        """
        found: dict[Any, list[dict[str, Any]]] = {table: [] for table in (Case, Audit, *self.others)}
        for key in range(first, last + 1):
            rename, number = _renaming(), new_number()
            previous = ""
            for row in self.audit:
                detail = json.loads(rename(json.dumps(row["detail"])).replace(self.case["number"], number))
                mine = {**row, "key": rename(row["key"]), "case_id": key, "detail": detail, "previous_hash": previous}
                mine.pop("hash")
                found[Audit].append(sealed(mine))
                previous = found[Audit][-1]["hash"]
            state = rename(self.case["state"].decode()).encode()
            found[Case].append({**self.case, "id": key, "number": number, "audit_hash": previous, "state": state})
            for table, rows in self.others.items():
                for row in rows:
                    mine = {name: rename(each) if isinstance(each, str) else each for name, each in row.items()}
                    if table is Job:
                        mine.pop("id")
                        mine["payload"] = json.loads(rename(json.dumps({**row["payload"], "case": key})))
                    found[table].append({**mine, "case_id": key})
        return found


def _renaming() -> Callable[[str], str]:
    names: dict[str, str] = {}
    return lambda text: _UUID.sub(lambda found: names.setdefault(found[0], uuid.uuid4().hex), text)


def write(connection: Connection, rows: dict[Any, list[dict[str, Any]]]) -> None:
    """
    Write the rows of cases.
    """
    for table, many in rows.items():
        connection.execute(insert(table.__table__), many)


def grown(site: Installation, sizes: Iterator[int] | tuple[int, ...]) -> Iterator[int]:
    """
    Let the cases grow to each of the sizes in turn.
    """
    original, there = Original(site), 1
    for size in sizes:
        with site.database.hurrying():
            while there < size:
                last = min(there + _AT_ONCE, size)
                with site.database.step() as connection:
                    write(connection, original.copies(there + 1, last))
                there = last
        with site.database.step() as connection:
            connection.exec_driver_sql("ANALYZE")
        yield size


def main() -> None:
    """
    Print the figures of each database.
    """
    sizes = tuple(map(int, sys.argv[1:])) or SIZES
    for kind in ("sqlite", "postgresql"):
        with (
            tempfile.TemporaryDirectory() as name,
            migrated(kind, Path(name)) as url,
            installed(url, Path(name), operations()) as site,
        ):
            live(site)
            for size in grown(site, sizes):
                before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
                began = perf_counter()
                found = sum(1 for _ in Doctor(site.database, site.releases, site.operations, site.ports).examine())
                spent = perf_counter() - began
                grew = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
                began = perf_counter()
                with site.database.read() as connection:
                    forgotten = len(watchdog.forgotten(connection))
                watched = perf_counter() - began
                print(
                    f"{kind:<12}{size:>8} cases: doctor {spent:6.1f} s, {spent / size * 1000:.2f} s a thousand, "
                    f"{grew // 1024} MiB more at its peak, {found} found; watchdog {watched:.2f} s, {forgotten} found",
                    flush=True,
                )


if __name__ == "__main__":
    main()
