"""
Every way through the diagram, walked on the real engine with the real forms, tables and operations.
"""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import reading
from engine.errors import AnswersRefused, NotFound, NotYourTask
from engine.operations import Actor
from engine.tables import Case, Document, Job, Task
from processes.registry import stock
from processes.registry.tables import Act, AdditionalMeterConfirmation, Meter
from tests.support.installation import Install
from tests.support.meters import ACT, APPLICATION, Utility, open_utility

#: flows that journeys of this module have taken
TAKEN: set[str] = set()


@pytest.fixture
def utility(install_sqlite: Install):
    found = open_utility(install_sqlite)
    yield found
    TAKEN.update(found.flows())


def case_of(utility: Utility, case_id: int):
    with utility.site.database.read() as connection:
        return connection.execute(select(*Case.__table__.c).where(Case.id == case_id)).one()


def letters(utility: Utility) -> list[str]:
    return [row.payload["letter"] for row in utility.site.rows(Job) if "letter" in row.payload]


def test_an_unknown_code_is_asked_again(utility: Utility) -> None:
    case_id = utility.begin()
    utility.do(case_id, "enter_subscriber_code", subscriber_code="9999999999")

    task = utility.site.cases.open_task(utility.site.open_tasks(case_id)["enter_subscriber_code"], utility.citizen)
    shown = task.form.show(task.context)
    assert [error.key for error in shown.errors] == ["subscriber_code"]


def test_an_application_is_registered_routed_and_given_a_term(utility: Utility) -> None:
    case_id = utility.registered()

    case = case_of(utility, case_id)
    assert case.number is not None and case.unit == "baku_center"
    assert case.confirmation == "register_case"
    assert case.due_at.date().isoformat() == "2026-12-14"
    assert "registered" in letters(utility)


def test_answers_can_be_changed_before_they_are_sent(utility: Utility) -> None:
    case_id = utility.begin()
    utility.do(case_id, "enter_subscriber_code", subscriber_code="1000000001")
    utility.do(case_id, "apply", reason="new_meter", telephone="0501234567", email="a@example.az")
    utility.do(case_id, "check_answers", answers_confirmed="no")
    utility.do(case_id, "apply", reason="other", telephone="0501234567", email="a@example.az")
    utility.do(case_id, "check_answers")

    assert case_of(utility, case_id).facets["reason"] == "Digər"


def test_a_mistyped_code_can_be_changed_wherever_it_is_noticed(utility: Utility) -> None:
    case_id = utility.begin()
    utility.do(case_id, "enter_subscriber_code", subscriber_code="1000000002")
    utility.do(case_id, "confirm_additional_meter", additional_meter="no")
    utility.do(case_id, "enter_subscriber_code", subscriber_code="1000000004")
    utility.do(case_id, "apply", reason="new_meter", telephone="0501234567", email="a@example.az")
    utility.do(case_id, "check_answers", answers_confirmed="code")
    utility.do(case_id, "enter_subscriber_code", subscriber_code="1000000001")
    task = utility.site.cases.open_task(utility.site.open_tasks(case_id)["apply"], utility.citizen)
    shown = {row.key: row.value for row in task.form.show(task.context).rows}
    assert (shown["telephone"], shown["email"]) == ("050 123 45 67", "a@example.az")
    utility.do(case_id, "apply", reason="new_meter", telephone="0501234567", email="a@example.az")
    utility.do(case_id, "check_answers")

    assert case_of(utility, case_id).unit == "baku_center"
    assert utility.site.rows(AdditionalMeterConfirmation) == []


def test_an_additional_meter_is_wanted_knowingly(utility: Utility) -> None:
    utility.registered("1000000002")

    (fact,) = utility.site.rows(AdditionalMeterConfirmation)
    assert fact.at == utility.site.clock.now() and "aktiv sayğac" in fact.text


def test_a_non_household_goes_to_the_business_office(utility: Utility) -> None:
    assert case_of(utility, utility.registered("1000000004")).unit == "baku_business"


