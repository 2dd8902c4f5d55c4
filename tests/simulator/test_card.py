"""
The card and its reader from outside: a TLS host sees the certificate, and a Web eID token verifies.
"""

from __future__ import annotations

import base64
import hashlib
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from simulator import pki
from simulator.desk import Desk
from simulator.program import Plan, serving

ORIGIN, NONCE = "https://sayqac.example:8443", base64.b64encode(bytes(range(32))).decode()


class Door(BaseHTTPRequestHandler):
    """
    Sends whoever comes on, with the serial number of the certificate in the address.
    """

    def do_GET(self) -> None:
        """
        Answer.
        """
        assert isinstance(self.connection, ssl.SSLSocket)
        der = self.connection.getpeercert(binary_form=True)
        seen = f"{x509.load_der_x509_certificate(der).serial_number:x}" if der else "none"
        if self.path.startswith("/page"):
            self._say(200, ("Content-Type", "text/plain"), seen.encode())
        else:
            self._say(303, ("Location", f"http://127.0.0.1:8000/back?serial={seen}&path={self.path[1:7]}"), b"")

    def log_message(self, *_: Any) -> None:
        """
        Say nothing.
        """

    def _say(self, status: int, header: tuple[str, str], body: bytes) -> None:
        self.send_response(status)
        self.send_header(*header)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, Desk]]:
    """
    Serve a host that asks for client certificates, and a simulator whose reader opens it.
    """
    folder = tmp_path_factory.mktemp("reader")
    with (
        HTTPServer(("127.0.0.1", 0), Door) as server,
        serving(Plan(folder, card_host=f"https://127.0.0.1:{server.server_port}")) as desk,
        httpx.Client(base_url=desk.base_url, trust_env=False) as client,
    ):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / pki.SERVER)
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(folder / pki.ROOT)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield client, desk
        server.shutdown()
        thread.join()


def serial(desk: Desk, username: str, condition: pki.Condition = pki.Condition.GOOD) -> str:
    return f"{desk.pki.people[username, pki.Use.CARD, condition].serial:x}"


def test_the_reader_shows_every_card(reader: tuple[httpx.Client, Desk]) -> None:
    client, desk = reader
    page = client.get("/card-reader/kart/giris?state=abc").text
    assert 'action="/card-reader/kart/giris?state=abc"' in page
    assert all(person.fin in page for person in desk.persons)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("succeed", pki.Condition.GOOD),
        ("revoked", pki.Condition.REVOKED),
    ],
)
def test_the_host_sees_the_chosen_card(reader: tuple[httpx.Client, Desk], answer: str, expected: pki.Condition) -> None:
    client, desk = reader
    client.put("/control/card", json={"answer": answer})
    answered = client.post("/card-reader/kart/giris?state=abc", data={"card": "citizen"})
    assert answered.status_code == 303
    to = f"http://127.0.0.1:8000/back?serial={serial(desk, 'citizen', expected)}&path=kart/g"
    assert answered.headers["Location"] == to


def test_the_reader_hands_a_page_of_the_host_on(reader: tuple[httpx.Client, Desk]) -> None:
    client, desk = reader
    client.delete("/control")
    answered = client.post("/card-reader/page", data={"card": "citizen2"})
    assert (answered.status_code, answered.text) == (200, serial(desk, "citizen2"))


def test_a_card_that_is_not_given_or_not_there(reader: tuple[httpx.Client, Desk]) -> None:
    client, desk = reader
    client.put("/control/card", json={"answer": "cancel"})
    assert client.post("/card-reader/page", data={"card": "citizen"}).text == "none"
    client.put("/control/card", json={"answer": "wrong_person"})
    assert client.post("/card-reader/page", data={"card": "citizen"}).text == serial(desk, "citizen2")
    client.put("/control/card", json={"answer": "down"})
    down = client.post("/card-reader/page", data={"card": "citizen"})
    assert (down.status_code, "işləmir" in down.text) == (503, True)
    client.delete("/control")
    assert client.post("/card-reader/page", data={"card": "nobody"}).status_code == 400
    for answer in ("expired", "wrong_issuer"):
        client.put("/control/card", json={"answer": answer})
        refused = client.post("/card-reader/page", data={"card": "citizen"})
        assert refused.status_code == 502, "this host's TLS refuses what its library does not trust"
    client.delete("/control")


def test_without_a_host_there_is_no_reader(client: httpx.Client) -> None:
    assert client.get("/card-reader/").status_code == 404


def token(client: httpx.Client) -> dict[str, Any]:
    asked = {"challengeNonce": NONCE, "origin": ORIGIN, "card": "citizen"}
    return dict(client.post("/web-eid/authenticate", json=asked).json())


def verify(given: dict[str, Any]) -> x509.Certificate:
    certificate = x509.load_der_x509_certificate(base64.b64decode(given["unverifiedCertificate"]))
    key, signature = certificate.public_key(), base64.b64decode(given["signature"])
    assert isinstance(key, ec.EllipticCurvePublicKey) and len(signature) == 96
    der = utils.encode_dss_signature(int.from_bytes(signature[:48], "big"), int.from_bytes(signature[48:], "big"))
    data = hashlib.sha384(ORIGIN.encode()).digest() + hashlib.sha384(NONCE.encode()).digest()
    key.verify(der, data, ec.ECDSA(hashes.SHA384()))
    return certificate


def test_a_web_eid_token_verifies(desk: Desk, client: httpx.Client) -> None:
    given = token(client)
    assert set(given) == {"unverifiedCertificate", "algorithm", "signature", "format", "appVersion"}
    assert (given["algorithm"], given["format"]) == ("ES384", "web-eid:1.0")
    assert f"{verify(given).serial_number:x}" == serial(desk, "citizen")


def test_a_web_eid_token_that_is_refused_or_spoiled(desk: Desk, client: httpx.Client) -> None:
    client.put("/control/card", json={"answer": "bad_signature"})
    with pytest.raises(InvalidSignature):
        verify(token(client))
    client.put("/control/card", json={"answer": "expired"})
    assert f"{verify(token(client)).serial_number:x}" == serial(desk, "citizen", pki.Condition.EXPIRED)
    for answer, error in (("cancel", "ERR_WEBEID_USER_CANCELLED"), ("down", "ERR_WEBEID_NATIVE_UNAVAILABLE")):
        client.put("/control/card", json={"answer": answer})
        assert token(client)["error"]["code"] == error
    assert client.post("/web-eid/authenticate", json={"origin": ORIGIN}).status_code == 400
    assert client.post("/web-eid/authenticate", content=b"no").status_code == 400
