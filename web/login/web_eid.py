"""
e-imza by Web eID: an extension of the browser has the card sign our nonce together with our address.

Source: web-eid-system-architecture-doc, "Authentication token"; the page's side is `static/js/web-eid.js`. The address
that must have been signed is configuration, never what the request says.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from engine.clock import Clock
from web.login import certificates, signatures
from web.login.port import Ask, Attempt, Identity, LogInRefused, Name, Question
from web.login.subjects import identity_of
from web.login.trust import Trust

log = logging.getLogger(__name__)

#: module under static/js
SCRIPT = "web-eid.js"
NONCE_BYTES = 32
NONCE_LIFE = timedelta(minutes=5)
#: characters of a token
SHORTEST, LONGEST = 100, 10_000
FORMAT = re.compile(r"web-eid:1(\.[0-9]{1,4})?")
#: what the extension reports -> refusal. Source: web-eid.js, ErrorCode
FAILURES: Mapping[str, str] = {
    "ERR_WEBEID_USER_CANCELLED": "cancelled",
    "ERR_WEBEID_USER_TIMEOUT": "timed_out",
    "ERR_WEBEID_ACTION_TIMEOUT": "timed_out",
    "ERR_WEBEID_EXTENSION_UNAVAILABLE": "extension_missing",
    "ERR_WEBEID_NATIVE_UNAVAILABLE": "extension_missing",
    "ERR_WEBEID_VERSION_MISMATCH": "extension_missing",
    "ERR_WEBEID_VERSION_INVALID": "extension_missing",
    "ERR_WEBEID_CONTEXT_INSECURE": "not_set_up",
}


@dataclass(frozen=True)
class Algorithm:
    """
    A signature algorithm of JSON Web Algorithms. Source: RFC 7518, 3.1.
    """

    hashing: hashes.HashAlgorithm
    #: of the curve, in bits; None: RSA
    curve: int | None = None
    pss: bool = False


ALGORITHMS: Mapping[str, Algorithm] = {
    "ES256": Algorithm(hashes.SHA256(), 256),
    "ES384": Algorithm(hashes.SHA384(), 384),
    "ES512": Algorithm(hashes.SHA512(), 521),
    "RS256": Algorithm(hashes.SHA256()),
    "RS384": Algorithm(hashes.SHA384()),
    "RS512": Algorithm(hashes.SHA512()),
    "PS256": Algorithm(hashes.SHA256(), pss=True),
    "PS384": Algorithm(hashes.SHA384(), pss=True),
    "PS512": Algorithm(hashes.SHA512(), pss=True),
}


@dataclass(frozen=True)
class Token:
    """
    What the extension gave; nothing of it has been checked.
    """

    certificate: bytes
    algorithm: str
    signature: bytes


class WebEid:
    """
    The adapter of Web eID.

    Args:
        base_url: under which people reach the pages.
    """

    name: Name = "e-imza"
    origins: tuple[str, ...] = ()

    def __init__(self, trust: Trust, clock: Clock, base_url: str) -> None:
        self._trust = trust
        self._clock = clock
        self._origin = origin_of(base_url)

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

    def start(self, attempt: Attempt, typed: Mapping[str, str]) -> Ask:
        """
        Let the page ask the extension to sign a new nonce.
        """
        nonce = base64.b64encode(secrets.token_bytes(NONCE_BYTES)).decode()
        attempt.data.update(nonce=nonce, until=(self._clock.now() + NONCE_LIFE).isoformat())
        fields = (Question("token", "", kind="hidden"), Question("failure", "", kind="hidden"))
        return Ask(fields, SCRIPT, {"nonce": nonce})

    def poll(self, attempt: Attempt, seconds: float) -> Identity | None:
        """
        The answer comes through the browser.
        """
        return None

    def finish(self, attempt: Attempt, answer: Mapping[str, str]) -> Identity:
        """
        Check the token that the page sent.
        """
        nonce, until = attempt.data.pop("nonce", ""), attempt.data.pop("until", "")
        if not nonce:
            raise LogInRefused("used_twice", "nonce")
        failure = answer.get("failure", "")
        if failure:
            raise LogInRefused(FAILURES.get(failure, "unreadable_answer"), "the extension failed")
        now = self._clock.now()
        if now >= datetime.fromisoformat(until):
            raise LogInRefused("token_expired", "nonce")
        token = read(answer.get("token", ""))
        check_signature(token, self._origin, nonce)
        certificate = self._trust.check(token.certificate, now)
        return identity_of(self._trust.subject(certificate), certificate, self.name, "high")

    def cancel(self, attempt: Attempt) -> None:
        """
        Nobody waits.
        """


def origin_of(url: str) -> str:
    """
    Return the origin of an address as browsers write it: no path, no slash, no usual port.
    """
    parts = urlsplit(url)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    port = "" if parts.port in {None, usual} else f":{parts.port}"
    return f"{parts.scheme}://{shown}{port}"


def read(text: str) -> Token:
    """
    Read a token.

    Raises:
        LogInRefused: `unreadable_answer`.
    """
    if not SHORTEST <= len(text) <= LONGEST:
        raise LogInRefused("unreadable_answer", "length of the token")
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise LogInRefused("unreadable_answer", "the token is not JSON") from None
    if not isinstance(found, dict):
        raise LogInRefused("unreadable_answer", "the token is no object")
    written, algorithm = found.get("format"), found.get("algorithm")
    if not isinstance(written, str) or not FORMAT.fullmatch(written):
        raise LogInRefused("unreadable_answer", "format of the token")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise LogInRefused("unreadable_answer", "algorithm of the token")
    return Token(
        certificate=signatures.decoded(found.get("unverifiedCertificate")),
        algorithm=algorithm,
        signature=signatures.decoded(found.get("signature")),
    )


def check_signature(token: Token, origin: str, nonce: str) -> None:
    """
    Check that the certificate's key signed this origin and this nonce.

    Args:
        nonce: as the page was given it, Base64 text.

    Raises:
        LogInRefused: `bad_signature`; `unreadable_answer` or `not_trusted` for the certificate.
    """
    algorithm = ALGORITHMS[token.algorithm]
    key = certificates.key_of(certificates.read(token.certificate))
    if isinstance(key, rsa.RSAPublicKey) == (algorithm.curve is not None):
        raise LogInRefused("bad_signature", "the algorithm is of another kind of key")
    if isinstance(key, ec.EllipticCurvePublicKey) and key.key_size != algorithm.curve:
        raise LogInRefused("bad_signature", "the algorithm is of another curve")
    name = algorithm.hashing.name
    signed = b"".join(hashlib.new(name, one.encode()).digest() for one in (origin, nonce))
    digest = hashlib.new(name, signed).digest()
    signatures.verify(key, token.signature, digest, algorithm.hashing, pss=algorithm.pss)
