"""
The page of a printed letter's words in three languages, and the letter itself about somebody invented.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, abort, redirect, render_template, request, url_for

from engine import rights
from engine.findings import Finding
from engine.gate.lettering import judge_letters
from engine.releases.drafts import Draft
from engine.words.letters import LANGUAGES, TEXTS, split_texts
from engine.words.rewording import reworded
from processes.letters import preview
from web import texts
from web.access import may
from web.letters.drafting import Field, blueprint, draft_of, keep, letters_of, problems_of, told
from web.services import services


@blueprint.get("/mektublar/<process>/cap/<part>")
@may(rights.LETTERS)
def edit_words(process: str, part: str) -> Any:
    """
    Show the words of a printed letter to be changed.
    """
    draft = draft_of(process)
    return _edit_words(draft, part, _words(draft, part))


@blueprint.post("/mektublar/<process>/cap/<part>")
@may(rights.LETTERS)
def save_words(process: str, part: str) -> Any:
    """
    Keep the words of a printed letter in the draft, if they could be printed.
    """
    draft = draft_of(process)
    known = _words(draft, part)
    typed = {
        key: [Field(one.id, one.language, request.form.get(one.id, one.value).replace("\r\n", "\n")) for one in fields]
        for key, fields in known.items()
    }
    if texts.choose_language():
        return _edit_words(draft, part, typed)
    changes = {
        (part, key, one.language): one.value.strip()
        for key, fields in typed.items()
        for one, was in zip(fields, known[key], strict=True)
        if one.value != was.value
    }
    content = reworded(draft.bundle[TEXTS], changes) if changes else draft.bundle[TEXTS]
    wrong = [each for each in judge_letters({TEXTS: content}, services().operations.letters) if each.refuses]
    if wrong:
        return _edit_words(draft, part, _with_word_problems(typed, part, wrong), refused=True), 422
    keep(draft, {TEXTS: content})
    return redirect(url_for("letters.edit_words", process=process, part=part, bildiris="saxlanildi"), 303)


@blueprint.get("/mektublar/<process>/cap/<kind>/<language>.pdf")
@may(rights.LETTERS)
def paper(process: str, kind: str, language: str) -> Any:
    """
    Hand out a printed letter about somebody invented.
    """
    draft = draft_of(process)
    if language not in LANGUAGES or kind not in preview.PAPERS["common"]:
        abort(404)
    response = Response(preview.preview_paper(letters_of(draft), kind, language), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{kind}-{language}.pdf"'
    return response


def _edit_words(draft: Draft, part: str, words: Mapping[str, Sequence[Field]], *, refused: bool = False) -> Any:
    language = texts.language()
    return render_template(
        "letters/words.html",
        draft=draft,
        part=part,
        title=preview.part_title(part, language),
        words=words,
        problems=problems_of(field for each in words.values() for field in each),
        refused=refused,
        languages=texts.LANGUAGES,
        hints=preview.part_hints(part, language),
        papers=preview.PAPERS.get(part, ()),
        paper_title=preview.part_title,
        notice=request.args.get("bildiris"),
    )


def _with_word_problems(
    words: Mapping[str, Sequence[Field]], part: str, wrong: Sequence[Finding]
) -> dict[str, list[Field]]:
    said: dict[str, list[str]] = {}
    for finding in wrong:
        key = (finding.element or "").removeprefix(f"{part}.")
        fields = words.get(key) or next(iter(words.values()))
        language = finding.params.get("language")
        field = next((one for one in fields if _is_meant(one, finding, language)), fields[0])
        said.setdefault(field.id, []).append(finding.say(texts.language()))
    return {key: [told(field, said) for field in each] for key, each in words.items()}


def _is_meant(field: Field, finding: Finding, language: object) -> bool:
    """Of a finding that tells no language, the one in whose text it stands is meant."""
    if language is not None:
        return field.language == language
    named = str(finding.params.get("name") or finding.params.get("text") or "")
    return bool(named) and named in field.value


def _words(draft: Draft, part: str) -> dict[str, list[Field]]:
    parts = split_texts(draft.bundle[TEXTS]) if TEXTS in draft.bundle else {}
    if part not in parts:
        abort(404)
    return {
        key: [Field(f"{key}.{language}", language, said.get(language, "")) for language in LANGUAGES]
        for key, said in parts[part].items()
    }