def test_a_meter_is_installed(utility: Utility) -> None:
    case_id = utility.assigned()
    utility.visit(case_id, "installed")
    step = utility.do(case_id, "record_act", **ACT)

    assert step.finished
    case = case_of(utility, case_id)
    assert (case.outcome, case.public_status) == ("installed", "İcra olundu – sayğac quraşdırıldı")
    (act,) = utility.site.rows(Act)
    (paper,) = [row for row in utility.site.rows(Document) if row.kind == "act"]
    assert act.document_id == paper.id and act.number == paper.number
    active = [row for row in utility.site.rows(Meter) if row.number == "A1234567"]
    assert [(row.subscriber_code, row.state) for row in active] == [("1000000001", "active")]
    with utility.site.database.read() as connection:
        assert stock.by_diameter(connection, "baku_center")[15] == 4
    assert utility.site.open_tasks(case_id) == {}


@pytest.mark.parametrize("reading", ["0", "0,000", "12.5", "12,5"])
def test_a_new_meter_begins_at_zero_or_at_a_decimal(utility: Utility, reading: str) -> None:
    case_id = utility.assigned()
    utility.visit(case_id, "installed")

    assert utility.do(case_id, "record_act", **{**ACT, "initial_reading": reading}).finished


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"meter_number": "OLD1"}, "meter_number"),
        ({"seal_numbers": "OLDP1"}, "seal_numbers"),
        ({"initial_reading": "-1"}, "initial_reading"),
        ({"initial_reading": "1.234,5"}, "initial_reading"),
        ({"verified_on": "01.01.2099"}, "verified_on"),
        ({"next_verification_on": "01.01.2026"}, "next_verification_on"),
        ({"signed_by": "refused"}, "second_specialist"),
        ({"diameter": "200"}, "diameter"),
    ],
)
def test_an_act_that_breaks_a_rule_is_refused_at_its_field(
    utility: Utility, changed: dict[str, str], field: str
) -> None:
    case_id = utility.assigned()
    utility.visit(case_id, "installed")
    with pytest.raises(AnswersRefused) as refused:
        utility.do(case_id, "record_act", **{**ACT, **changed})

    assert field in {error.key for error in refused.value.errors}
    assert utility.site.rows(Act) == []


def test_what_comes_next_names_the_day_and_hour_of_the_visit(utility: Utility) -> None:
    number = case_of(utility, utility.assigned()).number
    with utility.site.database.read() as connection:
        shown = reading.status(connection, utility.site.releases, number, utility.citizen)

    assert "27.11.2026, 09:00–12:00" in shown.what_next and "{" not in shown.what_next


def test_the_dispatcher_sees_the_store_and_the_load_of_every_fitter(utility: Utility) -> None:
    case_id = utility.registered()
    task = utility.site.cases.open_task(utility.site.open_tasks(case_id)["assign_executor"], utility.dispatcher)
    shown = task.form.show(task.context, typed={"assignment": ["assign"]})
    rows = [row for each in shown.rows for row in (each, *each.children)]
    tables = {row.label: row.cells for row in rows if row.kind == "table"}

    assert len(tables) == 2
    assert all(cell for cells in tables.values() for line in cells for cell in line[:1] + line[2:])


def test_an_existing_meter_is_registered(utility: Utility) -> None:
    case_id = utility.assigned()
    utility.visit(case_id, "existing")
    step = utility.do(case_id, "record_registration", **{k: v for k, v in ACT.items() if k != "pipe_diameter"})

    assert step.finished and case_of(utility, case_id).outcome == "registered"
    with utility.site.database.read() as connection:
        assert stock.by_diameter(connection, "baku_center")[15] == 5


def refuse(utility: Utility, case_id: int) -> None:
    task = utility.site.cases.open_task(utility.site.open_tasks(case_id)["decide_refusal"], utility.head)
    ground = task.context["legal_grounds"][0]["value"]
    utility.do(
        case_id, "decide_refusal", refusal_decision="refuse", legal_ground=ground, answer_text="Hörmətli abonent"
    )


