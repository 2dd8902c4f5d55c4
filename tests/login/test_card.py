"""
The card's host on real sockets: directly over TLS, and behind a reverse proxy that sends the certificate in a header.
"""

from __future__ import annotations

import base64
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
from cryptography.x509 import ocsp
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from werkzeug.middleware.proxy_fix import ProxyFix

from engine.clock import SettableClock
from engine.means import CardSettings
from engine.storage.database import Database
from tests.support import pki
from tests.support.databases import migrated
from tests.support.pki import NOW, Held
from tests.support.responder import Responder, http_server
from web.login import attempts, card_header
from web.login.card import Card
from web.login.card_server import CROWD_OF_ONE, CardServer
from web.login.certificates import NotTrustworthy
from web.login.port import Attempt, Identity, LogInRefused, Redirect
from web.login.trust import Trust

BASE = "https://main.example"
BACK = "/giris/qayit/e-imza"
ROOT = pki.authority()
ISSUING = pki.authority("Issuing", ROOT)
PERSON = pki.person(ISSUING)
RESPONDER = [Responder(ISSUING, ISSUING)]


@dataclass
class Place:
    """
    An installation with a card's host.
    """

    folder: Path
    database: Database
    clock: SettableClock
    settings: CardSettings
    trust: Trust
    means: Card

    def begin(self) -> str:
        with self.database.step() as connection:
            attempt, _ = attempts.begin(connection, "e-imza", "", self.clock.now())
        return attempt.state

    def attempt(self, state: str) -> Attempt:
        with self.database.read() as connection:
            kept = attempts.of_state(connection, state)
        assert kept is not None
        return kept.attempt

    def finish(self, state: str, location: str) -> Identity:
        """
        Do what the main host does when the browser comes back.
        """
        assert location.startswith(f"{BASE}{BACK}?")
        answer = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        assert answer["state"] == state
        return self.means.finish(self.attempt(state), answer)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("card")
    (folder / "ca.pem").write_bytes(ROOT.pem)
    with migrated("sqlite", folder) as url, http_server(lambda *asked: RESPONDER[0].answer(*asked)) as responder:
        told = CardSettings(
            transport="tls", roots=folder / "ca.pem", ocsp_url=responder, url="https://card.example/kart", proxies=()
        )
        clock = SettableClock(NOW)
        database = Database(url)
        trust = Trust.of(told, simulator=False)
        yield Place(folder, database, clock, told, trust, Card(told, trust, database, clock, BASE))
        database.close()


@pytest.fixture(autouse=True)
def as_it_was(place: Place) -> Iterator[None]:
    yield
    RESPONDER[0] = Responder(ISSUING, ISSUING)
    place.clock.set(NOW)


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(LogInRefused) as refused:
        call()
    return refused.value.code


# Over TLS


def listening(place: Place, certificate: str, key: str) -> CardSettings:
    files = {"server_certificate": place.folder / certificate, "server_key": place.folder / key}
    # The settings know no port 0, by which the machine chooses one.
    return replace(place.settings, port=0, **files)


@pytest.fixture(scope="module")
def host(place: Place) -> Iterator[str]:
    own = pki.server(ROOT)
    (place.folder / "server.pem").write_bytes(own.pem)
    (place.folder / "server-key.pem").write_bytes(own.key_pem)
    server = CardServer(listening(place, "server.pem", "server-key.pem"), place.means)
    server.start()
    yield f"https://localhost:{server.port}"
    server.stop()


def context(place: Place, held: Held | None, *sent: Held) -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=place.folder / "ca.pem")
    if held is not None:
        path = place.folder / "shown.pem"
        path.write_bytes(held.key_pem + held.pem + b"".join(one.pem for one in sent))
        made.load_cert_chain(path)
    return made


def get(place: Place, host: str, path: str, held: Held | None = PERSON, *sent: Held) -> httpx.Response:
    with httpx.Client(verify=context(place, held, *sent), trust_env=False) as client:
        return client.get(host + path)


def show(place: Place, host: str, state: str, held: Held | None = PERSON) -> str:
    answer = get(place, host, f"/?state={state}", held, ISSUING)
    assert answer.status_code == 303
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    return answer.headers["Location"]


def test_the_browser_is_sent_to_the_card_s_host(place: Place) -> None:
    attempt = Attempt("s" * 43, "e-imza", NOW + timedelta(minutes=10))
    assert place.means.start(attempt, {}) == Redirect(f"https://card.example/kart/?state={'s' * 43}")
    assert place.means.origins == ("https://card.example",)
    assert (place.means.asks(), place.means.limited_by({}), place.means.poll(attempt, 1)) == ((), None, None)


