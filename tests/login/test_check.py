"""
`saygac check-config` and the production start: what is set, what nobody confirmed, who answers, and no simulator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from simulator.program import Plan, serving
from tests.support import pki
from web.command import main

PRODUCTION = {
    "SAYGAC_BASE_URL": "https://sayghac.example.az",
    "SAYGAC_TRUSTED_HOSTS": "sayghac.example.az",
    "SAYGAC_SMTP_URL": "smtp://mail.example.az:587",
    "SAYGAC_SENDER": "noreply@example.az",
}
Run = Callable[[str, Mapping[str, str]], Result]
SECRET = "f3a9c2d4e5b60718293a"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    def call(command: str, environ: Mapping[str, str]) -> Result:
        for name, value in {"SAYGAC_FOLDER": str(tmp_path / "var"), **environ}.items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(main, [command])

    return call


def test_every_setting_of_a_means_is_named_and_no_secret_is_shown(run: Run) -> None:
    said = run(
        "check-config",
        {
            "SAYGAC_DEMO": "1",
            "SAYGAC_PORTAL_TRANSPORT": "oidc",
            "SAYGAC_PORTAL_CLIENT_SECRET": SECRET,
            "SAYGAC_PORTAL_AUTHORIZE_URL": "http://127.0.0.1:1/a",
            "SAYGAC_PORTAL_TOKEN_URL": "http://127.0.0.1:1/t",
            "SAYGAC_PORTAL_KEYS_URL": "http://127.0.0.1:1/k",
        },
    )
    assert "set       SAYGAC_PORTAL_CLIENT_SECRET=(20 characters)" in said.output
    assert "MISSING   SAYGAC_PORTAL_CLIENT_ID=" in said.output
    assert "ASSUMED   SAYGAC_PORTAL_FIN=user.pin" in said.output
    assert "default   SAYGAC_PORTAL_SKEW=60" in said.output
    assert "default   SAYGAC_ASAN_TRANSPORT=off" in said.output and "SAYGAC_ASAN_URL" not in said.output
    assert "BAD   Electronic government: http://127.0.0.1:1/k gives no keys" in said.output
    assert said.exit_code == 1
    assert SECRET not in said.output


def test_what_answers_is_called_good(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "simulator"
    with serving(Plan(folder)) as desk:
        root, server = str(folder / "root.pem"), str(folder / "server.pem")
        said = run(
            "check-config",
            {
                "SAYGAC_DEMO": "1",
                "SAYGAC_PORTAL_TRANSPORT": "oidc",
                "SAYGAC_PORTAL_AUTHORIZE_URL": f"{desk.base_url}/portal/grant-permission",
                "SAYGAC_PORTAL_TOKEN_URL": f"{desk.tls_url}/portal/ssoauth/oauth2/token",
                "SAYGAC_PORTAL_KEYS_URL": f"{desk.tls_url}/portal/ssoauth/oauth2/jwks",
                "SAYGAC_PORTAL_CA_FILE": root,
                "SAYGAC_ASAN_TRANSPORT": "rest",
                "SAYGAC_ASAN_URL": f"{desk.tls_url}/mid-api",
                "SAYGAC_ASAN_CA_FILE": root,
                "SAYGAC_ASAN_ROOTS": root,
                "SAYGAC_CARD_TRANSPORT": "tls",
                "SAYGAC_CARD_ROOTS": root,
                "SAYGAC_CARD_SERVER_CERTIFICATE": server,
                "SAYGAC_CARD_SERVER_KEY": server,
            },
        )
    tried = said.output.split("Tried:")[1]
    assert said.exit_code == 0, said.output
    assert "BAD" not in tried
    assert "gives 1 keys" in tried and "The card host's certificate and key fit" in tried
    assert tried.count("Trusted until") == 2


def test_a_certificate_that_another_key_belongs_to_is_bad(run: Run, tmp_path: Path) -> None:
    root = pki.authority()
    one, other = pki.server(root), pki.server(root)
    for name, content in (("root", root.pem), ("server", one.pem), ("key", other.key_pem)):
        (tmp_path / f"{name}.pem").write_bytes(content)
    said = run(
        "check-config",
        {
            "SAYGAC_DEMO": "1",
            "SAYGAC_CARD_TRANSPORT": "tls",
            "SAYGAC_CARD_ROOTS": str(tmp_path / "root.pem"),
            "SAYGAC_CARD_SERVER_CERTIFICATE": str(tmp_path / "server.pem"),
            "SAYGAC_CARD_SERVER_KEY": str(tmp_path / "key.pem"),
        },
    )
    assert "BAD   e-imza: The card host's certificate and key can't be used" in said.output


def test_an_installation_that_would_not_start_says_so_after_its_settings(run: Run) -> None:
    said = run("check-config", {"SAYGAC_PORTAL_TRANSPORT": "oidc"})
    assert said.exit_code == 1
    assert "SAYGAC_PORTAL_ISSUER is missing" in said.output
    assert said.output.index("MISSING   SAYGAC_PORTAL_ISSUER") < said.output.index("does not start")


def test_production_does_not_start_with_the_simulators_certificates(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "simulator"
    with serving(Plan(folder)):
        pass
    environ = {
        **PRODUCTION,
        "SAYGAC_CARD_TRANSPORT": "web-eid",
        "SAYGAC_CARD_ROOTS": str(folder / "root.pem"),
    }
    said = run("serve", environ)
    assert said.exit_code == 1
    assert "simulator" in said.output.lower() and "root.pem" in said.output
    checked = run("check-config", environ)
    assert "BAD   e-imza" in checked.output and checked.exit_code == 1
