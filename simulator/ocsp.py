"""
The OCSP responder: signed answers about certificates of the simulator's issuing authority. Source: RFC 6960, RFC 9654.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp

from simulator.answers import Answer, Service, Wishes
from simulator.certificates import Held
from simulator.pki import Pki

#: how long an answer holds
HOLDS = timedelta(minutes=10)
#: age of an answer that is too old
STALE = timedelta(days=2)


class ResponderDown(Exception):
    """
    The responder is told not to answer.
    """


class Responder:
    """
    Answers one request at a time.
    """

    def __init__(self, pki: Pki, wishes: Wishes, clock: Callable[[], datetime]) -> None:
        self._pki = pki
        self._wishes = wishes
        self._clock = clock

    def answer(self, request: bytes) -> bytes:
        """
        Return the DER of the answer to the DER of a request, as the control page wishes it.

        Raises:
            ResponderDown: the wish is that there is no answer.
        """
        wish = self._wishes.take(Service.OCSP)
        time.sleep(wish.seconds)
        if wish.answer is Answer.DOWN:
            raise ResponderDown
        try:
            asked = ocsp.load_der_ocsp_request(request)
            hashing = asked.hash_algorithm
        except ValueError:
            return _failed(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        if asked.issuer_key_hash != _key_hash(self._pki.issuing.certificate, hashing):
            return _failed(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        signer = self._pki.false_responder if wish.answer is Answer.WRONG_ISSUER else self._pki.responder
        signed = self._signed(asked, hashing, wish.answer, signer)
        return _spoiled(signed) if wish.answer is Answer.BAD_SIGNATURE else signed

    def _signed(self, asked: ocsp.OCSPRequest, hashing: hashes.HashAlgorithm, wished: Answer, signer: Held) -> bytes:
        made = self._clock() - (STALE if wished is Answer.STALE else timedelta(0))
        status = self._status(asked.serial_number, wished)
        revoked = status is ocsp.OCSPCertStatus.REVOKED
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response_by_hash(
                issuer_name_hash=asked.issuer_name_hash,
                issuer_key_hash=asked.issuer_key_hash,
                serial_number=asked.serial_number,
                algorithm=hashing,
                cert_status=status,
                this_update=made,
                next_update=made + HOLDS,
                revocation_time=made - timedelta(days=1) if revoked else None,
                revocation_reason=x509.ReasonFlags.key_compromise if revoked else None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
            .certificates([signer.certificate])
        )
        nonce = _nonce(asked)
        if nonce is not None:
            given = bytes(byte ^ 0xFF for byte in nonce) if wished is Answer.WRONG_NONCE else nonce
            builder = builder.add_extension(x509.OCSPNonce(given), False)
        return builder.sign(signer.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def _status(self, serial: int, wished: Answer) -> ocsp.OCSPCertStatus:
        revoked = self._pki.revoked(serial)
        if wished is Answer.UNKNOWN or revoked is None:
            return ocsp.OCSPCertStatus.UNKNOWN
        if wished is Answer.REVOKED or revoked:
            return ocsp.OCSPCertStatus.REVOKED
        return ocsp.OCSPCertStatus.GOOD


def _nonce(asked: ocsp.OCSPRequest) -> bytes | None:
    try:
        return asked.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound:
        return None


def _key_hash(issuer: x509.Certificate, hashing: hashes.HashAlgorithm) -> bytes:
    """Hash the issuer's key as a request names it: the bits without their wrapping. Source: RFC 6960, 4.1.1."""
    digest = hashes.Hash(hashing)
    digest.update(issuer.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
    return digest.finalize()


def _failed(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)


def _spoiled(signed: bytes) -> bytes:
    """Change the produced time in the signed part, so that everything reads well and the signature does not hold."""
    at = signed.index(b"Z", signed.index(b"\x18\x0f")) - 1
    digit = b"1" if signed[at : at + 1] != b"1" else b"2"
    return signed[:at] + digit + signed[at + 1 :]
