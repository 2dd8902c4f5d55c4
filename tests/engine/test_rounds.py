"""
Which answers count after a case was led back: those of this round, and those that no way back passes.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.diagram.rounds import Rounds
from tests.forms.building import component, form

#: begin > plan > visit > (again > visit | propose > decide > (plan | done)); beside it watch > watch
AFTER = {
    "begin": ("apply",),
    "apply": ("plan", "watch"),
    "plan": ("visit",),
    "visit": ("again", "propose"),
    "again": ("visit",),
    "propose": ("decide",),
    "decide": ("plan", "done"),
    "watch": ("watch",),
}
TASKS = ("apply", "plan", "visit", "again", "propose", "decide", "watch")
ROUNDS = Rounds.of(["begin"], TASKS, AFTER)
FORMS = {name: form(component("textfield", name), component("textfield", "shared")) for name in TASKS}


def standing(*way: str) -> set[str]:
    """The tasks whose answers count after they were answered in this order."""
    given: dict[str, dict[str, str]] = {}
    for task in way:
        given.pop(task, None)
        given[task] = {task: "x"}
    return set(ROUNDS.standing(given, FORMS))


@pytest.mark.parametrize(
    ("way", "gone"),
    [
        ("apply plan visit propose decide", ""),
        ("apply plan visit propose decide plan", "visit propose"),
        ("apply plan visit propose decide plan visit", "propose decide"),
        ("apply plan visit again visit", ""),
        ("apply plan visit again visit again visit", ""),
        ("apply plan visit again visit propose decide plan", "visit again propose"),
        ("apply plan watch visit propose watch decide plan", "visit propose"),
        ("apply plan visit propose decide watch plan", "visit propose"),
        ("apply plan visit elsewhere propose decide plan", "visit propose"),
    ],
)
def test_a_task_answered_again_ends_the_round_before(way: str, gone: str) -> None:
    assert standing(*way.split()) == set(way.split()) - set(gone.split())


def test_kept_answers_outlive_the_round() -> None:
    given = {task: {task: "x"} for task in ("apply", "visit", "propose", "decide", "plan")}
    kept = replace(ROUNDS, kept=frozenset({"visit"}))
    assert set(kept.standing(given, FORMS)) == {"apply", "visit", "decide", "plan"}


def test_a_field_that_the_newest_form_did_not_ask_has_no_answer() -> None:
    given = {"plan": {"plan": "x", "shared": "old"}, "visit": {"visit": "x"}}
    assert ROUNDS.standing(given, FORMS) == {"plan": "x", "visit": "x"}
    given["again"] = {"again": "x", "shared": "new"}
    assert ROUNDS.standing(given, FORMS)["shared"] == "new"


def test_only_what_no_way_reaches_otherwise_lies_behind_a_task() -> None:
    assert ROUNDS.behind["visit"] == {"again", "propose", "decide", "done"}
    assert ROUNDS.behind["decide"] == {"done"}
    assert ROUNDS.around["decide"] == {"plan", "visit", "again", "propose"}
    assert ROUNDS.around["watch"] == ROUNDS.around["apply"] == frozenset()
