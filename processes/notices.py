"""
Letters on their way: jobs that print documents and send mails, after the step that asked for them.

Payloads hold ids only. Words (of the case's release), recipient and attachment are put together when the letter is
sent, so that a mail that waited for the server says what holds then. What may be sent when is the diagram's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from engine import retelling, store
from engine.errors import CannotGoOn
from engine.mail import Attachment, Message
from engine.operations import Operations, Settle, Settlement, Work
from engine.tables import Case, File, Person
from engine.words.letters import Letters
from processes import addresses, papers, posting
from processes.letters import mail
from processes.letters.texts import rules
from processes.registry import acts, lists, offices
from processes.registry.calendar import BAKU

operations = Operations()
operations.letters = rules()

PDF = "application/pdf"


class NobodyToWriteTo(CannotGoOn):
    """
    The letter has no recipient: no e-mail address is known.
    """

    code = "nobody_to_write_to"


@operations.job("render_document")
def render_document(work: Work) -> Settle:
    """
    Print a document, keep the file, then ask that it be sent.

    Payload: document_id; letter: the mail that it goes with.
    """
    document_id, letter = work.payload["document_id"], work.payload["letter"]
    with work.read() as connection:
        document = acts.document(connection, document_id)
    if document is None:
        raise CannotGoOn("The document to print is not there.")
    kind, language, facts = document.kind, document.language, document.facts
    base_url, read_file = work.ports.base_url, work.ports.files.read
    printed = papers.print_paper(
        document_id, kind, language, facts, base_url, read_file=read_file, letters=_letters(work, document.case_id)
    )
    stored = work.ports.files.put(printed)

    def settle(settlement: Settlement) -> None:
        file = {
            "id": stored.id,
            "case_id": document.case_id,
            "owner_id": None,
            "name": _file_name(document),
            "type": PDF,
            "size": stored.size,
            "sha256": stored.sha256,
            "stored_at": settlement.now,
        }
        settlement.connection.execute(insert(File).values(**file))
        acts.attach_file(settlement.connection, document_id, stored.id)
        settlement.enqueue(
            "send_letter",
            {"letter": letter, "message": f"{letter}.{document_id}", "document_id": document_id},
            key=f"send_letter:{document_id}",
        )

    return settle


@operations.job("send_letter")
def send_letter(work: Work) -> Settle | None:
    """
    Put a letter together and hand it over; the same message id at every attempt.

    Payload: letter; message: left part of the message id; person_id: recipient, the applicant if absent;
    document_id: the printed document that goes with it, if any.

    Raises:
        NotNow, MailDeferred, MailUncertain: to be tried again.
        MailRefused, NobodyToWriteTo: an operator must look.
    """
    letter, name = work.payload["letter"], posting.message_id(work, work.payload["message"])
    with work.read() as connection:
        if posting.is_sent(connection, name):
            return None
        message, letters = _message(connection, work, name)
    return posting.hand_over(work, message, letter, letters)


def _letters(work: Work, case_id: int) -> Letters:
    """Return the letters of a case: those of its release."""
    with work.read() as connection:
        release_id = connection.execute(select(Case.release_id).where(Case.id == case_id)).scalar_one()
    return work.releases.get(release_id).letters


def _message(connection: Connection, work: Work, message_id: str) -> tuple[Message, Letters]:
    case = connection.execute(select(Case.__table__).where(Case.id == work.case_id)).one()
    release = work.releases.get(case.release_id)
    answers = release.standing(store.answers_of(connection, case.id))
    to_staff = "person_id" in work.payload
    reader_id = work.payload.get("person_id", case.applicant_id)
    reader = connection.execute(select(Person.__table__).where(Person.id == reader_id)).one()
    recipient = reader.email if to_staff else answers.get("email") or reader.email
    if not recipient:
        raise NobodyToWriteTo(retelling.told("nobody_to_write_to"))
    language = reader.language if to_staff else case.language
    address = addresses.dossier if to_staff else addresses.status
    page = address(work.ports.base_url, case.number or "")
    values = _values(connection, case, answers, reader, language, page)
    letter = mail.compose(work.payload["letter"], language, values, release.letters)
    message = Message(
        message_id=message_id,
        recipient=recipient,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        language=language,
        attachments=_attachments(work, _document(connection, work)),
    )
    return message, release.letters


def _values(
    connection: Connection,
    case: Row[Any],
    answers: Mapping[str, Any],
    reader: Row[Any],
    language: str,
    page: str,
) -> dict[str, str]:
    """
    Return everything that a letter of any kind may name (`mail.PLACEHOLDERS`).
    """
    office = offices.office(connection, case.unit, language) if case.unit else None
    reason = answers.get("reason")
    organisation = papers.organisation(language)
    return {
        "name": f"{reader.given_name} {reader.surname}",
        "case_number": case.number or "",
        "registered_on": _day(case.registered_at),
        "due_on": _day(case.due_at),
        "reason": lists.words(connection, "reasons", reason, language) if reason else "",
        "district": case.facets.get("district", ""),
        "office": office.name if office else "",
        "office_address": office.address if office else "",
        "office_telephone": office.telephone if office else "",
        "visit_date": _day(answers.get("visit_date")),
        "visit_window": str(answers.get("visit_window") or ""),
        "expected_date": _day(answers.get("expected_date")),
        "status_url": page,
        "organisation": organisation.name,
        "telephone": organisation.telephone,
    }


def _document(connection: Connection, work: Work) -> Row[Any] | None:
    document_id = work.payload.get("document_id")
    if not document_id:
        return None
    document = acts.document(connection, document_id)
    if document is None or document.file_id is None:
        raise CannotGoOn(retelling.told("not_printed"))
    return document


def _attachments(work: Work, document: Row[Any] | None) -> tuple[Attachment, ...]:
    if document is None:
        return ()
    return (Attachment(_file_name(document), PDF, work.ports.files.read(document.file_id)),)


def _file_name(document: Row[Any]) -> str:
    return f"{document.number or document.facts['case_number']}.pdf"


def _day(value: datetime | str | None) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(BAKU):%d.%m.%Y}"
    return f"{date.fromisoformat(value):%d.%m.%Y}" if value else ""