@pytest.mark.parametrize("kind", ["P-256", "P-384", "RSA-2048"])
def test_who_shows_a_card_is_proved(place: Place, host: str, kind: str) -> None:
    held, state = pki.person(ISSUING, key_kind=kind), place.begin()
    found = place.finish(state, show(place, host, state, held))
    assert (found.fin, found.given_name, found.surname) == (pki.FIN, pki.GIVEN_NAME, pki.SURNAME)
    assert (found.means, found.assurance) == ("e-imza", "high")
    assert found.certificate == f"{held.certificate.serial_number:x}"


REVOKED = Responder(ISSUING, ISSUING, status=ocsp.OCSPCertStatus.REVOKED)
SILENT = Responder(ISSUING, ISSUING, http_status=503)


@pytest.mark.parametrize(
    ("held", "responder", "code"),
    [
        (None, None, "no_certificate"),
        (PERSON, REVOKED, "certificate_revoked"),
        (PERSON, SILENT, "revocation_unknown"),
        (pki.person(ISSUING, end=NOW - timedelta(days=1)), None, "certificate_expired"),
        (pki.person(ISSUING, begin=NOW + timedelta(days=1)), None, "certificate_not_yet_valid"),
        (pki.person(pki.authority("Issuing", pki.authority())), None, "wrong_issuer"),
        (pki.authority("Self-made"), None, "wrong_usage"),
        (pki.person(ISSUING, usages=None), None, "wrong_usage"),
        (pki.person(ISSUING, key_kind="RSA-1024"), None, "not_trusted"),
        (pki.person(ISSUING, subject=pki.name(COMMON_NAME="Nobody")), None, "identity_incomplete"),
    ],
)
def test_what_is_wrong_with_a_card_is_said_on_the_main_host(
    place: Place, host: str, held: Held | None, responder: Responder | None, code: str
) -> None:
    if responder is not None:
        RESPONDER[0] = responder
    state = place.begin()
    tls = context(place, None)
    if held is not None and code == "not_trusted":
        # OpenSSL's own client would refuse the short key.
        tls.set_ciphers("DEFAULT@SECLEVEL=0")
        path = place.folder / "short.pem"
        path.write_bytes(held.key_pem + held.pem)
        tls.load_cert_chain(path)
        with httpx.Client(verify=tls, trust_env=False) as client:
            location = client.get(f"{host}/?state={state}").headers["Location"]
    else:
        location = show(place, host, state, held)
    assert refusal(lambda: place.finish(state, location)) == code


def test_while_nobody_can_say_what_was_revoked_the_means_is_not_available(place: Place, host: str) -> None:
    assert place.means.available() is None
    RESPONDER[0] = SILENT
    show(place, host, place.begin())
    assert place.means.available() == "revocation_unknown"
    place.clock.advance(timedelta(seconds=31))
    assert place.means.available() is None


def test_the_code_is_of_its_own_attempt_only(place: Place, host: str) -> None:
    mine, other = place.begin(), place.begin()
    show(place, host, mine)
    code = parse_qs(urlsplit(show(place, host, other)).query)["code"][0]
    for stolen in (code, "", "x"):
        answer = {"state": mine, "code": stolen}
        assert refusal(lambda answer=answer: place.means.finish(place.attempt(mine), answer)) == "state_mismatch"


def test_an_attempt_to_which_no_card_was_shown_proves_nothing(place: Place) -> None:
    state = place.begin()
    assert refusal(lambda: place.means.finish(place.attempt(state), {"state": state, "code": ""})) == "state_mismatch"


def test_the_code_itself_is_not_kept(place: Place, host: str) -> None:
    state = place.begin()
    code = parse_qs(urlsplit(show(place, host, state)).query)["code"][0]
    assert len(code) == 43
    assert code not in str(place.attempt(state).data)


def test_the_way_back_takes_a_minute_at_most(place: Place, host: str) -> None:
    state = place.begin()
    location = show(place, host, state)
    place.clock.advance(timedelta(seconds=60))
    assert refusal(lambda: place.finish(state, location)) == "token_expired"


@pytest.mark.parametrize("over", ["consumed", "expired", "unknown", "another means", "no state"])
def test_an_attempt_that_is_over_gets_no_code(place: Place, host: str, over: str) -> None:
    state = "" if over == "no state" else place.begin()
    if over == "consumed":
        with place.database.step() as connection:
            attempts.consume(connection, state, NOW)
    elif over == "expired":
        place.clock.advance(timedelta(hours=1))
    elif over == "unknown":
        state = "y" * 43
    elif over == "another means":
        with place.database.step() as connection:
            state = attempts.begin(connection, "e-gov", "", NOW)[0].state
    answer = parse_qs(urlsplit(show(place, host, state)).query, keep_blank_values=True)
    assert answer == {"state": [state], "code": [""]}


