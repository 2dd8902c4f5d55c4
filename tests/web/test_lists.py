"""
The lists that the staff edit: what is refused, who changed what, and who may.
"""

from __future__ import annotations

from datetime import date

import pytest

from processes.registry import calendar, shipped
from processes.registry.list_changes import ListChange
from processes.registry.tables import CalendarDay, LegalGround, Reason
from tests.support.site import Browser, Site
from tests.web.office import Office, open_office

PAGES = (
    "/siyahilar",
    "/siyahilar/teqvim",
    "/siyahilar/teqvim?il=2029",
    "/siyahilar/sebebler",
    "/siyahilar/imtina-esaslari",
    "/siyahilar/huquqi-esaslar",
    "/siyahilar/sebebler/yeni",
    "/siyahilar/huquqi-esaslar/yeni",
)
WORDS = {"text_az": "Yeni mənzil", "text_ru": "Новая квартира", "text_en": "New flat"}


@pytest.fixture
def office(here: Site) -> Office:
    """
    Open an office with the books of the first day.
    """
    with here.installation.database.step() as connection:
        shipped.fill_empty(connection)
    return open_office(here)


@pytest.fixture
def head(office: Office) -> Browser:
    """
    Log the head in.
    """
    return office.browser("head")


def _entry(**changes: str) -> dict[str, str]:
    return {"code": "new_flat", "new": "1", "seen": "0", "position": "3", "active": "1", **WORDS} | changes


def _reason(office: Office, code: str = "new_flat") -> tuple[str, bool] | None:
    rows = {row.code: (row.text_az, row.active) for row in office.site.installation.rows(Reason)}
    return rows.get(code)


def test_a_day_is_entered_with_who_and_when_and_taken_out_again(office: Office, head: Browser) -> None:
    head.get("/siyahilar/teqvim?il=2027")
    head.post("/siyahilar/teqvim", {"day": "5.7.2027", "kind": "holiday", "note": "Köçürülmüş gün", "il": "2027"})
    assert "Gün yadda saxlanıldı" in head.words
    (row,) = [row for row in office.site.installation.rows(CalendarDay) if row.day.isoformat() == "2027-07-05"]
    assert (row.kind, row.note, row.changed_by) == ("holiday", "Köçürülmüş gün", office.site.people["head"].person_id)
    assert "head Sınaqlı, 23.11.2026" in head.words

    head.post("/siyahilar/teqvim/sil", {"day": "2027-07-05"})
    assert "Gün siyahıdan çıxarıldı" in head.words
    with office.site.installation.database.read() as connection:
        assert date(2027, 7, 5) not in calendar.exceptions(connection)
    head.get("/siyahilar/teqvim?il=2027")
    assert "05.07.2027: «qeyri-iş günü, Köçürülmüş gün» → siyahıdan çıxarıldı" in head.words
    assert head.words.count("· head Sınaqlı") == 2
    head.get("/siyahilar/teqvim?il=2026")
    assert "05.07.2027" not in head.words


def test_a_day_that_is_there_is_changed(office: Office, head: Browser) -> None:
    head.get("/siyahilar/teqvim")
    for kind in ("holiday", "working"):
        head.post("/siyahilar/teqvim", {"day": "31.12.2026", "kind": kind, "note": kind})
    days = [row for row in office.site.installation.rows(CalendarDay) if row.day.isoformat() == "2026-12-31"]
    assert [(row.kind, row.note) for row in days] == [("working", "working")]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"day": ""}, "Tarixi gün.ay.il şəklində yazın"),
        ({"day": "31.02.2027"}, "Tarixi gün.ay.il şəklində yazın"),
        ({"day": "1.1.1999"}, "Tarixi gün.ay.il şəklində yazın"),
        ({"day": "٣.1.2027"}, "Tarixi gün.ay.il şəklində yazın"),
        ({"kind": ""}, "İş günü, yoxsa qeyri-iş günü olduğunu seçin"),
        ({"kind": "x"}, "İş günü, yoxsa qeyri-iş günü olduğunu seçin"),
        ({"note": "  "}, "Günün adını və ya səbəbini yazın"),
    ],
)
def test_a_wrong_day_comes_back_with_what_was_typed(
    office: Office, head: Browser, typed: dict[str, str], sentence: str
) -> None:
    before = len(office.site.installation.rows(CalendarDay))
    head.get("/siyahilar/teqvim")
    sent = {"day": "6.7.2027", "kind": "holiday", "note": "Bayram <b>", "il": "2027"} | typed
    assert head.post("/siyahilar/teqvim", sent).status_code == 422
    assert head.text.count(sentence) == 2
    assert "Səhv: İş günləri təqvimi 2027" in head.words
    if sent["note"].strip():
        assert "Bayram &lt;b&gt;" in head.text
    assert len(office.site.installation.rows(CalendarDay)) == before


