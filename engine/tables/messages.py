"""
What cases wait to be told, and messages that nobody has taken yet.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.tables.base import Base


class Subscription(Base):
    """
    An event of a case that waits for a message or a signal; the row goes with its token.
    """

    __tablename__ = "subscription"
    __table_args__ = (
        Index("ix_subscription_kind_name_key", "kind", "name", "key"),
        Index("ix_subscription_case_id", "case_id"),
    )

    #: the engine's own task id
    task_id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    #: id of the event in the diagram
    element: Mapped[str]
    #: message or signal
    kind: Mapped[str]
    name: Mapped[str]
    #: which message it waits for; None: a signal
    key: Mapped[str | None]
    opened_at: Mapped[datetime]


class Message(Base):
    """
    A message that nobody waits for yet, until somebody takes it; and, for ever, one that a person sent.
    """

    __tablename__ = "message"
    __table_args__ = (
        Index(
            "ix_message_name_key",
            "name",
            "key",
            sqlite_where=text("waits"),
            postgresql_where=text("waits"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: of the throw that sent it: no other has it
    origin: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    key: Mapped[str]
    #: ids and decisions, no personal data
    payload: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    #: case that sent it; None: it came from outside
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"), index=True)
    element: Mapped[str | None]
    sent_at: Mapped[datetime]
    #: None: a case did
    sent_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: True: until somebody waits for it
    waits: Mapped[bool]
