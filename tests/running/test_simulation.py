"""
The simulator beside the demonstration: it is up before the pages are, and is set as the other side of all three means.
"""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from flask import Flask

from engine.settings import Settings
from web import simulation


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({"SAYGAC_DEMO": "1"}, True),
        ({"SAYGAC_DEMO": "1", "SAYGAC_BASE_URL": "http://localhost:8000"}, True),
        ({"SAYGAC_DEMO": "1", "SAYGAC_SIMULATOR": "0"}, False),
        ({"SAYGAC_DEMO": "1", "SAYGAC_BASE_URL": "http://192.0.2.1:8000"}, False),
        ({"SAYGAC_DEMO": "1", "SAYGAC_BASE_URL": "https://demo.example.az"}, False),
    ],
)
def test_only_a_demonstration_on_this_machine_runs_a_simulator(environ: dict[str, str], wanted: bool) -> None:
    assert simulation.wanted(Settings.from_env(environ)) is wanted


def test_production_never_runs_a_simulator() -> None:
    production = {
        "SAYGAC_SIMULATOR": "1",
        "SAYGAC_BASE_URL": "https://localhost",
        "SAYGAC_SMTP_URL": "smtp://mail.example.az",
        "SAYGAC_SENDER": "su@example.az",
        "SAYGAC_TRUSTED_HOSTS": "localhost",
    }
    assert not simulation.wanted(Settings.from_env(production))


def test_all_three_means_are_set_up_with_the_simulator(tmp_path: Path) -> None:
    environ = {"SAYGAC_DEMO": "1", "SAYGAC_FOLDER": str(tmp_path)}
    with simulation.beside(Settings.from_env(environ)) as simulator:
        settings = Settings.from_env(environ, simulator.environ)
        assert (settings.asan.transport, settings.card.transport, settings.portal.transport) == ("rest", "tls", "oidc")
        page = settings.portal.authorize_url.removesuffix("/portal/grant-permission")
        assert page in simulator.said[0]
        assert any("+994502000001" in line for line in simulator.said)
        assert httpx.get(f"{page}/control", trust_env=False).status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{page}/control", trust_env=False)


def test_what_is_set_otherwise_stays(tmp_path: Path) -> None:
    environ = {"SAYGAC_DEMO": "1", "SAYGAC_FOLDER": str(tmp_path), "SAYGAC_ASAN_TRANSPORT": "words"}
    assert Settings.from_env(environ, {"SAYGAC_ASAN_TRANSPORT": "rest"}).asan.transport == "words"


def test_a_simulator_that_does_not_start_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "simulator").write_text("a file in the way")
    settings = Settings.from_env({"SAYGAC_DEMO": "1", "SAYGAC_FOLDER": str(tmp_path)})
    with pytest.raises(simulation.SimulatorFailed), simulation.beside(settings):
        pass
    assert capfd.readouterr().err


@pytest.mark.parametrize(
    ("base_url", "host", "leads"),
    [
        ("http://127.0.0.1:8000", "localhost:8000", True),
        ("http://localhost:8000", "127.0.0.1:8000", True),
        ("http://127.0.0.1:8000", "127.0.0.1:8000", False),
        ("http://127.0.0.1:8000", "localhost:8001", False),
        ("https://demo.example.az", "localhost:8000", False),
    ],
)
def test_a_browser_comes_back_under_the_name_that_has_its_cookie(base_url: str, host: str, leads: bool) -> None:
    app = Flask(__name__)
    app.add_url_rule("/giris", view_func=lambda: "here", methods=["GET", "POST"])
    simulation.init_app(app, Settings.from_env({"SAYGAC_DEMO": "1", "SAYGAC_BASE_URL": base_url}))
    answer = app.test_client().get("/giris?next=/kabinet", base_url=f"http://{host}")
    expected = (302, f"{base_url}/giris?next=/kabinet") if leads else (200, None)
    assert (answer.status_code, answer.headers.get("Location")) == expected
    assert app.test_client().post("/giris", base_url=f"http://{host}").status_code == 200
