"""
The electronic government's portal as an OpenID Connect provider, at the addresses and in the shapes of the state's own.

Source: OpenID Connect Core 1.0, RFC 6749, RFC 7636. User name and password are typed here, never at the client.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as Redirection

from simulator.answers import Answer, Service, Wish
from simulator.desk import desk
from simulator.persons import PASSWORD, Person, of_username
from simulator.tokens import CODE_LIFE, TOKEN_LIFE, Grant, claims_of

blueprint = Blueprint("portal", __name__, url_prefix="/portal")

#: of the client's request, carried through the form
PARAMETERS = (
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
)
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@blueprint.get("/grant-permission")
def ask() -> Any:
    """
    Show the form for user name and password.
    """
    asked = _asked(request.args)
    wrong = _refusal(asked)
    return _back(asked, error=wrong) if wrong else _form(asked)


@blueprint.post("/grant-permission")
def grant() -> Any:
    """
    Check user name and password and send the person back with a one-time code, or with their refusal.
    """
    asked = _asked(request.form)
    wrong = _refusal(asked)
    if wrong:
        return _back(asked, error=wrong)
    if request.form.get("decision") == "refuse":
        return _back(asked, error="access_denied")
    username = request.form.get("username", "").strip()
    person = of_username(desk().persons, username)
    if person is None or request.form.get("password") != PASSWORD:
        return _form(asked, username, "İstifadəçi adı və ya şifrə düzgün deyil."), 422
    wish = desk().wishes.take(Service.PORTAL)
    if wish.answer is Answer.CANCEL:
        return _back(asked, error="access_denied")
    return _back(asked, code=desk().grants.give_code(_grant(asked, person, wish)), wish=wish)


@blueprint.post("/ssoauth/oauth2/token")
def token() -> Any:
    """
    Exchange a code for tokens.
    """
    client = desk().grants.client
    given = request.authorization
    if given is None or given.type != "basic" or (given.username, given.password) != (client.id, client.secret):
        return _refused("invalid_client", 401)
    if request.form.get("grant_type") != "authorization_code":
        return _refused("unsupported_grant_type")
    code = request.form.get("code", "")
    granted = desk().grants.take_code(code)
    if granted is None or not granted.fits(request.form.get("redirect_uri", ""), request.form.get("code_verifier")):
        return _refused("invalid_grant")
    time.sleep(granted.wish.seconds)
    if granted.wish.answer is Answer.DOWN:
        abort(503)
    if granted.wish.answer is Answer.TIME_OUT:
        return _refused("invalid_grant")
    return _unstored(
        {
            "access_token": desk().grants.give_token(code, granted),
            "token_type": "Bearer",
            "expires_in": int(TOKEN_LIFE.total_seconds()),
            "id_token": desk().grants.id_token(granted),
            "loginDetail": {"phoneNumber": granted.person.telephone},
        }
    )


@blueprint.get("/ssoauth/oauth2/jwks")
def keys() -> Response:
    """
    Publish the keys that check ID tokens.
    """
    return jsonify(desk().grants.keys())


@blueprint.get("/ssoauth/oauth2/userinfo")
def who() -> Any:
    """
    Say who the person of an access token is.
    """
    return _unstored(claims_of(_holder("openid").person))


@blueprint.get("/sso-oauth-resource/certificates")
def certificates() -> Any:
    """
    List the person's certificates: one of their own, one for each legal entity for which they may act.
    """
    person = _holder("certificate").person
    own = {"ownerName": person.name, "pin": person.fin, "isActive": True}
    rows = [{**own, "type": "PERSONAL", "structureData": None}]
    for entity in person.entities:
        structure = {"voen": entity.voen, "structureName": entity.name}
        rows.append({**own, "type": "LEGAL", "structureData": structure})
    return _unstored(rows)


def _asked(given: Mapping[str, str]) -> dict[str, str]:
    """Read the client's request; who asks and where to send people back must be right before anything goes there."""
    asked = {name: given[name] for name in PARAMETERS if given.get(name)}
    client = desk().grants.client
    callback = asked.get("redirect_uri", "")
    known = callback in client.callbacks if client.callbacks else urlsplit(callback).hostname in _LOOPBACK
    if asked.get("client_id") != client.id or not known:
        abort(400, "client_id və ya redirect_uri qeydiyyatda yoxdur.")
    return asked


def _refusal(asked: Mapping[str, str]) -> str:
    if asked.get("response_type") != "code":
        return "unsupported_response_type"
    if "openid" not in asked.get("scope", "").split():
        return "invalid_scope"
    if ("code_challenge" in asked) != (asked.get("code_challenge_method") == "S256"):
        return "invalid_request"
    return ""


def _grant(asked: Mapping[str, str], person: Person, wish: Wish) -> Grant:
    if wish.answer is Answer.WRONG_PERSON:
        person = next(other for other in desk().persons if other != person)
    return Grant(
        person=person,
        callback=asked["redirect_uri"],
        scope=frozenset(asked["scope"].split()),
        nonce=asked.get("nonce"),
        challenge=asked.get("code_challenge"),
        wish=wish,
        until=desk().clock() + CODE_LIFE,
    )


def _form(asked: Mapping[str, str], username: str = "", wrong: str = "") -> str:
    return render_template(
        "portal.html", asked=asked, username=username, wrong=wrong, persons=desk().persons, password=PASSWORD
    )


def _back(asked: Mapping[str, str], *, code: str = "", error: str = "", wish: Wish | None = None) -> Redirection:
    answer = {"code": code} if code else {"error": error}
    if "state" in asked:
        spoiled = wish is not None and wish.answer is Answer.WRONG_STATE
        answer["state"] = asked["state"][::-1] if spoiled else asked["state"]
    callback = asked["redirect_uri"]
    return redirect(f"{callback}{'&' if '?' in callback else '?'}{urlencode(answer)}", 303)


def _holder(scope: str) -> Grant:
    given = request.authorization
    granted = desk().grants.of_token(given.token or "") if given is not None and given.type == "bearer" else None
    if granted is None:
        abort(401)
    if scope not in granted.scope:
        abort(403)
    return granted


def _refused(error: str, status: int = 400) -> tuple[Response, int]:
    return _unstored({"error": error}), status


def _unstored(answer: Any) -> Response:
    response = jsonify(answer)
    response.headers["Cache-Control"] = "no-store"
    return response
