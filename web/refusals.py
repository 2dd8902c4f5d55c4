"""
The pages of a task whose step was not taken: who was faster, who holds it, and what was typed, to be copied.
"""

from __future__ import annotations

from flask import g, render_template, url_for
from sqlalchemy import select

from engine import reading
from engine.errors import EngineError, NotFound, TaskAlreadyDone
from engine.tables import Case, Person, Task
from web import errors, posts, texts
from web.posts import Typed
from web.services import services


def not_taken(task_id: str, refused: EngineError, typed: Typed) -> tuple[str, int]:
    """
    Say why the step was not taken, and show what was typed.
    """
    page = errors.page_of(refused)
    text = render_template(
        "tasks/refused.html",
        page=page,
        task_id=task_id,
        typed=_labelled(task_id, typed),
        sent=_sent(typed),
        again=url_for("tasks.show", task_id=task_id),
    )
    return text, page.status


def already_done(task_id: str, done: TaskAlreadyDone, typed: Typed) -> tuple[str, int]:
    """
    Say who has done the task and when, and show what was typed.
    """
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
        task_id=task_id,
        typed=_labelled(task_id, typed),
        sent=_sent(typed),
    )
    return text, 409


def _sent(typed: Typed) -> list[tuple[str, str]]:
    """Return what a language button sends once more, so that the page in the other language shows it too."""
    return [(key, text) for key, values in typed.items() for text in values if text]


def _labelled(task_id: str, typed: Typed) -> list[tuple[str, str]]:
    """Return what was typed with the labels of the fields, so that it can be copied."""
    written = {key: "\n".join(filter(None, values)) for key, values in typed.items() if not key.startswith(posts.KEPT)}
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
