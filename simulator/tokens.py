"""
What the portal gives out: one-time codes, access tokens, signed ID tokens, and the keys that check them.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from simulator.answers import Answer, Wish
from simulator.persons import Person

#: a code must be exchanged within. Source: RFC 6749, 4.1.2 allows ten minutes
CODE_LIFE = timedelta(minutes=1)
TOKEN_LIFE = timedelta(minutes=10)
_ALGORITHM = "RS256"


@dataclass(frozen=True)
class Client:
    """
    The service that lets people log in with the portal.
    """

    id: str
    secret: str
    #: where people may be sent back, compared letter by letter; empty: anywhere on the loopback
    callbacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Grant:
    """
    What a person allowed a client.
    """

    person: Person
    callback: str
    scope: frozenset[str]
    nonce: str | None
    #: PKCE: Base64url of the verifier's SHA-256, or None
    challenge: str | None
    wish: Wish
    until: datetime

    def fits(self, callback: str, verifier: str | None) -> bool:
        """
        Tell whether who brings the code is who asked for it. Source: RFC 6749, 4.1.3; RFC 7636, 4.6.
        """
        if callback != self.callback:
            return False
        if self.challenge is None:
            return verifier is None
        hashed = hashlib.sha256((verifier or "").encode()).digest()
        return secrets.compare_digest(base64.urlsafe_b64encode(hashed).rstrip(b"=").decode(), self.challenge)


class Grants:
    """
    Codes, tokens and keys of one client; threads may share it.
    """

    def __init__(self, client: Client, issuer: str, clock: Callable[[], datetime]) -> None:
        self.client = client
        self.issuer = issuer
        self._clock = clock
        self._lock = threading.Lock()
        self._codes: dict[str, Grant] = {}
        self._used: dict[str, str] = {}
        self._tokens: dict[str, Grant] = {}
        self._key = _key()
        self._published = [self._key]

    def give_code(self, grant: Grant) -> str:
        """
        Return a one-time code for `grant`.
        """
        code = secrets.token_urlsafe(24)
        with self._lock:
            self._codes[code] = grant
        return code

    def take_code(self, code: str) -> Grant | None:
        """
        Use a code up; None if it is unknown, late or was used. A second use ends what the first one gave.
        """
        with self._lock:
            grant = self._codes.pop(code, None)
            if grant is None:
                self._tokens.pop(self._used.pop(code, ""), None)
                return None
        return grant if grant.until > self._clock() else None

    def give_token(self, code: str, grant: Grant) -> str:
        """
        Return an access token for what `code` stood for.
        """
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._tokens = {one: kept for one, kept in self._tokens.items() if self._runs(kept)}
            self._tokens[token] = grant
            self._used[code] = token
        return token

    def of_token(self, token: str) -> Grant | None:
        """
        Return what an access token stands for, or None.
        """
        with self._lock:
            grant = self._tokens.get(token)
        return grant if grant is not None and self._runs(grant) else None

    def keys(self) -> dict[str, Any]:
        """
        Return the published keys as a JSON Web Key Set.
        """
        with self._lock:
            return {"keys": [key.as_dict(private=False) for key in self._published]}

    def id_token(self, grant: Grant) -> str:
        """
        Return a signed ID token, with what the wish of the log-in wants to be wrong with it.
        """
        now, wished = self._clock(), grant.wish.answer
        late = timedelta(hours=1) if wished is Answer.EXPIRED else timedelta(0)
        claims = {
            "iss": "https://portal.example.com" if wished is Answer.WRONG_ISSUER else self.issuer,
            "aud": self.client.id,
            "iat": int((now - late).timestamp()),
            "exp": int((now - late + TOKEN_LIFE).timestamp()),
            **claims_of(grant.person, active=wished is not Answer.INACTIVE),
        }
        if grant.nonce is not None:
            claims["nonce"] = secrets.token_urlsafe(16) if wished is Answer.WRONG_PERSON else grant.nonce
        key = self._key_for(wished)
        token = jwt.encode({"alg": _ALGORITHM, "typ": "JWT", "kid": key.kid}, claims, key)
        return _spoiled(token) if wished is Answer.BAD_SIGNATURE else token

    def _key_for(self, wished: Answer) -> RSAKey:
        if wished is Answer.REVOKED:
            return _key()
        if wished is Answer.NEW_KEY:
            with self._lock:
                self._key = _key()
                self._published = [self._key]
        return self._key

    def _runs(self, grant: Grant) -> bool:
        return grant.until - CODE_LIFE + TOKEN_LIFE > self._clock()


def claims_of(person: Person, *, active: bool = True) -> Mapping[str, Any]:
    """
    Return what the portal says of a person, in the shape that public clients of the state's portal read.
    """
    return {
        "sub": str(uuid.uuid5(uuid.NAMESPACE_OID, person.fin)),
        "user": {
            "pin": person.fin,
            "firstName": person.given_name,
            "lastName": person.surname,
            "patronymic": person.patronymic,
            "citizenship": "AZE",
            "phone": person.telephone,
        },
        "type": "PERSONAL",
        "role": "USER",
        "is_active": active,
    }


def _key() -> RSAKey:
    return RSAKey.generate_key(2048, {"use": "sig", "alg": _ALGORITHM}, auto_kid=True)


def _spoiled(token: str) -> str:
    head, claims, signature = token.split(".")
    return ".".join((head, claims, signature[::-1]))
