"""
What the pages call: the engine's doors, built once and kept with the app.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app, g, url_for

import forms
import processes
from engine.cases import Cases
from engine.clock import Clock, SystemClock
from engine.expiry import papers_of
from engine.mail import FolderMailer, Mailer, Sender
from engine.operations import Actor, Operations, Ports
from engine.releases import Releases, bundle_of
from engine.rights import LETTERS, may, sees_figures_only
from engine.settings import Settings
from engine.storage.database import Database
from engine.storage.database_clock import DatabaseClock
from engine.storage.files import Files
from web.mail import FlaskMailer, is_loopback

#: folder of form files, one folder a process
FORMS = Path(forms.__file__).parent


@dataclass(frozen=True)
class Services:
    """
    One installation's doors.
    """

    settings: Settings
    database: Database
    releases: Releases
    cases: Cases
    operations: Operations
    ports: Ports


def services() -> Services:
    """
    Return the running app's services.
    """
    found: Services = current_app.extensions["saygac"]
    return found


def home_url() -> str:
    """
    Return the page from which this person begins; without a person, the list of services.
    """
    actor = g.get("actor")
    return url_for("citizen.services_page") if actor is None else home_of(actor)


def home_of(actor: Actor, notice: str | None = None) -> str:
    """
    Return the page from which a person begins: the inbox, for staff without cases the letters that they word, or the
    own cabinet.

    Args:
        notice: name of what the page says first.
    """
    if sees_figures_only(actor) and may(actor, LETTERS) and "letters.page" in current_app.view_functions:
        return url_for("letters.page", bildiris=notice)
    if actor.is_staff and "inbox.page" in current_app.view_functions:
        return url_for("inbox.page", bildiris=notice)
    return url_for("citizen.home", bildiris=notice)


def build(settings: Settings, *, clock: Clock | None = None) -> Services:
    """
    Put the engine together for one installation; nothing is written and no release is deployed.

    Args:
        clock: when not given, the machine's, and on PostgreSQL the server's.
    """
    operations = processes.installed()
    database = Database(settings.database_url)
    clock = clock or (SystemClock() if database.is_sqlite else DatabaseClock(database))
    mailer, files = mailer_of(settings, clock), Files(settings.files)
    hours = {"quiet": settings.quiet_hours, "morning": settings.morning}
    ports = Ports(clock, mailer, files, settings.base_url, papers_of(settings), **hours)
    releases = Releases(database, operations, processes.ROLES)
    return Services(settings, database, releases, Cases(database, releases, operations, ports), operations, ports)


def process_names() -> list[str]:
    """
    Return the names of the processes in `processes/`: each has a diagram there and its forms in `forms/`.
    """
    return sorted(path.stem for path in processes.FOLDER.glob("*.bpmn"))


def deploy_shipped(here: Services, *, new_only: bool = False) -> None:
    """
    Make the repository's processes the active releases; what is active already stays.

    Args:
        new_only: leave processes of which any release is active.

    Raises:
        ReleaseRefused: with every problem of a process.
    """
    active = {row.process for row in here.releases.listed() if row.active_since is not None} if new_only else ()
    for name in process_names():
        if name in active:
            continue
        bundle = bundle_of(processes.FOLDER / f"{name}.bpmn", FORMS / name)
        here.releases.deploy(bundle, now=here.ports.clock.now(), note="shipped")


def mailer_of(settings: Settings, clock: Clock) -> Mailer:
    """
    Return the mailer: the configured server, else a folder of files.
    """
    sender = Sender(settings.sender, settings.sender_name)
    if settings.smtp_url is None:
        return FolderMailer(settings.mail, sender=sender, clock=clock)
    url = urlsplit(settings.smtp_url)
    app = Flask("saygac.mail")
    app.config.update(
        MAIL_SERVER=url.hostname,
        MAIL_PORT=url.port or (465 if url.scheme == "smtps" else 587),
        MAIL_USE_SSL=url.scheme == "smtps",
        # a relay on this very machine has no certificate, and nobody between
        MAIL_USE_TLS=url.scheme == "smtp" and not is_loopback(url.hostname or ""),
        MAIL_CA_FILE=settings.mail_ca_file,
        MAIL_USERNAME=unquote(url.username) if url.username else None,
        MAIL_PASSWORD=unquote(url.password) if url.password else None,
    )
    return FlaskMailer(app, sender=sender, clock=clock, bounces=settings.bounces)
