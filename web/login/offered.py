"""
Which means this installation offers: the only place that knows which adapter stands behind a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flask import Flask, current_app

from engine.means import AsanSettings, CardSettings
from web.login import certificates
from web.login.calls import Caller
from web.login.card import Card
from web.login.card_header import ProxiedCard
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
    if here.settings.card.transport != "off":
        made["e-imza"] = _card(here, here.settings.card)
    if here.settings.portal.transport != "off":
        portal = here.settings.portal
        made["e-gov"] = Portal(portal, here.settings.base_url, _caller(here, portal.ca_file), here.ports.clock)
    return made


def offered() -> Mapping[str, Means]:
    """
    Return the running app's means by name; those that are not set up are absent.
    """
    found: Mapping[str, Means] = current_app.extensions[EXTENSION]
    return found


def _caller(here: Services, ca_file: Path | None) -> Caller:
    if ca_file is not None:
        certificates.read_file(ca_file, simulator=here.settings.demo)
    return Caller(ca_file)


def _mobile(here: Services, settings: AsanSettings) -> MobileId:
    trust = Trust.of(settings, simulator=here.settings.demo)
    transport = {"rest": Rest, "words": Words}[settings.transport](settings, _caller(here, settings.ca_file))
    return MobileId(settings, trust, transport, here.database, here.ports.clock)


def _card(here: Services, settings: CardSettings) -> Card | WebEid:
    trust, clock, base_url = Trust.of(settings, simulator=here.settings.demo), here.ports.clock, here.settings.base_url
    if settings.transport == "web-eid":
        return WebEid(trust, clock, base_url)
    kind = {"tls": Card, "proxy": ProxiedCard}[settings.transport]
    return kind(settings, trust, here.database, clock, base_url)


def set_up(app: Flask) -> None:
    """
    Make the adapters.
    """
    app.extensions.setdefault(EXTENSION, build(app.extensions["saygac"]))


def card_host(app: Flask) -> CardServer | None:
    """
    Return the host that asks browsers for a card, not yet started; None where this program is not that host.

    Raises:
        NotTrustworthy: its certificate is the simulator's.
        OSError: the port is taken, or a file can't be read.
    """
    here: Services = app.extensions["saygac"]
    settings, card = here.settings.card, app.extensions[EXTENSION].get("e-imza")
    if settings.transport != "tls" or not isinstance(card, Card):
        return None
    if settings.server_certificate is not None:
        certificates.read_file(settings.server_certificate, simulator=here.settings.demo)
    return CardServer(settings, card)
