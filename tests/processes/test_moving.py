"""
Cases in every state are moved to a changed release, and every one of them runs on to its end there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import select

from engine.audit import broken
from engine.moving import Moves
from engine.releases import Bundle, Release
from engine.tables import Audit, Case, CaseMove, Draft, Incident, Job, Task
from tests.support.installation import Install, posts
from tests.support.meters import ACT, APPLICATION, Utility, open_utility

DIAGRAM = "meter_installation.bpmn"
_numbers = count(1)


class Office:
    """
    The utility with a way to bring cases into every state, and any case to its end.
    """

    def __init__(self, utility: Utility) -> None:
        self.utility = utility
        self.site = utility.site
        self.moves = Moves(self.site.database, self.site.releases, self.site.operations, self.site.ports)

    @property
    def shipped(self) -> Bundle:
        """
        The files to change; not the scenarios, which hold the diagram to the way that it is drawn now.
        """
        files = self.site.releases.bundle(self.site.releases.active("meter_installation").id)
        return {path: content for path, content in files.items() if not path.startswith("scenarios/")}

    def released(self, bundle: Bundle) -> Release:
        """
        Propose and approve a release.
        """
        release = self.site.releases.propose(bundle, self.utility.dispatcher, now=self.site.clock.now(), note="Sınaq")
        self.site.clock.advance(timedelta(seconds=1))
        return self.site.releases.approve(release.id, self.utility.head, now=self.site.clock.now())

    def open(self, case_id: int) -> dict[str, Task]:
        with self.site.database.read() as connection:
            rows = connection.execute(select(*Task.__table__.c).where(Task.case_id == case_id, Task.state == "open"))
            return {row.element: row for row in rows}

    def do(self, case_id: int, element: str, **answers: str | list[str]) -> None:
        task = self.open(case_id)[element]
        actor = self.utility.actor_of(task.role)
        self.site.cases.submit(task.id, actor, key=f"{task.id}:{next(_numbers)}", posted=posts(**answers))

    def walk(self, *steps: str, code: str = "1000000001") -> int:
        """
        Open a case and do these steps; `element` with its usual answers, `element=outcome`, or `!timer`.
        """
        case_id = self.utility.begin(f"case {next(_numbers)}")
        for step in steps:
            if step.startswith("!"):
                self.fire(case_id, step[1:])
            else:
                element, _, outcome = step.partition("=")
                self.do(case_id, element, **self.answers(element, outcome, code))
        return case_id

    def fire(self, case_id: int, element: str) -> None:
        now = self.site.clock.now()
        self.utility.fire(case_id, element)
        self.site.clock.set(max(now, self.site.clock.now()))

    def answers(self, element: str, outcome: str = "", code: str = "1000000001") -> Mapping[str, str | list[str]]:
        """
        Return what is usually answered to the form of a task, whatever the task is called now.
        """
        number, now = next(_numbers), self.site.clock.now()
        visit = {
            "executors": [str(self.utility.fitter.person_id)],
            "visit_date": f"{now:%d.%m.%Y}",
            "visit_window": "09:00–12:00",
        }
        act = {
            **ACT,
            "meter_number": f"N{number}",
            "seal_numbers": f"S{number}",
            "copy_given_on": f"{now:%d.%m.%Y}",
        }
        known: dict[str, Mapping[str, str | list[str]]] = {
            "enter_subscriber_code": {"subscriber_code": code},
            "confirm_additional_meter": {},
            "apply": APPLICATION,
            "check_answers": {},
            "assign_executor": {"assignment": "assign", **visit},
            "record_visit": {"visit_outcome": outcome or "existing", "visit_note": "Qeyd"},
            "record_act": act,
            "record_registration": {name: value for name, value in act.items() if name != "pipe_diameter"},
            "propose_refusal": {"refusal_ground": "line_unsuitable", "refusal_note": "Boru çürüyüb"},
            "decide_refusal": {"refusal_decision": "refuse", "legal_ground": self.ground, "answer_text": "Hörmətli"},
            "decide_without_stock": {
                "stock_decision": "wait",
                "expected_date": f"{now + timedelta(days=5):%d.%m.%Y}",
                "stock_note": "Sifariş verilib",
            },
            "plan_new_visit": visit,
            "plan_again": visit,
            "review_overdue": {"overdue_note": "Baxıldı"},
            "check_place": {},
        }
        if element == "assign_executor" and outcome == "refuse":
            return {"assignment": "refuse", "refusal_ground": "duplicate", "refusal_note": "Təkrardır"}
        return known[element]

    @property
    def ground(self) -> str:
        with self.site.database.read() as connection:
            return str(self.site.operations.sources["legal_grounds"](_Look(connection))[0]["value"])

    def finish(self, case_id: int) -> None:
        """
        Do whatever waits until the case is at its end.
        """
        for _ in range(40):
            waiting = self.open(case_id)
            if not waiting:
                with self.site.database.read() as connection:
                    closed = connection.scalar(select(Case.closed_at).where(Case.id == case_id))
                if closed is not None:
                    return
                self.fire(case_id, next(iter(self.timers(case_id).values())))
                continue
            element = min(waiting, key=lambda key: key == "review_overdue")
            self.do(case_id, element, **self.answers(element))
        raise AssertionError(f"case {case_id} waits at {sorted(self.open(case_id))}")

    def timers(self, case_id: int) -> dict[str, str]:
        found = self.site.cases.timers(case_id)
        return {task: element for task, element in found.items() if element != "term_over"} or found


class _Look:
    """
    What the source of legal grounds asks for.
    """

    def __init__(self, connection: object) -> None:
        self.connection, self.language = connection, "az"


_BEGUN = ("enter_subscriber_code", "apply", "check_answers")
_SENT = (*_BEGUN, "assign_executor")
#: state -> the steps that lead there
STATES: Mapping[str, tuple[str, ...]] = {
    "begun": (),
    "code given": ("enter_subscriber_code",),
    "filled in": ("enter_subscriber_code", "apply"),
    "registered": _BEGUN,
    "assigned late": (*_BEGUN, "!assignment_late"),
    "to be visited": _SENT,
    "act to be written": (*_SENT, "record_visit=installed"),
    "meter to be registered": (*_SENT, "record_visit=existing"),
    "refusal to be proposed": (*_SENT, "record_visit=line_unsuitable"),
    "refusal to be decided": (*_BEGUN, "assign_executor=refuse"),
    "nothing in stock": (*_SENT, "record_visit=no_stock"),
    "waits for stock": (*_SENT, "record_visit=no_stock", "decide_without_stock"),
    "nobody at home": (*_SENT, "record_visit=no_access"),
    "overdue": (*_SENT, "!term_over"),
}


@pytest.fixture
def office(install: Install) -> Office:
    return Office(open_utility(install))


@pytest.fixture
def office_sqlite(install_sqlite: Install) -> Office:
    return Office(open_utility(install_sqlite))


def edit(*changes: tuple[str, str], file: str = DIAGRAM) -> Callable[[Bundle], Bundle]:
    def make(bundle: Bundle) -> Bundle:
        text = bundle[file].decode()
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        return {**bundle, file: text.encode()}

    return make


def _renamed(bundle: Bundle) -> Bundle:
    made = edit(('"plan_new_visit"', '"plan_again"'), (">plan_new_visit<", ">plan_again<"))(bundle)
    form = bundle["forms/plan_new_visit.form"].replace(b'"plan_new_visit"', b'"plan_again"')
    others = {path: content for path, content in made.items() if path != "forms/plan_new_visit.form"}
    return {**others, "forms/plan_again.form": form}


_TIMER = """<bpmn:boundaryEvent id="visit_late" name="Gecikir" cancelActivity="false" attachedToRef="record_visit">
      <bpmn:outgoing>visit_late__visit_reminded</bpmn:outgoing>
      <bpmn:timerEventDefinition id="visit_late_timer">
        <bpmn:timeDuration xsi:type="bpmn:tFormalExpression">duration("P30D")</bpmn:timeDuration>
      </bpmn:timerEventDefinition>
    </bpmn:boundaryEvent>
    <bpmn:endEvent id="visit_reminded" name="Gecikir">
      <bpmn:incoming>visit_late__visit_reminded</bpmn:incoming>
    </bpmn:endEvent>
    <bpmn:sequenceFlow id="visit_late__visit_reminded" sourceRef="visit_late" targetRef="visit_reminded" />
    <bpmn:userTask id="record_visit\""""
