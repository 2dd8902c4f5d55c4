"""
The page of any user task of any process: shown, previewed, sent, saved for later, taken and put back.

Which fields there are is the form's matter, who may do what is the engine's; here one page is made of both.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select

from engine import reading
from engine.cases import OpenTask
from engine.diagram import Diagram
from engine.errors import (
    AnswersRefused,
    CaseChangedMeanwhile,
    FormOutdated,
    NotFound,
    NotYourTask,
    TaskAlreadyDone,
)
from engine.steps import Step
from engine.tables import Case, Person, Task
from forms import FieldError, FormView, Upload, fill, sentence
from web import errors, pending, sessions, texts, uploads
from web.access import ask_to_log_in, public, signed_in
from web.services import services

blueprint = Blueprint("tasks", __name__)

# Names of the page's own fields hold a dot, which keys of forms can't.
KEY = "form.key"
RELEASE = "form.release"
SAVE = "form.save"
KEPT = "form.kept."
REMOVED = "form.removed"
_OWN = frozenset({KEY, RELEASE, SAVE, REMOVED, "csrf"})
_KEY = re.compile(r"[0-9a-f]{32}")

Typed = dict[str, list[str]]


@dataclass(frozen=True)
class Posted:
    """
    What came with one post of a task's form.
    """

    #: of the form's own fields and of kept files
    typed: Typed
    uploads: Mapping[str, Sequence[Upload]] = field(default_factory=dict)
    #: of files that were refused
    errors: tuple[FieldError, ...] = ()


@blueprint.get("/tapsiriq/<task_id>")
@signed_in
def show(task_id: str) -> Any:
    """
    Show the task, with what the person had typed before.
    """
    try:
        task = _open(task_id)
    except TaskAlreadyDone as done:
        return _already_done(task_id, done, {})
    typed = None if task.typed is None else {name: list(values) for name, values in task.typed.items()}
    return _page(task, Posted(typed, _kept_files(task, typed)) if typed is not None else None)


@blueprint.post("/tapsiriq/<task_id>")
@public
def submit(task_id: str) -> Any:
    """
    Send the form, or save it for later. Who is no longer logged in finds what was typed after the log-in.
    """
    if g.actor is None:
        return _late(task_id)
    here, posted = services(), Posted(_typed())
    try:
        if request.files or any(name.startswith(KEPT) for name in posted.typed):
            task = _open(task_id)
            posted = _with_files(task, posted)
            if posted.errors and SAVE not in request.form:
                return _page(task, _with_form_errors(task, posted)), 422
        if SAVE in request.form:
            here.cases.save_draft(task_id, g.actor, posted.typed)
            return redirect(_home(saved=True), 303)
        step = here.cases.submit(
            task_id,
            g.actor,
            key=_submit_key(),
            posted=posted.typed,
            uploads=posted.uploads,
            release_id=request.form.get(RELEASE),
        )
    except AnswersRefused as refused:
        return _page(_open(task_id), replace(posted, errors=refused.errors)), 422
    except TaskAlreadyDone as done:
        return _repeated(task_id, done)
    except (NotYourTask, CaseChangedMeanwhile, FormOutdated) as refused:
        return _refused(task_id, refused)
    return redirect(_after(step), 303)


@blueprint.post("/tapsiriq/<task_id>/hisse")
@signed_in
def part(task_id: str) -> Any:
    """
    Return the form's fields as they would be after what was typed, for the page's script. Nothing is kept.
    """
    task = _open(task_id)
    typed = _typed()
    view = _view(task, Posted(typed, _kept_files(task, typed)))
    return render_template("tasks/part.html", task=task, view=view, changeable=_changeable(task))


@blueprint.post("/tapsiriq/<task_id>/gotur")
@signed_in
def claim(task_id: str) -> Any:
    """
    Take the task, so that no colleague does it too.
    """
    services().cases.claim(task_id, g.actor)
    return redirect(url_for("tasks.show", task_id=task_id), 303)


@blueprint.post("/tapsiriq/<task_id>/qaytar")
@signed_in
def put_back(task_id: str) -> Any:
    """
    Put the task back into the queue.
    """
    services().cases.put_back(task_id, g.actor)
    return redirect(_home(), 303)


def _open(task_id: str) -> OpenTask:
    return services().cases.open_task(task_id, g.actor, language=texts.language())


def _with_files(task: OpenTask, posted: Posted) -> Posted:
    typed = posted.typed
    found = {key: list(files) for key, files in _kept_files(task, typed).items()}
    refused: list[FieldError] = []
    here = services()
    for own in task.form.fields:
        if own.control != "filepicker":
            continue
        room = uploads.MOST_FILES - len(found.get(own.key, ()))
        for sent in uploads.really_sent(request.files.getlist(own.key))[: max(0, room)]:
            try:
                now = here.ports.clock.now()
                stored = uploads.store(here.database, here.ports.files, own.key, sent, g.actor.person_id, now)
            except uploads.FileRefused as problem:
                refused.append(problem.error)
            else:
                found.setdefault(own.key, []).append(stored)
                typed.setdefault(KEPT + own.key, []).append(stored.reference)
    return Posted(typed, found, tuple(refused))


def _typed() -> Typed:
    removed = set(request.form.getlist(REMOVED))
    posted = request.form.to_dict(flat=False)
    return {
        name: [text for text in values if not (name.startswith(KEPT) and text in removed)]
        for name, values in posted.items()
        if name not in _OWN
    }


def _kept_files(task: OpenTask, typed: Typed | None) -> dict[str, list[Upload]]:
    ids = {name.removeprefix(KEPT): values for name, values in (typed or {}).items() if name.startswith(KEPT)}
    pickers = [own.key for own in task.form.fields if own.control == "filepicker"]
    if not pickers or typed is None:
        return {}
    with services().database.read() as connection:
        return {key: uploads.kept(connection, ids.get(key, []), g.actor.person_id, task.case.id) for key in pickers}


def _with_form_errors(task: OpenTask, posted: Posted) -> Posted:
    read = task.form.parse(posted.typed, posted.uploads, task.context)
    refused = {error.key for error in posted.errors}
    return replace(posted, errors=(*posted.errors, *(e for e in read.errors if e.key not in refused)))


def _page(task: OpenTask, posted: Posted | None) -> str:
    return render_template(
        "tasks/page.html",
        task=task,
        view=_view(task, posted),
        name=_translate(task)(task.name),
        service_name=_translate(task)(task.release.title),
        is_applicant=task.role == reading.APPLICANT,
        facets={name: text for name, text in task.case.facets.items() if text},
        key=request.form.get(KEY) if _KEY.fullmatch(request.form.get(KEY, "")) else secrets.token_hex(16),
        now=services().ports.clock.now(),
        changeable=_changeable(task),
        notice=request.args.get("bildiris"),
        home=_home(),
    )


def _view(task: OpenTask, posted: Posted | None) -> FormView:
    translate = _translate(task)
    if posted is None:
        return task.form.show(task.context, translate=translate)
    return task.form.show(
        task.context,
        typed=posted.typed,
        uploads=posted.uploads,
        errors=_joined(posted.errors, translate),
        translate=translate,
    )


def _joined(found: Sequence[FieldError], translate: Callable[[str], str]) -> list[FieldError]:
    """Return one error a field: of several files each has its own sentence."""
    by_key: dict[str, list[FieldError]] = {}
    for error in found:
        by_key.setdefault(error.key, []).append(error)
    return [same[0] if len(same) == 1 else _one_of(same, translate) for same in by_key.values()]


def _one_of(errors_of_field: Sequence[FieldError], translate: Callable[[str], str]) -> FieldError:
    said = []
    for error in errors_of_field:
        text, params = sentence(error)
        said.append(fill(translate(text), params))
    return FieldError(errors_of_field[0].key, "refused", {"text": ". ".join(dict.fromkeys(said))})


def _translate(task: OpenTask) -> Callable[[str], str]:
    language = texts.language()

    def translate(text: str) -> str:
        if language == "az" or not text:
            return text
        found = task.release.translate(text, language)
        return found if found != text else gettext(text)

    return translate


def _changeable(task: OpenTask) -> frozenset[str]:
    """Return the user tasks to which a second button can lead back: those right behind gateways."""
    return frozenset(_behind_gateways(task.release.diagram, task.element))


def _behind_gateways(diagram: Diagram, element: str) -> set[str]:
    found, seen, open_ends = set(), {element}, [element]
    while open_ends:
        for flow in diagram.outgoing(open_ends.pop()):
            kind = diagram.elements[flow.target].kind
            if kind == "userTask":
                found.add(flow.target)
            elif kind.endswith("Gateway") and flow.target not in seen:
                seen.add(flow.target)
                open_ends.append(flow.target)
    return found


def _submit_key() -> str:
    # The person is part of the key: nobody can ask for the result of a stranger's step.
    given = request.form.get(KEY, "")
    made = given if _KEY.fullmatch(given) else secrets.token_hex(16)
    return f"{g.actor.person_id}-{made}"


def _after(step: Step) -> str:
    if step.registered and step.number is not None:
        return url_for("citizen.confirmation", number=texts.number(step.number))
    if step.next_task is not None:
        return url_for("tasks.show", task_id=step.next_task)
    if g.actor.is_staff:
        return _home(done=True)
    return url_for("citizen.status", number=texts.number(step.number) or f"{reading.UNNUMBERED}{step.case_id}")


def _home(*, saved: bool = False, done: bool = False) -> str:
    notice = "saxlanildi" if saved else "icra" if done else None
    if g.actor is not None and g.actor.is_staff and "inbox.page" in current_app.view_functions:
        return url_for("inbox.page", bildiris=notice)
    return url_for("citizen.home", bildiris=notice)


def _late(task_id: str) -> Any:
    """Keep what was typed for the person whose session has ended, and ask to log in."""
    response = ask_to_log_in()
    if g.late_session is None or not _is_task_id(task_id):
        return response
    here = services()
    now = here.ports.clock.now()
    with here.database.step() as connection:
        token = pending.keep(connection, g.late_session.person_id, task_id, _typed(), now)
    sessions.set_cookie(response, pending.COOKIE, token)
    return response


def _is_task_id(text: str) -> bool:
    return len(text) <= 64 and text.replace("-", "").isalnum()


def _repeated(task_id: str, done: TaskAlreadyDone) -> Any:
    """Send a repeated post to the first one's result; tell others who was faster."""
    try:
        step = services().cases.submit(task_id, g.actor, key=_submit_key(), posted={})
    except TaskAlreadyDone:
        return _already_done(task_id, done, _typed())
    return redirect(_after(step), 303)


