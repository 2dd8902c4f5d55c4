"""
The Mobile-ID REST protocol. Source: SK-EID/MID, sections 2.4, 3.2 and 3.3.

The digest is of our own random bytes and is made before anything is sent, so the code is shown before the phone rings.
"""

from __future__ import annotations

import base64
import logging
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

log = logging.getLogger(__name__)

#: the protocol asks for 64 or more
CHALLENGE_BYTES = 64
HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "SHA256": hashes.SHA256(),
    "SHA384": hashes.SHA384(),
    "SHA512": hashes.SHA512(),
}
#: result -> refusal. Source: 3.3.8
RESULTS: Mapping[str, str] = {
    "TIMEOUT": "timed_out",
    "NOT_MID_CLIENT": "not_a_client",
    "USER_CANCELLED": "cancelled",
    "SIGNATURE_HASH_MISMATCH": "signature_mismatch",
    "PHONE_ABSENT": "phone_absent",
    "DELIVERY_ERROR": "delivery_failed",
    "SIM_ERROR": "sim_error",
}
#: status of HTTP -> refusal; any other but 200 is a service that is down
STATUSES: Mapping[int, str] = {400: "not_set_up", 401: "not_set_up", 403: "not_set_up", 405: "not_set_up"}
#: the service holds a poll at least so long, in seconds, and answers a little later
SHORTEST_WAIT, LATE = 1.0, 1.5
#: longest wait for the call that begins, in seconds
PATIENCE = 10.0
#: letters of GSM 03.38 with one place each; other texts are sent as UCS-2
GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
LONGEST_GSM_7, LONGEST_UCS_2 = 100, 50
_SESSION = re.compile(r"[0-9A-Za-z-]{1,64}")
_TRACE = re.compile(r"[0-9A-Za-z-]{1,64}")


class Rest:
    """
    The transport.
    """

    def __init__(self, settings: AsanSettings, caller: Caller) -> None:
        self._settings = settings
        self._caller = caller
        self._algorithm = HASHES[settings.hash]

    def begin(self, data: dict[str, Any], asked: Asked) -> str:
        """
        Make the digest; nothing is sent yet.
        """
        digest = hashes.Hash(self._algorithm)
        digest.update(secrets.token_bytes(CHALLENGE_BYTES))
        made = digest.finalize()
        data["digest"] = base64.b64encode(made).decode()
        return verification_code(made)

    def ring(self, data: dict[str, Any], asked: Asked) -> None:
        """
        Send the digest to the telephone.
        """
        text, written = display_text(self._settings.display_text)
        answer = self._caller.post(
            f"{self._settings.url}/authentication",
            {
                **self._party(),
                "phoneNumber": asked.number,
                "nationalIdentityNumber": asked.identifier,
                "hash": data["digest"],
                "hashType": self._settings.hash,
                "language": self._settings.language,
                "displayText": text,
                "displayTextFormat": written,
            },
            patience=PATIENCE,
        )
        session = _understood(answer).get("sessionID")
        if not isinstance(session, str) or not _SESSION.fullmatch(session):
            raise LogInRefused("unreadable_answer", "sessionID")
        data["session"] = session

    def answer(self, data: dict[str, Any], seconds: float) -> Signed | None:
        """
        Ask for the state of the session, by a long poll.
        """
        wait = max(SHORTEST_WAIT, seconds)
        session = quote(data["session"], safe="")
        url = f"{self._settings.url}/authentication/session/{session}?timeoutMs={int(wait * 1000)}"
        answer = self._caller.get(url, patience=wait + LATE)
        if answer.status == 404:
            raise LogInRefused("timed_out", "the service forgot the session")
        said = _understood(answer)
        if said.get("state") == "RUNNING":
            return None
        if said.get("state") != "COMPLETE":
            raise LogInRefused("unreadable_answer", "state")
        if said.get("result") != "OK":
            raise _refusal(said)
        return self._signed(data, said)

    def _signed(self, data: Mapping[str, Any], said: Mapping[str, Any]) -> Signed:
        signature = said.get("signature")
        if not isinstance(signature, dict):
            raise LogInRefused("unreadable_answer", "signature")
        algorithm = signature.get("algorithm")
        if not isinstance(algorithm, str) or not algorithm.upper().startswith(f"{self._settings.hash}WITH"):
            raise LogInRefused("bad_signature", "algorithm")
        return Signed(
            certificate=signatures.decoded(said.get("cert")),
            signature=signatures.decoded(signature.get("value")),
            digest=signatures.decoded(data["digest"]),
            algorithm=self._algorithm,
        )

    def _party(self) -> dict[str, str]:
        return {"relyingPartyUUID": self._settings.party_id, "relyingPartyName": self._settings.party_name}


def display_text(text: str) -> tuple[str, str]:
    """
    Return the text for the telephone, cut where the protocol ends, and how it is written there.
    """
    if set(text) <= GSM_7:
        return text[:LONGEST_GSM_7], "GSM-7"
    return text[:LONGEST_UCS_2], "UCS-2"


def _understood(answer: Answer) -> dict[str, Any]:
    if answer.status in STATUSES:
        _tell_trace(answer)
        raise LogInRefused(STATUSES[answer.status], f"HTTP {answer.status}")
    if answer.status != 200:
        raise ServiceUnreachable(f"HTTP {answer.status}")
    return answer.object()


def _refusal(said: Mapping[str, Any]) -> LogInRefused:
    result = said.get("result")
    code = RESULTS.get(result) if isinstance(result, str) else None
    if code is None:
        return LogInRefused("unreadable_answer", "result")
    return LogInRefused(code)


def _tell_trace(answer: Answer) -> None:
    """Write down the number by which the service finds its own log; its sentences may hold personal data."""
    try:
        trace = answer.object().get("traceId")
    except ServiceUnreachable:
        return
    if isinstance(trace, str) and _TRACE.fullmatch(trace):
        log.warning("The service refuses the call: its traceId is %s", trace)