_STEP = """<bpmn:userTask id="check_place" name="Yeri yoxlayın">
      <bpmn:extensionElements><spiffworkflow:properties>
        <spiffworkflow:property name="formKey" value="check_place" />
      </spiffworkflow:properties></bpmn:extensionElements>
      <bpmn:incoming>check_place_in</bpmn:incoming><bpmn:outgoing>check_place_out</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:sequenceFlow id="check_place_in" sourceRef="announce_visit" targetRef="check_place" />
    <bpmn:sequenceFlow id="check_place_out" sourceRef="check_place" targetRef="record_visit" />"""
_IN_LANE = "<bpmn:flowNodeRef>record_visit</bpmn:flowNodeRef>"


def _with_step(bundle: Bundle) -> Bundle:
    flow = '<bpmn:sequenceFlow id="announce_visit__record_visit" sourceRef="announce_visit" targetRef="record_visit" />'
    edge = '<bpmndi:BPMNEdge id="announce_visit__record_visit_di" bpmnElement="announce_visit__record_visit">'
    made = edit(
        (flow, _STEP),
        (_IN_LANE, _IN_LANE + "<bpmn:flowNodeRef>check_place</bpmn:flowNodeRef>"),
        (
            "<bpmn:outgoing>announce_visit__record_visit</bpmn:outgoing>",
            "<bpmn:outgoing>check_place_in</bpmn:outgoing>",
        ),
        (
            "<bpmn:incoming>announce_visit__record_visit</bpmn:incoming>",
            "<bpmn:incoming>check_place_out</bpmn:incoming>",
        ),
        (edge, edge.replace("announce_visit__record_visit", "check_place_in")),
    )(bundle)
    form = b'{"type": "default", "schemaVersion": 19, "id": "check_place", "components": []}'
    return {**made, "forms/check_place.form": form}


