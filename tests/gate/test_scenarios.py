"""
Scenarios: what is written beside the diagram happens, or the finding names the line; one made of a case tells nobody.
"""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

import processes
from engine.gate.compiling import Parts, compile_bundle
from engine.releases.bundles import find
from engine.scenarios.nodes import Unreadable, read_nodes
from engine.scenarios.reading import read_scenario, write_scenario
from engine.scenarios.recording import lived, record
from engine.scenarios.running import Ran, run_file
from engine.tables import Case
from tests.support.installation import Install
from tests.support.meters import ACT, open_utility

FOUND = find(processes.FOLDER)[0]
OURS = {name: content for name, content in FOUND.read().items() if name.startswith("scenarios/")}
INSTALLED = "scenarios/meter_installed.yaml"


@cache
def parts() -> Parts:
    return compile_bundle(FOUND.read(), processes.installed(), processes.ROLES)


def run(content: str | bytes, name: str = "scenarios/x.yaml") -> Ran:
    written = content.encode() if isinstance(content, str) else content
    return run_file(parts(), processes.installed(), name, written)


@pytest.mark.parametrize("name", OURS)
def test_our_scenarios_happen(name: str) -> None:
    assert run(OURS[name], name).findings == []


def test_every_end_of_our_diagram_has_a_scenario() -> None:
    passed = {key for content in OURS.values() for key in run(content).walk.path}

    assert {element.id for element in parts().diagram.of_kind("endEvent")} <= passed


@pytest.mark.parametrize("name", OURS)
def test_a_scenario_is_written_as_it_is_read(name: str) -> None:
    scenario = read_scenario(name, OURS[name])
    again = read_scenario(name, write_scenario(scenario).encode())

    assert run(write_scenario(scenario)).findings == []
    assert [(step.element, step.answers, step.at) for step in again.steps] == [
        (step.element, step.answers, step.at) for step in scenario.steps
    ]
    assert (again.services, again.sources, again.passes, again.end, again.mails) == (
        scenario.services,
        scenario.sources,
        scenario.passes,
        scenario.end,
        scenario.mails,
    )


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("end: meter_installed", "end: case_refused", "scenario_end", 36),
        ("[registered, visit_planned, meter_installed]", "[registered]", "scenario_mails", 37),
        ("passes: [register_case,", "passes: [term_over, register_case,", "scenario_path", 35),
        ("- check_answers\n", "- record_act\n", "scenario_not_open", 14),
        ("visit_outcome: installed", "visit_outcome: gone", "scenario_refused", 20),
        ("visit_outcome: installed", "visit: installed", "scenario_no_field", 20),
        ("known: true", "known: maybe", "scenario_value", 4),
        ("known: true", "know: true", "scenario_unknown", 4),
        ("look_up_subscriber:", "look_up:", "scenario_unknown", 4),
        ("fitters: [7]", "fitter: [7]", "scenario_unknown", 6),
        ("steps:", "stages:", "scenario_unreadable", 12),
        ("- check_answers\n", "- [check_answers]\n", "scenario_unreadable", 14),
        ("begin: 23.11.2026 10:00", "begin: tomorrow", "scenario_unreadable", 2),
        ("name: Sayğac quraşdırılır", "name: &a x", "scenario_unreadable", 1),
        ("name: Sayğac quraşdırılır", "name: !!python/object/apply:os.system [x]", "scenario_unreadable", 1),
        ("name: Sayğac quraşdırılır", "name: [", "scenario_unreadable", 3),
    ],
)
def test_what_does_not_happen_is_found_with_its_line(old: str, new: str, code: str, line: int) -> None:
    content = OURS[INSTALLED].decode()
    assert old in content
    (finding, *_) = run(content.replace(old, new, 1)).findings

    assert (finding.code, finding.line) == (code, line)


def test_words_of_yaml_are_only_texts() -> None:
    read = read_nodes(b"a: no\nb: 2026-11-23\nc: 0123\nd: ~\ne: [yes, 1_000, 1e3]").plain

    assert read == {"a": "no", "b": "2026-11-23", "c": "0123", "d": "~", "e": ["yes", "1_000", "1e3"]}


@given(st.binary(max_size=200) | st.text(alphabet="{}[]:-,&*!|>'\"# \na0", max_size=200).map(str.encode))
def test_whatever_a_file_holds_it_is_read_or_refused(content: bytes) -> None:
    try:
        read_nodes(content)
    except Unreadable as error:
        assert error.reason


def test_a_scenario_of_a_case_goes_its_way_without_its_people(install_sqlite: Install) -> None:
    utility = open_utility(install_sqlite)
    case_id = utility.assigned("1000000002", telephone="055 987 65 43", notes="Qapı kodu 1907")
    utility.visit(case_id, "installed", note="Həyətdə it var")
    utility.do(case_id, "record_act", **ACT)
    with utility.site.database.read() as connection:
        number = connection.scalar(Case.__table__.select().with_only_columns(Case.number).where(Case.id == case_id))
        release_id, steps = lived(connection, number)
    made = record(utility.site.releases.get(release_id), utility.site.operations, "Köhnə sayğacla", steps)
    written = write_scenario(made)

    assert made.end == "meter_installed"
    assert [step.element for step in made.steps] == [
        *("enter_subscriber_code", "confirm_additional_meter", "apply", "check_answers"),
        *("assign_executor", "record_visit", "record_act"),
    ]
    for personal in ("1000000002", "9876543", "1907", "aysel", "it var", "A1234567", "P101", number):
        assert personal not in written
    assert run(written).findings == []
