"""
Answers put right: typed into the same form and checked by it, as of the moment at which they were given.

The answers as they were stay with the case, in `correction`. What was decided by them is not decided anew; it is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from engine.diagram import Diagram
from engine.errors import AnswersRefused, InterventionRefused
from engine.findings import Reason
from engine.gate.expressions import written
from engine.interventions.act import Act, AnswerChange
from engine.interventions.kinds import Correct
from engine.interventions.onward import passed
from engine.moving.readiness import candidate_of
from engine.storage.data import dump, load
from engine.tables import Correction, Submission
from engine.world import StepWorld
from forms import Form, Upload
from forms.expressions import Scope


def correct(act: Act, wish: Correct) -> None:
    """
    Put answers right.
    """
    given = answered(act, wish.element)
    was = load(given.answers)
    form = _form(act, wish.element)
    read = form.parse(wish.posted, uploads_of(form, was), context_of(act, wish.element, given.given_at))
    if read.errors:
        raise AnswersRefused({}, read.errors)
    if read.values == was:
        raise InterventionRefused(Reason("intervention.nothing_changed"))
    release = act.world.release
    act.world.answers = release.standing(act.given)
    before = act.world.answers_at(wish.element)
    act.given[wish.element] = dict(read.values)  # in its old place: it counts since it was given
    act.world.answers = release.standing(act.given)
    after = act.world.answers_at(wish.element)
    asked = form.keys - form.personal
    changed = {name for name in form.keys if was.get(name) != read.values.get(name)}
    data = act.run.correct(
        asked, *({key: value for key, value in one.items() if key in asked} for one in (before, after))
    )
    act.element = wish.element
    _say(act, form, was, read.values, changed)
    act.detail |= {"answers": sorted(changed), "data": sorted(data)}
    act.decided += decided_by(act, changed)
    act.world.tell(act.world.operations.corrections.get(release.process), f"{act.row.case_id}:{act.key}")
    act.then.append(lambda: _write(act, given, read.values))


def answered(act: Act, element: str) -> Row[Any]:
    """
    Return the latest answers to a form, if this person may see them.

    Raises:
        InterventionRefused: if they are hidden from the person, or there are none.
    """
    act.must_read_answers()
    if act.world.release.diagram.repeated(element):
        raise InterventionRefused(Reason("intervention.repeated", {"place": act.label(element)}))
    columns = (Submission.task_id, Submission.answers, Submission.given_at)
    latest = select(*columns).where(
        Submission.case_id == act.row.case_id, Submission.element == element, Submission.superseded.is_(False)
    )
    found = act.connection.execute(latest).first()
    if found is None or element not in act.elements:
        raise InterventionRefused(Reason("intervention.not_answered"))
    return found


def context_of(act: Act, element: str, at: datetime) -> Scope:
    """
    Return what a form reads when it is checked as of the moment at which it was answered.
    """
    world: StepWorld = replace(act.world, now=at, answers=act.world.release.standing(act.given))
    data = next((dict(token.data) for token in act.tokens if token.waits), {})
    return world.context(element, data, act.language)


def uploads_of(form: Form, answers: Mapping[str, Any]) -> dict[str, list[Upload]]:
    """
    Return the files among answers as a form takes them; a correction keeps them.
    """
    pickers = [own.key for own in form.fields if own.control == "filepicker"]
    return {key: [_upload(item) for item in answers.get(key) or ()] for key in pickers}


def decided_by(act: Act, names: set[str]) -> list[str]:
    """
    Return the elements that the case has passed whose expressions or tables read one of `names`.
    """
    release = act.world.release
    candidate, done = candidate_of(release, act.world.operations), passed(act)
    readers = {one.reader for one in written(release.diagram) if names & candidate.compiled(one.text).names}
    for element in release.diagram.of_kind("businessRuleTask"):
        decision = release.decisions.get(element.decision or "")
        if decision is not None and names & decision.names:
            readers.add(element.id)
    return _in_order(release.diagram, readers & done)


def _in_order(diagram: Diagram, keys: set[str]) -> list[str]:
    return [key for key in diagram.elements if key in keys]


def _form(act: Act, element: str) -> Form:
    return act.world.release.forms[act.elements[element].properties["formKey"]]


def _upload(item: Mapping[str, Any]) -> Upload:
    return Upload(item["name"], int(item["size"]), item["type"], item["id"])


def _say(act: Act, form: Form, was: Mapping[str, Any], now: Mapping[str, Any], changed: set[str]) -> None:
    """Tell the page in words; tell the audit in codes, and of personal answers only that they changed."""
    rows = [_rows(act, form, values) for values in (was, now)]
    labels = {key: label for found in rows for key, (label, _) in found.items()}
    for key in sorted(changed & labels.keys(), key=list(labels).index):
        old, new = (found.get(key, ("", "–"))[1] for found in rows)
        act.answers.append(AnswerChange(labels[key], old, new))
    plain = changed - form.personal
    act.before |= {key: _plain(was.get(key)) for key in sorted(plain)}
    act.after |= {key: _plain(now.get(key)) for key in sorted(plain)}


def _rows(act: Act, form: Form, values: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    sources = act.world.operations.sources
    look = act.world.look({}, act.language)
    options: dict[str, Sequence[object]] = {name: sources[name](look) for name in form.sources if name in sources}
    said = form.summary(values, options, lambda text: act.world.release.translate(text, act.language))
    return {row.key: (row.label, row.value_text) for row in said}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str) else dump(value).decode()


def _write(act: Act, given: Row[Any], values: Mapping[str, Any]) -> None:
    after = dump(dict(values))
    newest = update(Submission).where(Submission.task_id == given.task_id)
    act.connection.execute(newest.values(answers=after, release_id=act.world.release.id))
    kept = {"key": act.key, "case_id": act.row.case_id, "task_id": given.task_id, "before": given.answers}
    row = {**kept, "after": after, "at": act.now, "by_id": act.actor.person_id}
    act.connection.execute(insert(Correction).values(**row))
