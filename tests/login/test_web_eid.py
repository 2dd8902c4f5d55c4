"""
Web eID: the published token, tokens signed here, everything that can be wrong with one, and the script of the page.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.x509 import ocsp
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from engine.clock import SettableClock
from engine.means import CardSettings
from simulator.card import web_eid_token
from simulator.certificates import Held as SimulatedHeld
from tests.support import pki
from tests.support.pki import NOW, Held
from tests.support.responder import Responder, http_server
from web.login import certificates
from web.login.port import CODES, Ask, Attempt, Identity, LogInRefused
from web.login.trust import Trust
from web.login.web_eid import ALGORITHMS, FAILURES, Token, WebEid, check_signature, origin_of, read

VECTORS = json.loads((Path(__file__).parent / "vectors" / "web_eid.json").read_text())
SCRIPT = Path(__file__).parents[2] / "web" / "static" / "js" / "web-eid.js"
BASE, ORIGIN = "https://main.example/", "https://main.example"
ROOT = pki.authority()
PERSON = pki.person(ROOT, key_kind="P-384")
RESPONDER = [Responder(ROOT, ROOT)]


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(LogInRefused) as refused:
        call()
    return refused.value.code


# The published token


def published(name: str = "ES384", **changes: str) -> str:
    return json.dumps({**VECTORS[name], **changes})


def test_the_published_token_is_accepted_on_its_day(tmp_path: Path) -> None:
    authority = x509.load_der_x509_certificate(base64.b64decode(VECTORS["authority"]))
    (tmp_path / "ca.pem").write_bytes(authority.public_bytes(pki.serialization.Encoding.PEM))
    told = CardSettings(roots=tmp_path / "ca.pem", ocsp="off", fin=r"serialNumber ~ ^PNOEE-\d{4}(\d{7})$")
    day = datetime(2024, 8, 1, tzinfo=UTC)
    means = WebEid(Trust.of(told, simulator=False), SettableClock(day), VECTORS["origin"])
    found = means.finish(attempt(VECTORS["nonce"], day), {"token": published()})
    assert (found.given_name, found.surname, found.fin) == ("JAAK-KRISTJAN", "JÕEORG", "1085718")
    late = SettableClock(datetime(2026, 7, 10, tzinfo=UTC))
    means = WebEid(Trust.of(told, simulator=False), late, VECTORS["origin"])
    again = attempt(VECTORS["nonce"], late.now())
    assert refusal(lambda: means.finish(again, {"token": published()})) == "certificate_expired"


@pytest.mark.parametrize("name", ["ES384", "RS256"])
def test_the_published_signatures_hold(name: str) -> None:
    check_signature(read(published(name)), VECTORS["origin"], VECTORS["nonce"])


@pytest.mark.parametrize("name", ["ES384", "RS256"])
@pytest.mark.parametrize(
    ("origin", "nonce"),
    [
        ("https://invalid.org", VECTORS["nonce"]),
        ("https://ria.ee/", VECTORS["nonce"]),
        ("http://ria.ee", VECTORS["nonce"]),
        ("https://ria.ee", VECTORS["nonce"][:-1] + "4"),
        ("https://ria.ee", ""),
    ],
)
def test_the_published_signatures_are_of_their_origin_and_nonce_only(name: str, origin: str, nonce: str) -> None:
    assert refusal(lambda: check_signature(read(published(name)), origin, nonce)) == "bad_signature"


def test_the_published_token_with_another_certificate_is_refused() -> None:
    token = read(published("wrong_certificate"))
    assert refusal(lambda: check_signature(token, VECTORS["origin"], VECTORS["nonce"])) == "bad_signature"


# Tokens of our own


def text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def signature(held: Held, algorithm: str, origin: str, nonce: str) -> bytes:
    kind = ALGORITHMS[algorithm]
    hashing = kind.hashing

    def hashed(content: bytes) -> bytes:
        return hashlib.new(hashing.name, content).digest()

    digest = hashed(hashed(origin.encode()) + hashed(nonce.encode()))
    if isinstance(held.key, ec.EllipticCurvePrivateKey):
        size = (held.key.key_size + 7) // 8
        r, s = decode_dss_signature(held.key.sign(digest, ec.ECDSA(Prehashed(hashing))))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")
    pad = padding.PSS(padding.MGF1(hashing), hashing.digest_size) if kind.pss else padding.PKCS1v15()
    return held.key.sign(digest, pad, Prehashed(hashing))


def token(nonce: str, held: Held = PERSON, *, by: str = "ES384", origin: str = ORIGIN, **changes: object) -> str:
    return json.dumps(
        {
            "unverifiedCertificate": text(held.der),
            "algorithm": by,
            "signature": text(signature(held, by, origin, nonce)),
            "format": "web-eid:1.0",
            "appVersion": "https://web-eid.eu/web-eid-app/releases/2.5.0+0",
            **changes,
        }
    )


def attempt(nonce: str = "", now: datetime = NOW) -> Attempt:
    made = Attempt("s" * 43, "e-imza", now + timedelta(minutes=10))
    if nonce:
        made.data.update(nonce=nonce, until=(now + timedelta(minutes=5)).isoformat())
    return made


CLOCK = SettableClock(NOW)


@pytest.fixture(scope="module")
def means(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebEid]:
    path = tmp_path_factory.mktemp("trust") / "ca.pem"
    path.write_bytes(ROOT.pem)
    with http_server(lambda *asked: RESPONDER[0].answer(*asked)) as url:
        yield WebEid(Trust.of(CardSettings(roots=path, ocsp_url=url), simulator=False), CLOCK, BASE)


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    yield
    RESPONDER[0] = Responder(ROOT, ROOT)
    CLOCK.set(NOW)


def begun(means: WebEid) -> tuple[Attempt, str]:
    made = attempt()
    step = means.start(made, {})
    assert isinstance(step, Ask)
    assert [one.name for one in step.questions] == ["token", "failure"]
    return made, step.script_data["nonce"]


@pytest.mark.parametrize(
    ("kind", "algorithm"),
    [
        ("P-256", "ES256"),
        ("P-384", "ES384"),
        ("P-521", "ES512"),
        ("RSA-2048", "RS256"),
        ("RSA-2048", "RS512"),
        ("RSA-2048", "PS256"),
        ("RSA-2048", "PS384"),
    ],
)
def test_who_signs_the_nonce_is_proved(means: WebEid, kind: str, algorithm: str) -> None:
    held = pki.person(ROOT, key_kind=kind)
    made, nonce = begun(means)
    found = means.finish(made, {"token": token(nonce, held, by=algorithm)})
    assert found == Identity(
        pki.FIN,
        pki.GIVEN_NAME,
        pki.SURNAME,
        "",
        "e-imza",
        "high",
        certificate=f"{held.certificate.serial_number:x}",
    )


def test_every_nonce_is_new_and_long(means: WebEid) -> None:
    nonces = {begun(means)[1] for _ in range(50)}
    assert len(nonces) == 50
    assert all(len(base64.b64decode(one)) == 32 and len(one) == 44 for one in nonces)


def test_a_nonce_is_good_for_one_answer(means: WebEid) -> None:
    made, nonce = begun(means)
    sent = {"token": token(nonce)}
    means.finish(made, sent)
    assert refusal(lambda: means.finish(made, sent)) == "used_twice"
    made, nonce = begun(means)
    assert refusal(lambda: means.finish(made, {"token": "x"})) == "unreadable_answer"
    assert refusal(lambda: means.finish(made, {"token": token(nonce)})) == "used_twice"


def test_a_nonce_is_good_for_five_minutes(means: WebEid) -> None:
    made, nonce = begun(means)
    CLOCK.advance(timedelta(minutes=5))
    assert refusal(lambda: means.finish(made, {"token": token(nonce)})) == "token_expired"


def test_the_token_of_another_log_in_is_refused(means: WebEid) -> None:
    mine, _ = begun(means)
    _, other = begun(means)
    assert refusal(lambda: means.finish(mine, {"token": token(other)})) == "bad_signature"


REVOKED = Responder(ROOT, ROOT, status=ocsp.OCSPCertStatus.REVOKED)
OTHER_ORIGIN = {"origin": "https://elsewhere.example"}


@pytest.mark.parametrize(
    ("held", "changes", "responder", "code"),
    [
        (PERSON, OTHER_ORIGIN, None, "bad_signature"),
        (PERSON, {"origin": BASE}, None, "bad_signature"),
        (PERSON, {"unverifiedCertificate": text(pki.person(ROOT, key_kind="P-384").der)}, None, "bad_signature"),
        (PERSON, {}, REVOKED, "certificate_revoked"),
        (PERSON, {}, Responder(ROOT, ROOT, http_status=500), "revocation_unknown"),
        (pki.person(pki.authority(), key_kind="P-384"), {}, None, "wrong_issuer"),
        (pki.person(ROOT, key_kind="P-384", end=NOW - timedelta(days=1)), {}, None, "certificate_expired"),
        (pki.person(ROOT, key_kind="P-384", begin=NOW + timedelta(days=1)), {}, None, "certificate_not_yet_valid"),
        (pki.person(ROOT, key_kind="P-384", usages=None), {}, None, "wrong_usage"),
        (pki.person(ROOT, key_kind="P-384", key_usages=("content_commitment",)), {}, None, "wrong_usage"),
        (PERSON, {"format": "web-eid:2.0"}, None, "unreadable_answer"),
        (PERSON, {"format": "web-eid:10"}, None, "unreadable_answer"),
        (PERSON, {"format": None}, None, "unreadable_answer"),
        (PERSON, {"algorithm": "none"}, None, "unreadable_answer"),
        (PERSON, {"algorithm": ["ES384"]}, None, "unreadable_answer"),
        (PERSON, {"signature": ""}, None, "unreadable_answer"),
        (PERSON, {"signature": "***"}, None, "unreadable_answer"),
        (PERSON, {"unverifiedCertificate": text(b"no certificate" * 9)}, None, "unreadable_answer"),
        (PERSON, {"appVersion": "x" * 10_000}, None, "unreadable_answer"),
    ],
)
def test_a_token_that_proves_nothing_is_refused(
    means: WebEid, held: Held, changes: dict[str, Any], responder: Responder | None, code: str
) -> None:
    RESPONDER[0] = responder or RESPONDER[0]
    made, nonce = begun(means)
    sent = {"token": token(nonce, held, **changes)}
    assert refusal(lambda: means.finish(made, sent)) == code


@pytest.mark.parametrize(
    ("kind", "claimed"), [("P-384", "RS384"), ("P-384", "ES256"), ("P-256", "ES384"), ("RSA-2048", "ES256")]
)
def test_an_algorithm_of_another_key_is_refused(kind: str, claimed: str) -> None:
    held = pki.person(ROOT, key_kind=kind)
    assert refusal(lambda: check_signature(Token(held.der, claimed, b"1" * 96), ORIGIN, "nonce")) == "bad_signature"


def test_the_other_padding_of_rsa_is_refused(means: WebEid) -> None:
    held = pki.person(ROOT, key_kind="RSA-2048")
    made, nonce = begun(means)
    sent = json.loads(token(nonce, held, by="RS256")) | {"algorithm": "PS256"}
    assert refusal(lambda: means.finish(made, {"token": json.dumps(sent)})) == "bad_signature"


@pytest.mark.parametrize("code", [*FAILURES, "ERR_WEBEID_UNKNOWN_ERROR", "ERR_WEBEID_NATIVE_FATAL", "<script>"])
def test_each_failure_of_the_extension_has_its_refusal(means: WebEid, code: str) -> None:
    made, nonce = begun(means)
    found = refusal(lambda: means.finish(made, {"failure": code, "token": token(nonce)}))
    assert found == FAILURES.get(code, "unreadable_answer")
    assert found in CODES


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://main.example", "https://main.example"),
        ("https://main.example/", "https://main.example"),
        ("https://Main.Example:443/a/b", "https://main.example"),
        ("https://main.example:8443", "https://main.example:8443"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://localhost:80/", "http://localhost"),
        ("https://[::1]:8000/", "https://[::1]:8000"),
    ],
)
def test_the_origin_is_written_as_browsers_do(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=300)
    | st.dictionaries(
        st.sampled_from(["format", "algorithm", "signature", "unverifiedCertificate"]),
        st.none() | st.integers() | st.lists(st.text(max_size=3)) | st.text(max_size=90) | st.sampled_from(["ES384"]),
    ).map(lambda found: json.dumps({"appVersion": "x" * 90, "format": "web-eid:1", **found}))
    | st.sampled_from(["[" * 9999, "9" * 9999, "{" + '"a":' * 2000, "null" + " " * 100])
)
def test_any_text_is_read_or_refused(sent: str) -> None:
    try:
        found = read(sent)
        check_signature(found, ORIGIN, "nonce")
    except LogInRefused as refused:
        assert refused.code in {"unreadable_answer", "not_trusted", "bad_signature"}
    else:
        raise AssertionError("it was let in")


PLAIN = json.loads(token("nonce"))
CHAIN = certificates.Chain(certificates.Authorities((ROOT.certificate,)), certificates.Rules())


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["signature", "unverifiedCertificate"]), st.data())
def test_a_damaged_token_is_no_log_in(name: str, data: st.DataObject) -> None:
    content = bytearray(base64.b64decode(PLAIN[name]))
    place = data.draw(st.integers(0, 95 if name == "signature" else 400))
    content[place] ^= data.draw(st.integers(1, 255))
    damaged = read(json.dumps({**PLAIN, name: text(bytes(content))}))
    with pytest.raises(LogInRefused):
        check_signature(damaged, ORIGIN, "nonce")
        CHAIN.check(certificates.read(damaged.certificate), NOW)


def test_the_simulator_s_tokens_are_accepted(means: WebEid) -> None:
    made, nonce = begun(means)
    assert isinstance(PERSON.key, ec.EllipticCurvePrivateKey)
    sent = web_eid_token(SimulatedHeld(PERSON.certificate, PERSON.key), ORIGIN, nonce)
    assert means.finish(made, {"token": json.dumps(sent)}).fin == pki.FIN


# The page's script, with an extension of the test's own


PAGE = """<!doctype html><html lang="ru"><title>t</title>
<form id="proof" action="/sent" method="post" data-nonce="NONCE">
<input type="hidden" name="token"><input type="hidden" name="failure"></form>
<script type="module" src="/web-eid.js"></script></html>"""
EXTENSION = """
window.addEventListener("message", async (event) => {
  if (event.data?.action !== "web-eid:authenticate") return;
  window.asked = event.data;
  const say = (suffix, more) =>
    window.postMessage({ action: `web-eid:authenticate${suffix}`, ...more }, window.location.origin);
  ANSWER
});
"""


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def submitted(page: Page, answer: str) -> dict[str, list[str]]:
    """
    Open the page with an extension that does `answer`, and return the fields that were sent.
    """
    sent: list[bytes] = []

    def serve(method: str, path: str, body: bytes) -> tuple[int, bytes]:
        if path == "/sent":
            sent.append(body)
        if path == "/web-eid.js":
            return 200, SCRIPT.read_bytes()
        return 200, PAGE.encode() if method == "GET" else b"<title>done</title>"

    page.route("**/web-eid.js", lambda route: route.fulfill(body=SCRIPT.read_text(), content_type="text/javascript"))
    page.route("**/page", lambda route: route.fulfill(body=PAGE.replace("NONCE", "bm9uY2U="), content_type="text/html"))
    if answer:
        page.add_init_script(EXTENSION.replace("ANSWER", answer))
    with http_server(serve) as url:
        page.goto(f"{url}/page")
        page.wait_for_url("**/sent")
    assert len(sent) == 1
    return parse_qs(sent[0].decode(), keep_blank_values=True)


FIVE = '{unverifiedCertificate: "c", algorithm: "ES384", signature: "s", format: "web-eid:1.0", appVersion: "a", x: 1}'


def test_the_script_sends_the_five_fields_that_the_extension_gives(page: Page) -> None:
    sent = submitted(page, f'say("-ack", {{}}); say("-success", {FIVE});')
    assert sent["failure"] == [""]
    assert json.loads(sent["token"][0]) == {
        "unverifiedCertificate": "c",
        "algorithm": "ES384",
        "signature": "s",
        "format": "web-eid:1.0",
        "appVersion": "a",
    }


def test_the_script_asks_as_the_extension_expects(page: Page) -> None:
    answer = 'say("-ack", {}); say("-failure", {error: {code: JSON.stringify(event.data)}});'
    asked = json.loads(submitted(page, answer)["failure"][0])
    assert asked == {
        "action": "web-eid:authenticate",
        "libraryVersion": "2.1.0",
        "challengeNonce": "bm9uY2U=",
        "options": {"lang": "ru"},
    }


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        ("", "ERR_WEBEID_EXTENSION_UNAVAILABLE"),
        (
            'say("-ack", {}); say("-failure", {error: {code: "ERR_WEBEID_USER_CANCELLED"}});',
            "ERR_WEBEID_USER_CANCELLED",
        ),
        ('say("-failure", {});', "ERR_WEBEID_UNKNOWN_ERROR"),
        ('say("-success-of-another", {}); say("", null);', "ERR_WEBEID_EXTENSION_UNAVAILABLE"),
    ],
)
def test_the_script_sends_why_there_is_no_token(page: Page, answer: str, failure: str) -> None:
    assert submitted(page, answer) == {"token": [""], "failure": [failure]}
