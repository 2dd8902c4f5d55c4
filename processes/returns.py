"""
Mails that came back: which of ours it was, from a report of any mail server.

The report need not be understood: our own message id stands in it, because the message came with it, or its head did.
"""

from __future__ import annotations

import re
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

from sqlalchemy import Connection, insert, select, update

from engine import retelling
from engine.tables import Incident, MailLog
from processes.posting import DONE

RETURNED = "returned"
_MESSAGE_ID = re.compile(rb"<([A-Za-z0-9][A-Za-z0-9._+-]{0,127}@[A-Za-z0-9][A-Za-z0-9.-]{0,127})>")
#: RFC 3464 §2.3.4: the code of a delivery's status; 4 and 2 are no failures
_STATUS = re.compile(rb"(?mi)^Status:\s*(5\.[0-9]{1,3}\.[0-9]{1,3})")
#: message ids that are looked for
_MOST = 50


def note_return(connection: Connection, content: bytes, *, now: datetime) -> str | None:
    """
    Note that a mail came back, and open an incident for it; return its id, None if the report names none of ours that
    was taken. A second report of the same mail changes nothing.

    Args:
        content: the report, as it came.
    """
    ids = [found.decode() for found in dict.fromkeys(_MESSAGE_ID.findall(content))][:_MOST]
    sent = select(MailLog.id, MailLog.case_id).where(MailLog.id.in_(ids), MailLog.state.in_(DONE))
    row = connection.execute(sent).first()
    if row is None:
        return None
    status = _STATUS.search(content)
    reason = retelling.told("mail_returned", why=status[1].decode() if status else _subject(content))
    connection.execute(update(MailLog).where(MailLog.id == row.id).values(state=RETURNED, reason=reason, at=now))
    incident = {"case_id": row.case_id, "code": "mail_returned", "message": reason, "opened_at": now}
    connection.execute(insert(Incident).values(**incident))
    return str(row.id)


def _subject(content: bytes) -> str:
    """What the report calls itself; it comes from outside, so only plain signs of it are kept."""
    report = BytesParser(EmailMessage, policy=policy.default).parsebytes(content, headersonly=True)
    return re.sub(r"[^ -~]+", " ", str(report["Subject"] or "no status"))[:80].strip()
