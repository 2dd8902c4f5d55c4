"""
The analyst's commands: a change is compared, proposed, approved by a second person, and running cases are moved.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, insert, select

import processes
from engine.operations import Actor
from engine.releases import bundle_of
from engine.settings import Settings
from engine.tables import Case, Membership, Move
from tests.support.databases import migrated
from tests.support.installation import Installation
from tests.support.programs import TOP
from web.command import main
from web.services import FORMS, Services, build, deploy_shipped

#: a change of the diagram: old text, new text
NAME = ('name="İcraçıları təyin edin"', 'name="Ustanı seçin"')
TERM = ("add working days(now(), 3)</", "add working days(now(), 5)</")


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

    def run(self, *arguments: str, language: str = "en") -> Result:
        """
        Run `saygac` with these arguments.
        """
        return CliRunner().invoke(main, [*arguments, "--language", language], env=self._environ)

    def ship(self, old: str, new: str, *, process: str = "meter_installation") -> str:
        """
        Start as a newer version of the software does, whose diagram has another text; return that release.
        """
        files = dict(bundle_of(processes.FOLDER / f"{process}.bpmn", FORMS / process))
        files[f"{process}.bpmn"] = files[f"{process}.bpmn"].decode().replace(old, new).encode()
        return self.here.releases.deploy(files, now=self.here.ports.clock.now(), note="shipped").id

    def propose(self, old: str, new: str) -> str:
        """
        Propose the active release with another text; return its id's beginning.
        """
        place = self.exported()
        self.edit(place, old, new)
        said = self.run("release", str(place), "--note", "Ad", "--by", "analyst")
        return said.output.rsplit("approve ", 1)[1].split()[0]

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


def test_every_shipped_file_comes_out_as_it_is_in_the_repository(desk: Desk) -> None:
    copied = {path: path.read_bytes() for path in _shipped_files(TOP)}
    working = desk.folder / "repository"
    for path, content in copied.items():
        place = working / path.relative_to(TOP)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content[:-1])  # something for the export to mend
    said = desk.run("export", _active(desk)[:12], str(working / "processes"))
    assert said.exit_code == 0 and "Not in the release" not in said.output
    assert {path: (working / path.relative_to(TOP)).read_bytes() for path in copied} == copied
    assert len(list(working.rglob("*.*"))) == len(copied)


def _shipped_files(top: Path) -> list[Path]:
    """Whatever of the shipped process belongs to a release, file by file."""
    folder, name = top / "processes", "meter_installation"
    found = [folder / f"{name}.bpmn", *folder.glob("*.dmn"), *folder.glob("catalogues/*.po")]
    found += [*folder.glob("letters/mail/*.txt"), *(folder / "letters" / file for file in ("texts.toml", "urgent.txt"))]
    return [*found, *folder.glob(f"scenarios/{name}/*.yaml"), *(top / "forms" / name).glob("*.form")]


def test_a_repository_of_an_analyst_with_other_files_stays_as_it_is(desk: Desk) -> None:
    place = desk.exported()
    (place / "README.md").write_text("Mənim prosesim")
    (place / ".gitignore").write_text("*.tmp")
    git("init", "-q", place=place)
    desk.edit(place, *TERM)
    (place / "decisions" / "term.dmn").rename(place / "term.dmn")
    git("add", "-A", place=place)
    git("-c", "user.name=A", "-c", "user.email=a@example.az", "commit", "-qm", "Beş gün", place=place)

    assert desk.run("check", str(place)).exit_code == 0
    said = desk.run("release", str(place), "--note", "Ad", "--by", "analyst")
    key = said.output.rsplit("approve ", 1)[1].split()[0]
    assert desk.run("export", key, str(place)).exit_code == 0
    assert git("status", "--porcelain", place=place) == ""
    assert not any(path.startswith((".git", "README")) for path in desk.here.releases.bundle(_full(desk, key)))

    (place / "forms" / "later.form").write_text("{}")
    assert f"Not in the release: {place / 'forms' / 'later.form'}" in desk.run("export", key, str(place)).output


def git(*arguments: str, place: Path) -> str:
    done = subprocess.run(["git", *arguments], cwd=place, check=True, capture_output=True, text=True)
    return done.stdout


def _full(desk: Desk, key: str) -> str:
    return desk.here.releases.find(key)


def test_a_change_is_said_proposed_and_approved_by_a_second_person(desk: Desk) -> None:
    desk.here.cases.start("meter_installation", desk.citizen, key="a", language="az")
    place = desk.exported()
    desk.edit(place, "add working days(now(), 3)</", "add working days(now(), 5)</")

    said = desk.run("diff", desk.here.releases.active("meter_installation").id[:12], str(place))
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
    key = desk.propose(*NAME)

    dry = desk.run("move", key, "--by", "analyst", "--dry-run")
    assert "1 can move" in dry.output and _releases(desk) == [first]
    moved = desk.run("move", key, "--by", "analyst", "--note", "Sınaq")
    assert moved.exit_code == 0 and "1 moved" in moved.output
    assert _releases(desk)[0].startswith(key)
    assert desk.run("move", "1", "--by", "analyst", "--resume").exit_code == 0
    assert "1 brought back" in desk.run("move", "1", "--by", "analyst", "--undo").output
    assert _releases(desk) == [first]


def test_what_an_analyst_released_stays_after_the_next_start(desk: Desk) -> None:
    key = desk.propose(*NAME)
    desk.run("approve", key, "--by", "second")
    deploy_shipped(desk.here)
    assert _active(desk).startswith(key)


def test_a_newer_version_takes_over_where_nobody_released_anything(desk: Desk) -> None:
    newer = desk.ship(*TERM)
    assert _active(desk) == newer and desk.here.releases.shipped_changes() == []


def test_a_newer_version_waits_beside_an_analysts_release_and_says_how_to_compare_it(desk: Desk) -> None:
    shipped = _active(desk)
    mine = desk.propose(*NAME)
    desk.run("approve", mine, "--by", "second")
    newer = desk.ship(*TERM)

    assert _active(desk).startswith(mine)
    listed = desk.run("releases").output
    assert f"what changed in the program: saygac diff {shipped[:12]} {newer[:12]}" in listed
    assert f"how it differs from your release: saygac diff {mine} {newer[:12]}" in listed
    assert f"saygac approve {newer[:12]}" in listed

    changed = desk.run("diff", shipped[:12], newer[:12]).output
    assert "it is 5 working days now" in changed and "Ustanı" not in changed
    assert desk.run("approve", newer[:12], "--by", "analyst").exit_code == 0
    assert _active(desk) == newer and "what changed" not in desk.run("releases").output
    assert desk.ship("add working days(now(), 3)</", "add working days(now(), 7)</") == _active(desk)


def test_a_newer_version_is_named_until_an_analyst_releases_again(desk: Desk) -> None:
    desk.run("approve", desk.propose(*NAME), "--by", "second")
    desk.ship(*TERM)
    second = desk.ship("add working days(now(), 3)</", "add working days(now(), 7)</")
    assert [change.release for change in desk.here.releases.shipped_changes()] == [second]
    desk.run("approve", desk.propose("Ustanı seçin", "Usta seçin"), "--by", "second")
    assert desk.here.releases.shipped_changes() == []
    assert "came with the program, waits" in desk.run("releases").output


def test_a_move_of_no_cases_leaves_no_bulk(desk: Desk) -> None:
    key = desk.propose(*NAME)
    nothing = desk.run("move", key, "--by", "analyst")
    assert nothing.exit_code == 1 and "nothing to move" in nothing.output
    desk.here.cases.start("meter_installation", desk.citizen, key="a", language="az")
    wrong = desk.run("move", key, "--by", "analyst", "--case", "c-1", "--case", "c-7")
    assert wrong.exit_code == 2 and "There is no application c-7" in wrong.output
    with desk.here.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(Move)).scalar() == 0
    assert "1 moved" in desk.run("move", key, "--by", "analyst", "--case", "c-1").output
    again = desk.run("move", key, "--by", "analyst", "--case", "c-1")
    assert again.exit_code == 1 and "Not running on another release of this process: c-1" in again.output


@pytest.mark.parametrize(("language", "said"), [("az", "qüvvədədir"), ("ru", "действует с"), ("en", "active since")])
def test_commands_speak_three_languages(desk: Desk, language: str, said: str) -> None:
    assert said in desk.run("releases", language=language).output


def test_a_difference_is_told_to_machines_with_what_a_picture_marks(desk: Desk) -> None:
    place = desk.exported()
    desk.edit(place, *TERM)
    told = desk.run("diff", _active(desk)[:12], str(place), "--json")
    found = json.loads(told.output)
    assert (told.exit_code, found["same"]) == (1, False)
    (change,) = found["changes"]
    assert change["code"] == "element.timer" and change["element"] in found["picture"]["changed"]
    assert "5 working days" in change["sentence"]


def _active(desk: Desk) -> str:
    return desk.here.releases.active("meter_installation").id


def _releases(desk: Desk) -> list[str]:
    with desk.here.database.read() as connection:
        return [row.release_id for row in connection.execute(Case.__table__.select())]
