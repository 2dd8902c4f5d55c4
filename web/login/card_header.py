"""
The host that asks for the card, behind a reverse proxy: the certificate comes in a header, from configured addresses.

Whoever else sends that header is not believed, nor is a request to another host than the card's: a proxy that serves
several hosts overwrites the header for that one. What it says about its own checks is not asked for, since everything
is checked here again.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Blueprint, abort, current_app, redirect, request

from engine.clock import Clock
from engine.means import CardSettings
from engine.storage.database import Database
from web.access import public
from web.login import signatures
from web.login.card import NAME, Card
from web.login.certificates import LONGEST, UNREADABLE, NotTrustworthy
from web.login.port import LogInRefused
from web.login.trust import Trust

log = logging.getLogger(__name__)

blueprint = Blueprint("card", __name__)
#: where the app keeps its means; `offered` has it too, and imports this module
MEANS = "saygac.means"
#: header of RFC 9440: DER as a byte sequence, `:base64:`
STANDARD = "client-cert"
#: percent-encoded PEM is three times as long at most
LONGEST_HEADER = 4 * LONGEST
_SEQUENCE = re.compile(r":([A-Za-z0-9+/=]+):")


class ProxiedCard(Card):
    """
    The adapter of the card whose host a reverse proxy is.

    Raises:
        NotTrustworthy: an address of a proxy is none.
    """

    def __init__(self, settings: CardSettings, trust: Trust, database: Database, clock: Clock, base_url: str) -> None:
        super().__init__(settings, trust, database, clock, base_url)
        #: name of the header
        self.header = settings.header
        self._host = urlsplit(settings.url).netloc.lower()
        try:
            self._networks = tuple(ip_network(one, strict=False) for one in settings.proxies)
        except ValueError as wrong:
            raise NotTrustworthy(f"SAYGAC_CARD_PROXIES: {wrong}.") from None

    def believes(self, environ: Mapping[str, Any]) -> bool:
        """
        Tell whether a request, as WSGI's environment has it, comes from a configured proxy for the card's host.
        """
        # ProxyFix puts what the proxy was told in place of what the proxy itself said.
        original: Mapping[str, Any] = environ.get("werkzeug.proxy_fix.orig", environ)
        try:
            sender = ip_address(original.get("REMOTE_ADDR", ""))
        except ValueError:
            return False
        host = (original.get("HTTP_HOST") or "").lower()
        return host == self._host and any(sender in network for network in self._networks)


@blueprint.get("/giris/kart")
@public
def present() -> Any:
    """
    Take the certificate that the proxy asked for, and lead back to the main host.
    """
    card = current_app.extensions[MEANS].get(NAME)
    if not isinstance(card, ProxiedCard):
        abort(404)
    if not card.believes(request.environ):
        log.warning("A card's header came from an address that is not among SAYGAC_CARD_PROXIES, or for another host.")
        abort(404)
    state = request.args.get("state", "")
    try:
        der = read(card.header, request.headers.get(card.header, ""))
    except LogInRefused:
        # An unreadable certificate is refused like a bad one, with words on the main host.
        der = b""
    return redirect(card.handover.receive(state, der), 303)


def read(name: str, value: str) -> bytes | None:
    """
    Read a certificate from a header.

    Args:
        name: of the header: `Client-Cert` is read as RFC 9440 says, others as percent-encoded PEM.
        value: empty: the browser showed none.

    Returns:
        DER, or None without a certificate.

    Raises:
        LogInRefused: `unreadable_answer`.
    """
    value = value.strip()
    if not value:
        return None
    if len(value) > LONGEST_HEADER:
        raise LogInRefused("unreadable_answer", "length of a header")
    if name.lower() == STANDARD:
        sequence = _SEQUENCE.fullmatch(value)
        if sequence is None:
            raise LogInRefused("unreadable_answer", "Client-Cert")
        return signatures.decoded(sequence[1])
    try:
        found = x509.load_pem_x509_certificates(unquote_to_bytes(value))
        if len(found) == 1:
            return found[0].public_bytes(Encoding.DER)
    except UNREADABLE as unreadable:
        raise LogInRefused("unreadable_answer", f"header: {type(unreadable).__name__}") from None
    raise LogInRefused("unreadable_answer", "more than one certificate in a header")
