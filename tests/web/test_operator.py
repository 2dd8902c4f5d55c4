"""
The operator's pages and the demonstration's mailbox.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from engine.mail import Attachment, FolderMailer, Message, Sender
from engine.tables import Incident, Job, Task
from tests.support.installation import Install
from tests.support.site import Browser, Site, operations, site
from tests.web.office import Office, open_office

PAGES = ("/nasazliqlar", "/nasazliqlar?veziyyet=hell", "/isler", "/isler?veziyyet=isleyen", "/isler?veziyyet=dayanmis")


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
        connection.execute(insert(Incident).values(**incident, message="The server refused it.", opened_at=now))
    return office


@pytest.fixture
def operator(office: Office) -> Browser:
    """
    Log the operator in.
    """
    return office.browser("operator")


def test_an_incident_says_what_stopped_where_and_how_often_it_was_tried(office: Office, operator: Browser) -> None:
    operator.get("/nasazliqlar")
    for shown in ("The server refused it.", office.number, "decide", "mail_refused", "Cəhdlər: 7"):
        assert shown in operator.words
    for secret in ("citizen", "a@example.com", "Zərdabi"):
        assert secret not in operator.words


def test_a_retry_makes_the_job_ready_and_settles_the_incident(office: Office, operator: Browser) -> None:
    operator.get("/nasazliqlar")
    (incident,) = office.site.installation.rows(Incident)
    operator.post(f"/nasazliqlar/{incident.id}/tekrar")
    assert "Dayanmış iş yenidən başladıldı" in operator.words
    assert "Hər şey işləyir" in operator.words
    assert {job.state for job in office.site.installation.rows(Job) if job.key == "k"} == {"ready"}
    operator.get("/nasazliqlar?veziyyet=hell")
    assert "operator" in operator.words
    operator.get(office.case)
    assert "Dayanmış addım yenidən yerinə yetirildi" in operator.words


def test_a_second_retry_finds_nothing(office: Office, operator: Browser) -> None:
    operator.get("/nasazliqlar")
    (incident,) = office.site.installation.rows(Incident)
    token = operator.field("csrf")
    operator.post(f"/nasazliqlar/{incident.id}/tekrar", {"csrf": token})
    operator.get("/isler")
    assert operator.post(f"/nasazliqlar/{incident.id}/tekrar", {"csrf": token}).status_code == 404


def test_jobs_are_listed_by_their_state(operator: Browser) -> None:
    operator.get("/isler?veziyyet=dayanmis")
    assert "550 5.1.1" in operator.words
    assert "Məktubun göndərilməsi" in operator.words
    operator.get("/isler?veziyyet=isleyen")
    assert "Belə iş yoxdur" in operator.words
    assert operator.get("/isler?veziyyet=x").status_code == 404


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("who", ["dispatcher", "head", "analyst", "citizen", "stranger"])
def test_the_pages_are_the_operator_s_alone(office: Office, who: str, path: str) -> None:
    browser = office.browser(who)
    assert browser.get(path).status_code == 403
    assert "The server refused it." not in browser.text


@pytest.mark.parametrize("who", ["dispatcher", "head", "analyst", "citizen"])
def test_nobody_else_retries(office: Office, who: str) -> None:
    browser = office.browser(who)
    (incident,) = office.site.installation.rows(Incident)
    assert browser.post(f"/nasazliqlar/{incident.id}/tekrar").status_code == 403
    assert office.site.installation.rows(Incident)[0].resolved_at is None


@pytest.mark.parametrize("language", ["az", "ru", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_the_pages_hold_to_the_rules_in_every_language(operator: Browser, path: str, language: str) -> None:
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
