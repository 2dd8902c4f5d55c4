"""
Every way to log in, walked from the choice to the session: our pages in a test, and the simulator's on real sockets.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

import httpx
from cryptography.hazmat.primitives.serialization import Encoding
from flask.testing import FlaskClient
from sqlalchemy import delete
from werkzeug.test import TestResponse

from engine.clock import SystemClock
from simulator.desk import Desk
from simulator.pki import Condition, Use
from simulator.program import Plan, serving
from tests.support.databases import migrated
from tests.support.installation import installed
from tests.support.site import Browser, Site, operations, site
from web.login import offered
from web.tables import RateLimit

PARTY = {"PARTY_ID": "00000000-0000-0000-0000-000000000000", "PARTY_NAME": "DEMO"}
#: way -> what is set, of the installation that has it
WAYS: Mapping[str, str] = {
    "asan-rest": "one",
    "card-tls": "one",
    "portal": "one",
    "password": "one",
    "asan-words": "two",
    "card-proxy": "two",
    "portal-bare": "two",
    "web-eid": "three",
}
MEANS: Mapping[str, str] = {"asan": "asan-imza", "card": "e-imza", "web": "e-imza", "portal": "e-gov", "password": ""}
_CONDITIONS = {
    "revoked": Condition.REVOKED,
    "expired": Condition.EXPIRED,
    "wrong_issuer": Condition.STRANGER,
}
CARD_PORT = re.compile(r"https://127\.0\.0\.1:(\d+)")


def free_port() -> int:
    """
    Return a port of the loopback that nobody listens on.
    """
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def environ(desk: Desk, folder: Path, variant: str) -> dict[str, str]:
    """
    Return the settings of an installation whose other side is the simulator.
    """
    trusted = {"ROOTS": str(folder / "root.pem"), "INTERMEDIATES": str(folder / "issuing.pem")}
    asan = {**trusted, **PARTY, "CA_FILE": str(folder / "root.pem")}
    portal = {
        "TRANSPORT": "oidc",
        "ISSUER": f"{desk.base_url}/portal",
        "AUTHORIZE_URL": f"{desk.base_url}/portal/grant-permission",
        "TOKEN_URL": f"{desk.tls_url}/portal/ssoauth/oauth2/token",
        "KEYS_URL": f"{desk.tls_url}/portal/ssoauth/oauth2/jwks",
        "ENTITIES_URL": f"{desk.tls_url}/portal/sso-oauth-resource/certificates",
        "CLIENT_ID": desk.grants.client.id,
        "CLIENT_SECRET": desk.grants.client.secret,
        "CA_FILE": str(folder / "root.pem"),
    }
    if variant == "one":
        asan |= {"TRANSPORT": "rest", "URL": f"{desk.tls_url}/mid-api"}
        card = {"TRANSPORT": "tls", "URL": f"{desk.base_url}/card-reader", "PORT": _port(desk)}
        card |= {f"SERVER_{name}": str(folder / "server.pem") for name in ("CERTIFICATE", "KEY")}
    elif variant == "two":
        asan |= {"TRANSPORT": "words", "URL": f"{desk.tls_url}/asan"}
        portal |= {"NONCE": "0", "PKCE": "0"}
        card = {"TRANSPORT": "proxy", "URL": "https://card.example", "PROXIES": "127.0.0.1"}
    else:
        asan, portal, card = {}, {}, {"TRANSPORT": "web-eid"}
    groups = {"ASAN": asan, "CARD": {**trusted, **card}, "PORTAL": portal}
    return {f"{group}_{name}": value for group, named in groups.items() for name, value in named.items()}


def _port(desk: Desk) -> str:
    found = CARD_PORT.fullmatch(desk.card_host or "")
    assert found
    return found[1]


@dataclass
class Town:
    """
    An installation and the simulator beside it.
    """

    site: Site
    desk: Desk

    def browser(self) -> Traveller:
        """
        Return a browser that has been nowhere.
        """
        return Traveller(self.site.app.test_client(), self.desk)

    def wish(self, service: str, answer: str) -> None:
        """
        Set what a service of the simulator answers, at once.
        """
        self.desk.wishes.set(service, answer, seconds=0)

    def as_it_was(self) -> None:
        """
        Let every service succeed at once, set the clock right, and forget what was counted or learned about services.
        """
        self.desk.wishes.reset()
        self.wish("mobile", "succeed")
        self.site.clock.set(SystemClock().now())
        self.site.app.extensions[offered.EXTENSION] = offered.build(self.site.services)
        with self.site.installation.database.step() as connection:
            connection.execute(delete(RateLimit))


@contextmanager
def simulated(folder: Path, card_port: int) -> Iterator[Desk]:
    """
    Serve a simulator whose card reader opens the card's host on `card_port`.
    """
    with serving(Plan(folder, card_host=f"https://127.0.0.1:{card_port}")) as desk:
        yield desk


@contextmanager
def town(desk: Desk, pki: Path, folder: Path, variant: str, **more: str) -> Iterator[Town]:
    """
    Put an installation beside a simulator.

    Args:
        pki: the simulator's folder.
        folder: of the installation.
        more: settings beside those of the means, or in place of them.
    """
    with ExitStack() as stack:
        url = stack.enter_context(migrated("sqlite", folder))
        place = stack.enter_context(installed(url, folder, operations()))
        place.clock.set(SystemClock().now())
        made = Town(site(place, **{**environ(desk, pki, variant), **more}), desk)
        host = offered.card_host(made.site.app)
        if host is not None:
            host.start()
            stack.callback(host.stop)
        yield made


class Traveller(Browser):
    """
    A browser that goes to other hosts too, and notes every address and page that it sees.
    """

    def __init__(self, client: FlaskClient, desk: Desk) -> None:
        super().__init__(client)
        self.desk = desk
        self.seen: list[str] = []
        #: address and form of the last way back from another host
        self.back: tuple[str, dict[str, str]] = ("", {})

    def walk(self, way: str, person: str = "citizen", answer: str = "succeed") -> TestResponse:
        """
        Log `person` in by one way.

        Args:
            answer: of the card that a reverse proxy has seen; other services are told by `Town.wish`.
        """
        return self.go_on(way, self.begin_by(way, person), person, answer)

    def begin_by(self, way: str, person: str = "citizen") -> TestResponse:
        """
        Go as far as the first answer of ours after the means was begun.
        """
        if way == "password":
            return self.log_in(person)
        self.get(f"/giris/{MEANS[way.split('-')[0]]}")
        found = next(one for one in self.desk.persons if one.username == person)
        typed = {"telephone": found.telephone, "user_id": found.user_id} if way.startswith("asan") else {}
        sent = {"csrf": self.field("csrf"), "next": "", **typed}
        return self._read(self.client.post(self.url, data=sent))

    def go_on(self, way: str, begun: TestResponse, person: str = "citizen", answer: str = "succeed") -> TestResponse:
        """
        Let the other side answer, and come back with it.
        """
        if way == "password":
            return begun
        if way == "web-eid":
            return self._sign(begun, person)
        self.seen.append(begun.headers["Location"])
        if refusal_of(self.get(begun.headers["Location"])) if begun.headers["Location"].startswith("/") else "":
            return self.page
        if way.startswith("asan"):
            return self._wait()
        if way == "card-tls":
            back = self._outside("POST", begun.headers["Location"], {"card": person})
        elif way == "card-proxy":
            back = self._proxied(begun.headers["Location"], person, answer)
        else:
            back = self._at_portal(begun.headers["Location"], person)
        return self.come_back(back) if back else begun

    def come_back(self, address: str) -> TestResponse:
        """
        Open the address of ours to which another host has led.
        """
        self.seen.append(address)
        parts = urlsplit(address)
        self.back = (f"{parts.path}?{parts.query}", {})
        return self.get(self.back[0])

    def repeat(self) -> TestResponse:
        """
        Bring the last answer once more.
        """
        address, form = self.back
        if not form:
            return self.get(address)
        self.get("/giris/e-imza")
        return self.post(address, form)

    def _wait(self) -> TestResponse:
        for _ in range(5):
            answer = self.client.get("/giris/gozleme/cavab")
            self.seen.append(answer.text)
            if answer.json["next"]:
                return self.get(answer.json["next"])
        raise AssertionError("The phone never answered.")

    def _at_portal(self, address: str, person: str) -> str:
        asked = dict(parse_qsl(urlsplit(address).query))
        typed = {**asked, "username": person, "password": "demo"}
        return self._outside("POST", address.partition("?")[0], typed)

    def _outside(self, method: str, address: str, form: Mapping[str, str]) -> str:
        with httpx.Client(trust_env=False) as outside:
            return outside.request(method, address, data=form).headers.get("Location", "")

    def _proxied(self, address: str, person: str, answer: str) -> str:
        headers = {}
        if answer != "cancel":
            holder = next(one for one in self.desk.persons if one.username == person)
            held = self.desk.pki.of(holder, Use.CARD, _CONDITIONS.get(answer, Condition.GOOD))
            headers["X-Client-Cert"] = quote(held.certificate.public_bytes(Encoding.PEM).decode())
        parts = urlsplit(address)
        host = f"{parts.scheme}://{parts.netloc}"
        back = self.client.get(f"/giris/kart?{parts.query}", headers=headers, base_url=host)
        return back.headers["Location"]

    def _sign(self, page: TestResponse, person: str) -> TestResponse:
        found = re.search(r'data-nonce="([^"]+)"', page.text)
        assert found
        asked = {"challengeNonce": unescape(found[1]), "origin": "http://127.0.0.1:8000", "card": person}
        with httpx.Client(trust_env=False) as outside:
            token = outside.post(f"{self.desk.base_url}/web-eid/authenticate", json=asked).json()
        failed = token.get("error", {}).get("code", "")
        given = {"token": "" if failed else json.dumps(token), "failure": failed}
        self.back = ("/giris/qayit/e-imza", {"state": self.field("state"), **given})
        return self.post(*self.back)

    def _read(self, page: TestResponse) -> TestResponse:
        read = super()._read(page)
        self.seen += [one.request.full_path for one in (*page.history, page)]
        self.seen += [one.headers.get("Location", "") for one in page.history]
        self.seen.append(page.text)
        return read


def refusal_of(page: TestResponse) -> str:
    """
    Return the code with which a walk ended, or "" when somebody is logged in.
    """
    if page.request.path != "/giris":
        return ""
    return str(page.request.args.get("sebeb", ""))
