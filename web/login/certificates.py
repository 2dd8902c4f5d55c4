"""
Certificates of people: read, chain, validity, usage and policy, each refusal with its own code.

Trust comes from the configured files only, never from the machine's own store. Whether a certificate was revoked is
asked in `revocation`, who its subject is in `subjects`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from web.login.port import LogInRefused

#: a certificate of a person is about 2 KiB
LONGEST = 16 * 1024
#: RSA keys below are refused, in bits. Source: NIST SP 800-57
SHORTEST_RSA = 2048
CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
#: what the simulator writes into every certificate: this organisation, and this policy
SIMULATOR_ORGANISATION = "SAYGAC SIMULATOR"
SIMULATOR_POLICY = "1.3.6.1.4.1.32473.2026.1"
#: what `cryptography` raises for bytes that are no certificate, or one that it can't use
UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
    # where warnings are errors: of names and numbers that RFC 5280 forbids
    UserWarning,
)

Extension = TypeVar("Extension", bound=x509.ExtensionType)
PersonKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


class NotTrustworthy(ValueError):
    """
    A configured file can't be trusted; the sentence tells the operator what to do.
    """


@dataclass(frozen=True)
class Rules:
    """
    What a certificate must be good for.
    """

    #: extended key usages, dotted; the certificate has one of them. Empty: not looked at
    usages: frozenset[str] = frozenset({ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string})
    #: True: a certificate that names no extended key usage at all is good
    usage_may_be_absent: bool = False
    #: certificate policies, dotted; the certificate has one of them. Empty: any
    policies: frozenset[str] = frozenset()
    #: certificate policies, dotted; the certificate has none of them
    forbidden_policies: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Authorities:
    """
    Whose certificates are believed.
    """

    #: a chain ends at one of these, self-signed or not
    anchors: tuple[x509.Certificate, ...]
    #: may stand between an anchor and a person
    between: tuple[x509.Certificate, ...] = ()

    @classmethod
    def from_files(cls, anchors: Iterable[Path], between: Iterable[Path] = (), *, simulator: bool) -> Authorities:
        """
        Read PEM files, one or more certificates each.

        Args:
            simulator: True: the simulator's own authorities are welcome; in production they never are.

        Raises:
            NotTrustworthy: a file is missing or holds no certificate, or one of the simulator's.
        """
        return cls(
            tuple(one for path in anchors for one in read_file(path, simulator=simulator)),
            tuple(one for path in between for one in read_file(path, simulator=simulator)),
        )


def read_file(path: Path, *, simulator: bool) -> list[x509.Certificate]:
    """
    Read the certificates of one PEM file.

    Raises:
        NotTrustworthy: see `Authorities.from_files`.
    """
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as missing:
        raise NotTrustworthy(f"{path} can't be read ({missing.strerror}): name a file of certificates.") from None
    except ValueError:
        raise NotTrustworthy(f"{path} is not a PEM file of certificates.") from None
    if not simulator and any(is_simulated(one) for one in found):
        raise NotTrustworthy(
            f"{path} holds a certificate of the simulator, which proves nothing about anybody: name the file of the "
            "real certification authority. (Or set SAYGAC_DEMO=1.)"
        )
    return found


def is_simulated(certificate: x509.Certificate) -> bool:
    """
    Tell whether the simulator made this certificate: by its organisation, or by its policy.
    """
    for name in (certificate.issuer, certificate.subject):
        for attribute in name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME):
            if SIMULATOR_ORGANISATION in str(attribute.value).upper():
                return True
    return SIMULATOR_POLICY in _policies(certificate)


def read(der: bytes) -> x509.Certificate:
    """
    Read a certificate that comes from outside, all of it, so that nothing later stumbles over a part.

    Raises:
        LogInRefused: `unreadable_answer`; or `not_trusted` for a key of an unknown kind or too short.
    """
    if not 0 < len(der) <= LONGEST:
        raise LogInRefused("unreadable_answer", "length of a certificate")
    try:
        certificate = x509.load_der_x509_certificate(der)
        key = certificate.public_key()
        _touch(certificate)
        algorithm = certificate.signature_hash_algorithm
    except UNREADABLE as unreadable:
        raise LogInRefused("unreadable_answer", f"certificate: {type(unreadable).__name__}") from None
    if algorithm is None or not _is_strong(key):
        raise LogInRefused("not_trusted", "kind or length of a key")
    return certificate


def key_of(certificate: x509.Certificate) -> PersonKey:
    """
    Return the key of a certificate that `read` has accepted.
    """
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
    return key


class Chain:
    """
    Checks certificates of people against configured authorities and rules.
    """

    def __init__(self, authorities: Authorities, rules: Rules) -> None:
        self._authorities = authorities
        self._rules = rules

    def check(
        self, certificate: x509.Certificate, now: datetime, sent: Sequence[x509.Certificate] = ()
    ) -> Sequence[x509.Certificate]:
        """
        Check validity, usage, policy and the chain.

        Args:
            certificate: that `read` has accepted.
            now: aware.
            sent: certificates that came along; they may stand between, but nothing ends at them.

        Returns:
            The chain: the certificate itself, that of its issuer, and on to the anchor.

        Raises:
            LogInRefused: `certificate_expired`, `certificate_not_yet_valid`, `wrong_usage`, `wrong_issuer`.
        """
        if now > certificate.not_valid_after_utc:
            raise LogInRefused("certificate_expired")
        if now < certificate.not_valid_before_utc:
            raise LogInRefused("certificate_not_yet_valid")
        _check_use(certificate, self._rules)
        return self._build(certificate, now, sent)

    def _build(
        self, certificate: x509.Certificate, now: datetime, sent: Sequence[x509.Certificate]
    ) -> list[x509.Certificate]:
        if not self._authorities.anchors:
            raise LogInRefused("not_set_up", "no certification authority is configured")
        try:
            builder = verification.PolicyBuilder().store(verification.Store(list(self._authorities.anchors))).time(now)
            verifier = builder.extension_policies(
                ca_policy=_authority_policy(self._rules), ee_policy=verification.ExtensionPolicy.permit_all()
            ).build_client_verifier()
            chain = verifier.verify(certificate, [*self._authorities.between, *sent]).chain
        except verification.VerificationError:
            # Its text quotes names of the certificate, which are no business of the log.
            raise LogInRefused("wrong_issuer", "no chain to a configured authority") from None
        except UNREADABLE as unreadable:
            raise LogInRefused("wrong_issuer", f"chain: {type(unreadable).__name__}") from None
        if len(chain) < 2:
            raise LogInRefused("wrong_issuer", "the certificate of an authority is not a person's")
        return chain


def issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """
    Tell whether `issuer` signed `certificate` with its own key.
    """
    try:
        certificate.verify_directly_issued_by(issuer)
    except (*UNREADABLE, InvalidSignature):
        return False
    return True


def _authority_policy(rules: Rules) -> verification.ExtensionPolicy:
    """Hold to RFC 5280: the rules of browsers' authorities refuse national ones, e.g. for a critical key usage."""
    policy = verification.ExtensionPolicy
    agnostic = verification.Criticality.AGNOSTIC
    return (
        policy.permit_all()
        .require_present(x509.BasicConstraints, agnostic, None)
        .may_be_present(x509.KeyUsage, agnostic, _signs_certificates)
        .may_be_present(x509.ExtendedKeyUsage, agnostic, _issues_for(rules))
    )


