"""
The other files of a release: forms, decision tables, letters, catalogues. They are read here, and what is wrong with
each of them is found.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial

from engine import feel
from engine.decisions import DecisionProblem, DecisionProblems, load_decisions
from engine.findings import Finding, Reason, Severity, why
from engine.gate.collecting import Candidate
from engine.operations import ANSWERS_OF
from engine.safe_xml import MOST_BYTES, Place, Source, Unsafe, read_xml
from engine.words.catalogue import Catalogues, read_catalogue
from engine.words.letters import Letters
from forms import FormProblems, load_form


def read_parts(candidate: Candidate, bundle: Mapping[str, bytes]) -> None:
    """
    Read every form, decision table, letter and catalogue into the candidate; letters are judged in `lettering`.
    """
    for path, content in under(bundle, "forms/", ".form"):
        _read_form(candidate, path, content)
    for path, content in under(bundle, "decisions/", ".dmn"):
        _read_decisions(candidate, path, content)
    by_language: dict[str, dict[str, str]] = {}
    for path, content in under(bundle, "catalogues/", ".po"):
        try:
            # what is called says its own words, but where the caller has others
            found, own = read_catalogue(content), by_language.get(_name(path), {})
            by_language[_name(path)] = {**own, **found} if path.count("/") == 1 else {**found, **own}
        except ValueError as error:
            candidate.add_in(path, "not_po", None, reason=str(error))
    candidate.catalogues = Catalogues(by_language)
    candidate.letters = Letters(bundle, candidate.operations.letters)


def _read_form(candidate: Candidate, path: str, content: bytes) -> None:
    try:
        raw = _json(content)
    except ValueError as error:
        candidate.add_in(path, "not_json", None, reason=str(error))
        return
    functions = candidate.operations.function_names
    try:
        form = load_form(raw, compile=lambda text: feel.compile(text, functions=functions))
    except FormProblems as refused:
        for problem in refused.problems:
            place = _place(content, problem.component_id)
            code = f"form.{problem.code}"
            candidate.add_in(path, code, problem.component_id or None, place, **problem.params)
        return
    for name in sorted(form.sources - candidate.operations.sources.keys()):
        if not name.startswith(ANSWERS_OF):
            candidate.add_in(path, "unknown_source", None, _place(content, name), name=name)
    key = _name(path)
    candidate.where[path] = partial(_place, content)
    candidate.forms[key] = form
    candidate.files[key] = path


def _json(content: bytes) -> Mapping[str, object]:
    """Raise ValueError with a reason unless the content is one JSON object of reasonable size and depth."""
    if len(content) > MOST_BYTES:
        raise ValueError(f"> {MOST_BYTES // 1024} KiB")
    try:
        raw = json.loads(content)
    except RecursionError:
        raise ValueError("[[[…") from None
    if not isinstance(raw, dict):
        raise ValueError("{…}")
    return raw


def _read_decisions(candidate: Candidate, path: str, content: bytes) -> None:
    try:
        source = read_xml(path, content)
    except Unsafe as unsafe:
        candidate.findings.append(unsafe.finding)
        return
    try:
        found = load_decisions(content, candidate.operations.function_names)
    except DecisionProblems as refused:
        for problem in refused.problems:
            candidate.findings.append(_decision_finding(source, problem))
        return
    candidate.where[path] = source.place
    if candidate.read.get(content, path) != path:
        return  # the very same tables came with a process that is called
    candidate.read[content] = path
    for key in found:
        if key in candidate.decisions:
            candidate.add_in(path, "twin_decision", key, source.place(key), other=candidate.files[key])
    candidate.decisions |= found
    candidate.files |= dict.fromkeys(found, path)


def _decision_finding(source: Source, problem: DecisionProblem) -> Finding:
    params = dict(problem.params)
    if problem.reason is not None:
        params["reason"] = why(problem.reason)
    reason = Reason(f"decision.{problem.code}", params, problem.text)
    place = source.place(problem.element)
    if problem.line > place[0]:
        place = (problem.line, 1)
    return Finding("decision", source.file, problem.element, Severity.ERROR, *place, {"reason": reason})


def _place(content: bytes, key: str) -> Place:
    """Where a form file names `key`, (0, 0) if it does not."""
    text = content.decode("utf-8", errors="replace")
    at = text.find(json.dumps(key, ensure_ascii=False)) if key else -1
    return (text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)) if at >= 0 else (0, 0)


def _name(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]


def under(bundle: Mapping[str, bytes], folder: str, ending: str) -> Iterator[tuple[str, bytes]]:
    """
    Yield (path, content) of the files of one folder with one ending.
    """
    return ((path, content) for path, content in bundle.items() if path.startswith(folder) and path.endswith(ending))
