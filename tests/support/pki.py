"""
Real certificates for tests: authorities, people, responders and servers, with anything wrong that a test asks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

#: OCSP answers made by `cryptography` carry the machine's time
NOW = datetime.now(UTC).replace(microsecond=0)
CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH
USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
#: FIN, names and VÖEN of the person in most tests
FIN, GIVEN_NAME, SURNAME, VOEN = "1A2B3C4", "Könül", "Əliyeva", "1400000101"

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Held:
    """
    A certificate with its key.
    """

    certificate: x509.Certificate
    key: Key

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def key(kind: str = "P-256") -> Key:
    curves = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1, "K-256": ec.SECP256K1}
    if kind in curves:
        return ec.generate_private_key(curves[kind]())
    return rsa.generate_private_key(65537, int(kind.removeprefix("RSA-")))


def name(**attributes: str) -> x509.Name:
    """
    Make a name; UTF-8 throughout, since some attributes would be refused with letters that they must not have.
    """
    return x509.Name(
        [
            x509.NameAttribute(getattr(NameOID, kind), value, _ASN1Type.UTF8String if kind != "COUNTRY_NAME" else None)
            for kind, value in attributes.items()
        ]
    )


def usage(*named: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{one: one in named for one in USAGES})


def sign(
    subject: x509.Name,
    issuer: Held | None,
    extensions: Sequence[tuple[x509.ExtensionType, bool]],
    *,
    key_kind: str = "P-256",
    begin: datetime = NOW - timedelta(days=30),
    end: datetime = NOW + timedelta(days=300),
    own_key: Key | None = None,
    issuer_name: x509.Name | None = None,
) -> Held:
    held = own_key or key(key_kind)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer_name or (issuer.certificate.subject if issuer else subject))
        .public_key(held.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return Held(builder.sign(issuer.key if issuer else held, hashes.SHA256()), held)


def authority(
    common_name: str = "Root", issuer: Held | None = None, *, length: int | None = None, **changes: object
) -> Held:
    extensions = [(x509.BasicConstraints(True, length), True), (usage("key_cert_sign", "crl_sign"), True)]
    subject = name(COUNTRY_NAME="AZ", ORGANIZATION_NAME="Test Centre", COMMON_NAME=common_name)
    return sign(subject, issuer, extensions, **changes)  # type: ignore[arg-type]


def person(
    issuer: Held,
    *,
    fin: str = FIN,
    ocsp: str = "",
    usages: Sequence[x509.ObjectIdentifier] | None = (CLIENT_AUTH,),
    key_usages: Sequence[str] | None = ("digital_signature",),
    policies: Sequence[str] = (),
    subject: x509.Name | None = None,
    **changes: object,
) -> Held:
    extensions: list[tuple[x509.ExtensionType, bool]] = [(x509.BasicConstraints(False, None), True)]
    if key_usages is not None:
        extensions.append((usage(*key_usages), True))
    if usages is not None:
        extensions.append((x509.ExtendedKeyUsage(usages), False))
    if policies:
        informed = [x509.PolicyInformation(x509.ObjectIdentifier(one), None) for one in policies]
        extensions.append((x509.CertificatePolicies(informed), False))
    if ocsp:
        place = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(ocsp))
        extensions.append((x509.AuthorityInformationAccess([place]), False))
    subject = subject or name(
        COUNTRY_NAME="AZ",
        COMMON_NAME=f"{SURNAME} {GIVEN_NAME}",
        SURNAME=SURNAME,
        GIVEN_NAME=GIVEN_NAME,
        SERIAL_NUMBER=f"PNOAZ-{fin}",
    )
    return sign(subject, issuer, extensions, **changes)  # type: ignore[arg-type]


def responder(issuer: Held, *, usages: Sequence[x509.ObjectIdentifier] | None = None, **changes: object) -> Held:
    named = [ExtendedKeyUsageOID.OCSP_SIGNING] if usages is None else list(usages)
    extensions: list[tuple[x509.ExtensionType, bool]] = [(usage("digital_signature"), True)]
    if named:
        extensions.append((x509.ExtendedKeyUsage(named), False))
    return sign(name(COMMON_NAME="Responder"), issuer, extensions, **changes)  # type: ignore[arg-type]


def server(issuer: Held, *hosts: str) -> Held:
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts or ("localhost",)])
    extensions = [(names, False), (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)]
    return sign(name(COMMON_NAME="server"), issuer, extensions)
