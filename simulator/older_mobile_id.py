"""
The mobile signature in the older words of status, as public clients of Asan İmza know them: two calls, JSON.

Words and meaning: SK-EID/dds-documentation, `MobileAuthenticate` and `GetMobileAuthenticateStatus`. The phone signs a
challenge of 20 bytes: the first ten of the caller, the others of the service.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from flask import Blueprint, Response, abort, jsonify, request

from simulator.answers import Answer, Service
from simulator.desk import desk
from simulator.persons import of_telephone
from simulator.phones import SIGNING

blueprint = Blueprint("older_mobile_id", __name__, url_prefix="/asan")

PENDING, SIGNED, UNKNOWN = "OUTSTANDING_TRANSACTION", "USER_AUTHENTICATED", "NOT_FOUND"
STATUSES: Mapping[Answer, str] = {
    Answer.CANCEL: "USER_CANCEL",
    Answer.TIME_OUT: "EXPIRED_TRANSACTION",
    Answer.PHONE_ABSENT: "PHONE_ABSENT",
    Answer.NOT_A_CLIENT: "MID_NOT_READY",
    Answer.DELIVERY_ERROR: "SENDING_ERROR",
    Answer.SIM_ERROR: "SIM_ERROR",
    Answer.HASH_MISMATCH: "NOT_VALID",
}
#: the call waits so long at most, in seconds
WAIT = 10.0
_CHALLENGE = re.compile(r"[0-9A-Fa-f]{20}")


@blueprint.post("/login")
def begin() -> Response:
    """
    Send a challenge to somebody's phone. JSON: `asanId`, `phoneNumber`, `challenge` (10 bytes, hexadecimal), `message`.
    """
    asked = _asked("asanId", "phoneNumber", "challenge")
    if not _CHALLENGE.fullmatch(asked["challenge"]):
        abort(400, "challenge must be 10 bytes, hexadecimal.")
    wish = desk().wishes.take(Service.MOBILE)
    if wish.answer is Answer.DOWN:
        abort(503)
    person = of_telephone(desk().persons, asked["phoneNumber"], asked["asanId"])
    if person is None:
        return jsonify(status=UNKNOWN)
    challenge = bytes.fromhex(asked["challenge"]) + secrets.token_bytes(10)
    session = desk().phones.ring(person, challenge, hashes.SHA1(), str(asked.get("message", "")), wish)
    return jsonify(
        status="OK",
        sid=session.id,
        personalCode=person.fin,
        givenName=person.given_name,
        surname=person.surname,
        verificationCode=session.code,
        challenge=challenge.hex(),
        certificate=desk().phones.certificate(person, wish.answer).text,
    )


@blueprint.get("/status/<session_id>")
def status(session_id: str) -> Response:
    """
    Tell how a session stands, waiting at most ten seconds.
    """
    session = desk().phones.find(session_id)
    if session is None:
        return jsonify(status="EXPIRED_TRANSACTION")
    outcome = desk().phones.wait(session, WAIT)
    if outcome is None:
        return jsonify(status=PENDING)
    if outcome not in SIGNING:
        return jsonify(status=STATUSES[outcome])
    return jsonify(status=SIGNED, signature=desk().phones.sign(session, outcome).signature)


def _asked(*names: str) -> dict[str, Any]:
    given: Any = request.get_json(silent=True)
    if not isinstance(given, dict) or not all(isinstance(given.get(name), str) for name in names):
        abort(400, f"A JSON object with {', '.join(names)} is needed.")
    return given
