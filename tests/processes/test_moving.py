"""
Cases in every state are moved to a changed release, and every one of them runs on to its end there.
"""

from __future__ import annotations

import email
import email.policy
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.audit import broken
from engine.jobs import Worker
from engine.tables import Audit, Case, CaseMove, Draft, Incident, Job, Task
from tests.support.changes import CHANGES, edit, renamed, without_boundary
from tests.support.installation import Install
from tests.support.meters import open_utility
from tests.support.office import STATES, Office


@pytest.fixture
def office(install: Install) -> Office:
    return Office(open_utility(install))


@pytest.fixture
def office_sqlite(install_sqlite: Install) -> Office:
    return Office(open_utility(install_sqlite))


@pytest.mark.parametrize("what", CHANGES)
def test_cases_in_every_state_move_and_run_on_to_their_end(office_sqlite: Office, what: str) -> None:
    office = office_sqlite
    make, names = CHANGES[what]
    cases = {state: office.walk(*steps) for state, steps in STATES.items()}
    target = office.released(make(office.shipped))

    effect = office.moves.effect(target, office.site.releases.bundle(target.id), names)
    assert (effect.running, effect.cannot) == (len(cases), 0), effect.groups
    move = office.moves.plan(target, office.utility.head, note="Sınaq", names=names)
    assert office.moves.run(move).moved == len(cases)

    for case_id in cases.values():
        office.finish(case_id)
    ended = office.site.rows(Case)
    assert {case.release_id for case in ended} == {target.id}
    assert all(case.closed_at is not None for case in ended)
    assert office.site.rows(Incident) == []
    for case_id in cases.values():
        assert broken([row for row in office.site.rows(Audit) if row.case_id == case_id]) == []


def test_a_move_keeps_drafts_holders_due_dates_and_running_timers(office: Office) -> None:
    make, names = CHANGES["a timer's span"]
    case_id = office.walk(*STATES["registered"])
    task = office.open(case_id)["assign_executor"]
    office.site.cases.claim(task.id, office.utility.dispatcher)
    office.site.cases.save_draft(task.id, office.utility.dispatcher, {"dispatcher_note": ["yarımçıq"]})
    held, timers = office.open(case_id)["assign_executor"], timers_of(office, case_id)

    move = office.moves.plan(office.released(make(office.shipped)), office.utility.head, note="Sınaq", names=names)
    office.moves.run(move)

    assert office.open(case_id)["assign_executor"] == held
    assert timers_of(office, case_id) == timers
    assert [draft.typed for draft in office.site.rows(Draft)] == [{"dispatcher_note": ["yarımçıq"]}]


def test_timers_that_are_new_begin_and_those_that_are_gone_end(office: Office) -> None:
    visited, registered = office.walk(*STATES["to be visited"]), office.walk(*STATES["registered"])
    before = timers_of(office, visited)
    move = office.moves.plan(
        office.released(CHANGES["a new boundary timer"][0](office.shipped)), office.utility.head, note="Sınaq"
    )
    office.moves.run(move)
    assert len(timers_of(office, visited)) == len(before) + 1

    office.site.clock.advance(timedelta(seconds=1))
    less = office.released(without_boundary(office.shipped))
    office.moves.run(office.moves.plan(less, office.utility.head, note="Sınaq"))
    assert set(office.site.cases.timers(registered).values()) == {"term_over"}
    assert set(timers_of(office, registered)) == set(office.site.cases.timers(registered))


def test_a_case_that_stands_where_the_release_has_nothing_stays_and_says_why(office_sqlite: Office) -> None:
    office = office_sqlite
    case_id = office.walk(*STATES["nobody at home"])
    target = office.released(renamed(office.shipped))
    effect = office.moves.effect(target, office.site.releases.bundle(target.id))
    assert (effect.cannot, effect.can) == (1, 0)
    (group,) = effect.groups
    assert "plan_new_visit" in group.elements and [reason.code for reason in group.cannot] == ["move.no_place"]

    move = office.moves.plan(target, office.utility.head, note="Sınaq")
    assert office.moves.run(move).refused == 1
    assert [(case, reason.code) for case, reason in office.moves.refusals(move)] == [(case_id, "move.no_place")]
    office.finish(case_id)