@pytest.mark.parametrize("state", ["%0d%0aX:%20y", "%22%3E%3Cscript%3E", "a" * 5000, "%F0%9F%98%80", "//evil.example"])
def test_whatever_stands_in_the_address_leads_to_the_main_host(place: Place, host: str, state: str) -> None:
    assert show(place, host, state) == f"{BASE}{BACK}?state=&code="


@pytest.mark.parametrize(("path", "status"), [("/elsewhere?state=x", 404), ("/?" + "a=b&" * 20, 400)])
def test_there_is_one_page_only(place: Place, host: str, path: str, status: int) -> None:
    answer = get(place, host, path)
    assert (answer.status_code, answer.content, "Location" in answer.headers) == (status, b"", False)


def test_other_methods_are_refused(place: Place, host: str) -> None:
    with httpx.Client(verify=context(place, PERSON), trust_env=False) as client:
        assert client.post(f"{host}/?state=x", content=b"a").status_code == 501


def raw(host: str, content: bytes, tls: ssl.SSLContext | None) -> bytes:
    port = int(host.rpartition(":")[2])
    found = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        try:
            with tls.wrap_socket(plain, server_hostname="localhost") if tls else plain as opened:
                opened.sendall(content)
                if not tls:
                    opened.shutdown(socket.SHUT_WR)
                while part := opened.recv(4096):
                    found += part
        except OSError:
            # Dropped.
            return found
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(min_size=1, max_size=200), covered=st.booleans())
@example(content=b"GET /?state=x HTTP/9.9\r\n\r\n", covered=True)
@example(content=b"GET /?state=x\r\n", covered=True)
@example(content=b"GET /?state=x HTTP/1.1\r\nExpect: 100-continue\r\n\r\n", covered=True)
@example(content=b"GET " + b"a" * 70_000 + b"\r\n", covered=True)
@example(content=b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 300 + b"\r\n", covered=True)
def test_any_bytes_are_answered_or_dropped(
    place: Place, host: str, content: bytes, covered: bool, caplog: pytest.LogCaptureFixture
) -> None:
    tls = context(place, PERSON) if covered else None
    answer = raw(host, content + b"\r\n\r\n", tls)
    assert b"code=" not in answer or b"&code=\r\n" in answer
    assert "Traceback" not in caplog.text


def test_one_address_does_not_take_all_the_room(place: Place, host: str) -> None:
    port = int(host.rpartition(":")[2])
    waiting = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(CROWD_OF_ONE + 1)]
    try:
        assert waiting[-1].recv(1) == b""
        with pytest.raises(httpx.HTTPError):
            get(place, host, "/?state=x")
    finally:
        for one in waiting:
            one.close()
    for _ in range(200):
        try:
            return show(place, host, place.begin()) and None
        except httpx.HTTPError:
            continue
    raise AssertionError("there is no room again")


def test_files_that_are_no_certificate_and_key_stop_the_start(place: Place) -> None:
    (place.folder / "a.pem").write_bytes(pki.server(ROOT).pem)
    (place.folder / "b.pem").write_bytes(pki.server(ROOT).key_pem)
    for first, second in (("a.pem", "b.pem"), ("a.pem", "a.pem"), ("missing.pem", "b.pem")):
        with pytest.raises(OSError, match="not a certificate and its key"):
            CardServer(listening(place, first, second), place.means)


# Behind a proxy


@contextmanager
def proxied(place: Place, header: str, *proxies: str, fixed: bool = False) -> Iterator[Any]:
    app = Flask(__name__)
    told = CardSettings(transport="proxy", header=header, proxies=proxies, url="https://card.example")
    card = card_header.ProxiedCard(told, place.trust, place.database, place.clock, BASE)
    app.extensions[card_header.MEANS] = {"e-imza": card}
    app.register_blueprint(card_header.blueprint)
    if fixed:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_host=1)  # type: ignore[method-assign]
    with app.test_client() as client:
        yield client


def from_(address: str, host: str = "card.example") -> dict[str, str]:
    return {"REMOTE_ADDR": address, "HTTP_HOST": host}


def pem_header(held: Held) -> str:
    return quote(held.pem.decode(), safe="")


def standard_header(held: Held) -> str:
    return f":{base64.b64encode(held.der).decode()}:"


WITH_ISSUING = pki.person(ROOT)
BOTH = pytest.mark.parametrize(
    ("header", "value"),
    [("X-Client-Cert", pem_header(WITH_ISSUING)), ("Client-Cert", standard_header(WITH_ISSUING))],
)


@BOTH
@pytest.mark.parametrize("address", ["10.0.0.5", "fd00::1"])
def test_a_configured_proxy_is_believed(place: Place, header: str, value: str, address: str) -> None:
    RESPONDER[0] = Responder(ROOT, ROOT)
    state = place.begin()
    with proxied(place, header, "10.0.0.0/24", "fd00::1") as client:
        answer = client.get(f"/giris/kart?state={state}", headers={header: value}, environ_overrides=from_(address))
    assert answer.status_code == 303
    assert place.finish(state, answer.headers["Location"]).fin == pki.FIN


