"""
Whether an authority between a person and the root was revoked, by what its own certificate names: an OCSP responder,
else a list of revoked certificates (CRL). Source: RFC 5280, 6.3; RFC 5019 (answers made beforehand)

An authority whose certificate names neither is not asked about; the root vouches for itself. Such answers are made for
days, so one is relied on for a while instead of being fetched at every log-in.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from web.login.calls import Caller, ServiceUnreachable
from web.login.certificates import UNREADABLE, extension_of
from web.login.port import LogInRefused
from web.login.revocation import PATIENCE, SKEW, Mode, Revocation

log = logging.getLogger(__name__)

#: an authority that was good is not asked about again for so long
KEPT = timedelta(hours=1)
#: the lists of large authorities have some MiB
LONGEST = 8 * 1024 * 1024
_WEB = ("http://", "https://")


class Issuers:
    """
    Asks about authorities.

    Args:
        mode: as of `Revocation`, which asks about the person.
    """

    def __init__(self, mode: Mode, *, caller: Caller | None = None) -> None:
        self._mode = mode
        self._caller = caller or Caller()
        self._responder = Revocation(mode, oldest=None, nonce=False, caller=self._caller)
        #: (issuer's name, serial number) -> good until
        self._good: dict[tuple[bytes, int], datetime] = {}

    def check(self, chain: Sequence[x509.Certificate], now: datetime) -> None:
        """
        Ask about the authorities of a checked chain, that of the person first and the root last.

        Raises:
            LogInRefused: `wrong_issuer` if one was revoked, `revocation_unknown` when there is no answer to believe.
        """
        if self._mode == "off":
            return
        for authority, issuer in zip(chain[1:-1], chain[2:], strict=True):
            key = (authority.issuer.public_bytes(), authority.serial_number)
            if self._good.get(key, now) > now:
                continue
            self._ask(authority, issuer, now)
            self._good[key] = now + KEPT

    def _ask(self, authority: x509.Certificate, issuer: x509.Certificate, now: datetime) -> None:
        try:
            if _names_responder(authority):
                self._responder.check(authority, issuer, now)
            elif place := _list_of(authority):
                self._look_up(place, authority, issuer, now)
        except LogInRefused as refused:
            if refused.code == "certificate_revoked":
                raise LogInRefused("wrong_issuer", "an authority between was revoked") from None
            raise
        except ServiceUnreachable as silent:
            if self._mode == "require":
                raise LogInRefused("revocation_unknown", str(silent)) from None
            log.warning("Nobody could say whether the authority %x was revoked: %s", authority.serial_number, silent)

    def _look_up(self, place: str, authority: x509.Certificate, issuer: x509.Certificate, now: datetime) -> None:
        found = self._caller.send(place, None, patience=PATIENCE, longest=LONGEST)
        if found.status != 200:
            raise ServiceUnreachable(f"the place of the list answered {found.status}")
        try:
            listed = _read(found.content)
            if not _is_believed(listed, issuer, now):
                raise LogInRefused("revocation_unknown", "the list is not the issuer's of now")
            revoked = listed.get_revoked_certificate_by_serial_number(authority.serial_number)
        except UNREADABLE as unreadable:
            raise LogInRefused("revocation_unknown", f"list: {type(unreadable).__name__}") from None
        if revoked is not None:
            raise LogInRefused("certificate_revoked")


def _names_responder(authority: x509.Certificate) -> bool:
    access = extension_of(authority, x509.AuthorityInformationAccess)
    return any(
        one.access_method == AuthorityInformationAccessOID.OCSP and str(one.access_location.value).startswith(_WEB)
        for one in access or ()
    )


def _list_of(authority: x509.Certificate) -> str:
    points = extension_of(authority, x509.CRLDistributionPoints)
    places = (str(name.value) for point in points or () for name in point.full_name or ())
    return next((place for place in places if place.startswith(_WEB)), "")


def _read(content: bytes) -> x509.CertificateRevocationList:
    if content.startswith(b"-----BEGIN"):
        return x509.load_pem_x509_crl(content)
    return x509.load_der_x509_crl(content)


def _is_believed(listed: x509.CertificateRevocationList, issuer: x509.Certificate, now: datetime) -> bool:
    """Tell whether the issuer signed it, is of now, and holds all certificates: critical words say not."""
    if listed.issuer != issuer.subject or not listed.is_signature_valid(issuer.public_key()):  # type: ignore[arg-type]
        return False
    if any(extension.critical for extension in listed.extensions):
        return False
    until = listed.next_update_utc
    return listed.last_update_utc <= now + SKEW and until is not None and until >= now - SKEW
