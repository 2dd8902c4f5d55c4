"""
The simulator's public key infrastructure: made at first start, kept in a folder, made anew when it no longer fits.

root → issuing authority → people, OCSP signer, TLS servers. A second root with the same names, which nobody trusts,
issues what is to come from a wrong issuer. Each person has a certificate in every condition, for card and phone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import product
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from simulator import certificates
from simulator.certificates import Held, Span
from simulator.persons import Person

AUTHORITY_LIFE = timedelta(days=3650)
#: Asan İmza's certificates are given for three years
LIFE = timedelta(days=3 * 365)
#: everything is made anew so long before the first of it expires
MARGIN = timedelta(days=30)
MACHINE_NAMES = ("localhost", "127.0.0.1", "::1")
#: file names of what clients trust and servers show
ROOT, ISSUING, SERVER = "root.pem", "issuing.pem", "server.pem"


class Use(StrEnum):
    """
    What a person's certificate is on.
    """

    CARD = "card"
    MOBILE = "mobile"


class Condition(StrEnum):
    """
    What is wrong with a person's certificate, if anything.
    """

    GOOD = "good"
    REVOKED = "revoked"
    EXPIRED = "expired"
    STRANGER = "stranger"


_CURVES: Mapping[Use, ec.EllipticCurve] = {Use.CARD: ec.SECP384R1(), Use.MOBILE: ec.SECP256R1()}


@dataclass(frozen=True)
class Pki:
    """
    All certificates and keys.
    """

    root: Held
    issuing: Held
    #: signs OCSP answers, delegated by `issuing`
    responder: Held
    #: signs OCSP answers with a delegation by the stranger
    false_responder: Held
    #: TLS on the loopback
    server: Held
    people: Mapping[tuple[str, Use, Condition], Held]

    def of(self, person: Person, use: Use, condition: Condition = Condition.GOOD) -> Held:
        """
        Return a person's certificate and key.
        """
        return self.people[person.username, use, condition]

    def revoked(self, serial: int) -> bool | None:
        """
        Tell whether the certificate `serial` of the issuing authority is revoked; None if it never issued it.
        """
        for (_, _, condition), held in self.people.items():
            if held.serial == serial and condition is not Condition.STRANGER:
                return condition is Condition.REVOKED
        return False if serial == self.server.serial else None


def made(folder: Path, persons: Sequence[Person], ocsp: str, now: datetime) -> Pki:
    """
    Return the infrastructure in `folder`; make it there if it is missing, about to expire or for others.

    Args:
        persons: who gets certificates.
        ocsp: address of the responder, which every certificate names.
    """
    plan = {"ocsp": ocsp, "persons": [repr(person) for person in persons]}
    written = folder / "plan.json"
    if written.is_file():
        found = json.loads(written.read_text(encoding="utf-8"))
        if datetime.fromisoformat(found.pop("until")) - MARGIN > now and found == plan:
            return _read(folder, persons)
        written.unlink()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    pki = _make(persons, ocsp, now)
    _write(folder, pki)
    written.write_text(json.dumps({**plan, "until": (now + LIFE).isoformat()}), encoding="utf-8")
    return pki


def _make(persons: Sequence[Person], ocsp: str, now: datetime) -> Pki:
    long = Span(now - timedelta(days=5 * 365), now + AUTHORITY_LIFE)
    span = Span(now - timedelta(hours=1), now + LIFE)
    past = Span(now - timedelta(days=4 * 365), now - timedelta(days=1))
    root = certificates.authority("Saygac Simulator Root", long)
    issuing = certificates.authority("Saygac Simulator Issuing", long, root)
    stranger = certificates.authority(
        "Saygac Simulator Issuing", long, certificates.authority("Saygac Simulator Root", long)
    )
    people = {}
    for person, use, condition in product(persons, Use, Condition):
        issuer = stranger if condition is Condition.STRANGER else issuing
        within = past if condition is Condition.EXPIRED else span
        people[person.username, use, condition] = certificates.personal(person, _CURVES[use], within, issuer, ocsp)
    return Pki(
        root,
        issuing,
        certificates.responder("Saygac Simulator OCSP", span, issuing),
        certificates.responder("Saygac Simulator OCSP", span, stranger),
        certificates.machine(MACHINE_NAMES, span, issuing, ocsp),
        people,
    )


def _places(folder: Path, persons: Sequence[Person]) -> Iterator[tuple[tuple[str, Use, Condition], Path]]:
    for person, use, condition in product(persons, Use, Condition):
        yield (person.username, use, condition), folder / f"{person.username}-{use}-{condition}.pem"


def _write(folder: Path, pki: Pki) -> None:
    _put(folder / ROOT, _pem(pki.root.certificate))
    _put(folder / ISSUING, _pem(pki.issuing.certificate))
    above = _pem(pki.issuing.certificate)
    _put(folder / "root-key.pem", _key(pki.root) + _pem(pki.root.certificate))
    _put(folder / "issuing-key.pem", _key(pki.issuing) + above)
    _put(folder / "responder.pem", _key(pki.responder) + _pem(pki.responder.certificate))
    _put(folder / "false-responder.pem", _key(pki.false_responder) + _pem(pki.false_responder.certificate))
    _put(folder / SERVER, _key(pki.server) + _pem(pki.server.certificate) + above)
    for (username, use, condition), held in pki.people.items():
        _put(folder / f"{username}-{use}-{condition}.pem", _key(held) + _pem(held.certificate) + above)


def _read(folder: Path, persons: Sequence[Person]) -> Pki:
    return Pki(
        _get(folder / "root-key.pem"),
        _get(folder / "issuing-key.pem"),
        _get(folder / "responder.pem"),
        _get(folder / "false-responder.pem"),
        _get(folder / SERVER),
        {name: _get(place) for name, place in _places(folder, persons)},
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key(held: Held) -> bytes:
    return held.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _put(place: Path, content: bytes) -> None:
    place.touch(mode=0o600)
    place.write_bytes(content)


def _get(place: Path) -> Held:
    content = place.read_bytes()
    key = serialization.load_pem_private_key(content, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{place} holds no key of an elliptic curve.")
    return Held(x509.load_pem_x509_certificates(content)[0], key)