@pytest.mark.parametrize("day", ["", "x", "2027-13-01"])
def test_only_a_real_day_can_be_taken_out(head: Browser, day: str) -> None:
    head.get("/siyahilar/teqvim")
    assert head.post("/siyahilar/teqvim/sil", {"day": day}).status_code == 400


def test_an_entry_is_added_changed_and_taken_out_of_use_with_its_story(office: Office, head: Browser) -> None:
    head.get("/siyahilar/sebebler/yeni")
    head.post("/siyahilar/sebebler", _entry())
    assert "Dəyişiklik yadda saxlanıldı" in head.words
    assert _reason(office) == ("Yeni mənzil", True)

    head.get("/siyahilar/sebebler/new_flat")
    changed = _entry(text_az="Yeni ev", seen=head.field("seen"))
    del changed["new"], changed["active"]
    head.post("/siyahilar/sebebler", changed)
    assert _reason(office) == ("Yeni ev", False)
    assert "head Sınaqlı" in head.words

    head.get("/siyahilar/sebebler/new_flat")
    assert "«Yeni mənzil» → «Yeni ev (×)»" in head.words
    person = office.site.people["head"].person_id
    assert [(row.list, row.code, row.by) for row in office.site.installation.rows(ListChange)] == [
        ("reasons", "new_flat", person)
    ] * 2


def test_saving_without_a_change_notes_none(office: Office, head: Browser) -> None:
    head.get("/siyahilar/sebebler/yeni")
    head.post("/siyahilar/sebebler", _entry())
    head.get("/siyahilar/sebebler/new_flat")
    same = _entry(seen=head.field("seen"))
    del same["new"]
    head.post("/siyahilar/sebebler", same)
    assert len(office.site.installation.rows(ListChange)) == 1


def test_what_a_colleague_changed_meanwhile_is_not_overwritten(office: Office, head: Browser) -> None:
    head.get("/siyahilar/sebebler/yeni")
    head.post("/siyahilar/sebebler", _entry())
    head.get("/siyahilar/sebebler/new_flat")
    old = head.field("seen")
    operator = office.browser("operator")
    operator.get("/siyahilar/sebebler/new_flat")
    theirs = _entry(text_az="Operatorun mətni", seen=operator.field("seen"))
    del theirs["new"]
    operator.post("/siyahilar/sebebler", theirs)

    mine = _entry(text_az="Rəisin mətni", seen=old)
    del mine["new"]
    assert head.post("/siyahilar/sebebler", mine).status_code == 422
    assert "bu arada başqa əməkdaş dəyişib" in head.words
    assert 'value="Rəisin mətni"' in head.text
    assert _reason(office) == ("Operatorun mətni", True)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"code": ""}, "Kodu kiçik latın hərfləri"),
        ({"code": "Yeni ev"}, "Kodu kiçik latın hərfləri"),
        ({"code": "x" * 90}, "Kodu kiçik latın hərfləri"),
        ({"text_ru": " "}, "Mətni yazın: Русский"),
        ({"text_az": "ə" * 301}, "Mətn ən çoxu 300 işarə ola bilər"),
    ],
)
def test_a_wrong_entry_comes_back_with_what_was_typed(
    office: Office, head: Browser, typed: dict[str, str], sentence: str
) -> None:
    head.get("/siyahilar/sebebler/yeni")
    assert head.post("/siyahilar/sebebler", _entry(**typed)).status_code == 422
    assert head.text.count(sentence) == 2
    assert 'value="New flat"' in head.text
    assert _reason(office) is None


