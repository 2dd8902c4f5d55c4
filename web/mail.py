"""
Sends messages through Flask-Mail, over a connection of our own.

Flask-Mail 0.10 waits for ever, does not verify certificates, drops what the server answered and reports a
failed QUIT as a failed message; here its connection is replaced, and everything else of it is kept. What a
message is, and its bytes, are the engine's (`engine.mail`). When to try again is the job's.
"""

from __future__ import annotations

import ipaddress
import re
import smtplib
import socket
import ssl
from datetime import datetime
from types import TracebackType
from typing import Any

import flask_mail
from flask import Flask

from engine import retelling
from engine.clock import Clock
from engine.mail import MailDeferred, MailRefused, MailUncertain, Message, Sender, message_bytes

#: seconds that the server may take for any one answer; RFC 5321 §4.5.3.2 grants minutes; others wait
ANSWER_WITHIN = 15.0

#: RFC 3463: class.subject.detail
_ENHANCED_CODE = re.compile(rb"[245]\.[0-9]{1,3}\.[0-9]{1,3}")


class PreparedMessage(flask_mail.Message):
    """
    A message whose bytes the engine has made; Flask-Mail only carries it.
    """

    def __init__(self, message: Message, *, sender: Sender, date: datetime, bounces: str = "") -> None:
        #: who took it: the server and the number of its answer
        self.taken_by = ""
        super().__init__(
            subject=message.subject,
            recipients=[message.recipient],
            body=message.text,
            html=message.html,
            # the sender of the envelope: mails that can't be delivered come back there
            sender=bounces or sender.address,
            date=date.timestamp(),
        )
        self.msgId = f"<{message.message_id}>"
        self._content = message_bytes(message, sender=sender, date=date)

    def as_bytes(self) -> bytes:
        """
        Return the bytes that go over the wire.
        """
        return self._content

    def as_string(self) -> str:
        """
        Return the same as text; the bytes are 7 bit.
        """
        return self._content.decode("ascii")


class BoundedConnection(flask_mail.Connection):
    """
    One conversation with the server: every answer waited for within a limit, TLS verified, every answer read.
    """

    mail: BoundedMail

    def configure_host(self) -> smtplib.SMTP | smtplib.SMTP_SSL:
        """
        Connect, encrypt and log in as the settings say.

        Raises MailDeferred: whatever the server has against us here, it is not this letter's fault.
        """
        host: smtplib.SMTP | None = None
        try:
            host = self._connect()
            if self.mail.use_tls:
                host.starttls(context=self.mail.context)
            if self.mail.username and self.mail.password:
                host.login(self.mail.username, self.mail.password)
        except OSError as problem:  # smtplib's own errors are OSErrors too
            if host is not None:
                host.close()
            if isinstance(problem, ssl.SSLCertVerificationError):
                raise MailDeferred(retelling.told("mail_untrusted", why=problem.verify_message)) from problem
            raise MailDeferred(retelling.told("mail_unusable", why=_why(problem))) from problem
        return host

    def send(self, message: flask_mail.Message, envelope_from: str | tuple[str, str] | None = None) -> None:
        """
        Hand over `message` to its one recipient.

        Raises MailRefused, MailDeferred or MailUncertain.
        """
        if message.has_bad_headers():
            raise flask_mail.BadHeaderError
        (recipient,) = message.send_to
        host = self.host
        if host is None:
            raise MailDeferred(retelling.told("mail_unusable", why="not connected"))
        sender = flask_mail.sanitize_address(envelope_from or message.sender)
        try:
            host.ehlo_or_helo_if_needed()
            code, text = host.mail(sender)
            if code != 250:
                # also when the server means it for good: it has something against us, not against this letter
                raise MailDeferred(retelling.told("mail_sender", answer=_code(code, text)))
            _accepted("mail_recipient", host.rcpt(flask_mail.sanitize_address(recipient)))
            _accepted("mail_message", host.docmd("DATA"), wanted=354)
            host.send(_dot_stuffed(message.as_bytes()))
        except OSError as problem:
            raise MailDeferred(retelling.told("mail_broke_off", why=_why(problem))) from problem
        try:
            answer = host.getreply()
        except OSError as problem:
            raise MailUncertain(retelling.told("mail_no_answer", why=_why(problem))) from problem
        _accepted("mail_message", answer)
        if isinstance(message, PreparedMessage):
            message.taken_by = f"{self.mail.server}: {_code(*answer)}"
        self.num_emails += 1

    def __exit__(
        self, exc_type: type[BaseException] | None, exc_value: BaseException | None, tb: TracebackType | None
    ) -> None:
        """
        Say good-bye.
        """
        if self.host is None:
            return
        try:
            self.host.quit()
        except OSError:
            # The server said 250 (or an error is on its way up already): the message is the server's.
            # A good-bye that fails changes nothing of it; to report it would make the job send it twice.
            self.host.close()

    def _connect(self) -> smtplib.SMTP:
        # a name is given, because smtplib would otherwise ask the resolver for ours, without any time limit
        name = self.mail.ehlo_name
        if self.mail.use_ssl:
            return smtplib.SMTP_SSL(
                self.mail.server,
                self.mail.port,
                local_hostname=name,
                timeout=self.mail.answer_within,
                context=self.mail.context,
            )
        return smtplib.SMTP(self.mail.server, self.mail.port, local_hostname=name, timeout=self.mail.answer_within)


