"""
Timers: when they fire, that missed cycles come once, and that they go and move with their token.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from engine import incidents
from engine.cycles import following
from engine.jobs import Worker
from engine.shapes import Shape
from engine.tables import Audit, Incident, Job
from tests.support.installation import Install, Installation, posts
from tests.support.small import bundle, operations

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def durations(text: str) -> timedelta | None:
    return {"P1D": DAY, "PT1H": HOUR, "PT0S": timedelta(0)}.get(text)


@pytest.mark.parametrize(
    ("value", "due", "left", "now", "wanted"),
    [
        (DAY, None, None, NOW, (NOW + DAY, None)),
        ("R/P1D", None, None, NOW, (NOW + DAY, None)),
        ("R3/P1D", None, None, NOW, (NOW + DAY, 3)),
        ("R0/P1D", None, None, NOW, (None, None)),
        (DAY, NOW, None, NOW, (NOW + DAY, None)),
        (DAY, NOW, None, NOW + HOUR, (NOW + DAY, None)),
        (DAY, NOW, None, NOW + 10 * DAY, (NOW + 11 * DAY, None)),
        ("R3/P1D", NOW, 3, NOW, (NOW + DAY, 2)),
        ("R3/P1D", NOW, 1, NOW, (None, None)),
        ("R9/PT1H", NOW, 9, NOW + 5 * HOUR, (NOW + 6 * HOUR, 3)),
        ("R9/PT1H", NOW, 9, NOW + DAY, (None, None)),
    ],
)
def test_the_next_cycle_lies_ahead_and_missed_ones_are_passed_by(
    value: object, due: datetime | None, left: int | None, now: datetime, wanted: tuple[datetime | None, int | None]
) -> None:
    assert following(value, None, now, due, left, durations) == wanted


@pytest.mark.parametrize("value", [7, None, "soon", "R3/P9X", "R/PT0S", timedelta(0), -DAY, "P1D"])
def test_what_does_not_repeat_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        following(value, None, NOW, None, None, durations)


def test_a_moment_is_worked_out_anew_each_time_and_ends_when_it_lies_behind() -> None:
    assert following("x", NOW + HOUR, NOW, NOW - DAY, None, durations) == (NOW + HOUR, None)
    assert following("x", NOW - HOUR, NOW, NOW - DAY, None, durations) == (None, None)


@given(
    length=st.timedeltas(min_value=timedelta(seconds=1), max_value=400 * DAY),
    late=st.timedeltas(min_value=timedelta(0), max_value=3000 * DAY),
)
def test_whatever_was_missed_the_next_is_the_first_of_the_series_after_now(length: timedelta, late: timedelta) -> None:
    due, _ = following(length, None, NOW + late, NOW, None, durations)
    assert due is not None
    assert due - length <= NOW + late < due
    assert (due - NOW) % length == timedelta(0)


class Reminded:
    """The small process, whose dispatcher is reminded again and again."""

    def __init__(self, install: Install, cycle: str) -> None:
        made = operations()
        self.letters: list[datetime] = []

        @made.job("note")
        def note(work: object) -> None:
            self.letters.append(self.site.clock.now())

        @made.function("add working days", gives=Shape("date and time"))
        def add_working_days(_look: object, moment: datetime, days: int) -> datetime:
            while days > 0:
                moment += DAY
                days -= moment.weekday() < 5
            return moment

        self.site: Installation = install(made)
        self.site.releases.deploy(bundle(cycle=cycle), now=self.site.clock.now())
        citizen = self.site.person("Aysel")
        self.dispatcher = self.site.person("Rəşid", ("dispatcher", "north"))
        self.operator = self.site.person("Samir", ("operator", "*"))
        self.case_id = self.site.cases.start("small", citizen, key="s", language="az").case_id
        task = self.site.open_tasks(self.case_id)["apply"]
        self.site.cases.submit(task, citizen, key="a", posted=posts(reason="new", telephone="0501234567"))
        self.began = self.site.clock.now()

    def work(self, after: timedelta) -> None:
        self.site.clock.advance(after)
        Worker(self.site.database, self.site.operations, self.site.cases, self.site.ports).run_once()

    def waiting(self) -> list[timedelta]:
        return [row.run_at - self.began for row in self.site.rows(Job) if row.kind == "timer"]


def test_a_cycle_comes_again_and_again_until_its_task_is_done(install: Install) -> None:
    reminded = Reminded(install, 'duration("P1D")')
    for days in (1, 2, 3):
        reminded.work(DAY)
        assert len(reminded.letters) == days
        assert reminded.waiting() == [(days + 1) * DAY]
    task = reminded.site.open_tasks(reminded.case_id)["assign"]
    reminded.site.cases.submit(task, reminded.dispatcher, key="b", posted=posts(decision="go"))
    assert reminded.site.rows(Job) == []
    assert [row.event for row in reminded.site.rows(Audit)].count("timer") == 3


def test_cycles_that_were_missed_come_once(install: Install) -> None:
    reminded = Reminded(install, '"R/PT12H"')
    reminded.work(10 * DAY + HOUR)
    assert len(reminded.letters) == 1
    assert reminded.waiting() == [10 * DAY + 12 * HOUR]


def test_a_cycle_with_a_number_ends_after_so_many(install: Install) -> None:
    reminded = Reminded(install, '"R2/P1D"')
    for _ in range(4):
        reminded.work(DAY)
    assert (len(reminded.letters), reminded.waiting()) == (2, [])
    assert list(reminded.site.open_tasks(reminded.case_id)) == ["assign"]


def test_a_cycle_in_working_days_leaves_out_the_week_end(install: Install) -> None:
    reminded = Reminded(install, "add working days(now(), 1)")
    for _ in range(9):
        reminded.work(DAY)
    # Monday 23 November 2026 to Wednesday 2 December
    assert [(at - reminded.began).days for at in reminded.letters] == [1, 2, 3, 4, 7, 8, 9]


def test_a_cycle_that_can_not_go_on_is_an_incident_of_its_element_and_goes_on_when_retried(install: Install) -> None:
    reminded = Reminded(install, 'duration("P1D")')
    site = reminded.site
    whole = site.operations.steps["notify"]

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("personal data that must not be told")

    site.operations.steps["notify"] = fail
    reminded.work(DAY)
    (job,) = site.rows(Job)
    (incident,) = site.rows(Incident)
    assert (job.state, job.attempt, incident.element) == ("dead", 1, "remind")

    site.operations.steps["notify"] = whole
    incidents.retry(site.database, [incident.id], reminded.operator, reason="sınaq üçün yenidən", now=site.clock.now())
    reminded.work(HOUR)
    assert len(reminded.letters) == 1
    assert reminded.waiting() == [2 * DAY]


def test_a_timer_whose_own_code_fails_is_an_incident_at_once(
    install_sqlite: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    reminded = Reminded(install_sqlite, 'duration("P1D")')

    def broken(*_: object, **__: object) -> None:
        raise KeyError("a mistake of ours")

    monkeypatch.setattr(reminded.site.cases, "fire", broken)
    reminded.work(DAY)
    (job,) = reminded.site.rows(Job)
    (incident,) = reminded.site.rows(Incident)
    assert (job.state, incident.code, incident.element) == ("dead", "job_failed", "late")


def test_a_million_timers_that_wait_cost_nothing(install_sqlite: Install) -> None:
    """Every statement about jobs reads through an index, and a step's statements stay as many as they were."""
    reminded = Reminded(install_sqlite, 'duration("P1D")')
    site, sent = reminded.site, []

    def note(_c: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        if "job" in statement and statement.startswith(("SELECT", "UPDATE", "DELETE")):
            sent.append((statement, parameters))

    engines = (site.database._reading, site.database._writing)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    reminded.work(DAY)
    task = site.open_tasks(reminded.case_id)["assign"]
    site.cases.submit(task, reminded.dispatcher, key="b", posted=posts(decision="go"))
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)

    assert len(sent) > 5
    with site.database.read() as connection:
        for statement, parameters in sent:
            one = parameters[0] if isinstance(parameters, list) else parameters
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", one)
            plan = " | ".join(row[3] for row in rows)
            assert "SCAN job" not in plan.replace("SCAN job USING", "SEARCH"), statement