def test_a_code_is_given_once(office: Office, head: Browser) -> None:
    head.get("/siyahilar/sebebler/yeni")
    head.post("/siyahilar/sebebler", _entry())
    head.get("/siyahilar/sebebler/yeni")
    assert head.post("/siyahilar/sebebler", _entry(text_az="Başqa")).status_code == 422
    assert "Bu kod artıq var" in head.words
    assert _reason(office) == ("Yeni mənzil", True)


def test_a_rule_of_law_needs_its_answer_in_every_language(office: Office, head: Browser) -> None:
    head.get("/siyahilar/huquqi-esaslar/yeni")
    answers = {f"answer_{language}": f"Cavab {language}" for language in ("az", "ru", "en")}
    assert head.post("/siyahilar/huquqi-esaslar", _entry(**answers | {"answer_ru": ""})).status_code == 422
    assert "Cavabın mətnini yazın: Русский" in head.words
    wrong = _entry(**answers, refusal_ground="nonsense")
    assert head.post("/siyahilar/huquqi-esaslar", wrong).status_code == 422
    assert "İmtina əsasını siyahıdan seçin" in head.words
    head.post("/siyahilar/huquqi-esaslar", _entry(**answers, refusal_ground="no_stock"))
    (row,) = [row for row in office.site.installation.rows(LegalGround) if row.code == "new_flat"]
    assert (row.answer_ru, row.refusal_ground) == ("Cavab ru", "no_stock")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("who", ["dispatcher", "analyst", "citizen", "stranger"])
def test_the_lists_are_for_heads_and_operators(office: Office, who: str, path: str) -> None:
    assert office.browser(who).get(path).status_code == 403


@pytest.mark.parametrize("who", ["dispatcher", "analyst", "citizen"])
def test_nobody_else_changes_a_list(office: Office, who: str) -> None:
    browser = office.browser(who)
    before = len(office.site.installation.rows(CalendarDay))
    assert browser.post("/siyahilar/sebebler", _entry()).status_code == 403
    day = {"day": "5.7.2027", "kind": "holiday", "note": "x"}
    assert browser.post("/siyahilar/teqvim", day).status_code == 403
    assert browser.post("/siyahilar/teqvim/sil", {"day": "2026-12-31"}).status_code == 403
    assert _reason(office) is None
    assert len(office.site.installation.rows(CalendarDay)) == before


@pytest.mark.parametrize("path", ["/siyahilar/x", "/siyahilar/x/yeni", "/siyahilar/sebebler/none", "/siyahilar/x/y"])
def test_an_unknown_list_or_entry_is_not_found(head: Browser, path: str) -> None:
    assert head.get(path).status_code == 404


@pytest.mark.parametrize("language", ["az", "ru", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_the_pages_hold_to_the_rules_in_every_language(head: Browser, path: str, language: str) -> None:
    head.get(f"{path}{'&' if '?' in path else '?'}dil={language}")
    assert f'lang="{language}"' in head.text


def test_another_language_keeps_an_entry_as_it_was_typed(office: Office, head: Browser) -> None:
    head.get("/siyahilar/sebebler/yeni")
    assert 'form="entry-form" name="form.language" value="ru"' in head.text
    before = office.site.installation.rows(ListChange)
    typed = {"new": "1", "seen": "0", "code": "half_done", "text_az": "Yarımçıq söz", "position": "3"}
    head.post("/siyahilar/sebebler", {**typed, "form.language": "ru"})
    assert '<html lang="ru"' in head.text and 'value="Yarımçıq söz"' in head.text and 'value="half_done"' in head.text
    assert office.site.installation.rows(ListChange) == before


def test_another_language_keeps_a_day_as_it_was_typed(office: Office, head: Browser) -> None:
    head.get("/siyahilar/teqvim?il=2027")
    typed = {"day": "5.7.2027", "kind": "working", "note": "Yarımçıq", "il": "2027"}
    head.post("/siyahilar/teqvim", {**typed, "form.language": "en"})
    assert '<html lang="en"' in head.text and 'value="Yarımçıq"' in head.text and 'value="5.7.2027"' in head.text
    with office.site.installation.database.read() as connection:
        assert date(2027, 7, 5) not in calendar.exceptions(connection)
