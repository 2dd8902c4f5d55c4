"""
What the pages keep of their own: sessions, tries to log in, posts that came too late, and counters.

Only hashes of secrets are stored: whoever reads the database can't enter with what is found there.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from engine.tables import Base


class WebSession(Base):
    """
    One log-in of one person in one browser.
    """

    __tablename__ = "web_session"

    #: sha256 of the cookie's token, hexadecimal
    id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    #: what every form of this session carries
    csrf: Mapped[str]
    opened_at: Mapped[datetime]
    #: last request, kept to the minute
    seen_at: Mapped[datetime]
    #: ends then, however busy
    ends_at: Mapped[datetime] = mapped_column(index=True)
    #: length of a pause that ends the session, in minutes; None: only `ends_at` counts
    idle_minutes: Mapped[int | None]
    #: logged out or revoked
    ended_at: Mapped[datetime | None]
    #: by which means the person proved who they are
    means: Mapped[str] = mapped_column(default="password", server_default="password")
    #: browser and system, as people call them, e.g. "Firefox, Android"; empty: not known
    device: Mapped[str] = mapped_column(default="", server_default="")
    #: legal entity that the person acts for; None: for themselves
    entity_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class LogInAttempt(Base):
    """
    One try to log in, from the choice of the means to the session.
    """

    __tablename__ = "log_in_attempt"

    #: random; may travel in a URL and proves nothing by itself
    state: Mapped[str] = mapped_column(primary_key=True)
    #: sha256 of the secret that only the browser has which began, hexadecimal
    secret_hash: Mapped[str] = mapped_column(unique=True)
    means: Mapped[str]
    #: what the means keeps between its steps
    data: Mapped[dict[str, Any]]
    #: page of ours to go to afterwards, or empty
    onward: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    #: one poll has it until then
    held_until: Mapped[datetime | None]
    #: used up: an identity came, or a refusal, or it was cancelled
    consumed_at: Mapped[datetime | None]
    #: proved, and waiting for the choice of whom the person acts for
    identity: Mapped[dict[str, Any] | None]
    #: what it was counted against
    limited: Mapped[dict[str, Any] | None]


class SecondFactor(Base):
    """
    A second factor of a local account.
    """

    __tablename__ = "second_factor"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    #: code or key
    kind: Mapped[str]
    #: as its owner called it
    name: Mapped[str]
    #: of a code the sealed seed, of a key the public key
    secret: Mapped[bytes]
    #: of a key
    credential_id: Mapped[bytes | None] = mapped_column(unique=True)
    #: last time step of which a code was taken, or the key's sign count
    counter: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    added_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """
    A code that stands in once for a lost second factor.
    """

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    #: argon2id
    hash: Mapped[str]
    used_at: Mapped[datetime | None]


class SecondStep(Base):
    """
    A log-in that waits for its second factor, or a factor that is being enrolled.
    """

    __tablename__ = "second_step"

    #: sha256 of a token that only this browser has
    id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    #: log_in or enrol
    purpose: Mapped[str]
    #: page of ours to go to afterwards, or empty
    onward: Mapped[str]
    #: sealed seed that is being enrolled
    seed: Mapped[bytes | None]
    #: what a security key was asked to sign, until it is answered
    challenge: Mapped[str | None]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class PendingPost(Base):
    """
    What was typed into a task's form and sent after the session had ended, until the same person logs in again.
    """

    __tablename__ = "pending_post"

    #: sha256 of a token that only the sending browser has
    id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    task_id: Mapped[str]
    #: {key: [texts]}
    typed: Mapped[dict[str, Any]]
    posted_at: Mapped[datetime] = mapped_column(index=True)


class RateLimit(Base):
    """
    How often something was tried.
    """

    __tablename__ = "rate_limit"

    #: sha256 of what is counted, e.g. of an address or user name
    key: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    #: the count begins anew then
    ends_at: Mapped[datetime] = mapped_column(index=True)
    #: how often the window was doubled
    doubled: Mapped[int] = mapped_column(default=0, server_default="0")


class TelephoneBinding(Base):
    """
    Whose telephone it is: the person of its first log-in by a mobile signature.
    """

    __tablename__ = "telephone_binding"

    #: sha256 of number and user ID
    key: Mapped[str] = mapped_column(primary_key=True)
    fin: Mapped[str]
    #: last log-in; the binding is forgotten a year later
    seen_at: Mapped[datetime] = mapped_column(index=True)
