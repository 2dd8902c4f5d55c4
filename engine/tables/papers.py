"""
Letters, stored files, and the log of mail.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from engine.tables.base import Base


class Document(Base):
    """
    A letter of a case with its own number and the frozen facts that it states.
    """

    __tablename__ = "document"

    #: random, shown in the address that the QR code holds
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    #: act, registration, refusal, receipt
    kind: Mapped[str]
    number: Mapped[str | None] = mapped_column(unique=True)
    language: Mapped[str]
    facts: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    #: stored file once rendered
    file_id: Mapped[str | None] = mapped_column(ForeignKey("file.id"))


class File(Base):
    """
    A stored file: an upload or a rendered letter. The bytes lie under `<id>` in the files folder.
    """

    __tablename__ = "file"

    #: random
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: as the person named it
    name: Mapped[str]
    #: by content, never by name
    type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    stored_at: Mapped[datetime]


class MailLog(Base):
    """
    A message that was tried to be handed over, and what became of it.
    """

    __tablename__ = "mail_log"

    #: Message-ID, the same for every attempt
    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    letter: Mapped[str]
    recipient: Mapped[str]
    #: sent, said (an operator knows that it arrived), refused, returned; deferred or uncertain: it will be tried again
    state: Mapped[str]
    at: Mapped[datetime]
    #: how often it was tried
    attempts: Mapped[int] = mapped_column(default=1, server_default="1")
    #: server that took it, with the number of its answer
    accepted_by: Mapped[str] = mapped_column(default="", server_default="")
    #: why it was not taken
    reason: Mapped[str] = mapped_column(default="", server_default="")
