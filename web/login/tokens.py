"""
ID tokens of an OpenID Connect provider: the provider's keys, the signature, and the claims that bind a token to us.

What the claims say about a person is read elsewhere. Source: OpenID Connect Core 1.0, 3.1.3.7; RFC 7517; RFC 8725.
"""

from __future__ import annotations

import hmac
import json
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import (
    ClaimError,
    ExpiredTokenError,
    InvalidKeyIdError,
    JoseError,
    MissingClaimError,
)
from joserfc.jwk import KeySet
from joserfc.jws import CompactSignature, extract_compact

from engine.clock import Clock
from web.login.calls import Caller, ServiceUnreachable
from web.login.port import LogInRefused

#: a key that the provider takes back is believed no longer than this
KEYS_LIVE = timedelta(hours=1)
#: keys are asked for again because of an unknown one at most this often
REFRESH = timedelta(seconds=5)
PATIENCE = 10.0
#: what nested or wrong JSON and Base64 raise beside the library's own errors
UNREADABLE = (JoseError, ValueError, TypeError, KeyError, RecursionError)


class Keys:
    """
    The provider's keys, kept for a while and asked for once more when a token names an unknown one.
    """

    def __init__(self, url: str, caller: Caller, clock: Clock) -> None:
        self._url = url
        self._caller = caller
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: tuple[datetime, KeySet] | None = None
        self._again: datetime | None = None

    def current(self) -> KeySet:
        """
        Return the keys.

        Raises:
            LogInRefused: `service_down`.
        """
        with self._lock:
            now = self._clock.now()
            if self._kept is None or now - self._kept[0] >= KEYS_LIVE:
                self._kept = (now, self._fetch())
            return self._kept[1]

    def for_token(self, signature: CompactSignature) -> KeySet:
        """
        Return the keys, anew if none of them is the one that the token names.

        Raises:
            LogInRefused: `service_down`.
        """
        keys = self.current()
        kid = signature.headers().get("kid")
        if kid is None or any(key.kid == kid for key in keys):
            return keys
        with self._lock:
            assert self._kept is not None
            now = self._clock.now()
            if self._kept[1] is keys and (self._again is None or now - self._again >= REFRESH):
                self._again = now
                self._kept = (now, self._fetch())
            return self._kept[1]

    def _fetch(self) -> KeySet:
        try:
            answer = self._caller.get(self._url, patience=PATIENCE)
            if answer.status != 200:
                raise LogInRefused("service_down", f"keys: status {answer.status}")
            return KeySet.import_key_set(answer.object())  # type: ignore[arg-type]
        except ServiceUnreachable as silent:
            raise LogInRefused("service_down", f"keys: {silent}") from None
        except UNREADABLE as wrong:
            raise LogInRefused("service_down", f"keys: {type(wrong).__name__}") from None


class TokenCheck:
    """
    What must hold of a token of one provider for one client.
    """

    def __init__(self, keys: Keys, *, issuer: str, client_id: str, algorithms: tuple[str, ...], skew: int) -> None:
        self._keys = keys
        self._issuer = issuer
        self._client_id = client_id
        self._algorithms = list(algorithms)
        self._skew = skew

    def claims(self, token: str, nonce: str | None, now: datetime) -> Mapping[str, Any]:
        """
        Return the claims of a token whose signature, issuer, audience, times and nonce hold.

        Args:
            nonce: that we sent; None: none.

        Raises:
            LogInRefused: with the code of the first thing that does not hold.
        """
        claims = self._signed(token)
        if claims.get("iss") != self._issuer:
            raise LogInRefused("wrong_issuer", "issuer of the token")
        self._check_times_and_audience(claims, now)
        if nonce is not None:
            told = claims.get("nonce")
            if not isinstance(told, str) or not hmac.compare_digest(told.encode(), nonce.encode()):
                raise LogInRefused("nonce_mismatch")
        return claims

    def _signed(self, token: str) -> dict[str, Any]:
        try:
            signature = extract_compact(token.encode())
            if not isinstance(signature.headers().get("kid"), str | None):
                raise LogInRefused("unreadable_answer", "key id of the token")
            keys = self._keys.for_token(signature)
            return jwt.decode(token, keys, algorithms=self._algorithms).claims
        except InvalidKeyIdError:
            raise LogInRefused("bad_signature", "unknown key") from None
        except UNREADABLE as wrong:
            raise LogInRefused("bad_signature", type(wrong).__name__) from None

    def _check_times_and_audience(self, claims: dict[str, Any], now: datetime) -> None:
        needed = {"exp": {"essential": True}, "iat": {"essential": True}, "sub": {"essential": True}}
        audience = {"essential": True, "value": self._client_id}
        registry = jwt.JWTClaimsRegistry(int(now.timestamp()), self._skew, aud=audience, **needed)  # type: ignore[arg-type]
        try:
            registry.validate(claims)
        except ExpiredTokenError:
            raise LogInRefused("token_expired") from None
        except MissingClaimError:
            raise LogInRefused("unreadable_answer", "a claim is missing") from None
        except ClaimError as wrong:
            raise LogInRefused("not_trusted", f"claim {wrong.claim}") from None
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != self._client_id:
            raise LogInRefused("not_trusted", "claim azp")


def at(claims: object, path: str) -> Any:
    """
    Return what stands at a dotted path like `user.pin`, or None.
    """
    for name in path.split("."):
        if not isinstance(claims, Mapping):
            return None
        claims = claims.get(name)
    return claims


def read_json(content: bytes) -> Any:
    """
    Read JSON from outside.

    Raises:
        LogInRefused: `unreadable_answer`.
    """
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise LogInRefused("unreadable_answer", "not JSON") from None