def test_an_unsuitable_line_ends_in_a_reasoned_refusal(utility: Utility) -> None:
    case_id = utility.assigned()
    utility.visit(case_id, "line_unsuitable")
    utility.do(case_id, "propose_refusal", refusal_ground="line_unsuitable", refusal_note="Boru çürüyüb")
    refuse(utility, case_id)

    assert case_of(utility, case_id).outcome == "refused"
    assert [row.kind for row in utility.site.rows(Document) if row.kind != "receipt"] == ["refusal"]


def test_a_dispatcher_proposes_a_refusal_and_the_head_sends_it_back(utility: Utility) -> None:
    case_id = utility.registered()
    utility.do(case_id, "assign_executor", assignment="refuse", refusal_ground="duplicate", refusal_note="Təkrardır")
    utility.do(case_id, "decide_refusal", refusal_decision="send_back", send_back_note="Ünvana baxın")

    assert "assign_executor" in utility.site.open_tasks(case_id)


#: element -> answers of a way to the head's decision
LINE = {
    "assign_executor": {"assignment": "assign", "visit_date": "27.11.2026", "visit_window": "09:00–12:00"},
    "record_visit": {"visit_outcome": "line_unsuitable", "visit_note": "boru çürüyüb"},
    "propose_refusal": {"refusal_ground": "line_unsuitable", "refusal_note": "xətt yararsızdır"},
}
STOCK = {
    **LINE,
    "record_visit": {"visit_outcome": "no_stock", "visit_note": "anbara baxdım"},
    "decide_without_stock": {
        "stock_decision": "refuse",
        "refusal_ground": "no_stock",
        "stock_note": "yeni partiya gecikir",
    },
}
del STOCK["propose_refusal"]
AT_ONCE = {
    "assign_executor": {"assignment": "refuse", "refusal_ground": "duplicate", "refusal_note": "bir dəfə yazılıb"}
}
SAID = {
    "line": {"boru çürüyüb", "xətt yararsızdır"},
    "stock": {"anbara baxdım", "yeni partiya gecikir"},
    "at once": {"bir dəfə yazılıb"},
}
WAYS = {"line": LINE, "stock": STOCK, "at once": AT_ONCE}


def propose(utility: Utility, case_id: int, way: str) -> None:
    for element, answers in WAYS[way].items():
        utility.site.clock.advance(timedelta(minutes=10))
        if answers.get("assignment") == "assign":
            answers = {**answers, "executors": [str(utility.fitter.person_id)]}
        utility.do(case_id, element, **answers)
    utility.site.clock.advance(timedelta(minutes=10))


@pytest.mark.parametrize("first", WAYS)
@pytest.mark.parametrize("second", WAYS)
def test_the_head_reads_what_was_said_in_this_round_and_not_in_the_one_before(
    utility: Utility, first: str, second: str
) -> None:
    case_id = utility.registered("1000000003")
    propose(utility, case_id, first)
    utility.do(case_id, "decide_refusal", refusal_decision="send_back", send_back_note="Yenidən yoxlayın")
    assert "Yenidən yoxlayın" in words_of(utility, case_id, "assign_executor", utility.dispatcher)
    propose(utility, case_id, second)

    page = words_of(utility, case_id, "decide_refusal", utility.head)
    assert {said for each in SAID.values() for said in each if said in page} == SAID[second]


def test_what_was_said_while_waiting_for_stock_is_not_said_of_the_next_visit(utility: Utility) -> None:
    case_id = utility.registered("1000000003")
    wait = {"stock_decision": "wait", "expected_date": "04.12.2026", "stock_note": "sifariş verilib"}
    propose(utility, case_id, "stock")
    utility.do(case_id, "decide_refusal", refusal_decision="send_back", send_back_note="Gözləyin")
    for element in ("assign_executor", "record_visit"):
        answers = (
            {**STOCK[element], "executors": [str(utility.fitter.person_id)]} if element[0] == "a" else STOCK[element]
        )
        utility.site.clock.advance(timedelta(minutes=10))
        utility.do(case_id, element, **answers)
    utility.site.clock.advance(timedelta(minutes=10))
    utility.do(case_id, "decide_without_stock", **wait)
    utility.fire(case_id, "wait_for_stock")
    again = {**LINE, "assign_executor": {**LINE["assign_executor"], "visit_date": "07.12.2026"}}
    for element, answers in again.items():
        utility.site.clock.advance(timedelta(minutes=10))
        extra = {"executors": [str(utility.fitter.person_id)]} if element == "assign_executor" else {}
        utility.do(case_id, element, **answers, **extra)

    page = words_of(utility, case_id, "decide_refusal", utility.head)
    assert "xətt yararsızdır" in page and "sifariş" not in page and "gecikir" not in page