def _signs_certificates(
    _policy: verification.Policy, _certificate: x509.Certificate, usage: x509.KeyUsage | None
) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("keyCertSign")


def _issues_for(
    rules: Rules,
) -> Callable[[verification.Policy, x509.Certificate, x509.ExtendedKeyUsage | None], None]:
    allowed = rules.usages | {ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE.dotted_string}

    def check(
        _policy: verification.Policy, _certificate: x509.Certificate, usage: x509.ExtendedKeyUsage | None
    ) -> None:
        if usage is not None and rules.usages and allowed.isdisjoint(one.dotted_string for one in usage):
            raise ValueError("extKeyUsage")

    return check


def _check_use(certificate: x509.Certificate, rules: Rules) -> None:
    usage = extension_of(certificate, x509.KeyUsage)
    if usage is None or not usage.digital_signature:
        raise LogInRefused("wrong_usage", "keyUsage")
    if rules.usages:
        extended = extension_of(certificate, x509.ExtendedKeyUsage)
        named = {one.dotted_string for one in extended} if extended is not None else set()
        absent = extended is None and rules.usage_may_be_absent
        if not absent and rules.usages.isdisjoint(named):
            raise LogInRefused("wrong_usage", "extKeyUsage")
    policies = _policies(certificate)
    if rules.policies and rules.policies.isdisjoint(policies):
        raise LogInRefused("wrong_usage", "none of the configured policies")
    if not rules.forbidden_policies.isdisjoint(policies):
        raise LogInRefused("wrong_usage", "a forbidden policy")


def _policies(certificate: x509.Certificate) -> set[str]:
    found = extension_of(certificate, x509.CertificatePolicies)
    return {one.policy_identifier.dotted_string for one in found} if found is not None else set()


def extension_of(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _touch(certificate: x509.Certificate) -> None:
    """Read every part that is used later: they are parsed only then, and each may fail."""
    if certificate.serial_number <= 0 or certificate.not_valid_before_utc > certificate.not_valid_after_utc:
        raise ValueError("serial number or validity")
    for name in (certificate.subject, certificate.issuer):
        name.rfc4514_string()
    list(certificate.extensions)


def _is_strong(key: object) -> bool:
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= SHORTEST_RSA
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, CURVES)
