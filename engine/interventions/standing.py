"""
What can be done to a case now: where it waits, where it may go, what was answered, and what must be answered first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import rights
from engine.interventions import correcting, onward
from engine.interventions.act import Act
from engine.interventions.effect import snapshot
from engine.interventions.kinds import Correct, Intervention, Move, OnBehalf, SendBack, Skip
from engine.interventions.lacking import Asked
from engine.interventions.places import Places
from engine.storage.data import load
from forms import Form, retell
from forms.expressions import Scope


@dataclass(frozen=True)
class Place:
    """
    A task or timer where the case waits, and where its token may go.
    """

    id: str
    element: str
    is_task: bool
    #: tasks that were passed before it
    earlier: tuple[str, ...]
    #: elements of its branch
    around: tuple[str, ...]
    due_at: datetime | None


@dataclass(frozen=True)
class Standing:
    """
    What can be done to a case by this person.
    """

    revision: int
    #: kinds, as `engine.rights` names them, that make sense now
    kinds: tuple[str, ...]
    places: tuple[Place, ...]
    #: user tasks whose forms were answered, oldest first
    answered: tuple[str, ...]
    due_at: datetime | None
    suspended_at: datetime | None
    #: open incident that tells that the stored state can't be read: nothing can be done then that needs it
    unreadable: int | None = None


@dataclass(frozen=True)
class Questions:
    """
    Fields of one form that must be answered first.
    """

    element: str
    form: Form
    context: Scope
    #: keys that are asked; None: the form as a whole
    keys: frozenset[str] | None
    #: texts that stand in the fields at first
    typed: Mapping[str, list[str]] | None = None


def standing_of(act: Act, kinds: tuple[str, ...]) -> Standing:
    """
    Return what makes sense of `kinds`, and with what.
    """
    row, places = act.row, _places(act)
    repeated = act.world.release.diagram.repeated
    answered = tuple(key for key in act.given if key in act.elements and not repeated(key))
    sensible = tuple(kind for kind in kinds if _makes_sense(kind, act, places, answered))
    return Standing(row.revision, sensible, places, answered, row.case_due_at, row.case_suspended_at)


def questions_of(act: Act, wish: Intervention) -> tuple[Questions, ...]:
    """
    Return the forms, or parts of them, that must be filled in.

    Raises:
        InterventionRefused: it can't be done.
    """
    act.world.answers = act.world.release.standing(act.given)
    if isinstance(wish, Correct):
        return (_corrected(act, wish),)
    if isinstance(wish, OnBehalf):
        act.must_read_answers()
        element = act.waiting(wish.task)
        return (_questions(act, Asked(element, frozenset()), act.run.data(wish.task), whole=True),)
    if isinstance(wish, Skip):
        asked, data = onward.asked_by_skip(act, wish.task), act.run.data(wish.task)
    elif isinstance(wish, SendBack | Move):
        asked, data = onward.asked_by_put(act, wish.token, wish.target), _carried(act, wish.token)
    else:
        asked, data = (), {}
    return tuple(_questions(act, one, data) for one in asked)


def _places(act: Act) -> tuple[Place, ...]:
    branches, done = Places(act.world.release.diagram), onward.passed(act)
    due = {spot.id: spot.due_at for spot in snapshot(act.connection, act.row.case_id).tasks.values()}
    spots = [(task.id, task.element, True) for task in act.run.tasks]
    spots += [(key, element, False) for key, element in act.caught]
    return tuple(
        Place(
            key,
            element,
            is_task,
            onward.earlier(act, element, done),
            branches.around(element),
            due.get(key),
        )
        for key, element, is_task in spots
    )


def _makes_sense(kind: str, act: Act, places: tuple[Place, ...], answered: tuple[str, ...]) -> bool:
    suspended = act.row.case_suspended_at is not None
    tasks = any(place.is_task for place in places)
    return {
        rights.SUSPEND: not suspended,
        rights.RESUME: suspended,
        rights.CORRECT: bool(answered),
        rights.DUE: tasks or act.row.case_due_at is not None,
        rights.SEND_BACK: any(place.earlier for place in places),
        rights.SKIP: tasks,
        rights.ON_BEHALF: tasks,
        rights.MOVE: any(place.around for place in places),
        rights.END: True,
    }[kind]


def _corrected(act: Act, wish: Correct) -> Questions:
    given = correcting.answered(act, wish.element)
    context = correcting.context_of(act, wish.element, given.given_at)
    found = _questions(act, Asked(wish.element, frozenset()), {}, whole=True)
    typed = dict(wish.posted) or retell(found.form, load(given.answers))
    return Questions(wish.element, found.form, context, None, {key: list(texts) for key, texts in typed.items()})


def _questions(act: Act, asked: Asked, data: Mapping[str, Any], *, whole: bool = False) -> Questions:
    form = act.world.release.forms[act.elements[asked.element].properties["formKey"]]
    context = act.world.context(asked.element, data, act.language)
    return Questions(asked.element, form, context, None if whole else asked.keys)


def _carried(act: Act, token_id: str) -> Mapping[str, Any]:
    return next((dict(token.data) for token in act.tokens if token.id == token_id), {})
