"""
The portal's adapter against a provider that lies in every way: the answer, the code, the token, the claims, the keys.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from engine.clock import SettableClock
from engine.means import PortalSettings
from tests.support.installation import MONDAY
from web.login.calls import Answer, Caller, ServiceUnreachable
from web.login.port import CODES, Attempt, Entity, Identity, LogInRefused
from web.login.portal import Portal

ISSUER, CLIENT, BASE = "https://portal.example", "azersu", "https://sayghac.example.az"
KEY = RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)
NEXT_KEY = ECKey.generate_key("P-256", {"use": "sig"}, auto_kid=True)
STATE = "s" * 43


@dataclass
class Provider(Caller):
    """
    A provider in the place of the network; `spoil` changes the claims that it signs.
    """

    spoil: Callable[[dict[str, Any]], object] = lambda claims: None
    key: Any = field(default_factory=lambda: KEY)
    header: dict[str, Any] = field(default_factory=dict)
    published: tuple[Any, ...] = (KEY,)
    token: Mapping[str, Any] | bytes | None = None
    token_status: int = 200
    entities: object = ()
    nonce: str | None = None
    down: frozenset[str] = frozenset()
    asked: list[tuple[str, bytes | None, Mapping[str, str]]] = field(default_factory=list)

    def send(self, url: str, content: bytes | None, *, headers: Mapping[str, str] | None = None, **_: Any) -> Answer:
        """
        Answer as the provider does.
        """
        self.asked.append((url, content, headers or {}))
        what = url.rsplit("/", 1)[1]
        if what in self.down:
            raise ServiceUnreachable("ConnectError")
        if what == "jwks":
            return _json({"keys": [key.as_dict(private=False) for key in self.published]})
        if what == "certificates":
            return _json(self.entities)
        given = self.token if self.token is not None else {"access_token": "a.b-c", "id_token": self.id_token()}
        return Answer(self.token_status, given if isinstance(given, bytes) else json.dumps(given).encode())

    def id_token(self) -> str:
        """
        Sign the claims.
        """
        now = int(MONDAY.timestamp())
        claims: dict[str, Any] = {"iss": ISSUER, "aud": CLIENT, "sub": "1", "iat": now, "exp": now + 300}
        claims |= {"is_active": True, "nonce": self.nonce}
        claims["user"] = {"pin": "5XKV3PM", "firstName": "Aysel", "lastName": "Əliyeva", "patronymic": "Rauf qızı"}
        self.spoil(claims)
        header = {"alg": "ES256" if isinstance(self.key, ECKey) else "RS256", "kid": self.key.kid, **self.header}
        return jwt.encode(header, claims, self.key, algorithms=["RS256", "ES256", "HS256"])


def _json(found: object) -> Answer:
    return Answer(200, json.dumps(found).encode())


def portal(provider: Provider, clock: SettableClock | None = None, **more: Any) -> Portal:
    told = PortalSettings(
        transport="oidc",
        issuer=ISSUER,
        authorize_url=f"{ISSUER}/grant-permission",
        token_url=f"{ISSUER}/token",
        keys_url=f"{ISSUER}/jwks",
        client_id=CLIENT,
        client_secret="a secret & more",
        **more,
    )
    return Portal(told, BASE, provider, clock or SettableClock(MONDAY))


def walk(provider: Provider, answer: Mapping[str, str] | None = None, **more: Any) -> Identity:
    means = portal(provider, **more)
    attempt = Attempt(STATE, "e-gov", MONDAY + timedelta(minutes=10))
    means.start(attempt, {})
    provider.nonce = attempt.data.get("nonce")
    return means.finish(attempt, {"state": STATE, "code": "the-code"} if answer is None else answer)


def refusal(provider: Provider, answer: Mapping[str, str] | None = None, **more: Any) -> str:
    with pytest.raises(LogInRefused) as refused:
        walk(provider, answer, **more)
    return refused.value.code


def test_the_browser_is_sent_with_state_nonce_and_challenge_and_the_exact_way_back() -> None:
    means = portal(Provider())
    attempt = Attempt(STATE, "e-gov", MONDAY)
    step = means.start(attempt, {})
    asked = {name: values[0] for name, values in parse_qs(urlsplit(step.url).query).items()}
    challenge = base64.urlsafe_b64encode(hashlib.sha256(attempt.data["verifier"].encode()).digest())
    assert step.url.startswith(f"{ISSUER}/grant-permission?")
    assert asked == {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": f"{BASE}/giris/qayit/e-gov",
        "scope": "openid certificate user",
        "state": STATE,
        "nonce": attempt.data["nonce"],
        "code_challenge": challenge.decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    assert means.origins == (ISSUER,)
    again = Attempt(STATE, "e-gov", MONDAY)
    means.start(again, {})
    assert again.data["nonce"] != attempt.data["nonce"] and again.data["verifier"] != attempt.data["verifier"]


def test_nonce_and_pkce_can_be_switched_off() -> None:
    provider = Provider()
    attempt = Attempt(STATE, "e-gov", MONDAY)
    step = portal(provider, nonce=False, pkce=False).start(attempt, {})
    assert attempt.data == {} and "nonce" not in step.url and "code_challenge" not in step.url
    assert walk(Provider(), nonce=False, pkce=False).fin == "5XKV3PM"


def test_the_code_is_exchanged_once_with_secret_verifier_and_way_back() -> None:
    provider = Provider()
    found = walk(provider)
    assert found == Identity("5XKV3PM", "Aysel", "Əliyeva", "Rauf qızı", "e-gov", "substantial")
    (url, content, headers), *more = [asked for asked in provider.asked if asked[0].endswith("/token")]
    sent = parse_qs((content or b"").decode())
    assert not more and url == f"{ISSUER}/token"
    assert sent["grant_type"] == ["authorization_code"] and sent["code"] == ["the-code"]
    assert sent["redirect_uri"] == [f"{BASE}/giris/qayit/e-gov"] and len(sent["code_verifier"][0]) == 64
    # RFC 6749, 2.3.1: both are form-encoded before they are joined
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")) == b"azersu:a+secret+%26+more"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"error": "access_denied"}, "cancelled"),
        ({"error": "temporarily_unavailable"}, "service_down"),
        ({"error": "invalid_scope"}, "unreadable_answer"),
        ({"error": "<script>"}, "unreadable_answer"),
        ({}, "unreadable_answer"),
        ({"code": ""}, "unreadable_answer"),
        ({"code": "x", "iss": "https://elsewhere.example"}, "wrong_issuer"),
    ],
)
def test_an_answer_without_a_code_of_this_issuer_ends_the_log_in(answer: dict[str, str], code: str) -> None:
    provider = Provider()
    assert refusal(provider, answer) == code
    assert not [url for url, *_ in provider.asked if url.endswith("/token")]


def _set(name: str, value: object) -> Callable[[dict[str, Any]], object]:
    return lambda claims: claims.update({name: value})


def _without(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda claims: claims.pop(name)


def _user(**changed: object) -> Callable[[dict[str, Any]], object]:
    return lambda claims: claims["user"].update(changed)


NOW = int(MONDAY.timestamp())


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (_set("iss", "https://elsewhere.example"), "wrong_issuer"),
        (_set("iss", f"{ISSUER}/"), "wrong_issuer"),
        (_set("iss", [ISSUER]), "wrong_issuer"),
        (_without("iss"), "wrong_issuer"),
        (_set("aud", "another"), "not_trusted"),
        (_set("aud", [CLIENT, "another"]), "not_trusted"),
        (_set("azp", "another"), "not_trusted"),
        (_without("aud"), "unreadable_answer"),
        (_set("exp", NOW - 61), "token_expired"),
        (_set("exp", "tomorrow"), "not_trusted"),
        (_without("exp"), "unreadable_answer"),
        (_set("iat", NOW + 61), "not_trusted"),
        (_set("nbf", NOW + 61), "not_trusted"),
        (_without("iat"), "unreadable_answer"),
        (_without("nonce"), "nonce_mismatch"),
        (_set("nonce", "of-another-log-in"), "nonce_mismatch"),
        (_set("nonce", 7), "nonce_mismatch"),
        (_set("is_active", False), "inactive_account"),
        (_set("is_active", "false"), "inactive_account"),
        (_set("is_active", 0), "inactive_account"),
        (_without("is_active"), "inactive_account"),
        (_without("user"), "identity_incomplete"),
        (_set("user", "5XKV3PM"), "identity_incomplete"),
        (_user(pin="5XKV3P"), "identity_incomplete"),
        (_user(pin="5xkv3pm"), "identity_incomplete"),
        (_user(pin="5XKV3PO"), "identity_incomplete"),
        (_user(pin="5XKV3PM\n"), "identity_incomplete"),
        (_user(pin=None), "identity_incomplete"),
        (_user(firstName=""), "identity_incomplete"),
        (_user(lastName="\x00\x07"), "identity_incomplete"),
    ],
)
def test_a_claim_that_does_not_hold_lets_nobody_in(spoil: Callable[[dict[str, Any]], object], code: str) -> None:
    assert refusal(Provider(spoil=spoil)) == code


@pytest.mark.parametrize("spoil", [_set("exp", NOW - 59), _set("iat", NOW + 59), _set("azp", CLIENT)])
def test_the_portals_clock_may_differ_a_little(spoil: Callable[[dict[str, Any]], object]) -> None:
    assert walk(Provider(spoil=spoil)).fin == "5XKV3PM"


def test_a_signature_by_anything_but_a_published_key_and_allowed_algorithm_lets_nobody_in() -> None:
    stranger = RSAKey.generate_key(2048, {"kid": KEY.kid})
    _, claims, _ = Provider().id_token().split(".")
    unsigned = f"{_part({'alg': 'none'})}.{claims}."
    assert refusal(Provider(key=stranger)) == "bad_signature"
    assert refusal(Provider(token={"access_token": "a", "id_token": _signed_with_the_public_key()})) == "bad_signature"
    assert refusal(Provider(token={"access_token": "a", "id_token": unsigned})) == "bad_signature"
    assert refusal(Provider(), algorithms=("ES256",)) == "bad_signature"


def _part(header: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()


def _signed_with_the_public_key() -> str:
    _, claims, _ = Provider().id_token().split(".")
    head = _part({"alg": "HS256", "kid": KEY.kid})
    mac = hmac.digest(KEY.as_pem(private=False), f"{head}.{claims}".encode(), "sha256")
    return f"{head}.{claims}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def test_an_unknown_key_is_looked_up_once_and_not_again_at_every_token() -> None:
    provider, clock = Provider(), SettableClock(MONDAY)
    means = portal(provider, clock)

    def attempt() -> Identity:
        kept = Attempt(STATE, "e-gov", MONDAY)
        means.start(kept, {})
        provider.nonce = kept.data["nonce"]
        return means.finish(kept, {"state": STATE, "code": "c"})

    attempt()
    provider.key, provider.published = NEXT_KEY, (KEY, NEXT_KEY)
    attempt()
    assert _fetched(provider) == 2
    provider.key = ECKey.generate_key("P-256", auto_kid=True)
    for _ in range(5):
        with pytest.raises(LogInRefused, match="bad_signature"):
            attempt()
    assert _fetched(provider) == 2
    clock.advance(timedelta(seconds=30))
    with pytest.raises(LogInRefused, match="bad_signature"):
        attempt()
    assert _fetched(provider) == 3


def test_a_key_that_was_taken_back_is_forgotten_after_an_hour() -> None:
    provider, clock = Provider(), SettableClock(MONDAY)
    means = portal(provider, clock, nonce=False, skew=7200)
    means.start(Attempt(STATE, "e-gov", MONDAY), {})
    provider.published = (NEXT_KEY,)
    clock.advance(timedelta(minutes=61))
    kept = Attempt(STATE, "e-gov", MONDAY)
    means.start(kept, {})
    with pytest.raises(LogInRefused, match="bad_signature"):
        means.finish(kept, {"state": STATE, "code": "c"})


def _fetched(provider: Provider) -> int:
    return len([url for url, *_ in provider.asked if url.endswith("/jwks")])


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"down": frozenset({"jwks"})}, "service_down"),
        ({"down": frozenset({"token"})}, "service_down"),
        ({"down": frozenset({"certificates"})}, "service_down"),
        ({"published": ()}, "service_down"),
        ({"token_status": 503}, "service_down"),
        ({"token_status": 401, "token": {"error": "invalid_client"}}, "service_down"),
        ({"token_status": 400, "token": {"error": "invalid_grant"}}, "timed_out"),
        ({"token_status": 400, "token": {"error": "invalid_request"}}, "service_down"),
        ({"token_status": 302, "token": {}}, "service_down"),
        ({"token": b"<html>"}, "unreadable_answer"),
        ({"token": b"[" * 60_000}, "unreadable_answer"),
        ({"token": b"[]"}, "unreadable_answer"),
        ({"token": {"access_token": "a"}}, "unreadable_answer"),
        ({"token": {"id_token": 7}}, "unreadable_answer"),
        ({"entities": {}}, "unreadable_answer"),
    ],
)
def test_a_service_that_fails_is_told_from_a_person_who_does(told: dict[str, Any], code: str) -> None:
    assert refusal(Provider(**told), entities_url=f"{ISSUER}/certificates") == code


def test_entities_are_those_with_a_true_tax_number_each_once() -> None:
    def row(voen: object, name: object = "«Çinar» MMC") -> dict[str, Any]:
        return {"structureData": {"voen": voen, "structureName": name}}

    rows = [
        {"structureData": None},
        "nothing",
        row("1400000101"),
        row("1400000101", "again"),
        row("1700000001", None),
        row("1234567890"),
        row(1400000101),
        row(["1400000101"]),
    ]
    found = walk(Provider(entities=rows), entities_url=f"{ISSUER}/certificates")
    assert found.entities == (Entity("1400000101", "«Çinar» MMC"), Entity("1700000001", "1700000001"))


def test_an_access_token_can_bring_no_header_along() -> None:
    provider = Provider()
    provider.token = {"access_token": "a\r\nX-Evil: 1", "id_token": "x"}
    means = portal(provider, entities_url=f"{ISSUER}/certificates")
    attempt = Attempt(STATE, "e-gov", MONDAY)
    means.start(attempt, {})
    provider.nonce = attempt.data["nonce"]
    provider.token = {"access_token": "a\r\nX-Evil: 1", "id_token": provider.id_token()}
    with pytest.raises(LogInRefused, match="unreadable_answer"):
        means.finish(attempt, {"state": STATE, "code": "c"})
    assert not [url for url, *_ in provider.asked if url.endswith("certificates")]


PART = st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=").decode())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={"alg": st.sampled_from(["RS256", "none", "HS256", "ES256", "x"]) | JSON, "kid": JSON, "crit": JSON},
).map(lambda found: base64.urlsafe_b64encode(json.dumps(found).encode()).rstrip(b"=").decode())


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200) | st.tuples(PART | HEADERS, PART, PART).map(".".join))
def test_no_text_in_the_place_of_a_token_logs_anybody_in_or_breaks_anything(token: str) -> None:
    assert refusal(Provider(token={"access_token": "a", "id_token": token})) in CODES


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_no_claims_break_anything(found: object) -> None:
    provider = Provider(spoil=lambda claims: claims.update(user=found, is_active=found))
    assert refusal(provider) in CODES


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_no_keys_and_no_tokens_of_another_shape_break_anything(found: object) -> None:
    assert refusal(Provider(token=json.dumps(found).encode())) in CODES
