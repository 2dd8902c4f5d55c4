"""
The simulator's certificates: they hold together, say what they are, and are made anew only when they must be.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from processes.demonstration import people
from simulator import persons, pki
from simulator.certificates import MARK, ORGANISATION
from simulator.desk import Desk
from simulator.pki import Condition, Use
from web.login.certificates import Authorities, NotTrustworthy, is_simulated

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
OCSP = "http://127.0.0.1:8001/ocsp"
CITIZEN = persons.shipped()[:1]


@pytest.mark.parametrize(("use", "condition"), list(product(Use, Condition)))
def test_a_person_has_every_condition_on_card_and_phone(desk: Desk, use: Use, condition: Condition) -> None:
    issuer = desk.pki.issuing.certificate
    for person in desk.persons:
        certificate = desk.pki.of(person, use, condition).certificate
        key = certificate.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        assert key.key_size == {Use.CARD: 384, Use.MOBILE: 256}[use]
        assert (certificate.not_valid_after_utc < desk.clock()) == (condition is Condition.EXPIRED)
        assert (
            desk.pki.revoked(certificate.serial_number)
            == {
                Condition.GOOD: False,
                Condition.REVOKED: True,
                Condition.EXPIRED: False,
                Condition.STRANGER: None,
            }[condition]
        )
        if condition is not Condition.STRANGER:
            certificate.verify_directly_issued_by(issuer)


def test_every_certificate_says_that_it_is_simulated(desk: Desk) -> None:
    made = [desk.pki.root, desk.pki.issuing, desk.pki.responder, desk.pki.false_responder, desk.pki.server]
    for held in [*made, *desk.pki.people.values()]:
        named = held.certificate.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        assert [one.value for one in named] == [ORGANISATION]
        policies = held.certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
        assert [one.policy_identifier for one in policies] == [MARK]
        assert is_simulated(held.certificate)


def test_production_refuses_the_simulators_authorities(desk: Desk) -> None:
    with pytest.raises(NotTrustworthy, match="SAYGAC_DEMO=1"):
        Authorities.from_files([desk.authorities], simulator=False)
    assert Authorities.from_files([desk.authorities], simulator=True).anchors


def test_a_second_start_finds_what_the_first_made(tmp_path: Path) -> None:
    first = pki.made(tmp_path, CITIZEN, OCSP, NOW)
    again = pki.made(tmp_path, CITIZEN, OCSP, NOW + timedelta(days=900))
    assert again.root.serial == first.root.serial
    assert {key: held.serial for key, held in again.people.items()} == {
        key: held.serial for key, held in first.people.items()
    }


@pytest.mark.parametrize(
    ("who", "ocsp", "later"),
    [
        (persons.shipped()[:2], OCSP, timedelta(0)),
        (CITIZEN, "http://127.0.0.1:9001/ocsp", timedelta(0)),
        (CITIZEN, OCSP, timedelta(days=3 * 365)),
    ],
    ids=["other people", "another responder", "about to expire"],
)
def test_what_no_longer_fits_is_made_anew(
    tmp_path: Path, who: tuple[persons.Person, ...], ocsp: str, later: timedelta
) -> None:
    first = pki.made(tmp_path, CITIZEN, OCSP, NOW)
    again = pki.made(tmp_path, who, ocsp, NOW + later)
    assert again.root.serial != first.root.serial
    newest = again.of(who[-1], Use.CARD).certificate
    access = newest.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    places = [one.access_location.value for one in access if one.access_method == AuthorityInformationAccessOID.OCSP]
    assert places == [ocsp]


def test_keys_are_for_their_owner_only(folder: Path, desk: Desk) -> None:
    files = [place for place in folder.iterdir() if place.is_file()]
    secret = [place for place in files if b"PRIVATE KEY" in place.read_bytes()]
    assert len(secret) > len(desk.persons)
    for place in (*secret, folder / "client-secret"):
        assert place.stat().st_mode & 0o077 == 0


def test_the_people_are_those_of_the_demonstration() -> None:
    here = {person.username: (person.fin, person.telephone) for person in persons.shipped()}
    assert here == people.IDENTITIES
