"""
Asan İmza against services on the loopback: the simulator's, and one that sends whatever a test wants.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.clock import SettableClock
from engine.means import AsanSettings
from engine.storage.database import Database
from simulator.program import Plan, serving
from tests.support import pki
from tests.support.databases import migrated
from tests.support.pki import NOW, Held
from tests.support.responder import http_server
from web.login import bindings, certificates, signatures
from web.login.calls import Caller
from web.login.mobile_id import FAILURES, MobileId, verification_code
from web.login.mobile_id_fields import Fields
from web.login.mobile_id_rest import Rest, display_text
from web.login.mobile_id_words import Words
from web.login.port import CODES, Attempt, Code, Identity, LogInRefused, Telephone
from web.login.subjects import SubjectMapping
from web.login.trust import Trust

NUMBER, USER_ID = "+994502000001", "000001"
TYPED = {"telephone": "050 200 00 01", "user_id": "000001"}
CALLER = Caller()
ROOT = pki.authority()
ISSUING = pki.authority("Issuing", ROOT)
PERSON = pki.person(ISSUING)
STRANGER = pki.person(pki.authority("Issuing", pki.authority()))


# Published vectors


@pytest.mark.parametrize(
    ("digest", "code"),
    [
        (bytes.fromhex("2f665f6a6999e0ef0752e00ec9f453adf59d8cb6"), "1462"),
        (hashlib.sha256(b"HACKERMAN_SHA256").digest(), "6008"),
        (hashlib.sha384(b"HACKERMAN_SHA384").digest(), "7230"),
        (hashlib.sha512(b"HACKERMAN_SHA512").digest(), "3843"),
        (b"\xff" * 32, "8191"),
        (bytes(32), "0000"),
    ],
)
def test_the_code_is_that_of_the_published_vectors(digest: bytes, code: str) -> None:
    assert verification_code(digest) == code


VECTORS = json.loads((Path(__file__).parent / "vectors" / "mobile_id.json").read_text())


@pytest.mark.parametrize("kind", ["", "ec_"])
def test_the_published_signatures_hold(kind: str) -> None:
    certificate, signature, digest = (
        base64.b64decode(VECTORS[kind + one]) for one in ("certificate", "signature", "hash")
    )
    key = certificates.key_of(certificates.read(certificate))
    signatures.verify(key, signature, digest, hashes.SHA512())
    for wrong in (digest[::-1], bytes(64)):
        assert refusal(lambda wrong=wrong: signatures.verify(key, signature, wrong, hashes.SHA512())) == "bad_signature"


def test_the_published_certificate_is_read() -> None:
    authority = x509.load_pem_x509_certificate(VECTORS["authority"].encode())
    certificate = certificates.read(base64.b64decode(VECTORS["certificate"]))
    # Its validity is written in a way that RFC 5280 forbids, so no chain is built from it.
    assert certificates.issued(certificate, authority)
    told = {"fin": r"serialNumber ~ ^\d{4}(\d{7})$", "surname": "surname", "given_name": "givenName"}
    found = SubjectMapping(told).subject(certificate)
    assert (found.given_name, found.surname) == ("MARY ÄNN", "O’CONNEŽ-ŠUSLIK TESTNUMBER")


# A service of our own


def raw_signature(held: Held, digest: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
    if isinstance(held.key, ec.EllipticCurvePrivateKey):
        size = (held.key.key_size + 7) // 8
        r, s = decode_dss_signature(held.key.sign(digest, ec.ECDSA(Prehashed(algorithm))))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")
    return held.key.sign(digest, padding.PKCS1v15(), Prehashed(algorithm))


def text(content: bytes) -> str:
    return base64.b64encode(content).decode()


@dataclass
class Service:
    """
    Speaks both protocols; a test changes what it sends.
    """

    held: Held = PERSON
    #: put over the last answer
    changes: dict[str, Any] = field(default_factory=dict)
    #: put over the answer of the call that begins
    at_first: dict[str, Any] = field(default_factory=dict)
    #: in place of the last answer
    raw: bytes | None = None
    status: int = 200
    #: polls that say "not yet"
    pending: int = 0
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    digest: bytes = b""

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        asked = json.loads(body) if body else {}
        self.calls.append((f"{method} {path}", asked))
        said = {
            "/authentication": self.begin_rest,
            "/login": self.begin_words,
        }.get(path)
        if said is not None:
            return 200, json.dumps({**said(asked), **self.at_first}).encode()
        if self.raw is not None or self.status != 200:
            return self.status, self.raw or b"{}"
        if self.pending:
            self.pending -= 1
            return 200, json.dumps({"state": "RUNNING", "status": "OUTSTANDING_TRANSACTION"}).encode()
        signed = self.rest() if path.startswith("/authentication") else self.words()
        return 200, json.dumps({**signed, **self.changes}).encode()

    def begin_rest(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        self.digest = base64.b64decode(asked["hash"])
        return {"sessionID": "a-1"}

    def begin_words(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        self.digest = bytes.fromhex(asked["challenge"]) + b"0123456789"
        return {
            "status": "OK",
            "sid": "a-1",
            "personalCode": pki.FIN,
            "verificationCode": verification_code(self.digest),
            "challenge": self.digest.hex(),
            "certificate": text(self.held.der),
        }

    def rest(self) -> dict[str, Any]:
        value = text(raw_signature(self.held, self.digest, hashes.SHA256()))
        kind = "EC" if isinstance(self.held.key, ec.EllipticCurvePrivateKey) else "RSA"
        return {
            "state": "COMPLETE",
            "result": "OK",
            "signature": {"value": value, "algorithm": f"SHA256With{kind}Encryption"},
            "cert": text(self.held.der),
            "something": "new",
        }

    def words(self) -> dict[str, Any]:
        return {
            "status": "USER_AUTHENTICATED",
            "signature": text(raw_signature(self.held, self.digest, hashes.SHA1())),
        }


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with migrated("sqlite", tmp_path_factory.mktemp("database")) as url:
        opened = Database(url)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def root_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trust") / "ca.pem"
    path.write_bytes(ROOT.pem + ISSUING.pem)
    return path


#: files are read once
TRUSTS: dict[AsanSettings, Trust] = {}
#: what answers now
NOW_SERVING = [Service()]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with http_server(lambda *asked: NOW_SERVING[0].answer(*asked)) as address:
        yield address


Make = Callable[..., MobileId]
REST, WORDS = "rest", "words"
BOTH = pytest.mark.parametrize("transport", [REST, WORDS])


@pytest.fixture
def make(url: str, database: Database, root_file: Path) -> Make:
    def made(service: Service, transport: str = REST, *, clock: SettableClock | None = None, **told: Any) -> MobileId:
        NOW_SERVING[0] = service
        plain = {"roots": root_file, "ocsp": "off", "url": url, "party_id": "0" * 8, "party_name": "DEMO"}
        read = AsanSettings(**{**plain, **told})
        carried = Rest(read, CALLER) if transport == REST else Words(read, CALLER)
        if read not in TRUSTS:
            TRUSTS[read] = Trust.of(read, simulator=True)
        return MobileId(read, TRUSTS[read], carried, database, clock or SettableClock(NOW))

    return made


def begin(means: MobileId, typed: Mapping[str, str] = TYPED) -> Attempt:
    attempt = Attempt("state", "asan-imza", NOW + timedelta(minutes=10))
    step = means.start(attempt, typed)
    assert isinstance(step, Code)
    attempt.code = step.text
    return attempt


def stored(attempt: Attempt) -> Attempt:
    """
    Another process reads the row.
    """
    data = json.loads(json.dumps(attempt.data))
    return Attempt(attempt.state, attempt.means, attempt.expires_at, data, attempt.code)


def result(means: MobileId, attempt: Attempt, polls: int = 6) -> Identity:
    for _ in range(polls):
        identity = means.poll(attempt, 0)
        attempt = stored(attempt)
        if identity is not None:
            return identity
    raise AssertionError("no answer")


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(LogInRefused) as refused:
        call()
    return refused.value.code


# The good way


@BOTH
@pytest.mark.parametrize("kind", ["P-256", "P-384", "RSA-2048"])
def test_who_confirms_on_the_telephone_is_proved(make: Make, transport: str, kind: str) -> None:
    held = pki.person(ISSUING, key_kind=kind)
    means = make(Service(held, pending=2), transport)
    found = result(means, begin(means))
    assert (found.fin, found.given_name, found.surname) == (pki.FIN, pki.GIVEN_NAME, pki.SURNAME)
    assert (found.means, found.assurance) == ("asan-imza", "high")
    assert found.certificate == f"{held.certificate.serial_number:x}"


def test_the_code_is_known_before_the_telephone_rings(make: Make) -> None:
    service = Service()
    means = make(service)
    attempt = begin(means)
    assert service.calls == []
    assert means.poll(attempt, 0) is None
    assert verification_code(service.digest) == attempt.code
    assert len(service.digest) == 32


def test_the_service_is_asked_as_the_protocol_says(make: Make) -> None:
    service = Service()
    means = make(service, display_text="Giriş", language="RUS")
    result(means, begin(means))
    (called, asked), (polled, _) = service.calls
    assert called == "POST /authentication"
    assert polled == "GET /authentication/session/a-1?timeoutMs=1000"
    assert asked.pop("hash") == text(service.digest)
    assert asked == {
        "relyingPartyUUID": "0" * 8,
        "relyingPartyName": "DEMO",
        "phoneNumber": NUMBER,
        "nationalIdentityNumber": USER_ID,
        "hashType": "SHA256",
        "language": "RUS",
        "displayText": "Giriş",
        "displayTextFormat": "UCS-2",
    }


@BOTH
def test_every_log_in_signs_something_else(make: Make, transport: str) -> None:
    service = Service()
    means = make(service, transport)
    seen = set()
    for _ in range(5):
        result(means, begin(means))
        seen.add(service.digest)
    assert len(seen) == 5


@BOTH
def test_the_log_names_neither_person_nor_session(make: Make, transport: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    means = make(Service(), transport)
    result(means, begin(means))
    for secret in ("a-1", NUMBER, USER_ID, pki.FIN, pki.SURNAME):
        assert secret not in caplog.text


# Each thing that must hold


@BOTH
@pytest.mark.parametrize(
    ("held", "code"),
    [
        (STRANGER, "wrong_issuer"),
        (pki.person(ISSUING, end=NOW - timedelta(days=1)), "certificate_expired"),
        (pki.person(ISSUING, begin=NOW + timedelta(days=1)), "certificate_not_yet_valid"),
        (pki.person(ISSUING, key_usages=("content_commitment",)), "wrong_usage"),
        (pki.person(ISSUING, usages=None), "wrong_usage"),
        (pki.person(ISSUING, subject=pki.name(COMMON_NAME="Nobody")), "identity_incomplete"),
    ],
)
def test_a_certificate_that_does_not_hold_is_refused(make: Make, transport: str, held: Held, code: str) -> None:
    means = make(Service(held), transport)
    attempt = begin(means)
    assert refusal(lambda: result(means, attempt)) == code


@BOTH
def test_a_signature_over_other_bytes_is_refused(make: Make, transport: str) -> None:
    service = Service()
    means = make(service, transport)
    attempt = begin(means)
    means.poll(attempt, 0)
    service.digest = bytes(len(service.digest))
    assert refusal(lambda: result(means, attempt)) == "bad_signature"


@BOTH
def test_an_answer_to_another_log_in_is_refused(make: Make, transport: str) -> None:
    service = Service()
    means = make(service, transport)
    first, second = begin(means), begin(means)
    means.poll(first, 0)
    means.poll(second, 0)
    assert refusal(lambda: result(means, first)) == "bad_signature"
    assert result(means, second).fin == pki.FIN


def test_the_signature_of_another_key_is_refused(make: Make) -> None:
    means = make(Service(changes={"cert": text(pki.person(ISSUING).der)}))
    attempt = begin(means)
    assert refusal(lambda: result(means, attempt)) == "bad_signature"


@BOTH
def test_a_revoked_certificate_is_refused_and_silence_too(make: Make, transport: str) -> None:
    means = make(Service(), transport, ocsp="require", ocsp_url="http://127.0.0.1:9/")
    attempt = begin(means)
    assert refusal(lambda: result(means, attempt)) == "revocation_unknown"


@BOTH
def test_who_was_asked_for_must_be_who_answers_by_fin(make: Make, transport: str) -> None:
    typed = {"telephone": "+994 50 200 00 01", "user_id": pki.FIN.lower()}
    means = make(Service(), transport, identifier="national_id")
    assert result(means, begin(means, typed)).fin == pki.FIN
    means = make(Service(pki.person(ISSUING, fin="9Z9Z9Z9")), transport, identifier="national_id")
    attempt = begin(means, typed)
    assert refusal(lambda: result(means, attempt)) == "wrong_person"


@BOTH
def test_who_was_asked_for_must_be_who_answers_by_user_id(make: Make, transport: str) -> None:
    def with_id(user_id: str) -> Held:
        subject = {"SERIAL_NUMBER": pki.FIN, "GIVEN_NAME": "Ad", "SURNAME": "Soyad", "USER_ID": user_id}
        return pki.person(ISSUING, subject=pki.name(**subject))

    means = make(Service(with_id(USER_ID)), transport, user_id="userID")
    assert result(means, begin(means)).fin == pki.FIN
    means = make(Service(with_id("000002")), transport, user_id="userID")
    attempt = begin(means)
    assert refusal(lambda: result(means, attempt)) == "wrong_person"


def test_the_person_whom_the_service_named_must_be_who_answers(make: Make) -> None:
    means = make(Service(at_first={"personalCode": "9Z9Z9Z9"}), WORDS)
    attempt = begin(means)
    assert refusal(lambda: result(means, attempt)) == "wrong_person"


@BOTH
def test_a_telephone_stays_its_first_person_s(make: Make, transport: str) -> None:
    typed = {"telephone": "055 300 00 01", "user_id": "123456"}
    means = make(Service(), transport)
    result(means, begin(means, typed))
    other = pki.person(ISSUING, fin="9Z9Z9Z9")
    means = make(Service(other, at_first={"personalCode": "9Z9Z9Z9"} if transport == WORDS else {}), transport)
    attempt = begin(means, typed)
    assert refusal(lambda: result(means, attempt)) == "number_of_another"
    elsewhere = begin(means, {**typed, "user_id": "654321" if transport == WORDS else "654322"})
    assert result(means, elsewhere).fin == "9Z9Z9Z9"


def test_a_telephone_that_nobody_used_for_a_year_may_be_somebody_else_s(database: Database) -> None:
    def bound(fin: str, days: int) -> bool:
        with database.step() as connection:
            return bindings.bind(connection, "+994700000000", "111111", fin, NOW + timedelta(days=days))

    assert bound("1A2B3C4", 0)
    assert not bound("9Z9Z9Z9", 1)
    assert bound("1A2B3C4", 200)
    assert not bound("9Z9Z9Z9", 500)
    assert bound("9Z9Z9Z9", 600)


@BOTH
def test_an_answer_through_the_browser_proves_nothing(make: Make, transport: str) -> None:
    means = make(Service(), transport)
    attempt = begin(means)
    assert refusal(lambda: means.finish(attempt, {"state": attempt.state})) == "not_allowed_here"
    means.cancel(attempt)


# Results and states of the service


REST_RESULTS = {
    "TIMEOUT": "timed_out",
    "NOT_MID_CLIENT": "not_a_client",
    "USER_CANCELLED": "cancelled",
    "SIGNATURE_HASH_MISMATCH": "signature_mismatch",
    "PHONE_ABSENT": "phone_absent",
    "DELIVERY_ERROR": "delivery_failed",
    "SIM_ERROR": "sim_error",
    "SOMETHING_NEW": "unreadable_answer",
    None: "unreadable_answer",
    7: "unreadable_answer",
}
WORD_STATES = {
    "NOT_VALID": "signature_mismatch",
    "EXPIRED_TRANSACTION": "timed_out",
    "USER_CANCEL": "cancelled",
    "MID_NOT_READY": "not_a_client",
    "PHONE_ABSENT": "phone_absent",
    "SENDING_ERROR": "delivery_failed",
    "SIM_ERROR": "sim_error",
    "INTERNAL_ERROR": "service_down",
    "SOMETHING_NEW": "unreadable_answer",
    None: "unreadable_answer",
}


@pytest.mark.parametrize(("said", "code"), REST_RESULTS.items())
def test_each_result_has_its_refusal(make: Make, said: object, code: str) -> None:
    means = make(Service(changes={"result": said}))
    attempt = begin(means)
    assert refusal(lambda: result(means, attempt)) == code
    assert code in CODES


@pytest.mark.parametrize(("said", "code"), WORD_STATES.items())
def test_each_word_has_its_refusal(make: Make, said: object, code: str) -> None:
    means = make(Service(changes={"status": said}), WORDS)
    attempt = begin(means)
    assert refusal(lambda: result(means, attempt)) == code


def test_a_telephone_without_mobile_signature_is_told_at_once(make: Make) -> None:
    means = make(Service(at_first={"status": "NOT_FOUND"}), WORDS)
    assert refusal(lambda: begin(means)) == "not_a_client"


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "not_set_up"), (401, "not_set_up"), (404, "timed_out"), (405, "not_set_up")],
)
def test_each_status_of_http_has_its_refusal(
    make: Make, status: int, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    body = {"error": "Phone +994502000001 is wrong", "traceId": "a0b1-c2"}
    means = make(Service(status=status, raw=json.dumps(body).encode()))
    attempt = begin(means)
    assert refusal(lambda: result(means, attempt)) == code
    assert "+99450" not in caplog.text
    assert ("a0b1-c2" in caplog.text) == (status != 404)


@BOTH
def test_a_service_that_is_down_for_a_moment_is_asked_again(make: Make, transport: str) -> None:
    service = Service(status=503)
    means = make(service, transport)
    attempt = begin(means)
    for _ in range(FAILURES):
        assert means.poll(attempt, 0) is None
    service.status = 200
    assert result(means, attempt).fin == pki.FIN


@BOTH
def test_a_service_that_stays_down_ends_the_log_in(make: Make, transport: str) -> None:
    means = make(Service(status=503), transport)
    attempt = begin(means)
    assert refusal(lambda: result(means, attempt)) == "service_down"


@BOTH
def test_a_service_that_is_not_there_rings_nobody_twice(make: Make, transport: str) -> None:
    means = make(Service(), transport, url="http://127.0.0.1:9")
    assert refusal(lambda: result(means, begin(means))) == "service_down"


@BOTH
def test_who_does_not_confirm_in_time_is_told_so(make: Make, transport: str) -> None:
    clock = SettableClock(NOW)
    means = make(Service(pending=99), transport, clock=clock, seconds=60)
    attempt = begin(means)
    assert means.poll(attempt, 0) is None
    clock.advance(timedelta(seconds=61))
    assert refusal(lambda: means.poll(attempt, 0)) == "timed_out"


@pytest.mark.parametrize(
    "said",
    [
        {"challenge": "00" * 20},
        {"challenge": "zz"},
        {"challenge": None},
        {"challenge": "00" * 10},
        {"verificationCode": "0000000"},
        {"verificationCode": None},
        {"sid": "../../elsewhere"},
        {"sid": 7},
        {"personalCode": ""},
        {"certificate": "no base64"},
        {"certificate": None},
    ],
)
def test_what_the_older_service_adds_is_checked(make: Make, said: dict[str, Any]) -> None:
    means = make(Service(at_first=said), WORDS)
    assert refusal(lambda: begin(means)) in {"unreadable_answer", "bad_signature"}


@pytest.mark.parametrize("session", ["../admin", "a b", "", None, 7, "x" * 65, "a?b=c"])
def test_the_name_of_a_session_leads_nowhere_else(make: Make, session: object) -> None:
    service = Service(at_first={"sessionID": session})
    means = make(service)
    attempt = begin(means)
    assert refusal(lambda: means.poll(attempt, 0)) == "unreadable_answer"
    assert len(service.calls) == 1


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(("state", "result", "signature", "cert", "status", "sid", "challenge", "certificate"))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([REST, WORDS]), st.dictionaries(NAMES, ODD, min_size=1, max_size=3), st.booleans())
def test_any_answer_is_read_or_refused(make: Make, transport: str, said: dict[str, Any], first: bool) -> None:
    service = Service(at_first=said) if first else Service(changes=said)
    service.changes.setdefault("signature", None)
    means = make(service, transport)
    try:
        attempt = begin(means)
        for _ in range(FAILURES + 1):
            assert means.poll(attempt, 0) is None
    except LogInRefused as refused:
        assert refused.code in CODES


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([REST, WORDS]), st.binary(max_size=60) | st.sampled_from([b"[" * 9000, b"9" * 9000, b"NaN"]))
def test_any_bytes_are_no_log_in(make: Make, transport: str, body: bytes) -> None:
    means = make(Service(raw=body), transport)
    attempt = begin(means)
    assert refusal(lambda: [means.poll(attempt, 0) for _ in range(FAILURES + 2)]) in CODES


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_signature_is_no_log_in(make: Make, data: st.DataObject) -> None:
    service = Service()
    means = make(service)
    attempt = begin(means)
    means.poll(attempt, 0)
    value = bytearray(base64.b64decode(service.rest()["signature"]["value"]))
    value[data.draw(st.integers(0, len(value) - 1))] ^= data.draw(st.integers(1, 255))
    cut = bytes(value)[: data.draw(st.sampled_from([len(value), len(value) - 1, 2, 0]))]
    service.changes = {"signature": {"value": text(cut), "algorithm": "SHA256WithECEncryption"}}
    assert refusal(lambda: result(means, attempt)) in {"bad_signature", "unreadable_answer"}


# What is typed


@pytest.mark.parametrize("number", ["050 200 00 01", "+994 50 200-00-01", "00994502000001", "(050) 2000001"])
def test_a_number_may_be_typed_in_any_way(make: Make, number: str) -> None:
    means = make(Service())
    typed = {"telephone": number, "user_id": "000 001"}
    assert [one.error for one in means.asks(typed)] == ["", ""]
    assert means.limited_by(typed) == Telephone(NUMBER, USER_ID)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("telephone", ""),
        ("telephone", "  "),
        ("telephone", "012 498 55 31"),
        ("telephone", "+372 5555 5555"),
        ("telephone", "050 200 00"),
        ("telephone", "050 200 00 01\r\nX: y"),
        ("user_id", ""),
        ("user_id", "12345"),
        ("user_id", "1234567"),
        ("user_id", "١٢٣٤٥٦"),
        ("user_id", "12345a"),
    ],
)
def test_what_can_t_be_right_is_told_at_its_field(make: Make, name: str, typed: str) -> None:
    questions = {one.name: one for one in make(Service()).asks({**TYPED, name: typed})}
    assert questions[name].error
    assert questions[name].value == typed
    assert not any(one.error for one in questions.values() if one.name != name)


@pytest.mark.parametrize("typed", ["", "1A2B3C", "1A2B3CО", "1A2B3CI", "1234ß5", "1A2B3C44"])
def test_a_fin_that_can_t_be_one_is_told_at_its_field(typed: str) -> None:
    assert Fields(by_fin=True).questions({"telephone": "050 200 00 01", "user_id": typed})[1].error


def test_nothing_is_wrong_with_fields_that_were_not_filled_in_yet(make: Make) -> None:
    assert [one.error for one in make(Service()).asks()] == ["", ""]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30), st.text(max_size=12), st.booleans())
def test_whatever_is_typed_is_read_or_told(number: str, owner: str, by_fin: bool) -> None:
    fields = Fields(by_fin=by_fin)
    typed = {"telephone": number, "user_id": owner}
    if not any(one.error for one in fields.questions(typed)):
        asked = fields.asked(typed)
        assert asked.number.startswith("+994") and asked.identifier.isascii()


@pytest.mark.parametrize(
    ("told", "shown", "written"),
    [
        ("Azersu", "Azersu", "GSM-7"),
        ("Azersu: giriş", "Azersu: giriş", "UCS-2"),
        ("a" * 120, "a" * 100, "GSM-7"),
        ("ə" * 60, "ə" * 50, "UCS-2"),
    ],
)
def test_the_words_on_the_telephone_fit(told: str, shown: str, written: str) -> None:
    assert display_text(told) == (shown, written)


# The simulator


OUTCOMES = {
    "cancel": "cancelled",
    "time_out": "timed_out",
    "phone_absent": "phone_absent",
    "not_a_client": "not_a_client",
    "delivery_error": "delivery_failed",
    "sim_error": "sim_error",
    "hash_mismatch": "signature_mismatch",
    "bad_signature": "bad_signature",
    "wrong_person": "wrong_person",
    "revoked": "certificate_revoked",
    "expired": "certificate_expired",
    "wrong_issuer": "wrong_issuer",
    "down": "service_down",
}
Simulated = tuple[Make, Callable[[str], None]]


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    folder = tmp_path_factory.mktemp("simulator")
    with ExitStack() as stack:
        desk = stack.enter_context(serving(Plan(folder)))
        client = stack.enter_context(httpx.Client(base_url=desk.base_url, trust_env=False))
        database = Database(stack.enter_context(migrated("sqlite", folder)))
        stack.callback(database.close)
        caller = Caller(desk.authorities)

        def made(transport: str, identifier: str) -> MobileId:
            path = {REST: "/mid-api", WORDS: "/asan"}[transport]
            read = AsanSettings(
                roots=folder / "root.pem",
                intermediates=folder / "issuing.pem",
                url=desk.tls_url + path,
                party_id="00000000-0000-0000-0000-000000000000",
                party_name="DEMO",
                identifier=identifier,
                hash="SHA384",
            )
            carried = Rest(read, caller) if transport == REST else Words(read, caller)
            return MobileId(read, Trust.of(read, simulator=True), carried, database, SettableClock(desk.clock()))

        def wish(answer: str) -> None:
            client.put("/control/mobile", json={"answer": answer, "seconds": 0}).raise_for_status()

        yield made, wish


@BOTH
@pytest.mark.parametrize("identifier", ["asan_id", "national_id"])
def test_the_simulator_s_people_log_in(simulated: Simulated, transport: str, identifier: str) -> None:
    make, wish = simulated
    wish("succeed")
    means = make(transport, identifier)
    typed = {"telephone": "050 200 00 01", "user_id": "000001" if identifier == "asan_id" else "SAYGAC1"}
    found = result(means, begin(means, typed))
    assert (found.fin, found.given_name, found.surname) == ("SAYGAC1", "Könül", "Zeynalova")


@BOTH
@pytest.mark.parametrize("answer", OUTCOMES)
def test_each_bad_way_of_the_simulator_has_its_refusal(simulated: Simulated, transport: str, answer: str) -> None:
    make, wish = simulated
    wish(answer)
    means = make(transport, "asan_id")
    typed = {"telephone": "050 200 00 02", "user_id": "000002"}
    expected = OUTCOMES[answer]
    if answer == "wrong_person" and transport == REST:
        wish("succeed")
        result(means, begin(means, typed))
        wish(answer)
        expected = "number_of_another"
    assert refusal(lambda: result(means, begin(means, typed))) == expected


def test_a_service_with_another_certificate_is_not_called(simulated: Simulated, root_file: Path) -> None:
    make, _ = simulated
    means = make(REST, "asan_id")
    means._transport._caller = Caller(root_file)  # type: ignore[attr-defined]
    assert refusal(lambda: result(means, begin(means))) == "service_down"
