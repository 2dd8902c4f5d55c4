"""
The simulator beside the demonstration: started as a process of its own, ended with this one, and set as the other side
of all three means.

Nothing of it is imported here: what it serves where is its interface, as that of the real services is.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from flask import Flask, redirect, request
from werkzeug.wrappers import Response

from engine.settings import Settings
from web.login.port import callback_path

HOST = "127.0.0.1"
#: its pages, the same over TLS, and our host that asks for the card: the next ports after the pages', if they are free
PORTS = 3
#: seconds in which it must end when it is told to
PATIENCE = 10.0
#: what SK's own demonstration service is called with
_PARTY_ID, _PARTY_NAME = "00000000-0000-0000-0000-000000000000", "DEMO"


class SimulatorFailed(Exception):
    """
    The simulator did not start; it has said why.
    """


@dataclass(frozen=True)
class Simulator:
    """
    A simulator that runs.
    """

    #: what it said at its start: where its control page is, and who can log in
    said: tuple[str, ...]
    #: settings by which the three means work with it
    environ: Mapping[str, str]


def wanted(settings: Settings) -> bool:
    """
    Tell whether the demonstration wants a simulator: it is for browsers on this machine only.
    """
    host = urlsplit(settings.base_url).hostname or ""
    try:
        here = ip_address(host).is_loopback
    except ValueError:
        here = host == "localhost"
    return settings.demo and settings.simulator and here


@contextmanager
def beside(settings: Settings) -> Iterator[Simulator]:
    """
    Run a simulator for as long as the context lasts; it ends as well when this process dies.

    Raises:
        SimulatorFailed: it did not start.
    """
    pages, covered, card = _ports(settings.port)
    folder = settings.folder / "simulator"
    command = [sys.executable, "-m", "simulator", "--with-parent", "--folder", str(folder)]
    command += ["--port", str(pages), "--tls-port", str(covered), "--card-host", f"https://{HOST}:{card}"]
    command += ["--callback", settings.base_url + callback_path("e-gov")]
    # A session of its own: Ctrl+C is for this process, which ends it in order.
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert process.stdout is not None
        said = tuple(_beginning(process.stdout))
        base_url, tls_url = f"http://{HOST}:{pages}", f"https://{HOST}:{covered}"
        yield Simulator(said, _environ(folder, base_url, tls_url, card))
    finally:
        process.terminate()
        try:
            process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def init_app(app: Flask, settings: Settings) -> None:
    """
    Lead browsers that call this machine by its other name to the one to which the simulator sends them back.

    Else the cookie of their log-in would wait under the one name and be asked for under the other.
    """
    address = urlsplit(settings.base_url)
    others = {"localhost", HOST} - {address.hostname}

    def lead() -> Response | None:
        if request.method == "GET" and request.host in {f"{other}:{address.port}" for other in others}:
            return redirect(settings.base_url + request.full_path.rstrip("?"))
        return None

    if wanted(settings):
        app.before_request(lead)


def _beginning(output: IO[str]) -> Iterator[str]:
    """Read up to the empty line by which it says that it is ready."""
    for line in output:
        if line == "\n":
            return
        yield line.rstrip()
    raise SimulatorFailed


def _environ(folder: Path, base_url: str, tls_url: str, card: int) -> dict[str, str]:
    root = str(folder / "root.pem")
    trusted = {"ROOTS": root, "INTERMEDIATES": str(folder / "issuing.pem")}
    server = str(folder / "server.pem")
    asan = {
        **trusted,
        "TRANSPORT": "rest",
        "URL": f"{tls_url}/mid-api",
        "PARTY_ID": _PARTY_ID,
        "PARTY_NAME": _PARTY_NAME,
        "CA_FILE": root,
    }
    eimza = {
        **trusted,
        "TRANSPORT": "tls",
        "URL": f"{base_url}/card-reader",
        "HOST": HOST,
        "PORT": str(card),
        "SERVER_CERTIFICATE": server,
        "SERVER_KEY": server,
    }
    portal = {
        "TRANSPORT": "oidc",
        "ISSUER": f"{base_url}/portal",
        "AUTHORIZE_URL": f"{base_url}/portal/grant-permission",
        "TOKEN_URL": f"{tls_url}/portal/ssoauth/oauth2/token",
        "KEYS_URL": f"{tls_url}/portal/ssoauth/oauth2/jwks",
        "ENTITIES_URL": f"{tls_url}/portal/sso-oauth-resource/certificates",
        "CLIENT_ID": "saygac",
        "CLIENT_SECRET": (folder / "client-secret").read_text(encoding="utf-8"),
        "CA_FILE": root,
    }
    groups = {"ASAN": asan, "CARD": eimza, "PORTAL": portal, "SIMULATOR": {"URL": base_url}}
    return {f"SAYGAC_{group}_{name}": value for group, named in groups.items() for name, value in named.items()}


def _ports(after: int) -> list[int]:
    return [_free(port) for port in range(after + 1, after + 1 + PORTS)]


def _free(port: int) -> int:
    """Return `port` if it can be listened on, else any that can."""
    for tried in (port, 0):
        try:
            with socket.create_server((HOST, tried)) as found:
                return int(found.getsockname()[1])
        except (OSError, OverflowError):
            continue
    raise SimulatorFailed
