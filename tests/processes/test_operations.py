from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select

from engine.errors import AnswersRefused
from engine.operations import Actor, Call, CaseFacts, Look
from engine.tables import Document, File, Membership
from forms import fill
from processes import installed, papers
from processes.letters.facts import ActFacts
from processes.registry import calendar, meters, stock, subscribers
from processes.registry.tables import Act, AdditionalMeterConfirmation, Meter, StockMovement
from tests.support.books import NOW, add_case, add_person, add_subscriber

OPERATIONS = installed()
LOT = stock.Lot(15, "Alfasu (Elektromed)", "mechanical")
CODE = "1000000001"

ACT = {
    "meter_make": LOT.make,
    "meter_type": LOT.type,
    "meter_number": "AZ-100",
    "diameter": 15,
    "seal_numbers": ["P1", "P2"],
    "initial_reading": Decimal("0"),
    "verified_on": "2026-01-10",
    "next_verification_on": "2030-01-10",
    "installation_place": "Mətbəx",
    "pipe_diameter": 20,
    "signed_by": "subscriber",
    "photos": [],
    "copy_given_on": "2026-11-23",
    "copy_given_how": "in_person",
}
REFUSAL = {
    "refusal_ground": "line_unsuitable",
    "legal_ground": "water_rules_line",
    "answer_text": "Su xətti yararsızdır.",
}


