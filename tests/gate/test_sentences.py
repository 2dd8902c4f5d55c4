"""
Every finding is said in three languages, with the same values, and says what to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.feel.errors import SENTENCES as FEEL
from engine.findings import Finding, Reason, say, sentences
from forms.messages import PROBLEMS

TOP = Path(__file__).parent.parent.parent / "engine"
LANGUAGES = ("az", "ru", "en")
PLACE = re.compile(r"\{(\w+)\}")
RAISED = re.compile(r'(?:\b(?:add|warn|note|_note|_refuse|Finding)\(\s*(?:ran, |search, )?|add_in\([^,]+,\s*)"(\w+)"')
MISFITS = re.compile(r'Misfit\(\s*"(\w+)"')


def raised() -> Iterator[str]:
    for path in (*(TOP / "gate").glob("*.py"), *(TOP / "simulation").glob("*.py"), *(TOP / "scenarios").glob("*.py")):
        text = path.read_text()
        yield from RAISED.findall(text)
        yield from MISFITS.findall(text)
    for name in ("diagram/reading.py", "safe_xml.py"):
        yield from RAISED.findall((TOP / name).read_text())
    yield from (f"feel.{code}" for code in FEEL)
    yield from (f"form.{code}" for code in PROBLEMS)


@pytest.mark.parametrize("code", sorted(set(raised())))
def test_a_finding_has_words_in_every_language(code: str) -> None:
    said = sentences()[code]

    assert set(said) == set(LANGUAGES)
    assert all(said[language].strip() for language in LANGUAGES)
    assert len(set(said.values())) == len(LANGUAGES)


@pytest.mark.parametrize("code", sorted(sentences()))
def test_a_sentence_names_the_same_values_in_every_language(code: str) -> None:
    said = sentences()[code]

    assert len({frozenset(PLACE.findall(text)) for text in said.values()}) == 1


def test_every_finding_that_code_can_raise_is_known_to_these_tests() -> None:
    assert {"doctype", "no_default", "deadlock", "scenario_end", "never_value", "feel.too_deep"} <= set(raised())


def test_a_finding_is_said_with_its_place_and_values() -> None:
    finding = Finding("unknown_role", "a.bpmn", "ask", line=3, column=7, params={"role": "mayor", "known": "citizen"})

    assert str(finding) == (
        "a.bpmn:3:7: error: ask: «mayor» rolu yoxdur. Bunlardan birini yazın: citizen. [unknown_role]"
    )
    assert finding.say("en") == "There is no role «mayor». Write one of: citizen."


def test_a_finding_of_a_kind_is_said_in_its_own_words() -> None:
    assert "sub-process" in Finding("unsupported", "a", params={"kind": "subProcess"}).say("en")
    assert "«somethingElse»" in Finding("unsupported", "a", params={"kind": "somethingElse"}).say("ru")


def test_what_an_expression_lacks_is_said_in_the_language_of_the_finding() -> None:
    reason = Reason("feel.unknown_function", {"found": "«shout»"})
    finding = Finding("expression", "a", params={"text": "shout(1)", "reason": reason})

    assert finding.say("ru") == "Выражение «shout(1)» не читается: функции «shout» нет."
    assert say(Reason("new_code", otherwise="as it came")) == "as it came"
