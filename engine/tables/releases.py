"""
Releases with their files, and cases that are moved from one to another.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from engine.tables.base import Base


class Release(Base):
    """
    A deployed version of one process: diagram, forms, decision tables, letters and catalogues together, immutable.
    """

    __tablename__ = "release"

    #: sha256 over the files' names and contents
    id: Mapped[str] = mapped_column(primary_key=True)
    process: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(default="", server_default="")
    #: new cases start on the release whose `active_since` is latest; None: it waits for a second person
    active_since: Mapped[datetime | None]
    #: None: it came with the installation
    proposed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class ReleaseFile(Base):
    """
    One file of a release, as it was.
    """

    __tablename__ = "release_file"

    release_id: Mapped[str] = mapped_column(ForeignKey("release.id"), primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes]


class ReleaseDraft(Base):
    """
    A file of a process that an analyst has changed and not yet proposed.
    """

    __tablename__ = "release_draft"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    process: Mapped[str] = mapped_column(primary_key=True)
    #: inside the release
    path: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes]
    #: release whose file was changed
    base: Mapped[str] = mapped_column(ForeignKey("release.id"))
    saved_at: Mapped[datetime]


class Move(Base):
    """
    A bulk of cases that are moved to another release.
    """

    __tablename__ = "move"

    id: Mapped[int] = mapped_column(primary_key=True)
    process: Mapped[str]
    to_release: Mapped[str] = mapped_column(ForeignKey("release.id"))
    #: elements that have another id there: old -> new
    names: Mapped[dict[str, Any]]
    note: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    #: since when it rests; None: it does not
    paused_at: Mapped[datetime | None]


class CaseMove(Base):
    """
    One case of a bulk.
    """

    __tablename__ = "case_move"
    __table_args__ = (Index("ix_case_move_move_id_state_case_id", "move_id", "state", "case_id"),)

    move_id: Mapped[int] = mapped_column(ForeignKey("move.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    from_release: Mapped[str] = mapped_column(ForeignKey("release.id"))
    #: waiting, moved, refused, undone, or kept: it was to be brought back and had gone on
    state: Mapped[str]
    #: why it was refused or kept: code, params
    reason: Mapped[dict[str, Any] | None]
    #: state and tasks as they were, until the move is undone
    before: Mapped[bytes | None]
    #: of the audit row that moved it: while it is the case's newest, the move can be undone
    audit_hash: Mapped[str | None]
