"""
Interventions page by page: chosen, filled in, looked at, and only then done; nothing typed is lost on the way.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import update

from engine.audit import broken
from engine.deeds import Deed
from engine.interventions import (
    EVENTS,
    KINDS,
    ChangeDue,
    Correct,
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
from engine.reading.readings import disclose
from engine.tables import Audit, Case, File, Incident, Submission, Task
from tests.support.installation import posts
from tests.support.site import Browser, Site
from tests.web.office import Office, open_office
from web import names

REASON = "Abonentin zəngi əsasında"
SLUGS = ("dayandir", "duzelis", "muddet", "otur", "adindan", "kecir", "xitam")


@pytest.fixture
def office(here: Site) -> Office:
    """
    Open an office whose case waits at `decide`.
    """
    return open_office(here)


@pytest.fixture
def operator(office: Office) -> Browser:
    """
    Log the operator in.
    """
    return office.browser("operator")


def _base(office: Office, slug: str) -> str:
    return f"{office.case}/mudaxile/{slug}"


def _post(browser: Browser, office: Office, slug: str, step: str, **fields: Any) -> Any:
    sent = {"by.step": step, "by.reason": REASON, **{key.replace("__", "."): text for key, text in fields.items()}}
    return browser.post(_base(office, slug), sent)


def _confirm(browser: Browser, office: Office, slug: str) -> Any:
    """Press the button that does it, with everything that the page holds."""
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', browser.text))
    return browser.post(_base(office, slug), {**hidden, "by.step": "confirm"})


def _case(office: Office) -> Case:
    return office.site.installation.rows(Case)[0]


def _disclose(browser: Browser, office: Office) -> None:
    browser.get(office.case)
    browser.post(f"{office.case}/goster", {"reason": "Abonent zəng edib, soruşur"})


def test_the_case_leads_the_operator_to_what_can_be_done(office: Office, operator: Browser) -> None:
    operator.get(office.case)
    assert f"{office.case}/mudaxile" in operator.text
    operator.get(f"{office.case}/mudaxile")
    for words in ("Müraciəti dayandır", "Cavabı düzəlt", "Tapşırığı ötür", "Müraciətə xitam ver"):
        assert words in operator.words
    assert "Müraciəti davam etdir" not in operator.words
    head = office.browser("head")
    head.get(f"{office.case}/mudaxile")
    assert "Müddəti dəyiş" in head.words and "Müraciəti dayandır" not in head.words
    dispatcher = office.browser("dispatcher")
    dispatcher.get(office.case)
    assert "mudaxile" not in dispatcher.text


def test_a_case_is_suspended_and_everybody_is_told_and_it_goes_on_again(office: Office, operator: Browser) -> None:
    operator.get(_base(office, "dayandir"))
    _post(operator, office, "dayandir", "preview")
    assert "Nə olacaq: Müraciəti dayandır" in operator.words and REASON in operator.words
    assert _case(office).suspended_at is None
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', operator.text))
    for _ in range(2):
        operator.post(_base(office, "dayandir"), {**hidden, "by.step": "confirm"})
    assert [row.event for row in office.site.installation.rows(Audit)].count("suspended") == 1
    assert operator.url == office.case
    assert "Müdaxilə yerinə yetirildi" in operator.words and REASON in operator.words
    assert _case(office).suspended_at is not None

    citizen = office.browser("citizen")
    citizen.get(f"/muraciet/{office.number}")
    assert "müvəqqəti dayandırılıb" in citizen.words
    dispatcher = office.browser("dispatcher")
    dispatcher.get(f"/tapsiriq/{office.task}")
    assert "müvəqqəti dayandırılıb" in dispatcher.words and "Saxla və sonra davam et" in dispatcher.words
    page = dispatcher.send(decision="wait", letter="Gözləyin")
    assert page.status_code == 409 and "Gözləyin" in dispatcher.words

    operator.get(_base(office, "davam"))
    _post(operator, office, "davam", "preview")
    _confirm(operator, office, "davam")
    assert _case(office).suspended_at is None
    dispatcher.get(f"/tapsiriq/{office.task}")
    assert dispatcher.send(decision="wait").status_code == 200


def test_a_reason_is_demanded_and_nothing_typed_is_lost(office: Office, operator: Browser) -> None:
    operator.get(_base(office, "xitam"))
    page = _post(operator, office, "xitam", "preview", by__reason="qısa", by__explanation="Ünvan tapılmadı, təəssüf.")
    assert page.status_code == 422
    assert "Səbəbi yazın" in operator.words
    assert "Ünvan tapılmadı, təəssüf." in operator.text and "qısa" in operator.text
    assert _post(operator, office, "xitam", "confirm", by__reason="").status_code == 422
    assert _case(office).closed_at is None
    _post(operator, office, "xitam", "preview", by__explanation="Ünvan tapılmadı, təəssüf.")
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', operator.text))
    operator.post(_base(office, "xitam"), {**hidden, "by.step": "back"})
    assert "Ünvan tapılmadı, təəssüf." in operator.text and REASON in operator.text
    operator.post(_base(office, "xitam"), {**hidden, "form.language": "ru"})
    assert 'lang="ru"' in operator.text and "Ünvan tapılmadı, təəssüf." in operator.text


def test_an_ended_case_tells_the_applicant_why(office: Office, operator: Browser) -> None:
    operator.get(_base(office, "xitam"))
    _post(operator, office, "xitam", "preview", by__explanation="Ünvan tapılmadı, təəssüf.")
    assert "Müraciətə xitam verildi" in operator.words and "Ünvan tapılmadı, təəssüf." in operator.words
    _confirm(operator, office, "xitam")
    citizen = office.browser("citizen")
    citizen.get(f"/muraciet/{office.number}")
    assert "Müraciətə xitam verildi" in citizen.words and "Ünvan tapılmadı, təəssüf." in citizen.words
    operator.get(f"{office.case}/mudaxile")
    assert "yekunlaşıb" in operator.words
    assert operator.get(_base(office, "dayandir")).status_code == 409


def test_answers_are_put_right_only_where_they_may_be_read(office: Office, operator: Browser) -> None:
    operator.get(f"{_base(office, 'duzelis')}?secim=apply")
    assert "gizlədilib" in operator.words and "a@example.com" not in operator.text
    _disclose(operator, office)
    operator.get(f"{_base(office, 'duzelis')}?secim=apply")
    assert "a@example.com" in operator.text
    wrong = {"by__choice": "apply", "by__answered": "1", "reason": "new", "email": "yox", "notes": ""}
    assert _post(operator, office, "duzelis", "preview", **wrong).status_code == 422
    assert 'value="yox"' in operator.text
    _post(operator, office, "duzelis", "preview", **{**wrong, "email": "b@example.com"})
    assert "a@example.com" in operator.words and "b@example.com" in operator.words
    _confirm(operator, office, "duzelis")
    assert "a@example.com → b@example.com" in operator.words
    office.site.clock.advance(timedelta(hours=1))
    operator.get(office.case)
    assert "b@example.com" not in operator.text and "cavabları düzəldildi" in operator.words


def test_a_task_is_skipped_sent_back_and_done_for_somebody(office: Office, operator: Browser) -> None:
    operator.get(_base(office, "otur"))
    _post(operator, office, "otur", "preview", by__choice=office.task)
    assert "Bağlanacaq tapşırıqlar decide" in operator.words and "Açılacaq tapşırıqlar record" in operator.words
    _confirm(operator, office, "otur")
    assert "«decide» ötürüldü" in operator.words

    head = office.browser("head")
    token = office.site.open_task("record").rsplit("/", 1)[1]
    head.get(_base(office, "geri"))
    _post(head, office, "geri", "preview", by__choice=f"{token}:decide")
    assert "Qeydiyyata alındı" in head.words
    _confirm(head, office, "geri")
    assert "«decide» addımına geri qaytarıldı" in head.words and "record → decide" in head.words

    _disclose(operator, office)
    operator.get(_base(office, "adindan"))
    task = office.site.open_task("decide").rsplit("/", 1)[1]
    person = str(office.site.people["dispatcher"].person_id)
    sent = {"by__choice": task, "by__answered": "1", "by__person": person, "decision": "wait"}
    _post(operator, office, "adindan", "preview", **sent)
    _confirm(operator, office, "adindan")
    assert "«decide» başqasının adından icra edildi: Sınaqlı dispatcher" in operator.words


def test_a_due_date_is_changed_to_a_day_to_come(office: Office, operator: Browser) -> None:
    operator.get(f"{_base(office, 'muddet')}?secim=muddet")
    for day, status in (("32.12.2026", 422), ("01.01.2020", 409), ("", 422)):
        assert _post(operator, office, "muddet", "preview", by__choice="muddet", by__day=day).status_code == status
    _post(operator, office, "muddet", "preview", by__choice="muddet", by__day="20.12.2026")
    assert "14.12.2026 → 20.12.2026" in operator.words
    _confirm(operator, office, "muddet")
    due = _case(office).due_at
    assert due is not None and due.day == 20
    assert {row.due_at for row in office.site.installation.rows(Task) if row.state == "open"} == {due}


def test_what_changed_while_it_was_read_is_shown_anew(office: Office, operator: Browser) -> None:
    operator.get(_base(office, "dayandir"))
    _post(operator, office, "dayandir", "preview")
    kept = operator.text
    dispatcher = office.browser("dispatcher")
    dispatcher.get(f"/tapsiriq/{office.task}")
    dispatcher.send(decision="wait")
    assert _confirm(operator, office, "dayandir").status_code == 409
    assert "bu arada dəyişib" in operator.words and kept != operator.text
    _confirm(operator, office, "dayandir")
    assert _case(office).suspended_at is not None


def test_the_pages_hold_to_the_rules_in_every_language(office: Office, operator: Browser) -> None:
    _disclose(operator, office)
    for at, slug in enumerate(("", *SLUGS, *SLUGS)):
        language = ("az", "ru", "en")[at % 3]
        assert operator.get(f"{office.case}/mudaxile/{slug}?dil={language}".replace("/?", "?")).status_code == 200
        assert f'lang="{language}"' in operator.text


def test_the_pages_are_for_those_whom_the_table_names(office: Office) -> None:
    for who in ("dispatcher", "elsewhere", "citizen"):
        browser = office.browser(who)
        for slug in ("dayandir", "xitam"):
            assert browser.get(_base(office, slug)).status_code in (403, 404)
        assert _post(browser, office, "dayandir", "confirm").status_code in (403, 404)
    assert _case(office).suspended_at is None


def test_a_case_whose_state_cannot_be_read_is_explained_and_can_still_be_ended(
    office: Office, operator: Browser
) -> None:
    with office.site.installation.database.step() as connection:
        connection.execute(update(Case).values(state=b"spoilt"))
    for slug in ("dayandir", "muddet", "kecir"):
        assert operator.get(_base(office, slug)).status_code == 409
        assert _post(operator, office, slug, "preview").status_code == 409
    assert "vəziyyəti oxunmur" in operator.words and "Müraciəti dayandır" not in operator.words
    (incident,) = office.site.installation.rows(Incident)
    for link in (f"/nasazliqlar/{incident.id}", f"/nasazliqlar/tekrar?id={incident.id}"):
        assert f'href="{link}"' in operator.text
        assert operator.get(link).status_code == 200
        operator.get(f"{office.case}/mudaxile?dil=az")
    assert operator.get(f"{office.case}/mudaxile?dil=en").status_code == 200
    assert "can't be read" in operator.words
    head = office.browser("head")
    head.get(f"{office.case}/mudaxile")
    assert "Operatorlar bunu" in head.words and "/nasazliqlar" not in head.text

    operator.get(f"{_base(office, 'xitam')}?dil=az")
    _post(operator, office, "xitam", "preview", by__explanation="Ünvan tapılmadı, təəssüf.")
    assert "onsuz yekunlaşır" in operator.words and "Həll olunmuş sayılacaq: 1 nasazlıq" in operator.words
    assert _confirm(operator, office, "xitam").status_code == 200
    assert _case(office).closed_at is not None
    assert office.browser("citizen").get(f"/muraciet/{office.number}").status_code == 200


def test_every_kind_of_intervention_stands_in_the_audit_and_on_the_pages(office: Office, operator: Browser) -> None:
    site, people = office.site, office.site.people
    installation = site.installation
    door = Interventions(installation.database, installation.releases, installation.operations, installation.ports)
    who, case_id, now = people["operator"], _case(office).id, site.clock.now()
    disclose(installation.database, case_id, who, REASON, now=now)

    def task(element: str) -> str:
        return site.open_task(element).rsplit("/", 1)[1]

    dispatcher = people["dispatcher"].person_id
    wishes: list[Callable[[], Intervention]] = [
        Suspend,
        Resume,
        lambda: Correct("apply", posts(reason="new", email="b@example.com")),
        lambda: ChangeDue(None, now + timedelta(days=40)),
        lambda: OnBehalf(task("decide"), dispatcher, posts(decision="wait")),
        lambda: SendBack(task("record"), "decide"),
        lambda: Skip(task("decide")),
        lambda: Move(task("record"), "decide"),
        lambda: End("Ünvan tapılmadı, təəssüf."),
    ]
    made = []
    for at, make in enumerate(wishes):
        wish = make()
        effect = door.preview(case_id, who, wish)
        reason = f"{REASON} {at}"
        door.do(case_id, who, wish, reason=reason, key=f"key {at}", revision=effect.revision)
        made.append((KINDS[type(wish)][1], reason))
    assert {event for event, _ in made} == EVENTS
    audited = {row.event: row for row in installation.rows(Audit)}
    done = {row.deed: row for row in installation.rows(Deed)}
    operator.get(office.case)
    history = operator.words
    operator.get("/emeller")
    for event, reason in made:
        assert (audited[event].actor_id, audited[event].detail["reason"]) == (who.person_id, reason)
        assert (done[event].person_id, done[event].reason) == (who.person_id, reason)
        assert {"before", "after"} <= audited[event].detail.keys()
        assert reason in history and reason in operator.words and str(names.DEEDS[event]) in operator.words
    assert broken(installation.rows(Audit)) == []


def test_files_are_given_on_behalf_and_kept_until_it_is_confirmed(office: Office, operator: Browser) -> None:
    _disclose(operator, office)
    operator.get(_base(office, "adindan"))
    assert 'type="file"' in operator.text
    person = str(office.site.people["dispatcher"].person_id)
    sent = {"by.step": "preview", "by.reason": REASON, "by.choice": office.task, "by.answered": "1"}
    sent |= {"by.person": person, "decision": "wait"}

    def with_file(name: str, content: bytes) -> Any:
        return operator.post(_base(office, "adindan"), {**sent, "photos": (io.BytesIO(content), name)})

    nothing = {"by.step": "preview", "by.choice": office.task, "by.answered": "1"}
    assert operator.post(_base(office, "adindan"), nothing).status_code == 422
    for mistake in ("Kimin adından icra edildiyini seçin", "Səbəbi yazın", 'href="#field-decision"'):
        assert mistake in operator.text
    assert with_file("a.gif", b"GIF89a").status_code == 422
    assert "a.gif" in operator.words and REASON in operator.text and "govuk-error-summary" in operator.text
    picture = io.BytesIO()
    Image.new("RGB", (4, 4)).save(picture, "PNG")
    assert with_file("ev.png", picture.getvalue()).status_code == 200
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', operator.text))
    operator.post(_base(office, "adindan"), {**hidden, "by.step": "back"})
    assert "ev.png" in operator.words
    operator.post(_base(office, "adindan"), {**hidden, "by.step": "confirm"})
    (file,) = office.site.installation.rows(File)
    (given,) = [row for row in office.site.installation.rows(Submission) if row.element == "decide"]
    assert file.case_id == _case(office).id and file.id in given.answers.decode()
    assert given.given_by == office.site.people["dispatcher"].person_id
    dispatcher = office.browser("dispatcher")
    dispatcher.get(office.case)
    assert "ev.png" in dispatcher.words
