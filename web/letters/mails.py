"""
The page of an e-mail: subject and text in three languages side by side, and what its reader will see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, abort, redirect, render_template, request, url_for

from engine import rights
from engine.findings import Finding
from engine.gate.lettering import LONGEST_SUBJECT, judge_letters
from engine.releases.drafts import Draft
from engine.words.letters import LANGUAGES, mail_bytes, mail_name, mail_names, mail_path, split_mail
from processes.letters import preview
from processes.letters.mail import Letter
from web import security, texts
from web.access import may
from web.letters.drafting import (
    Field,
    blueprint,
    draft_of,
    is_urgent,
    keep,
    letters_of,
    paths_of,
    problems_of,
    told,
    urgency,
    words_of,
)
from web.services import services

#: a letter is shown inside a page of ours, with its own style and nothing else
_FRAMED = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
_FRAMING = f"{security.CONTENT_SECURITY_POLICY}; frame-src 'self'"


@blueprint.get("/mektublar/<process>/<name>")
@may(rights.LETTERS)
def edit(process: str, name: str) -> Any:
    """
    Show an e-mail to be changed, and what it looks like.
    """
    draft = draft_of(process)
    return _edit_mail(draft, name, _mail_fields(draft, name), urgent=is_urgent(name, draft.bundle))


@blueprint.post("/mektublar/<process>/<name>")
@may(rights.LETTERS)
def save(process: str, name: str) -> Any:
    """
    Keep an e-mail's words in the draft, if they could be sent.
    """
    draft = draft_of(process)
    _known_mail(draft, name)
    inside = name in services().operations.letters.inside
    typed = {
        mail_path(name, language): mail_bytes(
            # a subject is one line, whatever was pasted
            "" if inside else " ".join(request.form.get(f"subject_{language}", "").split()) or " ",
            request.form.get(f"body_{language}", ""),
        )
        for language in LANGUAGES
    }
    fields = {
        kind: [
            Field(f"{kind}_{language}", language, request.form.get(f"{kind}_{language}", "")) for language in LANGUAGES
        ]
        for kind in (("body",) if inside else ("subject", "body"))
    }
    urgent = "urgent" in request.form
    if texts.choose_language():
        return _edit_mail(draft, name, fields, urgent=urgent)
    wrong = [each for each in judge_letters(typed, services().operations.letters) if each.refuses]
    if wrong:
        told_at = _with_problems(fields, wrong, inside=inside)
        return _edit_mail(draft, name, told_at, refused=True, urgent=urgent), 422
    keep(draft, typed | ({} if inside else urgency(draft, name, urgent=urgent)))
    return redirect(url_for("letters.edit", process=process, name=name, bildiris="saxlanildi"), 303)


@blueprint.get("/mektublar/<process>/<name>/<language>.html")
@may(rights.LETTERS)
def framed(process: str, name: str, language: str) -> Any:
    """
    Show an e-mail as its reader's program will, inside a page of ours.
    """
    draft = draft_of(process)
    _known_mail(draft, name)
    if language not in LANGUAGES or name in services().operations.letters.inside:
        abort(404)
    shown = preview.preview_mail(letters_of(draft), name, language)
    response = Response(shown.html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _FRAMED
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _edit_mail(
    draft: Draft, name: str, fields: Mapping[str, Sequence[Field]], *, urgent: bool, refused: bool = False
) -> Any:
    _known_mail(draft, name)
    language = texts.language()
    rules = services().operations.letters
    inside = name in rules.inside
    page = render_template(
        "letters/mail.html",
        draft=draft,
        name=name,
        title=preview.mail_title(name, language),
        fields=fields,
        problems=problems_of(field for each in fields.values() for field in each),
        refused=refused,
        languages=texts.LANGUAGES,
        hints=preview.hints(rules.may_name(name), language),
        in_subject=rules.in_subject,
        longest_subject=LONGEST_SUBJECT,
        previews=[] if inside else _previews(draft, name),
        changed=not set(paths_of(name)).isdisjoint(draft.changed)
        or is_urgent(name, draft.bundle) != is_urgent(name, draft.files),
        urgent=None if inside else urgent,
        quiet=services().settings.quiet_hours,
        outdated={
            code: split_mail(draft.files[mail_path(name, code)].decode(), has_subject=not inside)
            for code in LANGUAGES
            if mail_path(name, code) in draft.outdated
        },
        notice=request.args.get("bildiris"),
    )
    response = Response(page, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _FRAMING
    return response


def _previews(draft: Draft, name: str) -> list[tuple[str, Letter]]:
    """What each language's reader gets; none where the file can't be sent as it is."""
    letters = letters_of(draft)
    shown = [] if list(judge_letters(draft.bundle, services().operations.letters)) else LANGUAGES
    return [(code, preview.preview_mail(letters, name, code)) for code in shown]


def _with_problems(
    fields: Mapping[str, Sequence[Field]], wrong: Sequence[Finding], *, inside: bool
) -> dict[str, list[Field]]:
    """Put each finding to the field in which it can be mended; the file's first line is the subject."""
    said: dict[str, list[str]] = {}
    for finding in wrong:
        _, language = mail_name(finding.file) or ("", LANGUAGES[0])
        of_subject = not inside and (finding.line == 1 or finding.code == "letter_subject")
        kind = "subject" if of_subject else "body"
        said.setdefault(f"{kind}_{language}", []).append(finding.say(texts.language()))
    return {kind: [told(field, said) for field in each] for kind, each in fields.items()}


def _mail_fields(draft: Draft, name: str) -> dict[str, list[Field]]:
    _known_mail(draft, name)
    inside = name in services().operations.letters.inside
    found: dict[str, list[Field]] = {} if inside else {"subject": []}
    for language in LANGUAGES:
        mail = words_of(draft, name, language)
        body = "\n\n".join("\n".join(paragraph) for paragraph in mail.paragraphs)
        if not inside:
            found["subject"].append(Field(f"subject_{language}", language, mail.subject))
        found.setdefault("body", []).append(Field(f"body_{language}", language, body))
    return found


def _known_mail(draft: Draft, name: str) -> None:
    if name not in mail_names(draft.bundle):
        abort(404)
