"""
Settings of the means of logging in: one frozen dataclass each, whose fields say how they are read and what is known.

A default that no public source confirms is marked as assumed, so that `saygac check-config` can name it. Nothing
here opens a file or a connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from ipaddress import ip_address
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlsplit

#: extended key usage: TLS client authentication. Source: RFC 5280, 4.2.1.12
CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2"
#: shorter ones can be guessed
SECRET_LENGTH = 16
#: words that are in every secret that somebody forgot to change
DEFAULT_SECRETS = ("simulator", "secret", "password", "changeme", "example", "demo")

Group = TypeVar("Group", bound="MeansSettings")


def setting(
    default: Any,
    said: str,
    *,
    assumed: bool = False,
    secret: bool = False,
    required: bool | tuple[str, ...] = False,
    choices: tuple[str, ...] = (),
) -> Any:
    """
    Declare a field.

    Args:
        default: value without a variable; its type says how the variable is read. None: a file.
        said: what it is, for `check-config` and the README.
        assumed: True if no public source confirms the default.
        secret: True if it must never be shown.
        required: True if the means can't work with it empty, or the transports that can't.
    """
    about = {"said": said, "assumed": assumed, "secret": secret, "required": required, "choices": choices}
    return field(default=default, metadata=about)


@dataclass(frozen=True)
class MeansSettings:
    """
    What the settings of all means have in common.
    """

    #: of its variables, after SAYGAC_
    PREFIX: ClassVar[str] = ""

    @classmethod
    def variable(cls, one: Field[Any]) -> str:
        """
        Return the name of a field's variable.
        """
        return f"SAYGAC_{cls.PREFIX}{one.name.upper()}"

    @classmethod
    def read(cls: type[Group], environ: Mapping[str, str]) -> tuple[Group, list[str]]:
        """
        Read the group and say what can't be read, one sentence each.
        """
        values: dict[str, Any] = {}
        problems = []
        for one in fields(cls):
            text = environ.get(cls.variable(one), "").strip()
            if not text:
                continue
            try:
                values[one.name] = _value(one, text)
            except ValueError as wrong:
                problems.append(f"{cls.variable(one)} {wrong}.")
        return cls(**values), problems

    @classmethod
    def variables(cls) -> set[str]:
        """
        Return the names of all variables of the group.
        """
        return {cls.variable(one) for one in fields(cls)}


@dataclass(frozen=True)
class CertificateSettings(MeansSettings):
    """
    Whose certificates are believed, and what they say about a person.
    """

    roots: Path | None = setting(None, "PEM file of the certification centres that are trusted", required=True)
    intermediates: Path | None = setting(None, "PEM file of issuing certificates that are not sent along")
    policies: tuple[str, ...] = setting((), "policy OIDs, one of which a certificate must carry", assumed=True)
    forbidden_policies: tuple[str, ...] = setting((), "policy OIDs that are refused")
    usages: tuple[str, ...] = setting((CLIENT_AUTHENTICATION,), "extended key usages, one of which is demanded")
    usage_may_be_absent: bool = setting(False, "a certificate that names no extended key usage is good")
    ocsp: str = setting("require", "what an unknown revocation means", choices=("require", "prefer", "off"))
    ocsp_url: str = setting("", "OCSP address; empty: the one in the certificate")
    ocsp_responders: Path | None = setting(None, "PEM file of responders believed without the issuer's delegation")
    ocsp_nonce: bool = setting(True, "demand our nonce in the OCSP answer", assumed=True)
    ocsp_seconds: int = setting(120, "how old the state in an OCSP answer may be, beside 15 minutes", assumed=True)
    fin: str = setting(
        r"serialNumber ~ ^(?:PNOAZ-)?([0-9A-HJ-NP-Z]{7})$",
        "subject attribute of the FIN, and its pattern",
        assumed=True,
    )
    given_name: str = setting("givenName", "subject attribute of the given name", assumed=True)
    surname: str = setting("surname", "subject attribute of the surname", assumed=True)
    patronymic: str = setting("", "subject attribute of the patronymic; empty: none", assumed=True)
    voen: str = setting(
        r"organizationIdentifier ~ ^(?:NTRAZ-|VATAZ-)?(\d{10})$", "subject attribute of the VÖEN", assumed=True
    )
    organisation: str = setting("organizationName", "subject attribute of the entity's name", assumed=True)


@dataclass(frozen=True)
class AsanSettings(CertificateSettings):
    """
    Asan İmza, the mobile signature.
    """

    PREFIX: ClassVar[str] = "ASAN_"

    transport: str = setting(
        "off", "rest: Mobile-ID REST; words: the older service's vocabulary", choices=("off", "rest", "words")
    )
    url: str = setting("", "address of the service, without a slash at the end", required=True)
    party_id: str = setting("", "id of this installation at the service", required=True)
    party_name: str = setting("", "name of this installation at the service", required=True)
    identifier: str = setting(
        "asan_id", "what the person types beside the number", assumed=True, choices=("asan_id", "national_id")
    )
    ca_file: Path | None = setting(None, "PEM file of who signed the service's TLS certificate; empty: the system's")
    language: str = setting("ENG", "language on the phone: the service has no Azerbaijani", assumed=True)
    display_text: str = setting("Azersu", "words on the phone, at most 50 characters")
    user_id: str = setting("", "subject attribute of the user ID; empty: the certificate has none", assumed=True)
    hash: str = setting("SHA256", "digest that is signed", choices=("SHA256", "SHA384", "SHA512"))
    seconds: int = setting(120, "how long the phone may take")


@dataclass(frozen=True)
class CardSettings(CertificateSettings):
    """
    e-imza, the signature on a card or token.
    """

    PREFIX: ClassVar[str] = "CARD_"

    transport: str = setting(
        "off",
        "tls: this program asks for the certificate; proxy: a reverse proxy does; web-eid: a browser extension",
        choices=("off", "tls", "proxy", "web-eid"),
    )
    url: str = setting("", "https address of the host that asks for the certificate", required=("tls", "proxy"))
    host: str = setting("127.0.0.1", "listening address of that host (tls)")
    port: int = setting(8443, "listening port of that host (tls)")
    server_certificate: Path | None = setting(None, "PEM file of that host's own certificate", required=("tls",))
    server_key: Path | None = setting(None, "PEM file of that host's key", required=("tls",))
    proxies: tuple[str, ...] = setting((), "addresses whose certificate header is believed", required=("proxy",))
    header: str = setting("X-Client-Cert", "name of that header, percent-encoded PEM, or Client-Cert of RFC 9440")
    handover_seconds: int = setting(60, "how long the way back to the main host may take")


@dataclass(frozen=True)
class PortalSettings(MeansSettings):
    """
    The electronic government's portal: OpenID Connect, code flow.
    """

    PREFIX: ClassVar[str] = "PORTAL_"

    transport: str = setting("off", "oidc: OpenID Connect", choices=("off", "oidc"))
    issuer: str = setting("", "`iss` of its tokens", required=True)
    authorize_url: str = setting("https://digital.login.gov.az/grant-permission", "page of the portal", assumed=True)
    token_url: str = setting(
        "https://apidigital.login.gov.az/ssoauth/oauth2/token", "where a code becomes a token", assumed=True
    )
    keys_url: str = setting(
        "https://apidigital.login.gov.az/ssoauth/oauth2/jwks", "the portal's keys (JWKS)", assumed=True
    )
    entities_url: str = setting("", "list of the person's entities; empty: people act for themselves only")
    client_id: str = setting("", "id of this installation at the portal", required=True)
    client_secret: str = setting("", "secret of this installation at the portal", required=True, secret=True)
    scope: str = setting("openid certificate user", "what the portal is asked for", assumed=True)
    nonce: bool = setting(True, "bind the token to this log-in by a nonce", assumed=True)
    pkce: bool = setting(True, "bind the code to this log-in by PKCE, S256", assumed=True)
    algorithms: tuple[str, ...] = setting(("RS256", "PS256", "ES256"), "signatures of tokens that are believed")
    skew: int = setting(60, "seconds by which the portal's clock may differ")
    ca_file: Path | None = setting(None, "PEM file of who signed the portal's TLS certificate; empty: the system's")
    fin: str = setting("user.pin", "claim of the FIN", assumed=True)
    given_name: str = setting("user.firstName", "claim of the given name", assumed=True)
    surname: str = setting("user.lastName", "claim of the surname", assumed=True)
    patronymic: str = setting("user.patronymic", "claim of the patronymic", assumed=True)
    active: str = setting("is_active", "claim that must be true; empty: none", assumed=True)
    entity_voen: str = setting("structureData.voen", "VÖEN in each entry of the list of entities", assumed=True)
    entity_name: str = setting("structureData.structureName", "name in each entry of that list", assumed=True)


def production_problems(one: MeansSettings) -> list[str]:
    """
    Say what forbids to use a means outside the demonstration, one sentence each; nothing where it is off.
    """
    transport = getattr(one, "transport", "off")
    if transport == "off":
        return []
    problems = []
    for about in fields(one):
        name, value = one.variable(about), getattr(one, about.name)
        required = about.metadata["required"]
        if not value and (required is True or (required and transport in required)):
            problems.append(f"{name} is missing: {about.metadata['said']}.")
        elif about.metadata["secret"] and is_weak(str(value)):
            problems.append(f"{name} is a default or too short: set the secret that came with the contract.")
        elif about.name.endswith("url") and value and not _is_public(str(value), plain=about.name == "ocsp_url"):
            problems.append(f"{name} must be the https address of the real service; this one is a simulator's: {value}")
    return problems


def is_weak(secret: str) -> bool:
    """
    Tell whether a secret is short or one of the usual defaults.
    """
    return len(secret) < SECRET_LENGTH or any(word in secret.lower() for word in DEFAULT_SECRETS)


def _is_public(url: str, *, plain: bool) -> bool:
    """Tell whether an address is somebody else's machine; OCSP alone travels without TLS: its answers are signed."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        loopback = ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost" or host.endswith(".localhost")
    return (plain or parts.scheme == "https") and bool(host) and not loopback


def _value(one: Field[Any], text: str) -> Any:
    if isinstance(one.default, bool):
        if text not in {"0", "1"}:
            raise ValueError("must be 1 or 0")
        return text == "1"
    if isinstance(one.default, int):
        if not text.isascii() or not text.isdigit() or not 0 < int(text) <= 65535:
            raise ValueError("must be a whole number from 1 to 65535")
        return int(text)
    if isinstance(one.default, tuple):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if one.default is None:
        return Path(text).absolute()
    if one.metadata["choices"] and text not in one.metadata["choices"]:
        raise ValueError(f"must be one of {', '.join(one.metadata['choices'])}")
    if one.name.endswith("url") and urlsplit(text).scheme not in {"http", "https"}:
        raise ValueError("must begin with http:// or https://")
    return text.rstrip("/") if one.name == "url" else text
