"""
All that must hold of a person's certificate before anybody is let in by it: chain, use, revocation, subject.

The means built on certificates share it; each has its own authorities and rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509

from engine.means import CertificateSettings
from web.login import certificates
from web.login.certificates import Authorities, Chain, Rules
from web.login.issuers import Issuers
from web.login.port import LogInRefused
from web.login.revocation import Revocation
from web.login.subjects import Subject, SubjectMapping


@dataclass(frozen=True)
class Trust:
    """
    What one means believes.
    """

    authorities: Authorities
    chain: Chain
    revocation: Revocation
    issuers: Issuers
    mapping: SubjectMapping

    @classmethod
    def of(cls, settings: CertificateSettings, *, simulator: bool) -> Trust:
        """
        Build it from settings.

        Args:
            simulator: True in the demonstration: the simulator's certificates are welcome.

        Raises:
            NotTrustworthy: a file can't be used, or is the simulator's.
            MappingRefused: a subject attribute can't be used.
        """
        authorities = Authorities.from_files(
            [settings.roots] if settings.roots else [],
            [settings.intermediates] if settings.intermediates else [],
            simulator=simulator,
        )
        rules = Rules(
            usages=frozenset(settings.usages),
            usage_may_be_absent=settings.usage_may_be_absent,
            policies=frozenset(settings.policies),
            forbidden_policies=frozenset(settings.forbidden_policies),
        )
        responders = settings.ocsp_responders
        revocation = Revocation(
            settings.ocsp,
            url=settings.ocsp_url,
            responders=certificates.read_file(responders, simulator=simulator) if responders else (),
            oldest=timedelta(seconds=settings.ocsp_seconds),
            nonce=settings.ocsp_nonce,
        )
        issuers = Issuers(settings.ocsp)
        return cls(authorities, Chain(authorities, rules), revocation, issuers, SubjectMapping.of(settings))

    def check(self, der: bytes, now: datetime, sent: Sequence[bytes] = ()) -> x509.Certificate:
        """
        Check a certificate that came from outside; the possession of its key is shown elsewhere.

        Args:
            der: the certificate.
            now: aware.
            sent: further certificates that came along, DER; unreadable ones are passed over.

        Raises:
            LogInRefused: with the code of the first thing that does not hold.
        """
        certificate = certificates.read(der)
        chain = self.chain.check(certificate, now, _readable(sent))
        self.revocation.check(certificate, chain[1], now)
        self.issuers.check(chain, now)
        return certificate

    def available(self, now: datetime) -> str | None:
        """
        Return None, or the code of a refusal that everybody would meet now.
        """
        return "revocation_unknown" if self.revocation.is_silent(now) else None

    def subject(self, certificate: x509.Certificate) -> Subject:
        """
        Say who the subject of a checked certificate is.

        Raises:
            LogInRefused: `identity_incomplete`.
        """
        return self.mapping.subject(certificate)


def _readable(sent: Sequence[bytes]) -> list[x509.Certificate]:
    found = []
    for der in sent[:8]:
        try:
            found.append(certificates.read(der))
        except LogInRefused:
            # It is only a help for building the chain; without it the chain is refused.
            continue
    return found