def test_who_is_to_come_again_is_who_was_planned_last(utility: Utility) -> None:
    case_id = utility.assigned()
    other = utility.site.person("Elçin", ("fitter", "baku_center"))
    utility.visit(case_id, "no_access")
    utility.site.clock.advance(timedelta(minutes=10))
    plan = {"visit_date": "30.11.2026", "visit_window": "12:00–15:00"}
    utility.do(case_id, "plan_new_visit", executors=[str(other.person_id)], **plan)
    utility.site.clock.advance(timedelta(days=3))
    utility.fitter = other
    utility.do(case_id, "record_visit", visit_outcome="no_access", visit_note="yenə bağlıdır")

    tasks = utility.site.open_tasks(case_id)
    shown = utility.site.cases.open_task(tasks["plan_new_visit"], utility.dispatcher).context
    assert shown["executors"] == [other.person_id] and shown["visit_date"] == "2026-11-30"
    assert shown["visit_note"] == "yenə bağlıdır"


@pytest.mark.parametrize("leader", ["dispatcher", "head"])
@pytest.mark.parametrize("held", [False, True])
def test_the_task_of_an_ill_fitter_is_handed_to_another_who_alone_stands_in_the_act(
    utility: Utility, leader: str, held: bool
) -> None:
    case_id, cases = utility.assigned(), utility.site.cases
    other = utility.site.person("Elçin", ("fitter", "baku_center"))
    task = utility.site.open_tasks(case_id)["record_visit"]
    if held:
        cases.claim(task, utility.fitter)
    cases.give(task, utility.actor_of(leader), other.person_id)
    with pytest.raises(NotYourTask):
        utility.visit(case_id, "installed")
    utility.fitter = other
    step = utility.visit(case_id, "installed")
    assert step.next_task == utility.site.open_tasks(case_id)["record_act"]
    utility.do(case_id, "record_act", **ACT)

    (act,) = utility.site.rows(Act)
    assert [each["name"] for each in act.facts["executors"]] == ["Elçin Sınaqlı"]


@pytest.mark.parametrize(
    ("giver", "element", "allowed"),
    [
        ("citizen", "record_visit", False),
        ("fitter", "record_visit", False),
        ("stranger", "record_visit", False),
        ("dispatcher", "record_visit", True),
        ("head", "record_visit", True),
        ("dispatcher", "decide_refusal", False),
        ("head", "decide_refusal", True),
    ],
)
def test_who_gives_the_tasks_of_others(utility: Utility, giver: str, element: str, allowed: bool) -> None:
    case_id = utility.assigned()
    if element == "decide_refusal":
        utility.visit(case_id, "line_unsuitable")
        utility.do(case_id, "propose_refusal", refusal_ground="line_unsuitable", refusal_note="Boru çürüyüb")
    role = "fitter" if element == "record_visit" else "head"
    task, site = utility.site.open_tasks(case_id)[element], utility.site
    receiver = site.person("Elçin", (role, "baku_center"))
    site.cases.claim(task, utility.actor_of(role))
    stranger = site.person("Orxan", ("dispatcher", "baku_west"), ("head", "baku_west"))
    with nullcontext() if allowed else pytest.raises((NotFound, NotYourTask)):
        site.cases.give(task, stranger if giver == "stranger" else colleague_of(utility, giver), receiver.person_id)
    holder = {row.id: row.claimed_by for row in site.rows(Task)}[task]
    assert (holder == receiver.person_id) is allowed


def colleague_of(utility: Utility, role: str) -> Actor:
    """Somebody else with the role in the same office."""
    if role == "citizen":
        return utility.citizen
    return utility.site.person(f"Another {role}", (role, "baku_center"))


