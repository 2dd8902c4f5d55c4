"""
The utility behind a real server, mails to a real SMTP server, and Debian's Chromium.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.message import Message

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import update
from waitress.server import create_server

from engine.cases import Cases
from engine.expiry import Paper
from engine.jobs import Worker
from engine.mail import Sender
from engine.search import fold
from engine.settings import Settings
from engine.tables import Person
from tests.support.installation import Install
from tests.support.meters import Utility, open_utility
from tests.support.site import HASH
from web import create_app
from web.mail import FlaskMailer
from web.services import Services


class Post(MessageHandler):
    """
    Keeps what the SMTP server accepts.
    """

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Message] = []
        #: no recipient is known
        self.refuses = False
        #: takes a message and goes away without an answer
        self.silent = False

    async def handle_RCPT(
        self, _server: object, _session: object, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """
        Take a recipient, unless none is to be taken.
        """
        if self.refuses:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """
        Answer for a message, unless nothing is to be said.
        """
        if self.silent:
            server.transport.abort()
            return ""
        return await super().handle_DATA(server, session, envelope)

    def handle_message(self, message: Message) -> None:
        """
        Keep a message.
        """
        self.messages.append(message)


@dataclass
class Live:
    """
    A utility that is being served.
    """

    url: str
    utility: Utility
    worker: Worker
    post: Post
    #: the one file of certificates that the settings name
    papers: tuple[Paper, ...]


@pytest.fixture
def live(install_sqlite: Install) -> Iterator[Live]:
    utility = open_utility(install_sqlite)
    site = utility.site
    with site.database.step() as connection:
        for actor in (utility.citizen, utility.dispatcher, utility.fitter, utility.head):
            account = {"username": fold(actor.name).split()[0], "password_hash": HASH}
            connection.execute(update(Person).where(Person.id == actor.person_id).values(account))
    post = Post()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    smtp = Controller(post, hostname="127.0.0.1", port=port)
    smtp.start()
    mail = Flask("mail")
    mail.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=port)
    mailer = FlaskMailer(mail, sender=Sender("saygac@example.az", "Saygac"), clock=site.clock)
    settings = Settings.from_env({"SAYGAC_DEMO": "1", "SAYGAC_FOLDER": str(site.folder)})
    papers = (("SAYGAC_ASAN_ROOTS", site.folder / "roots.pem"),)
    ports = replace(site.ports, mailer=mailer, papers=papers)
    cases = Cases(site.database, site.releases, site.operations, ports)
    app = create_app(settings, Services(settings, site.database, site.releases, cases, site.operations, ports))
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        worker = Worker(site.database, site.operations, cases, ports)
        yield Live(f"http://127.0.0.1:{server.effective_port}", utility, worker, post, papers)
    finally:
        server.close()
        thread.join(5)
        smtp.stop()


@pytest.fixture(params=[1280, 375], ids=["desktop", "phone"])
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": request.param, "height": 900}, accept_downloads=True)
    context.set_default_timeout(10_000)
    found = context.new_page()
    yield found
    context.close()
