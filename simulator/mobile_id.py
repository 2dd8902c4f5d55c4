"""
The Mobile-ID REST service. Source: SK-EID/MID, version 5 of its API, sections 3.2 to 3.3.8.

Of its calls there are those for authentication, the certificate and the version; nobody signs documents here.
"""

from __future__ import annotations

import base64
import binascii
import re
import uuid
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from flask import Blueprint, Response, abort, jsonify, request
from werkzeug.exceptions import HTTPException

from simulator.answers import Answer, Service
from simulator.desk import desk
from simulator.persons import of_telephone
from simulator.phones import SIGNING, Session

blueprint = Blueprint("mobile_id", __name__, url_prefix="/mid-api")

#: the relying party that this service knows; the same as SK's own demonstration service has
RELYING_PARTY = {"relyingPartyUUID": "00000000-0000-0000-0000-000000000000", "relyingPartyName": "DEMO"}
HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "SHA256": hashes.SHA256(),
    "SHA384": hashes.SHA384(),
    "SHA512": hashes.SHA512(),
}
LANGUAGES = {"ENG", "RUS", "EST", "LIT"}
#: format -> longest text for the phone
FORMATS = {"GSM-7": 100, "UCS-2": 50}
#: milliseconds of a long poll
SHORTEST_WAIT, USUAL_WAIT, LONGEST_WAIT = 1_000, 10_000, 60_000
RESULTS: Mapping[Answer, str] = {
    Answer.CANCEL: "USER_CANCELLED",
    Answer.TIME_OUT: "TIMEOUT",
    Answer.PHONE_ABSENT: "PHONE_ABSENT",
    Answer.NOT_A_CLIENT: "NOT_MID_CLIENT",
    Answer.DELIVERY_ERROR: "DELIVERY_ERROR",
    Answer.SIM_ERROR: "SIM_ERROR",
    Answer.HASH_MISMATCH: "SIGNATURE_HASH_MISMATCH",
}
_TELEPHONE = re.compile(r"\+[0-9]{7,15}")
_IDENTIFIER = re.compile(r"[0-9A-Z]{6,20}")


@blueprint.errorhandler(HTTPException)
def fail(error: HTTPException) -> tuple[Response, int]:
    """
    Answer an error as the service does.
    """
    answer = {"error": error.description, "time": _moment(), "traceId": uuid.uuid4().hex}
    return jsonify(answer), error.code or 500


@blueprint.post("/authentication")
def begin() -> Response:
    """
    Send a hash to somebody's phone.
    """
    asked = _asked("phoneNumber", "nationalIdentityNumber", "hash", "hashType", "language")
    digest, algorithm = _digest(asked)
    text = _text(asked)
    wish = desk().wishes.take(Service.MOBILE)
    if wish.answer is Answer.DOWN:
        abort(503, "The service is down.")
    person = of_telephone(desk().persons, asked["phoneNumber"], asked["nationalIdentityNumber"])
    return jsonify(sessionID=desk().phones.ring(person, digest, algorithm, text, wish).id)


@blueprint.get("/authentication/session/<session_id>")
def status(session_id: str) -> Response:
    """
    Tell how a session stands, waiting as long as the caller likes to.
    """
    session = desk().phones.find(session_id)
    if session is None:
        abort(404, "No such session.")
    outcome = desk().phones.wait(session, _waiting() / 1_000)
    if outcome is None:
        return jsonify(state="RUNNING")
    complete = {"state": "COMPLETE", "time": _moment(), "traceId": uuid.uuid4().hex}
    if outcome not in SIGNING:
        return jsonify({**complete, "result": RESULTS[outcome]})
    return jsonify({**complete, "result": "OK", **_signed(session, outcome)})


@blueprint.post("/certificate")
def certificate() -> Response:
    """
    Give the certificate on somebody's phone.
    """
    asked = _asked("phoneNumber", "nationalIdentityNumber")
    person = of_telephone(desk().persons, asked["phoneNumber"], asked["nationalIdentityNumber"])
    if person is None:
        return jsonify(result="NOT_FOUND", time=_moment(), traceId=uuid.uuid4().hex)
    held = desk().phones.certificate(person, Answer.SUCCEED)
    return jsonify(result="OK", cert=held.text, time=_moment(), traceId=uuid.uuid4().hex)


@blueprint.get("/version")
def version() -> Response:
    """
    Tell the version of the service.
    """
    return jsonify(version="5.0", applicationName="saygac-simulator")


def _asked(*names: str) -> dict[str, str]:
    """Read the call's JSON: who asks, and the parameters `names`. Parameters that are not known are let pass."""
    given: Any = request.get_json(silent=True)
    if not isinstance(given, dict):
        abort(400, "The body is no JSON object.")
    for name in (*RELYING_PARTY, *names):
        if not isinstance(given.get(name), str) or not given[name]:
            abort(400, f"Required {name} is missing.")
    if any(given[name] != value for name, value in RELYING_PARTY.items()):
        abort(401, "The relying party is not authorised.")
    if not _TELEPHONE.fullmatch(given["phoneNumber"]):
        abort(400, "phoneNumber must contain of + and numbers (7 to 15).")
    if not _IDENTIFIER.fullmatch(given["nationalIdentityNumber"]):
        abort(400, "nationalIdentityNumber is incorrect.")
    return given


def _digest(asked: Mapping[str, str]) -> tuple[bytes, hashes.HashAlgorithm]:
    algorithm = HASHES.get(asked["hashType"])
    if algorithm is None:
        abort(400, "hashType must be one of SHA256, SHA384, SHA512.")
    try:
        digest = base64.b64decode(asked["hash"], validate=True)
    except binascii.Error:
        abort(400, "hash must be in Base64.")
    if len(digest) != algorithm.digest_size:
        abort(400, f"hash must be {algorithm.digest_size} bytes long.")
    return digest, algorithm


def _text(asked: Mapping[str, Any]) -> str:
    if asked["language"] not in LANGUAGES:
        abort(400, "language must be one of ENG, RUS, EST, LIT.")
    text, written = asked.get("displayText", ""), asked.get("displayTextFormat", "GSM-7")
    if written not in FORMATS:
        abort(400, "displayTextFormat must be GSM-7 or UCS-2.")
    if not isinstance(text, str) or len(text) > FORMATS[written]:
        abort(400, "displayText is too long.")
    return text


def _waiting() -> int:
    given = request.args.get("timeoutMs", str(USUAL_WAIT))
    if not given.isascii() or not given.isdigit():
        abort(400, "timeoutMs must be a number.")
    return min(max(int(given), SHORTEST_WAIT), LONGEST_WAIT)


def _signed(session: Session, outcome: Answer) -> dict[str, Any]:
    signed = desk().phones.sign(session, outcome)
    algorithm = f"{session.algorithm.name.upper()}WithECEncryption"
    return {"signature": {"value": signed.signature, "algorithm": algorithm}, "cert": signed.certificate}


def _moment() -> str:
    return desk().clock().strftime("%Y-%m-%dT%H:%M:%S")