def _refused(task_id: str, refused: Any) -> Any:
    page = errors.page_of(refused)
    text = render_template(
        "tasks/refused.html",
        page=page,
        typed=_labelled(task_id, _typed()),
        again=url_for("tasks.show", task_id=task_id),
    )
    return text, page.status


def _already_done(task_id: str, done: TaskAlreadyDone, typed: Typed) -> Any:
    with services().database.read() as connection:
        row = connection.execute(
            select(Case.number, Person.given_name, Person.surname)
            .outerjoin(Person, Person.id == done.by)
            .where(Case.id == done.case_id)
        ).first()
    if row is None:
        raise NotFound
    number = texts.number(row.number) or f"{reading.UNNUMBERED}{done.case_id}"
    mine = done.by is not None and done.by == g.actor.person_id
    text = render_template(
        "tasks/done.html",
        page=errors.ENGINE_PAGES[TaskAlreadyDone],
        done=done,
        mine=mine,
        by=f"{row.given_name} {row.surname}" if row.given_name and not mine else None,
        number=number,
        typed=_labelled(task_id, typed),
    )
    return text, 409


def _labelled(task_id: str, typed: Typed) -> list[tuple[str, str]]:
    """Return what was typed with the labels of the fields, so that it can be copied."""
    written = {key: "\n".join(filter(None, values)) for key, values in typed.items() if not key.startswith(KEPT)}
    written = {key: text for key, text in written.items() if text}
    if not written:
        return []
    with services().database.read() as connection:
        row = connection.execute(
            select(Task.element, Case.release_id).join(Case, Case.id == Task.case_id).where(Task.id == task_id)
        ).first()
    if row is None:
        return []
    release = services().releases.get(row.release_id)
    form = release.forms[release.diagram.elements[row.element].properties["formKey"]]
    language = texts.language()
    labels = {own.key: release.translate(own.label.text, language) for own in form.fields}
    return [(labels[key], text) for key, text in written.items() if key in labels]
