"""
Mail over a real SMTP server on loopback, with everything that such a server may do to us.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult, Envelope, Session
from flask import Flask

from engine.clock import SettableClock
from engine.mail import (
    Attachment,
    FolderMailer,
    MailDeferred,
    Mailer,
    MailRefused,
    MailUncertain,
    Message,
    MessageInvalid,
    Sender,
    message_bytes,
)
from engine.settings import Settings
from web.mail import FlaskMailer, _dot_stuffed
from web.services import mailer_of

CERTIFICATES = Path(__file__).parent / "certificates"
NOW = datetime(2026, 11, 3, 10, 5, tzinfo=UTC)
SENDER = Sender("no-reply@azersu.example", "«Azərsu» ASC")

#: seconds that our side waits for an answer in these tests
PATIENCE = 0.4

MESSAGE = Message(
    message_id="registered.417@saygac.example",
    recipient="gunel@example.az",
    subject="Müraciətiniz qeydiyyata alındı: 4831-7720-9155",
    text="Hörmətli abonent!\n\n.Nöqtə ilə başlayan sətir\nŞıxəli Əliyev\n",
    html="<p>Hörmətli abonent!</p>",
    language="az",
    attachments=(Attachment("Akt № 3 Ə.pdf", "application/pdf", b"%PDF-1.7\n.\r\n\x00\xff" * 40),),
)

Hook = Callable[..., Any]


@dataclass
class Behaviour:
    """
    What the server does; hooks answer in place of aiosmtpd.
    """

    #: command -> answer, or a coroutine function that takes the server
    answers: dict[str, str | Hook] = field(default_factory=dict)
    #: what it took: (sender, recipients, content)
    taken: list[tuple[str, list[str], bytes]] = field(default_factory=list)

    async def _answer(self, command: str, server: Server) -> str | None:
        answer = self.answers.get(command)
        return await answer(server) if callable(answer) else answer

    async def handle_EHLO(
        self, server: Server, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        answer = await self._answer("EHLO", server)
        return [answer] if answer else responses

    async def handle_MAIL(
        self, server: Server, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = await self._answer("MAIL", server)
        envelope.mail_from = address
        return answer or "250 OK"

    async def handle_RCPT(
        self, server: Server, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = await self._answer("RCPT", server)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: Server, _session: Session, envelope: Envelope) -> str:
        answer = await self._answer("DATA", server)
        if answer is None or answer.startswith("2"):
            self.taken.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.content))
        return answer or "250 2.0.0 OK"

    async def handle_QUIT(self, server: Server, _session: Session, _envelope: Envelope) -> str:
        return await self._answer("QUIT", server) or "221 Bye"


async def stall(_server: Server) -> None:
    """
    Answer long after anybody waits.
    """
    await asyncio.sleep(PATIENCE * 4)


async def hang_up(server: Server) -> None:
    """
    Close the connection in place of an answer.
    """
    server.transport.close()


@contextlib.contextmanager
def server_of(behaviour: Behaviour, **arguments: Any) -> Iterator[int]:
    """
    Run a server; gives its port.
    """
    controller = Controller(behaviour, hostname="127.0.0.1", port=0, **arguments)
    controller.port = free_port()
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def free_port() -> int:
    """
    Return a port that nobody listened on a moment ago.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def mailer_to(port: int, **settings: Any) -> FlaskMailer:
    """
    Make the mailer as an installation does, with less patience.
    """
    app = Flask("test")
    app.config.update(
        {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": port, "MAIL_ANSWER_WITHIN": PATIENCE, "TESTING": True} | settings
    )
    return FlaskMailer(app, sender=SENDER, clock=SettableClock(NOW))


def tls_of(certificate: str) -> ssl.SSLContext:
    """
    Return the server's side of TLS.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / certificate)
    return context


TRUST = {"MAIL_CA_FILE": str(CERTIFICATES / "authority.pem")}


def test_an_accepted_message_arrives_once_and_whole() -> None:
    behaviour = Behaviour()
    with server_of(behaviour) as port:
        mailer_to(port).send(MESSAGE)
    ((sender, recipients, content),) = behaviour.taken
    assert sender == "no-reply@azersu.example"
    assert recipients == ["gunel@example.az"]
    assert content == message_bytes(MESSAGE, sender=SENDER, date=NOW)
    mail = message_from_bytes(content, policy=policy.default)
    assert mail["Subject"] == MESSAGE.subject
    assert str(mail["From"]) == "«Azərsu» ASC <no-reply@azersu.example>"
    assert str(mail["To"]) == "gunel@example.az"
    assert mail["Message-ID"] == "<registered.417@saygac.example>"
    assert mail["Date"].datetime == NOW
    assert mail["Content-Language"] == "az"
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None and html is not None
    assert text.get_content().replace("\r\n", "\n") == MESSAGE.text
    assert html.get_content().strip() == MESSAGE.html
    (attachment,) = mail.iter_attachments()
    assert attachment.get_filename() == "Akt № 3 Ə.pdf"
    assert attachment.get_content_type() == "application/pdf"
    assert attachment.get_content() == MESSAGE.attachments[0].content


def test_mails_that_cannot_be_delivered_come_back_to_an_address_of_their_own() -> None:
    behaviour = Behaviour()
    environ = {"SAYGAC_DEMO": "1", "SAYGAC_SENDER": SENDER.address, "SAYGAC_BOUNCES": "back@azersu.example"}
    with server_of(behaviour) as port:
        settings = Settings.from_env({**environ, "SAYGAC_SMTP_URL": f"smtp://127.0.0.1:{port}"})
        taken_by = mailer_of(settings, SettableClock(NOW)).send(MESSAGE)
    ((envelope, recipients, content),) = behaviour.taken
    assert (envelope, recipients) == ("back@azersu.example", ["gunel@example.az"])
    assert message_from_bytes(content, policy=policy.default)["From"].addresses[0].addr_spec == SENDER.address
    assert taken_by == "127.0.0.1: 250 2.0.0"


@pytest.mark.parametrize(
    ("command", "answer", "raised", "told"),
    [
        ("RCPT", "550 5.1.1 <gunel@example.az> unknown", MailRefused, "recipient: 550 5.1.1."),
        ("RCPT", "553 bad", MailRefused, "recipient: 553."),
        ("DATA", "554 5.7.1 spam from gunel@example.az", MailRefused, "message: 554 5.7.1."),
        ("RCPT", "451 4.7.1 greylisted", MailDeferred, "recipient: 451 4.7.1."),
        ("RCPT", "421 4.3.2 going down", MailDeferred, "recipient: 421 4.3.2."),
        ("DATA", "451 later", MailDeferred, "message: 451."),
        ("MAIL", "421 busy", MailDeferred, "sender: 421."),
        ("MAIL", "530 5.7.0 log in first", MailDeferred, "sender: 530 5.7.0."),
    ],
)
def test_a_no_of_the_server_says_whether_to_try_again(
    command: str, answer: str, raised: type[Exception], told: str
) -> None:
    behaviour = Behaviour({command: answer})
    with server_of(behaviour) as port, pytest.raises(raised, match=re.escape(told)) as refusal:
        mailer_to(port).send(MESSAGE)
    assert behaviour.taken == []
    assert "gunel" not in str(refusal.value)


@pytest.mark.parametrize("command", ["EHLO", "MAIL", "RCPT"])
@pytest.mark.parametrize("deed", [stall, hang_up])
def test_silence_before_the_message_is_certainly_nothing_sent(command: str, deed: Hook) -> None:
    behaviour = Behaviour({command: deed})
    with server_of(behaviour) as port:
        begun = time.monotonic()
        with pytest.raises(MailDeferred):
            mailer_to(port).send(MESSAGE)
        # EHLO may be followed by a second try with HELO
        assert time.monotonic() - begun < PATIENCE * 4
    assert behaviour.taken == []


@pytest.mark.parametrize("deed", [stall, hang_up])
def test_silence_after_the_whole_message_is_uncertain(deed: Hook) -> None:
    with server_of(Behaviour({"DATA": deed})) as port:
        begun = time.monotonic()
        with pytest.raises(MailUncertain):
            mailer_to(port).send(MESSAGE)
        assert time.monotonic() - begun < PATIENCE * 3


@pytest.mark.parametrize("deed", [stall, hang_up])
def test_a_good_bye_that_fails_does_not_unsend_what_was_accepted(deed: Hook) -> None:
    behaviour = Behaviour({"QUIT": deed})
    with server_of(behaviour) as port:
        mailer_to(port).send(MESSAGE)
    assert len(behaviour.taken) == 1


def test_nobody_listening_is_to_be_tried_again() -> None:
    with pytest.raises(MailDeferred, match="ConnectionRefusedError"):
        mailer_to(free_port()).send(MESSAGE)


def test_a_server_that_never_greets_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        with pytest.raises(MailDeferred):
            mailer_to(silent.getsockname()[1]).send(MESSAGE)
        assert time.monotonic() - begun < PATIENCE * 3


def test_a_server_that_never_answers_in_tls_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(MailDeferred):
        mailer_to(silent.getsockname()[1], MAIL_USE_SSL=True).send(MESSAGE)


def test_starttls_with_a_trusted_certificate_is_used() -> None:
    behaviour = Behaviour()
    with server_of(behaviour, tls_context=tls_of("server.pem"), require_starttls=True) as port:
        mailer_to(port, MAIL_USE_TLS=True, **TRUST).send(MESSAGE)
    assert len(behaviour.taken) == 1


def test_implicit_tls_with_a_trusted_certificate_is_used() -> None:
    behaviour = Behaviour()
    with server_of(behaviour, ssl_context=tls_of("server.pem")) as port:
        mailer_to(port, MAIL_USE_SSL=True, **TRUST).send(MESSAGE)
    assert len(behaviour.taken) == 1


@pytest.mark.parametrize("certificate", ["self_signed.pem", "elsewhere.pem"])
@pytest.mark.parametrize("way", ["MAIL_USE_TLS", "MAIL_USE_SSL"])
def test_a_certificate_that_nobody_vouches_for_is_refused(way: str, certificate: str) -> None:
    behaviour = Behaviour()
    context = tls_of(certificate)
    arguments = {"ssl_context": context} if way == "MAIL_USE_SSL" else {"tls_context": context}
    with server_of(behaviour, **arguments) as port, pytest.raises(MailDeferred, match="certificate is not trusted"):
        mailer_to(port, **{way: True}, **TRUST).send(MESSAGE)
    assert behaviour.taken == []


def test_a_certificate_of_the_machines_strangers_is_refused_without_our_authority() -> None:
    behaviour = Behaviour()
    with (
        server_of(behaviour, tls_context=tls_of("server.pem")) as port,
        pytest.raises(MailDeferred, match="not trusted"),
    ):
        mailer_to(port, MAIL_USE_TLS=True).send(MESSAGE)
    assert behaviour.taken == []


def test_a_server_that_takes_back_its_offer_of_tls_gets_nothing() -> None:
    behaviour = Behaviour()
    with server_of(behaviour) as port, pytest.raises(MailDeferred, match="SMTPNotSupportedError"):
        mailer_to(port, MAIL_USE_TLS=True, **TRUST).send(MESSAGE)
    assert behaviour.taken == []


@pytest.mark.parametrize(("password", "delivered"), [("right", 1), ("wrong", 0)])
def test_logging_in_happens_inside_tls(password: str, delivered: int) -> None:
    def check(_server: Server, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == b"right", handled=False)

    behaviour = Behaviour()
    arguments = {"tls_context": tls_of("server.pem"), "authenticator": check, "auth_required": True}
    with server_of(behaviour, **arguments) as port:
        mailer = mailer_to(port, MAIL_USE_TLS=True, MAIL_USERNAME="saygac", MAIL_PASSWORD=password, **TRUST)
        if delivered:
            mailer.send(MESSAGE)
        else:
            with pytest.raises(MailDeferred, match="535"):
                mailer.send(MESSAGE)
    assert len(behaviour.taken) == delivered


def test_a_password_is_never_sent_in_the_clear_to_another_machine() -> None:
    with pytest.raises(ValueError, match="in the clear"):
        mailer_to(25, MAIL_SERVER="mail.example", MAIL_USERNAME="saygac", MAIL_PASSWORD="x")


def test_each_message_has_a_connection_and_a_recipient_of_its_own() -> None:
    behaviour = Behaviour()
    with server_of(behaviour) as port:
        mailer = mailer_to(port)
        for number in range(3):
            mailer.send(replace(MESSAGE, message_id=f"m{number}@saygac.example", recipient=f"p{number}@example.az"))
    assert [recipients for _, recipients, _ in behaviour.taken] == [[f"p{n}@example.az"] for n in range(3)]


def test_a_refused_recipient_does_not_hold_up_the_next() -> None:
    behaviour = Behaviour({"RCPT": "550 5.1.1 unknown"})
    with server_of(behaviour) as port:
        mailer = mailer_to(port)
        with pytest.raises(MailRefused):
            mailer.send(MESSAGE)
        behaviour.answers.clear()
        mailer.send(MESSAGE)
    assert len(behaviour.taken) == 1


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "nobody",
        "a@b.az,c@d.az",
        "a@b.az, c@d.az",
        "a@b.az c@d.az",
        "a@b.az;c@d.az",
        "a@b.az\r\nBcc: c@d.az",
        "a@b.az\nc@d.az",
        "a@b.az\n",
        "Ad <a@b.az>",
        "<a@b.az>",
        '"a b"@c.az',
        '"a@b.az,c"@d.az',
        "a@b.az(comment)",
        "a@@b.az",
        "@b.az",
        "a@",
        ".a@b.az",
        "a..b@c.az",
        "ə@b.az",
        "a@-b.az",
        "a@b..az",
        "a@[127.0.0.1]",
        "a" * 65 + "@b.az",
        "a@" + "b." * 126 + "azz",
        "a@b.az\x00",
        "a@b.az\u2028",
    ],
)
def test_anything_but_one_plain_address_is_refused(recipient: str) -> None:
    with pytest.raises(MessageInvalid):
        replace(MESSAGE, recipient=recipient)


@pytest.mark.parametrize(
    ("recipient", "envelope"),
    [
        ("a.b+c@sub.example.az", "a.b+c@sub.example.az"),
        ("o'neil_1@x-y.az", "o'neil_1@x-y.az"),
        ("a@nümunə.az", "a@xn--nmun-0ra11s.az"),
        ("A@Example.AZ", "A@Example.AZ"),
    ],
)
def test_plain_addresses_reach_the_envelope_as_servers_read_them(recipient: str, envelope: str) -> None:
    behaviour = Behaviour()
    with server_of(behaviour) as port:
        mailer_to(port).send(replace(MESSAGE, recipient=recipient))
    assert [recipients for _, recipients, _ in behaviour.taken] == [[envelope]]


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "Salam\r\nBcc: e@x.az"},
        {"subject": "Salam\nBcc: e@x.az"},
        {"subject": "Salam\rBcc: e@x.az"},
        {"subject": "Salam\u2028x"},
        {"subject": "  "},
        {"subject": "x" * 201},
        {"message_id": "a@b>\r\nBcc: e@x.az"},
        {"message_id": "../../etc/passwd@x"},
        {"message_id": "<a@b>"},
        {"message_id": "ab"},
        {"language": "az\r\nBcc: e@x.az"},
        {"language": ""},
    ],
)
def test_no_header_can_be_smuggled_in(change: dict[str, str]) -> None:
    with pytest.raises(MessageInvalid):
        replace(MESSAGE, **change)


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a\r\nX: y.pdf", "application/pdf"),
        ("../a.pdf", "application/pdf"),
        ('a".pdf', "application/pdf"),
        ("", "application/pdf"),
        ("a.pdf", "application/pdf\r\nX: y"),
        ("a.eml", "message/rfc822"),
        ("a", "multipart/mixed"),
        ("a", "pdf"),
    ],
)
def test_an_attachment_is_one_plain_file(name: str, media_type: str) -> None:
    with pytest.raises(MessageInvalid):
        Attachment(name, media_type, b"x")


@pytest.mark.parametrize(
    "sender", [("a@b.az,c@d.az", ""), ("a@b.az", "A\r\nBcc: x"), ("a@b.az", "A, B"), ("a@b.az", "A <x@y>")]
)
def test_the_sender_is_one_address_with_a_plain_name(sender: tuple[str, str]) -> None:
    with pytest.raises(MessageInvalid):
        Sender(*sender)


def test_no_content_can_end_a_part_or_the_message() -> None:
    plain = message_bytes(MESSAGE, sender=SENDER, date=NOW)
    (boundary, *_) = re.findall(rb'boundary="([^"]+)"', plain)
    tricky = replace(
        MESSAGE,
        text=f"--{boundary.decode()}--\r\n.\r\nMAIL FROM:<e@x.az>\r\n",
        html=f"--{boundary.decode()}\r\nContent-Type: text/html\r\n\r\n<p>x</p>",
    )
    behaviour = Behaviour()
    with server_of(behaviour) as port:
        mailer_to(port).send(tricky)
    ((_, _, content),) = behaviour.taken
    parts = [part.get_content_type() for part in message_from_bytes(content, policy=policy.default).walk()]
    assert parts == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/pdf"]


@pytest.mark.parametrize(
    ("content", "sent"),
    [
        (b"a\r\n", b"a\r\n.\r\n"),
        (b"a", b"a\r\n.\r\n"),
        (b".\r\nQUIT\r\n", b"..\r\nQUIT\r\n.\r\n"),
        (b"a\r\n..b\r\n.c\r\n", b"a\r\n...b\r\n..c\r\n.\r\n"),
    ],
)
def test_a_dot_at_the_beginning_of_a_line_does_not_end_the_message(content: bytes, sent: bytes) -> None:
    assert _dot_stuffed(content) == sent


def test_a_message_without_attachments_is_text_and_html() -> None:
    content = message_bytes(replace(MESSAGE, attachments=()), sender=SENDER, date=NOW)
    mail = message_from_bytes(content, policy=policy.default)
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert content.isascii()


def test_the_folder_holds_the_bytes_that_would_be_sent(tmp_path: Path) -> None:
    mailer = FolderMailer(tmp_path / "mail", sender=SENDER, clock=SettableClock(NOW))
    mailer.send(MESSAGE)
    (file,) = (tmp_path / "mail").iterdir()
    assert file.name == "registered.417@saygac.example.eml"
    assert file.read_bytes() == message_bytes(MESSAGE, sender=SENDER, date=NOW)


def test_a_second_message_with_the_same_id_takes_the_place_of_the_first(tmp_path: Path) -> None:
    mailer = FolderMailer(tmp_path, sender=SENDER, clock=SettableClock(NOW))
    mailer.send(MESSAGE)
    mailer.send(replace(MESSAGE, subject="Yeni"))
    (file,) = tmp_path.iterdir()
    assert message_from_bytes(file.read_bytes(), policy=policy.default)["Subject"] == "Yeni"


def test_a_folder_that_cannot_be_written_is_to_be_tried_again(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("not a folder")
    mailer = FolderMailer(tmp_path / "mail", sender=SENDER, clock=SettableClock(NOW))
    with pytest.raises(MailDeferred, match="can't be written"):
        mailer.send(MESSAGE)


def test_no_half_file_stays_when_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    mailer = FolderMailer(tmp_path, sender=SENDER, clock=SettableClock(NOW))
    monkeypatch.setattr("engine.mail.os.fsync", full)
    with pytest.raises(MailDeferred, match="no room is left"):
        mailer.send(MESSAGE)
    assert list(tmp_path.iterdir()) == []


def configured(port: int, scheme: str = "smtp", server: str = "127.0.0.1", **environ: str) -> Mailer:
    settings = {"SAYGAC_DEMO": "1", "SAYGAC_SMTP_URL": f"{scheme}://{server}:{port}", **environ}
    return mailer_of(Settings.from_env(settings), SettableClock(NOW))


def test_a_relay_on_this_machine_needs_no_certificate_and_the_sender_has_a_name() -> None:
    behaviour = Behaviour()
    environ = {"SAYGAC_SENDER": "su@azersu.example", "SAYGAC_SENDER_NAME": "«Azərsu» ASC"}
    with server_of(behaviour) as port:
        configured(port, **environ).send(MESSAGE)
    ((_, _, content),) = behaviour.taken
    read = message_from_bytes(content, policy=policy.default)
    assert str(read["From"]) == "«Azərsu» ASC <su@azersu.example>"


def test_another_machine_is_never_spoken_to_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    behaviour = Behaviour()
    with server_of(behaviour) as port:
        real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: real("127.0.0.1", *rest, **more))
        with pytest.raises(MailDeferred, match="SMTPNotSupportedError"):
            configured(port, server="mail.example").send(MESSAGE)
    assert behaviour.taken == []


def test_an_authority_of_the_house_vouches_for_the_server_if_it_is_named() -> None:
    behaviour = Behaviour()
    with server_of(behaviour, ssl_context=tls_of("server.pem")) as port:
        with pytest.raises(MailDeferred, match="not trusted"):
            configured(port, "smtps").send(MESSAGE)
        configured(port, "smtps", SAYGAC_MAIL_CA_FILE=str(CERTIFICATES / "authority.pem")).send(MESSAGE)
    assert len(behaviour.taken) == 1
