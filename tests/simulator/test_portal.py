"""
The portal from outside: the code flow with nonce and PKCE, and every way in which it can go wrong.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError
from joserfc.jwk import KeySet

from simulator.desk import Desk
from tests.simulator.conftest import Wish

CALLBACK = "http://127.0.0.1:8000/giris/e-gov/cavab"
VERIFIER = "a" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
REQUEST = {
    "client_id": "saygac",
    "redirect_uri": CALLBACK,
    "response_type": "code",
    "scope": "openid certificate user",
    "state": "the-state",
    "nonce": "the-nonce",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
CITIZEN = {"username": "citizen", "password": "demo"}
PAGE = "/portal/grant-permission"


def came_back(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 303, answer.text
    assert answer.headers["Location"].startswith(CALLBACK + "?")
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def code(client: httpx.Client, **more: str) -> str:
    return came_back(client.post(PAGE, data={**REQUEST, **CITIZEN, **more}))["code"]


def exchange(desk: Desk, client: httpx.Client, given: str, **more: str) -> httpx.Response:
    form = {"grant_type": "authorization_code", "code": given, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    client_ = desk.grants.client
    return client.post("/portal/ssoauth/oauth2/token", data={**form, **more}, auth=(client_.id, client_.secret))


def claims(client: httpx.Client, token: str) -> Mapping[str, Any]:
    keys = KeySet.import_key_set(client.get("/portal/ssoauth/oauth2/jwks").json())
    return dict(jwt.decode(token, keys, algorithms=["RS256"]).claims)


def test_the_code_flow(desk: Desk, client: httpx.Client) -> None:
    page = client.get(PAGE, params=REQUEST)
    assert page.status_code == 200 and 'name="password"' in page.text and 'value="the-nonce"' in page.text
    back = came_back(client.post(PAGE, data={**REQUEST, **CITIZEN}))
    assert back["state"] == "the-state"
    answer = exchange(desk, client, back["code"])
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    tokens = answer.json()
    assert (tokens["token_type"], tokens["loginDetail"]) == ("Bearer", {"phoneNumber": "+994502000001"})
    said = claims(client, tokens["id_token"])
    assert said["iss"] == f"{desk.base_url}/portal"
    assert (said["aud"], said["nonce"], said["is_active"]) == ("saygac", "the-nonce", True)
    assert (said["user"]["pin"], said["user"]["firstName"]) == ("SAYGAC1", "Könül")
    assert said["iat"] <= desk.clock().timestamp() < said["exp"]


def test_the_entities_of_a_representative(desk: Desk, client: httpx.Client) -> None:
    tokens = exchange(desk, client, code(client, username="representative")).json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    rows = client.get("/portal/sso-oauth-resource/certificates", headers=bearer).json()
    assert [row["structureData"] and row["structureData"]["voen"] for row in rows] == [None, "1400000101", "1700000001"]
    who = client.get("/portal/ssoauth/oauth2/userinfo", headers=bearer).json()
    assert who["sub"] == claims(client, tokens["id_token"])["sub"]
    for address in ("/portal/sso-oauth-resource/certificates", "/portal/ssoauth/oauth2/userinfo"):
        assert client.get(address).status_code == 401
        assert client.get(address, headers={"Authorization": "Bearer wrong"}).status_code == 401
    narrow = exchange(desk, client, code(client, scope="openid")).json()
    bearer = {"Authorization": f"Bearer {narrow['access_token']}"}
    assert client.get("/portal/sso-oauth-resource/certificates", headers=bearer).status_code == 403


def test_a_wrong_password_stays_at_the_portal(client: httpx.Client) -> None:
    for typed in ({"password": "wrong"}, {"username": "nobody"}, {"password": ""}):
        refused = client.post(PAGE, data={**REQUEST, **CITIZEN, **typed})
        assert refused.status_code == 422
        assert "düzgün deyil" in refused.text and 'value="the-state"' in refused.text


def test_a_refusal_goes_back_with_the_state(wish: Wish, client: httpx.Client) -> None:
    refused = {"error": "access_denied", "state": "the-state"}
    assert came_back(client.post(PAGE, data={**REQUEST, "decision": "refuse"})) == refused
    wish("portal", "cancel")
    assert came_back(client.post(PAGE, data={**REQUEST, **CITIZEN})) == refused


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "another"},
        {"redirect_uri": "https://attacker.example/"},
        {"redirect_uri": "http://127.0.0.1.attacker.example/"},
        {"redirect_uri": ""},
    ],
)
def test_nothing_goes_to_an_unknown_place(client: httpx.Client, changed: dict[str, str]) -> None:
    for answer in (
        client.get(PAGE, params={**REQUEST, **changed}),
        client.post(PAGE, data={**REQUEST, **CITIZEN, **changed}),
    ):
        assert answer.status_code == 400
        assert "Location" not in answer.headers


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
    ],
)
def test_a_wrong_request_goes_back_with_its_error(client: httpx.Client, changed: dict[str, str], error: str) -> None:
    asked = {**REQUEST, **changed}
    assert came_back(client.get(PAGE, params=asked)) == {"error": error, "state": "the-state"}
    assert came_back(client.post(PAGE, data={**asked, **CITIZEN})) == {"error": error, "state": "the-state"}


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_verifier": "b" * 43}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"redirect_uri": CALLBACK + "/"}, "invalid_grant"),
        ({"code": "unknown"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_code_is_only_for_who_asked_for_it(
    desk: Desk, client: httpx.Client, changed: dict[str, str], error: str
) -> None:
    answer = exchange(desk, client, code(client), **changed)
    assert (answer.status_code, answer.json()) == (400, {"error": error})


def test_a_verifier_without_a_challenge_is_refused(desk: Desk, client: httpx.Client) -> None:
    bare = {"code_challenge": "", "code_challenge_method": ""}
    assert exchange(desk, client, code(client, **bare)).status_code == 400
    form = {"grant_type": "authorization_code", "code": code(client, **bare), "redirect_uri": CALLBACK}
    known = desk.grants.client
    assert client.post("/portal/ssoauth/oauth2/token", data=form, auth=(known.id, known.secret)).status_code == 200


def test_a_client_needs_its_secret(client: httpx.Client) -> None:
    form = {"grant_type": "authorization_code", "code": code(client), "redirect_uri": CALLBACK}
    for auth in (None, ("saygac", "wrong"), ("another", "wrong")):
        answer = client.post("/portal/ssoauth/oauth2/token", data=form, auth=auth)
        assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


def test_a_second_use_of_a_code_ends_what_the_first_gave(desk: Desk, client: httpx.Client) -> None:
    used = code(client)
    token = exchange(desk, client, used).json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.get("/portal/ssoauth/oauth2/userinfo", headers=bearer).status_code == 200
    assert exchange(desk, client, used).status_code == 400
    assert client.get("/portal/ssoauth/oauth2/userinfo", headers=bearer).status_code == 401


def test_a_token_that_does_not_verify(desk: Desk, wish: Wish, client: httpx.Client) -> None:
    for answer, error in (("bad_signature", BadSignatureError), ("revoked", InvalidKeyIdError)):
        wish("portal", answer)
        token = exchange(desk, client, code(client)).json()["id_token"]
        with pytest.raises(error):
            claims(client, token)


def test_a_new_key_is_published(desk: Desk, wish: Wish, client: httpx.Client) -> None:
    before = client.get("/portal/ssoauth/oauth2/jwks").json()["keys"]
    wish("portal", "new_key")
    token = exchange(desk, client, code(client)).json()["id_token"]
    assert claims(client, token)["user"]["pin"] == "SAYGAC1"
    after = client.get("/portal/ssoauth/oauth2/jwks").json()["keys"]
    assert {key["kid"] for key in before}.isdisjoint(key["kid"] for key in after)
    assert all("d" not in key for key in after)


def test_a_token_with_a_wrong_claim(desk: Desk, wish: Wish, client: httpx.Client) -> None:
    said = {}
    for answer in ("expired", "wrong_issuer", "wrong_person", "inactive"):
        wish("portal", answer)
        said[answer] = claims(client, exchange(desk, client, code(client)).json()["id_token"])
    assert said["expired"]["exp"] < desk.clock().timestamp()
    assert said["wrong_issuer"]["iss"] != f"{desk.base_url}/portal"
    assert said["wrong_person"]["nonce"] != "the-nonce" and said["wrong_person"]["user"]["pin"] != "SAYGAC1"
    assert said["inactive"]["is_active"] is False


def test_a_portal_that_is_late_down_or_forgets_the_state(desk: Desk, wish: Wish, client: httpx.Client) -> None:
    wish("portal", "time_out")
    assert exchange(desk, client, code(client)).json() == {"error": "invalid_grant"}
    wish("portal", "down")
    assert exchange(desk, client, code(client)).status_code == 503
    wish("portal", "wrong_state")
    assert came_back(client.post(PAGE, data={**REQUEST, **CITIZEN}))["state"] != "the-state"
