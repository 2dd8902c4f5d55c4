"""
The commands of an analyst's repository: good exit codes, and messages with file, line and column.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from bpmn_io.lint.resolver import NodeResolver
from click.testing import CliRunner, Result

import forms
import processes
from engine.findings import sentences
from web.command import main


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """
    Copy our process as an analyst's repository has it.
    """
    for path in (*processes.FOLDER.glob("*.bpmn"), *processes.FOLDER.glob("*.dmn")):
        shutil.copy(path, tmp_path)
    shutil.copytree(Path(forms.__file__).parent / "meter_installation", tmp_path / "forms")
    shutil.copytree(processes.FOLDER / "letters" / "mail", tmp_path / "letters" / "mail")
    shutil.copy(processes.FOLDER / "letters" / "texts.toml", tmp_path / "letters")
    shutil.copytree(processes.FOLDER / "scenarios" / "meter_installation", tmp_path / "scenarios")
    return tmp_path


def broken(folder: Path) -> int:
    """
    Misspell an operation; return the line.
    """
    diagram = folder / "meter_installation.bpmn"
    text = diagram.read_text()
    at = text.index('id="look_up_subscriber" resultVariable')
    diagram.write_text(text[:at] + text[at:].replace("look_up", "look_down", 1))
    return text.count("\n", 0, text.index('<bpmn:serviceTask id="look_up_subscriber"')) + 1


def test_a_good_folder_passes(folder: Path) -> None:
    done = run("check", str(folder))

    assert done.exit_code == 0, done.output
    assert "ssenarilər: 5" in done.output


def test_a_finding_names_file_line_and_column_and_ends_with_1(folder: Path) -> None:
    line = broken(folder)
    done = run("check", str(folder), "--language", "en")

    assert done.exit_code == 1
    assert f"{folder}/meter_installation.bpmn:{line}:5: error: look_up_subscriber: There is no operation" in done.output


def test_a_finding_in_a_form_names_the_form(folder: Path) -> None:
    form = folder / "forms" / "apply.form"
    form.write_text(form.read_text().replace('"textarea"', '"iframe"', 1))
    done = run("check", str(folder), "--json")
    (finding, *_) = json.loads(done.output)

    assert done.exit_code == 1
    assert (finding["file"], finding["code"], finding["severity"]) == (str(form), "form.component_unknown", "error")
    assert finding["line"] > 1


def test_findings_come_as_sarif(folder: Path) -> None:
    line = broken(folder)
    log = json.loads(run("check", str(folder), "--sarif", "--language", "ru").output)
    (done,) = log["runs"]
    result = next(one for one in done["results"] if one["ruleId"] == "unknown_operation")
    place = result["locations"][0]["physicalLocation"]

    assert log["version"] == "2.1.0"
    assert {rule["id"] for rule in done["tool"]["driver"]["rules"]} == {one["ruleId"] for one in done["results"]}
    assert place["artifactLocation"]["uri"].endswith("meter_installation.bpmn")
    assert place["region"] == {"startLine": line, "startColumn": 5}
    assert result["level"] == "error" and "операции" in result["message"]["text"].lower()


def test_the_same_seed_takes_the_same_walks(folder: Path) -> None:
    first, again, other = (
        json.loads(run("simulate", str(folder), "--json", "--seed", seed).output)[0] for seed in ("5", "5", "6")
    )

    assert first == again
    assert first["coverage"] != other["coverage"]
    assert set(first["ends"]) >= {"meter_installed", "meter_registered", "case_refused"}


def test_a_folder_without_a_diagram_is_called_wrongly(tmp_path: Path) -> None:
    assert run("check", str(tmp_path)).exit_code == 2
    assert run("check", str(tmp_path / "gone")).exit_code == 2


def test_bpmnlint_only_advises(folder: Path) -> None:
    done = run("check", str(folder), "--bpmnlint", "--json")
    findings = json.loads(done.output)

    assert done.exit_code == 0
    assert {(one["code"], one["severity"]) for one in findings} == {("bpmnlint", "warning")}
    assert "assign_executor" in {one["element"] for one in findings}
    assert all(one["line"] > 1 for one in findings)


def test_every_recommended_rule_of_bpmnlint_has_words_in_every_language() -> None:
    rules = NodeResolver().resolve_config("bpmnlint", "recommended")["rules"]
    assert len(rules) > 20 and {f"bpmnlint.{rule}" for rule in rules} <= sentences().keys()
