from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from engine.tables import Membership, Task, TaskCandidate
from processes.registry import acts, lists, meters, offices, shipped, stock, subscribers, tables
from tests.support.books import NOW, add_case, add_person, add_subscriber

LOT = stock.Lot(15, "Alfasu (Elektromed)", "mechanical")


def new_meter(number: str = "M1", code: str = "1000000001", seals: tuple[str, ...] = ("P1",)) -> meters.NewMeter:
    return meters.NewMeter(number, LOT.make, LOT.type, 15, code, date(2026, 11, 23), None, None, seals)


def test_filling_twice_changes_nothing_that_staff_changed(connection: Connection) -> None:
    other = lists.entry(connection, "reasons", "other")
    lists.save(
        connection, "reasons", lists.Entry("other", {**other.texts, "az": "Başqa"}, other.position, active=False)
    )
    shipped.fill_empty(connection)
    assert lists.entry(connection, "reasons", "other").texts["az"] == "Başqa"
    assert "other" not in {option["value"] for option in lists.options(connection, "reasons", "az")}


@pytest.mark.parametrize("name", lists.WORDED)
@pytest.mark.parametrize("language", lists.LANGUAGES)
def test_every_shipped_entry_has_its_words(connection: Connection, name: str, language: str) -> None:
    found = lists.options(connection, name, language)
    assert found
    assert all(option["label"].strip() for option in found)


def test_every_refusal_ground_has_a_rule_of_law_and_an_answer(connection: Connection) -> None:
    rules = {rule.refusal_ground: rule for rule in lists.entries(connection, "legal_grounds")}
    assert set(rules) == {ground.code for ground in lists.entries(connection, "refusal_grounds")}
    assert all("{case_number}" in text for rule in rules.values() for text in rule.answers.values())


@pytest.mark.parametrize(
    "entry",
    [
        lists.Entry("Böyük", {"az": "a", "ru": "b", "en": "c"}, 1),
        lists.Entry("good", {"az": "a", "ru": " ", "en": "c"}, 1),
        lists.Entry("good", {"az": "a"}, 1),
    ],
)
def test_an_entry_without_code_or_words_is_refused(connection: Connection, entry: lists.Entry) -> None:
    with pytest.raises(ValueError, match="entry needs|code is made"):
        lists.save(connection, "reasons", entry)


def test_a_saved_entry_is_offered(connection: Connection) -> None:
    rule = lists.Entry(
        "new_rule",
        {"az": "Qayda", "ru": "Правило", "en": "Rule"},
        99,
        answers={"az": "Cavab"},
        refusal_ground="other",
    )
    lists.save(connection, "legal_grounds", rule)
    assert lists.entry(connection, "legal_grounds", "new_rule").answers == {"az": "Cavab", "ru": "", "en": ""}
    assert lists.options(connection, "legal_grounds", "en")[-1] == {"value": "new_rule", "label": "Rule"}


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("Nömrə: {case_number}.", "Nömrə: 4831."),
        ("{unknown} {case_number}", "{unknown} 4831"),
        ("{case_number.__class__} {0} {", "{case_number.__class__} {0} {"),
    ],
)
def test_only_known_places_of_a_template_are_filled(template: str, filled: str) -> None:
    assert lists.fill(template, {"case_number": "4831"}) == filled


def test_what_is_put_into_a_template_is_not_read_as_one() -> None:
    assert lists.fill("{a}", {"a": "{b}", "b": "x"}) == "{b}"


def test_makes_and_diameters_can_be_taken_off_the_lists(connection: Connection) -> None:
    lists.put_make(connection, "Yeni marka", 9)
    lists.put_make(connection, "Abşeron (Gəncə)", 2, active=False)
    lists.put_diameter(connection, 65)
    lists.put_diameter(connection, 200, active=False)
    assert lists.makes(connection) == ("Alfasu (Elektromed)", "Teksan (Metlab)", "Yeni marka")
    assert lists.diameters(connection) == (15, 20, 25, 32, 40, 50, 65, 80, 100, 150)


def test_a_subscriber_with_a_fin_is_known_to_that_person_only(connection: Connection) -> None:
    owner, other = add_person(connection, "Əliyev", fin="5ABC123"), add_person(connection, "Məmmədov", fin="6ABC123")
    nobody = add_person(connection, "Quliyev")
    add_subscriber(connection, "0001", fin="5ABC123")
    assert subscribers.find_for(connection, "0001", owner).has_owner
    assert subscribers.find_for(connection, "0001", other) is None
    assert subscribers.find_for(connection, "0001", nobody) is None
    assert subscribers.find_for(connection, "001", owner) is None


def test_a_subscriber_without_a_fin_is_known_to_everybody(connection: Connection) -> None:
    add_subscriber(connection, "0001")
    found = subscribers.find_for(connection, "0001", add_person(connection, "Əliyev"))
    assert (found.has_owner, found.has_active_meter) == (False, False)