def _without_boundary(bundle: Bundle) -> Bundle:
    """The reminder of a late assignment is taken out of the diagram."""
    text = bundle[DIAGRAM].decode()
    gone = ("assignment_late", "remind_assignment", "assignment_reminded")
    flows = [
        key for key, source in re.findall(r'<bpmn:sequenceFlow id="(\w+)" sourceRef="(\w+)"', text) if source in gone
    ]
    for key in (*gone, *flows):
        text = re.sub(rf'\s*<bpmn:(\w+) id="{key}"[^>]*/>', "", text)
        text = re.sub(rf'\s*<bpmn:(\w+) id="{key}".*?</bpmn:\1>', "", text, flags=re.S)
        text = re.sub(rf"\s*<bpmn:flowNodeRef>{key}</bpmn:flowNodeRef>", "", text)
        text = re.sub(
            rf'\s*<bpmndi:BPMN(Shape|Edge) id="[^"]*" bpmnElement="{key}".*?</bpmndi:BPMN\1>', "", text, flags=re.S
        )
    return {**bundle, DIAGRAM: text.encode()}


#: kind of change -> how the release is made, and which elements have another id there
CHANGES: Mapping[str, tuple[Callable[[Bundle], Bundle], Mapping[str, str]]] = {
    "a text": (edit(('name="İcraçıları təyin edin"', 'name="Ustanı seçin"')), {}),
    "a timer's span": (edit(("add working days(now(), 3)</", "add working days(now(), 9)</")), {}),
    "a new boundary timer": (
        edit(
            ('<bpmn:userTask id="record_visit"', _TIMER),
            (
                _IN_LANE,
                _IN_LANE
                + "<bpmn:flowNodeRef>visit_late</bpmn:flowNodeRef><bpmn:flowNodeRef>visit_reminded</bpmn:flowNodeRef>",
            ),
        ),
        {},
    ),
    "a boundary timer is gone": (_without_boundary, {}),
    "a step in between": (_with_step, {}),
    "a step is called otherwise": (_renamed, {"plan_new_visit": "plan_again"}),
    "another lane": (
        edit(
            ("<bpmn:flowNodeRef>plan_new_visit</bpmn:flowNodeRef>", ""),
            (_IN_LANE, _IN_LANE + "<bpmn:flowNodeRef>plan_new_visit</bpmn:flowNodeRef>"),
        ),
        {},
    ),
    "a form's field": (edit(('"label": "Telefon nömrəsi"', '"label": "Telefon"'), file="forms/apply.form"), {}),
    "a decision table": (edit(("<text>15</text>", "<text>20</text>"), file="decisions/term.dmn"), {}),
    "a condition": (edit(('refusal_decision = "refuse"', 'refusal_decision != "send_back"')), {}),
}


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
    less = office.released(_without_boundary(office.shipped))
    office.moves.run(office.moves.plan(less, office.utility.head, note="Sınaq"))
    assert set(office.site.cases.timers(registered).values()) == {"term_over"}
    assert set(timers_of(office, registered)) == set(office.site.cases.timers(registered))


def test_a_case_that_stands_where_the_release_has_nothing_stays_and_says_why(office_sqlite: Office) -> None:
    office = office_sqlite
    case_id = office.walk(*STATES["nobody at home"])
    target = office.released(_renamed(office.shipped))
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

    def stop(tally: object) -> None:
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
