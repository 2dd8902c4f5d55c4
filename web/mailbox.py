"""
The demonstration's mailbox: messages that lie as .eml files in a folder, read for a page.

Exists only where nothing is really sent; it reads files and changes none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

#: newest messages that are shown
MOST = 50
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+@-]{0,254}\.eml")


@dataclass(frozen=True)
class Enclosure:
    """
    A file that came with a message.
    """

    name: str
    type: str
    content: bytes


@dataclass(frozen=True)
class MailMessage:
    """
    A message as its reader sees it.
    """

    #: of the file
    name: str
    subject: str
    recipient: str
    at: datetime | None
    language: str
    text: str
    enclosures: tuple[Enclosure, ...]


def messages(folder: Path, most: int = MOST) -> list[MailMessage]:
    """
    Return the newest messages of the folder, newest first.
    """
    if not folder.is_dir():
        return []
    files = [(path.stat().st_mtime, path) for path in folder.glob("*.eml")]
    return [_read(path) for _, path in sorted(files, reverse=True)[:most]]


def message(folder: Path, name: str) -> MailMessage | None:
    """
    Return one message by the name of its file, or None.
    """
    path = folder / name
    return _read(path) if _NAME.fullmatch(name) and path.is_file() else None


def _read(path: Path) -> MailMessage:
    mail = BytesParser(EmailMessage, policy=policy.default).parsebytes(path.read_bytes())
    body = mail.get_body(("plain", "html"))
    date = mail["Date"].datetime if mail["Date"] else None
    return MailMessage(
        name=path.name,
        subject=str(mail["Subject"] or ""),
        recipient=str(mail["To"] or ""),
        at=date,
        language=str(mail["Content-Language"] or "az"),
        text=body.get_content() if body else "",
        enclosures=tuple(
            Enclosure(part.get_filename() or "", part.get_content_type(), part.get_content())
            for part in mail.iter_attachments()
        ),
    )
