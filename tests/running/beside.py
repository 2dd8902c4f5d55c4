"""
One installation of the small process with its worker, of whichever version of the program stands first in PYTHONPATH:
does what it is told, line by line.

    python -m tests.running.beside URL FOLDER
"""

from __future__ import annotations

import json
import sys
import traceback
from datetime import timedelta
from pathlib import Path

import engine
from engine.cases import Cases
from engine.clock import SystemClock
from engine.jobs import Worker
from engine.operations import Actor, Ports
from tests.support.installation import Installation, installed, posts
from tests.support.small import bundle, operations

CITIZEN = Actor(1, "Aysel")
DISPATCHER = Actor(2, "Rəşid", frozenset({("dispatcher", "north")}))


def do(site: Installation, told: dict[str, str]) -> object:
    """
    Do one thing and return what came of it.
    """
    if told["do"] == "prepare":
        # the reminder comes at once, and again and again: timers fire in both versions
        site.releases.deploy(bundle(late='duration("PT1S")'), now=site.clock.now())
        site.person("Aysel")
        site.person("Rəşid", ("dispatcher", "north"))
        return None
    if told["do"] == "start":
        step = site.cases.start("small", CITIZEN, key=told["key"], language="az")
        return step.case_id
    case_id, element = int(told["case"]), told["element"]
    task = site.open_tasks(case_id)[element]
    answers = {
        "apply": {"reason": "new"},
        "assign": {"decision": told.get("decision", "go")},
        "record": {"reading": "1"},
    }
    who = CITIZEN if element == "apply" else DISPATCHER
    return site.cases.submit(task, who, key=told["key"], posted=posts(**answers[element])).finished


def main() -> None:
    """
    Obey until nothing more is said.
    """
    url, folder = sys.argv[1], Path(sys.argv[2])
    made = operations()

    @made.job("note")
    def note(work: object) -> None:
        return None

    with installed(url, folder, made) as found:
        ports = Ports(SystemClock(), found.ports.mailer, found.ports.files, found.ports.base_url)
        cases = Cases(found.database, found.releases, made, ports)
        worker = Worker(found.database, made, cases, ports, lease=timedelta(seconds=5))
        site = Installation(found.database, found.releases, made, cases, ports.clock, ports, folder)  # type: ignore
        worker.start()
        print(json.dumps(str(Path(engine.__file__).parent)), flush=True)
        for line in sys.stdin:
            try:
                result = do(site, json.loads(line))
            except Exception:  # noqa: BLE001 - whoever tells is to learn of it, whatever it is
                traceback.print_exc()
                result = "failed"
            print(json.dumps(result), flush=True)
        worker.stop()


if __name__ == "__main__":
    main()
