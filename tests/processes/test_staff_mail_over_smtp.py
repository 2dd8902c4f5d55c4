"""
Mail to the staff over a real mail server while days pass: at night it waits, in the morning it goes, once, and only
where there is something to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select, update

from engine import incidents, retelling
from engine.jobs.by_word import taken_by_word
from engine.settings import Settings
from engine.steps.assigning import ASSIGNED, DIGEST, DUE
from engine.tables import Case, Incident, Job, MailLog
from tests.processes.test_staff_mail import BAKU, NIGHT, QUIET, House
from tests.support.installation import Install
from tests.support.meters import open_utility
from tests.support.post import PostOffice, post_office
from web.services import mailer_of

FRIDAY = datetime(2026, 11, 27, 8, 30, tzinfo=BAKU)  # of the visit, on whose evening the task is due
DAY = timedelta(days=1)


class Office(PostOffice):
    """A server that may hang up without a word once it has a message."""

    silent = False

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        if self.silent:
            server.transport.close()
        return answer


class Posted(House):
    """The utility, whose mails go to a server."""

    def __init__(self, install: Install, office: Office) -> None:
        super().__init__(open_utility(install))
        self.office = office
        environ = {"SAYGAC_SMTP_URL": office.url, "SAYGAC_SENDER": "saygac@example.az", "SAYGAC_DEMO": "1"}
        settings = Settings.from_env({**environ, "SAYGAC_FOLDER": str(self.site.folder)})
        self.ports = replace(self.site.ports, quiet=QUIET, mailer=mailer_of(settings, self.site.clock))

    def sent(self) -> list[tuple[str, str]]:
        """
        Return (letter, recipient) of what came since the last look.
        """
        came = sorted((key.strip("<").partition(".")[0], to.partition("@")[0]) for to, key in self.office.letters)
        self.office.letters.clear()
        return came


@pytest.fixture
def posted(install_sqlite: Install) -> Iterator[Posted]:
    with post_office(kind=Office) as office:
        yield Posted(install_sqlite, office)


def test_a_week_of_mail_to_the_staff(posted: Posted) -> None:
    clock = posted.site.clock
    clock.set(NIGHT)
    posted.utility.assigned()
    posted.work()
    assert posted.sent() == [("registered", "aysel")]
    clock.set(NIGHT.replace(hour=8, minute=0, second=1) + DAY)
    posted.work()
    assert posted.sent() == [("task_assigned", "tural"), ("visit_planned", "aysel")]
    posted.morning(FRIDAY - 2 * DAY)
    assert posted.sent() == []
    posted.morning(FRIDAY - DAY)
    assert posted.sent() == [("task_due", "tural")]
    posted.morning(FRIDAY)
    assert posted.sent() == [("digest", "nigar")]  # it is due today
    posted.morning(FRIDAY + 3 * DAY)
    assert posted.sent() == [("digest", "nigar")]  # it is late
    assert set(posted.office.taken.values()) == {1}
    assert {row.state for row in posted.site.rows(MailLog)} == {"sent"}


@pytest.mark.parametrize("kind", [ASSIGNED, DUE, DIGEST])
def test_each_kind_can_be_switched_off_by_everybody_for_themselves(posted: Posted, kind: str) -> None:
    letters = {ASSIGNED: "task_assigned", DUE: "task_due", DIGEST: "digest"}
    for person in (posted.utility.fitter, posted.utility.head):
        posted.refuse(person, kind)
    posted.utility.assigned()
    posted.work()
    for days in (1, 0):
        posted.morning(FRIDAY - days * DAY)
    assert {letter for letter, _ in posted.sent()} >= set(letters.values()) - {letters[kind]}
    assert all(not key.strip("<").startswith(letters[kind]) for key in posted.office.taken)


@pytest.mark.parametrize("column", ["suspended_at", "term_stopped_at"])
@pytest.mark.parametrize("asked_before", [False, True], ids=["in the morning", "while the letter waits"])
def test_nobody_is_reminded_of_what_stands_still(posted: Posted, column: str, *, asked_before: bool) -> None:
    def stand(since: datetime | None) -> None:
        with posted.site.database.step() as connection:
            connection.execute(update(Case).values({column: since}))

    posted.utility.assigned()
    posted.work()
    posted.sent()
    if asked_before:  # the morning's work is done, its letters wait for the quiet hours to end
        posted.ports = replace(posted.ports, quiet=QUIET.read("08:00-09:00"))
        posted.morning(FRIDAY - DAY)
    stand(posted.site.clock.now())
    if asked_before:
        posted.site.clock.set(FRIDAY.replace(hour=9, minute=1) - DAY)
        posted.work()
    else:
        posted.morning(FRIDAY - DAY)
    assert posted.sent() == []
    stand(None)
    posted.ports = replace(posted.ports, quiet=QUIET)
    posted.morning(FRIDAY)
    assert posted.sent() == [("digest", "nigar"), ("task_due", "tural")]


def test_uncertain_mail_that_an_operator_knows_to_have_arrived_is_kept_with_the_case(posted: Posted) -> None:
    operator = posted.site.person("Operator", ("operator", "*"))
    posted.office.silent = True
    case_id = posted.utility.registered()
    posted.work()
    with posted.site.database.step() as connection:  # the next attempt is the last
        last = {"attempt": 51, "failed": 51, "run_at": posted.site.clock.now()}
        connection.execute(update(Job).where(Job.kind == "send_letter").values(**last))
    posted.work()
    (incident,) = posted.site.rows(Incident)
    assert incident.code == "mail_uncertain"
    why = retelling.told("mail_no_answer", why="SMTPServerDisconnected")
    assert state_of(posted, case_id) == ("uncertain", why)
    arrived = len(posted.office.letters)
    site, now = posted.site, posted.site.clock.now()

    def log(job: object) -> object:
        return taken_by_word(site.database, site.operations, site.cases, posted.ports, job)

    incidents.say_delivered(site.database, incident.id, operator, reason="Abonent aldığını deyir", now=now, log=log)
    assert state_of(posted, case_id) == ("said", "")
    assert len(posted.office.letters) == arrived


def state_of(posted: Posted, case_id: int) -> tuple[str, str]:
    with posted.site.database.read() as connection:
        log = select(MailLog.state, MailLog.reason).where(MailLog.case_id == case_id, MailLog.letter == "registered")
        (row,) = connection.execute(log).all()
    return row.state, row.reason
