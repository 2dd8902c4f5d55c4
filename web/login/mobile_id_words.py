"""
The older vocabulary of states, as public clients of Asan İmza know it: two calls, JSON.

Words and meaning: SK-EID/dds-documentation, `MobileAuthenticate` and `GetMobileAuthenticateStatus`. Ten bytes of what
is signed are ours, ten the service's, so it is called, and the telephone rings, before the code is known. The 20
bytes are signed as if they were a SHA-1 digest; nothing is hashed by it.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from cryptography.hazmat.primitives import hashes

from engine.means import AsanSettings
from web.login import signatures
from web.login.calls import Answer, Caller, ServiceUnreachable
from web.login.mobile_id import Signed, verification_code
from web.login.mobile_id_fields import Asked
from web.login.port import LogInRefused

OWN_BYTES, CHALLENGE_BYTES = 10, 20
PENDING, SIGNED = "OUTSTANDING_TRANSACTION", "USER_AUTHENTICATED"
#: status -> refusal
STATUSES: Mapping[str, str] = {
    "NOT_VALID": "signature_mismatch",
    "EXPIRED_TRANSACTION": "timed_out",
    "USER_CANCEL": "cancelled",
    "MID_NOT_READY": "not_a_client",
    "NOT_FOUND": "not_a_client",
    "PHONE_ABSENT": "phone_absent",
    "SENDING_ERROR": "delivery_failed",
    "SIM_ERROR": "sim_error",
    "INTERNAL_ERROR": "service_down",
}
#: the service holds a call about so long, in seconds
WAIT = 10.0
LATE = 5.0
_SESSION = re.compile(r"[0-9A-Za-z-]{1,64}")
_FIN = re.compile(r"[0-9A-HJ-NP-Z]{7}")


class Words:
    """
    The transport.
    """

    def __init__(self, settings: AsanSettings, caller: Caller) -> None:
        self._settings = settings
        self._caller = caller

    def begin(self, data: dict[str, Any], asked: Asked) -> str:
        """
        Send our half to the service, which makes the telephone ring; check what it adds.
        """
        own = secrets.token_bytes(OWN_BYTES)
        answer = self._caller.post(
            f"{self._settings.url}/login",
            {
                "asanId": asked.identifier,
                "phoneNumber": asked.number,
                "challenge": own.hex(),
                "message": self._settings.display_text,
            },
            patience=WAIT,
        )
        said = _understood(answer)
        if said.get("status") != "OK":
            raise _refusal(said)
        challenge = _challenge(said.get("challenge"), own)
        code = verification_code(challenge)
        if said.get("verificationCode") != code:
            raise LogInRefused("unreadable_answer", "the service's code is not that of the challenge")
        data.update(
            session=_fitting(said, "sid", _SESSION),
            person=_fitting(said, "personalCode", _FIN),
            challenge=base64.b64encode(challenge).decode(),
            certificate=base64.b64encode(signatures.decoded(said.get("certificate"))).decode(),
        )
        return code

    def ring(self, data: dict[str, Any], asked: Asked) -> None:
        """
        The telephone rings since `begin`.
        """

    def answer(self, data: dict[str, Any], seconds: float) -> Signed | None:
        """
        Ask for the state of the session; the service waits as long as it likes, ten seconds at most.
        """
        session = quote(data["session"], safe="")
        said = _understood(self._caller.get(f"{self._settings.url}/status/{session}", patience=WAIT + LATE))
        if said.get("status") == PENDING:
            return None
        if said.get("status") != SIGNED:
            raise _refusal(said)
        return Signed(
            certificate=signatures.decoded(data["certificate"]),
            signature=signatures.decoded(said.get("signature")),
            digest=signatures.decoded(data["challenge"]),
            algorithm=hashes.SHA1(),
            person=data["person"],
        )


def _understood(answer: Answer) -> dict[str, Any]:
    if answer.status in {400, 401, 403, 404, 405}:
        raise LogInRefused("not_set_up", f"HTTP {answer.status}")
    if answer.status != 200:
        raise ServiceUnreachable(f"HTTP {answer.status}")
    return answer.object()


def _refusal(said: Mapping[str, Any]) -> LogInRefused:
    status = said.get("status")
    code = STATUSES.get(status) if isinstance(status, str) else None
    if code is None:
        return LogInRefused("unreadable_answer", "status")
    return LogInRefused(code)


def _challenge(text: object, own: bytes) -> bytes:
    try:
        challenge = bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        challenge = b""
    if len(challenge) != CHALLENGE_BYTES:
        raise LogInRefused("unreadable_answer", "challenge")
    if not challenge.startswith(own):
        raise LogInRefused("bad_signature", "the challenge does not begin with our bytes")
    return challenge


def _fitting(said: Mapping[str, Any], name: str, shape: re.Pattern[str]) -> str:
    found = said.get(name)
    if not isinstance(found, str) or not shape.fullmatch(found):
        raise LogInRefused("unreadable_answer", name)
    return found
