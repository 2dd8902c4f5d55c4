"""
The program: prepares its folder, serves its pages over HTTP and its services over TLS too, on the loopback only.
"""

from __future__ import annotations

import json
import secrets
import shutil
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.serving import WSGIRequestHandler, make_server

from simulator import card, clock, control, mobile_id, older_mobile_id, persons, pki, portal, responders
from simulator.answers import Wishes
from simulator.desk import KEY, Desk
from simulator.ocsp import Responder
from simulator.phones import Phones
from simulator.tokens import Client, Grants

#: nobody but this machine may reach it
HOST = "127.0.0.1"
CLIENT_ID = "saygac"
#: seconds between two looks whether to end
_GLANCE = 0.05
#: paths of programs, which get errors without a page around
_FOR_PROGRAMS = ("/mid-api", "/asan", "/ocsp", "/web-eid", "/control", "/portal/sso")


@dataclass(frozen=True)
class Plan:
    """
    What to serve, and where.
    """

    #: keeps certificates and the client's secret
    folder: Path
    #: of the pages, HTTP; 0: any free one
    port: int = 0
    #: of the same over TLS; 0: any free one
    tls_port: int = 0
    #: address of the host that asks for client certificates
    card_host: str | None = None
    #: where the portal may send people back; empty: anywhere on the loopback
    callbacks: tuple[str, ...] = ()


@contextmanager
def serving(plan: Plan, now: Callable[[], datetime] = clock.now) -> Iterator[Desk]:
    """
    Serve a simulator for as long as the context lasts.

    Args:
        now: the clock, returning aware moments.

    Raises:
        OSError: a port is taken.
    """
    with socket.create_server((HOST, plan.port)) as plain, socket.create_server((HOST, plan.tls_port)) as covered:
        desk = _desk(plan, _port(plain), _port(covered), now)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(plan.folder / pki.SERVER)
        app = made(desk)
        with _answering(app, plain, None), _answering(app, covered, context):
            yield desk


def made(desk: Desk) -> Flask:
    """
    Make the application of a simulator.
    """
    app = Flask(__name__)
    app.extensions[KEY] = desk
    # a name that somebody else's server gave to this machine is not ours
    app.config["TRUSTED_HOSTS"] = [HOST, "localhost"]
    for module in (control, responders, mobile_id, older_mobile_id, portal, card):
        app.register_blueprint(module.blueprint)
    app.register_error_handler(HTTPException, _failed)
    app.after_request(_secured)
    return app


def _desk(plan: Plan, port: int, tls_port: int, now: Callable[[], datetime]) -> Desk:
    base_url, tls_url = f"http://{HOST}:{port}", f"https://{HOST}:{tls_port}"
    people, wishes = persons.shipped(), Wishes()
    _give_extension(plan.folder / "extension", base_url)
    keys = pki.made(plan.folder, people, f"{base_url}/ocsp", now())
    client = Client(CLIENT_ID, _secret(plan.folder / "client-secret"), plan.callbacks)
    return Desk(
        persons=people,
        pki=keys,
        wishes=wishes,
        phones=Phones(keys, people, now),
        responder=Responder(keys, wishes, now),
        grants=Grants(client, f"{base_url}/portal", now),
        base_url=base_url,
        tls_url=tls_url,
        card_host=plan.card_host,
        authorities=plan.folder / pki.ROOT,
        clock=now,
    )


@contextmanager
def _answering(app: Flask, listening: socket.socket, context: ssl.SSLContext | None) -> Iterator[None]:
    server = make_server(
        HOST,
        _port(listening),
        app,
        threaded=True,
        request_handler=_Quiet,
        ssl_context=context,
        fd=listening.fileno(),
    )
    thread = threading.Thread(target=server.serve_forever, args=(_GLANCE,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(WSGIRequestHandler):
    """Logs no request: addresses carry codes and states."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def _port(listening: socket.socket) -> int:
    return int(listening.getsockname()[1])


def _secret(place: Path) -> str:
    """Return the client's secret for the portal, drawn at first start."""
    if not place.is_file():
        place.touch(mode=0o600)
        place.write_text(secrets.token_urlsafe(32), encoding="utf-8")
    return place.read_text(encoding="utf-8")


def _give_extension(place: Path, base_url: str) -> None:
    """Put the extension that stands for Web eID's where a browser can load it, with this simulator's address."""
    shutil.copytree(Path(__file__).with_name("extension"), place, dirs_exist_ok=True)
    (place / "address.js").write_text(f"const SIMULATOR = {json.dumps(base_url)};\n", encoding="utf-8")


def _failed(error: HTTPException) -> tuple[Response | str, int]:
    code = error.code or 500
    if request.path.startswith(_FOR_PROGRAMS):
        return Response(f"{error.description}\n", mimetype="text/plain"), code
    return render_template("error.html", code=code, text=error.description), code


def _secured(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    # no form-action: browsers apply it to where a form leads on, and ours lead back to whoever asked
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"
    )
    return response
