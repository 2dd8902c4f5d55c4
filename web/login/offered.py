"""
Which means this installation offers: the only place that knows which adapter stands behind a name.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask, current_app

from engine.means import AsanSettings
from web.login import card_header, certificates
from web.login.calls import Caller
from web.login.card import Card, Handover
from web.login.card_server import CardServer
from web.login.certificates import NotTrustworthy
from web.login.mobile_id import MobileId
from web.login.mobile_id_rest import Rest
from web.login.mobile_id_words import Words
from web.login.password import Passwords
from web.login.port import Means
from web.login.portal import Portal
from web.login.subjects import MappingRefused
from web.login.trust import Trust
from web.login.web_eid import WebEid
from web.services import Services

#: what the adapters say about settings that can't be used; the sentence tells the operator what to do
UNUSABLE = (NotTrustworthy, MappingRefused)
EXTENSION = "saygac.means"
#: in the order of the manual's second step
NAMES = ("e-imza", "asan-imza", "e-gov")


def build(here: Services) -> dict[str, Means]:
    """
    Make the adapters that are set up.
    """
    made: dict[str, Means] = {}
    if here.settings.passwords:
        made["password"] = Passwords(here.settings, here.database)
    if here.settings.asan.transport != "off":
        made["asan-imza"] = _mobile(here, here.settings.asan)
    if here.settings.card.transport in {"tls", "proxy"}:
        made["e-imza"] = Card(here.settings.card, _card_trust(here), here.ports.clock)
    if here.settings.card.transport == "web-eid":
        made["e-imza"] = WebEid(_card_trust(here), here.ports.clock, here.settings.base_url)
    if here.settings.portal.transport != "off":
        portal = here.settings.portal
        made["e-gov"] = Portal(portal, here.settings.base_url, Caller(portal.ca_file), here.ports.clock)
    return made


def offered() -> Mapping[str, Means]:
    """
    Return the running app's means by name; those that are not set up are absent.
    """
    found: Mapping[str, Means] = current_app.extensions[EXTENSION]
    return found


def _mobile(here: Services, settings: AsanSettings) -> MobileId:
    trust = Trust.of(settings, simulator=here.settings.demo)
    transport = {"rest": Rest, "words": Words}[settings.transport](settings, Caller(settings.ca_file))
    return MobileId(settings, trust, transport, here.database, here.ports.clock)


def set_up(app: Flask) -> None:
    """
    Make the adapters, and let a reverse proxy bring certificates where that is set.
    """
    here: Services = app.extensions["saygac"]
    app.extensions.setdefault(EXTENSION, build(here))
    if here.settings.card.transport == "proxy":
        proxied = card_header.Proxied(here.settings.card, _handover(here))
        app.extensions.setdefault(card_header.EXTENSION, proxied)


def card_host(here: Services) -> CardServer | None:
    """
    Return the host that asks browsers for a card, not yet started; None where this program is not that host.

    Raises:
        OSError: the port is taken, or a file can't be read.
    """
    card = here.settings.card
    if card.transport != "tls":
        return None
    if card.server_certificate is None or card.server_key is None:
        raise OSError("SAYGAC_CARD_SERVER_CERTIFICATE and SAYGAC_CARD_SERVER_KEY are missing.")
    authorities = [
        one
        for file in (card.roots, card.intermediates)
        if file is not None
        for one in certificates.read_file(file, simulator=here.settings.demo)
    ]
    return CardServer((card.host, card.port), card.server_certificate, card.server_key, authorities, _handover(here))


def _card_trust(here: Services) -> Trust:
    return Trust.of(here.settings.card, simulator=here.settings.demo)


def _handover(here: Services) -> Handover:
    settings = here.settings
    return Handover(
        _card_trust(here), here.database, here.ports.clock, settings.base_url, settings.card.handover_seconds
    )
