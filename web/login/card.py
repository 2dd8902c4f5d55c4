"""
e-imza by TLS: a host of its own asks the browser for the certificate on the card, and hands the person over to the
main host by a one-time code.

The attempt stays the browser's that began it: the code is worth nothing without that browser's cookie, nor the cookie
without the code. `card_server` is that host; behind a reverse proxy `card_header` is.
"""

from __future__ import annotations

import base64
import hmac
import logging
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from engine.clock import Clock
from engine.means import CardSettings
from engine.storage.database import Database
from web.login import attempts, certificates, signatures
from web.login.port import Attempt, Identity, LogInRefused, Name, Question, Redirect, callback_path
from web.login.subjects import identity_of
from web.login.trust import Trust
from web.sessions import digest

log = logging.getLogger(__name__)

NAME: Name = "e-imza"
#: in the attempt's data
KEPT = "handover"
_STATE = re.compile(r"[0-9A-Za-z_-]{20,100}")


class Card:
    """
    The adapter of the card.

    Args:
        base_url: of the main host.
    """

    name = NAME

    def __init__(self, settings: CardSettings, trust: Trust, database: Database, clock: Clock, base_url: str) -> None:
        self._settings = settings
        self._trust = trust
        self._clock = clock
        #: for the card's host
        self.handover = Handover(trust, database, clock, base_url, settings.handover_seconds)
        #: whose cards are believed
        self.authorities = trust.authorities
        parts = urlsplit(settings.url)
        #: the host of the card
        self.origins: tuple[str, ...] = (f"{parts.scheme}://{parts.netloc}",)

    def available(self) -> str | None:
        """
        Say whether certificates can be checked now.
        """
        return self._trust.available(self._clock.now())

    def asks(self, typed: Mapping[str, str] | None = None) -> tuple[Question, ...]:
        """
        Nothing is typed: the card says who it is.
        """
        return ()

    def limited_by(self, typed: Mapping[str, str]) -> None:
        """
        A card can't be guessed.
        """
        return None

    def start(self, attempt: Attempt, typed: Mapping[str, str]) -> Redirect:
        """
        Send the browser to the host that asks for the certificate.
        """
        return Redirect(f"{self._settings.url}/?{urlencode({'state': attempt.state})}")

    def poll(self, attempt: Attempt, seconds: float) -> Identity | None:
        """
        The answer comes through the browser.
        """
        return None

    def finish(self, attempt: Attempt, answer: Mapping[str, str]) -> Identity:
        """
        Take over what the card's host has checked, by its code.
        """
        kept = attempt.data.get(KEPT)
        if not isinstance(kept, dict) or not hmac.compare_digest(digest(answer.get("code", "")), kept["code"]):
            raise LogInRefused("state_mismatch", "the code of the card's host")
        if self._clock.now() >= datetime.fromisoformat(kept["until"]):
            raise LogInRefused("token_expired", "the code of the card's host")
        if kept["refusal"]:
            raise LogInRefused(kept["refusal"])
        certificate = certificates.read(signatures.decoded(kept["certificate"]))
        return identity_of(self._trust.subject(certificate), certificate, self.name, "high")

    def cancel(self, attempt: Attempt) -> None:
        """
        Nobody waits.
        """


class Handover:
    """
    What the card's host does with a certificate: check it, keep it with the attempt, and name the way back.

    Args:
        base_url: of the main host.
        seconds: how long the way back may take.
    """

    def __init__(self, trust: Trust, database: Database, clock: Clock, base_url: str, seconds: int) -> None:
        self._trust = trust
        self._database = database
        self._clock = clock
        self._base_url = base_url
        self._life = timedelta(seconds=seconds)

    def receive(self, state: str, der: bytes | None, sent: Sequence[bytes] = ()) -> str:
        """
        Take a certificate whose key the browser has proved to have, and return the address to send the browser to.

        Args:
            state: of the attempt, as the browser brought it.
            der: the certificate; None: none was shown.
            sent: further certificates that came along.
        """
        if not self._runs(state):
            return self._back(state if _STATE.fullmatch(state) else "")
        refusal = ""
        try:
            self._check(der, sent)
        except LogInRefused as no:
            log.info("a card was refused", extra={"code": no.code, "detail": no.detail or None})
            refusal, der = no.code, None
        code = secrets.token_urlsafe(32)
        self._keep(
            state,
            {
                "code": digest(code),
                "until": (self._clock.now() + self._life).isoformat(),
                "refusal": refusal,
                "certificate": base64.b64encode(der).decode() if der else "",
            },
        )
        return self._back(state, code)

    def _check(self, der: bytes | None, sent: Sequence[bytes]) -> None:
        if der is None:
            raise LogInRefused("no_certificate")
        certificate = self._trust.check(der, self._clock.now(), sent)
        log.info("a card was shown: certificate %x", certificate.serial_number)

    def _runs(self, state: str) -> bool:
        with self._database.read() as connection:
            kept = attempts.of_state(connection, state)
        return kept is not None and kept.attempt.means == NAME and kept.why_over(self._clock.now()) is None

    def _keep(self, state: str, handover: dict[str, Any]) -> None:
        with self._database.step() as connection:
            kept = attempts.of_state(connection, state)
            if kept is not None:
                kept.attempt.data[KEPT] = handover
                attempts.save(connection, kept.attempt)

    def _back(self, state: str, code: str = "") -> str:
        return f"{self._base_url}{callback_path(NAME)}?{urlencode({'state': state, 'code': code})}"
