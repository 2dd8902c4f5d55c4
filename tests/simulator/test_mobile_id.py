"""
The Mobile-ID service from outside: what is signed verifies, and every other end has its own word.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.x509.oid import NameOID

from simulator.desk import Desk
from tests.simulator.conftest import Wish

CITIZEN = {"phoneNumber": "+994502000001", "nationalIdentityNumber": "000001"}
PARTY = {"relyingPartyUUID": "00000000-0000-0000-0000-000000000000", "relyingPartyName": "DEMO"}
ALGORITHMS = {"SHA256": hashes.SHA256(), "SHA384": hashes.SHA384(), "SHA512": hashes.SHA512()}


def asked(digest: bytes, **more: Any) -> dict[str, Any]:
    hashed = {"hash": base64.b64encode(digest).decode(), "hashType": f"SHA{len(digest) * 8}"}
    return {**PARTY, **CITIZEN, **hashed, "language": "ENG", "displayText": "Azersu", "newField": 1, **more}


def answer_to(covered: httpx.Client, digest: bytes, **more: Any) -> dict[str, Any]:
    begun = covered.post("/mid-api/authentication", json=asked(digest, **more))
    assert begun.status_code == 200, begun.text
    session = begun.json()["sessionID"]
    answered = covered.get(f"/mid-api/authentication/session/{session}", params={"timeoutMs": "5000"})
    assert answered.status_code == 200
    return dict(answered.json())


def verify(certificate: x509.Certificate, signature: bytes, digest: bytes, algorithm: hashes.HashAlgorithm) -> None:
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    half = len(signature) // 2
    assert half == (key.key_size + 7) // 8, "r and s have the curve's length"
    r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
    key.verify(utils.encode_dss_signature(r, s), digest, ec.ECDSA(utils.Prehashed(algorithm)))


def opened(answer: dict[str, Any]) -> tuple[x509.Certificate, bytes]:
    certificate = x509.load_der_x509_certificate(base64.b64decode(answer["cert"]))
    return certificate, base64.b64decode(answer["signature"]["value"])


def attribute(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    return str(certificate.subject.get_attributes_for_oid(oid)[0].value)


@pytest.mark.parametrize("kind", ALGORITHMS)
@pytest.mark.parametrize("identifier", ["000001", "SAYGAC1"])
def test_a_phone_signs_the_hash_of_the_caller(
    client: httpx.Client, covered: httpx.Client, kind: str, identifier: str
) -> None:
    digest = hashlib.new(kind, secrets.token_bytes(64)).digest()
    answer = answer_to(covered, digest, nationalIdentityNumber=identifier)
    assert (answer["state"], answer["result"]) == ("COMPLETE", "OK")
    assert answer["signature"]["algorithm"] == f"{kind}WithECEncryption"
    certificate, signature = opened(answer)
    verify(certificate, signature, digest, ALGORITHMS[kind])
    assert attribute(certificate, NameOID.SERIAL_NUMBER) == "PNOAZ-SAYGAC1"
    assert attribute(certificate, NameOID.SURNAME) == "Zeynalova"


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ("cancel", "USER_CANCELLED"),
        ("time_out", "TIMEOUT"),
        ("phone_absent", "PHONE_ABSENT"),
        ("not_a_client", "NOT_MID_CLIENT"),
        ("delivery_error", "DELIVERY_ERROR"),
        ("sim_error", "SIM_ERROR"),
        ("hash_mismatch", "SIGNATURE_HASH_MISMATCH"),
    ],
)
def test_every_other_end_has_its_own_result(wish: Wish, covered: httpx.Client, answer: str, result: str) -> None:
    wish("mobile", answer)
    ended = answer_to(covered, bytes(32))
    assert ended["result"] == result
    assert "signature" not in ended and "cert" not in ended


@pytest.mark.parametrize(
    ("answer", "issuer", "valid"),
    [("revoked", True, True), ("expired", True, False), ("wrong_issuer", False, True)],
)
def test_a_bad_certificate_is_bad_in_one_way_only(
    desk: Desk, wish: Wish, covered: httpx.Client, answer: str, issuer: bool, valid: bool
) -> None:
    wish("mobile", answer)
    digest = secrets.token_bytes(32)
    certificate, signature = opened(answer_to(covered, digest))
    verify(certificate, signature, digest, hashes.SHA256())
    assert certificate.issuer == desk.pki.issuing.certificate.subject
    try:
        certificate.verify_directly_issued_by(desk.pki.issuing.certificate)
        assert issuer
    except InvalidSignature:
        assert not issuer
    assert (certificate.not_valid_after_utc > desk.clock()) is valid


def test_a_wrong_person_signs_with_their_own_name(wish: Wish, covered: httpx.Client) -> None:
    wish("mobile", "wrong_person")
    digest = secrets.token_bytes(32)
    certificate, signature = opened(answer_to(covered, digest))
    verify(certificate, signature, digest, hashes.SHA256())
    assert attribute(certificate, NameOID.SERIAL_NUMBER) != "PNOAZ-SAYGAC1"


def test_a_bad_signature_does_not_verify(wish: Wish, covered: httpx.Client) -> None:
    wish("mobile", "bad_signature")
    digest = secrets.token_bytes(32)
    certificate, signature = opened(answer_to(covered, digest))
    with pytest.raises(InvalidSignature):
        verify(certificate, signature, digest, hashes.SHA256())


@pytest.mark.parametrize(
    ("telephone", "identifier"), [("+994502000001", "000002"), ("+994559999999", "000001"), ("+994502000001", "999999")]
)
def test_who_has_no_mobile_signature_is_no_client(
    client: httpx.Client, covered: httpx.Client, telephone: str, identifier: str
) -> None:
    answer = answer_to(covered, bytes(32), phoneNumber=telephone, nationalIdentityNumber=identifier)
    assert answer["result"] == "NOT_MID_CLIENT"


def test_a_session_runs_until_it_is_answered(wish: Wish, covered: httpx.Client) -> None:
    wish("mobile", "succeed", seconds=1.4)
    session = covered.post("/mid-api/authentication", json=asked(bytes(32))).json()["sessionID"]
    address = f"/mid-api/authentication/session/{session}"
    assert covered.get(address, params={"timeoutMs": "1"}).json() == {"state": "RUNNING"}
    assert covered.get(address).json()["result"] == "OK"


def test_a_phone_is_answered_by_hand(wish: Wish, client: httpx.Client, covered: httpx.Client) -> None:
    wish("mobile", "by_hand")
    for decision, result in (("confirm", "OK"), ("cancel", "USER_CANCELLED")):
        session = covered.post("/mid-api/authentication", json=asked(b"\x2f" + bytes(31))).json()["sessionID"]
        page = client.get("/phone").text
        assert "1408" in page and session in page
        client.post(f"/phone/{session}", data={"decision": decision})
        assert covered.get(f"/mid-api/authentication/session/{session}").json()["result"] == result
    assert "Gözləyən sorğu yoxdur" in client.get("/phone").text


BAD = {
    "no name": {"relyingPartyName": ""},
    "no telephone": {"phoneNumber": ""},
    "telephone without plus": {"phoneNumber": "994502000001"},
    "no identifier": {"nationalIdentityNumber": None},
    "unknown hash": {"hashType": "MD5"},
    "hash of another length": {"hash": base64.b64encode(bytes(20)).decode()},
    "hash not in Base64": {"hash": "%%%"},
    "unknown language": {"language": "AZE"},
    "unknown format": {"displayTextFormat": "UTF-8"},
    "text too long": {"displayText": "a" * 101},
    "text too long in UCS-2": {"displayText": "ə" * 51, "displayTextFormat": "UCS-2"},
}


@pytest.mark.parametrize("changed", BAD.values(), ids=BAD)
def test_a_bad_call_is_refused(client: httpx.Client, covered: httpx.Client, changed: dict[str, Any]) -> None:
    refused = covered.post("/mid-api/authentication", json=asked(bytes(32), **changed))
    assert refused.status_code == 400
    assert set(refused.json()) == {"error", "time", "traceId"}


def test_other_errors_have_their_status(wish: Wish, covered: httpx.Client) -> None:
    stranger = asked(bytes(32), relyingPartyName="STRANGER")
    assert covered.post("/mid-api/authentication", json=stranger).status_code == 401
    assert covered.post("/mid-api/authentication", content=b"<xml/>").status_code == 400
    assert covered.get("/mid-api/authentication").status_code == 405
    assert covered.get("/mid-api/authentication/session/none").status_code == 404
    wish("mobile", "down")
    assert covered.post("/mid-api/authentication", json=asked(bytes(32))).status_code == 503


def test_the_certificate_can_be_asked_for(client: httpx.Client, covered: httpx.Client) -> None:
    answer = covered.post("/mid-api/certificate", json={**PARTY, **CITIZEN}).json()
    assert answer["result"] == "OK"
    certificate = x509.load_der_x509_certificate(base64.b64decode(answer["cert"]))
    assert attribute(certificate, NameOID.GIVEN_NAME) == "Könül"
    nobody = {**PARTY, **CITIZEN, "nationalIdentityNumber": "999999"}
    assert covered.post("/mid-api/certificate", json=nobody).json()["result"] == "NOT_FOUND"
    assert covered.get("/mid-api/version").json()["version"]


def test_the_service_is_not_believed_without_its_root(desk: Desk) -> None:
    with httpx.Client(trust_env=False) as stranger, pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY"):
        stranger.get(f"{desk.tls_url}/mid-api/version")


OLDER = {"asanId": "000001", "phoneNumber": "+994502000001", "challenge": "00112233445566778899", "message": "Azersu"}


def test_the_older_service_signs_a_challenge_of_both(client: httpx.Client, covered: httpx.Client) -> None:
    begun = covered.post("/asan/login", json=OLDER).json()
    challenge = bytes.fromhex(begun["challenge"])
    assert (len(challenge), begun["personalCode"]) == (20, "SAYGAC1")
    assert challenge.hex().startswith(OLDER["challenge"])
    assert begun["verificationCode"] == f"{((challenge[0] >> 2) << 7) | (challenge[-1] & 0x7F):04d}"
    ended = covered.get(f"/asan/status/{begun['sid']}").json()
    assert ended["status"] == "USER_AUTHENTICATED"
    certificate = x509.load_der_x509_certificate(base64.b64decode(begun["certificate"]))
    verify(certificate, base64.b64decode(ended["signature"]), challenge, hashes.SHA1())


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("cancel", "USER_CANCEL"),
        ("time_out", "EXPIRED_TRANSACTION"),
        ("phone_absent", "PHONE_ABSENT"),
        ("not_a_client", "MID_NOT_READY"),
        ("delivery_error", "SENDING_ERROR"),
        ("sim_error", "SIM_ERROR"),
        ("hash_mismatch", "NOT_VALID"),
    ],
)
def test_the_older_service_has_a_word_for_every_end(
    wish: Wish, covered: httpx.Client, answer: str, status: str
) -> None:
    wish("mobile", answer)
    begun = covered.post("/asan/login", json=OLDER).json()
    assert covered.get(f"/asan/status/{begun['sid']}").json() == {"status": status}


def test_the_older_service_refuses_what_it_does_not_know(wish: Wish, covered: httpx.Client) -> None:
    assert covered.post("/asan/login", json={**OLDER, "asanId": "999999"}).json() == {"status": "NOT_FOUND"}
    assert covered.get("/asan/status/none").json() == {"status": "EXPIRED_TRANSACTION"}
    assert covered.post("/asan/login", json={**OLDER, "challenge": "00"}).status_code == 400
    assert covered.post("/asan/login", json={"asanId": 1}).status_code == 400
    wish("mobile", "down")
    assert covered.post("/asan/login", json=OLDER).status_code == 503