def test_a_case_that_lacks_what_the_release_reads_stays(office_sqlite: Office) -> None:
    office = office_sqlite
    office.walk(*STATES["to be visited"])
    bundle = edit(('refusal_decision = "refuse"', 'refusal_decision = "refuse" and floors &gt; 2'))(office.shipped)
    effect = office.moves.effect(office.site.releases.compile(bundle), bundle)
    (reason,) = [reason for group in effect.groups for reason in group.cannot]
    assert (reason.code, reason.params["name"]) == ("move.unwritten", "floors")


def test_cases_before_which_nothing_differs_may_as_well_stay(office_sqlite: Office) -> None:
    office = office_sqlite
    office.walk(*STATES["code given"])
    office.walk(*STATES["act to be written"])
    bundle = CHANGES["a form's field"][0](office.shipped)
    effect = office.moves.effect(office.site.releases.compile(bundle), bundle)
    assert (effect.can, effect.stay) == (1, 1)


def test_a_move_is_undone_while_the_case_has_not_gone_on(office: Office) -> None:
    cases = [office.walk(*STATES[state]) for state in ("registered", "nobody at home", "to be visited")]
    before = {case.id: (case.release_id, case.state) for case in office.site.rows(Case)}
    tasks, timers = open_tasks(office, cases[:2]), [timers_of(office, case_id) for case_id in cases]
    make, names = CHANGES["a step is called otherwise"]
    move = office.moves.plan(office.released(make(office.shipped)), office.utility.head, note="Sınaq", names=names)
    office.moves.run(move)
    office.do(cases[2], "record_visit", **office.answers("record_visit"))

    tally = office.moves.undo(move)

    assert (tally.undone, tally.moved) == (2, 1)
    assert [(case, reason.code) for case, reason in office.moves.refusals(move)] == [(cases[2], "move.went_on")]
    after = {case.id: (case.release_id, case.state) for case in office.site.rows(Case)}
    assert [after[case_id] for case_id in cases[:2]] == [before[case_id] for case_id in cases[:2]]
    assert open_tasks(office, cases[:2]) == tasks
    assert [timers_of(office, case_id) for case_id in cases[:2]] == timers[:2]
    for case_id in cases:
        office.finish(case_id)


def test_a_bulk_that_was_stopped_goes_on_with_the_rest(office_sqlite: Office) -> None:
    office = office_sqlite
    cases = [office.walk(*STATES["registered"]) for _ in range(6)]
    target = office.released(CHANGES["a text"][0](office.shipped))
    move = office.moves.plan(target, office.utility.head, note="Sınaq")

    class Stopped(Exception):
        pass

    def stop() -> None:
        if office.moves.tally(move).moved == 2:
            raise Stopped

    with pytest.raises(Stopped):
        office.moves.run(move, stop)
    assert office.moves.tally(move).moved == 2
    assert office.moves.run(move).moved == len(cases)
    moved = [row for row in office.site.rows(Audit) if row.event == "moved"]
    assert sorted(row.case_id for row in moved) == cases
    assert all(row.state == "moved" for row in office.site.rows(CaseMove))


def open_tasks(office: Office, cases: list[int]) -> list[dict[str, Task]]:
    return [office.open(case_id) for case_id in cases]


def timers_of(office: Office, case_id: int) -> dict[str, object]:
    with office.site.database.read() as connection:
        rows = select(Job.task_id, Job.run_at).where(Job.case_id == case_id, Job.kind == "timer")
        return {task: at for task, at in connection.execute(rows)}


def test_a_moved_case_sends_the_letters_of_its_new_release(office_sqlite: Office) -> None:
    office, path = office_sqlite, "letters/mail/visit_planned.az.txt"
    case_id = office.walk(*STATES["registered"])
    words = office.shipped[path].replace("Ustanın gəlmə vaxtı".encode(), "Usta gəlir".encode())
    target = office.released({**office.shipped, path: words})
    effect = office.moves.effect(target, office.site.releases.bundle(target.id), {})
    assert (effect.can, effect.stay) == (1, 0)
    assert office.moves.run(office.moves.plan(target, office.utility.head, note="Sınaq", names={})).moved == 1
    office.utility.assign(case_id)
    Worker(office.site.database, office.site.operations, office.site.cases, office.site.ports).run_once()
    (mail,) = (office.site.folder / "mail").glob("visit_planned.*.eml")
    assert email.message_from_bytes(mail.read_bytes(), policy=email.policy.default)["Subject"].startswith("Usta gəlir")
