"""
Settings: read once from the environment, checked together, handed on; the only module that reads `os.environ`.

Every default is either right for production or refused there. Nothing here opens a file or a connection.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import urlsplit

from engine.mail import MessageInvalid, Sender
from engine.means import AsanSettings, CardSettings, MeansSettings, PortalSettings, production_problems
from engine.quiet import QuietHours, clock_time

Group = TypeVar("Group", bound=MeansSettings)
PREFIX = "SAYGAC_"
_BROKERS = ("redis", "rediss", "amqp", "amqps")
_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


class SettingsRefused(ValueError):
    """
    The environment can't be used; the message lists everything that is wrong, one line each.
    """


@dataclass(frozen=True)
class SessionLimits:
    """
    When sessions end by themselves; an idle limit of None leaves only the absolute one.
    """

    citizen_idle: timedelta | None
    citizen_absolute: timedelta
    staff_idle: timedelta | None
    staff_absolute: timedelta


@dataclass(frozen=True)
class Settings:
    """
    One installation's settings.
    """

    #: folder of the database, files and mails
    folder: Path
    #: SQLAlchemy URL; SQLite in `folder` unless given
    database_url: str
    #: True: demonstration accounts and the demonstration mailbox work
    demo: bool
    #: True: the demonstration runs the simulator of the other side of the three means
    simulator: bool
    #: address of that simulator's page; empty: none runs
    simulator_url: str
    #: address of the listening socket
    host: str
    #: port of the listening socket
    port: int
    #: address under which people reach the pages, without a slash at the end
    base_url: str
    #: host names that a request may name; empty: any (loopback only)
    trusted_hosts: tuple[str, ...]
    #: smtp://user:password@host:587 (STARTTLS; none to this very machine) or smtps://…:465; None: mails become files
    #: under `folder`/mail
    smtp_url: str | None
    #: address and name that mails come from
    sender: str
    sender_name: str
    #: address to which mails that can't be delivered come back; empty: the sender's
    bounces: str
    #: when mails that can wait do; None: there are no such hours
    quiet_hours: QuietHours | None
    #: time of day of reminders and digests, Baku's
    morning: time
    #: PEM file of authorities that vouch for the mail server, besides the system's
    mail_ca_file: Path | None
    #: number of reverse proxies in front, whose X-Forwarded headers are believed
    proxies: int
    #: Asan İmza
    asan: AsanSettings
    #: e-imza
    card: CardSettings
    #: after this time the job of a worker that is not heard of is done by another
    lease: timedelta
    #: redis://… or amqp://…: Celery carries the ids of jobs to the workers; None: the database wakes them
    broker_url: str | None
    #: the electronic government's portal
    portal: PortalSettings
    #: True: local accounts may log in with user name and password
    passwords: bool
    #: when sessions end
    sessions: SessionLimits
    #: whoever sends it may read the vital signs; empty: nobody
    metrics_token: str
    #: a worker tells its tally on this port; None: on none
    metrics_port: int | None
    #: http://collector:4318, where traces are sent (OpenTelemetry); empty: none are drawn
    otlp_endpoint: str

    @property
    def secure_cookies(self) -> bool:
        """
        Tell whether people reach the pages over TLS.
        """
        return self.base_url.startswith("https://")

    @property
    def files(self) -> Path:
        """
        Folder of uploads and rendered letters.
        """
        return self.folder / "files"

    @property
    def mail(self) -> Path:
        """
        Folder of mails where no SMTP server is configured.
        """
        return self.folder / "mail"

    @classmethod
    def from_env(
        cls, environ: Mapping[str, str] | None = None, defaults: Mapping[str, str] = MappingProxyType({})
    ) -> Settings:
        """
        Read the settings.

        Args:
            environ: variables; the process's own when not given.
            defaults: stand for variables that are not there.

        Raises:
            SettingsRefused: with every missing, malformed or unknown variable.
        """
        return _Reader({**defaults, **(os.environ if environ is None else environ)}).read()


def read_means(environ: Mapping[str, str] | None = None) -> tuple[tuple[MeansSettings, ...], frozenset[str]]:
    """
    Read the means of logging in, however much is wrong, and say which variables are set; for `saygac check-config`.
    """
    given = os.environ if environ is None else environ
    groups = tuple(kind.read(given)[0] for kind in (AsanSettings, CardSettings, PortalSettings))
    return groups, frozenset(name for name, text in given.items() if name.startswith(PREFIX) and text.strip())


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []
        self.known: set[str] = set()

    def read(self) -> Settings:
        folder = Path(self.text("FOLDER", "var")).absolute()
        demo = self.flag("DEMO", False)
        port = self.number("PORT", int(self.environ.get("PORT", "8000") or 8000), 1, 65535)
        base_url = self.text("BASE_URL", f"http://127.0.0.1:{port}").rstrip("/")
        database_url = self.text("DATABASE_URL", f"sqlite:///{folder}/saygac.db")
        if database_url.startswith("postgresql://"):
            database_url = database_url.replace("postgresql://", "postgresql+psycopg://", 1)
        smtp_url = self.text("SMTP_URL", "") or None
        settings = Settings(
            folder=folder,
            database_url=database_url,
            demo=demo,
            simulator=self.flag("SIMULATOR", demo),
            simulator_url=self.text("SIMULATOR_URL", "") if demo else "",
            host=self.text("HOST", "127.0.0.1"),
            port=port,
            base_url=base_url,
            trusted_hosts=tuple(name for name in self.text("TRUSTED_HOSTS", "").split(",") if name),
            smtp_url=smtp_url,
            sender=self.text("SENDER", "saygac@localhost"),
            sender_name=self.text("SENDER_NAME", "Saygac"),
            bounces=self.text("BOUNCES", ""),
            quiet_hours=self.quiet_hours("" if demo else "22:00-08:00"),
            morning=self.morning("08:30"),
            mail_ca_file=Path(ca_file) if (ca_file := self.text("MAIL_CA_FILE", "")) else None,
            proxies=self.number("PROXIES", 0, 0, 5),
            broker_url=self.text("BROKER_URL", "") or None,
            lease=timedelta(seconds=self.number("LEASE", 60, 2, 3600)),
            asan=self.group(AsanSettings),
            card=self.group(CardSettings),
            portal=self.group(PortalSettings),
            passwords=self.flag("PASSWORDS", True),
            sessions=self.session_limits(),
            metrics_token=self.text("METRICS_TOKEN", ""),
            metrics_port=self.number("METRICS_PORT", 0, 0, 65535) or None,
            otlp_endpoint=self.text("OTLP_ENDPOINT", ""),
        )
        self.check(settings)
        if self.problems:
            raise SettingsRefused("\n".join(self.problems))
        return settings

    def quiet_hours(self, default: str) -> QuietHours | None:
        try:
            return QuietHours.read(self.text("QUIET_HOURS", default))
        except ValueError:
            self.problems.append(f"{PREFIX}QUIET_HOURS must be like 22:00-08:00, or empty.")
            return None

    def morning(self, default: str) -> time:
        text = self.text("MORNING", default)
        try:
            return clock_time(text)
        except ValueError:
            self.problems.append(f"{PREFIX}MORNING must be a time of day like {default}.")
            return clock_time(default)

    def session_limits(self) -> SessionLimits:
        day = 24 * 60
        citizen_idle = self.number("CITIZEN_IDLE_MINUTES", 30, 0, day)
        staff_idle = self.number("STAFF_IDLE_MINUTES", 0, 0, day)
        return SessionLimits(
            citizen_idle=timedelta(minutes=citizen_idle) if citizen_idle else None,
            citizen_absolute=timedelta(minutes=self.number("CITIZEN_SESSION_MINUTES", 8 * 60, 5, day)),
            staff_idle=timedelta(minutes=staff_idle) if staff_idle else None,
            staff_absolute=timedelta(minutes=self.number("STAFF_SESSION_MINUTES", 8 * 60, 5, day)),
        )

    def check(self, settings: Settings) -> None:
        unknown = {name for name in self.environ if name.startswith(PREFIX)} - self.known
        self.problems += [f"{name} is not a setting of saygac: remove it or mend its name." for name in sorted(unknown)]
        if not settings.database_url.startswith(("sqlite:", "postgresql+psycopg:")):
            self.problems.append(f"{PREFIX}DATABASE_URL must begin with sqlite: or postgresql:")
        if urlsplit(settings.base_url).scheme not in {"http", "https"}:
            self.problems.append(f"{PREFIX}BASE_URL must begin with http:// or https://")
        if settings.otlp_endpoint and urlsplit(settings.otlp_endpoint).scheme not in {"http", "https"}:
            self.problems.append(f"{PREFIX}OTLP_ENDPOINT must begin with http:// or https://")
        if settings.metrics_port and not settings.metrics_token:
            self.problems.append(f"{PREFIX}METRICS_PORT needs {PREFIX}METRICS_TOKEN: whoever sends it may read.")
        if settings.broker_url and urlsplit(settings.broker_url).scheme not in _BROKERS:
            self.problems.append(f"{PREFIX}BROKER_URL must begin with {'://, '.join(_BROKERS)}://")
        self.check_mail(settings)
        if not settings.demo:
            self.check_production(settings)

    def check_mail(self, settings: Settings) -> None:
        if settings.smtp_url and urlsplit(settings.smtp_url).scheme not in {"smtp", "smtps"}:
            self.problems.append(f"{PREFIX}SMTP_URL must begin with smtp:// or smtps://")
        if settings.mail_ca_file is not None and not settings.mail_ca_file.is_file():
            self.problems.append(f"{PREFIX}MAIL_CA_FILE names no file: {settings.mail_ca_file}")
        if settings.bounces:
            try:
                Sender(settings.bounces)
            except MessageInvalid:
                self.problems.append(f"{PREFIX}BOUNCES must be one plain e-mail address.")
        try:
            Sender(settings.sender, settings.sender_name)
        except MessageInvalid as invalid:
            self.problems.append(f"{PREFIX}SENDER and {PREFIX}SENDER_NAME can't head a mail: {invalid}")

    def check_production(self, settings: Settings) -> None:
        if not settings.smtp_url:
            self.problems.append(
                f"{PREFIX}SMTP_URL is missing: applicants are answered by mail. (Or set {PREFIX}DEMO=1.)"
            )
        if not settings.base_url.startswith("https://"):
            self.problems.append(
                f"{PREFIX}BASE_URL must be the https address that people use. (Or set {PREFIX}DEMO=1.)"
            )
        if not settings.trusted_hosts:
            self.problems.append(f"{PREFIX}TRUSTED_HOSTS is missing: name the hosts that requests may ask for.")
        if settings.sender.endswith("@localhost"):
            self.problems.append(f"{PREFIX}SENDER is missing: the address that mails come from.")

        for means in (settings.asan, settings.card, settings.portal):
            self.problems += production_problems(means)

    def group(self, kind: type[Group]) -> Group:
        self.known |= kind.variables()
        found, problems = kind.read(self.environ)
        self.problems += problems
        return found

    def text(self, name: str, default: str) -> str:
        self.known.add(PREFIX + name)
        return self.environ.get(PREFIX + name, default).strip()

    def flag(self, name: str, default: bool) -> bool:
        value = self.text(name, str(default)).lower()
        if value not in _TRUE | _FALSE:
            self.problems.append(f"{PREFIX}{name} must be 1 or 0.")
        return value in _TRUE

    def number(self, name: str, default: int, least: int, most: int) -> int:
        text = self.text(name, str(default))
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            self.problems.append(f"{PREFIX}{name} must be a whole number from {least} to {most}.")
            return default
        return int(text)
