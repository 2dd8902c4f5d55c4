"""
The commands of letters, as they are typed.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pypdf import PdfReader

import processes
from web.command import main


def run(*arguments: str) -> Result:
    """
    Type a command.
    """
    return CliRunner().invoke(main, ["letter", *arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """
    Give a folder with a diagram and one letter that can't be sent.
    """
    (tmp_path / "p.bpmn").write_bytes((processes.FOLDER / "meter_installation.bpmn").read_bytes())
    (tmp_path / "letters" / "mail").mkdir(parents=True)
    for language in ("az", "ru"):
        (tmp_path / "letters" / "mail" / f"hello.{language}.txt").write_text("Salam\n\n{nmae}\n")
    return tmp_path


def test_letters_are_listed_by_name_and_title() -> None:
    listed = run("list", "--language", "en").output
    assert "visit_planned        Time of the visit\n" in listed
    assert "refusal.pdf          Reasoned refusal\n" in listed


@pytest.mark.parametrize("language", ["az", "ru", "en"])
def test_a_letter_is_shown_as_text_as_html_and_as_pdf(language: str, tmp_path: Path) -> None:
    shown = run("preview", "visit_planned", "--language", language)
    assert shown.exit_code == 0
    assert "09:00–12:00" in shown.output
    page, paper = tmp_path / "v.html", tmp_path / "r.pdf"
    assert run("preview", "visit_planned", "--language", language, "--out", str(page)).exit_code == 0
    assert f'<html lang="{language}">' in page.read_text()
    assert run("preview", "receipt.pdf", "--language", language, "--out", str(paper)).exit_code == 0
    assert "4831-7720-9155" in PdfReader(paper).pages[0].extract_text()


@pytest.mark.parametrize("name", ["nothing", "footer", "act.pdf"])
def test_what_cannot_be_shown_is_a_wrong_call(name: str) -> None:
    assert run("preview", name).exit_code == 2


def test_letters_that_cannot_be_sent_are_told_with_their_lines(folder: Path) -> None:
    done = run("preview", "hello", "--dir", str(folder), "--language", "en")
    assert done.exit_code == 1
    assert "letters/mail/hello.az.txt:3:1: There is no placeholder {nmae} here." in done.output
    assert "letters/mail/hello.en.txt: The letter «hello» has no text in this language: en." in done.output