def words_of(utility: Utility, case_id: int, element: str, reader: Actor) -> str:
    task = utility.site.cases.open_task(utility.site.open_tasks(case_id)[element], reader)
    return repr(task.form.show(task.context))


def test_without_stock_the_term_is_extended_and_the_work_goes_on(utility: Utility) -> None:
    case_id = utility.assigned("1000000003")
    before = case_of(utility, case_id).due_at
    utility.visit(case_id, "no_stock")
    utility.do(
        case_id, "decide_without_stock", stock_decision="wait", expected_date="04.12.2026", stock_note="Sifariş verilib"
    )
    assert case_of(utility, case_id).due_at > before
    assert "term_extended" in letters(utility)
    utility.fire(case_id, "wait_for_stock")

    assert "assign_executor" in utility.site.open_tasks(case_id)


def test_without_stock_a_refusal_can_be_proposed(utility: Utility) -> None:
    case_id = utility.assigned("1000000003")
    utility.visit(case_id, "no_stock")
    utility.do(case_id, "decide_without_stock", stock_decision="refuse", refusal_ground="no_stock", stock_note="Yoxdur")
    refuse(utility, case_id)

    assert case_of(utility, case_id).outcome == "refused"


def test_no_access_leads_to_a_new_date(utility: Utility) -> None:
    case_id = utility.assigned()
    utility.visit(case_id, "no_access")
    executors = [str(utility.fitter.person_id)]
    utility.do(case_id, "plan_new_visit", executors=executors, visit_date="30.11.2026", visit_window="12:00–15:00")

    assert "record_visit" in utility.site.open_tasks(case_id)


def test_a_late_assignment_is_called_to_mind_and_the_task_stays(utility: Utility) -> None:
    case_id = utility.registered()
    utility.fire(case_id, "assignment_late")

    assert utility.site.clock.now().date().isoformat() == "2026-11-26"
    assert letters(utility).count("assignment_late") == 2  # dispatcher and head
    assert "assign_executor" in utility.site.open_tasks(case_id)


def test_an_overdue_case_goes_to_the_head_beside_the_work(utility: Utility) -> None:
    case_id = utility.assigned()
    utility.fire(case_id, "term_over")
    assert set(utility.site.open_tasks(case_id)) == {"record_visit", "review_overdue"}
    utility.do(case_id, "review_overdue", overdue_note="Briqada gücləndirildi")

    assert set(utility.site.open_tasks(case_id)) == {"record_visit"}


def test_an_extended_term_moves_the_watch(utility: Utility) -> None:
    case_id = utility.assigned("1000000003")
    utility.visit(case_id, "no_stock")
    utility.do(
        case_id, "decide_without_stock", stock_decision="wait", expected_date="25.12.2026", stock_note="Sifariş verilib"
    )
    utility.fire(case_id, "term_over")

    assert "review_overdue" not in utility.site.open_tasks(case_id)
    with utility.site.database.read() as connection:
        due = connection.scalars(select(Job.run_at).where(Job.kind == "timer")).all()
    assert max(due) > utility.site.clock.now() + timedelta(days=7)


@pytest.mark.parametrize(("language", "word"), [("az", "Göstərilməyib"), ("ru", "Не указано"), ("en", "Not given")])
def test_what_was_left_out_is_said_in_the_readers_language(utility: Utility, language: str, word: str) -> None:
    case_id = utility.begin()
    utility.do(case_id, "enter_subscriber_code", subscriber_code="1000000001")
    utility.do(case_id, "apply", **APPLICATION)
    task = utility.site.open_tasks(case_id)["check_answers"]
    shown = utility.site.cases.open_task(task, utility.citizen, language=language)
    assert {row["key"]: row["value"] for row in shown.context["answers_of:apply"]}["notes"] == word


def test_every_sequence_flow_is_taken(install_sqlite: Install) -> None:
    """Runs last: joins what the journeys above took."""
    utility = open_utility(install_sqlite)
    diagram = utility.site.releases.active("meter_installation").diagram

    assert sorted(set(diagram.flows) - TAKEN) == []
    assert sorted(set(diagram.elements) - TAKEN) == []
