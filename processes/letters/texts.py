"""
What letters of this installation may name in braces, and the words that they come with: `mail/`, `texts.toml`, and in
`urgent.txt` those that the night does not keep back.

It holds no wording; how a file is read and what is refused in it is `engine.words.letters`' and the gate's.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from engine.releases.bundles import letter_files
from engine.words.letters import LetterRules, Letters

#: to the citizen
CITIZEN = ("registered", "visit_planned", "term_extended", "meter_installed", "meter_registered", "refused", "ended")

#: to dispatchers and heads of office, because the diagram says so
STAFF = ("assignment_late", "overdue")

#: to whoever has a task, by the engine's own occasions
ABOUT_TASKS = ("task_assigned", "task_due")

#: in the morning, to heads of office and operators
DIGEST = "digest"

LETTERS = (*CITIZEN, *STAFF, *ABOUT_TASKS, DIGEST)

#: stands under every letter
FOOTER = "footer"

#: what stands in every letter, so that what stands under each may name it
EVERYWHERE = frozenset({"name", "organisation", "telephone"})

#: everything that a letter about a case may name
PLACEHOLDERS = frozenset(
    {
        "case_number",
        "district",
        "due_on",
        "expected_date",
        "name",
        "office",
        "office_address",
        "office_telephone",
        "organisation",
        "reason",
        "registered_on",
        "status_url",
        "telephone",
        "visit_date",
        "visit_window",
    }
)

#: what a letter about somebody's task may name
OF_TASK = EVERYWHERE | {"case_number", "task", "task_due_on", "office", "registered_on", "due_on", "task_url"}

#: what the digest may name: how many, with some case numbers
OF_DIGEST = EVERYWHERE | {"today", "due_today", "overdue", "unassigned", "incidents", "inbox_url"}

#: a subject goes into a header: nothing that a person wrote may stand in it
IN_SUBJECT = frozenset({"case_number", "today"})

#: what each part of the printed letters' words may name; every text of a part is given all of them
VALUES: Mapping[str, frozenset[str]] = {
    "common": frozenset({"url"}),
    "act": frozenset({"basis", "given_on"}),
    "refusal": frozenset({"recipient", "registered_on", "case_number", "telephone"}),
    "receipt": frozenset({"due_on", "term_days"}),
}


@cache
def rules() -> LetterRules:
    """
    Return what the letters of this installation may name, with the words that are shipped.
    """
    files = letter_files(Path(__file__).parents[1])
    return LetterRules(
        mails={
            **dict.fromkeys((*CITIZEN, *STAFF), PLACEHOLDERS),
            **dict.fromkeys(ABOUT_TASKS, OF_TASK),
            DIGEST: OF_DIGEST,
            FOOTER: EVERYWHERE,
        },
        others=PLACEHOLDERS,
        in_subject=IN_SUBJECT,
        inside=frozenset({FOOTER}),
        parts=VALUES,
        shipped={name: files[name].read_bytes() for name in sorted(files)},
    )


@cache
def shipped() -> Letters:
    """
    Return the letters that came with the installation.
    """
    return Letters({}, rules())
