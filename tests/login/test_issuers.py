"""
Authorities between a person and the root that were revoked, by responder and by list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from tests.support import pki
from tests.support.pki import NOW, Held
from tests.support.responder import Responder, http_server
from web.login.issuers import KEPT, Issuers
from web.login.port import LogInRefused

ROOT, STRANGER = pki.authority("Root"), pki.authority("Root")
DAY = timedelta(days=1)
Answer = Callable[[str, str, bytes], tuple[int, bytes]]


def between(place: str, kind: str) -> Held:
    """Make an authority whose certificate names a responder or a list."""
    extensions = [(x509.BasicConstraints(True, 0), True), (pki.usage("key_cert_sign", "crl_sign"), True)]
    where = x509.UniformResourceIdentifier(place)
    if kind == "ocsp":
        access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, where)
        extensions.append((x509.AuthorityInformationAccess([access]), False))
    elif kind == "list":
        point = x509.DistributionPoint([where], None, None, None)
        extensions.append((x509.CRLDistributionPoints([point]), False))
    return pki.sign(pki.name(COMMON_NAME="Between"), ROOT, extensions)


def chain_of(authority: Held) -> list[x509.Certificate]:
    return [pki.person(authority).certificate, authority.certificate, ROOT.certificate]


def listed(*revoked: Held, signer: Held = ROOT, until: timedelta = DAY, critical: bool = False) -> bytes:
    """Make a list of revoked certificates."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(signer.certificate.subject)
    builder = builder.last_update(NOW - 30 * DAY).next_update(NOW + until)
    for one in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(one.certificate.serial_number)
        builder = builder.add_revoked_certificate(entry.revocation_date(NOW - DAY).build())
    if critical:
        builder = builder.add_extension(x509.DeltaCRLIndicator(1), True)
    return builder.sign(signer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def refusal(issuers: Issuers, authority: Held) -> str | None:
    try:
        # not NOW: the responder says when it answered, and the tests may have been collected long ago
        issuers.check(chain_of(authority), datetime.now(UTC))
    except LogInRefused as refused:
        return refused.code
    return None


@contextmanager
def serving(kind: str, make: Callable[[Held], Answer]) -> Iterator[Held]:
    """Serve what is said of an authority that names the place."""
    said: list[Answer] = []
    with http_server(lambda *asked: said[0](*asked)) as url:
        authority = between(url, kind)
        said.append(make(authority))
        yield authority


def by_responder(**changes: object) -> Callable[[Held], Answer]:
    usual = Responder(ROOT, ROOT, this_update=NOW - 90 * DAY, next_update=NOW + 90 * DAY, nonce="none")
    return lambda _: usual.changed(**changes).answer


def by_list(make: Callable[[Held], bytes], status: int = 200) -> Callable[[Held], Answer]:
    return lambda authority: lambda *_: (status, make(authority))


@pytest.mark.parametrize(
    ("kind", "say", "code"),
    [
        ("ocsp", by_responder(), None),
        ("ocsp", by_responder(status=ocsp.OCSPCertStatus.REVOKED), "wrong_issuer"),
        ("ocsp", by_responder(next_update=None), "revocation_unknown"),
        ("ocsp", by_responder(next_update=NOW - DAY), "revocation_unknown"),
        ("ocsp", by_responder(http_status=500), "revocation_unknown"),
        ("list", by_list(lambda _: listed()), None),
        ("list", by_list(lambda authority: listed(authority)), "wrong_issuer"),
        ("list", by_list(lambda _: listed(signer=STRANGER)), "revocation_unknown"),
        ("list", by_list(lambda _: listed(until=-DAY)), "revocation_unknown"),
        ("list", by_list(lambda _: listed(critical=True)), "revocation_unknown"),
        ("list", by_list(lambda _: b"no list"), "revocation_unknown"),
        ("list", by_list(lambda _: listed(), 404), "revocation_unknown"),
    ],
)
def test_an_authority_is_asked_about_where_its_certificate_says(
    kind: str, say: Callable[[Held], Answer], code: str | None
) -> None:
    with serving(kind, say) as authority:
        assert refusal(Issuers("require"), authority) == code


def test_one_that_names_nothing_is_not_asked_about_and_the_root_never() -> None:
    assert refusal(Issuers("require"), between("", "")) is None
    Issuers("require").check([pki.person(ROOT).certificate, ROOT.certificate], NOW)


def test_who_does_not_answer_stops_nobody_unless_it_is_required() -> None:
    for kind in ("ocsp", "list"):
        authority = between("http://127.0.0.1:9/", kind)
        assert [refusal(Issuers(mode), authority) for mode in ("require", "prefer", "off")] == [
            "revocation_unknown",
            None,
            None,
        ]


def test_one_that_was_good_is_asked_about_once_an_hour() -> None:
    asked: list[str] = []

    def answer(method: str, _path: str, _body: bytes) -> tuple[int, bytes]:
        asked.append(method)
        return 200, listed()

    issuers = Issuers("require")
    with serving("list", lambda _: answer) as authority:
        for moment in (NOW, NOW + KEPT / 2, NOW + KEPT):
            issuers.check(chain_of(authority), moment)
    assert asked == ["GET", "GET"]
