"""
What came with one post of a task's form: texts, files, and the page's own wishes beside them.

A post that does not send the form yet (saved for later, another language, a text anew, a session that ended) is set
aside with everything in it: texts as they were typed, files stored, and the names of files that could not be taken.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from flask import g, request
from werkzeug.datastructures import FileStorage

from engine.cases import OpenTask
from forms import FieldError, Form, Upload
from web import texts, uploads
from web.services import services

# Names of the page's own fields hold a dot, which keys of forms can't.
KEY = "form.key"
RELEASE = "form.release"
SAVE = "form.save"
#: key of a field whose text is to be made anew
ANEW = "form.anew"
#: the page showed what is wrong
CHECKED = "form.checked"
KEPT = "form.kept."
REMOVED = "form.removed"
#: names of files that must be chosen again; only in what was set aside
LOST = "form.lost"
_OWN = frozenset({KEY, RELEASE, SAVE, ANEW, CHECKED, REMOVED, LOST, texts.LANGUAGE_FIELD, "csrf"})
_KEY = re.compile(r"[0-9a-f]{32}")

Typed = dict[str, list[str]]


class Asking(Protocol):
    """
    What asks for files: a form, in a case.
    """

    @property
    def form(self) -> Form:
        """
        The form that has the fields.
        """
        ...

    @property
    def case(self) -> Any:
        """
        The case, with its id.
        """
        ...


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
    #: names of those files
    lost: tuple[str, ...] = ()

    def set_aside(self) -> Typed:
        """
        Return what a draft keeps.
        """
        return {**self.typed, LOST: list(self.lost)} if self.lost else self.typed


def typed() -> Typed:
    """
    Return the texts of this post, by field, and the references of files that were kept before; without the text
    that is to be made anew.
    """
    removed = set(request.form.getlist(REMOVED))
    own = _OWN | {request.form.get(ANEW)}
    return {
        name: [text for text in values if not (name.startswith(KEPT) and text in removed)]
        for name, values in request.form.to_dict(flat=False).items()
        if name not in own
    }


def has_files(sent: Typed) -> bool:
    """
    Tell whether files came with this post, now or before.
    """
    return bool(request.files) or any(name.startswith(KEPT) for name in sent)


def key() -> str:
    """
    Return the key of the page's form, or a new one.
    """
    given = request.form.get(KEY, "")
    return given if _KEY.fullmatch(given) else secrets.token_hex(16)


def submit_key() -> str:
    """
    Return the key of the step. The person is part of it: nobody can ask for the result of a stranger's step.
    """
    return f"{g.actor.person_id}-{key()}"


def kept_files(task: Asking, sent: Typed | None) -> dict[str, list[Upload]]:
    """
    Return the files that were kept with earlier posts, by field.
    """
    pickers = _pickers(task)
    if not pickers or sent is None:
        return {}
    ids = {own: sent.get(KEPT + own, []) for own in pickers}
    with services().database.read() as connection:
        return {own: uploads.kept(connection, ids[own], g.actor.person_id, task.case.id) for own in pickers}


def with_files(task: Asking, sent: Typed) -> Posted:
    """
    Store the files of this post, and return it with them and with what is wrong with the others.
    """
    taken = _Taken(g.actor.person_id, {own: list(files) for own, files in kept_files(task, sent).items()})
    for own in _pickers(task):
        taken.take(own, request.files.getlist(own))
    return taken.posted(sent)


def late(person_id: int, sent: Typed) -> Typed:
    """
    Store the files of a post whose session had ended, and return what is to be kept of it.
    """
    taken = _Taken(person_id, {})
    for own in request.files:
        taken.take(own, request.files.getlist(own))
    return taken.posted(sent).set_aside()


def checked(task: OpenTask, posted: Posted) -> Posted:
    """
    Return the post with everything that is wrong with it, files first.
    """
    read = task.form.parse(posted.typed, posted.uploads, task.context)
    refused = {error.key for error in posted.errors}
    return replace(posted, errors=(*posted.errors, *(error for error in read.errors if error.key not in refused)))


class _Taken:
    """
    The files of one post, stored one after the other.
    """

    def __init__(self, person_id: int, found: dict[str, list[Upload]]) -> None:
        self._person_id = person_id
        self._found = found
        self._new: list[tuple[str, Upload]] = []
        self._refused: list[FieldError] = []
        self._lost: list[str] = []

    def take(self, own: str, files: Iterable[FileStorage]) -> None:
        """
        Store what was sent for one field.
        """
        now = services().ports.clock.now()
        for file in uploads.really_sent(files):
            if len(self._found.get(own, ())) >= uploads.MOST_FILES:
                self._refuse(file, FieldError(own, "files_too_many", {"limit": uploads.MOST_FILES}))
            else:
                self._store(own, file, now)

    def posted(self, sent: Typed) -> Posted:
        """
        Return the post with its files.
        """
        kept = {name: list(values) for name, values in sent.items()}
        for own, stored in self._new:
            kept.setdefault(KEPT + own, []).append(stored.reference)
        return Posted(kept, self._found, tuple(self._refused), tuple(self._lost))

    def _store(self, own: str, file: FileStorage, now: datetime) -> None:
        here = services()
        try:
            stored = uploads.store(here.database, here.ports.files, own, file, self._person_id, now)
        except uploads.FileRefused as problem:
            self._refuse(file, problem.error)
        else:
            self._found.setdefault(own, []).append(stored)
            self._new.append((own, stored))

    def _refuse(self, file: FileStorage, error: FieldError) -> None:
        self._refused.append(error)
        self._lost.append(uploads.bare_name(file.filename))


def _pickers(task: Asking) -> list[str]:
    return [own.key for own in task.form.fields if own.control == "filepicker"]
