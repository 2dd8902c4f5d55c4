"""
The card and its reader: soft keys that open the card host over TLS, or sign Web eID tokens.

A browser can't present a soft key that it does not hold. So the reader's page stands where the card host would: it
opens that host itself, with the certificate of the card that the person chose, and hands the browser on.
"""

from __future__ import annotations

import base64
import hashlib
import ssl
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urljoin

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request

from simulator.answers import Answer, Service, Wish
from simulator.certificates import Held
from simulator.desk import desk
from simulator.persons import Person, of_username
from simulator.phones import raw_signature
from simulator.pki import Condition, Use

blueprint = Blueprint("card", __name__)

#: seconds that the card host may take
PATIENCE = 20.0
#: headers of the card host's answer that the browser gets
_HANDED_ON = ("Content-Type", "Set-Cookie", "Cache-Control", "Referrer-Policy")
_CONDITIONS = {
    Answer.REVOKED: Condition.REVOKED,
    Answer.EXPIRED: Condition.EXPIRED,
    Answer.WRONG_ISSUER: Condition.STRANGER,
}
#: what the Web eID extension says when somebody takes the card out. Source: web-eid.js, ErrorCode
_CANCELLED = {"code": "ERR_WEBEID_USER_CANCELLED", "name": "UserCancelledError", "message": "The user cancelled."}
_UNAVAILABLE = {"code": "ERR_WEBEID_NATIVE_UNAVAILABLE", "name": "NativeUnavailableError", "message": "No reader."}
_NOTHING: Mapping[str, Any] = {"code": "ERR_WEBEID_NATIVE_INVALID_ARGUMENT", "name": "NativeInvalidArgumentError"}


@blueprint.get("/card-reader/")
@blueprint.get("/card-reader/<path:path>")
def choose(path: str = "") -> Any:
    """
    Show the cards to choose from.
    """
    return _page(path)


@blueprint.post("/card-reader/")
@blueprint.post("/card-reader/<path:path>")
def present(path: str = "") -> Any:
    """
    Open the card host with the chosen card, and hand its answer on.
    """
    person = _person(request.form.get("card", ""))
    wish = desk().wishes.take(Service.CARD)
    time.sleep(wish.seconds)
    if wish.answer is Answer.DOWN:
        return _page(path, "Kart oxuyucu işləmir."), 503
    held = None if wish.answer is Answer.CANCEL else _inserted(person, wish)
    target = f"{desk().card_host}/{path}"
    try:
        with httpx.Client(verify=_tls(held), timeout=PATIENCE, trust_env=False) as client:
            answer = client.get(target, params=request.args.to_dict(flat=False))
    except httpx.HTTPError as failed:
        return _page(path, f"Kart hostu cavab vermir: {type(failed).__name__}."), 502
    if answer.is_redirect:
        return redirect(urljoin(target, answer.headers["Location"]), 303)
    headers = [(name, value) for name in _HANDED_ON for value in answer.headers.get_list(name)]
    return Response(answer.content, answer.status_code, headers)


@blueprint.post("/web-eid/authenticate")
def authenticate() -> Any:
    """
    Sign a Web eID token, as the extension and its application do. Source: Web eID system architecture, 1.3.

    The body is JSON: `challengeNonce`, `origin` of the page, and `card`, the user name of its holder; without it, it is
    the card that lies in the reader. The answer is the token, or `error` as the extension gives it.
    """
    asked: Any = request.get_json(silent=True)
    if not isinstance(asked, dict) or not all(isinstance(asked.get(one), str) for one in ("challengeNonce", "origin")):
        return jsonify(error={**_NOTHING, "message": "challengeNonce and origin are needed."}), 400
    person = _person(str(asked.get("card", desk().wishes.inserted or desk().persons[0].username)))
    wish = desk().wishes.take(Service.CARD)
    time.sleep(wish.seconds)
    if wish.answer is Answer.CANCEL:
        return jsonify(error=_CANCELLED)
    if wish.answer is Answer.DOWN:
        return jsonify(error=_UNAVAILABLE)
    held = _inserted(person, wish)
    origin = "https://elsewhere.example" if wish.answer is Answer.BAD_SIGNATURE else asked["origin"]
    return jsonify(web_eid_token(held, origin, asked["challengeNonce"]))


def web_eid_token(held: Held, origin: str, nonce: str) -> dict[str, str]:
    """
    Sign `origin` and `nonce` with a card's key. Source: Web eID system architecture, "Authentication token format".

    Args:
        origin: scheme, host and port of the page, without a slash at the end.
        nonce: as the page gave it, Base64 text.
    """
    hashing = hashes.SHA384()
    digest = hashlib.sha384(_sha384(origin) + _sha384(nonce)).digest()
    return {
        "unverifiedCertificate": held.text,
        "algorithm": "ES384",
        "signature": base64.b64encode(raw_signature(held, digest, hashing)).decode(),
        "format": "web-eid:1.0",
        "appVersion": "https://web-eid.eu/web-eid-app/releases/2.5.0+0",
    }


def _sha384(text: str) -> bytes:
    return hashlib.sha384(text.encode()).digest()


def _person(username: str) -> Person:
    person = of_username(desk().persons, username)
    if person is None:
        abort(400, "Belə kart yoxdur.")
    return person


def _inserted(person: Person, wish: Wish) -> Held:
    if wish.answer is Answer.WRONG_PERSON:
        person = next(other for other in desk().persons if other != person)
    return desk().pki.of(person, Use.CARD, _CONDITIONS.get(wish.answer, Condition.GOOD))


def _tls(held: Held | None) -> ssl.SSLContext:
    """Trust the card host's own authority, and show the card if there is one."""
    context = ssl.create_default_context(cafile=desk().authorities)
    if held is not None:
        # `ssl` reads keys from files only
        with TemporaryDirectory() as folder:
            place = Path(folder) / "card.pem"
            place.touch(mode=0o600)
            key = held.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            chain = (held.certificate, desk().pki.issuing.certificate)
            place.write_bytes(key + b"".join(one.public_bytes(Encoding.PEM) for one in chain))
            context.load_cert_chain(place)
    return context


def _page(path: str, wrong: str = "") -> str:
    if desk().card_host is None:
        abort(404, "Kart hostu göstərilməyib: saygac simulate --card-host https://…")
    return render_template("card.html", persons=desk().persons, wrong=wrong, action=request.full_path.rstrip("?"))
