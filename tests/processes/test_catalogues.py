"""
Every text of a process reaches its reader in Russian and English: diagram, forms, sentences of its operations.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

import forms
import processes
from engine.gate.compiling import Parts, compile_bundle
from engine.releases import bundle_of

PROCESSES = sorted(path.stem for path in processes.FOLDER.glob("*.bpmn"))
FORMS = Path(forms.__file__).parent
LANGUAGES = ("ru", "en")
PLACEHOLDER = re.compile(r"\{\{[^{}]*\}\}|\{\w+\}")
#: calls that carry a sentence about an answer, and where in them it stands
SENTENCES = {"AnswersRefused": 0, "_Rule": 2}


@cache
def parts(process: str) -> Parts:
    bundle = bundle_of(processes.FOLDER / f"{process}.bpmn", FORMS / process)
    return compile_bundle(bundle, processes.installed(), processes.ROLES)


@cache
def catalogue(language: str) -> Catalog:
    with (processes.FOLDER / "catalogues" / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def spoken(tree: ast.AST) -> Iterator[str]:
    """
    Yield the constant sentences with which operations refuse answers.
    """
    for call in ast.walk(tree):
        place = SENTENCES.get(getattr(getattr(call, "func", None), "id", ""))
        if place is None or not isinstance(call, ast.Call) or len(call.args) <= place:
            continue
        said = call.args[place]
        for piece in said.values if isinstance(said, ast.Dict) else [said]:
            if isinstance(piece, ast.Constant) and isinstance(piece.value, str):
                yield piece.value


def texts(process: str) -> set[str]:
    compiled = parts(process)
    shown = {*compiled.diagram.texts(), *(text for form in compiled.forms.values() for text in form.texts())}
    source = (processes.FOLDER / f"{process}.py").read_text(encoding="utf-8")
    return {text for text in shown | set(spoken(ast.parse(source))) if text}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("process", PROCESSES)
def test_every_text_of_a_process_is_translated(process: str, language: str) -> None:
    known = catalogue(language)
    assert [text for text in sorted(texts(process)) if text not in known or not known[text].string] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_only_a_guess(language: str) -> None:
    assert [message.id for message in catalogue(language) if message.id and message.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_names_the_same_values_as_its_source(language: str) -> None:
    different = [
        message.id
        for message in catalogue(language)
        if message.id
        and sorted(PLACEHOLDER.findall(str(message.id))) != sorted(PLACEHOLDER.findall(str(message.string)))
    ]
    assert different == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_left_of_a_text_that_is_gone(language: str) -> None:
    used = {text for process in PROCESSES for text in texts(process)}
    assert sorted(str(message.id) for message in catalogue(language) if message.id and message.id not in used) == []


def test_sentences_of_operations_are_found() -> None:
    refused = "raise AnswersRefused({'a': 'bir', 'b': f'{x}'})\n_Rule('k', True, 'iki')\nother('üç')"
    assert list(spoken(ast.parse(refused))) == ["bir", "iki"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{term} tarixinədək", ["{term}"]),
        ("**Qeyd:** {{visit_note}}", ["{{visit_note}}"]),
        ("{{=a + 1}} {{b}}", ["{{=a + 1}}", "{{b}}"]),
        ("mötərizəsiz", []),
    ],
)
def test_placeholders_are_seen(text: str, named: list[str]) -> None:
    assert PLACEHOLDER.findall(text) == named
