"""
Production does not start with anything of the simulator's in any place that is believed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from engine.settings import Settings
from simulator.program import Plan, serving
from tests.support import pki
from web import create_app
from web.login import offered
from web.login.certificates import NotTrustworthy
from web.services import build

PRODUCTION = {
    "SAYGAC_BASE_URL": "https://main.example",
    "SAYGAC_TRUSTED_HOSTS": "main.example",
    "SAYGAC_SMTP_URL": "smtp://mail.example:587",
    "SAYGAC_SENDER": "no-reply@main.example",
    "SAYGAC_ASAN_URL": "https://asan.example/mid-api",
    "SAYGAC_ASAN_PARTY_ID": "9b8a7c6d",
    "SAYGAC_ASAN_PARTY_NAME": "Azersu",
    "SAYGAC_CARD_URL": "https://card.example",
    "SAYGAC_CARD_PORT": "65535",
    "SAYGAC_CARD_PROXIES": "10.0.0.5",
    "SAYGAC_PORTAL_ISSUER": "https://portal.example",
    "SAYGAC_PORTAL_CLIENT_ID": "azersu",
    "SAYGAC_PORTAL_CLIENT_SECRET": "9f1c2b7a5e3d4c6b8a7e",
}
#: means and transport -> its variables that name files of certificates
FILES = {
    ("ASAN", "rest"): ("ROOTS", "INTERMEDIATES", "OCSP_RESPONDERS", "CA_FILE"),
    ("ASAN", "words"): ("ROOTS", "INTERMEDIATES", "OCSP_RESPONDERS", "CA_FILE"),
    ("CARD", "tls"): ("ROOTS", "INTERMEDIATES", "OCSP_RESPONDERS", "SERVER_CERTIFICATE"),
    ("CARD", "proxy"): ("ROOTS", "INTERMEDIATES", "OCSP_RESPONDERS"),
    ("CARD", "web-eid"): ("ROOTS", "INTERMEDIATES", "OCSP_RESPONDERS"),
    ("PORTAL", "oidc"): ("CA_FILE",),
}
CASES = [(*means, name) for means, names in FILES.items() for name in names]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """
    Keep the simulator's certificates, and those of a real centre.
    """
    made = tmp_path_factory.mktemp("files")
    root = pki.authority()
    own = pki.server(root)
    (made / "real.pem").write_bytes(root.pem)
    (made / "host.pem").write_bytes(own.pem)
    (made / "key.pem").write_bytes(own.key_pem)
    with serving(Plan(made / "simulator")):
        yield made


def started(folder: Path, means: str, transport: str, changed: str = "") -> None:
    environ = dict(PRODUCTION)
    for name in FILES[means, transport]:
        environ[f"SAYGAC_{means}_{name}"] = str(folder / ("host.pem" if name == "SERVER_CERTIFICATE" else "real.pem"))
    if transport == "tls":
        environ["SAYGAC_CARD_SERVER_KEY"] = str(folder / "key.pem")
    if changed:
        file = "server.pem" if changed == "SERVER_CERTIFICATE" else "root.pem"
        environ[f"SAYGAC_{means}_{changed}"] = str(folder / "simulator" / file)
    environ |= {f"SAYGAC_{means}_TRANSPORT": transport, "SAYGAC_FOLDER": str(folder / "var")}
    here = build(Settings.from_env(environ))
    try:
        host = offered.card_host(create_app(here.settings, here))
        if host is not None:
            host.close()
    finally:
        here.database.close()


@pytest.mark.parametrize(("means", "transport"), FILES)
def test_production_starts_with_the_certificates_of_a_real_centre(folder: Path, means: str, transport: str) -> None:
    started(folder, means, transport)


@pytest.mark.parametrize(("means", "transport", "name"), CASES)
def test_production_refuses_the_simulator_s_in_every_place(folder: Path, means: str, transport: str, name: str) -> None:
    with pytest.raises(NotTrustworthy, match="simulator"):
        started(folder, means, transport, name)


def test_every_setting_that_names_a_file_of_certificates_is_tried_above() -> None:
    settings = Settings.from_env({"SAYGAC_DEMO": "1"})
    groups = {"ASAN": settings.asan, "CARD": settings.card, "PORTAL": settings.portal}
    for means, group in groups.items():
        tried = {name for (one, _), names in FILES.items() if one == means for name in names}
        named = {one.name.upper() for one in fields(group) if one.default is None} - {"SERVER_KEY"}
        assert named == tried