class BoundedMail(flask_mail.Mail):
    """
    Flask-Mail with connections that end.

    Reads Flask-Mail's settings and three more: `MAIL_ANSWER_WITHIN` (seconds), `MAIL_CA_FILE` (PEM file of
    authorities to trust besides the system's), `MAIL_EHLO_NAME` (how this machine introduces itself).
    """

    def init_app(self, app: Flask) -> Any:
        """
        Read the settings of `app`.

        Raises ValueError when a password would travel without encryption.
        """
        config = app.config
        state = super().init_app(app)
        # Flask-Mail takes both from the application's debug and testing flags: the one would print letters
        # and password to the log, the other would pass letters as sent that nobody sent
        state.debug = 0
        state.suppress = False
        state.answer_within = float(config.get("MAIL_ANSWER_WITHIN", ANSWER_WITHIN))
        state.ehlo_name = config.get("MAIL_EHLO_NAME") or socket.gethostname()
        state.context = ssl.create_default_context()
        if config.get("MAIL_CA_FILE"):
            state.context.load_verify_locations(cafile=config["MAIL_CA_FILE"])
        if state.username and not (state.use_tls or state.use_ssl or is_loopback(state.server)):
            raise ValueError("MAIL_USERNAME needs MAIL_USE_TLS or MAIL_USE_SSL: a password is not sent in the clear.")
        return state

    def connect(self) -> BoundedConnection:
        """
        Return a connection that opens when it is entered.
        """
        return BoundedConnection(self.state)


class FlaskMailer:
    """
    The engine's `Mailer` on Flask-Mail: one connection and one recipient for each message.

    Parameters
    ----------
    app
        Its `MAIL_…` settings are read now; its context is pushed for each message, so that workers can send.
    sender, clock
        What the From and Date headers say.
    bounces
        Address to which mails that can't be delivered come back; empty: the sender's.
    """

    def __init__(self, app: Flask, *, sender: Sender, clock: Clock, bounces: str = "") -> None:
        self._app = app
        self._mail = BoundedMail(app)
        self._sender = sender
        self._clock = clock
        self._bounces = bounces

    def send(self, message: Message) -> str:
        """
        Hand `message` to the server; return the server with the number of its answer.

        Raises MailRefused, MailDeferred or MailUncertain.
        """
        prepared = PreparedMessage(message, sender=self._sender, date=self._clock.now(), bounces=self._bounces)
        with self._app.app_context():
            self._mail.send(prepared)
        return prepared.taken_by


def _accepted(refused: str, answer: tuple[int, bytes], *, wanted: int | None = None) -> None:
    """
    Read one answer of the server.

    Args:
        refused: what is told if it is no yes.

    Raises MailRefused on 5xx, MailDeferred on anything else that is not a yes.
    """
    code, text = answer
    if code == wanted or (wanted is None and 200 <= code < 300):
        return
    reason = retelling.told(refused, answer=_code(code, text))
    if 500 <= code < 600:
        raise MailRefused(reason)
    raise MailDeferred(reason)


def _code(code: int, text: bytes) -> str:
    """
    Return the numbers of an answer without its words, which often repeat the address.
    """
    enhanced = _ENHANCED_CODE.search(text)
    return f"{code} {enhanced[0].decode()}" if enhanced else str(code)


def _why(problem: OSError) -> str:
    """Name what went wrong, without words from outside."""
    if isinstance(problem, smtplib.SMTPResponseException):
        text = problem.smtp_error if isinstance(problem.smtp_error, bytes) else b""
        return _code(problem.smtp_code, text)
    return type(problem).__name__


def _dot_stuffed(content: bytes) -> bytes:
    """
    Return the content as DATA wants it (RFC 5321 §4.5.2), its end included.
    """
    body = re.sub(rb"(?m)^\.", b"..", content)
    return body + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def is_loopback(server: str) -> bool:
    """
    Tell whether a server is this very machine.
    """
    if server == "localhost":
        return True
    try:
        return ipaddress.ip_address(server).is_loopback
    except ValueError:
        return False
