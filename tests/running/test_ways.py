"""
One life of a case, the same in every way to run: steps here, background work there, letters at a real mail server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from engine.cases import Cases
from engine.clock import SystemClock
from engine.lanes import LANES
from engine.operations import Operations
from engine.settings import Settings
from engine.storage.database_clock import DatabaseClock
from engine.tables import Incident, Job, MailLog
from processes.registry.calendar import local_day
from tests.support.databases import migrated
from tests.support.installation import Installation, installed
from tests.support.meters import ACT, Utility, open_utility
from tests.support.post import PostOffice, post_office
from tests.support.programs import eventually, installation_environ, program, rabbitmq, redis
from web.carriage import courier_of
from web.commands.running import worker_of
from web.services import Services, mailer_of

pytestmark = pytest.mark.kill


@dataclass(frozen=True)
class Way:
    """How an installation is run."""

    database: str
    #: worker processes; 0: a worker in the process that takes the steps
    workers: int
    broker: Callable[[Path], AbstractContextManager[str]] | None = None


WAYS = {
    "one process, SQLite": Way("sqlite", 0),
    "a worker apart, SQLite": Way("sqlite", 1),
    "two workers, PostgreSQL": Way("postgresql", 2),
    "Celery over Redis": Way("postgresql", 1, broker=redis),
    "Celery over RabbitMQ": Way("postgresql", 1, broker=rabbitmq),
}


@contextmanager
def running(way: Way, folder: Path, office: PostOffice) -> Iterator[Utility]:
    """Run an installation that way; steps are taken in this process."""
    with ExitStack() as stack:
        url = stack.enter_context(migrated(way.database, folder))
        environ = {**installation_environ(url, folder, office.url, SAYGAC_LEASE="4")}
        if way.broker is not None:
            environ["SAYGAC_BROKER_URL"] = stack.enter_context(way.broker(folder))
        for _ in range(way.workers):
            stack.enter_context(program("worker", folder=folder, **environ))

        settings = Settings.from_env({k: v for k, v in environ.items() if k.startswith("SAYGAC_")})

        def install(operations: Operations) -> Installation:
            site = stack.enter_context(installed(url, folder, operations))
            clock = SystemClock() if site.database.is_sqlite else DatabaseClock(site.database)
            ports = replace(site.ports, clock=clock, mailer=mailer_of(settings, clock))
            cases = Cases(site.database, site.releases, operations, ports)
            return replace(site, clock=clock, ports=ports, cases=cases)

        utility = open_utility(install)
        site = utility.site
        here = Services(settings, site.database, site.releases, site.cases, site.operations, site.ports)
        if way.broker is not None:
            background = courier_of(settings, here)
        elif not way.workers:
            background = worker_of(settings, here, LANES.values())
        else:
            background = None
        if background is not None:
            background.start()
            stack.callback(background.stop)
        yield utility


def live(utility: Utility) -> int:
    """Walk a case from the first form to the signed act, today."""
    today = local_day(utility.site.clock.now())
    case_id = utility.registered()
    utility.do(
        case_id,
        "assign_executor",
        assignment="assign",
        executors=[str(utility.fitter.person_id)],
        visit_date=f"{today + timedelta(days=4):%d.%m.%Y}",
        visit_window="09:00–12:00",
    )
    utility.do(case_id, "record_visit", visit_outcome="installed", visit_note="")
    days = {"verified_on": today - timedelta(days=100), "next_verification_on": today + timedelta(days=1700)}
    days |= {"copy_given_on": today}
    utility.do(case_id, "record_act", **{**ACT, **{name: f"{day:%d.%m.%Y}" for name, day in days.items()}})
    return case_id


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_a_life_is_the_same_in_every_way_to_run(way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with post_office() as office:
        for name, value in office.trust.items():
            monkeypatch.setenv(name, value)
        with running(way, tmp_path, office) as utility:
            check(utility, office)


def to_citizen(office: PostOffice) -> list[str]:
    """
    Return the letters but for the fitter's: a task that is done before anybody is told of it needs no telling.
    """
    letters = [letter.partition(".")[0].strip("<") for _, letter in office.letters]
    return [letter for letter in letters if letter != "task_assigned"]


def check(utility: Utility, office: PostOffice) -> None:
    """Live, and look at what became of it."""
    live(utility)
    assert eventually(lambda: len(to_citizen(office)) == 3), utility.site.rows(Job)
    assert sorted(to_citizen(office)) == ["meter_installed", "registered", "visit_planned"]
    assert set(office.taken.values()) == {1}
    # standing work waits for its hour in any lane
    assert eventually(lambda: {row.lane for row in utility.site.rows(Job) if row.case_id is not None} <= {"timer"})
    assert len(utility.site.rows(MailLog)) == len(office.letters)
    assert utility.site.rows(Incident) == []
