"""
A newer version of the program starts with another diagram in its files.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from engine.operations import Actor
from engine.settings import Settings
from tests.support.installation import Installation
from tests.support.post import free_port
from tests.support.programs import TOP, eventually, installation_environ, program
from web.services import Services, build

PROCESS = "meter_installation"
TERM = "add working days(now(), 3)</"


class Program:
    """
    The program in a folder of its own, of which a newer version has other files.
    """

    def __init__(self, folder: Path) -> None:
        self.top = folder / "program"
        self.top.mkdir()
        for name in ("engine", "web", "simulator"):
            (self.top / name).symlink_to(TOP / name)
        for name in ("processes", "forms"):
            shutil.copytree(TOP / name, self.top / name, ignore=shutil.ignore_patterns("__pycache__"))

    def ship(self, days: int) -> None:
        """
        Come with a diagram in which something takes so many days.
        """
        diagram = self.top / "processes" / f"{PROCESS}.bpmn"
        text = (TOP / "processes" / diagram.name).read_text()
        assert TERM in text
        diagram.write_text(text.replace(TERM, TERM.replace("3", str(days))))

    def serve(self, folder: Path, environ: Mapping[str, str]) -> str:
        """
        Start `saygac serve` and end it once it is ready; return what it printed.
        """
        log = folder / "programs.log"
        log.unlink(missing_ok=True)
        with program("serve", folder=folder, top=self.top, **environ) as server:
            assert eventually(lambda: "Saygac is ready" in log.read_text() or server.poll() is not None)
        return log.read_text()


@contextmanager
def installation(environ: Mapping[str, str]) -> Iterator[Services]:
    here = build(Settings.from_env(environ))
    try:
        yield here
    finally:
        here.database.close()


def two_people(here: Services, folder: Path) -> list[Actor]:
    site = Installation(here.database, here.releases, here.operations, here.cases, here.ports.clock, here.ports, folder)
    return [site.person("Aysel"), site.person("Nigar")]


def test_an_analysts_release_stays_when_a_newer_version_starts_with_another_diagram(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'saygac.db'}"
    port = free_port()
    environ = installation_environ(url, tmp_path, "smtp://127.0.0.1:1", SAYGAC_DEMO="0", SAYGAC_PORT=str(port))
    version = Program(tmp_path)

    assert "waits" not in version.serve(tmp_path, environ)
    with installation(environ) as here:
        shipped = here.releases.active(PROCESS)
        files = dict(here.releases.bundle(shipped.id))
        files[f"{PROCESS}.bpmn"] = files[f"{PROCESS}.bpmn"].replace("İcraçıları təyin edin".encode(), b"Usta")
        analyst, other = two_people(here, tmp_path)
        own = here.releases.propose(files, analyst, now=here.ports.clock.now(), note="Ad")
        here.releases.approve(own.id, other, now=here.ports.clock.now())

    version.ship(days=5)
    assert f"{PROCESS}: what came with this version waits" in version.serve(tmp_path, environ)
    with installation(environ) as here:
        assert here.releases.active(PROCESS).id == own.id
        (change,) = here.releases.shipped_changes()
        assert (change.active, change.before) == (own.id, shipped.id)
