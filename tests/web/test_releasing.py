"""
The analyst's commands: a change is compared, proposed, approved by a second person, and running cases are moved.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert

from engine.operations import Actor
from engine.settings import Settings
from engine.tables import Case, Membership
from tests.support.databases import migrated
from tests.support.installation import Installation
from web.command import main
from web.services import Services, build, deploy_shipped


class Desk:
    """
    An analyst at the command line, over a database of her own.
    """

    def __init__(self, here: Services, environ: dict[str, str], folder: Path) -> None:
        self.here, self._environ, self.folder = here, environ, folder
        installation = Installation(
            here.database, here.releases, here.operations, here.cases, here.ports.clock, here.ports, folder
        )
        self.citizen = installation.person("citizen")
        for name in ("analyst", "second"):
            self._staff(installation.person(name), "analyst")
        self._staff(installation.person("fitter"), "fitter")

    def _staff(self, actor: Actor, role: str) -> None:
        with self.here.database.step() as connection:
            connection.execute(insert(Membership).values(person_id=actor.person_id, role=role, unit="*"))

    def run(self, *arguments: str) -> Result:
        """
        Run `saygac` with these arguments.
        """
        return CliRunner().invoke(main, list(arguments), env=self._environ)

    def exported(self) -> Path:
        """
        Write the active release into a folder, to change it there.
        """
        active = self.here.releases.active("meter_installation").id
        place = self.folder / "mine"
        assert self.run("export", active[:12], str(place)).exit_code == 0
        return place

    def edit(self, place: Path, old: str, new: str) -> None:
        diagram = place / "meter_installation.bpmn"
        text = diagram.read_text()
        assert old in text
        diagram.write_text(text.replace(old, new))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with migrated("sqlite", tmp_path) as url:
        environ = {"SAYGAC_DATABASE_URL": url, "SAYGAC_FOLDER": str(tmp_path / "var"), "SAYGAC_DEMO": "1"}
        here = build(Settings.from_env(environ))
        deploy_shipped(here)
        yield Desk(here, environ, tmp_path)
        here.database.close()


def test_a_release_is_exported_to_the_same_files_it_came_from(desk: Desk) -> None:
    place = desk.exported()
    active = desk.here.releases.active("meter_installation").id
    assert {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()} == dict(
        desk.here.releases.bundle(active)
    )
    same = desk.run("diff", active[:12], str(place))
    assert (same.exit_code, same.output) == (0, "")


def test_a_change_is_said_proposed_and_approved_by_a_second_person(desk: Desk) -> None:
    desk.here.cases.start("meter_installation", desk.citizen, key="a", language="az")
    place = desk.exported()
    desk.edit(place, "add working days(now(), 3)</", "add working days(now(), 5)</")

    said = desk.run("diff", desk.here.releases.active("meter_installation").id[:12], str(place), "--language", "en")
    assert said.exit_code == 1 and "it was 3 working days, it is 5 working days now" in said.output

    proposed = desk.run("release", str(place), "--note", "Beş gün", "--by", "analyst")
    assert proposed.exit_code == 0, proposed.output
    assert "1 running: 1 can move, 0 stay, 0 cannot" in proposed.output
    key = proposed.output.rsplit("approve ", 1)[1].split()[0]
    assert "waits for approval" in desk.run("releases", "meter_installation").output

    assert desk.run("approve", key, "--by", "analyst").exit_code == 1
    assert desk.run("approve", key, "--by", "second").exit_code == 0
    assert desk.here.releases.active("meter_installation").id.startswith(key)


def test_what_the_gate_refuses_is_not_kept_and_says_where(desk: Desk) -> None:
    place = desk.exported()
    desk.edit(place, "add working days(now(), 3)</", "add working dayz(now(), 3)</")
    refused = desk.run("release", str(place), "--note", "Səhv", "--by", "analyst")
    assert refused.exit_code == 1 and "meter_installation.bpmn:" in refused.output
    assert len(desk.here.releases.listed()) == 1


@pytest.mark.parametrize("name", ["fitter", "nobody"])
def test_only_analysts_and_heads_release(desk: Desk, name: str) -> None:
    assert desk.run("release", str(desk.exported()), "--note", "Yox", "--by", name).exit_code == 2


def test_running_cases_are_moved_and_brought_back(desk: Desk) -> None:
    desk.here.cases.start("meter_installation", desk.citizen, key="a", language="az")
    first = desk.here.releases.active("meter_installation").id
    place = desk.exported()
    desk.edit(place, 'name="İcraçıları təyin edin"', 'name="Ustanı seçin"')
    key = desk.run("release", str(place), "--note", "Ad", "--by", "analyst").output.rsplit("approve ", 1)[1].split()[0]

    dry = desk.run("move", key, "--by", "analyst", "--dry-run")
    assert "1 can move" in dry.output and _releases(desk) == [first]
    moved = desk.run("move", key, "--by", "analyst", "--note", "Sınaq")
    assert moved.exit_code == 0 and "1 moved" in moved.output
    assert _releases(desk)[0].startswith(key)
    assert desk.run("move", "1", "--by", "analyst", "--resume").exit_code == 0
    assert "1 brought back" in desk.run("move", "1", "--by", "analyst", "--undo").output
    assert _releases(desk) == [first]


def test_what_an_analyst_released_stays_after_the_next_start(desk: Desk) -> None:
    place = desk.exported()
    desk.edit(place, 'name="İcraçıları təyin edin"', 'name="Ustanı seçin"')
    key = desk.run("release", str(place), "--note", "Ad", "--by", "analyst").output.rsplit("approve ", 1)[1].split()[0]
    desk.run("approve", key, "--by", "second")
    deploy_shipped(desk.here)
    assert desk.here.releases.active("meter_installation").id.startswith(key)


def _releases(desk: Desk) -> list[str]:
    with desk.here.database.read() as connection:
        return [row.release_id for row in connection.execute(Case.__table__.select())]
