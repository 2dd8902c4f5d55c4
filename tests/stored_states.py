"""
Keep states as this version stores them, for the versions to come:

    python -m tests.stored_states VERSION

writes tests/fixtures/states/VERSION-*.json; run it before each release whose states look otherwise than the last one's.
Each holds the files of its release, the state, and what it waits for.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from engine.tables import Case, Job, Task
from tests.support.databases import migrated
from tests.support.installation import Installation, installed, posts
from tests.support.small import bundle, operations

PLACE = Path(__file__).parent / "fixtures" / "states"
ANSWERS = {
    "apply": {"reason": "new", "telephone": "0501234567"},
    "assign": {"decision": "again"},
    "record": {"reading": "12,5"},
}


def states(files: dict[str, bytes]) -> Iterator[tuple[str, dict[str, object]]]:
    """
    Yield the state of a case of the small process at each of its waits, the second round included, and at its end.
    """
    with (
        tempfile.TemporaryDirectory() as name,
        migrated("sqlite", Path(name)) as url,
        installed(url, Path(name), operations()) as site,
    ):
        site.releases.deploy(files, now=site.clock.now())
        people = {"citizen": site.person("Aysel"), "dispatcher": site.person("Rəşid", ("dispatcher", "north"))}
        step = site.cases.start("small", people["citizen"], key="s", language="az")
        yield "begun", _facts(site, files)
        answers = [ANSWERS["apply"], ANSWERS["assign"], {"decision": "go"}, ANSWERS["record"]]
        for number, given in enumerate(answers):
            ((element, task),) = site.open_tasks(step.case_id).items()
            who = people["citizen" if element == "apply" else "dispatcher"]
            site.cases.submit(task, who, key=f"{number}", posted=posts(**given))
            yield f"after-{number}-{element}", _facts(site, files)


def _facts(site: Installation, files: dict[str, bytes]) -> dict[str, object]:
    (case,) = site.rows(Case)
    timers = [row.payload["element"] for row in site.rows(Job) if row.kind == "timer"]
    return {
        "files": {path: content.decode() for path, content in files.items()},
        "state": case.state.decode(),
        "tasks": sorted(row.element for row in site.rows(Task) if row.state == "open"),
        "timers": sorted(timers),
    }


def main() -> None:
    """
    Write the files.
    """
    version = sys.argv[1]
    PLACE.mkdir(parents=True, exist_ok=True)
    for kind, files in {"": bundle(), "cycle-": bundle(cycle='"R3/PT1H"')}.items():
        for name, facts in states(files):
            text = json.dumps(facts, ensure_ascii=False, indent=1)
            (PLACE / f"{version}-{kind}{name}.json").write_text(f"{text}\n")


if __name__ == "__main__":
    main()
