"""
What `saygac check-config` says: for each means what is set, what is a default that nobody confirmed, and who answers.

Secrets are never shown. Nothing is written, and no telephone rings.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import Field, dataclass, fields
from typing import Any, Literal

from cryptography import x509

from engine.clock import Clock
from engine.means import AsanSettings, CardSettings, CertificateSettings, MeansSettings, PortalSettings
from engine.settings import Settings
from web.login import certificates
from web.login.calls import Caller, ServiceUnreachable
from web.login.certificates import NotTrustworthy
from web.login.port import LogInRefused
from web.login.subjects import MappingRefused
from web.login.tokens import PATIENCE, Keys
from web.login.trust import Trust

TITLES = {AsanSettings: "Asan İmza", CardSettings: "e-imza", PortalSettings: "Electronic government"}

State = Literal["set", "default", "assumed", "missing"]


@dataclass(frozen=True)
class Line:
    """
    One setting.
    """

    variable: str
    state: State
    shown: str
    said: str


@dataclass(frozen=True)
class Finding:
    """
    What came of trying one thing.
    """

    good: bool
    sentence: str


def lines(means: MeansSettings, given: frozenset[str]) -> list[Line]:
    """
    Say of every setting of a means where its value comes from; of a means that is off only how to switch it on.

    Args:
        given: names of the variables that are set.
    """
    transport = getattr(means, "transport", "off")
    shown = [one for one in fields(means) if transport != "off" or one.name == "transport"]
    return [_line(means, one, transport, given) for one in shown]


def findings(settings: Settings, clock: Clock) -> Iterator[tuple[str, Finding]]:
    """
    Try the files and services of every means that is on: title of the means, and what came of it.
    """
    if settings.asan.transport != "off":
        yield from _titled(settings.asan, _try_asan(settings, clock))
    if settings.card.transport != "off":
        yield from _titled(settings.card, _try_card(settings, clock))
    if settings.portal.transport != "off":
        yield from _titled(settings.portal, _try_portal(settings.portal, clock))


def _line(means: MeansSettings, one: Field[Any], transport: str, given: frozenset[str]) -> Line:
    about, value, variable = one.metadata, getattr(means, one.name), means.variable(one)
    needed = about["required"] is True or (about["required"] and transport in about["required"])
    if variable in given:
        state: State = "set"
    elif needed and transport != "off" and not value:
        state = "missing"
    else:
        state = "assumed" if about["assumed"] else "default"
    return Line(variable, state, _shown(one, value), about["said"])


def _shown(one: Field[Any], value: Any) -> str:
    if one.metadata["secret"]:
        return f"({len(value)} characters)" if value else ""
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, bool):
        return str(int(value))
    return "" if value is None else str(value)


def _titled(means: MeansSettings, found: Iterator[Finding]) -> Iterator[tuple[str, Finding]]:
    title = TITLES[type(means)]
    return ((title, one) for one in found)


def _try_asan(settings: Settings, clock: Clock) -> Iterator[Finding]:
    yield from _try_certificates(settings.asan, settings, clock)
    yield from _reach(settings.asan.url, settings.asan)


def _try_card(settings: Settings, clock: Clock) -> Iterator[Finding]:
    card = settings.card
    yield from _try_certificates(card, settings, clock)
    if card.transport == "tls" and card.server_certificate and card.server_key:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(card.server_certificate, card.server_key)
        except (OSError, ssl.SSLError) as wrong:
            yield Finding(False, f"The card host's certificate and key can't be used: {wrong.strerror or wrong}.")
        else:
            yield Finding(True, "The card host's certificate and key fit.")


def _try_portal(portal: PortalSettings, clock: Clock) -> Iterator[Finding]:
    caller = _caller(portal)
    if isinstance(caller, Finding):
        yield caller
        return
    try:
        keys = Keys(portal.keys_url, caller, clock).current()
    except LogInRefused as no:
        yield Finding(False, f"{portal.keys_url} gives no keys ({no.detail}).")
    else:
        yield Finding(True, f"{portal.keys_url} gives {len(keys.keys)} keys.")
    for url in (portal.authorize_url, portal.token_url, portal.entities_url):
        if url:
            yield _answers(url, caller)


def _try_certificates(group: CertificateSettings, settings: Settings, clock: Clock) -> Iterator[Finding]:
    try:
        Trust.of(group, simulator=settings.demo)
        roots = certificates.read_file(group.roots, simulator=settings.demo) if group.roots else ()
    except (NotTrustworthy, MappingRefused) as wrong:
        yield Finding(False, str(wrong))
        return
    for root in roots:
        yield _valid(root, clock)
    if group.ocsp != "off" and group.ocsp_url:
        yield _answers(group.ocsp_url, Caller())


def _valid(root: x509.Certificate, clock: Clock) -> Finding:
    name, until = root.subject.rfc4514_string(), root.not_valid_after_utc
    return Finding(clock.now() < until, f"Trusted until {until:%d.%m.%Y}: {name}")


def _reach(url: str, means: AsanSettings | PortalSettings) -> Iterator[Finding]:
    if url:
        caller = _caller(means)
        yield caller if isinstance(caller, Finding) else _answers(url, caller)


def _caller(means: AsanSettings | PortalSettings) -> Caller | Finding:
    try:
        return Caller(means.ca_file)
    except (OSError, ssl.SSLError) as wrong:
        return Finding(False, f"SAYGAC_{means.PREFIX}CA_FILE can't be used: {wrong.strerror or wrong}.")


def _answers(url: str, caller: Caller) -> Finding:
    """Any answer will do: what is asked for here is nobody's business."""
    try:
        answer = caller.get(url, patience=PATIENCE)
    except ServiceUnreachable as silent:
        return Finding(False, f"{url} does not answer ({silent}).")
    return Finding(True, f"{url} answers (status {answer.status}).")