@BOTH
@pytest.mark.parametrize("address", ["10.0.1.5", "127.0.0.1", "", "unix:", "10.0.0.5, 10.0.0.6"])
def test_a_forged_header_is_not_believed(place: Place, header: str, value: str, address: str) -> None:
    state = place.begin()
    with proxied(place, header, "10.0.0.0/24") as client:
        answer = client.get(f"/giris/kart?state={state}", headers={header: value}, environ_overrides=from_(address))
    assert answer.status_code == 404
    assert place.attempt(state).data == {}


@BOTH
def test_the_proxy_s_own_address_counts_and_not_the_forwarded_one(place: Place, header: str, value: str) -> None:
    state = place.begin()
    for forwarded, sender, status in (("10.0.0.5", "192.0.2.9", 404), ("192.0.2.9", "10.0.0.5", 303)):
        with proxied(place, header, "10.0.0.5", fixed=True) as client:
            told = {header: value, "X-Forwarded-For": forwarded}
            answer = client.get(f"/giris/kart?state={state}", headers=told, environ_overrides=from_(sender))
        assert answer.status_code == status


@BOTH
@pytest.mark.parametrize("fixed", [True, False])
@pytest.mark.parametrize("host", ["main.example", "card.example.evil.example", "card.example:8443", ""])
def test_a_header_that_went_through_another_host_of_the_proxy_is_not_believed(
    place: Place, header: str, value: str, host: str, fixed: bool
) -> None:
    state = place.begin()
    told = {header: value, "X-Forwarded-Host": "card.example", "X-Forwarded-For": "10.0.0.5"}
    with proxied(place, header, "10.0.0.5", fixed=fixed) as client:
        answer = client.get(f"/giris/kart?state={state}", headers=told, environ_overrides=from_("10.0.0.5", host))
    assert answer.status_code == 404
    assert place.attempt(state).data == {}


@pytest.mark.parametrize("otherwise", [True, False])
def test_without_configuration_there_is_no_such_page(place: Place, otherwise: bool) -> None:
    app = Flask(__name__)
    app.extensions[card_header.MEANS] = {"e-imza": place.means} if otherwise else {}
    app.register_blueprint(card_header.blueprint)
    assert app.test_client().get("/giris/kart?state=x").status_code == 404


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("X-Client-Cert", "", "no_certificate"),
        ("Client-Cert", "  ", "no_certificate"),
        ("X-Client-Cert", "(null)", "unreadable_answer"),
        ("X-Client-Cert", pem_header(PERSON) + pem_header(PERSON), "unreadable_answer"),
        ("X-Client-Cert", f"{pem_header(PERSON)}, {pem_header(PERSON)}", "unreadable_answer"),
        ("X-Client-Cert", "A" * 70_000, "unreadable_answer"),
        ("Client-Cert", standard_header(PERSON).strip(":"), "unreadable_answer"),
        ("Client-Cert", f"{standard_header(PERSON)}, {standard_header(PERSON)}", "unreadable_answer"),
        ("Client-Cert", "::", "unreadable_answer"),
        ("Client-Cert", pem_header(PERSON), "unreadable_answer"),
        ("X-Client-Cert", pem_header(pki.person(pki.authority())), "wrong_issuer"),
    ],
)
def test_a_header_that_holds_no_good_certificate_is_refused(place: Place, header: str, value: str, code: str) -> None:
    state = place.begin()
    with proxied(place, header, "10.0.0.5") as client:
        answer = client.get(f"/giris/kart?state={state}", headers={header: value}, environ_overrides=from_("10.0.0.5"))
    assert refusal(lambda: place.finish(state, answer.headers["Location"])) == code


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["X-Client-Cert", "Client-Cert"]), st.text(max_size=120), st.booleans())
def test_any_header_is_read_or_refused(header: str, value: str, framed: bool) -> None:
    framed_value = f"-----BEGIN CERTIFICATE-----\n{value}\n-----END CERTIFICATE-----" if framed else f":{value}:"
    for one in (value, framed_value, quote(framed_value)):
        try:
            found = card_header.read(header, one)
        except LogInRefused as refused:
            assert refused.code == "unreadable_answer"
        else:
            assert found is None or header == "Client-Cert"


@pytest.mark.parametrize("proxies", [("proxy.example",), ("10.0.0.0/99",), ("10.0.0.5", "")])
def test_addresses_of_proxies_that_are_none_stop_the_start(place: Place, proxies: tuple[str, ...]) -> None:
    with pytest.raises(NotTrustworthy, match="SAYGAC_CARD_PROXIES"):
        card_header.ProxiedCard(CardSettings(proxies=proxies), place.trust, place.database, place.clock, BASE)