class World:
    """
    A registered case of one office, its people, and calls on its behalf.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.citizen = add_person(connection, "Əliyeva", patronymic="Rauf qızı", email="leyla@example.az")
        self.fitter = self.worker("Quliyev", "fitter")
        self.other_fitter = self.worker("Həsənov", "fitter")
        self.dispatcher = self.worker("Məmmədova", "dispatcher")
        self.head = self.worker("Vəliyev", "head")
        add_subscriber(connection, CODE)
        self.case_id = add_case(connection, self.citizen)
        stock.count(connection, "baku_center", LOT, 2, now=NOW)
        self.facts = CaseFacts(
            self.case_id,
            "483177209155",
            "meter_installation",
            "baku_center",
            self.citizen,
            "az",
            NOW,
            NOW + timedelta(days=21),
            {},
        )

    def worker(self, surname: str, role: str) -> int:
        person = add_person(self.connection, surname, position="Usta", email=f"{role}@example.az")
        self.connection.execute(insert(Membership).values(person_id=person, role=role, unit="baku_center"))
        return person

    def call(self, *, by: int | None = None, now: datetime = NOW, data: Any = None, **answers: Any) -> Call:
        given = {"subscriber_code": CODE, "executors": [self.fitter], "reason": "new_meter", **answers}
        actor = Actor(by, "", frozenset()) if by else None
        return Call(self.connection, now, self.facts, actor, given, data or {}, "element", "0" * 32)

    def look(self, **answers: Any) -> Look:
        given = {"subscriber_code": CODE, "executors": [self.fitter], **answers}
        return Look(self.connection, NOW, self.facts, None, given, {})

    def count(self, table: Any) -> int:
        return self.connection.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def world(connection: Connection) -> World:
    """
    Give a case with its people.
    """
    return World(connection)


def said(refused: AnswersRefused) -> dict[str, str]:
    """
    Return field -> sentence with its values.
    """
    return {error.key: fill(error.params["text"], error.params) for error in refused.errors}


def run(name: str, call: Call, **parameters: Any) -> Any:
    return OPERATIONS.steps[name](call, **parameters)


# -- the register is asked


def test_a_known_code_tells_no_name(world: World) -> None:
    assert run("look_up_subscriber", world.call(), subscriber_code=CODE) == {
        "known": True,
        "active_meter": False,
        "household": True,
        "district": "Nəsimi",
    }


def test_an_unknown_code_and_somebody_elses_are_alike(world: World) -> None:
    add_subscriber(world.connection, "2222", fin="5ABC123")
    answers = [run("look_up_subscriber", world.call(), subscriber_code=code) for code in ("2222", "3333")]
    assert answers[0] == answers[1]
    assert answers[0]["known"] is False


def test_the_eleventh_code_of_a_day_is_refused(world: World) -> None:
    for code in range(10):
        run("look_up_subscriber", world.call(), subscriber_code=f"900{code}")
    run("look_up_subscriber", world.call(), subscriber_code="9000")
    with pytest.raises(AnswersRefused) as refused:
        run("look_up_subscriber", world.call(), subscriber_code=CODE)
    assert set(said(refused.value)) == {"subscriber_code"}
    tomorrow = world.call(now=NOW + timedelta(days=1))
    assert run("look_up_subscriber", tomorrow, subscriber_code=CODE)["known"]


def test_the_wish_for_an_additional_meter_is_kept(world: World) -> None:
    run("note_additional_meter", world.call(by=world.citizen))
    row = world.connection.execute(select(AdditionalMeterConfirmation.__table__)).one()
    assert (row.case_id, row.person_id, row.subscriber_code, row.at, row.release_id) == (
        world.case_id,
        world.citizen,
        CODE,
        NOW,
        "r",
    )
    assert "Əlavə sayğac" in row.text


# -- registration and routing


def test_registering_gives_a_number_and_makes_the_case_findable(world: World) -> None:
    world.facts = replace(world.facts, number=None)
    call = world.call(telephone="+994501234567")
    run("register_case", call)
    assert call.number is not None
    assert call.facets == {
        "district": "Nəsimi",
        "reason": "Su sayğacının ilk dəfə quraşdırılması",
        "address": "Bakı, Nizami küçəsi 10",
        "subscriber": "Əliyeva Leyla",
    }
    assert {call.number, CODE, "0501234567", "+994501234567", "Əliyeva Rəşad Rauf qızı"} < set(call.terms)


def test_forwarding_sets_office_and_term(world: World) -> None:
    call = world.call()
    term = run("forward_to_office", call, office="sumqayit", term_days=Decimal(15))
    assert term == {"end": "2026-12-14T18:00:00+04:00", "days": 15}
    assert (call.unit, call.due_at) == ("sumqayit", datetime(2026, 12, 14, 14, tzinfo=UTC))


def test_an_office_that_is_not_there_stops_the_case(world: World) -> None:
    with pytest.raises(ValueError, match="atlantis"):
        run("forward_to_office", world.call(), office="atlantis", term_days=15)


def test_the_letter_of_registration_goes_with_the_receipt(world: World) -> None:
    call = world.call(data={"term_days": 15})
    run("notify", call, letter="registered")
    row = world.connection.execute(select(Document.__table__)).one()
    assert (row.kind, row.number, row.file_id) == ("receipt", None, None)
    assert [(job.kind, job.lane, job.payload) for job in call.jobs] == [
        ("render_document", "document", {"document_id": row.id, "letter": "registered"})
    ]
    receipt = papers.thaw(row.kind, row.facts)
    assert (receipt.term_days, receipt.due_at, receipt.office) == (15, world.facts.due_at, "Mərkəz Sukanal İdarəsi")


@pytest.mark.parametrize(("fin", "address"), [(None, "Nəsimi"), ("5ABC123", "Bakı, Nizami küçəsi 10")])
@pytest.mark.parametrize(
    ("operation", "parameters", "answers"),
    [("notify", {"letter": "registered"}, {}), ("issue_refusal", {}, REFUSAL)],
    ids=["receipt", "refusal"],
)
def test_who_merely_knows_a_code_does_not_learn_its_address(
    world: World,
    operation: str,
    parameters: dict[str, str],
    answers: dict[str, str],
    fin: str | None,
    address: str,
) -> None:
    add_subscriber(world.connection, "5555", fin=fin)
    run(operation, world.call(by=world.head, subscriber_code="5555", **answers), **parameters)
    assert world.connection.scalar(select(Document.facts))["address"] == address


def test_other_letters_are_sent_without_paper(world: World) -> None:
    call = world.call()
    run("notify", call, letter="visit_planned")
    assert [(job.kind, job.lane, job.payload["letter"]) for job in call.jobs] == [
        ("send_letter", "mail", "visit_planned")
    ]
    assert world.count(Document) == 0


def test_a_reminder_goes_to_each_person_of_the_roles_once(world: World) -> None:
    world.connection.execute(insert(Membership).values(person_id=world.head, role="dispatcher", unit="baku_center"))
    call = world.call()
    run("remind", call, letter="assignment_late", roles="dispatcher, head")
    assert sorted(job.payload["person_id"] for job in call.jobs) == sorted([world.dispatcher, world.head])
    assert len({job.key for job in call.jobs}) == len({job.payload["message"] for job in call.jobs}) == 2


# -- terms


def test_an_extension_gives_thirty_working_days_from_registration(world: World) -> None:
    call = world.call()
    term = run("extend_term", call, expected_date="2026-12-01")
    assert call.due_at == calendar.after(world.connection, NOW, 30)
    assert datetime.fromisoformat(term["end"]) == call.due_at


def test_an_extension_never_shortens_the_term(world: World) -> None:
    late = NOW + timedelta(days=200)
    world.facts = replace(world.facts, due_at=late)
    assert datetime.fromisoformat(run("extend_term", world.call(), expected_date="2026-12-01")["end"]) == late


def test_waiting_past_the_longest_term_is_refused(world: World) -> None:
    with pytest.raises(AnswersRefused) as refused:
        run("extend_term", world.call(), expected_date="2027-03-01")
    assert "07.01.2027" in said(refused.value)["expected_date"]


@pytest.mark.parametrize(("seconds", "late"), [(-1, False), (0, True), (1, True)])
def test_the_term_is_over_at_its_end(world: World, seconds: int, late: bool) -> None:
    found = run("check_term", world.call(now=world.facts.due_at + timedelta(seconds=seconds)))
    assert found["late"] is late
    assert datetime.fromisoformat(found["until"]) == world.facts.due_at


def test_working_days_are_added_in_expressions(world: World) -> None:
    end = OPERATIONS.functions["add working days"](world.look(), NOW, Decimal(3))
    assert end.isoformat() == "2026-11-26T18:00:00+04:00"


# -- the act


def test_booking_an_installation_changes_all_books_together(world: World) -> None:
    call = world.call(by=world.fitter, **ACT)
    run("book_installation", call)
    act = world.connection.execute(select(Act.__table__)).one()
    meter = world.connection.execute(select(Meter.__table__)).one()
    moved = world.connection.execute(select(StockMovement.__table__).where(StockMovement.kind == "installation")).one()
    document = world.connection.execute(select(Document.__table__)).one()
    assert (act.number, act.kind, act.made_by) == ("MRK-2026-000001", "installation", world.fitter)
    assert (meter.id, meter.state, meter.subscriber_code) == (act.meter_id, "active", CODE)
    assert (moved.act_id, moved.quantity) == (act.id, -1)
    assert (document.id, document.number, document.kind) == (act.document_id, act.number, "act")
    assert stock.by_diameter(world.connection, "baku_center") == {15: 1}
    assert meters.used_seals(world.connection, ["P1", "P2", "P3"]) == ("P1", "P2")
    assert subscribers.find(world.connection, CODE).has_active_meter
    assert [job.payload["document_id"] for job in call.jobs] == [document.id]


def test_the_act_freezes_what_was_signed(world: World) -> None:
    photo = {"id": "f" * 32, "name": "Əə.jpg", "type": "image/jpeg", "size": 3}
    file = {**photo, "sha256": "ab" * 32, "stored_at": NOW}
    world.connection.execute(insert(File).values(**file))
    answers = {
        **ACT,
        "signed_by": "refused",
        "second_specialist": world.head,
        "initial_reading": Decimal("12.345"),
        "old_meter_removed": True,
        "old_meter_number": "OLD-1",
        "old_meter_reading": Decimal("999.5"),
        "old_meter_reason": "Nasazdır",
        "photos": [photo],
    }
    both = [world.fitter, world.other_fitter]
    run("book_installation", world.call(by=world.other_fitter, executors=both, **answers))
    frozen = world.connection.scalar(select(Document.facts))
    act = papers.thaw("act", frozen)
    assert isinstance(act, ActFacts)
    assert papers.freeze(act) == frozen
    assert act.meter.initial_reading == Decimal("12.345")
    assert act.removed_meter.last_reading == Decimal("999.5")
    assert act.signing.second_specialist.name == "Rəşad Vəliyev"
    assert {each.name for each in act.executors} == {"Rəşad Quliyev", "Rəşad Həsənov"}
    assert act.photographs[0].fingerprint == "ab" * 32
    assert act.executors[0].name == "Rəşad Quliyev"


def test_the_old_meter_is_taken_out_of_the_register(world: World) -> None:
    old = meters.NewMeter("OLD-1", "Teksan", "mechanical", 15, CODE, date(2015, 1, 1), None, None, ("S1",))
    meters.activate(world.connection, old)
    answers = {**ACT, "old_meter_removed": True, "old_meter_number": "OLD-1", "old_meter_reading": Decimal(1)}
    run("book_installation", world.call(by=world.fitter, **answers))
    assert meters.holder(world.connection, "OLD-1") is None
    assert meters.holder(world.connection, "AZ-100") == CODE


def taken_elsewhere(world: World) -> None:
    add_subscriber(world.connection, "7777")
    other = meters.NewMeter("AZ-100", "Teksan", "smart", 15, "7777", date(2020, 1, 1), None, None, ("P2",))
    meters.activate(world.connection, other)


def active_here(world: World) -> None:
    here = meters.NewMeter("AZ-100", "Teksan", "smart", 15, CODE, date(2020, 1, 1), None, None, ("S2",))
    meters.activate(world.connection, here)


def nothing(_: World) -> None:
    return None


@pytest.mark.parametrize(
    ("prepare", "changed", "fields"),
    [
        (taken_elsewhere, {}, {"meter_number": "başqa abonentdə", "seal_numbers": "P2"}),
        (active_here, {}, {"meter_number": "bu abonentdə artıq"}),
        (
            taken_elsewhere,
            {
                "meter_number": "AZ-1",
                "seal_numbers": ["P9"],
                "old_meter_removed": True,
                "old_meter_number": "AZ-100",
            },
            {"old_meter_number": "başqa abonentdə"},
        ),
        (nothing, {"verified_on": "2026-11-24"}, {"verified_on": "gec ola bilməz"}),
        (nothing, {"next_verification_on": "2026-11-23"}, {"next_verification_on": "bitib"}),
        (nothing, {"copy_given_on": "2026-11-24"}, {"copy_given_on": "23.11.2026"}),
        (nothing, {"copy_given_on": "2026-11-22"}, {"copy_given_on": "23.11.2026"}),
        (nothing, {"diameter": 20}, {"diameter": "Anbarda olan: Alfasu (Elektromed), mexaniki, DN 15 (2)"}),
        (nothing, {"meter_type": "smart"}, {"diameter": "ağıllı"}),
    ],
)
def test_what_the_books_refuse_is_said_at_the_field(
    world: World, prepare: Callable[[World], None], changed: dict[str, Any], fields: dict[str, str]
) -> None:
    prepare(world)
    with pytest.raises(AnswersRefused) as refused:
        run("book_installation", world.call(by=world.fitter, **{**ACT, **changed}))
    assert set(said(refused.value)) == set(fields)
    for key, words in fields.items():
        assert words in said(refused.value)[key]
    assert world.count(Act) == 0


@pytest.mark.parametrize("who", ["fitter", "other_fitter"])
def test_the_second_specialist_is_no_executor(world: World, who: str) -> None:
    answers = {**ACT, "signed_by": "refused", "second_specialist": getattr(world, who)}
    with pytest.raises(AnswersRefused) as refused:
        both = [world.fitter, world.other_fitter]
        run("book_installation", world.call(by=world.other_fitter, executors=both, **answers))
    assert set(said(refused.value)) == {"second_specialist"}


def test_who_did_the_work_in_place_of_those_assigned_is_the_only_executor(world: World) -> None:
    run("book_installation", world.call(by=world.other_fitter, executors=[world.fitter], **ACT))
    act = papers.thaw("act", world.connection.scalar(select(Document.facts)))
    assert [each.name for each in act.executors] == ["Rəşad Həsənov"]


def test_an_empty_store_refuses_the_act(world: World) -> None:
    stock.count(world.connection, "baku_center", LOT, 0, now=NOW)
    with pytest.raises(AnswersRefused) as refused:
        run("book_installation", world.call(by=world.fitter, **ACT))
    assert said(refused.value)["diameter"] == "İdarənin anbarında heç bir sayğac yoxdur"


def test_registering_an_existing_meter_leaves_the_stock(world: World) -> None:
    call = world.call(by=world.fitter, **{**ACT, "diameter": 40})
    run("book_registration", call)
    act = world.connection.execute(select(Act.__table__)).one()
    assert (act.kind, act.number) == ("registration", "MRK-2026-000001")
    assert world.connection.scalar(select(Document.kind)) == "registration"
    assert stock.by_diameter(world.connection, "baku_center") == {15: 2}
    assert subscribers.find(world.connection, CODE).has_active_meter


def test_registering_a_number_that_is_taken_is_refused(world: World) -> None:
    taken_elsewhere(world)
    with pytest.raises(AnswersRefused) as refused:
        run("book_registration", world.call(by=world.fitter, **ACT))
    assert set(said(refused.value)) == {"meter_number", "seal_numbers"}


# -- refusal


@pytest.mark.parametrize(("language", "ground"), [("az", "Abonentin su xətti"), ("ru", "Водопроводная линия")])
def test_a_refusal_is_frozen_in_the_applicants_language(world: World, language: str, ground: str) -> None:
    world.facts = replace(world.facts, language=language)
    call = world.call(by=world.head, **REFUSAL)
    run("issue_refusal", call)
    row = world.connection.execute(select(Document.__table__)).one()
    refusal = papers.thaw("refusal", row.facts)
    assert (row.number, row.language) == ("MRK-R-2026-000001", language)
    assert refusal.ground.startswith(ground)
    assert refusal.decided_by.name == "Rəşad Vəliyev"
    assert refusal.recipient == "Əliyeva Rəşad Rauf qızı"
    assert call.jobs[0].payload == {"document_id": row.id, "letter": "refused"}


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"refusal_ground": "line_unsuitable", "refusal_note": "Boru çürüyüb."}, "müəyyən edildi: Boru çürüyüb."),
        ({"refusal_ground": "no_stock", "stock_note": "Gözlənilmir."}, "Gözlənilmir."),
        ({}, "Müraciətiniz icra edilmədi."),
    ],
)
def test_the_answer_starts_from_the_wording_of_its_ground(world: World, answers: dict[str, str], words: str) -> None:
    texts = OPERATIONS.sources["refusal_texts"](world.look(**answers))
    assert words in texts[""] == OPERATIONS.sources["refusal_text"](world.look(**answers))
    assert "giriş təmin edilmədiyi" in texts["water_rules_access"]
    for text in texts.values():
        assert "4831-7720-9155" in text
        assert "{" not in text


# -- choices


def test_fitters_are_named_with_their_load(world: World) -> None:
    assert OPERATIONS.sources["fitters"](world.look()) == [
        {"value": world.other_fitter, "label": "Rəşad Həsənov", "hint": "0 açıq tapşırıq"},
        {"value": world.fitter, "label": "Rəşad Quliyev", "hint": "0 açıq tapşırıq"},
    ]


def test_second_specialists_are_the_others(world: World) -> None:
    found = {option["value"] for option in OPERATIONS.sources["second_specialists"](world.look())}
    assert found == {world.other_fitter, world.dispatcher, world.head}


def test_the_store_is_shown_by_diameter(world: World) -> None:
    stock.count(world.connection, "baku_center", replace(LOT, diameter=20), 0, now=NOW)
    assert [row["quantity"] for row in OPERATIONS.sources["stock_by_diameter"](world.look())] == [2, 0]
    assert OPERATIONS.sources["diameters_in_stock"](world.look()) == [{"value": 15, "label": "15 mm"}]


@pytest.mark.parametrize("language", ["az", "ru", "en"])
@pytest.mark.parametrize("name", sorted(OPERATIONS.sources))
def test_every_source_answers_in_every_language(world: World, name: str, language: str) -> None:
    assert OPERATIONS.sources[name](replace(world.look(), language=language))
