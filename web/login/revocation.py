"""
Whether a certificate was revoked: an OCSP client. Source: RFC 6960, RFC 9654 (nonce).

An answer counts only if the issuer, somebody delegated by it, or a configured responder signed it, it is fresh, and it
is about this certificate. A delegate's own revocation is not asked for; its validity is checked.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from web.login.calls import Caller, ServiceUnreachable
from web.login.certificates import UNREADABLE, extension_of, issued
from web.login.port import LogInRefused

log = logging.getLogger(__name__)

Mode = Literal["require", "prefer", "off"]
#: by which the responder's clock may differ from ours
SKEW = timedelta(minutes=15)
#: longest wait for an answer, in seconds
PATIENCE = 5.0
#: an answer with a delegate's certificate is about 2 KiB
LONGEST = 32 * 1024
NONCE_BYTES = 32
#: a responder that did not answer is not relied on for so long
OUTAGE = timedelta(seconds=30)
_TYPE = "application/ocsp-request"


class Revocation:
    """
    Asks whether certificates were revoked.

    Args:
        mode: `require`: unknown means refused. `prefer`: a responder that can't be reached does not stop anybody.
            `off`: nobody is asked.
        url: of the responder; empty: the one in the certificate.
        responders: certificates of responders that are believed without the issuer's delegation.
        oldest: how old the state of a certificate may be, beside the skew; None: as old as the answer says.
        nonce: True: the answer must carry our nonce, so that it was made just now.
    """

    def __init__(
        self,
        mode: Mode,
        *,
        url: str = "",
        responders: Sequence[x509.Certificate] = (),
        oldest: timedelta | None = timedelta(minutes=2),
        nonce: bool = True,
        caller: Caller | None = None,
    ) -> None:
        self._mode = mode
        self._url = url
        self._responders = tuple(responders)
        self._oldest = oldest
        self._nonce = nonce
        self._caller = caller or Caller()
        self._silent_at: datetime | None = None

    def is_silent(self, now: datetime) -> bool:
        """
        Tell whether nobody can be let in at the moment, because the responder did not answer just now.
        """
        return self._mode == "require" and self._silent_at is not None and now < self._silent_at + OUTAGE

    def check(self, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> None:
        """
        Ask about one certificate whose chain was checked.

        Raises:
            LogInRefused: `certificate_revoked`, or `revocation_unknown` when there is no answer to believe.
        """
        if self._mode == "off":
            return
        try:
            self._ask(certificate, issuer, now)
        except ServiceUnreachable as unreachable:
            if self._mode == "require":
                raise LogInRefused("revocation_unknown", str(unreachable)) from None
            log.warning(
                "Nobody could say whether certificate %x was revoked: %s", certificate.serial_number, unreachable
            )

    def _ask(self, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> None:
        nonce = secrets.token_bytes(NONCE_BYTES)
        request = _request(certificate, issuer, nonce)
        address = self._address(certificate)
        try:
            response = self._call(address, request)
            self._silent_at = None
            self._judge(response, request, nonce, issuer, now)
        except ServiceUnreachable:
            self._silent_at = now
            raise
        except (*UNREADABLE, InvalidSignature) as unreadable:
            raise LogInRefused("revocation_unknown", f"answer: {type(unreadable).__name__}") from None

    def _call(self, address: str, request: ocsp.OCSPRequest) -> ocsp.OCSPResponse:
        found = self._caller.send(
            address,
            request.public_bytes(serialization.Encoding.DER),
            content_type=_TYPE,
            patience=PATIENCE,
            longest=LONGEST,
        )
        if found.status != 200:
            raise ServiceUnreachable(f"the responder answered {found.status}")
        response = ocsp.load_der_ocsp_response(found.content)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise ServiceUnreachable(f"the responder says {response.response_status.name}")
        return response

    def _address(self, certificate: x509.Certificate) -> str:
        if self._url:
            return self._url
        access = extension_of(certificate, x509.AuthorityInformationAccess)
        for one in access or ():
            if one.access_method == AuthorityInformationAccessOID.OCSP:
                place = str(one.access_location.value)
                if place.startswith(("http://", "https://")):
                    return place
        raise ServiceUnreachable("the certificate names no responder, and none is configured")

    def _judge(
        self,
        response: ocsp.OCSPResponse,
        request: ocsp.OCSPRequest,
        nonce: bytes,
        issuer: x509.Certificate,
        now: datetime,
    ) -> None:
        _check_signature(response, self._signer(response, issuer, now))
        _check_nonce(response, nonce, required=self._nonce)
        if response.produced_at_utc > now + SKEW:
            raise LogInRefused("revocation_unknown", "the answer is from the future")
        about = [one for one in response.responses if _is_about(one, request)]
        if len(about) != 1:
            raise LogInRefused("revocation_unknown", "the answer is about something else")
        self._check_fresh(about[0], now)
        if about[0].certificate_status is ocsp.OCSPCertStatus.REVOKED:
            raise LogInRefused("certificate_revoked")
        if about[0].certificate_status is not ocsp.OCSPCertStatus.GOOD:
            raise LogInRefused("revocation_unknown", "the responder does not know the certificate")

    def _signer(self, response: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime) -> x509.Certificate:
        for one in self._responders:
            if _is_named(response, one):
                return _valid(one, now)
        if _is_named(response, issuer):
            return issuer
        for one in response.certificates:
            if _is_named(response, one) and _answers_for(issuer, one):
                return _valid(one, now)
        raise LogInRefused("revocation_unknown", "nobody who may has signed the answer")

    def _check_fresh(self, single: ocsp.OCSPSingleResponse, now: datetime) -> None:
        made, until = single.this_update_utc, single.next_update_utc
        stale = until is None if self._oldest is None else made < now - SKEW - self._oldest
        if stale or made > now + SKEW or (until is not None and until < now - SKEW):
            raise LogInRefused("revocation_unknown", "the answer is not of now")


def _request(certificate: x509.Certificate, issuer: x509.Certificate, nonce: bytes) -> ocsp.OCSPRequest:
    builder = ocsp.OCSPRequestBuilder()
    # SHA-1 only names the issuer here, and is what every responder understands (RFC 5019, 2.1.1).
    builder = builder.add_certificate(certificate, issuer, hashes.SHA1())
    return builder.add_extension(x509.OCSPNonce(nonce), critical=False).build()


def _check_signature(response: ocsp.OCSPResponse, signer: x509.Certificate) -> None:
    key, algorithm = signer.public_key(), response.signature_hash_algorithm
    if algorithm is None or algorithm.name in {"md5", "sha1"}:
        raise UnsupportedAlgorithm("weak digest")
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(algorithm))
    elif isinstance(key, rsa.RSAPublicKey):
        key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), algorithm)
    else:
        raise UnsupportedAlgorithm("kind of key")


def _check_nonce(response: ocsp.OCSPResponse, nonce: bytes, *, required: bool) -> None:
    try:
        answered = response.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound:
        if required:
            raise LogInRefused("revocation_unknown", "the answer has no nonce") from None
        return
    if answered != nonce:
        raise LogInRefused("revocation_unknown", "the answer is to another question")


def _is_about(single: ocsp.OCSPSingleResponse, request: ocsp.OCSPRequest) -> bool:
    return (
        single.serial_number == request.serial_number
        and single.hash_algorithm.name == request.hash_algorithm.name
        and single.issuer_key_hash == request.issuer_key_hash
        and single.issuer_name_hash == request.issuer_name_hash
    )


def _is_named(response: ocsp.OCSPResponse, certificate: x509.Certificate) -> bool:
    if response.responder_name is not None:
        return response.responder_name == certificate.subject
    # SHA-1 of the key's bits. Source: RFC 6960, 4.2.1
    return response.responder_key_hash == x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()).digest


def _answers_for(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    usage = extension_of(certificate, x509.ExtendedKeyUsage)
    return usage is not None and ExtendedKeyUsageOID.OCSP_SIGNING in usage and issued(certificate, issuer)


def _valid(certificate: x509.Certificate, now: datetime) -> x509.Certificate:
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise LogInRefused("revocation_unknown", "the responder's certificate is not valid now")
    return certificate
