"""
Mail as a port: what a message is, its bytes, and what can become of it.

It does not choose the words (the letters of a process do), nor open a connection (the pages' adapter does),
nor decide when to try again (the job does). `FolderMailer` serves installations without a mail server.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol

from engine import retelling
from engine.clock import Clock
from engine.errors import CannotGoOn, EngineError, TryAgain

#: RFC 5321 §4.5.3.1: the longest forward path that servers must take, without its angle brackets
LONGEST_ADDRESS = 254

#: RFC 5321 §4.5.3.1.1
LONGEST_LOCAL_PART = 64

#: lines of a subject are folded by the policy; a longer one is a text in the wrong place
LONGEST_SUBJECT = 200

_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(
    r"(?=.{1,253}\Z)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)
_MESSAGE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}@[A-Za-z0-9][A-Za-z0-9.-]{0,127}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")

#: CRLF and 7-bit bodies go through every server; header lines are encoded words where they must be
_POLICY = policy.SMTP.clone(cte_type="7bit")


class MessageInvalid(EngineError):
    """
    The message can't be made: an address, a subject or a name is not what it must be.
    """

    code = "message_invalid"


class MailRefused(CannotGoOn):
    """
    The server refused the message for good (5xx): trying again changes nothing, a person must look.
    """

    code = "mail_refused"


class MailDeferred(TryAgain):
    """
    The server did not take the message now (4xx, time-out, no connection); certainly nothing was sent.
    """

    code = "mail_deferred"


class MailUncertain(TryAgain):
    """
    The whole message was handed over, and the answer was lost: it may be under way.

    Sending it again under the same message id is right; at worst the reader has it twice.
    """

    code = "mail_uncertain"


#: who took a message that an operator knows to have arrived
BY_WORD = "word"


@dataclass(frozen=True)
class Attachment:
    """
    A file that goes with a message.
    """

    #: as the reader sees it: no path, no control characters
    name: str
    #: media type such as `application/pdf`
    type: str
    content: bytes

    def __post_init__(self) -> None:
        if not self.name.strip() or _CONTROL.search(self.name) or re.search(r'[/\\"]', self.name):
            raise MessageInvalid("The name of an attachment is not a plain file name.")
        if not _MEDIA_TYPE.fullmatch(self.type) or self.type.startswith(("multipart/", "message/", "text/")):
            raise MessageInvalid("The type of an attachment must be a single binary media type.")


@dataclass(frozen=True)
class Sender:
    """
    Who writes: the organisation's address and name.
    """

    address: str
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "address", checked_address(self.address))
        if _CONTROL.search(self.name) or re.search(r'[,;<>@"\\]', self.name):
            raise MessageInvalid("The sender's name holds a character with a meaning of its own in a header.")


@dataclass(frozen=True)
class Message:
    """
    One letter to one person, ready to be sent.
    """

    #: `left@right` without angle brackets; the same for every attempt, so that a repeat is known as one
    message_id: str
    #: one addr-spec (RFC 5322 §3.4.1)
    recipient: str
    #: one line
    subject: str
    text: str
    html: str
    #: BCP 47 tag, for Content-Language
    language: str
    attachments: tuple[Attachment, ...] = ()

    def __post_init__(self) -> None:
        if not _MESSAGE_ID.fullmatch(self.message_id):
            raise MessageInvalid("A message id is `left@right`: letters, digits, dots and hyphens.")
        if not _LANGUAGE.fullmatch(self.language):
            raise MessageInvalid("The language must be a tag such as `az`.")
        if not self.subject.strip() or len(self.subject) > LONGEST_SUBJECT or _CONTROL.search(self.subject):
            raise MessageInvalid("A subject is one line that is not empty.")
        object.__setattr__(self, "recipient", checked_address(self.recipient))


class Mailer(Protocol):
    """
    Sends messages.
    """

    def send(self, message: Message) -> str:
        """
        Hand `message` over and return who took it, for the log; from then on it is their duty to deliver it.

        Raises MailRefused, MailDeferred or MailUncertain.
        """
        ...


def checked_address(text: str) -> str:
    """
    Return `text` if it is one addr-spec, its domain as servers read it (IDNA).

    Display names, comments, quoted local parts, lists and anything outside ASCII before the @ are refused: no
    address that people have needs them, and each of them is a way to add a second recipient.

    Raises MessageInvalid.
    """
    local, at, domain = text.rpartition("@")
    if not at or len(local) > LONGEST_LOCAL_PART or not _LOCAL_PART.fullmatch(local):
        raise MessageInvalid("The recipient is not one plain address.")
    try:
        host = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError as problem:
        raise MessageInvalid("The domain of the address can't be written in IDNA.") from problem
    if not _DOMAIN.fullmatch(host) or len(local) + 1 + len(host) > LONGEST_ADDRESS:
        raise MessageInvalid("The recipient is not one plain address.")
    return f"{local}@{host}"


def message_bytes(message: Message, *, sender: Sender, date: datetime) -> bytes:
    """
    Return the message as it goes over the wire: CRLF, 7 bit, text and HTML as alternatives, then attachments.

    The same arguments give the same bytes: boundaries are derived from the content.

    Source: RFC 5322, RFC 2046; Auto-Submitted RFC 3834 §5; Content-Language RFC 3282.
    """
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = _mailbox(sender.name, sender.address)
    mail["To"] = _mailbox("", message.recipient)
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(date)
    mail["Message-ID"] = f"<{message.message_id}>"
    # asks other machines not to answer: no "out of office" comes back for a notice
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text, cte="base64")
    mail.add_alternative(message.html, subtype="html", cte="base64")
    for attachment in message.attachments:
        maintype, _, subtype = attachment.type.partition("/")
        mail.add_attachment(attachment.content, maintype=maintype, subtype=subtype, filename=attachment.name)
    # only now: turning the content into parts would take the header along and drop it
    mail["Content-Language"] = message.language
    _set_boundaries(mail, message)
    # the library folds a long line even where nothing can be broken; who reads heads line by line would miss the id
    return mail.as_bytes().replace(b"Message-ID:\r\n <", b"Message-ID: <", 1)


class TakenByWord:
    """
    Sends nothing: whatever it is given has arrived, as somebody knows.
    """

    def send(self, message: Message) -> str:
        """
        Take a message as delivered.
        """
        return BY_WORD


class FolderMailer:
    """
    Writes each message as an .eml file instead of sending it.

    Parameters
    ----------
    folder
        Made when it is missing.
    sender, clock
        What the From and Date headers say.
    durable
        The files survive a machine that loses power.
    """

    def __init__(self, folder: Path, *, sender: Sender, clock: Clock, durable: bool = True) -> None:
        self.folder = folder
        self._durable = durable
        self._sender = sender
        self._clock = clock

    def path(self, message_id: str) -> Path:
        """
        Return the file that holds, or will hold, the message with this id.
        """
        if not _MESSAGE_ID.fullmatch(message_id):
            raise MessageInvalid("A message id is `left@right`: letters, digits, dots and hyphens.")
        return self.folder / f"{message_id}.eml"

    def send(self, message: Message) -> str:
        """
        Write the file in one piece; a second message with the same id takes the place of the first.

        Raises MailDeferred when the folder can't be written.
        """
        content = message_bytes(message, sender=self._sender, date=self._clock.now())
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            _write_whole(self.path(message.message_id), content, durable=self._durable)
        except OSError as problem:
            raise MailDeferred(_unwritten(problem)) from problem
        return "file"


def _unwritten(problem: OSError) -> str:
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return retelling.told("mail_folder_full")
    if problem.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return retelling.told("mail_folder_closed")
    return retelling.told("mail_folder", why=errno.errorcode.get(problem.errno or 0, type(problem).__name__))


def _mailbox(name: str, address: str) -> Address:
    local, _, domain = address.rpartition("@")
    return Address(display_name=name, username=local, domain=domain)


def _set_boundaries(mail: EmailMessage, message: Message) -> None:
    """
    Derive the boundaries from the content, which no writer of the content can foresee.
    """
    digest = hashlib.sha256(repr(message).encode())
    for number, part in enumerate(mail.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_{digest.hexdigest()[:40]}_{number}")


def _write_whole(path: Path, content: bytes, *, durable: bool) -> None:
    """
    Write beside `path` and move into place, so that nobody ever reads half a file.
    """
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError:
        Path(beside).unlink(missing_ok=True)
        raise
