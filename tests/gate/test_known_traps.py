"""
What is known of SpiffWorkflow 3.2.0 and of hostile files, item by item, with the tests that show what is made of it: a
test that is renamed or removed is missed here.
"""

from __future__ import annotations

import importlib
import re
import tomllib
from pathlib import Path

import pytest
from lxml import etree

from tests.gate.test_hostile import FILES, HOOKS

TOP = Path(__file__).parent.parent.parent

#: finding -> what SpiffWorkflow does, and the tests: module:function, or module:TABLE[entry]
FINDINGS: dict[str, tuple[str, tuple[str, ...]]] = {
    "S1": (
        "evaluates texts of the diagram as Python",
        (
            *("gate.test_hostile:test_no_hook_of_the_engine_runs_a_text",),
            *("gate.test_hostile:test_no_text_of_another_language_is_an_expression",),
            *("gate.test_hostile:test_what_python_would_reach_by_a_name_is_nothing_in_an_expression",),
        ),
    ),
    "S2": (
        "makes a variable of every posted value",
        (
            "gate.test_spiff_traps:test_what_a_form_does_not_declare_never_enters_the_data",
            "gate.test_spiff_traps:test_a_field_that_bears_a_helpers_name_breaks_no_condition",
        ),
    ),
    "S3": ("can't read back a field called typename", ("gate.test_spiff_traps:test_no_name_of_a_field_locks_a_case",)),
    "S4": (
        "overlooks what lies deeper than 1000 and says completed",
        ("gate.test_spiff_traps:test_a_case_with_a_long_history_is_never_taken_for_ended",),
    ),
    "S5": (
        "leaves a case that failed neither going on nor completed",
        (
            "gate.test_spiff_traps:test_a_step_that_fails_says_where_and_leaves_the_stored_case_as_it_was",
            "engine.test_cases:test_a_failing_operation_undoes_the_step_and_opens_an_incident",
        ),
    ),
    "S6": (
        "turns in circles without end, calls itself without end",
        (
            "gate.test_drawings:DRAWINGS[a circle without a person]",
            "gate.test_spiff_traps:test_a_circle_that_forks_is_stopped_in_time",
            "gate.test_calls:test_a_circle_of_calls_is_refused",
        ),
    ),
    "S7": ("ends in a recursion at 489 tasks", ("gate.test_mutants:test_a_long_chain_runs_or_is_refused",)),
    "S8": (
        "lets people do a task of no kind, and can't store a plain service task",
        (
            "gate.test_drawings:DRAWINGS[a plain task]",
            "gate.test_spiff_traps:test_a_service_task_without_an_operation_is_refused",
        ),
    ),
    "S9": (
        "hides why a service failed",
        ("engine.test_cases:test_a_failing_operation_undoes_the_step_and_opens_an_incident",),
    ),
    "S10": (
        "reads XML with lxml's defaults, whatever its version",
        (
            "gate.test_hostile:test_a_hostile_diagram_is_refused_and_asks_nobody",
            "gate.test_known_traps:test_lxml_is_one_that_follows_no_entity",
        ),
    ),
    "S11": (
        "runs code of old states, and takes states of unknown versions",
        ("gate.test_spiff_traps:test_a_state_of_another_version_is_never_read",),
    ),
    "S12": (
        "has its own clock, repeats what was missed, and reads a timer's text only when it is reached",
        (
            "engine.test_timers:test_cycles_that_were_missed_come_once",
            "engine.test_timers:test_a_timer_whose_own_code_fails_is_an_incident_at_once",
            "gate.test_spiff_traps:test_a_time_that_is_none_is_refused_before_a_case_comes_there",
        ),
    ),
    "S13": ("embeds the diagram in the state", ("engine.test_cases:test_a_case_stays_on_the_release_it_started_on",)),
    "S14": (
        "restarts timers, drops drafts and loses places when a case moves",
        (
            "processes.test_moving:test_a_move_keeps_drafts_holders_due_dates_and_running_timers",
            "processes.test_moving:test_a_case_that_stands_where_the_release_has_nothing_stays_and_says_why",
        ),
    ),
    "S15": (
        "accepts mutants that misbehave later",
        ("gate.test_mutants:test_a_mutant_is_refused_with_a_reason_or_runs_on_other_walks_too",),
    ),
    "S16": (
        "has several instances, which must come back from the state",
        (
            "gate.test_loops:test_each_of_a_list_gets_a_task_beside_the_others",
            "gate.test_loops:test_in_turn_the_next_begins_when_the_one_before_has_ended",
        ),
    ),
    "S17": (
        "changes what is stored as JSON",
        ("gate.test_spiff_traps:test_numbers_and_null_come_back_from_the_state_as_they_went",),
    ),
    "S18": (
        "lets the state grow with every round",
        ("gate.test_spiff_traps:test_the_state_of_a_case_that_is_sent_back_for_ever_does_not_grow",),
    ),
}
#: a drawing that SpiffWorkflow accepts and treats wrongly -> what becomes of it here
DRAWN: dict[str, tuple[str, ...]] = {
    "a node called Start": ("gate.test_drawings:DRAWINGS[a node called Start]",),
    "a task called End": ("gate.test_drawings:DRAWINGS[a task called End]",),
    "link events": ("gate.test_drawings:RUNNING[a link]", "gate.test_drawings:DRAWINGS[a link to nowhere]"),
    "a condition behind a task": ("gate.test_drawings:DRAWINGS[a condition behind a task]",),
    "a task not connected": ("gate.test_drawings:DRAWINGS[a task that nothing leads to]",),
    "an interrupting event sub-process": (
        "gate.test_boxes:test_an_event_sub_process_of_the_process_begins_at_any_time",
    ),
    "a signal end event": ("gate.test_events:RUNNING[a signal on the way and at the end]",),
    "a data object two sub-processes deep": (
        "gate.test_spiff_traps:test_a_data_object_deep_inside_hangs_nothing_and_is_told_to_be_a_picture",
    ),
    "an exclusive gateway without default": ("gate.test_drawings:DRAWINGS[no default flow]",),
    "__import__ as a condition": ("gate.test_hostile:HOOKS[a condition]",),
    "a DTD": ("gate.test_hostile:FILES[an external document type]", "gate.test_hostile:FILES[a file as an entity]"),
}
#: where SpiffWorkflow evaluates a text -> the entry that tries it
EVALUATED = {
    "script task": "a script",
    "gateway condition": "a condition",
    "timer": "a timer",
    "conditional event": "a conditional event",
    "loop condition": "a loop's condition",
    "loop cardinality": "a number of instances",
    "ad-hoc completion": "the end of an ad-hoc sub-process",
    "message correlation": "a message's correlation",
    "preScript": "a script before a task",
    "postScript": "a script after a task",
    "service-task parameter": "a parameter",
}
#: what an analyst writes -> where it is tried to run code, or to hang
WRITTEN: dict[str, tuple[str, ...]] = {
    "a diagram": (
        "gate.test_hostile:test_no_hook_of_the_engine_runs_a_text",
        "gate.test_boxes:test_a_drawing_can_not_hide_what_is_in_a_box",
        "gate.test_hostile:test_a_foreign_element_is_refused_by_name",
    ),
    "an expression": (
        "gate.test_hostile:test_no_text_of_another_language_is_an_expression",
        "gate.test_hostile:test_a_long_or_deep_expression_never_hangs_the_gate",
    ),
    "a form": ("gate.test_hostile:test_a_hostile_form_is_refused",),
    "a decision table": (
        "gate.test_hostile:test_a_hostile_decision_table_is_refused",
        "gate.test_hostile:test_no_text_of_another_language_is_an_expression",
    ),
    "a letter": (
        "gate.test_letters:test_a_mail_that_could_not_be_sent_is_refused_with_its_line",
        "gate.test_letters:test_words_that_could_not_be_printed_are_refused",
        "gate.test_letters:test_no_file_stops_the_judge",
    ),
}
SHOWN = [
    *((name, test) for name, (_, tests) in FINDINGS.items() for test in tests),
    *((name, test) for table in (DRAWN, WRITTEN) for name, tests in table.items() for test in tests),
]


@pytest.mark.parametrize(("name", "test"), SHOWN, ids=[f"{name}-{test.partition(':')[2]}" for name, test in SHOWN])
def test_what_is_known_is_shown_by_a_test(name: str, test: str) -> None:
    module, found = test.split(":")
    here = importlib.import_module(f"tests.{module}")
    table = re.fullmatch(r"(\w+)\[(.+)\]", found)

    assert (table[2] in getattr(here, table[1])) if table else callable(getattr(here, found))


def test_every_finding_and_every_drawing_of_the_reference_is_in_the_table() -> None:
    assert list(FINDINGS) == [f"S{n}" for n in range(1, 19)]
    assert len(DRAWN) == 11


def test_every_place_in_which_a_text_is_evaluated_is_tried() -> None:
    assert len(EVALUATED) == 11
    assert set(EVALUATED.values()) == HOOKS.keys()


def test_at_least_as_many_hostile_files_are_tried_as_are_known() -> None:
    assert len(FILES) >= 23


def test_lxml_is_one_that_follows_no_entity() -> None:
    wanted = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["dependencies"]

    assert "lxml>=6.1" in wanted
    assert etree.LXML_VERSION >= (6, 1)
