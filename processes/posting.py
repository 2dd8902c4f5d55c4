"""
Handing a message over, as every job that sends one does it: not twice, not at night, and with a row that says what
became of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, delete, insert, select

from engine.errors import TryAgain
from engine.mail import BY_WORD, MailRefused, MailUncertain, Message
from engine.operations import Settle, Work
from engine.quiet import NotNow
from engine.tables import MailLog
from engine.words.letters import Letters

#: what becomes of a message; «said»: it was uncertain, and an operator knows that it arrived; the last two will be
#: tried again
SENT, SAID, REFUSED, DEFERRED, UNCERTAIN = "sent", "said", "refused", "deferred", "uncertain"
#: it is not handed over once more
DONE = (SENT, SAID)


def message_id(work: Work, left: str) -> str:
    """
    Return the id of a message, the same at every attempt.
    """
    return f"{left}@{urlsplit(work.ports.base_url).hostname or 'localhost'}"


def is_sent(connection: Connection, message: str) -> bool:
    """
    Tell whether a message was handed over before. One statement.
    """
    query = select(MailLog.id).where(MailLog.id == message, MailLog.state.in_(DONE))
    return connection.scalar(query) is not None


def _keep_quiet(work: Work, letter: str, letters: Letters) -> None:
    quiet = work.ports.quiet
    until = quiet.until(work.ports.clock.now()) if quiet is not None and letter not in letters.urgent else None
    if until is not None:
        raise NotNow(until)


def hand_over(work: Work, message: Message, letter: str, letters: Letters) -> Settle:
    """
    Give a message to the mail server, at night only if `letters` call it urgent; whatever comes of it is kept with the
    case.

    Raises NotNow, MailRefused, MailDeferred, MailUncertain.
    """
    _keep_quiet(work, letter, letters)
    log = {"id": message.message_id, "case_id": work.case_id, "letter": letter, "recipient": message.recipient}
    log |= {"attempts": work.attempt}
    try:
        taken_by = work.ports.mailer.send(message)
    except (MailRefused, TryAgain) as failure:
        told = {**log, "state": _state(failure), "reason": str(failure)}
        failure.note = lambda connection, now: _keep(connection, {**told, "at": now})
        raise
    state, server = (SAID, "") if taken_by == BY_WORD else (SENT, taken_by or "")
    sent = {**log, "state": state, "accepted_by": server}
    return lambda settlement: _keep(settlement.connection, {**sent, "at": settlement.now})


def _state(failure: Exception) -> str:
    if isinstance(failure, MailRefused):
        return REFUSED
    return UNCERTAIN if isinstance(failure, MailUncertain) else DEFERRED


def _keep(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep what became of a message last."""
    connection.execute(delete(MailLog).where(MailLog.id == row["id"]))
    connection.execute(insert(MailLog).values(**row))
