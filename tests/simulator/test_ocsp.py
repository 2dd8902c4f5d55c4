"""
The OCSP responder from outside: its answers are signed by whom the issuer delegated, and tell the truth or the wish.
"""

from __future__ import annotations

import base64
import secrets
from datetime import timedelta

import httpx
import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from simulator.desk import Desk
from simulator.pki import Condition, Use
from tests.simulator.conftest import Wish

STATUSES = {
    Condition.GOOD: ocsp.OCSPCertStatus.GOOD,
    Condition.EXPIRED: ocsp.OCSPCertStatus.GOOD,
    Condition.REVOKED: ocsp.OCSPCertStatus.REVOKED,
    Condition.STRANGER: ocsp.OCSPCertStatus.UNKNOWN,
}
NONCE = secrets.token_bytes(32)


def request_for(
    desk: Desk, certificate: x509.Certificate, hashing: hashes.HashAlgorithm, nonce: bytes | None = NONCE
) -> bytes:
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, desk.pki.issuing.certificate, hashing)
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), False)
    return builder.build().public_bytes(Encoding.DER)


def ask(client: httpx.Client, request: bytes) -> ocsp.OCSPResponse:
    answer = client.post("/ocsp", content=request, headers={"Content-Type": "application/ocsp-request"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/ocsp-response")
    return ocsp.load_der_ocsp_response(answer.content)


def verify(answer: ocsp.OCSPResponse, issuer: x509.Certificate) -> None:
    (signer,) = answer.certificates
    signer.verify_directly_issued_by(issuer)
    usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.OCSP_SIGNING]
    key, hashing = signer.public_key(), answer.signature_hash_algorithm
    assert isinstance(key, ec.EllipticCurvePublicKey) and hashing is not None
    key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(hashing))


def citizen(desk: Desk, condition: Condition = Condition.GOOD) -> x509.Certificate:
    return desk.pki.of(desk.persons[0], Use.CARD, condition).certificate


@pytest.mark.parametrize("hashing", [hashes.SHA1(), hashes.SHA256()], ids=["SHA-1", "SHA-256"])
@pytest.mark.parametrize("condition", Condition)
def test_the_answer_is_signed_and_true(
    desk: Desk, client: httpx.Client, condition: Condition, hashing: hashes.HashAlgorithm
) -> None:
    asked = citizen(desk, condition)
    answer = ask(client, request_for(desk, asked, hashing))
    verify(answer, desk.pki.issuing.certificate)
    assert answer.serial_number == asked.serial_number
    assert answer.certificate_status is STATUSES[condition]
    assert answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == NONCE
    assert answer.this_update_utc <= desk.clock() < (answer.next_update_utc or answer.this_update_utc)


def test_a_request_without_nonce_or_in_the_address_is_answered_too(desk: Desk, client: httpx.Client) -> None:
    request = request_for(desk, citizen(desk), hashes.SHA1(), None)
    answer = client.get("/ocsp/" + base64.b64encode(request).decode().replace("+", "%2B").replace("/", "%2F"))
    parsed = ocsp.load_der_ocsp_response(answer.content)
    verify(parsed, desk.pki.issuing.certificate)
    assert parsed.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert len(parsed.extensions) == 0


def test_the_control_page_makes_it_lie(desk: Desk, wish: Wish, client: httpx.Client) -> None:
    request = request_for(desk, citizen(desk), hashes.SHA256())
    issuer = desk.pki.issuing.certificate
    for answer, status in (("revoked", ocsp.OCSPCertStatus.REVOKED), ("unknown", ocsp.OCSPCertStatus.UNKNOWN)):
        wish("ocsp", answer)
        told = ask(client, request)
        verify(told, issuer)
        assert told.certificate_status is status
    wish("ocsp", "stale")
    assert ask(client, request).this_update_utc < desk.clock() - timedelta(days=1)
    wish("ocsp", "wrong_nonce")
    assert ask(client, request).extensions.get_extension_for_class(x509.OCSPNonce).value.nonce != NONCE
    for answer in ("bad_signature", "wrong_issuer"):
        wish("ocsp", answer)
        with pytest.raises(InvalidSignature):
            verify(ask(client, request), issuer)


def test_what_it_can_not_answer(desk: Desk, wish: Wish, client: httpx.Client) -> None:
    assert ask(client, b"\x30\x00").response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST
    root = desk.pki.root.certificate
    stranger = ocsp.OCSPRequestBuilder().add_certificate(root, root, hashes.SHA256()).build()
    answered = ask(client, stranger.public_bytes(Encoding.DER))
    assert answered.response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED
    assert client.post("/ocsp", content=b"x").status_code == 415
    assert client.get("/ocsp/%%%").status_code == 400
    wish("ocsp", "down")
    request = request_for(desk, citizen(desk), hashes.SHA256())
    down = client.post("/ocsp", content=request, headers={"Content-Type": "application/ocsp-request"})
    assert down.status_code == 503
