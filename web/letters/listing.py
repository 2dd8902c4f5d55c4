"""
The list of letters with what the reader's draft changes, and the way from a draft to a release that waits for a second
person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import g, redirect, render_template, request, url_for

from engine import rights
from engine.comparison import compare
from engine.errors import NoteMissing, ReleaseRefused
from engine.findings import Finding
from engine.releases.drafts import Draft
from engine.words.letters import TEXTS, mail_names, split_texts
from processes.letters import preview
from web import texts
from web.access import may
from web.letters.drafting import blueprint, draft_of, drafts, is_urgent, keep, paths_of, urgency, words_of
from web.services import services

#: characters of a note
LONGEST_NOTE = 500


@dataclass(frozen=True)
class Line:
    """
    A letter in the list.
    """

    name: str
    title: str
    #: its subject in the reader's language
    subject: str
    changed: bool
    outdated: bool
    #: it goes out at night, too
    urgent: bool = False


@blueprint.get("/mektublar")
@may(rights.LETTERS)
def page() -> Any:
    """
    List the letters of every process, with what the reader's draft changes.
    """
    return _page()


@blueprint.post("/mektublar/<process>/qaralama/teklif")
@may(rights.LETTERS)
def propose(process: str) -> Any:
    """
    Let the draft pass the gate and wait for a second person.
    """
    here = services()
    note = " ".join(request.form.get("note", "").split())[:LONGEST_NOTE]
    if texts.choose_language():
        return _page(process, note=note)
    if not draft_of(process).changed:
        return redirect(url_for("letters.page"), 303)
    try:
        made = drafts().propose(g.actor, process, now=here.ports.clock.now(), note=note)
    except NoteMissing:
        return _page(process, note=note, note_missing=True), 422
    except ReleaseRefused as refused:
        return _page(process, note=note, findings=refused.findings), 422
    return redirect(url_for("letters.page", teklif=made.id[:12]), 303)


@blueprint.post("/mektublar/<process>/qaralama/at")
@may(rights.LETTERS)
def drop(process: str) -> Any:
    """
    Forget what the draft changes: of one letter, or all of it.
    """
    draft = draft_of(process)
    letter = request.form.get("letter", "")
    paths = list(paths_of(letter)) if letter else None
    drafts().drop(g.actor, process, paths)
    if letter and letter != TEXTS:
        keep(draft, urgency(draft, letter, urgent=is_urgent(letter, draft.files)))
    if letter and letter != TEXTS and letter in mail_names(draft.files):
        return redirect(url_for("letters.edit", process=process, name=letter, bildiris="atildi"), 303)
    return redirect(url_for("letters.page", bildiris="atildi"), 303)


def _page(process: str = "", *, note: str = "", note_missing: bool = False, findings: Sequence[Finding] = ()) -> str:
    here, language = services(), texts.language()
    names = sorted(release.process for release in here.releases.current())
    found = [_overview(drafts().of(g.actor, name)) for name in names]
    waiting = [row for each in found for row in here.releases.listed(each["process"]) if _waits(row, each["since"])]
    return render_template(
        "letters/page.html",
        processes=found,
        waiting=waiting,
        asked=process,
        note=note,
        note_missing=note_missing,
        findings=[(finding, finding.say(language)) for finding in findings if finding.refuses],
        longest_note=LONGEST_NOTE,
        proposed=request.args.get("teklif", ""),
        notice=request.args.get("bildiris"),
    )


def _overview(draft: Draft) -> dict[str, Any]:
    language = texts.language()
    changes = compare(draft.files, draft.bundle).changes if draft.changed else ()
    parts = split_texts(draft.bundle[TEXTS]) if TEXTS in draft.bundle else {}
    before = split_texts(draft.files[TEXTS]) if TEXTS in draft.files else {}
    return {
        "process": draft.process,
        "title": draft.active.translate(draft.active.title, language),
        "since": next(
            (row.active_since for row in services().releases.listed(draft.process) if row.id == draft.active.id), None
        ),
        "release": draft.active.id[:12],
        "mails": [_line(draft, name) for name in preview.in_order(mail_names(draft.bundle))],
        "parts": [
            Line(part, preview.part_title(part, language), "", before.get(part) != keys, TEXTS in draft.outdated)
            for part, keys in parts.items()
        ],
        "changes": [change.say(language) for change in changes],
        "outdated": bool(draft.outdated),
    }


def _waits(row: Any, since: Any) -> bool:
    return row.active_since is None and (since is None or row.created_at >= since)


def _line(draft: Draft, name: str) -> Line:
    language, paths = texts.language(), set(paths_of(name))
    subject = words_of(draft, name, language).subject
    urgent = is_urgent(name, draft.bundle)
    changed = not paths.isdisjoint(draft.changed) or urgent != is_urgent(name, draft.files)
    outdated = not paths.isdisjoint(draft.outdated)
    return Line(name, preview.mail_title(name, language), subject, changed, outdated, urgent)
