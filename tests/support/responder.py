"""
An OCSP responder on the loopback that answers as the test wants.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from tests.support.pki import NOW, Held


@contextmanager
def http_server(answer: Callable[[str, str, bytes], tuple[int, bytes]]) -> Iterator[str]:
    """
    Serve `answer(method, path, body) -> (status, content)` and yield the server's address.
    """

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            status, content = answer(self.command, self.path, self.rfile.read(length))
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _serve

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Responder:
    """
    What the responder says; a test changes it.
    """

    issuer: Held
    signer: Held
    certificates: tuple[x509.Certificate, ...] = ()
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD
    this_update: datetime = NOW
    next_update: datetime | None = None
    nonce: str = "same"
    by_hash: bool = False
    #: answer about this certificate instead of the one that was asked about
    about: x509.Certificate | None = None
    http_status: int = 200
    #: what is sent in place of the answer
    raw: bytes | None = None
    asked: list[bytes] = field(default_factory=list)

    def changed(self, **changes: object) -> Responder:
        return replace(self, asked=[], **changes)  # type: ignore[arg-type]

    def answer(self, _method: str, _path: str, body: bytes) -> tuple[int, bytes]:
        self.asked.append(body)
        if self.raw is not None:
            return self.http_status, self.raw
        return self.http_status, self.response(ocsp.load_der_ocsp_request(body))

    def response(self, request: ocsp.OCSPRequest) -> bytes:
        revoked = self.status is ocsp.OCSPCertStatus.REVOKED
        builder = ocsp.OCSPResponseBuilder()
        told = {
            "algorithm": hashes.SHA1(),
            "cert_status": self.status,
            "this_update": self.this_update,
            "next_update": self.next_update,
            "revocation_time": NOW - timedelta(days=1) if revoked else None,
            "revocation_reason": None,
        }
        if self.about is not None:
            builder = builder.add_response(cert=self.about, issuer=self.issuer.certificate, **told)
        else:
            builder = builder.add_response_by_hash(
                issuer_name_hash=request.issuer_name_hash,
                issuer_key_hash=request.issuer_key_hash,
                serial_number=request.serial_number,
                **told,
            )
        naming = ocsp.OCSPResponderEncoding.HASH if self.by_hash else ocsp.OCSPResponderEncoding.NAME
        builder = builder.responder_id(naming, self.signer.certificate)
        if self.certificates:
            builder = builder.certificates(list(self.certificates))
        if self.nonce != "none":
            asked = request.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
            nonce = asked if self.nonce == "same" else bytes(32)
            builder = builder.add_extension(x509.OCSPNonce(nonce), False)
        return builder.sign(self.signer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
