"""
What is done to a case by hand: each kind, what its preview says, what it leaves behind, and what it refuses.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import insert, update

from engine.audit import broken
from engine.doctor import Doctor
from engine.errors import (
    AnswersRefused,
    CaseChangedMeanwhile,
    CaseSuspended,
    InterventionRefused,
    NotFound,
    StateUnreadable,
    TaskAlreadyDone,
)
from engine.interventions import (
    KINDS,
    ChangeDue,
    Correct,
    Effect,
    End,
    Intervention,
    Interventions,
    Move,
    OnBehalf,
    Resume,
    SendBack,
    Skip,
    Suspend,
)
from engine.jobs import Worker
from engine.operations import Actor, Call
from engine.reading.readings import disclose
from engine.steps.writing import Step
from engine.storage.data import load
from engine.tables import FAR, Audit, Case, Correction, FinishedJob, Incident, Job, Submission, Task
from tests.support.drawing import draw, form, node, service, task
from tests.support.installation import Install, Installation, counted, posts
from tests.support.small import bundle, operations

REASON = "Abonentin xahişi ilə"
DAY = timedelta(days=1)
_keys = count(1)


class Desk:
    """An operator and a case of the small process, which waits at `assign`."""

    def __init__(self, install: Install, *, registered: bool = True) -> None:
        made = operations()

        @made.ending("small")
        def ending(call: Call) -> None:
            call.enqueue("note", {"letter": "ended"})

        made.job("note")(lambda _work: None)
        self.site: Installation = install(made)
        self.site.releases.deploy(bundle(), now=self.site.clock.now())
        self.citizen = self.site.person("Aysel")
        self.dispatcher = self.site.person("Rəşid", ("dispatcher", "north"))
        self.head = self.site.person("Rəis", ("head", "north"))
        self.operator = self.site.person("Operator", ("operator", "*"))
        site = self.site
        self.interventions = Interventions(site.database, site.releases, site.operations, site.ports)
        self.case_id = site.cases.start("small", self.citizen, key="s", language="az").case_id
        if registered:
            self.send("apply", self.citizen, reason="new", telephone="0501234567")

    def task(self, element: str) -> str:
        return self.site.open_tasks(self.case_id)[element]

    def send(self, element: str, actor: Actor, **answers: str) -> Step:
        key = f"step {next(_keys)}"
        return self.site.cases.submit(self.task(element), actor, key=key, posted=posts(**answers))

    def preview(self, wish: Intervention, actor: Actor | None = None) -> Effect:
        return self.interventions.preview(self.case_id, actor or self.operator, wish)

    def do(self, wish: Intervention, actor: Actor | None = None) -> Effect:
        """Look at the preview, then do it; nothing else may have been changed, and everything must hold."""
        before = self.everything()
        effect = self.preview(wish, actor)
        assert self.everything() == before
        key = f"by hand {next(_keys)}"
        who = actor or self.operator
        self.interventions.do(self.case_id, who, wish, reason=REASON, key=key, revision=effect.revision)
        again = self.interventions.do(self.case_id, who, wish, reason=REASON, key=key, revision=effect.revision)
        assert again.repeated
        self.examine()
        return effect

    def everything(self) -> list[object]:
        return [self.site.rows(table) for table in (Case, Task, Job, Audit, Submission, Correction, Incident)]

    def examine(self) -> None:
        site = self.site
        assert list(Doctor(site.database, site.releases, site.operations, site.ports).examine()) == []
        assert broken(self.site.rows(Audit)) == []

    def case(self) -> Case:
        (row,) = self.site.rows(Case)
        return row

    def audit(self) -> Audit:
        return max(self.site.rows(Audit), key=lambda row: row.revision)

    def work(self) -> None:
        site = self.site
        Worker(site.database, site.operations, site.cases, site.ports).run_once()

    def reminders(self) -> int:
        """Return how many letters were asked for."""
        return [row.kind for table in (Job, FinishedJob) for row in self.site.rows(table)].count("note")

    def see(self) -> None:
        """Show the operator what is masked."""
        disclose(self.site.database, self.case_id, self.operator, "Abonent zəng edib", now=self.site.clock.now())


@pytest.fixture
def desk(install: Install) -> Desk:
    return Desk(install)


@pytest.fixture
def lite(install_sqlite: Install) -> Desk:
    return Desk(install_sqlite)


def places(spots: object) -> list[str]:
    return [spot.element for spot in spots]  # type: ignore[attr-defined]


def test_a_suspended_case_takes_no_answers_and_fires_no_timer_until_it_is_resumed(desk: Desk) -> None:
    effect = desk.do(Suspend())
    assert effect.after is not None and effect.after.suspended and not effect.closes
    with pytest.raises(CaseSuspended):
        desk.send("assign", desk.dispatcher, decision="go")
    assert desk.site.cases.open_task(desk.task("assign"), desk.dispatcher).suspended
    desk.site.clock.advance(10 * DAY)
    desk.work()
    assert [(row.kind, row.state) for row in desk.site.rows(Job)] == [("timer", "held")]
    desk.examine()

    desk.do(Resume())
    desk.work()
    desk.work()
    assert [row.event for row in desk.site.rows(Audit)].count("timer") == 1
    desk.send("assign", desk.dispatcher, decision="go")
    assert desk.case().suspended_at is None


def test_a_timer_that_is_in_hand_when_its_case_is_suspended_is_held(desk: Desk) -> None:
    desk.site.clock.advance(10 * DAY)
    worker = Worker(desk.site.database, desk.site.operations, desk.site.cases, desk.site.ports)
    job = worker.ledger.claim()
    assert job is not None
    desk.do(Suspend())
    worker.hands.do(job)
    (timer,) = desk.site.rows(Job)
    assert (timer.state, timer.attempt, timer.token) == ("held", 0, None)
    desk.examine()
    desk.do(Resume())
    desk.work()
    assert "timer" in [row.event for row in desk.site.rows(Audit)]


def test_an_ended_case_waits_for_nothing_says_why_and_tells_the_applicant(desk: Desk) -> None:
    desk.do(Suspend())
    effect = desk.do(End("Ünvan şəbəkəyə qoşulmayıb."))
    assert places(effect.closes) == ["assign"]
    assert places(effect.timers_go) == ["late"]
    assert [work.letter for work in effect.work] == ["ended"]
    assert effect.after is not None and effect.after.closed
    case = desk.case()
    assert (case.outcome, case.public_status, case.what_next) == (
        "cancelled",
        "Müraciətə xitam verildi",
        "Ünvan şəbəkəyə qoşulmayıb.",
    )
    assert case.closed_at is not None and case.suspended_at is None
    assert {row.state for row in desk.site.rows(Task)} == {"done", "cancelled"}
    assert desk.audit().public_status == "Müraciətə xitam verildi"
    with pytest.raises(InterventionRefused, match="over"):
        desk.preview(Suspend())


def test_answers_are_put_right_by_their_form_and_so_is_the_data_of_the_process(desk: Desk) -> None:
    desk.see()
    effect = desk.do(Correct("apply", posts(reason="old", telephone="0507654321")))
    assert [(one.label, one.before, one.after) for one in effect.answers] == [
        ("reason", "new", "old"),
        ("telephone", "0501234567", "0507654321"),
    ]
    assert not effect.opens and not effect.closes
    (given,) = desk.site.rows(Submission)
    (kept,) = desk.site.rows(Correction)
    assert load(given.answers) == load(kept.after) == {"reason": "old", "telephone": "0507654321"}
    assert load(kept.before) == {"reason": "new", "telephone": "0501234567"}
    assert (given.given_by, kept.by_id) == (desk.citizen.person_id, desk.operator.person_id)
    assert b'"reason":"old"' in desk.case().state
    detail = desk.audit().detail
    assert (detail["before"]["reason"], detail["after"]["reason"]) == ("new", "old")
    assert detail["answers"] == ["reason", "telephone"]
    assert "0507654321" not in str(detail) and "0501234567" not in str(detail)


def test_a_correction_is_held_to_the_form_and_to_what_may_be_read(lite: Desk) -> None:
    with pytest.raises(InterventionRefused, match="hidden"):
        lite.preview(Correct("apply", posts(reason="old")))
    lite.see()
    with pytest.raises(AnswersRefused):
        lite.preview(Correct("apply", posts(reason="")))
    with pytest.raises(InterventionRefused, match="Nothing differs"):
        lite.preview(Correct("apply", posts(reason="new", telephone="0501234567")))
    with pytest.raises(InterventionRefused, match="not answered"):
        lite.preview(Correct("record", posts(reading="1")))


def test_a_skipped_task_asks_for_what_later_steps_read(desk: Desk) -> None:
    wish = Skip(desk.task("assign"))
    (asked,) = desk.interventions.questions(desk.case_id, desk.operator, wish)
    assert (asked.element, asked.keys) == ("assign", {"decision"})

    effect = desk.do(Skip(desk.task("assign"), posts(decision="go")))
    assert (places(effect.closes), places(effect.opens), places(effect.timers_go)) == (["assign"], ["record"], ["late"])
    assert effect.after is not None and effect.after.status == "İcradadır"
    with pytest.raises(TaskAlreadyDone):
        desk.site.cases.open_task(effect.closes[0].id, desk.dispatcher)
    skipped = desk.audit()
    assert (skipped.event, skipped.element, skipped.actor_id) == ("skipped", "assign", desk.operator.person_id)
    assert (skipped.detail["reason"], skipped.detail["before"]["tasks"]) == (REASON, ["assign"])

    effect = desk.do(Skip(desk.task("record")))
    assert effect.after is not None and effect.after.closed
    assert desk.case().outcome == "installed"


def test_a_task_is_done_on_behalf_of_whose_it_is(desk: Desk) -> None:
    desk.see()
    wish = OnBehalf(desk.task("assign"), desk.dispatcher.person_id, posts(decision="go"))
    effect = desk.do(wish)
    assert (places(effect.closes), places(effect.opens)) == (["assign"], ["record"])
    done = desk.audit()
    assert (done.event, done.actor_id, done.detail["for"]) == (
        "on_behalf",
        desk.operator.person_id,
        desk.dispatcher.person_id,
    )
    (given,) = [row for row in desk.site.rows(Submission) if row.element == "assign"]
    assert given.given_by == desk.dispatcher.person_id
    people = desk.interventions.people(desk.case_id, desk.operator, desk.task("record"))
    assert [key for key, _ in people] == [desk.dispatcher.person_id]


def test_nobody_does_a_task_on_behalf_of_somebody_whose_it_is_not(lite: Desk) -> None:
    with pytest.raises(InterventionRefused, match="hidden"):
        lite.preview(OnBehalf(lite.task("assign"), lite.dispatcher.person_id, posts(decision="go")))
    lite.see()
    with pytest.raises(InterventionRefused, match="can't do the task"):
        lite.preview(OnBehalf(lite.task("assign"), lite.head.person_id, posts(decision="go")))


def test_a_case_is_sent_back_to_a_task_that_it_has_passed(desk: Desk) -> None:
    desk.send("assign", desk.dispatcher, decision="go")
    effect = desk.do(SendBack(desk.task("record"), "assign"), desk.head)
    assert (places(effect.closes), places(effect.opens), places(effect.timers_come)) == (
        ["record"],
        ["assign"],
        ["late"],
    )
    assert effect.after is not None and effect.after.status == "Qeydiyyata alındı"
    assert desk.audit().detail["before"]["place"] == "record"
    desk.send("assign", desk.dispatcher, decision="go")
    assert desk.send("record", desk.dispatcher, reading="1").finished


def test_it_is_not_sent_forward_nor_to_where_it_never_was(lite: Desk) -> None:
    for target in ("record", "assign", "nothing"):
        with pytest.raises(InterventionRefused, match="was not done"):
            lite.preview(SendBack(lite.task("assign"), target))


def test_a_token_is_put_elsewhere_and_what_is_read_there_is_asked_first(desk: Desk) -> None:
    token = desk.task("assign")
    (asked,) = desk.interventions.questions(desk.case_id, desk.operator, Move(token, "is_done"))
    assert (asked.element, asked.keys) == ("assign", {"decision"})
    effect = desk.do(Move(token, "is_done", posts(decision="go")))
    assert (places(effect.closes), places(effect.opens)) == (["assign"], ["record"])
    effect = desk.do(Move(desk.task("record"), "done"))
    assert effect.after is not None and effect.after.closed and not effect.work


def test_a_reminder_beside_the_task_is_not_a_place_for_its_token(lite: Desk) -> None:
    for target in ("remind", "reminded", "late", "begun", "assign", "nothing"):
        with pytest.raises(InterventionRefused, match="no way leads"):
            lite.preview(Move(lite.task("assign"), target))


def test_due_dates_of_a_task_and_of_the_case_are_changed(desk: Desk) -> None:
    at = desk.site.clock.now() + 5 * DAY
    effect = desk.do(ChangeDue(desk.task("assign"), at), desk.head)
    ((was, now),) = effect.moved_dates
    assert (was.due_at, now.due_at) == (None, at)
    (due,) = [row.due_at for row in desk.site.rows(Task) if row.state == "open"]
    assert due == at
    with pytest.raises(InterventionRefused, match="no term"):
        desk.preview(ChangeDue(None, at))
    with pytest.raises(InterventionRefused, match="past"):
        desk.preview(ChangeDue(desk.task("assign"), desk.site.clock.now()))


def test_a_timer_of_the_same_term_follows_the_due_date_of_its_task(desk: Desk) -> None:
    late = desk.site.clock.now() + 3 * DAY
    with desk.site.database.step() as connection:  # the term of the task is that of the timer beside it
        connection.execute(update(Task).where(Task.state == "open").values(due_at=late))
    sooner, later = late - DAY, late + DAY
    for at in (later, sooner, later):
        effect = desk.do(ChangeDue(desk.task("assign"), at), desk.head)
        ((_, now),) = effect.timers_follow
        assert (now.element, now.due_at, effect.timers_stay) == ("late", at, ())
    # a step of the case in between judges the timer by its new moment
    desk.site.clock.set(late + timedelta(hours=1))
    desk.work()
    assert desk.reminders() == 0
    desk.send("assign", desk.dispatcher, decision="again")
    assert desk.reminders() == 0


def test_a_timer_that_is_moved_nearer_fires_then_and_once(desk: Desk) -> None:
    late = desk.site.clock.now() + 3 * DAY
    with desk.site.database.step() as connection:
        connection.execute(update(Task).where(Task.state == "open").values(due_at=late))
    desk.do(ChangeDue(desk.task("assign"), late - 2 * DAY), desk.head)
    desk.site.clock.set(late - 2 * DAY)
    desk.work()
    assert desk.reminders() == 1
    desk.site.clock.set(late + DAY)
    desk.work()
    assert desk.reminders() == 1
    desk.examine()


def test_a_timer_of_another_term_keeps_its_time_and_the_preview_says_so(desk: Desk) -> None:
    at = desk.site.clock.now() + 5 * DAY
    effect = desk.do(ChangeDue(desk.task("assign"), at))
    assert effect.timers_follow == ()
    assert [(spot.element, spot.due_at) for spot in effect.timers_stay] == [("late", at - 2 * DAY)]
    desk.site.clock.set(at - DAY)
    desk.work()
    assert desk.reminders() == 1


@pytest.mark.parametrize("who", ["citizen", "dispatcher"])
def test_who_has_no_right_finds_no_case(lite: Desk, who: str) -> None:
    for wish in (Suspend(), End("x"), SendBack(lite.task("assign"), "apply")):
        with pytest.raises(NotFound):
            lite.preview(wish, getattr(lite, who))


def test_a_head_does_only_what_the_table_says_and_in_the_own_office(lite: Desk) -> None:
    with pytest.raises(NotFound):
        lite.preview(Suspend(), lite.head)
    elsewhere = lite.site.person("Başqa rəis", ("head", "south"))
    with pytest.raises(NotFound):
        lite.preview(End("x"), elsewhere)
    assert lite.interventions.standing(lite.case_id, lite.head).kinds == ("due", "send_back", "end")


def test_nobody_intervenes_in_the_own_case(lite: Desk) -> None:
    own = Actor(lite.citizen.person_id, "Aysel", frozenset({("operator", "*")}))
    with pytest.raises(InterventionRefused, match="your own"):
        lite.preview(Suspend(), own)
    assert lite.interventions.standing(lite.case_id, own).kinds == ()


def test_what_was_previewed_must_still_hold(lite: Desk) -> None:
    effect = lite.preview(Suspend())
    lite.send("assign", lite.dispatcher, decision="go")
    with pytest.raises(CaseChangedMeanwhile):
        lite.interventions.do(
            lite.case_id, lite.operator, Suspend(), reason=REASON, key="late", revision=effect.revision
        )
    with pytest.raises(InterventionRefused, match="another step"):
        lite.preview(Skip(effect.tokens[0]))


def test_an_incident_whose_task_is_gone_is_settled(lite: Desk) -> None:
    now = lite.site.clock.now()
    with lite.site.database.step() as connection:
        for element in ("assign", None):
            row = {"case_id": lite.case_id, "element": element, "code": "step_failed", "message": "x", "opened_at": now}
            row["task_id"] = lite.task("assign") if element else None
            connection.execute(insert(Incident).values(**row))
    assert lite.do(Skip(lite.task("assign"), posts(decision="go"))).settled == 1
    assert lite.do(End("x")).settled == 1
    assert all(row.resolved_by == lite.operator.person_id for row in lite.site.rows(Incident))


def test_an_intervention_keeps_to_its_statements(lite: Desk) -> None:
    effect = lite.preview(Suspend())
    with counted(lite.site.database) as sent:
        lite.interventions.do(lite.case_id, lite.operator, Suspend(), reason=REASON, key="k", revision=effect.revision)
    assert len(sent) <= 16


class Fork:
    """A case whose branches have parted: `left`, then `left_too`; `right` or `right_too`; they meet, then `last`."""

    def __init__(self, install: Install) -> None:
        made = operations()
        names = ("begin", "left", "left_too", "right", "right_too", "last")
        nodes = [
            node("startEvent", "begun"),
            *(task(name, publicStatus=name) for name in names),
            service("register_case", "register", "place"),
            node("parallelGateway", "part"),
            node("exclusiveGateway", "which", attributes='default="which__right"'),
            node("exclusiveGateway", "either"),
            node("parallelGateway", "meet"),
            node("endEvent", "done"),
        ]
        flows = [
            ("begun", "begin"),
            ("begin", "register_case"),
            ("register_case", "part"),
            ("part", "left"),
            ("left", "left_too"),
            ("left_too", "meet"),
            ("part", "which"),
            ("which", "right"),
            ("which", "right_too", 'said_begin = "b"'),
            ("right", "either"),
            ("right_too", "either"),
            ("either", "meet"),
            ("meet", "last"),
            ("last", "done"),
        ]
        lanes = {"Abonent": ("citizen", ["begun", "begin"])}
        staff = [name for name in (*names, "register_case", "part", "which", "either", "meet", "done")]
        lanes |= {"Dispetçer": ("dispatcher", [name for name in staff if name != "begin"])}
        files = {"fork.bpmn": draw("fork", nodes, flows, lanes)}
        files |= {f"forms/{name}.form": form(name, {"key": f"said_{name}"}) for name in names}
        self.site = install(made)
        self.site.releases.deploy(files, now=self.site.clock.now())
        self.citizen = self.site.person("Aysel")
        self.dispatcher = self.site.person("Rəşid", ("dispatcher", "north"))
        self.operator = self.site.person("Operator", ("operator", "*"))
        site = self.site
        self.interventions = Interventions(site.database, site.releases, site.operations, site.ports)
        self.case_id = site.cases.start("fork", self.citizen, key="s", language="az").case_id

    def send(self, element: str, actor: Actor | None = None) -> Step:
        key = self.site.open_tasks(self.case_id)[element]
        asked = posts(**{f"said_{element}": "x"})
        return self.site.cases.submit(key, actor or self.dispatcher, key=f"step {next(_keys)}", posted=asked)

    def around(self, element: str) -> set[str]:
        standing = self.interventions.standing(self.case_id, self.operator)
        return {name for place in standing.places if place.element == element for name in place.around}

    def move(self, element: str, target: str) -> None:
        wish = Move(self.site.open_tasks(self.case_id)[element], target)
        effect = self.interventions.preview(self.case_id, self.operator, wish)
        key = f"by hand {next(_keys)}"
        self.interventions.do(self.case_id, self.operator, wish, reason=REASON, key=key, revision=effect.revision)


def test_a_token_stays_between_the_fork_and_the_join_of_its_branch(install_sqlite: Install) -> None:
    fork = Fork(install_sqlite)
    assert fork.around("begin") == {"register_case"}
    fork.send("begin", fork.citizen)
    assert fork.around("left") == {"left_too"}
    assert fork.around("right") == {"right_too", "which", "either"}
    for target in ("right", "begin", "last", "done", "meet", "part"):
        with pytest.raises(InterventionRefused):
            fork.move("left", target)


@pytest.mark.parametrize("moves", [[("left", "left_too")], [("right", "right_too")], [("right", "either")]])
def test_a_join_waits_for_branches_that_were_moved_and_goes_on_once(
    install_sqlite: Install, moves: list[tuple[str, str]]
) -> None:
    fork = Fork(install_sqlite)
    fork.send("begin", fork.citizen)
    for element, target in moves:
        fork.move(element, target)
    for _ in range(4):
        names = [name for name in fork.site.open_tasks(fork.case_id) if name != "last"]
        if not names:
            break
        assert "last" not in fork.site.open_tasks(fork.case_id)
        fork.send(names[0])
    assert list(fork.site.open_tasks(fork.case_id)) == ["last"]
    assert fork.send("last").finished
    site = fork.site
    assert list(Doctor(site.database, site.releases, site.operations, site.ports).examine()) == []


def test_of_parallel_branches_one_is_sent_back_and_the_other_stays(install_sqlite: Install) -> None:
    fork = Fork(install_sqlite)
    fork.send("begin", fork.citizen)
    right = fork.site.open_tasks(fork.case_id)["right"]
    fork.send("left")
    fork.move("left_too", "left")
    assert fork.site.open_tasks(fork.case_id)["right"] == right
    for name in ("left", "left_too", "right", "last"):
        fork.send(name)
    assert fork.site.rows(Case)[0].closed_at is not None


def _spoil(desk: Desk) -> None:
    """Let the stored state be what nobody can read."""
    with desk.site.database.step() as connection:
        connection.execute(update(Case).values(state=b"\x00spoilt"))


def test_of_a_case_whose_state_cannot_be_read_an_incident_opens_once_and_only_ending_is_left(desk: Desk) -> None:
    _spoil(desk)
    first = desk.interventions.standing(desk.case_id, desk.operator)
    again = desk.interventions.standing(desk.case_id, desk.head)
    (incident,) = desk.site.rows(Incident)
    assert (incident.kind, incident.code, incident.case_id) == ("state", "state_unreadable", desk.case_id)
    assert (first.kinds, first.places, first.unreadable, again.unreadable) == (("end",), (), incident.id, incident.id)
    for kind in KINDS.keys() - {End}:
        with pytest.raises(InterventionRefused, match="can't be read"):
            desk.preview(_some(kind))


def _some(kind: type) -> Intervention:
    """An intervention of this kind, whatever it is about."""
    given = {"at": datetime(2099, 1, 1, tzinfo=UTC), "person": 1}
    wanted = [one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING]
    made: Intervention = kind(**{name: given.get(name, "x") for name in wanted})
    return made


@pytest.mark.parametrize("fails", ["task", "timer"])
def test_a_case_whose_state_cannot_be_read_is_ended_by_hand(desk: Desk, fails: str) -> None:
    _spoil(desk)
    if fails == "timer":  # whose job is dead then, with an incident of its own
        desk.site.clock.advance(10 * DAY)
        desk.work()
    else:
        with pytest.raises(StateUnreadable):
            desk.site.cases.open_task(desk.task("assign"), desk.dispatcher)
    assert [row.code for row in desk.site.rows(Incident)] == ["state_unreadable"]
    effect = desk.do(End("Ünvan şəbəkəyə qoşulmayıb."))
    assert (places(effect.closes), places(effect.timers_go), effect.settled) == (["assign"], ["late"], 1)
    assert effect.unreadable and [work.letter for work in effect.work] == ["ended"]
    case, said = desk.case(), desk.audit()
    assert (case.outcome, case.public_status, case.closed_at is not None) == (
        "cancelled",
        "Müraciətə xitam verildi",
        True,
    )
    assert (said.event, said.detail["reason"], said.detail["unreadable"]) == ("ended", REASON, True)
    assert said.detail["before"] == {"tasks": ["assign"], "timers": ["late"], "events": []}
    assert [row.resolved_by for row in desk.site.rows(Incident)] == [desk.operator.person_id]
    assert {row.state for row in desk.site.rows(Task)} == {"done", "cancelled"}


def test_ending_closes_a_task_that_the_state_does_not_know(lite: Desk) -> None:
    """An open task whose token is gone is an unreadable state, too: whoever does it is told so."""
    row = {"case_id": lite.case_id, "element": "record", "role": "dispatcher", "unit": "north", "state": "open"}
    row |= {"id": "0" * 32, "opened_at": lite.site.clock.now(), "due_at": FAR, "priority": 0}
    with lite.site.database.step() as connection:
        connection.execute(insert(Task).values(**row))
    assert sorted(places(lite.do(End("Ünvan şəbəkəyə qoşulmayıb.")).closes)) == ["assign", "record"]
