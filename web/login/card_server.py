"""
The host that asks for the card, when no reverse proxy does: TLS with an optional client certificate, and one answer.

Any certificate is let through the handshake, because only then a page can say what is wrong with it; that the browser
has its key is proved by then, everything else is checked by `card.Handover`. Every answer leads back to the main host.
"""

from __future__ import annotations

import io
import logging
import socket
import struct
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any
from urllib.parse import parse_qs

from OpenSSL import SSL, crypto

from engine.means import CardSettings
from web.login.card import Card, Handover
from web.login.certificates import Authorities

log = logging.getLogger(__name__)

#: longest wait for the next bytes of a browser, in seconds: its owner looks for the PIN during the handshake
PATIENCE = 90
#: connections at the same time, of everybody and of one address; more are turned away
CROWD, CROWD_OF_ONE = 64, 12
#: certificates beside the person's own that are looked at
LONGEST_CHAIN = 8
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Content-Length": "0",
    "Connection": "close",
}


class CardServer:
    """
    Serves the card's host in threads of its own.

    Args:
        settings: say where to listen, and the host's own certificate, with what stands above it, and key.
        card: the adapter that it works for.

    Raises:
        OSError: the port is taken, or a file can't be read.
    """

    def __init__(self, settings: CardSettings, card: Card) -> None:
        context = _context(settings, card.authorities)
        self._server = _Server((settings.host, settings.port), context, card.handover)
        self._thread = threading.Thread(target=self._server.serve_forever, name="card host", daemon=True)

    @property
    def port(self) -> int:
        """
        Port that it listens on.
        """
        return int(self._server.server_address[1])

    def start(self) -> None:
        """
        Begin to answer.
        """
        self._thread.start()

    def stop(self) -> None:
        """
        Answer nobody any more.
        """
        self._server.shutdown()
        self.close()
        self._thread.join()

    def close(self) -> None:
        """
        Give the port back, where it was never started.
        """
        self._server.server_close()


def _context(settings: CardSettings, authorities: Authorities) -> SSL.Context:
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    # Resumed sessions would not show the card again.
    context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    if settings.server_certificate is None or settings.server_key is None:
        raise OSError("SAYGAC_CARD_SERVER_CERTIFICATE and SAYGAC_CARD_SERVER_KEY are missing.")
    try:
        context.use_certificate_chain_file(str(settings.server_certificate))
        context.use_privatekey_file(str(settings.server_key))
        context.check_privatekey()
    except SSL.Error:
        files = f"{settings.server_certificate} and {settings.server_key}"
        raise OSError(f"{files} are not a certificate and its key.") from None
    for one in (*authorities.anchors, *authorities.between):
        context.add_client_ca(one)
    context.set_verify(SSL.VERIFY_PEER, _let_through)
    return context


def _let_through(_connection: SSL.Connection, _certificate: crypto.X509, _error: int, _depth: int, _ok: int) -> bool:
    return True


class _Crowd:
    """Counts who is being served, so that nobody takes all the room."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside: Counter[str] = Counter()

    def enter(self, address: str) -> bool:
        with self._lock:
            if self._inside.total() >= CROWD or self._inside[address] >= CROWD_OF_ONE:
                return False
            self._inside[address] += 1
            return True

    def leave(self, address: str) -> None:
        with self._lock:
            self._inside[address] -= 1
            if not self._inside[address]:
                del self._inside[address]


class _Server(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 32

    def __init__(self, address: tuple[str, int], context: SSL.Context, handover: Handover) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Handler)
        self.context = context
        self.handover = handover
        self._crowd = _Crowd()

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._crowd.enter(client_address[0]):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._crowd.leave(client_address[0])

    def finish_request(self, request: Any, client_address: Any) -> None:
        connection = _covered(request, self.context)
        if connection is None:
            return
        self.RequestHandlerClass(connection, client_address, self)
        try:
            connection.shutdown()
        except SSL.Error:
            # The browser was faster in closing.
            return

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.exception("The card's host failed")


def _covered(plain: socket.socket, context: SSL.Context) -> SSL.Connection | None:
    """Do the handshake; None if it fails, which is the browser's to tell."""
    # OpenSSL reads from the descriptor itself, so the time limit must be the kernel's.
    plain.setblocking(True)
    limit = struct.pack("ll", PATIENCE, 0)
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
    connection = SSL.Connection(context, plain)
    connection.set_accept_state()
    try:
        connection.do_handshake()
    except (SSL.Error, OSError) as failed:
        log.info("A handshake at the card's host failed: %s", type(failed).__name__)
        return None
    return connection


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    request: SSL.Connection  # type: ignore[assignment]
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        self.rfile = io.BufferedReader(_Reading(self.request))
        self.wfile = io.BufferedWriter(_Writing(self.request))  # type: ignore[assignment]

    def finish(self) -> None:
        try:
            self.wfile.flush()
        except (SSL.Error, OSError):
            # Nobody reads the answer.
            return

    def handle(self) -> None:
        try:
            super().handle()
        except (SSL.Error, OSError):
            # The browser went away.
            self.close_connection = True

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path != "/":
            self._answer(404)
            return
        try:
            state = parse_qs(query, max_num_fields=10).get("state", [""])[0]
        except ValueError:
            self._answer(400)
            return
        self._answer(303, self.server.handover.receive(state, *_shown(self.request)))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """
        Answer what is no request without a page.
        """
        self._answer(int(code))

    def _answer(self, status: int, location: str | None = None) -> None:
        self.close_connection = True
        self.send_response_only(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        if location is not None:
            self.send_header("Location", location)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """
        Log no request: addresses carry states.
        """


class _Reading(io.RawIOBase):
    def __init__(self, connection: SSL.Connection) -> None:
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            return self._connection.recv_into(buffer)
        except (SSL.ZeroReturnError, SSL.SysCallError, SSL.WantReadError):
            return 0


class _Writing(io.RawIOBase):
    def __init__(self, connection: SSL.Connection) -> None:
        self._connection = connection

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._connection.sendall(bytes(content))
        return len(content)


def _shown(connection: SSL.Connection) -> tuple[bytes | None, list[bytes]]:
    own = connection.get_peer_certificate()
    if own is None:
        return None, []
    chain = connection.get_peer_cert_chain() or []
    return _der(own), [_der(one) for one in chain[:LONGEST_CHAIN]]


def _der(certificate: crypto.X509) -> bytes:
    return crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)
