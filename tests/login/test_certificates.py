"""
Certificates of people: each thing that can be wrong with one is refused under its own code, and nothing else breaks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.means import CardSettings
from tests.support import pki
from tests.support.pki import NOW, Held
from tests.support.responder import Responder, http_server
from web.login import certificates
from web.login.calls import Caller
from web.login.certificates import Authorities, Chain, NotTrustworthy, Rules
from web.login.port import Entity, LogInRefused
from web.login.revocation import Revocation
from web.login.subjects import FIELDS, MappingRefused, SubjectMapping, identity_of
from web.login.trust import Trust

POLICY = "1.2.3.4.5"
ROOT = pki.authority()
ISSUING = pki.authority("Issuing", ROOT, length=0)
STRANGER = pki.authority("Issuing", pki.authority())


def unambiguous(make: Callable[[], Held]) -> Held:
    """
    Make a certificate whose signature ends in a one: else the number of its unused bits may change and mean the same.
    """
    while True:
        made = make()
        if made.certificate.signature[-1] % 2:
            return made


GOOD = unambiguous(lambda: pki.person(ISSUING))
MAPPING = SubjectMapping.of(CardSettings())


ANY = Rules()


def chain(rules: Rules = ANY, anchors: tuple[Held, ...] = (ROOT,), between: tuple[Held, ...] = (ISSUING,)) -> Chain:
    return Chain(
        Authorities(tuple(one.certificate for one in anchors), tuple(one.certificate for one in between)), rules
    )


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(LogInRefused) as refused:
        call()
    return refused.value.code


# The chain


def test_a_good_certificate_leads_to_its_issuer() -> None:
    certificate = certificates.read(GOOD.der)
    assert chain().check(certificate, NOW)[1] == ISSUING.certificate


@pytest.mark.parametrize("kind", ["P-256", "P-384", "P-521", "RSA-2048"])
def test_the_usual_kinds_of_keys_are_accepted(kind: str) -> None:
    held = pki.person(ISSUING, key_kind=kind)
    assert chain().check(certificates.read(held.der), NOW)[1] == ISSUING.certificate


def test_what_stands_between_may_come_along() -> None:
    certificate = certificates.read(GOOD.der)
    assert refusal(lambda: chain(between=()).check(certificate, NOW)) == "wrong_issuer"
    assert chain(between=()).check(certificate, NOW, [ISSUING.certificate])[1] == ISSUING.certificate


def test_an_issuing_certificate_may_itself_be_the_anchor() -> None:
    assert chain(anchors=(ISSUING,), between=()).check(certificates.read(GOOD.der), NOW)[1] == ISSUING.certificate


def test_an_authority_s_critical_usage_of_a_national_centre_is_accepted() -> None:
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING, pki.CLIENT_AUTH])
    name = pki.name(COMMON_NAME="National")
    extensions = [(x509.BasicConstraints(True, 0), True), (pki.usage("key_cert_sign"), True), (usage, True)]
    national = pki.sign(name, ROOT, extensions)
    held = pki.person(national)
    assert chain(between=(national,)).check(certificates.read(held.der), NOW)[1] == national.certificate


OTHER_USAGE = ExtendedKeyUsageOID.EMAIL_PROTECTION
NOT_AN_AUTHORITY = pki.sign(pki.name(COMMON_NAME="Citizen"), ROOT, [(x509.BasicConstraints(False, None), True)])
NOT_SIGNING = pki.sign(
    pki.name(COMMON_NAME="Archive"), ROOT, [(x509.BasicConstraints(True, None), True), (pki.usage("crl_sign"), True)]
)
FOR_MAIL = pki.sign(
    pki.name(COMMON_NAME="Mail"),
    ROOT,
    [(x509.BasicConstraints(True, None), True), (x509.ExtendedKeyUsage([OTHER_USAGE]), False)],
)
TOO_DEEP = pki.authority("Below issuing", ISSUING)
PAST = pki.authority("Past", ROOT, begin=NOW - timedelta(days=900), end=NOW - timedelta(days=1))
SMALL = Rules(policies=frozenset({POLICY}))
WITHOUT = Rules(forbidden_policies=frozenset({POLICY}))


@pytest.mark.parametrize(
    ("held", "between", "rules", "code"),
    [
        (pki.person(STRANGER), (ISSUING,), Rules(), "wrong_issuer"),
        (pki.person(STRANGER), (STRANGER,), Rules(), "wrong_issuer"),
        (pki.person(NOT_AN_AUTHORITY), (NOT_AN_AUTHORITY,), Rules(), "wrong_issuer"),
        (pki.person(NOT_SIGNING), (NOT_SIGNING,), Rules(), "wrong_issuer"),
        (pki.person(FOR_MAIL), (FOR_MAIL,), Rules(), "wrong_issuer"),
        (pki.person(TOO_DEEP), (ISSUING, TOO_DEEP), Rules(), "wrong_issuer"),
        (pki.person(PAST), (PAST,), Rules(), "wrong_issuer"),
        (pki.person(ISSUING, end=NOW - timedelta(seconds=1)), (ISSUING,), Rules(), "certificate_expired"),
        (pki.person(ISSUING, begin=NOW + timedelta(seconds=1)), (ISSUING,), Rules(), "certificate_not_yet_valid"),
        (pki.person(ISSUING, key_usages=None), (ISSUING,), Rules(), "wrong_usage"),
        (pki.person(ISSUING, key_usages=("content_commitment",)), (ISSUING,), Rules(), "wrong_usage"),
        (pki.person(ISSUING, usages=None), (ISSUING,), Rules(), "wrong_usage"),
        (pki.person(ISSUING, usages=(OTHER_USAGE,)), (ISSUING,), Rules(), "wrong_usage"),
        (pki.person(ISSUING, usages=(OTHER_USAGE,)), (ISSUING,), Rules(usage_may_be_absent=True), "wrong_usage"),
        (pki.person(ISSUING), (ISSUING,), SMALL, "wrong_usage"),
        (pki.person(ISSUING, policies=("1.2.3.4.6",)), (ISSUING,), SMALL, "wrong_usage"),
        (pki.person(ISSUING, policies=(POLICY, "1.2.3.4.6")), (ISSUING,), WITHOUT, "wrong_usage"),
    ],
)
def test_what_does_not_hold_is_refused(held: Held, between: tuple[Held, ...], rules: Rules, code: str) -> None:
    certificate = certificates.read(held.der)
    assert refusal(lambda: chain(rules, between=between).check(certificate, NOW)) == code


@pytest.mark.parametrize(
    ("held", "rules"),
    [
        (pki.person(ISSUING, usages=None), Rules(usage_may_be_absent=True)),
        (pki.person(ISSUING, usages=None), Rules(usages=frozenset())),
        (pki.person(ISSUING, policies=("1.2.3.4.6", POLICY)), SMALL),
        (pki.person(ISSUING, usages=(OTHER_USAGE, pki.CLIENT_AUTH)), Rules()),
    ],
)
def test_rules_are_configuration(held: Held, rules: Rules) -> None:
    assert chain(rules).check(certificates.read(held.der), NOW)[1] == ISSUING.certificate


def test_an_authority_is_nobody_s_certificate() -> None:
    anchor = pki.authority("Alone")
    alone = pki.person(anchor, own_key=anchor.key)
    assert refusal(lambda: chain(anchors=(alone,)).check(certificates.read(alone.der), NOW)) == "wrong_issuer"


def test_without_a_configured_authority_nobody_comes_in() -> None:
    assert refusal(lambda: chain(anchors=()).check(certificates.read(GOOD.der), NOW)) == "not_set_up"


@pytest.mark.parametrize("kind", ["RSA-1024", "K-256"])
def test_weak_and_unusual_keys_are_refused(kind: str) -> None:
    assert refusal(lambda: certificates.read(pki.person(ISSUING, key_kind=kind).der)) == "not_trusted"


# Reading what comes from outside


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_damaged_certificate_is_refused_and_nothing_else_happens(data: st.DataObject) -> None:
    der = bytearray(GOOD.der)
    for _ in range(data.draw(st.integers(1, 4))):
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(der)[: data.draw(st.integers(len(der) // 2, len(der)))]
    if damaged == GOOD.der:
        return
    with pytest.raises(LogInRefused):
        chain().check(certificates.read(damaged), NOW)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_no_certificate(content: bytes) -> None:
    assert refusal(lambda: certificates.read(content)) == "unreadable_answer"


def test_a_certificate_of_any_length_is_not_read() -> None:
    assert refusal(lambda: certificates.read(GOOD.der + bytes(certificates.LONGEST))) == "unreadable_answer"


# Files


def test_files_hold_one_certificate_or_several(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(ROOT.pem + ISSUING.pem)
    found = Authorities.from_files([tmp_path / "ca.pem"], simulator=False)
    assert found.anchors == (ROOT.certificate, ISSUING.certificate)


@pytest.mark.parametrize("content", [None, b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\n"])
def test_a_file_that_is_none_is_named_in_the_sentence(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NotTrustworthy, match=r"ca\.pem"):
        certificates.read_file(path, simulator=False)


MARKED = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(certificates.SIMULATOR_POLICY), None)])


@pytest.mark.parametrize(
    "held",
    [
        pki.sign(pki.name(ORGANIZATION_NAME="SAYGAC SIMULATOR", COMMON_NAME="Root"), None, []),
        pki.sign(pki.name(ORGANIZATION_NAME="Saygac Simulator of ours"), None, []),
        pki.sign(pki.name(COMMON_NAME="Root"), ROOT, [], issuer_name=pki.name(ORGANIZATION_NAME="SAYGAC SIMULATOR")),
        pki.sign(pki.name(COMMON_NAME="Root"), None, [(MARKED, False)]),
    ],
)
def test_production_refuses_the_simulator_s_certificates(tmp_path: Path, held: Held) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes(ROOT.pem + held.pem)
    with pytest.raises(NotTrustworthy, match="simulator"):
        certificates.read_file(path, simulator=False)
    assert len(certificates.read_file(path, simulator=True)) == 2


def test_trust_is_built_from_settings_and_refuses_the_simulator(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes(pki.sign(pki.name(ORGANIZATION_NAME="SAYGAC SIMULATOR"), None, [(MARKED, False)]).pem)
    for told in (CardSettings(roots=path), CardSettings(intermediates=path), CardSettings(ocsp_responders=path)):
        with pytest.raises(NotTrustworthy, match="simulator"):
            Trust.of(told, simulator=False)
        Trust.of(told, simulator=True)


# Revocation


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with http_server(lambda *asked: NEXT[0].answer(*asked)) as address:
        yield address


DELEGATE = unambiguous(lambda: pki.responder(ISSUING))
BY_ISSUER = Responder(ISSUING, ISSUING)
BY_DELEGATE = Responder(ISSUING, DELEGATE, (DELEGATE.certificate,))
#: who answers now
NEXT = [BY_ISSUER]
MODE = ("require", "prefer")
CALLER = Caller()


def ask(url: str, responder: Responder, mode: str = "require", **changes: object) -> None:
    NEXT[0] = responder
    held = pki.person(ISSUING, ocsp=url, own_key=GOOD.key)
    Revocation(mode, caller=CALLER, **changes).check(held.certificate, ISSUING.certificate, NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", MODE)
@pytest.mark.parametrize(
    "responder",
    [
        BY_ISSUER,
        BY_ISSUER.changed(by_hash=True),
        BY_DELEGATE,
        BY_DELEGATE.changed(by_hash=True),
        BY_ISSUER.changed(this_update=NOW - timedelta(minutes=16)),
        BY_ISSUER.changed(this_update=NOW + timedelta(minutes=14)),
        BY_ISSUER.changed(next_update=NOW + timedelta(hours=1)),
    ],
)
def test_a_good_answer_lets_in(url: str, responder: Responder, mode: str) -> None:
    before = len(responder.asked)
    ask(url, responder, mode)
    assert len(responder.asked) == before + 1


STOLEN = pki.responder(STRANGER)
NOT_FOR_THAT = pki.responder(ISSUING, usages=[pki.CLIENT_AUTH])
NO_USAGE = pki.responder(ISSUING, usages=[])
OVER = pki.responder(ISSUING, begin=NOW - timedelta(days=9), end=NOW - timedelta(days=1))


@pytest.mark.parametrize("mode", MODE)
@pytest.mark.parametrize(
    ("responder", "code"),
    [
        (BY_ISSUER.changed(status=ocsp.OCSPCertStatus.REVOKED), "certificate_revoked"),
        (BY_DELEGATE.changed(status=ocsp.OCSPCertStatus.REVOKED), "certificate_revoked"),
        (BY_ISSUER.changed(status=ocsp.OCSPCertStatus.UNKNOWN), "revocation_unknown"),
        (BY_ISSUER.changed(nonce="none"), "revocation_unknown"),
        (BY_ISSUER.changed(nonce="other"), "revocation_unknown"),
        (BY_ISSUER.changed(this_update=NOW - timedelta(minutes=18)), "revocation_unknown"),
        (BY_ISSUER.changed(this_update=NOW + timedelta(minutes=16)), "revocation_unknown"),
        (BY_ISSUER.changed(next_update=NOW + timedelta(seconds=1)), None),
        (BY_ISSUER.changed(about=GOOD.certificate), "revocation_unknown"),
        (Responder(STRANGER, STRANGER), "revocation_unknown"),
        (BY_DELEGATE.changed(certificates=()), "revocation_unknown"),
        (Responder(ISSUING, STOLEN, (STOLEN.certificate,)), "revocation_unknown"),
        (Responder(ISSUING, NOT_FOR_THAT, (NOT_FOR_THAT.certificate,)), "revocation_unknown"),
        (Responder(ISSUING, NO_USAGE, (NO_USAGE.certificate,)), "revocation_unknown"),
        (Responder(ISSUING, OVER, (OVER.certificate,)), "revocation_unknown"),
        (BY_ISSUER.changed(raw=b"<html>"), "revocation_unknown"),
        (BY_ISSUER.changed(raw=b""), "revocation_unknown"),
    ],
)
def test_an_answer_that_proves_nothing_is_refused(url: str, responder: Responder, code: str | None, mode: str) -> None:
    if code is None:
        ask(url, responder, mode)
    else:
        assert refusal(lambda: ask(url, responder, mode)) == code


def test_a_state_that_ended_is_refused(url: str) -> None:
    responder = BY_ISSUER.changed(this_update=NOW - timedelta(days=2), next_update=NOW - timedelta(days=1))
    day = timedelta(days=3)
    assert refusal(lambda: ask(url, responder, oldest=day)) == "revocation_unknown"
    ask(url, responder.changed(next_update=NOW + timedelta(days=1)), oldest=day)


def test_a_configured_responder_needs_no_delegation(url: str) -> None:
    own = pki.responder(STRANGER)
    responder = Responder(ISSUING, own)
    assert refusal(lambda: ask(url, responder)) == "revocation_unknown"
    ask(url, responder, responders=(own.certificate,))


def test_a_configured_address_comes_before_the_certificate_s(url: str) -> None:
    NEXT[0] = BY_ISSUER.changed()
    held = pki.person(ISSUING, ocsp="http://127.0.0.1:9/elsewhere")
    Revocation("require", url=url).check(held.certificate, ISSUING.certificate, NOW)
    assert len(NEXT[0].asked) == 1


def test_a_responder_without_nonces_is_accepted_by_configuration_only(url: str) -> None:
    ask(url, BY_ISSUER.changed(nonce="none"), nonce=False)
    assert refusal(lambda: ask(url, BY_ISSUER.changed(nonce="other"), nonce=False)) == "revocation_unknown"


TRY_LATER = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
UNREACHABLE = [
    BY_ISSUER.changed(http_status=500),
    BY_ISSUER.changed(http_status=302),
    BY_ISSUER.changed(raw=TRY_LATER.public_bytes(pki.serialization.Encoding.DER)),
    BY_ISSUER.changed(raw=bytes(40_000)),
]


@pytest.mark.parametrize("responder", UNREACHABLE)
def test_without_an_answer_the_mode_decides(url: str, responder: Responder) -> None:
    assert refusal(lambda: ask(url, responder)) == "revocation_unknown"
    ask(url, responder, "prefer")


@pytest.mark.parametrize("address", ["", "http://127.0.0.1:9/", "ldap://127.0.0.1/ca", "http://[::1", "http://", "//x"])
def test_a_responder_that_is_not_there_is_no_answer(address: str) -> None:
    held = pki.person(ISSUING, ocsp=address)
    assert refusal(lambda: Revocation("require").check(held.certificate, ISSUING.certificate, NOW)) == (
        "revocation_unknown"
    )
    Revocation("prefer").check(held.certificate, ISSUING.certificate, NOW)


def test_one_certificate_that_names_no_responder_is_nobody_else_s_trouble(url: str) -> None:
    revocation = Revocation("require", caller=CALLER)
    nowhere, gone = (pki.person(ISSUING, ocsp=place, own_key=GOOD.key) for place in ("", "http://127.0.0.1:9/"))
    refusal(lambda: revocation.check(nowhere.certificate, ISSUING.certificate, NOW))
    assert not revocation.is_silent(NOW)
    refusal(lambda: revocation.check(gone.certificate, ISSUING.certificate, NOW))
    assert revocation.is_silent(NOW)
    NEXT[0] = BY_ISSUER
    revocation.check(pki.person(ISSUING, ocsp=url).certificate, ISSUING.certificate, NOW)
    assert not revocation.is_silent(NOW)


def test_off_asks_nobody(url: str) -> None:
    responder = BY_ISSUER.changed(status=ocsp.OCSPCertStatus.REVOKED)
    ask(url, responder, "off")
    assert responder.asked == []


ASKED = pki.person(ISSUING)


def signed() -> bytes:
    request = ocsp.OCSPRequestBuilder().add_certificate(ASKED.certificate, ISSUING.certificate, hashes.SHA1())
    while True:
        made = BY_DELEGATE.changed(nonce="none").response(request.build())
        if ocsp.load_der_ocsp_response(made).signature[-1] % 2:
            return made


SIGNED = signed()


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_answer_lets_nobody_in(url: str, data: st.DataObject) -> None:
    der = bytearray(SIGNED)
    for _ in range(data.draw(st.integers(1, 3))):
        place = int(data.draw(st.floats(0, 1, exclude_max=True)) * len(der))
        der[place] ^= data.draw(st.integers(1, 255))
    if der == SIGNED:
        return
    NEXT[0] = BY_DELEGATE.changed(raw=bytes(der))
    with pytest.raises(LogInRefused):
        Revocation("require", url=url, nonce=False, caller=CALLER).check(ASKED.certificate, ISSUING.certificate, NOW)


def test_the_answer_that_is_damaged_above_was_good() -> None:
    with http_server(lambda *_: (200, SIGNED)) as url:
        Revocation("require", url=url, nonce=False, caller=CALLER).check(ASKED.certificate, ISSUING.certificate, NOW)


# Subjects


def subject_of(**attributes: str) -> x509.Certificate:
    return pki.person(ISSUING, subject=pki.name(**attributes), own_key=GOOD.key).certificate


def test_the_usual_mapping_reads_a_person() -> None:
    identity = identity_of(MAPPING.subject(GOOD.certificate), GOOD.certificate, "e-imza", "high")
    assert (identity.fin, identity.given_name, identity.surname) == (pki.FIN, pki.GIVEN_NAME, pki.SURNAME)
    assert identity.entities == ()
    assert identity.certificate == f"{GOOD.certificate.serial_number:x}"


def test_a_business_certificate_names_the_entity() -> None:
    certificate = subject_of(
        SERIAL_NUMBER=pki.FIN,
        GIVEN_NAME="Ad",
        ORGANIZATION_NAME="«Çinar» MMC",
        ORGANIZATION_IDENTIFIER=f"VATAZ-{pki.VOEN}",
    )
    found = identity_of(MAPPING.subject(certificate), certificate, "e-imza", "high")
    assert found.entities == (Entity(pki.VOEN, "«Çinar» MMC"),)


def test_another_profile_is_configuration() -> None:
    mapping = SubjectMapping(
        {
            "fin": "commonName ~ ([0-9A-Z]{7})$",
            "surname": "commonName ~ ^(\\S+) ",
            "patronymic": "2.5.4.12",
            "user_id": "userID",
        }
    )
    found = mapping.subject(
        subject_of(COMMON_NAME="ƏLİYEVA KÖNÜL 1A2B3C4", TITLE="Zakir qızı", USER_ID="000123", SERIAL_NUMBER="9")
    )
    assert (found.fin, found.surname, found.patronymic, found.user_id) == ("1A2B3C4", "ƏLİYEVA", "Zakir qızı", "000123")


@pytest.mark.parametrize(
    "attributes",
    [
        {"GIVEN_NAME": "Ad"},
        {"SERIAL_NUMBER": "1A2B3C4"},
        {"SERIAL_NUMBER": "1A2B3C", "GIVEN_NAME": "Ad"},
        {"SERIAL_NUMBER": "1A2B3CI", "GIVEN_NAME": "Ad"},
        {"SERIAL_NUMBER": "1A2B3CО", "GIVEN_NAME": "Ad"},
        {"SERIAL_NUMBER": "1A2B3C4\n", "GIVEN_NAME": "\x00"},
        {"SERIAL_NUMBER": "PNOEE-1A2B3C4", "GIVEN_NAME": "Ad"},
        {"SERIAL_NUMBER": "1A2B3C4", "GIVEN_NAME": "Ad", "ORGANIZATION_IDENTIFIER": "VATAZ-١٢٣٤٥٦٧٨٩٠"},
    ],
)
def test_a_subject_without_fin_or_name_is_nobody(attributes: dict[str, str]) -> None:
    certificate = subject_of(**attributes)
    code = refusal(lambda: identity_of(MAPPING.subject(certificate), certificate, "e-imza", "high"))
    assert code == "identity_incomplete"


def test_two_fins_in_one_certificate_are_none() -> None:
    two = x509.Name([x509.NameAttribute(NameOID.SERIAL_NUMBER, fin) for fin in ("1A2B3C4", "4C3B2A1")])
    certificate = pki.person(ISSUING, subject=two).certificate
    assert refusal(lambda: MAPPING.subject(certificate)) == "identity_incomplete"


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=60))
def test_whatever_stands_in_the_subject_is_read_or_refused(text: str) -> None:
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.SERIAL_NUMBER, pki.FIN),
            x509.NameAttribute(NameOID.SURNAME, text),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, text),
        ]
    )
    certificate = x509.load_der_x509_certificate(pki.person(ISSUING, subject=subject, own_key=GOOD.key).der)
    try:
        found = MAPPING.subject(certificate)
    except LogInRefused as refused:
        assert refused.code == "identity_incomplete"
    else:
        assert found.surname == found.surname.strip() != ""
        assert found.surname.isprintable() or " " in found.surname or not found.surname.isascii()


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"fin": ""},
        {"fin": "passport"},
        {"fin": "serialNumber ~ ([0-9]"},
        {"fin": "serialNumber ~ [0-9]+"},
        {"fin": "serialNumber ~ (a)(b)"},
        {"fin": "9.9.9"},
        {"fin": "serialNumber", "surname": "1.999.3"},
    ],
)
def test_a_mapping_that_can_t_work_is_refused_at_the_start(told: dict[str, str]) -> None:
    with pytest.raises(MappingRefused):
        SubjectMapping(told)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=30)))
def test_any_mapping_is_read_or_refused(told: dict[str, str]) -> None:
    try:
        SubjectMapping(told)
    except MappingRefused:
        return


# All of it


def test_one_call_checks_everything(tmp_path: Path, url: str) -> None:
    (tmp_path / "root.pem").write_bytes(ROOT.pem)
    (tmp_path / "issuing.pem").write_bytes(ISSUING.pem)
    told = CardSettings(roots=tmp_path / "root.pem", intermediates=tmp_path / "issuing.pem", ocsp_url=url)
    trust = Trust.of(told, simulator=False)
    NEXT[0] = BY_DELEGATE
    assert trust.subject(trust.check(GOOD.der, NOW)).fin == pki.FIN
    NEXT[0] = BY_DELEGATE.changed(status=ocsp.OCSPCertStatus.REVOKED)
    assert refusal(lambda: trust.check(GOOD.der, NOW, [b"no certificate", ISSUING.der])) == "certificate_revoked"
    assert refusal(lambda: trust.check(pki.person(STRANGER).der, NOW, [STRANGER.der])) == "wrong_issuer"
