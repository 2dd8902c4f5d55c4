"""
The operator's pages and the demonstration's mailbox.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from engine import failures
from engine.deeds import Deed
from engine.jobs import Ledger, bulk, known
from engine.jobs.pulse import Pulse
from engine.lanes import LANES
from engine.mail import Attachment, FolderMailer, Message, Sender
from engine.tables import Case, FinishedJob, Incident, Job, Task
from tests.support.installation import Install
from tests.support.site import Browser, Site, operations, site
from tests.web.office import Office, open_office

PAGES = (
    "/nezaret",
    "/nasazliqlar",
    "/nasazliqlar?veziyyet=hell",
    "/nasazliqlar?kod=mail_refused&element=decide&gun=1&proses=small&idare=north&nov=mail",
    "/nasazliqlar/1",
    "/nasazliqlar/tekrar?id=1",
    "/nasazliqlar/1/catdirilib",
    "/isler",
    "/isler?veziyyet=isleyen&zolaq=mail",
    "/isler?veziyyet=dayanmis&kod=mail_refused",
    "/isler?veziyyet=saxlanmis",
    "/isler?veziyyet=bitmis",
    "/isler/legv?id=1&id=2",
    "/nezaret/muracietler",
    "/nezaret/muracietler?veziyyet=dayanmis&element=decide",
    "/nezaret/muracietler?veziyyet=bitmis",
    "/toplu-isler",
    "/emeller",
)
REASON = "server düzəldildi, sınaqdan keçdi"


@pytest.fixture
def office(here: Site) -> Office:
    """
    Open an office whose case has a dead job with its incident.
    """
    office = open_office(here)
    now = here.clock.now()
    with here.installation.database.step() as connection:
        case_id = here.installation.rows(Task)[-1].case_id
        job = {"lane": "mail", "kind": "send_letter", "payload": {}, "case_id": case_id, "key": "k", "state": "dead"}
        made = insert(Job).values(**job, created_at=now, run_at=now, attempt=7, error="550 5.1.1")
        key = connection.execute(made.returning(Job.id)).scalar_one()
        incident = {"case_id": case_id, "job_id": key, "element": "decide", "code": "mail_refused"}
        connection.execute(
            insert(Incident).values(**incident, message="The server refused it.", opened_at=now, kind="mail")
        )
        told = [("mail_deferred", "451 later"), ("mail_refused", "550 5.1.1")]
        failures.note(
            connection,
            [
                {"job_id": key, "attempt": n, "at": now, "code": code, "message": said}
                for n, (code, said) in enumerate(told)
            ],
        )
    return office


@pytest.fixture
def operator(office: Office) -> Browser:
    """
    Log the operator in.
    """
    return office.browser("operator")


def test_an_incident_says_what_stopped_where_and_how_often_it_was_tried(office: Office, operator: Browser) -> None:
    operator.get("/nasazliqlar")
    for shown in ("Məktub rədd edildi", office.number, "decide", "Cəhdlər: 7"):
        assert shown in operator.words
    for secret in ("citizen", "a@example.com", "Zərdabi"):
        assert secret not in operator.words
    operator.get("/nasazliqlar/1")
    for shown in ("ünvan, çox güman ki, səhvdir", "The server refused it.", "mail_refused", "451 later", "550 5.1.1"):
        assert shown in operator.words


def test_a_retry_wants_a_reason_makes_the_job_ready_and_settles_the_incident(office: Office, operator: Browser) -> None:
    operator.get("/nasazliqlar/tekrar?id=1")
    assert "Dayanmış iş dərhal yenidən yerinə yetirilir" in operator.words
    assert operator.post("/nasazliqlar/tekrar", {"id": "1", "reason": "bəli"}).status_code == 422
    assert "bəli" in operator.text and _state(office) == "dead"
    operator.post("/nasazliqlar/tekrar", {"id": "1", "reason": REASON})
    assert "Yenidən başladıldı" in operator.words and REASON in operator.words
    assert _state(office) == "ready"
    operator.get("/nasazliqlar?veziyyet=hell")
    assert "operator" in operator.words
    operator.get(office.case)
    assert "Dayanmış addım yenidən yerinə yetirildi" in operator.words
    operator.get("/emeller")
    assert REASON in operator.words and office.number in operator.words


def test_a_second_retry_says_that_somebody_was_faster_and_loses_no_word(office: Office, operator: Browser) -> None:
    for wanted in (200, 409):
        operator.get("/nasazliqlar/tekrar?id=1")
        assert operator.post("/nasazliqlar/tekrar", {"id": "1", "reason": REASON}).status_code == wanted
    assert REASON in operator.text


def test_all_of_one_error_are_tried_again_together(office: Office, operator: Browser) -> None:
    now = office.site.clock.now()
    with office.site.installation.database.step() as connection:
        for number in range(3):
            row = {"lane": "mail", "kind": "send_letter", "payload": {}, "key": f"m{number}", "state": "dead"}
            made = insert(Job).values(**row, created_at=now, run_at=now).returning(Job.id)
            job = connection.execute(made).scalar_one()
            code = "mail_refused" if number else "mail_uncertain"
            connection.execute(insert(Incident).values(job_id=job, code=code, message="-", opened_at=now, kind="mail"))
    operator.get("/nasazliqlar/tekrar?hamisi=1&kod=mail_refused")
    assert operator.words.count("Məktub rədd edildi") == 3
    operator.post("/nasazliqlar/tekrar", {"hamisi": "1", "kod": "mail_refused", "reason": REASON})
    states = {job.key: job.state for job in office.site.installation.rows(Job) if job.lane == "mail"}
    assert states == {"k": "ready", "m0": "dead", "m1": "ready", "m2": "ready"}


def test_what_nobody_knows_of_is_taken_as_delivered_and_never_sent_again(office: Office, operator: Browser) -> None:
    database = office.site.installation.database
    operator.get("/nasazliqlar/1/catdirilib")
    assert operator.post("/nasazliqlar/1/catdirilib", {"reason": REASON}).status_code == 409
    with database.step() as connection:
        connection.execute(update(Incident).values(code="mail_uncertain"))
    operator.get("/nasazliqlar/1")
    assert "Çatdırılıb" in operator.words and "Yenidən göndər" in operator.words
    operator.get("/nasazliqlar/1/catdirilib")
    operator.post("/nasazliqlar/1/catdirilib", {"reason": REASON})
    assert "Məktub çatdırılmış sayıldı" in operator.words
    assert _state(office) is None
    assert "k" in {row.key for row in office.site.installation.rows(FinishedJob)}


def test_operators_leave_one_another_notes(office: Office, operator: Browser) -> None:
    operator.get("/nasazliqlar/1")
    operator.post("/nasazliqlar/1/qeyd", {"note": "Poçt administratoru baxır"})
    assert operator.words.count("Poçt administratoru baxır") == 2
    operator.get("/nasazliqlar")
    assert "Poçt administratoru baxır" in operator.words


def test_jobs_are_listed_by_their_state(operator: Browser) -> None:
    operator.get("/isler?veziyyet=dayanmis")
    assert "550 5.1.1" in operator.words
    assert "Məktubun göndərilməsi" in operator.words
    operator.get("/isler?veziyyet=isleyen")
    assert "Belə iş yoxdur" in operator.words
    assert operator.get("/isler?veziyyet=x").status_code == 404


def test_a_job_rests_goes_on_and_is_cancelled_each_for_a_reason(office: Office, operator: Browser) -> None:
    key = next(job.id for job in office.site.installation.rows(Job) if job.key == "k")
    with office.site.installation.database.step() as connection:
        connection.execute(update(Job).where(Job.id == key).values(state="ready", run_at=office.site.clock.now()))
    for word, state in (("saxla", "suspended"), ("davam", "ready"), ("legv", None)):
        operator.get(f"/isler/{word}?id={key}")
        assert operator.post(f"/isler/{word}", {"id": str(key), "reason": ""}).status_code == 422
        operator.post(f"/isler/{word}", {"id": str(key), "reason": REASON})
        assert _state(office) == state
    assert office.site.installation.rows(Incident)[0].resolved_at is not None
    assert [row.deed for row in office.site.installation.rows(Deed)] == [
        "job_suspended",
        "job_resumed",
        "job_cancelled",
    ]
    operator.get(office.case)
    assert "İş ləğv edildi" in operator.words


def test_the_health_leads_to_the_lists(office: Office, operator: Browser) -> None:
    work(office)
    operator.get("/nezaret")
    assert "Sizi gözləyən 1 nasazlıq var" in operator.words
    for link in ("/nasazliqlar?kod=mail_refused", "/isler?veziyyet=dayanmis&amp;zolaq=mail", "/nezaret/muracietler"):
        assert link in operator.text


def work(office: Office) -> None:
    """Let a worker live that has sent nothing yet."""
    site = office.site.installation
    ledger = Ledger(site.database, site.ports, known(site.operations))
    Pulse(site.database, ledger, site.ports, LANES.values(), with_pages=True).beat()


def test_the_health_tells_who_works_and_who_fell_silent(office: Office, operator: Browser) -> None:
    operator.get("/nezaret")
    assert "Heç bir proses fon işi görmür" in operator.words and "Fon prosesini işə salın" in operator.words
    work(office)
    operator.get("/nezaret")
    assert "səhifələrlə birlikdə" in operator.words and "Səssizdir" not in operator.words
    office.site.installation.clock.advance(timedelta(minutes=2))
    operator.get("/nezaret")
    assert "Səssizdir" in operator.words and "Son xəbər:" in operator.words


def test_a_case_is_listed_with_where_it_stands(office: Office, operator: Browser) -> None:
    operator.get("/nezaret/muracietler?veziyyet=dayanmis")
    assert office.number in operator.words and "Məktub rədd edildi" in operator.words
    operator.get("/nezaret/muracietler?element=record")
    assert office.number not in operator.words


def test_bulk_work_is_shown_with_its_progress_and_rests_on_demand(office: Office, operator: Browser) -> None:
    site = office.site.installation
    with site.database.step() as connection:
        made = bulk.begin(connection, bulk.RETRY, select(Case.id), {"code": "x"}, now=site.clock.now())
    operator.get("/toplu-isler")
    assert "0 %" in operator.words and "Gedir" in operator.words
    operator.get(f"/toplu-isler/{made}/saxla")
    operator.post(f"/toplu-isler/{made}/saxla", {"reason": REASON})
    assert "Toplu iş saxlanıldı" in operator.words
    operator.get(f"/toplu-isler/{made}/davam")
    operator.post(f"/toplu-isler/{made}/davam", {"reason": REASON})
    assert "Toplu iş davam edir" in operator.words


def _state(office: Office) -> str | None:
    return next((job.state for job in office.site.installation.rows(Job) if job.key == "k"), None)


@pytest.mark.parametrize("who", ["dispatcher", "head", "analyst", "citizen", "stranger"])
def test_the_pages_are_the_operator_s_alone(office: Office, who: str) -> None:
    browser = office.browser(who)
    for path in PAGES:
        assert browser.get(path).status_code == 403
        assert "The server refused it." not in browser.text


@pytest.mark.parametrize("who", ["dispatcher", "head", "analyst", "citizen"])
def test_nobody_else_retries(office: Office, who: str) -> None:
    browser = office.browser(who)
    (incident,) = office.site.installation.rows(Incident)
    body = {"id": str(incident.id), "reason": REASON}
    assert browser.post("/nasazliqlar/tekrar", body).status_code == 403
    assert office.site.installation.rows(Incident)[0].resolved_at is None


@pytest.mark.parametrize("language", ["az", "ru", "en"])
def test_the_pages_hold_to_the_rules_in_every_language(operator: Browser, language: str) -> None:
    for path in PAGES:
        operator.get(f"{path}{'&' if '?' in path else '?'}dil={language}")
        assert f'lang="{language}"' in operator.text


def _send(here: Site, subject: str, recipient: str = "aygun@example.az") -> None:
    mailer = FolderMailer(
        here.services.settings.mail, sender=Sender("saygac@example.az", "Saygac"), clock=here.installation.clock
    )
    message = Message(
        message_id=f"{len(list(here.services.settings.mail.glob('*')))}@saygac.test",
        recipient=recipient,
        subject=subject,
        text="Hörmətli <b>abonent</b>!",
        html="<p>Hörmətli abonent!</p>",
        language="az",
        attachments=(Attachment("akt.pdf", "application/pdf", b"%PDF act"),),
    )
    mailer.send(message)


def test_the_demonstration_shows_its_mails_with_attachments(here: Site) -> None:
    visitor = here.browser()
    visitor.get("/numayis/poct")
    assert "Hələ məktub yoxdur" in visitor.words
    _send(here, "Müraciətiniz qeydiyyata alındı")
    visitor.get("/numayis/poct")
    assert "Müraciətiniz qeydiyyata alındı" in visitor.words
    assert "aygun@example.az" in visitor.words
    assert "Hörmətli &lt;b&gt;abonent&lt;/b&gt;!" in visitor.text
    link = visitor.text.split("/numayis/poct/", 1)[1].split('"', 1)[0]
    answer = visitor.client.get(f"/numayis/poct/{link}")
    assert (answer.status_code, answer.data) == (200, b"%PDF act")
    assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("path", ["x.eml/0", "..%2fx.eml/0", "0@saygac.test.eml/7", "0@saygac.test/0"])
def test_a_made_up_attachment_is_not_found(here: Site, path: str) -> None:
    _send(here, "x")
    assert here.browser().get(f"/numayis/poct/{path}").status_code == 404


@pytest.mark.parametrize(
    "environ",
    [
        {
            "DEMO": "0",
            "SMTP_URL": "smtp://mail.example.az",
            "BASE_URL": "https://saygac.example.az",
            "TRUSTED_HOSTS": "localhost",
            "SENDER": "saygac@example.az",
        },
        {"SMTP_URL": "smtp://mail.example.az"},
    ],
)
def test_there_is_no_mailbox_where_mails_are_really_sent(install_sqlite: Install, environ: dict[str, str]) -> None:
    here = site(install_sqlite(operations()), **environ)
    _send(here, "x")
    assert here.browser().get("/numayis/poct").status_code == 404
    assert here.browser().get("/numayis/poct/0@saygac.test.eml/0").status_code == 404


def test_now_is_not_asked_of_the_machine(operator: Browser, office: Office) -> None:
    office.site.clock.set(datetime(2027, 1, 1, tzinfo=UTC))
    visitor = office.browser("operator")
    visitor.get("/isler")
    assert "növbədə" in visitor.words or "Belə iş yoxdur" in visitor.words
