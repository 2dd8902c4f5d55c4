"""
A real SMTP server with TLS, for processes of their own: it keeps what it took.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

CERTIFICATES = Path(__file__).parents[1] / "web" / "certificates"


class PostOffice:
    """
    What was accepted.
    """

    def __init__(self, port: int, seconds: float) -> None:
        self.port = port
        #: how long it takes to say that it has a message
        self.seconds = seconds
        #: Message-ID -> how often it was accepted
        self.taken: Counter[str] = Counter()
        #: (recipient, Message-ID) in the order of acceptance
        self.letters: list[tuple[str, str]] = []

    @property
    def url(self) -> str:
        """
        Return the address as a setting.
        """
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def trust(self) -> dict[str, str]:
        """
        Return what a process must have in its environment to trust this server.
        """
        return {"SSL_CERT_FILE": str(CERTIFICATES / "authority.pem")}

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """
        Take a message, and say so after a while.
        """
        message_id = str(message_from_bytes(envelope.content or b"")["Message-ID"])
        self.taken[message_id] += 1
        self.letters += [(recipient, message_id) for recipient in envelope.rcpt_tos]
        await asyncio.sleep(self.seconds)
        return "250 2.0.0 OK"


@contextmanager
def post_office(
    seconds: float = 0.0, port: int | None = None, kind: type[PostOffice] = PostOffice
) -> Iterator[PostOffice]:
    """
    Run a server on a free port, unless one is given.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "server.pem")
    office = kind(port or free_port(), seconds)
    # it offers encryption; who sends from this very machine may do without
    controller = Controller(office, hostname="127.0.0.1", port=office.port, tls_context=context)
    controller.start()
    try:
        yield office
    finally:
        controller.stop()


def free_port() -> int:
    """
    Return a port that nobody listened on a moment ago.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
