"""
What `deploy/` gives: every command that it starts is there, every setting that it names is known, every file that it
copies exists.
"""

from __future__ import annotations

import configparser
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from engine.settings import Settings
from tests.support.programs import TOP
from web.command import main

DEPLOY = TOP / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))


def given(text: str) -> dict[str, str]:
    """
    Return the settings of a file of them, those that are commented out as examples too.
    """
    lines = re.findall(r"^#?(SAYGAC_[A-Z_]+)=(.*)$", text, re.MULTILINE)
    return {name: value for name, value in lines}


def service_of(unit: Path) -> configparser.SectionProxy:
    class Last(configparser.ConfigParser):
        def optionxform(self, optionstr: str) -> str:
            return optionstr

    read = Last(strict=False, interpolation=None)
    read.read_string(unit.read_text())
    return read["Service"]


def test_the_example_of_settings_is_accepted_as_it_stands() -> None:
    settings = Settings.from_env(given((DEPLOY / "saygac.env.example").read_text()))
    assert not settings.demo and settings.broker_url is not None


@pytest.mark.parametrize("unit", UNITS, ids=[unit.name for unit in UNITS])
def test_a_unit_starts_a_command_that_is_there_and_gives_it_time_to_finish(unit: Path) -> None:
    service = service_of(unit)
    _, python_module, module, command = shlex.split(service["ExecStart"])
    assert (python_module, module, command in main.commands) == ("-m", "web.command", True)
    assert int(service["TimeoutStopSec"]) > 30  # what is in hand is finished within 30 seconds
    assert service["StateDirectory"] == "saygac" and service["EnvironmentFile"] == "/etc/saygac.env"


def _services() -> Iterator[tuple[str, dict[str, object]]]:
    yield from yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"].items()


def test_the_compose_file_starts_pages_and_workers_on_one_database() -> None:
    ours = {name: service for name, service in _services() if "build" in service}
    assert set(ours) == {"web", "worker"}
    for service in ours.values():
        assert set(service["command"]) <= set(main.commands)
        environ = {**given((DEPLOY / "saygac.env.example").read_text()), **service["environment"]}
        environ = {name: re.sub(r"\$\{\w+:[^}]*\}", "", value) for name, value in environ.items()}
        settings = Settings.from_env(environ)
        assert settings.database_url == "postgresql+psycopg://saygac:@database/saygac" and settings.broker_url is None
        assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
        assert set(service["depends_on"]) <= {name for name, _ in _services()}


def test_the_image_holds_every_package_and_lock_that_is_there() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    copied = {name for line in lines if line.startswith("COPY ") for name in line.split()[1:-1]}
    assert all((TOP / name).exists() for name in copied)
    assert {"engine", "forms", "processes", "simulator", "web", "requirements.lock"} <= copied
    (entry,) = [line for line in lines if line.startswith("ENTRYPOINT")]
    assert entry == 'ENTRYPOINT ["python", "-m", "web.command"]'
