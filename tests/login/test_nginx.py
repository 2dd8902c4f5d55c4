"""
The proxy that `deploy/nginx.conf` describes, run for real: cards come through its card's host only, and every request
gets the proxy's id.
"""

from __future__ import annotations

import re
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from flask import Flask, request

from engine.clock import SettableClock
from engine.means import CardSettings
from engine.settings import Settings
from engine.storage.database import Database
from tests.support import pki
from tests.support.databases import migrated
from tests.support.pki import NOW, Held
from tests.support.post import free_port
from tests.support.programs import eventually
from tests.support.responder import Responder, http_server
from tests.support.served import served
from web import tracking
from web.login import attempts, card_header
from web.login.trust import Trust

EXAMPLE = Path(__file__).parents[2] / "deploy" / "nginx.conf"
MAIN, CARD = "muraciet.example.az", "kart.example.az"
ROOT = pki.authority()


@dataclass
class Proxy:
    """
    A running nginx before an app that says what it was sent.
    """

    port: int
    folder: Path
    database: Database
    clock: SettableClock

    def begin(self) -> str:
        with self.database.step() as connection:
            attempt, _ = attempts.begin(connection, "e-imza", "", self.clock.now())
        return attempt.state

    def get(self, host: str, path: str, shown: Held | None = None, **headers: str) -> httpx.Response:
        trusting = ssl.create_default_context(cafile=str(self.folder / "centres.pem"))
        if shown is not None:
            (self.folder / "shown.pem").write_bytes(shown.pem + shown.key_pem)
            trusting.load_cert_chain(self.folder / "shown.pem")
        transport = httpx.HTTPTransport(verify=trusting)
        with httpx.Client(transport=transport, trust_env=False) as client:
            return client.get(
                f"https://127.0.0.1:{self.port}{path}",
                headers={"Host": host, **headers},
                extensions={"sni_hostname": host},
            )

    def answer(self, state: str) -> dict[str, object]:
        with self.database.read() as connection:
            kept = attempts.of_state(connection, state)
        assert kept is not None
        return dict(kept.attempt.data)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("nginx")
    (folder / "centres.pem").write_bytes(ROOT.pem)
    for name, host in (("muraciet", MAIN), ("kart", CARD)):
        held = pki.server(ROOT, host)
        (folder / f"{name}.pem").write_bytes(held.pem)
        (folder / f"{name}-key.pem").write_bytes(held.key_pem)
    clock = SettableClock(NOW)
    with (
        migrated("sqlite", folder) as url,
        http_server(lambda *asked: Responder(ROOT, ROOT).answer(*asked)) as responder,
        served(_app(folder, database := Database(url), clock, responder), behind_proxy=True) as address,
    ):
        port = free_port()
        server = _start(folder, port, address.removeprefix("http://"))
        made = Proxy(port, folder, database, clock)
        assert eventually(lambda: _answers(made)), (folder / "error.log").read_text()
        yield made
        server.terminate()
        server.wait(10)
        database.close()


def _app(folder: Path, database: Database, clock: SettableClock, responder: str) -> Flask:
    told = CardSettings(
        transport="proxy",
        roots=folder / "centres.pem",
        ocsp_url=responder,
        url=f"https://{CARD}",
        proxies=("127.0.0.1",),
    )
    app = Flask("behind")
    tracking.init_app(app, Settings.from_env({"SAYGAC_DEMO": "1", "SAYGAC_PROXIES": "1"}))
    trust = Trust.of(told, simulator=False)
    card = card_header.ProxiedCard(told, trust, database, clock, f"https://{MAIN}")
    app.extensions[card_header.MEANS] = {"e-imza": card}
    app.register_blueprint(card_header.blueprint)
    app.add_url_rule("/sent", view_func=lambda: dict(request.headers))
    return app


def _start(folder: Path, port: int, address: str) -> subprocess.Popen[bytes]:
    example = EXAMPLE.read_text().replace("/etc/ssl/", f"{folder}/").replace("127.0.0.1:8000", address)
    example = re.sub(r"listen 443 ssl", f"listen 127.0.0.1:{port} ssl", example)
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n"
        f"fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n{example}\n}}\n"
    )
    return subprocess.Popen(["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")])


def _answers(proxy: Proxy) -> bool:
    try:
        return proxy.get(MAIN, "/sent").status_code == 200
    except httpx.ConnectError:
        return False


def test_a_card_that_nginx_was_shown_is_handed_on(proxy: Proxy) -> None:
    state = proxy.begin()
    answer = proxy.get(CARD, f"/?state={state}", pki.person(ROOT))
    assert answer.status_code == 303 and answer.headers["Location"].startswith(f"https://{MAIN}/giris/qayit/e-imza?")
    kept = proxy.answer(state)
    assert kept and "certificate" in str(kept)


@pytest.mark.parametrize("shown", [None, pki.person(pki.authority("Elsewhere"))], ids=["none", "of another authority"])
def test_a_card_that_does_not_do_is_refused_in_words_of_ours(proxy: Proxy, shown: Held | None) -> None:
    state = proxy.begin()
    answer = proxy.get(CARD, f"/?state={state}", shown)
    assert answer.status_code == 303 and answer.headers["Location"].startswith(f"https://{MAIN}/giris/qayit/e-imza?")
    code = "no_certificate" if shown is None else "wrong_issuer"
    assert code in str(proxy.answer(state))


EXPIRED = pki.person(ROOT, begin=NOW - timedelta(days=60), end=NOW - timedelta(days=1))


@pytest.mark.parametrize("shown", [EXPIRED, pki.person(pki.authority())], ids=["expired", "forged"])
def test_a_card_that_nginx_turns_away_leads_to_the_log_in_with_its_reason(proxy: Proxy, shown: Held) -> None:
    answer = proxy.get(CARD, f"/?state={proxy.begin()}", shown)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"https://{MAIN}/giris?sebeb=not_trusted&vasite=e-imza"


def test_nobody_brings_a_card_in_a_header(proxy: Proxy) -> None:
    forged = {"X-Client-Cert": "forged", "Client-Cert": ":forged:"}
    sent = proxy.get(MAIN, "/sent", **forged).json()
    assert not sent.get("X-Client-Cert") and not sent.get("Client-Cert")
    state = proxy.begin()
    proxy.get(CARD, f"/?state={state}", **forged)
    assert "no_certificate" in str(proxy.answer(state))
    assert proxy.get(MAIN, f"/giris/kart?state={state}", **forged).status_code == 404


def test_the_proxy_names_the_request_and_tells_who_asks(proxy: Proxy) -> None:
    answer = proxy.get(MAIN, "/sent", **{"X-Request-ID": "of-the-visitor", "X-Forwarded-For": "192.0.2.1"})
    sent = answer.json()
    assert sent["X-Request-Id"] == answer.headers["X-Request-ID"] != "of-the-visitor"
    assert (sent["X-Forwarded-For"], sent["X-Forwarded-Proto"]) == ("127.0.0.1", "https")
    assert sent["X-Forwarded-Host"] == sent["Host"] == MAIN


def test_the_vital_signs_do_not_go_out(proxy: Proxy) -> None:
    assert proxy.get(MAIN, "/metrics").status_code == 404
