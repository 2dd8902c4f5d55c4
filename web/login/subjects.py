"""
Who the subject of a certificate is: which attribute holds the FIN, the names and the VÖEN is configuration.

No profile of the national certificates is public, so each field is told by a text such as
`serialNumber ~ ^PNOAZ-([0-9A-HJ-NP-Z]{7})$`: the attribute, and a pattern whose only group is the value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import NameOID

from engine.means import CertificateSettings
from forms import kinds
from web.login.port import Assurance, Entity, Identity, LogInRefused, Name

#: what may be mapped: the names of the settings too
FIELDS = ("fin", "given_name", "surname", "patronymic", "voen", "organisation", "user_id")
#: names of RFC 4519 and X.520; others are written as dotted numbers
ATTRIBUTES: Mapping[str, x509.ObjectIdentifier] = {
    "commonName": NameOID.COMMON_NAME,
    "surname": NameOID.SURNAME,
    "givenName": NameOID.GIVEN_NAME,
    "initials": NameOID.INITIALS,
    "generationQualifier": NameOID.GENERATION_QUALIFIER,
    "serialNumber": NameOID.SERIAL_NUMBER,
    "organizationName": NameOID.ORGANIZATION_NAME,
    "organizationalUnitName": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "organizationIdentifier": NameOID.ORGANIZATION_IDENTIFIER,
    "title": NameOID.TITLE,
    "userID": NameOID.USER_ID,
    "dnQualifier": NameOID.DN_QUALIFIER,
    "pseudonym": NameOID.PSEUDONYM,
    "emailAddress": NameOID.EMAIL_ADDRESS,
}
#: longest attribute that is looked at, in characters
_LONGEST = 200
_FIN = re.compile(r"[0-9A-HJ-NP-Z]{7}")
_VOEN = re.compile(r"[0-9]{10}")
_DOTTED = re.compile(r"[0-2](\.[0-9]+)+")


class MappingRefused(ValueError):
    """
    The text of a mapping can't be used; the sentence tells the operator what is wrong.
    """


@dataclass(frozen=True)
class Source:
    """
    Where one field comes from.
    """

    attribute: x509.ObjectIdentifier
    #: its only group is the value; None: the whole attribute
    pattern: re.Pattern[str] | None


@dataclass(frozen=True)
class Subject:
    """
    What a certificate says of its subject, as mapped; an empty text for what it does not say.
    """

    fin: str
    given_name: str
    surname: str
    patronymic: str
    voen: str
    organisation: str
    #: number by which the mobile signature knows its user
    user_id: str


class SubjectMapping:
    """
    Reads subjects as it is told.

    Args:
        told: field -> `attribute` or `attribute ~ pattern`; an empty text: the certificate does not have it.

    Raises:
        MappingRefused: an unknown attribute, a wrong pattern, or no FIN.
    """

    def __init__(self, told: Mapping[str, str]) -> None:
        self._sources = {field: _source(field, text) for field, text in told.items() if text.strip()}
        if "fin" not in self._sources:
            raise MappingRefused("No subject attribute is told to hold the FIN: fin = serialNumber.")

    @classmethod
    def of(cls, settings: CertificateSettings) -> SubjectMapping:
        """
        Read the mapping from the settings of a means.
        """
        return cls({field: getattr(settings, field, "") for field in FIELDS})

    def names(self, field: str) -> bool:
        """
        Tell whether the mapping has `field`.
        """
        return field in self._sources

    def subject(self, certificate: x509.Certificate) -> Subject:
        """
        Read a certificate whose chain was checked.

        Raises:
            LogInRefused: `identity_incomplete`: no FIN, no name, or an attribute that says two things.
        """
        found = {field: self._value(certificate, field) for field in FIELDS}
        if not _FIN.fullmatch(found["fin"]):
            raise LogInRefused("identity_incomplete", "no FIN in the certificate")
        if not (found["given_name"] or found["surname"]):
            raise LogInRefused("identity_incomplete", "no name in the certificate")
        return Subject(**found)

    def _value(self, certificate: x509.Certificate, field: str) -> str:
        source = self._sources.get(field)
        if source is None:
            return ""
        values = set()
        for attribute in certificate.subject.get_attributes_for_oid(source.attribute):
            value = _matched(source.pattern, attribute.value)
            if value:
                values.add(value)
        if len(values) > 1:
            raise LogInRefused("identity_incomplete", f"{field} is there more than once")
        return values.pop() if values else ""


def identity_of(subject: Subject, certificate: x509.Certificate, means: Name, assurance: Assurance) -> Identity:
    """
    Return the identity of a subject whose certificate was checked.

    Raises:
        LogInRefused: `identity_incomplete`: a VÖEN of the wrong shape.
    """
    if subject.voen and not _VOEN.fullmatch(subject.voen):
        raise LogInRefused("identity_incomplete", "shape of the VÖEN")
    return Identity(
        fin=subject.fin,
        given_name=subject.given_name,
        surname=subject.surname,
        patronymic=subject.patronymic,
        means=means,
        assurance=assurance,
        entities=(Entity(subject.voen, subject.organisation or subject.voen),) if subject.voen else (),
        certificate=f"{certificate.serial_number:x}",
    )


def _source(field: str, text: str) -> Source:
    attribute, tilde, pattern = text.partition("~")
    attribute = attribute.strip()
    if attribute in ATTRIBUTES:
        oid = ATTRIBUTES[attribute]
    elif _DOTTED.fullmatch(attribute):
        oid = _numbered(attribute)
    else:
        raise MappingRefused(f"{field}: {attribute} is not an attribute: one of {', '.join(ATTRIBUTES)}, or 1.2.3.4.")
    return Source(oid, _pattern(pattern.strip()) if tilde else None)


def _numbered(dotted: str) -> x509.ObjectIdentifier:
    try:
        return x509.ObjectIdentifier(dotted)
    except ValueError:
        raise MappingRefused(f"{dotted} is not an object identifier.") from None


def _pattern(text: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(text)
    except re.error as wrong:
        raise MappingRefused(f"{text} is not a regular expression: {wrong}.") from None
    if pattern.groups != 1:
        raise MappingRefused(f"{text} must have exactly one group, which is the value.")
    return pattern


def _matched(pattern: re.Pattern[str] | None, raw: str | bytes) -> str:
    if not isinstance(raw, str) or len(raw) > _LONGEST:
        return ""
    try:
        value = kinds.clean(raw)
    except kinds.Refused:
        return ""
    if pattern is None:
        return value
    match = pattern.search(value)
    return (match[1] or "") if match else ""
