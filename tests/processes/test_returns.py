"""
Mails that came back: found by our own message id in whatever report, once, and only if they were ours.
"""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, insert, select

from engine.tables import Incident, MailLog
from processes.returns import RETURNED, note_return
from tests.support.books import NOW, add_case, add_person

OURS = "visit_planned.5f3c@saygac.example"
REPORT = f"""From: MAILER-DAEMON@mx.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Final-Recipient: rfc822; gunel@example.az
Action: failed
Status: 5.1.1

--b
Content-Type: message/rfc822

Message-ID: <{OURS}>
Subject: =?utf-8?q?M=C3=BCraci=C9=99tiniz?=

--b--
""".encode()


@pytest.fixture
def logged(connection: Connection) -> Connection:
    """
    Give a case with a mail that was taken.
    """
    case_id = add_case(connection, add_person(connection, "Əliyeva"))
    row = {"id": OURS, "case_id": case_id, "letter": "visit_planned", "recipient": "gunel@example.az", "state": "sent"}
    connection.execute(insert(MailLog).values(**row, at=NOW))
    return connection


def test_a_mail_that_came_back_is_seen_at_its_case_and_by_the_operator(logged: Connection) -> None:
    assert note_return(logged, REPORT, now=NOW) == OURS
    row = logged.execute(select(MailLog.state, MailLog.reason)).one()
    assert tuple(row) == (RETURNED, "The mail came back: 5.1.1.")
    incident = logged.execute(select(Incident.code, Incident.case_id, Incident.message)).one()
    assert incident.code == "mail_returned"
    assert "gunel" not in incident.message
    assert note_return(logged, REPORT, now=NOW) is None
    assert len(logged.execute(select(Incident.id)).all()) == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\x00", REPORT.replace(b"5f3c", b"5f3d"), b"<" * 10000 + b"@" * 10000, b"Message-ID: <a@b>"],
)
def test_a_mail_that_names_none_of_ours_changes_nothing(logged: Connection, content: bytes) -> None:
    assert note_return(logged, content, now=NOW) is None
    assert logged.execute(select(Incident.id)).all() == []


def test_a_report_without_a_status_is_told_by_its_subject(logged: Connection) -> None:
    plain = f"Subject: Auto: mailbox full \u2603\n\nYour mail <{OURS}> was not delivered.".encode()
    assert note_return(logged, plain, now=NOW) == OURS
    assert logged.scalar(select(MailLog.reason)).startswith("The mail came back: Auto: mailbox full")
