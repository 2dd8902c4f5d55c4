"""
Certificates of the simulator: one function for each kind. Nothing here touches a file.

Every one is marked twice, so that no installation can take it for a real one: its subject's or issuer's organisation is
`SAYGAC SIMULATOR`, and its policies name `MARK`. Profiles follow RFC 5280, ETSI EN 319 412-1 and RFC 6960.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from simulator.persons import Person

ORGANISATION = "SAYGAC SIMULATOR"
#: policy of every certificate here; under ITU-T X.667's arc for numbers that nobody else draws
MARK = x509.ObjectIdentifier("2.25.148309412270933481925562043188219047351")
#: X.520's organizationIdentifier carries the VÖEN, ETSI EN 319 412-1, 5.1.4
_VOEN_PREFIX = "VATAZ-"
_USAGES = (
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


@dataclass(frozen=True)
class Held:
    """
    A certificate with its private key.
    """

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def serial(self) -> int:
        """
        Serial number of the certificate.
        """
        return self.certificate.serial_number

    @property
    def text(self) -> str:
        """
        Base64 of the certificate's DER.
        """
        return base64.b64encode(self.certificate.public_bytes(Encoding.DER)).decode()


@dataclass(frozen=True)
class Span:
    """
    From when until when a certificate is valid.
    """

    begin: datetime
    end: datetime


def authority(name: str, span: Span, issuer: Held | None = None) -> Held:
    """
    Make a certification authority: a root without `issuer`, else one below it that issues to people and machines.
    """
    extensions = [
        (x509.BasicConstraints(ca=True, path_length=None if issuer is None else 0), True),
        (_usage("key_cert_sign", "crl_sign"), True),
    ]
    return _issue(_organisation(name), ec.SECP384R1(), span, extensions, issuer)


def personal(person: Person, curve: ec.EllipticCurve, span: Span, issuer: Held, ocsp: str) -> Held:
    """
    Make a person's certificate for authentication.

    Args:
        ocsp: address of the responder that knows its state.
    """
    extensions = [
        (_usage("digital_signature"), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False),
        (_responder_at(ocsp), False),
    ]
    return _issue(_subject(person), curve, span, extensions, issuer)


def responder(name: str, span: Span, issuer: Held) -> Held:
    """
    Make the certificate that signs OCSP answers for `issuer`. Source: RFC 6960, 4.2.2.2.
    """
    extensions = [
        (_usage("digital_signature"), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False),
        (x509.OCSPNoCheck(), False),
    ]
    return _issue(_organisation(name), ec.SECP256R1(), span, extensions, issuer)


def machine(names: Sequence[str], span: Span, issuer: Held, ocsp: str) -> Held:
    """
    Make a TLS server's certificate.

    Args:
        names: host names and addresses that it answers for.
    """
    extensions = [
        (_usage("digital_signature"), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.SubjectAlternativeName([_general(name) for name in names]), False),
        (_responder_at(ocsp), False),
    ]
    return _issue(_organisation(names[0]), ec.SECP256R1(), span, extensions, issuer)


def _issue(
    subject: x509.Name,
    curve: ec.EllipticCurve,
    span: Span,
    extensions: Iterable[tuple[x509.ExtensionType, bool]],
    issuer: Held | None,
) -> Held:
    key = ec.generate_private_key(curve)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(span.begin)
        .not_valid_after(span.end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.CertificatePolicies([x509.PolicyInformation(MARK, None)]), False)
    )
    if issuer is not None:
        parent = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        builder = builder.add_extension(parent, False)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    signer = issuer.key if issuer else key
    return Held(builder.sign(signer, hashes.SHA384()), key)


def _organisation(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "AZ"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def _subject(person: Person) -> x509.Name:
    attributes = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "AZ"),
        x509.NameAttribute(NameOID.COMMON_NAME, person.name),
        x509.NameAttribute(NameOID.SURNAME, person.surname),
        x509.NameAttribute(NameOID.GIVEN_NAME, person.given_name),
        x509.NameAttribute(NameOID.SERIAL_NUMBER, f"PNOAZ-{person.fin}"),
    ]
    if person.entities:
        first = person.entities[0]
        attributes += [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, first.name),
            x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, _VOEN_PREFIX + first.voen),
        ]
    return x509.Name(attributes)


def _usage(*named: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in named for usage in _USAGES})


def _responder_at(address: str) -> x509.AuthorityInformationAccess:
    place = x509.UniformResourceIdentifier(address)
    return x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
