"""
Settings of the means of logging in: read by their type, refused with a sentence, and never a simulator's in production.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from engine.means import AsanSettings, CardSettings, MeansSettings, PortalSettings, is_weak
from engine.settings import Settings, SettingsRefused

PRODUCTION = {
    "SAYGAC_BASE_URL": "https://sayghac.example.az",
    "SAYGAC_TRUSTED_HOSTS": "sayghac.example.az",
    "SAYGAC_SMTP_URL": "smtp://mail.example.az:587",
    "SAYGAC_SENDER": "noreply@example.az",
}
PORTAL = {
    "SAYGAC_PORTAL_TRANSPORT": "oidc",
    "SAYGAC_PORTAL_ISSUER": "https://digital.login.gov.az",
    "SAYGAC_PORTAL_CLIENT_ID": "azersu",
    "SAYGAC_PORTAL_CLIENT_SECRET": "f3a9c2d4e5b60718293a",
}
GROUPS = (AsanSettings, CardSettings, PortalSettings)


def test_every_means_is_off_until_it_is_set() -> None:
    settings = Settings.from_env(PRODUCTION)
    assert [settings.asan.transport, settings.card.transport, settings.portal.transport] == ["off"] * 3


def test_a_value_is_read_by_the_type_of_its_field() -> None:
    settings = Settings.from_env(
        {
            **PRODUCTION,
            **PORTAL,
            "SAYGAC_PORTAL_PKCE": "0",
            "SAYGAC_PORTAL_ALGORITHMS": "RS256, ES384",
            "SAYGAC_PORTAL_SKEW": "5",
            "SAYGAC_PORTAL_CA_FILE": "ca.pem",
        }
    )
    portal = settings.portal
    assert (portal.pkce, portal.nonce, portal.algorithms, portal.skew) == (False, True, ("RS256", "ES384"), 5)
    assert portal.ca_file == Path("ca.pem").absolute()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_PKCE", "perhaps"),
        ("PORTAL_SKEW", "-1"),
        ("PORTAL_SKEW", "٣"),
        ("PORTAL_TRANSPORT", "saml"),
        ("PORTAL_TOKEN_URL", "ftp://example.az"),
        ("ASAN_OCSP", "sometimes"),
        ("CARD_PORT", "70000"),
        ("CARD_COLOUR", "blue"),
        ("MAIL_CA_FILE", "/nowhere/authority.pem"),
        ("SENDER", "two@example.az, three@example.az"),
        ("SENDER_NAME", "Azersu <x@example.az>"),
    ],
)
def test_what_cant_be_read_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsRefused, match=f"SAYGAC_{name}"):
        Settings.from_env({"SAYGAC_DEMO": "1", f"SAYGAC_{name}": value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOKEN_URL", "http://digital.login.gov.az/token"),
        ("TOKEN_URL", "https://127.0.0.1:8001/token"),
        ("KEYS_URL", "https://localhost/jwks"),
        ("KEYS_URL", "https://[::1]/jwks"),
        ("AUTHORIZE_URL", "https://portal.localhost/"),
        ("CLIENT_SECRET", "short"),
        ("CLIENT_SECRET", "simulator-client-secret-0001"),
        ("CLIENT_SECRET", ""),
        ("ISSUER", ""),
    ],
)
def test_production_refuses_a_simulators_address_and_every_default_secret(name: str, value: str) -> None:
    changed = {**PRODUCTION, **PORTAL, f"SAYGAC_PORTAL_{name}": value}
    with pytest.raises(SettingsRefused, match=f"SAYGAC_PORTAL_{name}") as refused:
        Settings.from_env(changed)
    assert len(str(refused.value).splitlines()) == 1
    assert Settings.from_env({**changed, "SAYGAC_DEMO": "1"}).portal.transport == "oidc"


def test_what_only_one_transport_needs_is_demanded_of_it_alone() -> None:
    card = {**PRODUCTION, "SAYGAC_CARD_ROOTS": "roots.pem"}
    assert Settings.from_env({**card, "SAYGAC_CARD_TRANSPORT": "web-eid"}).card.transport == "web-eid"
    with pytest.raises(SettingsRefused) as refused:
        Settings.from_env({**card, "SAYGAC_CARD_TRANSPORT": "tls"})
    missing = {line.split(" ")[0] for line in str(refused.value).splitlines()}
    assert missing == {"SAYGAC_CARD_URL", "SAYGAC_CARD_SERVER_CERTIFICATE", "SAYGAC_CARD_SERVER_KEY"}


def test_ocsp_may_travel_without_tls_but_not_to_the_simulator() -> None:
    card = {**PRODUCTION, "SAYGAC_CARD_TRANSPORT": "web-eid", "SAYGAC_CARD_ROOTS": "roots.pem"}
    assert Settings.from_env({**card, "SAYGAC_CARD_OCSP_URL": "http://ocsp.example.az"}).card.ocsp == "require"
    with pytest.raises(SettingsRefused, match="SAYGAC_CARD_OCSP_URL"):
        Settings.from_env({**card, "SAYGAC_CARD_OCSP_URL": "http://127.0.0.1:9000"})


@pytest.mark.parametrize("group", GROUPS)
def test_every_setting_says_what_it_is(group: type[MeansSettings]) -> None:
    assert all(one.metadata["said"] for one in fields(group))
    assert len(group.variables()) == len(fields(group))


def test_weak_secrets_are_known() -> None:
    assert is_weak("") and is_weak("a" * 15) and is_weak("My-Simulator-Secret-000000")
    assert not is_weak("f3a9c2d4e5b60718293a")
