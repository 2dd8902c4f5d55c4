"""
The page of any user task of any process: shown, previewed, sent, saved for later, taken and put back.

Which fields there are is the form's matter, who may do what is the engine's; here one page is made of both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask_babel import gettext

from engine import reading
from engine.cases import OpenTask
from engine.errors import (
    AnswersRefused,
    CaseChangedMeanwhile,
    CaseSuspended,
    FormOutdated,
    NotYourTask,
    TaskAlreadyDone,
)
from engine.reading.readings import TASK
from engine.steps.writing import Step
from forms import FieldError, FormView, fill, html_id, sentence
from web import pending, posts, readings, refusals, sessions, texts
from web.access import ask_to_log_in, public, signed_in
from web.facets import for_applicant
from web.posts import Posted
from web.services import home_of, services

blueprint = Blueprint("tasks", __name__)


@blueprint.get("/tapsiriq/<task_id>")
@signed_in
def show(task_id: str) -> Any:
    """
    Show the task, with what the person had typed before.
    """
    try:
        task = _open(task_id)
    except TaskAlreadyDone as done:
        return refusals.already_done(task_id, done, {})
    if task.typed is None:
        return _page(task, None)
    typed = {name: list(values) for name, values in task.typed.items()}
    posted = Posted(typed, posts.kept_files(task, typed), lost=tuple(typed.get(posts.LOST, ())))
    return _page(task, posts.checked(task, posted) if "yoxla" in request.args else posted)


@blueprint.post("/tapsiriq/<task_id>")
@public
def submit(task_id: str) -> Any:
    """
    Send the form, or save it for later. Who is no longer logged in finds what was typed after the log-in.
    """
    if g.actor is None:
        return _late(task_id)
    wish = _wish()
    here, posted = services(), Posted(posts.typed())
    try:
        if posts.has_files(posted.typed):
            task = _open(task_id)
            posted = posts.with_files(task, posted.typed)
            if posted.errors and wish is None:
                return _page(task, posts.checked(task, posted)), 422
        if wish is not None:
            here.cases.save_draft(task_id, g.actor, posted.set_aside())
            return redirect(wish(task_id), 303)
        step = here.cases.submit(
            task_id,
            g.actor,
            key=posts.submit_key(),
            posted=posted.typed,
            uploads=posted.uploads,
            release_id=request.form.get(posts.RELEASE),
        )
    except AnswersRefused as refused:
        return _page(_open(task_id), replace(posted, errors=refused.errors)), 422
    except TaskAlreadyDone as done:
        return _repeated(task_id, done)
    except (NotYourTask, CaseChangedMeanwhile, FormOutdated, CaseSuspended) as refused:
        return refusals.not_taken(task_id, refused, posted.typed)
    return redirect(_after(step), 303)


@blueprint.post("/tapsiriq/<task_id>/hisse")
@signed_in
def part(task_id: str) -> Any:
    """
    Return the form's fields as they would be after what was typed, for the page's script. Nothing is kept.
    """
    task = _open(task_id)
    typed = posts.typed()
    view = _view(task, Posted(typed, posts.kept_files(task, typed)))
    return render_template("tasks/part.html", task=task, view=view)


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
    return redirect(home_of(g.actor), 303)


def _open(task_id: str) -> OpenTask:
    return services().cases.open_task(task_id, g.actor, language=texts.language())


def _wish() -> Callable[[str], str] | None:
    """
    Return where the page's wish leads, once what was typed is set aside; None if the form is sent.
    """
    if texts.choose_language():
        asked = {"yoxla": "1"} if posts.CHECKED in request.form else {}
        return lambda task_id: url_for("tasks.show", task_id=task_id, **asked)
    anew = request.form.get(posts.ANEW)
    if anew is not None:
        return lambda task_id: url_for("tasks.show", task_id=task_id, _anchor=html_id(anew))
    if posts.SAVE in request.form:
        return lambda _: home_of(g.actor, "saxlanildi")
    return None


def _page(task: OpenTask, posted: Posted | None) -> str:
    is_applicant = task.role == reading.APPLICANT
    if not is_applicant:
        readings.note(TASK, task.case.id, task.id)
    facts = for_applicant(task.case.facets) if is_applicant else task.case.facets
    return render_template(
        "tasks/page.html",
        task=task,
        view=_view(task, posted),
        name=_translate(task)(task.name),
        service_name=_translate(task)(task.release.title),
        is_applicant=is_applicant,
        facets={name: text for name, text in facts.items() if text},
        key=posts.key(),
        now=services().ports.clock.now(),
        notice=request.args.get("bildiris"),
        lost=posted.lost if posted is not None else (),
        home=home_of(g.actor),
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


def _after(step: Step) -> str:
    if step.registered and step.number is not None:
        return url_for("citizen.confirmation", number=texts.number(step.number))
    if step.next_task is not None:
        return url_for("tasks.show", task_id=step.next_task)
    if g.actor.is_staff:
        return home_of(g.actor, "icra")
    return url_for("citizen.status", number=texts.number(step.number) or f"{reading.UNNUMBERED}{step.case_id}")


def _late(task_id: str) -> Any:
    """Keep what was typed for the person whose session has ended, and ask to log in."""
    response = ask_to_log_in()
    if g.late_session is None or not _is_task_id(task_id):
        return response
    here = services()
    now = here.ports.clock.now()
    person = g.late_session.person_id
    typed = posts.late(person, posts.typed())
    with here.database.step() as connection:
        token = pending.keep(connection, person, task_id, typed, now)
    sessions.set_cookie(response, pending.COOKIE, token)
    return response


def _is_task_id(text: str) -> bool:
    return len(text) <= 64 and text.replace("-", "").isalnum()


def _repeated(task_id: str, done: TaskAlreadyDone) -> Any:
    """Send a repeated post to the first one's result; tell others who was faster."""
    try:
        step = services().cases.submit(task_id, g.actor, key=posts.submit_key(), posted={})
    except TaskAlreadyDone:
        return refusals.already_done(task_id, done, posts.typed())
    return redirect(_after(step), 303)