def test_only_active_meters_count(connection: Connection) -> None:
    add_subscriber(connection, "1000000001")
    meters.activate(connection, new_meter())
    assert subscribers.find(connection, "1000000001").has_active_meter
    assert not meters.remove(connection, "M1", "other", date(2026, 11, 24))
    assert meters.remove(connection, "M1", "1000000001", date(2026, 11, 24))
    assert not subscribers.find(connection, "1000000001").has_active_meter


def test_the_limit_counts_different_codes_of_a_day(connection: Connection) -> None:
    person, other = add_person(connection, "Əliyev"), add_person(connection, "Quliyev")
    today, tomorrow = date(2026, 11, 23), date(2026, 11, 24)

    def asks(who: int, day: date, code: str) -> bool:
        return subscribers.note_look_up(connection, who, day, code, limit=2)

    assert [asks(person, today, code) for code in ("1", "2", "1", "3", "2")] == [True, True, True, False, True]
    assert asks(other, today, "3")
    assert asks(person, tomorrow, "3")


def test_a_number_is_unique_among_active_meters(connection: Connection) -> None:
    add_subscriber(connection, "1000000001")
    meters.activate(connection, new_meter())
    assert meters.holder(connection, "M1") == "1000000001"
    meters.remove(connection, "M1", "1000000001", date(2026, 11, 24))
    assert meters.holder(connection, "M1") is None
    meters.activate(connection, new_meter(seals=("P2",)))
    with pytest.raises(IntegrityError), connection.begin_nested():
        meters.activate(connection, new_meter(seals=("P3",)))


def test_a_seal_is_used_once_for_ever(connection: Connection) -> None:
    add_subscriber(connection, "1000000001")
    meters.activate(connection, new_meter())
    meters.remove(connection, "M1", "1000000001", date(2026, 11, 24))
    assert meters.used_seals(connection, ["P9", "P1"]) == ("P1",)
    with pytest.raises(IntegrityError), connection.begin_nested():
        meters.activate(connection, new_meter("M2"))


def test_the_ledger_adds_up_to_the_stock(connection: Connection) -> None:
    for quantity in (5, 5, 3):
        stock.count(connection, "baku_center", LOT, quantity, now=NOW)
    assert stock.take(connection, "baku_center", LOT, act_id=None, now=NOW)
    assert not stock.take(connection, "sumqayit", LOT, act_id=None, now=NOW)
    moved = connection.scalar(select(func.sum(tables.StockMovement.quantity)))
    rows = connection.scalar(select(func.count()).select_from(tables.StockMovement))
    assert (moved, rows) == (2, 3)
    assert stock.by_diameter(connection, "baku_center") == {15: 2}


def test_an_empty_store_gives_nothing(connection: Connection) -> None:
    stock.count(connection, "baku_center", LOT, 1, now=NOW)
    taken = [stock.take(connection, "baku_center", LOT, act_id=None, now=NOW) for _ in range(2)]
    assert taken == [True, False]
    assert stock.lines(connection, "baku_center") == ()
    assert stock.by_diameter(connection, "baku_center") == {15: 0}


def test_acts_are_numbered_by_office_series_and_year(connection: Connection) -> None:
    asked = [
        ("baku_center", "act", 2026),
        ("baku_center", "act", 2026),
        ("sumqayit", "act", 2026),
        ("baku_center", "refusal", 2026),
        ("baku_center", "act", 2027),
    ]
    assert [acts.next_number(connection, *each) for each in asked] == [
        "MRK-2026-000001",
        "MRK-2026-000002",
        "SUM-2026-000001",
        "MRK-R-2026-000001",
        "MRK-2027-000001",
    ]


def test_workers_are_those_of_the_office_with_their_load(connection: Connection) -> None:
    rows = [("Quliyev", "sumqayit"), ("Əliyev", "baku_center"), ("Bayramov", "*"), ("Vəliyev", "baku_center")]
    ids = {}
    for surname, unit in rows:
        ids[surname] = add_person(connection, surname, position="Usta", active=surname != "Vəliyev")
        connection.execute(insert(Membership).values(person_id=ids[surname], role="fitter", unit=unit))
    case = add_case(connection, ids["Quliyev"])
    task = {"case_id": case, "element": "e", "role": "fitter", "unit": "baku_center", "opened_at": NOW, "due_at": NOW}
    states = [("open", ids["Əliyev"]), ("open", None), ("done", ids["Əliyev"])]
    for at, (state, holder) in enumerate(states):
        connection.execute(insert(Task).values(id=f"{at:032x}", state=state, claimed_by=holder, **task))
        connection.execute(insert(TaskCandidate).values(task_id=f"{at:032x}", person_id=ids["Bayramov"]))
    found = offices.workers(connection, "baku_center", ("fitter", "head"))
    assert [(each.name, each.load) for each in found] == [("Rəşad Bayramov", 1), ("Rəşad Əliyev", 1)]


def test_office_names_are_in_the_readers_language(connection: Connection) -> None:
    assert offices.office(connection, "sumqayit", "en").name == "Sumgayit Water Office"
    assert offices.office(connection, "nowhere") is None
    assert set(offices.names(connection, "ru")) == {
        "absheron",
        "baku_business",
        "baku_center",
        "baku_east",
        "baku_west",
        "sumqayit",
    }
