"""
People, their roles, and what mail they do not want.
"""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.tables.base import Base

#: role of who applied; every other role is the staff's
APPLICANT = "citizen"


class Person(Base):
    """
    Somebody who uses the system: a citizen (verified FIN), one of the staff, or a legal entity (VÖEN) that applies
    through people; an entity never logs in.
    """

    __tablename__ = "person"
    __table_args__ = (Index("ix_person_voen", "voen", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: log-in name of a local account; None: logs in by another means only
    username: Mapped[str | None] = mapped_column(unique=True)
    #: argon2id
    password_hash: Mapped[str | None]
    fin: Mapped[str | None] = mapped_column(unique=True)
    given_name: Mapped[str]
    surname: Mapped[str]
    patronymic: Mapped[str] = mapped_column(default="", server_default="")
    email: Mapped[str | None]
    #: E.164
    telephone: Mapped[str | None]
    #: az, ru or en
    language: Mapped[str] = mapped_column(default="az", server_default="az")
    #: shown under the name, e.g. «Usta, 3-cü briqada»
    position: Mapped[str] = mapped_column(default="", server_default="")
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    #: tax number of a legal entity, whose name is the surname; None: a natural person
    voen: Mapped[str | None]


class Membership(Base):
    """
    A role that a person holds in a unit; unit "*" is every unit.
    """

    __tablename__ = "membership"
    __table_args__ = (Index("ix_membership_unit_role", "unit", "role"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    unit: Mapped[str] = mapped_column(primary_key=True)


class UnwantedMail(Base):
    """
    A kind of mail that a member of the staff does not want; whoever has no row gets it.
    """

    __tablename__ = "unwanted_mail"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
