"""
Asan İmza, the mobile signature: a person confirms on the telephone, and the signature is checked here.

Nothing that the service says is believed by itself. Seven things must hold: the signature over our own bytes,
validity, chain, use and policy, revocation, the person who was asked for is the one who answered, and all that once.
How the service is spoken to is a transport: `mobile_id_rest` or `mobile_id_words`.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from cryptography.hazmat.primitives import hashes

from engine.clock import Clock
from engine.means import AsanSettings
from engine.storage.database import Database
from web.login import bindings, certificates, signatures
from web.login.calls import ServiceUnreachable
from web.login.mobile_id_fields import Asked, Fields
from web.login.port import Attempt, Code, Identity, LogInRefused, Name, Question, Telephone
from web.login.subjects import Subject, identity_of
from web.login.trust import Trust

#: so many answers in a row may fail to come before a log-in that waits is given up
FAILURES = 3


@dataclass(frozen=True)
class Signed:
    """
    What came back from a telephone; nothing of it has been checked.
    """

    certificate: bytes
    signature: bytes
    #: that was to be signed, made or partly made by us
    digest: bytes
    algorithm: hashes.HashAlgorithm
    #: FIN of the person whom the service asked, as it said at the beginning; empty: it did not say
    person: str = ""


class Transport(Protocol):
    """
    A way to speak to the service. `data` is the attempt's: JSON values, kept between the calls.
    """

    def begin(self, data: dict[str, Any], asked: Asked) -> str:
        """
        Choose what is to be signed and return the verification code.

        Raises:
            LogInRefused: the service says no.
            ServiceUnreachable: it says nothing that can be used.
        """
        ...

    def ring(self, data: dict[str, Any], asked: Asked) -> None:
        """
        Make the telephone ring, unless `begin` has.

        Raises:
            LogInRefused: the service says no.
            ServiceUnreachable: it says nothing that can be used.
        """
        ...

    def answer(self, data: dict[str, Any], seconds: float) -> Signed | None:
        """
        Ask for the answer, waiting about `seconds` if the service can wait; None: not yet.

        Raises:
            LogInRefused: there will be no signature.
            ServiceUnreachable: the service says nothing that can be used.
        """
        ...


def verification_code(digest: bytes) -> str:
    """
    Return the four digits that the telephone shows too: the first six bits of a digest and its last seven.

    Source: SK-EID/MID, 2.4.1; at most 8191.
    """
    return f"{((digest[0] >> 2) << 7) | (digest[-1] & 0x7F):04d}"


class MobileId:
    """
    The adapter of Asan İmza.
    """

    name: Name = "asan-imza"
    origins: tuple[str, ...] = ()

    def __init__(
        self, settings: AsanSettings, trust: Trust, transport: Transport, database: Database, clock: Clock
    ) -> None:
        self._settings = settings
        self._fields = Fields(by_fin=settings.identifier == "national_id")
        self._trust = trust
        self._transport = transport
        self._database = database
        self._clock = clock

    def available(self) -> str | None:
        """
        Whether the service answers is known only when it is called; whether certificates can be checked, before.
        """
        return self._trust.available(self._clock.now())

    def asks(self, typed: Mapping[str, str] | None = None) -> tuple[Question, ...]:
        """
        Ask for telephone and user ID (or FIN).
        """
        return self._fields.questions(typed)

    def limited_by(self, typed: Mapping[str, str]) -> Telephone:
        """
        Count the rings of each telephone.
        """
        asked = self._fields.asked(typed)
        return Telephone(asked.number, asked.identifier)

    def start(self, attempt: Attempt, typed: Mapping[str, str]) -> Code:
        """
        Choose what is to be signed; the code of it is shown before the telephone rings.
        """
        asked = self._fields.asked(typed)
        now = self._clock.now()
        attempt.data.update(
            number=asked.number,
            identifier=asked.identifier,
            until=(now + timedelta(seconds=self._settings.seconds)).isoformat(),
        )
        try:
            return Code(self._transport.begin(attempt.data, asked))
        except ServiceUnreachable as silent:
            raise LogInRefused("service_down", str(silent)) from None

    def poll(self, attempt: Attempt, seconds: float) -> Identity | None:
        """
        Make the telephone ring at first, later ask for its answer and check it.
        """
        data, now = attempt.data, self._clock.now()
        if now >= datetime.fromisoformat(data["until"]):
            raise LogInRefused("timed_out")
        asked = Asked(data["number"], data["identifier"])
        if not data.get("rung"):
            self._ring(data, asked)
            return None
        try:
            signed = self._transport.answer(data, seconds)
        except ServiceUnreachable as silent:
            data["failures"] = data.get("failures", 0) + 1
            if data["failures"] >= FAILURES:
                raise LogInRefused("service_down", str(silent)) from None
            return None
        data["failures"] = 0
        return None if signed is None else self._proved(asked, signed)

    def finish(self, attempt: Attempt, answer: Mapping[str, str]) -> Identity:
        """
        Refuse: the answer comes from the telephone, never through the browser.
        """
        raise LogInRefused("not_allowed_here", "an answer through the browser")

    def cancel(self, attempt: Attempt) -> None:
        """
        The service knows no cancelling: what is answered later is asked for by nobody.
        """

    def _ring(self, data: dict[str, Any], asked: Asked) -> None:
        data["rung"] = True
        try:
            self._transport.ring(data, asked)
        except ServiceUnreachable as silent:
            # Not once more: it may have reached the telephone.
            raise LogInRefused("service_down", str(silent)) from None

    def _proved(self, asked: Asked, signed: Signed) -> Identity:
        now = self._clock.now()
        key = certificates.key_of(certificates.read(signed.certificate))
        signatures.verify(key, signed.signature, signed.digest, signed.algorithm)
        certificate = self._trust.check(signed.certificate, now)
        subject = self._trust.subject(certificate)
        self._check_person(asked, signed, subject, now)
        return identity_of(subject, certificate, self.name, "high")

    def _check_person(self, asked: Asked, signed: Signed, subject: Subject, now: datetime) -> None:
        if self._settings.identifier == "national_id":
            _same(asked.identifier, subject.fin)
            return
        if self._trust.mapping.names("user_id"):
            _same(asked.identifier, subject.user_id)
        if signed.person:
            _same(signed.person, subject.fin)
        with self._database.step() as connection:
            bound = bindings.bind(connection, asked.number, asked.identifier, subject.fin, now)
        if not bound:
            raise LogInRefused("number_of_another", "another person logged in with this number before")


def _same(asked: str, answered: str) -> None:
    if not hmac.compare_digest(asked.encode(), answered.encode()):
        raise LogInRefused("wrong_person")
